//! Published releases, pushes, and groups of the merge queue.
//!
//! Owns: what of these is kept. The commits themselves come from the git source.

use aftercast_model::{ReleaseTag, Signal, Timestamp};

use crate::github::accounts::{fact_id, repo_in_url, segment_after};
use crate::github::objects::{MergeGroup, Push, Release};
use crate::sink::Sink;

/// Keeps a published release.
pub(super) fn release(
    release: &Release<'_>,
    action: Option<&str>,
    said: Option<&str>,
    sink: &mut Sink<'_>,
) {
    if release.draft.copied() == Some(true) {
        return sink.nothing("release", "it is a draft");
    }
    if matches!(action, Some("deleted" | "unpublished")) {
        return sink.nothing("release", "it was taken back; what was published stays published");
    }
    let url = release.url.text().or(release.html_url.text());
    let repo = sink.repo(said.or(url.and_then(repo_in_url)));
    let home = sink.home(repo);
    let Some(id) = release.id.copied() else { return sink.note("a release has no `id`") };
    let prerelease = release.prerelease.copied();
    // A branch stands here until the tag exists, and often after.
    let sha = release.target_commitish.text().filter(|target| {
        matches!(target.len(), 40 | 64) && target.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    let published_at = release.published_at.copied();
    let row = ReleaseTag {
        id: fact_id("release_tags", &id.to_string(), None),
        source: home.source,
        service: home.service,
        observed_at: release.updated_at.copied().or(published_at),
        url: sink.name(release.html_url.text()),
        native_status: sink.name(prerelease.map(|yes| if yes { "prerelease" } else { "release" })),
        repo: home.repo,
        kind: sink.name(Some("release")),
        tag: sink.name(release.tag_name.text()),
        sha: sink.name(sha),
        // `created_at` is the commit's date, not the tag's.
        tagged_at: None,
        published_at,
        prerelease,
    };
    sink.facts().release_tags.push(row);
}

/// Keeps that a merge queue asked for checks of a group, or let it go.
pub(super) fn merge_group(
    group: &MergeGroup<'_>,
    action: Option<&str>,
    reason: Option<&str>,
    repo: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let action = action.unwrap_or_default();
    // refs/heads/gh-readonly-queue/main/pr-104-SHA
    let number = group.head_ref.text().and_then(|name| {
        let (_, behind) = name.rsplit_once("/pr-")?;
        behind.split('-').next().filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    });
    let at = group.head_commit.get().and_then(|commit| commit.timestamp.copied());
    let native_id = format!("merge_group/{}/{action}", group.head_sha.text().unwrap_or_default());
    let kind = format!("merge_group_{action}");
    said(&native_id, &kind, reason.or(Some(action)), number, at, repo, sink);
}

/// Keeps when something was pushed, which git does not know.
pub(super) fn push(
    push: &Push<'_>,
    pushed_at: Option<Timestamp>,
    repo: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let name = push.git_ref.text().unwrap_or_default();
    let kind = match (push.deleted.copied(), push.forced.copied()) {
        (Some(true), _) => "ref_deleted",
        (_, Some(true)) => "force_push",
        _ if name.starts_with("refs/tags/") => "tag_push",
        _ => "push",
    };
    let repo = sink.repo(repo.or(push.compare.text().and_then(repo_in_url)));
    let native_id = format!(
        "push/{}/{name}/{}/{}",
        repo.unwrap_or_default(),
        push.before.text().unwrap_or_default(),
        push.after.text().unwrap_or_default(),
    );
    let to = push.after.text().or(push.compare.text().and_then(|url| segment_after(url, "commit")));
    said(&native_id, kind, to, Some(name), pushed_at, repo, sink);
}

fn said(
    native_id: &str,
    kind: &str,
    native_status: Option<&str>,
    thread: Option<&str>,
    at: Option<Timestamp>,
    repo: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let home = sink.home(repo);
    let row = Signal {
        id: fact_id("signals", native_id, None),
        source: home.source,
        service: home.service,
        observed_at: at,
        native_status: sink.name(native_status),
        channel: sink.name(Some("github")),
        kind: sink.name(Some(kind)),
        said_at: at,
        thread: sink.name(thread),
        ..Signal::default()
    };
    sink.facts().signals.push(row);
}
