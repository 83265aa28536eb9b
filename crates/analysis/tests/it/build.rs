//! Small facts, built by hand: times are minutes after a fixed moment.

use aftercast_model::{
    ActorKind, ChangeRequest, ChangeState, Commit, Deployment, FactId, Facts, GateEvaluation,
    GateKind, Incident, Outcome, ReleaseTag, Signal, TaskRun, Timestamp, Verdict,
};

/// 2024-03-01T00:00:00Z.
const START: i64 = 1_709_251_200_000;

pub(crate) const MINUTE: i64 = 60_000;

pub(crate) fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(START + minute * MINUTE)
}

/// Facts of the service `shop`.
#[derive(Default)]
pub(crate) struct Shop {
    pub(crate) facts: Facts,
    rows: u32,
}

impl Shop {
    pub(crate) fn id(&mut self) -> FactId {
        self.rows += 1;
        FactId::new("hand", "row", "", self.rows)
    }

    /// A commit whose author time is `minute`.
    pub(crate) fn commit(&mut self, sha: &str, parents: &str, minute: i64) -> &mut Self {
        let row = Commit {
            id: self.id(),
            service: self.facts.name("shop"),
            sha: self.facts.name(sha),
            parents: self.facts.name(parents),
            authored_at: Some(at(minute)),
            committed_at: Some(at(minute)),
            ..Commit::default()
        };
        self.facts.commits.push(row);
        self
    }

    pub(crate) fn tag(&mut self, tag: &str, sha: &str, minute: i64) -> &mut Self {
        let row = ReleaseTag {
            id: self.id(),
            kind: self.facts.name("tag"),
            tag: self.facts.name(tag),
            sha: self.facts.name(sha),
            tagged_at: Some(at(minute)),
            ..ReleaseTag::default()
        };
        self.facts.release_tags.push(row);
        self
    }

    pub(crate) fn deployment(&mut self, sha: &str, minute: i64, outcome: Outcome) -> &mut Self {
        let row = Deployment {
            id: self.id(),
            environment: self.facts.name("prod"),
            production: Some(true),
            sha: self.facts.name(sha),
            started_at: Some(at(minute - 2)),
            finished_at: Some(at(minute)),
            outcome,
            ..Deployment::default()
        };
        self.facts.deployments.push(row);
        self
    }

    /// A change by `ann`, opened and merged.
    pub(crate) fn change(&mut self, number: i64, opened: i64, merged: i64) -> &mut Self {
        let row = ChangeRequest {
            id: self.id(),
            service: self.facts.name("shop"),
            number: Some(number),
            author_key: self.facts.name("ann"),
            opened_at: Some(at(opened)),
            merged_at: Some(at(merged)),
            state: ChangeState::Merged,
            target: self.facts.name("master"),
            ..ChangeRequest::default()
        };
        self.facts.change_requests.push(row);
        self
    }

    pub(crate) fn approval(
        &mut self,
        number: i64,
        revision: i64,
        who: &str,
        asked: i64,
        decided: i64,
    ) -> &mut Self {
        self.vote((number, revision), who, (asked, decided), Verdict::Pass)
    }

    pub(crate) fn vote(
        &mut self,
        (number, revision): (i64, i64),
        who: &str,
        (asked, decided): (i64, i64),
        verdict: Verdict,
    ) -> &mut Self {
        let row = GateEvaluation {
            id: self.id(),
            gate: self.facts.name("Code-Review"),
            gate_kind: GateKind::Approval,
            change_number: Some(number),
            revision: Some(revision),
            asked_at: Some(at(asked)),
            decided_at: Some(at(decided)),
            verdict,
            decided_by_kind: ActorKind::Human,
            decider_key: self.facts.name(who),
            ..GateEvaluation::default()
        };
        self.facts.gate_evaluations.push(row);
        self
    }

    pub(crate) fn job(
        &mut self,
        name: &str,
        (number, revision, attempt): (i64, i64, i64),
        (from, to): (i64, i64),
        outcome: Outcome,
    ) -> &mut Self {
        let row = TaskRun {
            id: self.id(),
            name: self.facts.name(name),
            stage: self.facts.name("test"),
            attempt: Some(attempt),
            change_number: Some(number),
            revision: Some(revision),
            started_at: Some(at(from)),
            finished_at: Some(at(to)),
            outcome,
            ..TaskRun::default()
        };
        self.facts.task_runs.push(row);
        self
    }

    /// Something said under the change `number`.
    pub(crate) fn said(&mut self, number: i64, kind: &str, minute: i64) -> &mut Self {
        let row = Signal {
            id: self.id(),
            kind: self.facts.name(kind),
            said_at: Some(at(minute)),
            thread: self.facts.name(&number.to_string()),
            ..Signal::default()
        };
        self.facts.signals.push(row);
        self
    }

    pub(crate) fn incident(&mut self, minute: i64) -> &mut Self {
        let row = Incident { id: self.id(), started_at: Some(at(minute)), ..Incident::default() };
        self.facts.incidents.push(row);
        self
    }

    pub(crate) fn facts(&self) -> Facts {
        self.facts.clone()
    }
}
