//! Pull requests, their reviews, and what happened to them.
//!
//! Owns: change requests, approvals, signals of the timeline. A review never writes a change
//! request: a row is written by an object that knows all of it.

use aftercast_model::{
    ChangeRequest, ChangeState, GateEvaluation, GateKind, Signal, SubjectKind, Timestamp, Verdict,
};

use crate::github::accounts::{actor_kind, fact_id, person, repo_in_url, segment_after};
use crate::github::objects::{Account, IssueEvent, PullRequest, Review};
use crate::json::Lenient;
use crate::reverts::{picked, reverted};
use crate::sink::Sink;

/// Returns the repository of `pull`.
fn repo_of<'p>(pull: &'p PullRequest<'_>) -> Option<&'p str> {
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
    let complete = pull.additions.get().is_some();
    let observed_at = if complete {
        pull.updated_at.copied().map(|at| at.plus_millis(1))
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
        merged_at,
        closed_at: pull.closed_at.copied(),
        state,
        // Of an open pull request this is a trial merge that never reaches the target.
        merge_sha: sink.name(pull.merge_commit_sha.text().filter(|_| merged)),
        head_sha: sink.name(head.and_then(|head| head.sha.text())),
        target: sink.name(base.and_then(|base| base.git_ref.text())),
        additions: pull.additions.copied(),
        deletions: pull.deletions.copied(),
        files_changed: pull.changed_files.copied(),
        revert_of: sink.name(revert_of),
        cherry_pick_of: sink.name(picked),
        ..ChangeRequest::default()
    };
    sink.facts().change_requests.push(row);
}

/// Keeps a review as the verdict of an approval gate.
pub(super) fn review(
    review: &Review<'_>,
    pull: Option<&PullRequest<'_>>,
    said: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let Some(id) = review.id.copied() else { return sink.note("a review has no `id`") };
    let state = review.state.text().unwrap_or_default().to_ascii_lowercase();
    if state == "pending" {
        return sink.nothing("review", "it is a draft that nobody has seen");
    }
    let pull_url = review.pull_request_url.text().or(review.html_url.text());
    let number = pull.and_then(|pull| pull.number.copied()).or_else(|| {
        let number = pull_url
            .and_then(|url| segment_after(url, "pulls").or_else(|| segment_after(url, "pull")));
        number.and_then(|number| number.parse().ok())
    });
    let repo = said.or(pull.and_then(repo_of)).or(pull_url.and_then(repo_in_url));
    let repo = sink.repo(repo);
    let home = sink.home(repo);
    let user = review.user.get();
    let decided_at = review.submitted_at.copied();
    let row = GateEvaluation {
        id: fact_id("gate_evaluations", &format!("review/{id}"), None),
        source: home.source,
        service: home.service,
        // A dismissal changes the state of a review, never its time.
        observed_at: decided_at.map(|at| at.plus_millis(i64::from(state == "dismissed"))),
        url: sink.name(review.html_url.text()),
        native_status: sink.name(Some(&state)),
        gate: sink.name(Some("review")),
        gate_kind: GateKind::Approval,
        subject_kind: SubjectKind::Change,
        subject: sink.number(number),
        repo: home.repo,
        sha: sink.name(review.commit_id.text()),
        change_number: number,
        decided_at,
        verdict: match state.as_str() {
            "approved" => Verdict::Pass,
            "changes_requested" => Verdict::Fail,
            "commented" => Verdict::Warn,
            "dismissed" => Verdict::Skip,
            _ => Verdict::Unknown,
        },
        decided_by_kind: actor_kind(user),
        decider_key: person(sink, user),
        method: sink.name(Some("review submitted_at")),
        confidence: decided_at.map(|_| 100),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
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
