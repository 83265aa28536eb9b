//! Pull requests, and votes on them.
//!
//! Owns: what a vote means. Votes are dated by the system's own threads; a pull request alone tells
//! who voted, not when.

use aftercast_model::{
    ChangeRequest, ChangeState, GateEvaluation, GateKind, SubjectKind, Timestamp, Verdict,
};

use crate::azure_devops::objects::{PullRequest, Thread};
use crate::azure_devops::{actor_kind, person, repo_name};
use crate::json::Lenient;
use crate::reverts::reverted;
use crate::sink::Sink;

/// Keeps a pull request with its votes; returns when its state was this.
pub(super) fn change(change: &PullRequest<'_>, sink: &mut Sink<'_>) -> Option<Timestamp> {
    let Some(number) = change.number.copied() else {
        sink.lost("a pull request has no `pullRequestId`");
        return None;
    };
    let repo = change.repository.get().and_then(|repository| repo_name(repository, None));
    let repo = sink.repo(repo.as_deref()).unwrap_or_default().to_owned();
    let home = sink.home(Some(&repo));
    let status = change.status.text();
    let closed_at = change.closed.copied().filter(|_| status != Some("active"));
    let merged_at = closed_at.filter(|_| status == Some("completed"));
    let author = change.author.get();
    let author_id = author.and_then(|author| author.id.text());
    let others = || change.threads.items().filter(|thread| is_by_another(thread, author_id));
    let first_review = others().filter_map(|thread| thread.published.copied()).min();
    let approvals = others().filter(|thread| vote(thread).is_some_and(|vote| vote > 0));
    let approved_at = approvals.filter_map(|thread| thread.published.copied()).max();
    let native_id = format!("{repo}/{number}");
    let row = ChangeRequest {
        id: sink.id("change_requests", &native_id, None),
        source: home.source,
        service: home.service,
        observed_at: observed(change, closed_at),
        url: sink.name(change.url.text()),
        native_status: sink.name(status),
        repo: home.repo,
        number: Some(number),
        author_key: person(author, sink),
        opened_at: change.created.copied(),
        ready_at: None,
        first_review_at: first_review,
        approved_at,
        merged_at,
        closed_at,
        state: match status {
            Some("active") => ChangeState::Open,
            Some("completed") => ChangeState::Merged,
            Some("abandoned") => ChangeState::Abandoned,
            _ => ChangeState::Unknown,
        },
        merge_sha: sink.name(commit(&change.merge).filter(|_| merged_at.is_some())),
        head_sha: sink.name(commit(&change.head)),
        target: sink.name(
            change.target.text().map(|name| name.strip_prefix("refs/heads/").unwrap_or(name)),
        ),
        revert_of: sink.name(reverted(change.title.text(), change.description.text())),
        ..ChangeRequest::default()
    };
    sink.facts().change_requests.push(row);
    for thread in change.threads.items() {
        voted(thread, &native_id, &row, sink);
    }
    row.observed_at
}

fn commit<'c>(commit: &'c Lenient<crate::azure_devops::objects::Commit<'_>>) -> Option<&'c str> {
    commit.get().and_then(|commit| commit.id.text())
}

/// Returns when the state was this. A pull request does not say when it changed: its threads, which
/// tell every push and vote, do.
fn observed(change: &PullRequest<'_>, closed_at: Option<Timestamp>) -> Option<Timestamp> {
    let has_threads = i64::from(change.threads.get().is_some());
    let spoken = change.threads.items().filter_map(|thread| thread.published.copied()).max();
    match closed_at {
        Some(at) => Some(at.plus_millis(10 + has_threads)),
        None => change.created.copied().max(spoken).map(|at| at.plus_millis(has_threads)),
    }
}

/// Returns the vote that a thread tells.
fn vote(thread: &Thread<'_>) -> Option<i64> {
    let properties = thread.properties.get()?;
    let kind = properties.kind.get()?.value.text();
    let vote = properties.vote.get()?.value.text()?;
    (kind == Some("VoteUpdate")).then(|| vote.parse().ok()).flatten()
}

/// Returns whether a thread is another person's word or vote.
fn is_by_another(thread: &Thread<'_>, author: Option<&str>) -> bool {
    let Some(comment) = thread.comments.items().next() else { return false };
    let by = comment.author.get().and_then(|by| by.id.text());
    (vote(thread).is_some() || comment.kind.text() == Some("text")) && by.is_some() && by != author
}

/// Keeps a vote.
fn voted(thread: &Thread<'_>, change: &str, of: &ChangeRequest, sink: &mut Sink<'_>) {
    let (Some(vote), Some(id)) = (vote(thread), thread.id.copied()) else { return };
    let voter = thread.comments.items().next().and_then(|comment| comment.author.get());
    let words = [
        (10, Verdict::Pass, "approved"),
        (5, Verdict::Pass, "approved with suggestions"),
        (-5, Verdict::Fail, "waiting for author"),
        (-10, Verdict::Fail, "rejected"),
        (0, Verdict::Skip, "reset"),
    ];
    let known = words.into_iter().find(|(value, _, _)| *value == vote);
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", &format!("{change}/vote/{id}"), None),
        source: of.source,
        service: of.service,
        observed_at: thread.published.copied(),
        url: of.url,
        native_status: match known {
            Some((_, _, word)) => sink.name(Some(word)),
            None => sink.name(Some(&vote.to_string())),
        },
        gate: sink.name(Some("review")),
        gate_kind: GateKind::Approval,
        subject_kind: SubjectKind::Change,
        subject: sink.number(of.number),
        repo: of.repo,
        sha: aftercast_model::Name::NONE,
        change_number: of.number,
        asked_at: of.opened_at,
        decided_at: thread.published.copied(),
        verdict: known.map_or(Verdict::Unknown, |(_, verdict, _)| verdict),
        could_fail: Some(true),
        decided_by_kind: actor_kind(voter, sink),
        decider_key: person(voter, sink),
        method: sink.name(Some("vote thread")),
        // Nothing tells when a reviewer was asked: the pull request's opening stands for it.
        confidence: Some(80),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}
