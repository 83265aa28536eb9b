//! The page of the tests: what each gives and takes.

use aftercast_analysis::review::{TestLedger, TestName};

use super::{Cell, Column, Part, Sheet};

/// Returns the page; tables without a row are left out.
pub fn test_ledger(page: &TestLedger) -> Sheet {
    let names = Names::of(page);
    let parts = [
        value(page, &names),
        flaky(page, &names),
        slowest(page, &names),
        together(page, &names),
        quarantined(page, &names),
        never_failed(page, &names),
    ];
    Sheet {
        title: format!("Tests of `{}`", page.service),
        lead: page.lead.clone(),
        parts: parts.into_iter().filter(|part| !part.rows.is_empty()).collect(),
        notes: page.notes.clone(),
    }
}

/// How tests are called on the page: by name alone where no other test on it has the same.
struct Names<'a> {
    /// Name and class or suite of each test, sorted.
    all: Vec<(&'a str, &'a str, &'a str)>,
}

impl<'a> Names<'a> {
    fn of(page: &'a TestLedger) -> Self {
        let tests = page.value.iter().map(|row| &row.test);
        let tests = tests.chain(page.flaky.iter().map(|row| &row.test));
        let tests = tests.chain(page.slowest.iter().map(|row| &row.test));
        let tests = tests.chain(page.together.iter().map(|row| &row.stands_for_all));
        let tests = tests.chain(page.quarantined.iter().map(|row| &row.test));
        let tests = tests.chain(page.never_failed.costliest.iter().map(|row| &row.test));
        let mut all: Vec<_> = tests.map(|test| (&*test.name, &*test.class, &*test.suite)).collect();
        all.sort_unstable();
        all.dedup();
        Self { all }
    }

    fn cell(&self, test: &TestName) -> Cell {
        let from = self.all.partition_point(|other| other.0 < test.name.as_str());
        let alike = self.all.iter().skip(from).take_while(|other| other.0 == test.name).count();
        Cell::text(if alike > 1 || test.name.is_empty() { &test.says } else { &test.name })
    }
}

/// The two ends of an interval.
fn ends(interval: Option<(f64, f64)>) -> [Cell; 2] {
    match interval {
        Some((low, high)) => [Cell::Share(low), Cell::Share(high)],
        None => [Cell::NotKnown, Cell::NotKnown],
    }
}

fn value(page: &TestLedger, names: &Names<'_>) -> Part {
    Part {
        title: "Value and cost".to_owned(),
        says: vec![
            "Caught: it only failed on a revision, and a later one passed. Flaky: it failed and \
             passed on the same one. The unit is the change."
                .to_owned(),
        ],
        columns: vec![
            Column::words("test", "test"),
            Column::numbers("changes", "changes"),
            Column::numbers("failed", "failed_changes"),
            Column::numbers("caught", "caught_changes"),
            Column::numbers("from", "caught_low"),
            Column::numbers("to", "caught_high"),
            Column::numbers("flaky", "flaky_changes"),
            Column::numbers("time", "total_ms"),
            Column::numbers("a catch", "ms_per_catch"),
        ],
        rows: page
            .value
            .iter()
            .map(|row| {
                let [low, high] = ends(row.interval);
                let per_catch = match (row.caught, row.ms_per_catch) {
                    (Some(0), None) => Cell::text("none"),
                    (_, per_catch) => Cell::millis(per_catch),
                };
                vec![
                    names.cell(&row.test),
                    Cell::count(Some(row.changes)),
                    Cell::count(Some(row.failed)),
                    Cell::count(row.caught),
                    low,
                    high,
                    Cell::count(Some(row.flaky)),
                    Cell::millis(row.total_ms),
                    per_catch,
                ]
            })
            .collect(),
        below: Vec::new(),
    }
}

fn flaky(page: &TestLedger, names: &Names<'_>) -> Part {
    Part {
        title: "Flaky".to_owned(),
        says: vec![
            "Re-runs: the time of the runs that showed that the red meant nothing, shared among the \
             tests that were flaky in the same run; not known for retries within one run."
                .to_owned(),
        ],
        columns: vec![
            Column::words("test", "test"),
            Column::numbers("flaky", "flaky_changes"),
            Column::numbers("changes", "changes"),
            Column::numbers("from", "rate_low"),
            Column::numbers("to", "rate_high"),
            Column::numbers("next red is real", "next_red_real"),
            Column::numbers("re-runs", "rerun_ms"),
            Column::numbers("waiting", "rerun_wait_ms"),
        ],
        rows: page
            .flaky
            .iter()
            .map(|row| {
                vec![
                    names.cell(&row.test),
                    Cell::count(Some(row.flaky)),
                    Cell::count(Some(row.changes)),
                    Cell::Share(row.interval.0),
                    Cell::Share(row.interval.1),
                    row.next_red_real.map_or(Cell::NotKnown, Cell::Share),
                    Cell::millis(row.rerun_ms),
                    Cell::millis(row.rerun_wait_ms),
                ]
            })
            .collect(),
        below: Vec::new(),
    }
}

fn slowest(page: &TestLedger, names: &Names<'_>) -> Part {
    let on_path = page.slowest.iter().any(|row| row.path_ms.is_some());
    let mut columns = vec![Column::words("test", "test")];
    if on_path {
        columns.push(Column::numbers("a release", "path_ms"));
        columns.push(Column::numbers("releases", "path_releases"));
    }
    columns.extend([
        Column::numbers("a run", "mean_ms"),
        Column::numbers("runs", "runs"),
        Column::numbers("of all test time", "share"),
    ]);
    Part {
        title: "Slowest".to_owned(),
        says: vec![page.slowest_basis.clone()],
        columns,
        rows: page
            .slowest
            .iter()
            .map(|row| {
                let mut cells = vec![names.cell(&row.test)];
                if on_path {
                    cells.push(Cell::millis(row.path_ms));
                    cells.push(Cell::count(Some(row.releases)));
                }
                cells.extend([
                    Cell::Millis(row.mean_ms),
                    Cell::count(Some(row.runs)),
                    Cell::Share(row.share),
                ]);
                cells
            })
            .collect(),
        below: Vec::new(),
    }
}

fn together(page: &TestLedger, names: &Names<'_>) -> Part {
    Part {
        title: "Always fail together".to_owned(),
        says: vec![
            "They failed in the same runs and in no other, more often than chance explains."
                .to_owned(),
        ],
        columns: vec![
            Column::words("stands for all", "stands_for_all"),
            Column::numbers("tests", "tests"),
            Column::numbers("runs", "runs"),
            Column::numbers("changes", "changes"),
            Column::numbers("apart at most", "apart_at_most"),
            Column::numbers("the others a run", "others_ms"),
        ],
        rows: page
            .together
            .iter()
            .map(|row| {
                vec![
                    names.cell(&row.stands_for_all),
                    Cell::count(Some(row.tests)),
                    Cell::count(Some(row.runs)),
                    Cell::count(Some(row.changes)),
                    Cell::Share(row.apart_at_most),
                    Cell::millis(row.others_ms),
                ]
            })
            .collect(),
        below: page
            .together
            .iter()
            .map(|row| {
                let others: Vec<String> =
                    row.others.iter().map(|test| format!("`{}`", test.says)).collect();
                let more = row.tests - 1 - others.len().min(row.tests - 1);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("With `{}`: {}{more}.", row.stands_for_all.says, others.join(", "))
            })
            .collect(),
    }
}

fn quarantined(page: &TestLedger, names: &Names<'_>) -> Part {
    Part {
        title: "Only skipped".to_owned(),
        says: vec!["While other tests ran.".to_owned()],
        columns: vec![
            Column::words("test", "test"),
            Column::numbers("since", "since"),
            Column::numbers("for", "for_ms"),
            Column::numbers("runs", "skips"),
            Column::numbers("last ran", "last_ran"),
            Column::numbers("flaky before", "flaky_changes"),
            Column::numbers("caught before", "caught_changes"),
        ],
        rows: page
            .quarantined
            .iter()
            .map(|row| {
                vec![
                    names.cell(&row.test),
                    Cell::At(row.since),
                    Cell::Millis(row.for_ms),
                    Cell::count(Some(row.skips)),
                    row.last_ran.map_or(Cell::NotKnown, Cell::At),
                    Cell::count(Some(row.flaky)),
                    Cell::count(row.caught),
                ]
            })
            .collect(),
        below: Vec::new(),
    }
}

fn never_failed(page: &TestLedger, names: &Names<'_>) -> Part {
    let clean = &page.never_failed;
    Part {
        title: "Never failed, most time first".to_owned(),
        says: vec![format!(
            "{} of {} tests: {} fail on fewer than 1 of 1,000 changes (at least 2,995 clean), {} on \
             fewer than 1 of 100 (299), {} on fewer than 5 of 100 (59); of {} too few changes are \
             known to say.",
            clean.tests,
            clean.of,
            clean.below_one_in_1000,
            clean.below_one_in_100,
            clean.below_five_in_100,
            clean.too_few
        )],
        columns: vec![
            Column::words("test", "test"),
            Column::numbers("changes", "changes"),
            Column::numbers("fails on at most", "at_most"),
            Column::numbers("time", "total_ms"),
        ],
        rows: clean
            .costliest
            .iter()
            .map(|row| {
                vec![
                    names.cell(&row.test),
                    Cell::count(Some(row.changes)),
                    Cell::Share(row.at_most),
                    Cell::millis(row.total_ms),
                ]
            })
            .collect(),
        below: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use aftercast_analysis::Settings;
    use aftercast_analysis::history::ServiceHistory;
    use aftercast_analysis::review;
    use aftercast_model::{FactId, Facts, PipelineRun, TestOutcome, TestResult, Timestamp};

    use super::test_ledger;
    use crate::Options;
    use crate::sheet::render;

    /// 120 runs on 60 commits of `main`, six days apart: `t0` and `t1` fail together, `t2` is flaky,
    /// `t3` catches, `t4` is only skipped.
    fn facts() -> Facts {
        let mut facts = Facts::new();
        for run in 0..120_i64 {
            let at = Timestamp::from_millis(1_700_000_000_000 + run * 72_000_000);
            let (id, sha) = (facts.name(&format!("r{run}")), facts.name(&format!("s{}", run / 2)));
            facts.pipeline_runs.push(PipelineRun {
                id: FactId::new("hand", "run", &run.to_string(), 1),
                run_id: id,
                sha,
                git_ref: facts.names.intern("main"),
                pipeline: facts.names.intern("ci"),
                started_at: Some(at),
                finished_at: Some(at.plus_millis(900_000)),
                ..PipelineRun::default()
            });
            for test in 0..8_i64 {
                let commit = run / 2;
                let outcome = match test {
                    0 | 1 if commit % 13 == 5 => TestOutcome::Failed,
                    2 if commit % 10 == 4 && run % 2 == 0 => TestOutcome::Failed,
                    3 if commit % 20 == 7 => TestOutcome::Failed,
                    4 if commit > 9 => TestOutcome::Skipped,
                    _ => TestOutcome::Passed,
                };
                let name = facts.name(&format!("checks_that_the_order_number_{test}_arrives"));
                facts.test_results.push(TestResult {
                    id: FactId::new("hand", "test", &format!("{run}/{test}"), 1),
                    run_id: id,
                    class: facts.names.intern("com.acme.shop.orders.OrderTest"),
                    name,
                    outcome,
                    started_at: Some(at),
                    duration_ms: Some(1_000 * (test + 1)),
                    ..TestResult::default()
                });
            }
        }
        facts
    }

    #[test]
    fn the_page_is_readable_at_100_columns() {
        let history = ServiceHistory::new("shop", facts());
        let page = review::test_ledger(&history, &Settings::default());
        let text = render(&test_ledger(&page), "terminal", &Options::default()).unwrap_or_default();
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{widest:?}");
        insta::assert_snapshot!(text);
    }
}
