//! Published releases, and switches of the product.
//!
//! Owns: what of these is kept. Tags come from the git source.

use aftercast_model::{ReleaseTag, Signal};

use crate::gitlab::objects::{FeatureFlag, Release};
use crate::gitlab::states::{PULLED_MS, repo_in_url};
use crate::sink::Sink;

/// Keeps a published release, by REST or by webhook.
pub(super) fn release(release: &Release<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    if release.action.text() == Some("delete") {
        return sink.nothing("release", "it was taken back; what was published stays published");
    }
    let Some(tag) = release.tag_name.text().or(release.tag.text()) else {
        return sink.note("a release has no `tag_name`");
    };
    let url = release.links.get().and_then(|links| links.own.text()).or(release.url.text());
    let repo = sink.repo(said.or(url.and_then(repo_in_url)));
    let home = sink.home(repo);
    let published_at = release.released_at.copied();
    let pulled = release.tag_name.text().is_some();
    let row = ReleaseTag {
        id: sink.id("release_tags", &format!("{}/{tag}", repo.unwrap_or_default()), None),
        source: home.source,
        service: home.service,
        observed_at: published_at
            .max(release.created_at.copied())
            .map(|at| at.plus_millis(if pulled { PULLED_MS } else { 0 })),
        url: sink.name(url),
        native_status: sink.name(match release.upcoming_release.copied() {
            Some(true) => Some("upcoming"),
            _ => Some("release"),
        }),
        repo: home.repo,
        kind: sink.name(Some("release")),
        tag: sink.name(Some(tag)),
        sha: sink.name(release.commit.get().and_then(|commit| commit.id.text())),
        // A release may be made long after its tag.
        tagged_at: None,
        published_at,
        prerelease: None,
    };
    sink.facts().release_tags.push(row);
}

/// Keeps when a switch of the product was last turned.
pub(super) fn feature_flag(flag: &FeatureFlag<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let (Some(name), Some(at)) = (flag.name.text(), flag.updated_at.copied()) else {
        return sink.nothing("feature flag", "it says no time; the API does, so pull tells it");
    };
    let repo = sink.repo(said);
    let home = sink.home(repo);
    let kind = match flag.active.copied() {
        Some(true) => "flag_on",
        Some(false) => "flag_off",
        None => "flag_changed",
    };
    let native_id = format!("flag/{}/{name}/{at}", repo.unwrap_or_default());
    let row = Signal {
        id: sink.id("signals", &native_id, None),
        source: home.source,
        service: home.service,
        observed_at: Some(at),
        channel: sink.name(Some("gitlab")),
        kind: sink.name(Some(kind)),
        said_at: Some(at),
        thread: sink.name(Some(name)),
        ..Signal::default()
    };
    sink.facts().signals.push(row);
}
