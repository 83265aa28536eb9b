//! The way of a commit to production: package, staging, gates, a step by hand, production.

use aftercast_model::{
    ActorKind, Deployment, FailureClass, GateEvaluation, GateKind, Name, Outcome, PipelineRun,
    ReleaseTag, Signal, SubjectKind, Verdict,
};

use crate::batch::{Batch, Part, Ran, at};
use crate::dice::{Dice, scaled};
use crate::jobs::{DELIVERY, MANUAL, PACKAGE, PRODUCTION, QUEUE_MS, SMOKE, STAGING};
use crate::site::Site;

/// A commit to deploy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cargo<'a> {
    /// The number of the delivery of the service.
    pub(crate) number: u64,
    pub(crate) version: &'a str,
    pub(crate) sha: &'a str,
    /// When the pipeline begins.
    pub(crate) begin: i64,
}

/// The share of production deployments whose first attempt fails.
const FAILS: f64 = 0.02;
/// How long the timer makes everything wait.
pub(crate) const SOAK_MS: i64 = 600_000;

/// Brings a commit to production; returns when it was there.
pub(crate) fn deliver(site: &Site<'_>, cargo: Cargo<'_>, out: &mut Batch) -> i64 {
    let dice = Dice::new(site.plan.seed ^ 0xDE11, u64::from(site.number), cargo.number);
    let run = out.name(&[site.number.into(), Part::Letter(b'd', cargo.number)]);
    let release = out.name(&[site.number.into(), Part::Letter(b'r', cargo.number)]);
    let sha = out.facts.name(cargo.sha);
    let version = out.facts.name(cargo.version);
    let mut way = Way { site, cargo, out, dice, run, release, sha, version };
    way.tag();
    let smoked = way.staging();
    let let_out = way.gates(smoked);
    way.production(let_out)
}

/// Deploys the release before again: `number` is the delivery that it takes back.
pub(crate) fn roll_back(
    site: &Site<'_>,
    bad: Cargo<'_>,
    (sha, version): (&str, &str),
    begin: i64,
    out: &mut Batch,
) {
    let mut dice = Dice::new(site.plan.seed ^ 0xBAC4, u64::from(site.number), bad.number);
    let end = begin + dice.duration(120_000, 0.3);
    let id = out.own("deployments", 0, &[site.number.into(), Part::Letter(b'b', bad.number)]);
    let rollback_of = out.facts.name(bad.sha);
    let row = Deployment {
        id,
        source: out.words.source,
        service: out.words.service,
        observed_at: at(end),
        native_status: out.facts.name("rolled_back"),
        repo: out.words.repo,
        environment: out.facts.name("production"),
        production: Some(true),
        sha: out.facts.name(sha),
        version: out.facts.name(version),
        created_at: at(begin),
        started_at: at(begin),
        finished_at: at(end),
        outcome: Outcome::Success,
        rollback_of,
        ..Deployment::default()
    };
    out.facts.deployments.push(row);
}

struct Way<'a, 'b> {
    site: &'a Site<'a>,
    cargo: Cargo<'a>,
    out: &'b mut Batch,
    dice: Dice,
    /// The run of `deliver`.
    run: Name,
    /// The run of `release`.
    release: Name,
    sha: Name,
    version: Name,
}

impl Way<'_, '_> {
    fn tag(&mut self) {
        let id =
            self.out.own("release_tags", 0, &[self.site.number.into(), self.cargo.version.into()]);
        let row = ReleaseTag {
            id,
            source: self.out.words.source,
            service: self.out.words.service,
            observed_at: at(self.cargo.begin),
            repo: self.out.words.repo,
            kind: self.out.facts.name("tag"),
            tag: self.version,
            sha: self.sha,
            tagged_at: at(self.cargo.begin),
            prerelease: Some(false),
            ..ReleaseTag::default()
        };
        self.out.facts.release_tags.push(row);
    }

    /// Runs one job after `ready`; returns when it began and ended.
    fn job(
        &mut self,
        job: usize,
        run: Name,
        ready: i64,
        attempt: u32,
        outcome: Outcome,
    ) -> (i64, i64) {
        let Some(kind) = DELIVERY.get(job) else { return (ready, ready) };
        // Nobody queues for a person.
        let queue = if job == MANUAL { 0 } else { self.dice.duration(QUEUE_MS, 0.6) };
        let started = ready + scaled(queue, self.site.scarcity(ready));
        let finished = started + self.dice.duration(kind.median_ms, kind.sigma);
        let ran = Ran {
            names: self.out.words.delivery.get(job),
            run,
            attempt,
            sha: self.sha,
            change: None,
            queued: ready,
            started,
            finished,
            outcome,
            class: if outcome.is_red() {
                FailureClass::Configuration
            } else {
                FailureClass::Unknown
            },
            tests: kind.tests,
        };
        let (site, number) = (self.site.number, self.cargo.number);
        self.out.job(ran, &[site.into(), Part::Letter(b'd', number), attempt.into(), job.into()]);
        (started, finished)
    }

    fn pipeline(&mut self, name: &str, run: Name, (from, to): (i64, i64), actor: ActorKind) {
        let id = self.out.own(
            "pipeline_runs",
            1,
            &[self.site.number.into(), name.into(), self.cargo.number.into()],
        );
        let trigger = if actor == ActorKind::Human { "dispatch" } else { "push" };
        let row = PipelineRun {
            id,
            source: self.out.words.source,
            service: self.out.words.service,
            observed_at: at(to),
            native_status: self.out.status(Outcome::Success),
            repo: self.out.words.repo,
            run_id: run,
            attempt: Some(1),
            pipeline: self.out.facts.name(name),
            trigger: self.out.facts.name(trigger),
            actor_kind: actor,
            sha: self.sha,
            git_ref: self.version,
            queued_at: at(from),
            started_at: at(from),
            finished_at: at(to),
            outcome: Outcome::Success,
            ..PipelineRun::default()
        };
        self.out.facts.pipeline_runs.push(row);
    }

    fn deployment(
        &mut self,
        environment: &str,
        run: Name,
        times: (i64, i64, i64),
        outcome: Outcome,
    ) {
        let production = environment == "production";
        let (queued, started, finished) = times;
        let (site, number) = (self.site.number, self.cargo.number);
        let id = self.out.own(
            "deployments",
            0,
            &[site.into(), number.into(), environment.into(), started.into()],
        );
        let row = Deployment {
            id,
            source: self.out.words.source,
            service: self.out.words.service,
            observed_at: at(finished),
            native_status: self.out.status(outcome),
            repo: self.out.words.repo,
            environment: self.out.facts.name(environment),
            production: Some(production),
            sha: self.sha,
            git_ref: self.version,
            version: self.version,
            run_id: run,
            created_at: at(queued),
            started_at: at(started),
            finished_at: at(finished),
            outcome,
            ..Deployment::default()
        };
        self.out.facts.deployments.push(row);
    }

    /// Packages, deploys to staging and tries it out; returns when that ended.
    fn staging(&mut self) -> i64 {
        let (begin, run) = (self.cargo.begin, self.run);
        let (first, packaged) = self.job(PACKAGE, run, begin, 1, Outcome::Success);
        let (started, there) = self.job(STAGING, run, packaged, 1, Outcome::Success);
        self.deployment("staging", run, (packaged, started, there), Outcome::Success);
        let (_, smoked) = self.job(SMOKE, run, there, 1, Outcome::Success);
        self.pipeline("deliver", run, (first, smoked), ActorKind::System);
        smoked
    }

    /// Asks the gates before production; returns when the last of them had answered.
    fn gates(&mut self, asked: i64) -> i64 {
        let plants = &self.site.plan.plants;
        let calendar = &self.site.calendar;
        let mut last = asked + 1_500;
        self.gate("release-policy", GateKind::Policy, (asked, last), None);
        last = asked + SOAK_MS;
        self.gate("soak", GateKind::Timer, (asked, last), None);
        // People are asked when somebody is there to be asked.
        let open = calendar.next_work(asked);
        let approver = self.dice.below(3);
        let wait = if plants.rubber_stamp {
            4_000 + self.dice.duration(18_000, 0.4)
        } else {
            self.dice.duration(1_500_000, 0.7)
        };
        let approved = calendar.wall(calendar.work(open) + wait);
        self.gate("production-approval", GateKind::Approval, (open, approved), Some(approver));
        last = last.max(approved);
        if plants.morning_board {
            let morning = calendar.next_morning(open) + self.dice.duration(1_200_000, 0.5);
            self.gate("change-board", GateKind::Approval, (asked, morning), Some(10 + approver));
            self.said("approval_asked", asked);
            last = last.max(morning);
        }
        last
    }

    fn gate(&mut self, name: &str, kind: GateKind, times: (i64, i64), decider: Option<u64>) {
        let (site, number) = (self.site.number, self.cargo.number);
        let id = self.out.own(
            "gate_evaluations",
            0,
            &[site.into(), Part::Letter(b'd', number), name.into()],
        );
        let (asked, decided) = times;
        let human = decider.is_some();
        let decider = decider.map(|who| {
            let mut dice = Dice::new(self.site.plan.seed ^ 0x9E1, u64::from(site), who);
            self.out.pseudonym(&mut dice)
        });
        let row = GateEvaluation {
            id,
            source: self.out.words.source,
            service: self.out.words.service,
            observed_at: at(decided),
            native_status: self.out.facts.name(if human { "approved" } else { "pass" }),
            gate: self.out.facts.name(name),
            gate_kind: kind,
            subject_kind: SubjectKind::Deployment,
            subject: self.release,
            repo: self.out.words.repo,
            sha: self.sha,
            asked_at: at(asked),
            decided_at: at(decided),
            verdict: Verdict::Pass,
            blocking: Some(true),
            could_fail: Some(true),
            decided_by_kind: if human { ActorKind::Human } else { ActorKind::System },
            decider_key: decider.unwrap_or_default(),
            method: self.out.facts.name("simulated"),
            confidence: Some(100),
            ..GateEvaluation::default()
        };
        self.out.facts.gate_evaluations.push(row);
    }

    fn said(&mut self, kind: &str, when: i64) {
        let (site, number) = (self.site.number, self.cargo.number);
        let id =
            self.out.own("signals", 0, &[site.into(), Part::Letter(b'd', number), kind.into()]);
        let row = Signal {
            id,
            source: self.out.words.source,
            service: self.out.words.service,
            observed_at: at(when),
            channel: self.out.facts.name("releases"),
            kind: self.out.facts.name(kind),
            said_at: at(when),
            thread: self.version,
            quote: self.out.facts.name("(simulated) may this go out?"),
            ..Signal::default()
        };
        self.out.facts.signals.push(row);
    }

    /// Does what is done by hand, and deploys to production; returns when it is there.
    fn production(&mut self, let_out: i64) -> i64 {
        let run = self.release;
        let calendar = &self.site.calendar;
        let (mut ready, mut actor) = (let_out, ActorKind::System);
        match self.site.manual {
            Some(true) => {
                let begin = calendar.next_work(let_out);
                (_, ready) = self.job(MANUAL, run, begin, 1, Outcome::Success);
            }
            Some(false) => {
                let kind = DELIVERY.get(MANUAL).map_or((0, 0.0), |job| (job.median_ms, job.sigma));
                ready = calendar.next_work(let_out) + self.dice.duration(kind.0, kind.1);
                actor = ActorKind::Human;
            }
            None => {}
        }
        let begin = ready;
        let mut attempt = 1;
        loop {
            let fails = attempt == 1 && self.dice.chance(FAILS);
            let outcome = if fails { Outcome::Failure } else { Outcome::Success };
            let (started, finished) = self.job(PRODUCTION, run, ready, attempt, outcome);
            self.deployment("production", run, (ready, started, finished), outcome);
            if !fails {
                self.pipeline("release", run, (begin, finished), actor);
                return finished;
            }
            ready = finished + self.dice.duration(900_000, 0.5);
            attempt += 1;
        }
    }
}
