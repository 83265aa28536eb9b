//! The page of the tests as data: what `tests --format json` shows. Fields are added, never renamed.

use aftercast_model::{FactId, Timestamp};
use serde::Serialize;

/// What the tests of a service did in all runs that are known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestLedger {
    /// The version of the JSON form.
    pub schema_version: u32,
    /// The service.
    pub service: String,
    /// What to take home, a sentence each.
    pub lead: Vec<String>,
    /// How much is known.
    pub counts: TestCounts,
    /// Tests that never failed.
    pub never_failed: NeverFailed,
    /// Tests that failed and passed on the same input, the most costly first.
    pub flaky: Vec<FlakyTest>,
    /// Tests that always fail in the same runs.
    pub together: Vec<TestGroup>,
    /// Tests by the time that they take, on the way of releases where that is known.
    pub slowest: Vec<SlowTest>,
    /// What the times of `slowest` are: on the way of releases, or of all runs.
    pub slowest_basis: String,
    /// Tests that were only skipped for long, while others ran.
    pub quarantined: Vec<QuarantinedTest>,
    /// Value against cost, most valuable first, then the most costly.
    pub value: Vec<TestValue>,
    /// What a reader must know to trust the page.
    pub notes: Vec<String>,
}

/// How much is known of the tests.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TestCounts {
    /// Distinct tests: suite, class and name; parameters make cases, not tests.
    pub tests: usize,
    /// Tests seen lately; the others are gone (renamed, deleted) and in no table.
    pub present: usize,
    /// Results.
    pub results: usize,
    /// Runs: attempts of pipeline runs, or reports that name no run.
    pub runs: usize,
    /// Distinct changes; commits where no change is known, runs where no commit is.
    pub changes: usize,
    /// When the first of the runs began.
    pub from_at: Option<Timestamp>,
    /// When the last of the runs began.
    pub to_at: Option<Timestamp>,
    /// Present tests that failed and passed on the same input.
    pub flaky: usize,
    /// Present tests that held a problem back at least once.
    pub useful: usize,
    /// Present tests that were only skipped for too long.
    pub quarantined: usize,
    /// The time of all results together, in milliseconds; `None` where no source tells.
    pub total_ms: Option<i64>,
}

/// What a test is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TestName {
    /// The suite, with the suites around it.
    pub suite: String,
    /// The class or file.
    pub class: String,
    /// The name, without parameters.
    pub name: String,
    /// Name and class, short, for people.
    pub says: String,
}

/// Tests that never failed, and what that is worth.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct NeverFailed {
    /// How many of the present tests that ran.
    pub tests: usize,
    /// Present tests that ran.
    pub of: usize,
    /// At least 2,995 changes: fails on fewer than 1 of 1,000.
    pub below_one_in_1000: usize,
    /// At least 299 changes: fewer than 1 of 100.
    pub below_one_in_100: usize,
    /// At least 59 changes: fewer than 5 of 100.
    pub below_five_in_100: usize,
    /// Fewer than 59 changes: nothing can be said.
    pub too_few: usize,
    /// The time of all of them together, in milliseconds, where known.
    pub total_ms: Option<i64>,
    /// The most costly of those with at least 59 changes.
    pub costliest: Vec<NeverFailedTest>,
}

/// A test that never failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NeverFailedTest {
    /// Which.
    pub test: TestName,
    /// Changes (else commits, else runs) that it looked at.
    pub changes: usize,
    /// It fails on at most this share of changes: the exact 95 % bound 1 − 0.05^(1/changes).
    pub at_most: f64,
    /// The time that it took in all runs, in milliseconds, where known.
    pub total_ms: Option<i64>,
}

/// A test that failed and passed on the same input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlakyTest {
    /// Which.
    pub test: TestName,
    /// Changes on which it was flaky.
    pub flaky: usize,
    /// Changes that it looked at.
    pub changes: usize,
    /// `flaky / changes`.
    pub rate: f64,
    /// Jeffreys' 90 % interval of the rate.
    pub interval: (f64, f64),
    /// Changes on which it held a problem back.
    pub caught: Option<usize>,
    /// The probability that its next red is real: (caught + ½) / (caught + flaky + 1).
    pub next_red_real: Option<f64>,
    /// The time of the runs that showed that the red meant nothing, shared among the tests that were
    /// flaky in the same run, in milliseconds; `None` where they are not known (retries in one run).
    pub rerun_ms: Option<i64>,
    /// From the end of the red run to the end of the green, shared likewise, in milliseconds.
    pub rerun_wait_ms: Option<i64>,
    /// The latest rows.
    pub evidence: Vec<FactId>,
}

/// Tests that failed in the same runs, and in no other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestGroup {
    /// The fastest, which can stand for all.
    pub stands_for_all: TestName,
    /// How many tests the group has.
    pub tests: usize,
    /// Some of the others.
    pub others: Vec<TestName>,
    /// In how many runs all of them failed.
    pub runs: usize,
    /// On how many changes.
    pub changes: usize,
    /// At most this share of the failures of one would not be a failure of all (95 %).
    pub apart_at_most: f64,
    /// The time that the others take in a run (mean), in milliseconds, where known.
    pub others_ms: Option<i64>,
    /// The latest rows.
    pub evidence: Vec<FactId>,
}

/// A test that takes time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlowTest {
    /// Which.
    pub test: TestName,
    /// What it takes on the way of a release (mean over the releases looked at), in milliseconds;
    /// `None` where its job is not known to lie on the way of one.
    pub path_ms: Option<i64>,
    /// On the way of how many releases.
    pub releases: usize,
    /// What it takes in a run (mean), in milliseconds.
    pub mean_ms: i64,
    /// Runs from which that is.
    pub runs: usize,
    /// Its part of the time of all tests.
    pub share: f64,
}

/// A test that is only skipped.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuarantinedTest {
    /// Which.
    pub test: TestName,
    /// The first skip since it last ran, or the first that is known.
    pub since: Timestamp,
    /// From then to the latest skip, in milliseconds.
    pub for_ms: i64,
    /// How many runs skipped it.
    pub skips: usize,
    /// When it last ran; `None` where it never did.
    pub last_ran: Option<Timestamp>,
    /// On how many changes it was flaky before.
    pub flaky: usize,
    /// On how many changes it held a problem back before.
    pub caught: Option<usize>,
    /// The latest row.
    pub evidence: Vec<FactId>,
}

/// What a test gives and what it takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestValue {
    /// Which.
    pub test: TestName,
    /// Changes that it looked at.
    pub changes: usize,
    /// Changes on which it failed, for whatever reason.
    pub failed: usize,
    /// Changes on which it held a problem back: it only failed on an input, and passed on a later one;
    /// `None` where no source tells what the runs ran on.
    pub caught: Option<usize>,
    /// The interval of caught / changes: Jeffreys' 90 %; for none from 0 to the exact 95 % bound.
    pub interval: Option<(f64, f64)>,
    /// Changes on which it was flaky.
    pub flaky: usize,
    /// The time of all its runs, in milliseconds, where known.
    pub total_ms: Option<i64>,
    /// `total_ms / caught`.
    pub ms_per_catch: Option<i64>,
}
