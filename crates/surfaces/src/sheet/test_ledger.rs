//! The page of the tests: what each gives and takes.

use aftercast_analysis::review::{TestLedger, TestName};

use super::{Cell, Column, Part, Sheet};

/// Returns the page; tables without a row are left out.
pub fn test_ledger(page: &TestLedger) -> Sheet {
    let parts = [
        value(page),
        flaky(page),
        slowest(page),
        together(page),
        quarantined(page),
        never_failed(page),
    ];
    Sheet {
        title: format!("Tests of `{}`", page.service),
        lead: page.lead.clone(),
        parts: parts.into_iter().filter(|part| !part.rows.is_empty()).collect(),
        notes: page.notes.clone(),
    }
}

fn name(test: &TestName) -> Cell {
    Cell::text(test.says.as_str())
}

/// The two ends of an interval.
fn ends(interval: Option<(f64, f64)>) -> [Cell; 2] {
    match interval {
        Some((low, high)) => [Cell::Share(low), Cell::Share(high)],
        None => [Cell::NotKnown, Cell::NotKnown],
    }
}

fn value(page: &TestLedger) -> Part {
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
                    name(&row.test),
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

fn flaky(page: &TestLedger) -> Part {
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
                    name(&row.test),
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

fn slowest(page: &TestLedger) -> Part {
    Part {
        title: "Slowest".to_owned(),
        says: vec![page.slowest_basis.clone()],
        columns: vec![
            Column::words("test", "test"),
            Column::numbers("a release", "path_ms"),
            Column::numbers("releases", "path_releases"),
            Column::numbers("a run", "mean_ms"),
            Column::numbers("runs", "runs"),
            Column::numbers("of all test time", "share"),
        ],
        rows: page
            .slowest
            .iter()
            .map(|row| {
                vec![
                    name(&row.test),
                    Cell::millis(row.path_ms),
                    Cell::count(Some(row.releases)),
                    Cell::Millis(row.mean_ms),
                    Cell::count(Some(row.runs)),
                    Cell::Share(row.share),
                ]
            })
            .collect(),
        below: Vec::new(),
    }
}

fn together(page: &TestLedger) -> Part {
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
                    name(&row.stands_for_all),
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

fn quarantined(page: &TestLedger) -> Part {
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
                    name(&row.test),
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

fn never_failed(page: &TestLedger) -> Part {
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
                    name(&row.test),
                    Cell::count(Some(row.changes)),
                    Cell::Share(row.at_most),
                    Cell::millis(row.total_ms),
                ]
            })
            .collect(),
        below: Vec::new(),
    }
}
