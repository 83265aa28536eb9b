//! Pull requests, and what happened to them.
//!
//! Owns: change requests, signals of the timeline. A review alone never writes a change request: a
//! row is written by an object that knows all of it, so the times of reviews are filled where the
//! reviews lie inside of their pull request.

use aftercast_model::{ChangeRequest, ChangeState, Signal, Timestamp};

use crate::github::accounts::{fact_id, person, repo_in_url};
use crate::github::objects::{Account, IssueEvent, PullRequest};
use crate::github::{checks, reviews};
use crate::json::Lenient;
use crate::reverts::{picked, reverted};
use crate::sink::Sink;

/// Returns the repository of `pull`.
pub(super) fn repo_of<'p>(pull: &'p PullRequest<'_>) -> Option<&'p str> {
    let base = pull.base.get().and_then(|base| base.repo.get());
    base.and_then(|repo| repo.full_name.text())
        .or_else(|| pull.url.text().or(pull.html_url.text()).and_then(repo_in_url))
}

/// Keeps a pull request.
pub(super) fn pull_request(pull: &PullRequest<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(number) = pull.number.copied() else {
        return sink.note("a pull request has no `number`");
    };
    let repo = sink.repo(repo_of(pull).or(said));
    let home = sink.home(repo);
    let native_id = match pull.id.copied() {
        Some(id) => id.to_string(),
        None => format!("{}#{number}", repo.unwrap_or_default()),
    };
    let merged_at = pull.merged_at.copied();
    let merged = merged_at.is_some() || pull.merged.copied() == Some(true);
    let state = match pull.state.text() {
        _ if merged => ChangeState::Merged,
        Some("open") => ChangeState::Open,
        Some("closed") => ChangeState::Abandoned,
        _ => ChangeState::Unknown,
    };
    let native_status = match pull.state.text() {
        _ if merged => Some("merged"),
        Some("open") if pull.draft.copied() == Some(true) => Some("draft"),
        state => state,
    };
    // Lists of pull requests leave the counts out. Such a row yields to a complete one: it is as old
    // as the state that it tells, a complete one as its last update.
    let counts = pull.complete.get().map_or(pull, AsRef::as_ref);
    let complete = counts.additions.get().is_some();
    let times = reviews::times(pull);
    let observed_at = if complete {
        // With its reviews and its timeline inside, it tells more of the same state.
        let told =
            i64::from(pull.reviews.get().is_some()) + i64::from(pull.timeline.get().is_some());
        pull.updated_at.copied().map(|at| at.plus_millis(1 + told))
    } else {
        [&pull.created_at, &pull.closed_at, &pull.merged_at]
            .into_iter()
            .filter_map(Lenient::copied)
            .max()
    };
    let (head, base) = (pull.head.get(), pull.base.get());
    let revert_of = reverted(pull.title.text(), pull.body.text());
    let picked = picked(pull.body.text());
    let row = ChangeRequest {
        id: fact_id("change_requests", &native_id, None),
        source: home.source,
        service: home.service,
        observed_at,
        url: sink.name(pull.html_url.text()),
        native_status: sink.name(native_status),
        repo: home.repo,
        number: Some(number),
        author_key: person(sink, pull.user.get()),
        opened_at: pull.created_at.copied(),
        ready_at: times.ready_at,
        first_review_at: times.first_review_at,
        approved_at: times.approved_at,
        merged_at,
        closed_at: pull.closed_at.copied(),
        state,
        // Of an open pull request this is a trial merge that never reaches the target.
        merge_sha: sink.name(pull.merge_commit_sha.text().filter(|_| merged)),
        head_sha: sink.name(head.and_then(|head| head.sha.text())),
        target: sink.name(base.and_then(|base| base.git_ref.text())),
        additions: counts.additions.copied(),
        deletions: counts.deletions.copied(),
        files_changed: counts.changed_files.copied(),
        revert_of: sink.name(revert_of),
        cherry_pick_of: sink.name(picked),
    };
    sink.facts().change_requests.push(row);
    inside(pull, number, repo, sink);
}

/// Keeps what lies inside of a pull request: reviews, timeline, checks of its last commit.
fn inside(pull: &PullRequest<'_>, number: i64, repo: Option<&str>, sink: &mut Sink<'_>) {
    for review in pull.reviews.items().filter(|review| review.state.text() != Some("PENDING")) {
        reviews::review(review, Some(pull), repo, sink);
    }
    for event in pull.timeline.items() {
        let word = event.event.text().unwrap_or_default();
        if let Some(kind) = signal_kind(word) {
            let (at, actor) = (event.created_at.copied(), event.actor.get());
            signal(kind, word, Some(number), event.id.copied(), at, actor, repo, None, sink);
        }
    }
    for check in pull.check_runs.items() {
        checks::check_run(check, Some(number), repo, sink);
    }
    let head = pull.head.get().and_then(|head| head.sha.text());
    for status in pull.statuses.items() {
        checks::commit_status(status, head, repo, sink);
    }
}

/// Returns our word for an event of the timeline or an action of a webhook, where it is kept.
fn signal_kind(event: &str) -> Option<&'static str> {
    Some(match event {
        "ready_for_review" => "ready_for_review",
        "convert_to_draft" | "converted_to_draft" => "converted_to_draft",
        "review_requested" => "review_requested",
        "review_request_removed" => "review_request_removed",
        "review_dismissed" => "review_dismissed",
        "added_to_merge_queue" | "enqueued" => "added_to_merge_queue",
        "removed_from_merge_queue" | "dequeued" => "removed_from_merge_queue",
        "auto_merge_enabled" => "auto_merge_enabled",
        "auto_merge_disabled" => "auto_merge_disabled",
        "head_ref_force_pushed" => "head_ref_force_pushed",
        "reopened" => "reopened",
        _ => return None,
    })
}

/// Keeps what a webhook about a pull request says beside it.
pub(super) fn pull_action(
    action: &str,
    pull: &PullRequest<'_>,
    sender: Option<&Account<'_>>,
    said: Option<&str>,
    sink: &mut Sink<'_>,
) {
    if let Some(kind) = signal_kind(action) {
        let repo = sink.repo(said.or(repo_of(pull)));
        let url = pull.html_url.text();
        let at = pull.updated_at.copied();
        signal(kind, action, pull.number.copied(), None, at, sender, repo, url, sink);
    }
}

/// Keeps an entry of a timeline.
pub(super) fn issue_event(event: &IssueEvent<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let word = event.event.text().unwrap_or_default();
    let Some(kind) = signal_kind(word) else {
        return sink.nothing(word, "this event of a timeline says nothing about a delivery");
    };
    let issue = event.issue.get();
    let number = issue.and_then(|issue| issue.number.copied());
    let url = event.url.text();
    let repo = sink.repo(said.or(url.and_then(repo_in_url)));
    if number.is_none() {
        sink.note("the event does not say which pull request it belongs to");
    }
    let at = event.created_at.copied();
    signal(kind, word, number, event.id.copied(), at, event.actor.get(), repo, None, sink);
}

#[expect(clippy::too_many_arguments, reason = "one row from two kinds of objects")]
fn signal(
    kind: &str,
    native: &str,
    number: Option<i64>,
    event_id: Option<i64>,
    at: Option<Timestamp>,
    actor: Option<&Account<'_>>,
    repo: Option<&str>,
    url: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let home = sink.home(repo);
    // The webhook has no id of the event: pull request, kind and time name it in both.
    let native_id = match (number, at) {
        (Some(number), Some(at)) => {
            format!("{}#{number}/{kind}/{at}", repo.unwrap_or_default())
        }
        _ => format!("event/{}", event_id.unwrap_or_default()),
    };
    let row = Signal {
        id: fact_id("signals", &native_id, None),
        source: home.source,
        service: home.service,
        observed_at: at,
        url: sink.name(url),
        native_status: sink.name(Some(native)),
        channel: sink.name(Some("github")),
        kind: sink.name(Some(kind)),
        said_at: at,
        thread: sink.number(number),
        author_key: person(sink, actor),
        ..Signal::default()
    };
    sink.facts().signals.push(row);
}
