//! The page of the tests: what is flaky, what caught, what stands together, what is only skipped.

use aftercast_analysis::Settings;
use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{TestLedger, test_ledger};
use aftercast_model::{ActorKind, FactId, Facts, PipelineRun, TestOutcome, TestResult, Timestamp};

use TestOutcome::{Failed, Passed, Skipped};

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

#[derive(Default)]
struct Bench {
    facts: Facts,
    rows: u32,
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(1_709_251_200_000 + minute * MINUTE)
}

impl Bench {
    /// An attempt of ten minutes on a commit of `main`, or of a change.
    fn run(&mut self, run: &str, attempt: i64, sha: &str, change: Option<i64>, minute: i64) {
        self.rows += 1;
        let row = PipelineRun {
            id: FactId::new("hand", "run", "", self.rows),
            run_id: self.facts.name(run),
            attempt: Some(attempt),
            pipeline: self.facts.name("ci"),
            actor_kind: ActorKind::System,
            sha: self.facts.name(sha),
            git_ref: self.facts.name(if change.is_some() { "feature" } else { "main" }),
            change_number: change,
            started_at: Some(at(minute)),
            finished_at: Some(at(minute + 10)),
            ..PipelineRun::default()
        };
        self.facts.pipeline_runs.push(row);
    }

    /// A result of half a second, `minute` after the start.
    fn case(
        &mut self,
        run: &str,
        (name, parameters): (&str, &str),
        outcome: TestOutcome,
        minute: i64,
    ) {
        self.rows += 1;
        let row = TestResult {
            id: FactId::new("hand", "test", "", self.rows),
            run_id: self.facts.name(run),
            class: self.facts.name("com.acme.CartTest"),
            name: self.facts.name(name),
            parameters: self.facts.name(parameters),
            outcome,
            started_at: Some(at(minute)),
            duration_ms: Some(500),
            ..TestResult::default()
        };
        self.facts.test_results.push(row);
    }

    fn test(&mut self, run: &str, name: &str, outcome: TestOutcome, minute: i64) {
        self.case(run, (name, ""), outcome, minute);
    }

    fn page(&self) -> TestLedger {
        let history = ServiceHistory::new("shop", self.facts.clone());
        test_ledger(&history, &Settings::default())
    }
}

/// `(flaky, caught, failed, changes)` of the test called `name`.
fn classes(page: &TestLedger, name: &str) -> (usize, Option<usize>, usize, usize) {
    let test = page.value.iter().find(|value| value.test.name == name).unwrap();
    (test.flaky, test.caught, test.failed, test.changes)
}

#[test]
fn red_and_green_on_one_commit_is_flaky_and_red_then_green_on_the_next_is_a_catch() {
    let mut bench = Bench::default();
    bench.run("1", 1, "a", Some(7), 0);
    bench.run("1", 2, "a", Some(7), 30);
    bench.run("2", 1, "b", Some(7), 60);
    for (run, minute, wobbly, honest) in
        [("1", 1, Failed, Failed), ("1", 31, Passed, Failed), ("2", 61, Passed, Passed)]
    {
        bench.test(run, "wobbly", wobbly, minute);
        bench.test(run, "honest", honest, minute);
    }
    let page = bench.page();
    assert_eq!(classes(&page, "wobbly"), (1, Some(0), 1, 1));
    assert_eq!(classes(&page, "honest"), (0, Some(1), 1, 1));
    let flaky = &page.flaky[0];
    assert_eq!(flaky.rerun_ms, Some(10 * MINUTE), "the run that showed it");
    assert_eq!(flaky.rerun_wait_ms, Some(30 * MINUTE), "from red to green");
    assert_eq!(flaky.next_red_real, Some(0.25), "(0 + 1/2) / (0 + 1 + 1)");
}

#[test]
fn on_a_branch_a_streak_of_red_that_ends_green_is_one_catch() {
    let mut bench = Bench::default();
    for (at, outcome) in (0..).zip([Passed, Failed, Failed, Passed, Passed]) {
        bench.run(&format!("{at}"), 1, &format!("sha{at}"), None, at * 60);
        bench.test(&format!("{at}"), "unit", outcome, at * 60 + 1);
    }
    assert_eq!(classes(&bench.page(), "unit"), (0, Some(1), 2, 5));
}

#[test]
fn a_red_that_nothing_followed_caught_nothing() {
    let mut bench = Bench::default();
    bench.run("1", 1, "a", Some(7), 0);
    bench.test("1", "unit", Failed, 1);
    assert_eq!(classes(&bench.page(), "unit"), (0, Some(0), 1, 1));
}

#[test]
fn shards_of_a_matrix_are_no_retries() {
    let mut bench = Bench::default();
    for run in 0..3_i64 {
        bench.run(&format!("{run}"), 1, &format!("sha{run}"), None, run * 60);
        bench.test(&format!("{run}"), "unit", if run == 1 { Failed } else { Passed }, run * 60 + 1);
        bench.test(&format!("{run}"), "unit", Passed, run * 60 + 2);
    }
    assert_eq!(classes(&bench.page(), "unit"), (0, Some(1), 1, 3), "one system failed, then none");
}

#[test]
fn a_case_that_came_again_after_red_was_retried() {
    let mut bench = Bench::default();
    for run in 0..3_i64 {
        bench.run(&format!("{run}"), 1, &format!("sha{run}"), None, run * 60);
        if run == 1 {
            bench.test("1", "unit", Failed, 61);
        }
        bench.test(&format!("{run}"), "unit", Passed, run * 60 + 2);
    }
    let page = bench.page();
    assert_eq!(classes(&page, "unit"), (1, Some(0), 1, 3));
    assert_eq!(page.flaky[0].rerun_ms, None, "no run of its own showed it");
}

#[test]
fn different_parameters_on_one_commit_are_no_flake() {
    let mut bench = Bench::default();
    bench.run("1", 1, "a", Some(7), 0);
    bench.case("1", ("adds", "1"), Passed, 1);
    bench.case("1", ("adds", "2"), Failed, 2);
    let page = bench.page();
    assert_eq!(page.counts.tests, 1);
    assert_eq!(classes(&page, "adds"), (0, Some(0), 1, 1));
}

#[test]
fn without_commits_the_runs_count_and_no_catch_is_claimed() {
    let mut bench = Bench::default();
    for run in 0..4_i64 {
        let outcome = if run == 1 { Failed } else { Passed };
        bench.test(&format!("{run}"), "unit", outcome, run * 60);
    }
    let page = bench.page();
    assert_eq!(classes(&page, "unit"), (0, None, 1, 4));
    assert!(page.lead.iter().any(|says| says.contains("not known")), "{:?}", page.lead);
}

#[test]
fn what_never_failed_has_its_exact_bound() {
    let mut bench = Bench::default();
    for run in 0..299_i64 {
        bench.run(&format!("{run}"), 1, &format!("sha{run}"), None, run * 60);
        bench.test(&format!("{run}"), "clean", Passed, run * 60 + 1);
        if run < 58 {
            bench.test(&format!("{run}"), "young", Passed, run * 60 + 1);
        }
    }
    let page = bench.page();
    let clean = &page.never_failed;
    assert_eq!((clean.tests, clean.below_one_in_100, clean.too_few), (2, 1, 1));
    assert!((clean.costliest[0].at_most - 0.009_969).abs() < 1e-6, "1 - 0.05^(1/299)");
    assert_eq!(clean.costliest.len(), 1, "58 clean changes say nothing");
}

#[test]
fn tests_that_fail_in_the_same_runs_stand_for_each_other() {
    let mut bench = Bench::default();
    for run in 0..60_i64 {
        bench.run(&format!("{run}"), 1, &format!("sha{run}"), None, run * 60);
        let together = if run % 15 == 7 { Failed } else { Passed };
        bench.test(&format!("{run}"), "a", together, run * 60 + 1);
        bench.test(&format!("{run}"), "b", together, run * 60 + 2);
        bench.test(
            &format!("{run}"),
            "alone",
            if run == 3 { Failed } else { Passed },
            run * 60 + 3,
        );
        bench.test(&format!("{run}"), "too", if run == 3 { Failed } else { Passed }, run * 60 + 3);
    }
    let page = bench.page();
    let groups: Vec<_> = page.together.iter().map(|g| (g.tests, g.runs, g.changes)).collect();
    assert_eq!(groups, [(2, 4, 4)], "one common failure is no habit");
    assert_eq!(page.together[0].others_ms, Some(500));
}

#[test]
fn what_is_only_skipped_for_long_is_quarantined_and_what_is_gone_is_not_shown() {
    let mut bench = Bench::default();
    for run in 0..20_i64 {
        let minute = run * 3 * DAY / MINUTE;
        bench.run(&format!("{run}"), 1, &format!("sha{run}"), None, minute);
        bench.test(&format!("{run}"), "runs", Passed, minute + 1);
        bench.test(&format!("{run}"), "lame", if run < 4 { Passed } else { Skipped }, minute + 1);
        bench.test(
            &format!("{run}"),
            "lately",
            if run < 15 { Passed } else { Skipped },
            minute + 1,
        );
        if run < 5 {
            bench.test(&format!("{run}"), "renamed", Passed, minute + 1);
        }
    }
    let page = bench.page();
    let lame: Vec<_> =
        page.quarantined.iter().map(|q| (q.test.name.as_str(), q.for_ms / DAY, q.skips)).collect();
    assert_eq!(lame, [("lame", 45, 16)]);
    assert_eq!((page.counts.tests, page.counts.present), (4, 3));
    assert!(page.value.iter().all(|value| value.test.name != "renamed"));
}

#[test]
fn a_run_in_which_most_tests_failed_counts_for_none_of_them() {
    let mut bench = Bench::default();
    for run in 0..5_i64 {
        bench.run(&format!("{run}"), 1, &format!("sha{run}"), None, run * 60);
        for test in 0..10 {
            let outcome = if run == 2 && test < 6 { Failed } else { Passed };
            bench.test(&format!("{run}"), &format!("t{test}"), outcome, run * 60 + 1);
        }
    }
    let page = bench.page();
    assert_eq!(classes(&page, "t0"), (0, Some(0), 0, 4));
    assert!(page.notes.iter().any(|note| note.contains("more than half")), "{:?}", page.notes);
}

#[test]
fn the_order_of_the_rows_changes_nothing() {
    let mut bench = Bench::default();
    for run in 0..30_i64 {
        bench.run(&format!("{run}"), 1, &format!("sha{}", run / 2), Some(run / 6), run * 60);
        for test in 0..7_i64 {
            let outcome = if (run * 7 + test * 3) % 11 == 0 { Failed } else { Passed };
            bench.test(&format!("{run}"), &format!("t{test}"), outcome, run * 60 + test);
        }
    }
    let page = bench.page();
    let mut turned = Facts::new();
    turned.names = bench.facts.names.clone();
    for row in bench.facts.pipeline_runs.rows() {
        turned.pipeline_runs.push(row);
    }
    let rows: Vec<TestResult> = bench.facts.test_results.rows().collect();
    for row in rows.into_iter().rev() {
        turned.test_results.push(row);
    }
    let again = test_ledger(&ServiceHistory::new("shop", turned), &Settings::default());
    for name in (0..7).map(|test| format!("t{test}")) {
        assert_eq!(classes(&page, &name), classes(&again, &name), "{name}");
    }
}

#[test]
fn no_result_is_said_to_be_missing_not_fine() {
    let page = Bench::default().page();
    assert!(page.lead[0].starts_with("No test result is known"), "{:?}", page.lead);
    assert_eq!(page.counts.total_ms, None);
}

#[test]
fn the_thresholds_are_the_first_that_hold() {
    let upper = |clean| aftercast_analysis::stats::never_seen_upper(clean).unwrap();
    for (clean, bar) in [(59, 0.05), (299, 0.01), (2_995, 0.001)] {
        assert!(upper(clean) < bar && bar < upper(clean - 1), "{clean}");
    }
}
