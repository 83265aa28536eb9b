//! Check runs of other apps, and commit statuses: verdicts on a commit.
//!
//! Owns: their conclusions as verdicts. A check run of GitHub Actions is a job seen from the other
//! side (same id) and is kept as that job.

use aftercast_model::{ActorKind, GateEvaluation, GateKind, SubjectKind, Verdict};

use crate::github::accounts::{actor_kind, fact_id, person, repo_in_url, segment_after};
use crate::github::objects::{CheckRun, CommitStatus};
use crate::github::runs::{observed, only_pull};
use crate::sink::Sink;

/// Returns whether `check` is a job of GitHub Actions, which tells more as itself.
pub(super) fn is_job(check: &CheckRun<'_>) -> bool {
    check.app.get().and_then(|app| app.slug.text()) == Some("github-actions")
}

/// Keeps a check run of another app than GitHub Actions.
pub(super) fn check_run(
    check: &CheckRun<'_>,
    of_change: Option<i64>,
    said: Option<&str>,
    sink: &mut Sink<'_>,
) {
    if is_job(check) {
        return;
    }
    let Some(id) = check.id.copied() else { return sink.note("a check run has no `id`") };
    let url = check.url.text().or(check.html_url.text());
    let repo = sink.repo(said.or(url.and_then(repo_in_url)));
    let home = sink.home(repo);
    let (status, conclusion) = (check.status.text(), check.conclusion.text());
    let (asked_at, decided_at) = (check.started_at.copied(), check.completed_at.copied());
    let row = GateEvaluation {
        id: fact_id("gate_evaluations", &format!("check_run/{id}"), None),
        source: home.source,
        service: home.service,
        observed_at: observed(decided_at.or(asked_at), status)
            .map(|at| at.plus_millis(i64::from(of_change.is_some()))),
        url: sink.name(check.html_url.text()),
        native_status: sink.name(conclusion.or(status)),
        gate: sink.name(check.name.text()),
        gate_kind: GateKind::Check,
        subject_kind: SubjectKind::Sha,
        subject: sink.name(check.head_sha.text()),
        repo: home.repo,
        sha: sink.name(check.head_sha.text()),
        change_number: of_change.or(only_pull(check.pull_requests.items())),
        asked_at,
        decided_at,
        verdict: match conclusion {
            Some("success") => Verdict::Pass,
            Some("failure" | "action_required") => Verdict::Fail,
            Some("timed_out") => Verdict::Timeout,
            Some("startup_failure") => Verdict::Error,
            Some("neutral" | "skipped" | "cancelled" | "stale") => Verdict::Skip,
            None if status != Some("completed") => Verdict::Pending,
            _ => Verdict::Unknown,
        },
        decided_by_kind: ActorKind::Bot,
        method: sink.name(Some("check run times")),
        confidence: Some(100),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}

/// Keeps a commit status; `sha` where the status does not name its commit.
pub(super) fn commit_status(
    status: &CommitStatus<'_>,
    sha: Option<&str>,
    said: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let Some(id) = status.id.copied() else { return sink.note("a commit status has no `id`") };
    let url = status.url.text();
    let repo = sink.repo(said.or(url.and_then(repo_in_url)));
    let home = sink.home(repo);
    let sha = status.sha.text().or(sha).or(url.and_then(|url| segment_after(url, "statuses")));
    let state = status.state.text();
    let at = status.updated_at.copied().or(status.created_at.copied());
    let pending = state == Some("pending");
    let creator = status.creator.get();
    let row = GateEvaluation {
        id: fact_id("gate_evaluations", &format!("status/{id}"), None),
        source: home.source,
        service: home.service,
        observed_at: at,
        url: sink.name(status.target_url.text()),
        native_status: sink.name(state),
        gate: sink.name(status.context.text()),
        gate_kind: GateKind::Check,
        subject_kind: SubjectKind::Sha,
        subject: sink.name(sha),
        repo: home.repo,
        sha: sink.name(sha),
        asked_at: status.created_at.copied().filter(|_| pending),
        decided_at: at.filter(|_| !pending),
        verdict: match state {
            Some("success") => Verdict::Pass,
            Some("failure") => Verdict::Fail,
            Some("error") => Verdict::Error,
            Some("pending") => Verdict::Pending,
            _ => Verdict::Unknown,
        },
        decided_by_kind: actor_kind(creator),
        decider_key: person(sink, creator),
        method: sink.name(Some("commit status created_at")),
        confidence: Some(100),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}
