//! Why builds failed: what the source said, and what happened next.

use aftercast_model::{FailureClass, Outcome, PipelineRun, TaskRun};

use crate::build::{Shop, at};
use crate::reviews::reviewed;

/// Returns what the second answer says about reasons.
fn why(shop: &Shop) -> Vec<String> {
    let review = reviewed(shop.facts(), "7");
    let answer = review.questions.into_iter().find(|answer| answer.id == 2).unwrap();
    answer.details.into_iter().filter(|detail| detail.starts_with("Why: ")).collect()
}

fn shop() -> Shop {
    let mut shop = Shop::default();
    shop.change(1, -500, -400).change(7, 0, 200);
    shop
}

#[test]
fn a_failure_that_passed_on_the_same_input_is_flaky_whatever_the_log_said() {
    let mut shop = shop();
    shop.job("unit", (7, 1, 1), (1, 6), Outcome::Failure);
    shop.job("unit", (7, 1, 2), (8, 12), Outcome::Success);
    shop.job("lint", (7, 1, 1), (1, 6), Outcome::Failure);
    shop.job("lint", (7, 2, 1), (20, 26), Outcome::Success);
    let (class, rule) = (FailureClass::Code, shop.facts.name("linter"));
    for row in [0, 2] {
        shop.facts.task_runs.failure_class[row] = class;
        shop.facts.task_runs.failure_rule[row] = rule;
    }
    assert_eq!(why(&shop), ["Why: code 1 (linter), flaky 1 (rerun_passed)."]);
}

#[test]
fn what_was_stopped_for_a_later_revision_is_superseded_and_else_cancelled() {
    let mut shop = shop();
    shop.job("unit", (7, 1, 1), (1, 6), Outcome::Cancelled);
    shop.job("unit", (7, 2, 1), (5, 9), Outcome::Cancelled);
    shop.job("unit", (7, 3, 1), (30, 40), Outcome::Success);
    assert_eq!(why(&shop), ["Why: cancelled 1, superseded 1 (newer_run)."]);
}

#[test]
fn a_newer_run_of_the_same_branch_supersedes_and_one_of_another_does_not() {
    for (branch, expected) in
        [("main", "Why: superseded 1 (newer_run)."), ("other", "Why: cancelled 1.")]
    {
        let mut shop = Shop::default();
        shop.commit("a", "", 0).commit("b", "a", 1).tag("v1.0.0", "a", 10).tag("v1.1.0", "b", 90);
        for (run, sha, branch, queued, outcome) in [
            ("1", "b", "main", 20, Outcome::Cancelled),
            ("2", "c", branch, 25, Outcome::Success),
            ("3", "b", "main", 40, Outcome::Success),
        ] {
            let row = PipelineRun {
                id: shop.id(),
                run_id: shop.facts.name(run),
                attempt: Some(1),
                pipeline: shop.facts.name("ci"),
                sha: shop.facts.name(sha),
                git_ref: shop.facts.name(branch),
                queued_at: Some(at(queued)),
                finished_at: Some(at(queued + 9)),
                outcome,
                ..PipelineRun::default()
            };
            shop.facts.pipeline_runs.push(row);
        }
        let row = TaskRun {
            id: shop.id(),
            run_id: shop.facts.name("1"),
            attempt: Some(1),
            name: shop.facts.name("unit"),
            sha: shop.facts.name("b"),
            finished_at: Some(at(28)),
            outcome: Outcome::Cancelled,
            ..TaskRun::default()
        };
        shop.facts.task_runs.push(row);
        let review = reviewed(shop.facts(), "v1.1.0");
        let answer = review.questions.into_iter().find(|answer| answer.id == 2).unwrap();
        assert!(answer.details.iter().any(|said| said == expected), "{:?}", answer.details);
    }
}
