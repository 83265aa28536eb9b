//! The jobs of the fictional pipelines: what they are called, how long they take, what they find.

use aftercast_model::FailureClass;

use crate::plan::Plants;

/// A job as it is written in the pipeline.
pub(crate) struct Job {
    pub(crate) name: &'static str,
    pub(crate) stage: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) median_ms: i64,
    pub(crate) sigma: f64,
    /// How many tests it runs, where it runs tests.
    pub(crate) tests: Option<i64>,
    /// Why it fails where it finds something.
    pub(crate) finds: FailureClass,
    pub(crate) says: &'static str,
}

pub(crate) const BUILD: usize = 0;
pub(crate) const INTEGRATION: usize = 3;
pub(crate) const E2E: usize = 4;
pub(crate) const SCAN: usize = 5;
pub(crate) const LICENCE: usize = 6;
pub(crate) const CONTRACT: usize = 7;

/// The jobs of `ci`, which runs on each revision of a change: `build`, then the others at once. The
/// last eight are there only where `unit` is split.
pub(crate) const CI: [Job; 16] = [
    job(
        "build",
        "build",
        "build",
        240_000,
        0.22,
        None,
        FailureClass::Code,
        "error: does not compile",
    ),
    job("lint", "check", "lint", 60_000, 0.2, None, FailureClass::Code, "style: 1 warning"),
    job(
        "unit",
        "test",
        "test",
        180_000,
        0.22,
        Some(420),
        FailureClass::Test,
        "1 of 420 tests failed",
    ),
    job(
        "integration",
        "test",
        "test",
        480_000,
        0.25,
        Some(12),
        FailureClass::Test,
        "2 of 12 tests failed",
    ),
    job("e2e", "test", "test", 540_000, 0.3, Some(12), FailureClass::Test, "1 of 12 tests failed"),
    job(
        "scan",
        "security",
        "scan",
        120_000,
        0.2,
        None,
        FailureClass::Code,
        "1 finding of severity high",
    ),
    job(
        "licence-check",
        "policy",
        "check",
        25_000,
        0.2,
        None,
        FailureClass::Code,
        "licence not allowed",
    ),
    job(
        "contract-tests",
        "test",
        "test",
        100_000,
        0.2,
        Some(24),
        FailureClass::Test,
        "1 of 24 tests failed",
    ),
    job(
        "unit-2",
        "test",
        "test",
        160_000,
        0.22,
        Some(140),
        FailureClass::Test,
        "1 of 140 tests failed",
    ),
    job(
        "unit-3",
        "test",
        "test",
        165_000,
        0.22,
        Some(160),
        FailureClass::Test,
        "1 of 160 tests failed",
    ),
    job(
        "unit-4",
        "test",
        "test",
        170_000,
        0.22,
        Some(180),
        FailureClass::Test,
        "1 of 180 tests failed",
    ),
    job(
        "unit-5",
        "test",
        "test",
        175_000,
        0.22,
        Some(200),
        FailureClass::Test,
        "1 of 200 tests failed",
    ),
    job(
        "unit-6",
        "test",
        "test",
        180_000,
        0.22,
        Some(220),
        FailureClass::Test,
        "1 of 220 tests failed",
    ),
    job(
        "unit-7",
        "test",
        "test",
        185_000,
        0.22,
        Some(240),
        FailureClass::Test,
        "1 of 240 tests failed",
    ),
    job(
        "unit-8",
        "test",
        "test",
        190_000,
        0.22,
        Some(260),
        FailureClass::Test,
        "1 of 260 tests failed",
    ),
    job(
        "unit-9",
        "test",
        "test",
        195_000,
        0.22,
        Some(280),
        FailureClass::Test,
        "1 of 280 tests failed",
    ),
];

pub(crate) const PACKAGE: usize = 0;
pub(crate) const STAGING: usize = 1;
pub(crate) const SMOKE: usize = 2;
pub(crate) const MANUAL: usize = 3;
pub(crate) const PRODUCTION: usize = 4;

/// The jobs of `deliver` and `release`, one after the other.
pub(crate) const DELIVERY: [Job; 5] = [
    job(
        "package",
        "package",
        "build",
        150_000,
        0.2,
        None,
        FailureClass::Code,
        "cannot be packaged",
    ),
    job(
        "deploy-staging",
        "staging",
        "deploy",
        200_000,
        0.25,
        None,
        FailureClass::Configuration,
        "not ready",
    ),
    job(
        "smoke",
        "staging",
        "test",
        90_000,
        0.25,
        Some(6),
        FailureClass::Test,
        "1 of 6 tests failed",
    ),
    job(
        "migrate-data",
        "production",
        "manual",
        1_500_000,
        0.35,
        None,
        FailureClass::Configuration,
        "failed",
    ),
    job(
        "deploy-production",
        "production",
        "deploy",
        260_000,
        0.25,
        None,
        FailureClass::Configuration,
        "not ready",
    ),
];

#[expect(clippy::too_many_arguments, reason = "a line of the tables above")]
const fn job(
    name: &'static str,
    stage: &'static str,
    kind: &'static str,
    median_ms: i64,
    sigma: f64,
    tests: Option<i64>,
    finds: FailureClass,
    says: &'static str,
) -> Job {
    Job { name, stage, kind, median_ms, sigma, tests, finds, says }
}

/// How many jobs of [`CI`] there are where `unit` is not split.
pub(crate) const UNSPLIT: usize = 8;

/// Half of the waits in the queue are shorter than this.
pub(crate) const QUEUE_MS: i64 = 15_000;

/// The share of jobs whose machine breaks.
pub(crate) const BROKEN: f64 = 0.003;

/// Returns in which share of the changes each of the first `jobs` of [`CI`] finds a real problem.
pub(crate) fn rates(plants: &Plants, jobs: usize) -> [f64; CI.len()] {
    let mut rates = [0.0; CI.len()];
    let base = [0.01, 0.02, 0.03, 0.05, 0.01, 0.02, 0.02, 0.02];
    // Each part of `unit` finds a little.
    let all = base.into_iter().chain(std::iter::repeat(0.002)).take(jobs);
    for (rate, base) in rates.iter_mut().zip(all) {
        *rate = base;
    }
    for (job, rate) in rates.iter_mut().enumerate() {
        match job {
            INTEGRATION => *rate = plants.catching_gate.unwrap_or(*rate),
            SCAN if plants.idle_gate => *rate = 0.0,
            LICENCE | CONTRACT if plants.vacuous_checks => *rate = 0.0,
            _ => {}
        }
    }
    rates
}

/// The cases of the jobs whose cases are recorded.
pub(crate) const CASES: [&str; 12] = [
    "opens_a_basket",
    "adds_an_item",
    "takes_an_item_out",
    "asks_for_the_address",
    "computes_the_tax",
    "reserves_the_stock",
    "pays_by_card",
    "pays_by_invoice",
    "sends_the_receipt",
    "cancels_in_time",
    "pays_twice",
    "prints_the_old_form",
];

/// The case of `e2e` that fails without a reason.
pub(crate) const FLAKY_CASE: usize = 10;
/// The case that is always skipped.
pub(crate) const SKIPPED_CASE: usize = 11;
