//! Manual steps: the number, its basis, and the answer to question 3 (docs/statistics/manual.md).

use aftercast_analysis::Settings;
use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{Basis, Review, review};
use aftercast_model::{
    ActorKind, Deployment, FactId, Facts, Outcome, PipelineRun, ReleaseTag, TaskRun,
};

use crate::build::at;

const DAY: i64 = 1_440;

#[derive(Default)]
struct Bench {
    facts: Facts,
    rows: u32,
}

impl Bench {
    fn id(&mut self) -> FactId {
        self.rows += 1;
        FactId::new("hand", "row", "", self.rows)
    }

    fn deployment(&mut self, sha: &str, run: &str, minute: i64) {
        let row = Deployment {
            id: self.id(),
            environment: self.facts.name("prod"),
            production: Some(true),
            sha: self.facts.name(sha),
            version: self.facts.name(sha),
            run_id: self.facts.name(run),
            started_at: Some(at(minute - 5)),
            finished_at: Some(at(minute)),
            outcome: Outcome::Success,
            ..Deployment::default()
        };
        self.facts.deployments.push(row);
    }

    fn run(
        &mut self,
        (run, pipeline): (&str, &str),
        (trigger, actor_kind): (&str, ActorKind),
        sha: &str,
        (from, to): (i64, i64),
    ) {
        let row = PipelineRun {
            id: self.id(),
            run_id: self.facts.name(run),
            pipeline: self.facts.name(pipeline),
            trigger: self.facts.name(trigger),
            actor_kind,
            sha: self.facts.name(sha),
            git_ref: self.facts.name(pipeline),
            started_at: Some(at(from)),
            finished_at: Some(at(to)),
            outcome: Outcome::Success,
            ..PipelineRun::default()
        };
        self.facts.pipeline_runs.push(row);
    }

    fn review(&self, release: &str) -> Review {
        let history = ServiceHistory::new("shop", self.facts.clone());
        review(&history, Some(release), &Settings::default()).unwrap()
    }
}

fn said(review: &Review) -> (Option<i64>, Basis) {
    let number = &review.numbers.manual_steps;
    (number.value, number.basis)
}

/// `build` at ten, a push to `live` three hours later, in each of `releases` releases.
fn pushed_by_hand(releases: i64) -> Bench {
    let mut bench = Bench::default();
    for release in 0..releases {
        let (sha, minute) = (format!("sha{release}"), release * 2 * DAY);
        let push = ("push", ActorKind::Human);
        bench.run((&format!("b{release}"), "build"), push, &sha, (minute, minute + 20));
        bench.run((&format!("d{release}"), "deploy"), push, &sha, (minute + 200, minute + 210));
        bench.deployment(&sha, &format!("d{release}"), minute + 210);
    }
    bench
}

#[test]
fn a_pause_counts_from_the_third_release_that_has_it() {
    let bench = pushed_by_hand(4);
    assert_eq!(said(&bench.review("sha1")), (None, Basis::Missing), "twice may be chance");
    let review = bench.review("sha3");
    assert_eq!(said(&review), (Some(1), Basis::Inferred));
    let answer = &review.questions[2];
    assert_eq!(answer.answer, "1 manual step; waiting and doing took at most 3 h (1 of 1 known).");
    assert!(
        answer.details.iter().any(|line| line
            == "The step from `build` to `deploy` (found, not declared): 3 h of waiting before it."),
        "{:?}",
        answer.details
    );
    let finding = review.findings.iter().find(|f| f.check == "hidden_manual_step").unwrap();
    assert!((finding.confidence - 0.9).abs() < 1e-9, "(4 + 1/2) / (4 + 1)");
    assert_eq!(answer.findings, std::slice::from_ref(&finding.id));
    let candidate = review.candidates.iter().find(|c| c.id.starts_with("by-hand")).unwrap();
    assert_eq!(candidate.title, "Leave the step from `build` to `deploy` to the pipeline");
    assert_eq!(candidate.expected_saving_ms, Some(3 * 3_600_000), "4 of 4 releases, 3 h each");
}

#[test]
fn where_a_machine_goes_on_as_well_the_confidence_is_lower() {
    let mut bench = pushed_by_hand(4);
    for release in 4..6_i64 {
        let (sha, minute) = (format!("sha{release}"), (release - 8) * 2 * DAY);
        let push = ("push", ActorKind::Human);
        bench.run((&format!("b{release}"), "build"), push, &sha, (minute, minute + 20));
        let deploy = (&*format!("d{release}"), "deploy");
        bench.run(deploy, ("workflow_run", ActorKind::System), &sha, (minute + 21, minute + 30));
        bench.deployment(&sha, &format!("d{release}"), minute + 30);
    }
    let review = bench.review("sha3");
    let finding = review.findings.iter().find(|f| f.check == "hidden_manual_step").unwrap();
    assert!((finding.confidence - 4.5 / 7.0).abs() < 1e-9, "(4 + 1/2) / (6 + 1)");
}

#[test]
fn a_manual_job_costs_its_waiting_and_its_doing() {
    let mut bench = Bench::default();
    bench.deployment("sha0", "run0", 400);
    for (name, kind, from, to) in [("build", "build", 0, 30), ("go-live", "manual", 270, 300)] {
        let row = TaskRun {
            id: bench.id(),
            name: bench.facts.name(name),
            kind: bench.facts.name(kind),
            run_id: bench.facts.name("run0"),
            sha: bench.facts.name("sha0"),
            started_at: Some(at(from)),
            finished_at: Some(at(to)),
            outcome: Outcome::Success,
            ..TaskRun::default()
        };
        bench.facts.task_runs.push(row);
    }
    let review = bench.review("sha0");
    assert_eq!(said(&review), (Some(1), Basis::Exact));
    let details = &review.questions[2].details;
    assert!(
        details.contains(&"`go-live`: 4 h of waiting before it, 30 min to do it.".to_owned()),
        "{details:?}"
    );
}

#[test]
fn zero_is_said_only_where_manual_steps_are_declared_at_all() {
    let mut bench = Bench::default();
    bench.deployment("sha0", "d0", 400);
    assert_eq!(said(&bench.review("sha0")), (None, Basis::Missing));
    let hand = ("workflow_dispatch", ActorKind::Human);
    bench.run(("x", "clean up"), hand, "other", (0, 10));
    assert_eq!(said(&bench.review("sha0")), (Some(0), Basis::Exact));
}

#[test]
fn a_deployment_without_a_run_is_by_hand_only_where_the_others_have_one() {
    let mut bench = Bench::default();
    for release in 0..3_i64 {
        bench.deployment(&format!("sha{release}"), &format!("d{release}"), release * DAY);
    }
    bench.deployment("sha3", "", 3 * DAY);
    let review = bench.review("sha3");
    assert_eq!(said(&review), (Some(1), Basis::Inferred));
    let mut silent = Bench::default();
    for release in 0..4_i64 {
        silent.deployment(&format!("sha{release}"), "", release * DAY);
    }
    assert_eq!(said(&silent.review("sha3")), (None, Basis::Missing), "the source never says");
}

#[test]
fn a_tag_that_a_run_could_have_made_is_not_by_hand() {
    let tagged = |under_way: bool| {
        let mut bench = Bench::default();
        let system = ("schedule", ActorKind::System);
        for run in 0..6_i64 {
            bench.run(
                (&format!("r{run}"), "build"),
                system,
                &format!("s{run}"),
                (run * 60, run * 60 + 10),
            );
        }
        bench.run(("later", "build"), system, "s9", (9_000, 9_010));
        if under_way {
            bench.run(("release", "release"), system, "s5", (495, 505));
        }
        let row = ReleaseTag {
            id: bench.id(),
            kind: bench.facts.name("tag"),
            tag: bench.facts.name("v1.0.0"),
            sha: bench.facts.name("s5"),
            tagged_at: Some(at(500)),
            ..ReleaseTag::default()
        };
        bench.facts.release_tags.push(row);
        said(&bench.review("v1.0.0"))
    };
    assert_eq!(tagged(false), (Some(1), Basis::Inferred));
    assert_eq!(tagged(true), (None, Basis::Missing));
}
