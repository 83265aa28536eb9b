//! Block steps: when a person was asked, and what the answer was.
//!
//! Owns: rebuilding the moment of asking, which Buildkite does not tell, and doubting the moment of the
//! answer, which its documents describe in two ways.

use aftercast_model::{
    ActorKind, GateEvaluation, GateKind, SubjectKind, TaskRun, Timestamp, Verdict,
};

use crate::buildkite::jobs::Beside;
use crate::buildkite::objects::{Build, Job};
use crate::sink::Sink;

/// When a block step asked and was answered.
pub(super) struct Times {
    pub(super) asked_at: Option<Timestamp>,
    pub(super) decided_at: Option<Timestamp>,
    /// How far that can be trusted, in percent.
    confidence: i64,
}

/// Returns the times of a block step.
pub(super) fn times(job: &Job<'_>, beside: &Beside<'_, '_>, build: &Build<'_>) -> Times {
    let said = job.unblocked_at.copied();
    if said.is_none() && job.unblockable.copied() == Some(false) {
        return Times { asked_at: None, decided_at: None, confidence: 60 };
    }
    if beside.all.is_empty() {
        return Times { asked_at: None, decided_at: said, confidence: 60 };
    }
    let before = beside.all.get(..beside.index).unwrap_or_default();
    let after = beside.all.get(beside.index + 1..).unwrap_or_default();
    let ends =
        before.iter().filter_map(|job| job.finished_at.copied().or(job.unblocked_at.copied()));
    let begun = build.started_at.copied().or(build.created_at.copied());
    // Jobs that ended only after the answer ran beside the block step.
    let asked_at = match said {
        Some(said) => {
            ends.filter(|end| *end <= said).max().or(begun.filter(|begun| *begun <= said))
        }
        None => ends.max().or(begun),
    };
    let next = || {
        let runs =
            after.iter().filter_map(|job| job.runnable_at.copied().or(job.started_at.copied()));
        runs.min()
    };
    // Where it is only when the job was made, what ran next tells better.
    match said {
        Some(said) if Some(said) == build.created_at.copied() => Times {
            asked_at: before.iter().filter_map(|job| job.finished_at.copied()).max().or(begun),
            decided_at: next(),
            confidence: 50,
        },
        _ => Times { asked_at, decided_at: said, confidence: 80 },
    }
}

/// Keeps what was asked; a block step that nobody can answer yet has not asked.
pub(super) fn gate(job: &Job<'_>, times: &Times, task: &TaskRun, sink: &mut Sink<'_>) {
    let verdict = match job.state.text() {
        Some("unblocked") => Verdict::Pass,
        Some("blocked") if job.unblockable.copied() == Some(false) => return,
        Some("blocked") => Verdict::Pending,
        Some("canceled") => Verdict::Unknown,
        Some("skipped" | "broken" | "blocked_failed" | "unblocked_failed" | "waiting") => return,
        _ if job.unblocked_at.copied().is_some() => Verdict::Pass,
        _ => Verdict::Unknown,
    };
    let decider = job.unblocked_by.get().filter(|_| verdict == Verdict::Pass);
    let program = decider
        .and_then(|decider| decider.name.text())
        .is_some_and(|name| sink.context().rules.is_program(name));
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", job.id.text().unwrap_or_default(), None),
        source: task.source,
        service: task.service,
        observed_at: task.observed_at,
        url: task.url,
        native_status: task.native_status,
        gate: task.name,
        gate_kind: GateKind::Approval,
        subject_kind: SubjectKind::Run,
        subject: task.run_id,
        repo: task.repo,
        sha: task.sha,
        change_number: task.change_number,
        asked_at: times.asked_at,
        decided_at: times.decided_at.filter(|_| verdict == Verdict::Pass),
        verdict,
        blocking: Some(true),
        could_fail: Some(true),
        decided_by_kind: match decider {
            Some(_) if program => ActorKind::Bot,
            Some(_) => ActorKind::Human,
            None => ActorKind::Unknown,
        },
        decider_key: sink.person(decider.and_then(|decider| decider.id.text()), program),
        method: sink.name(Some("jobs before the block step")),
        confidence: Some(times.confidence),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}
