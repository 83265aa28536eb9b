//! The page of the tests: what was counted (`measures::tests`), judged and put into words.

use aftercast_model::{Name, Timestamp};

use super::simulated::labelled;
use super::tests_lead;
use super::types::{
    FlakyTest, NeverFailed, NeverFailedTest, QuarantinedTest, SCHEMA_VERSION, SlowTest, TestCounts,
    TestGroup, TestLedger, TestName, TestValue,
};
use crate::Settings;
use crate::history::ServiceHistory;
use crate::measures::View;
use crate::measures::tests::{Ledger, OnPath, Tally, groups, ledger, on_path, says};
use crate::releases::Releases;
use crate::stats::{jeffreys_interval, never_seen_upper};

/// Changes without a failure from which a test is said to fail on fewer than 5 of 100, 1 of 100 and
/// 1 of 1,000 (docs/statistics/tests.md).
const CLEAN: [usize; 3] = [59, 299, 2_995];

/// Other members of a group that are named.
const OTHERS: usize = 8;

/// Tells what the tests of a service did in all runs that are known. Reads
/// [`ServiceHistory::TEST_TABLES`].
pub fn test_ledger(history: &ServiceHistory, settings: &Settings) -> TestLedger {
    let releases = Releases::of(history, settings);
    let counted = ledger(history);
    let book = Book { history, settings, present: present(&counted, settings), ledger: counted };
    let path = on_path(
        View { history, releases: &releases, settings },
        &book.ledger,
        settings.tests.path_releases,
    );
    let mut page = TestLedger {
        schema_version: SCHEMA_VERSION,
        service: history.service().to_owned(),
        lead: Vec::new(),
        counts: book.counts(),
        never_failed: book.never_failed(),
        flaky: book.flaky(),
        together: book.together(),
        slowest: book.slowest(&path),
        slowest_basis: tests_lead::slowest_basis(path.releases),
        quarantined: book.quarantined(),
        value: book.value(),
        notes: labelled(history, tests_lead::notes(&book.ledger, settings)),
    };
    page.lead = tests_lead::lead(&page);
    page
}

/// Which tests were seen lately: the others are gone.
fn present(ledger: &Ledger, settings: &Settings) -> Vec<bool> {
    let last = ledger.tests.iter().map(|test| test.last_at).max().unwrap_or_default();
    let since = last.saturating_sub(settings.tests.gone_after_ms);
    ledger.tests.iter().map(|test| since <= test.last_at).collect()
}

/// What was counted, and which tests still count.
struct Book<'a> {
    history: &'a ServiceHistory,
    settings: &'a Settings,
    ledger: Ledger,
    present: Vec<bool>,
}

impl Book<'_> {
    fn present(&self) -> impl Iterator<Item = &Tally> {
        self.ledger.tests.iter().zip(&self.present).filter(|(_, here)| **here).map(|(test, _)| test)
    }

    fn name(&self, test: &Tally) -> TestName {
        let text = |name: Name| self.history.facts().text(name).to_owned();
        let (suite, class, name) = (text(test.suite), text(test.class), text(test.name));
        let around = if class.is_empty() { &suite } else { &class };
        let says = says(&name, around);
        TestName { suite, class, name, says }
    }

    /// Catches are not known where no source tells what the runs ran on.
    fn caught(&self, test: &Tally) -> Option<usize> {
        (self.ledger.runs_unknown < self.ledger.runs).then_some(test.caught)
    }

    fn counts(&self) -> TestCounts {
        let at = |millis: i64| Timestamp::from_millis(millis);
        TestCounts {
            tests: self.ledger.tests.len(),
            present: self.present().count(),
            results: self.ledger.results,
            runs: self.ledger.runs,
            changes: self.ledger.subjects,
            from_at: self.ledger.span.map(|span| at(span.0)),
            to_at: self.ledger.span.map(|span| at(span.1)),
            flaky: self.present().filter(|test| test.flaky > 0).count(),
            useful: self.present().filter(|test| test.caught > 0).count(),
            quarantined: self
                .present()
                .filter(|test| {
                    test.only_skipped(self.settings.tests.longest_quarantine_ms).is_some()
                })
                .count(),
            total_ms: total_ms(self.ledger.tests.iter()),
        }
    }

    fn never_failed(&self) -> NeverFailed {
        let ran = || self.present().filter(|test| test.subjects > 0);
        let clean = || ran().filter(|test| test.failed == 0);
        let from = |low: usize, below: usize| {
            clean().filter(|test| low <= test.subjects && test.subjects < below).count()
        };
        let [five, one, few] = CLEAN;
        let mut costly: Vec<&Tally> = clean().filter(|test| five <= test.subjects).collect();
        costly.sort_by_key(|test| std::cmp::Reverse((test.total_ms, test.subjects)));
        costly.truncate(self.settings.tests.rows);
        NeverFailed {
            tests: clean().count(),
            of: ran().count(),
            below_one_in_1000: from(few, usize::MAX),
            below_one_in_100: from(one, few),
            below_five_in_100: from(five, one),
            too_few: from(0, five),
            total_ms: total_ms(clean()),
            costliest: costly
                .into_iter()
                .map(|test| NeverFailedTest {
                    test: self.name(test),
                    changes: test.subjects,
                    at_most: never_seen_upper(test.subjects).unwrap_or(1.0),
                    total_ms: time(test),
                })
                .collect(),
        }
    }

    fn flaky(&self) -> Vec<FlakyTest> {
        let mut flaky: Vec<&Tally> = self.present().filter(|test| test.flaky > 0).collect();
        flaky.sort_by_key(|test| std::cmp::Reverse((test.rerun_ms, test.flaky, test.total_ms)));
        flaky.truncate(self.settings.tests.rows);
        flaky
            .into_iter()
            .filter_map(|test| {
                let caught = self.caught(test);
                Some(FlakyTest {
                    test: self.name(test),
                    flaky: test.flaky,
                    changes: test.subjects,
                    rate: test.flaky as f64 / test.subjects as f64,
                    interval: jeffreys_interval(test.flaky, test.subjects)?,
                    caught,
                    next_red_real: caught.map(|caught| {
                        (caught as f64 + 0.5) / (caught as f64 + test.flaky as f64 + 1.0)
                    }),
                    rerun_ms: test.rerun_ms,
                    rerun_wait_ms: test.rerun_wait_ms,
                    evidence: test.evidence.clone(),
                })
            })
            .collect()
    }

    fn together(&self) -> Vec<TestGroup> {
        let tests = &self.ledger.tests;
        let here = |at: &usize| self.present.get(*at).copied().unwrap_or_default();
        groups(&self.ledger, self.settings.tests.together_from)
            .into_iter()
            .filter_map(|mut group| {
                group.tests.retain(here);
                let (first, others) =
                    group.tests.split_first().filter(|(_, rest)| !rest.is_empty())?;
                let first = tests.get(*first)?;
                let others: Vec<&Tally> = others.iter().filter_map(|at| tests.get(*at)).collect();
                let means: Vec<i64> = others.iter().filter_map(|test| mean_ms(test)).collect();
                Some(TestGroup {
                    stands_for_all: self.name(first),
                    tests: group.tests.len(),
                    others: others.iter().take(OTHERS).map(|test| self.name(test)).collect(),
                    runs: group.runs,
                    changes: group.subjects,
                    apart_at_most: never_seen_upper(group.runs).unwrap_or(1.0),
                    others_ms: (means.len() == others.len()).then(|| means.iter().sum()),
                    evidence: first.evidence.clone(),
                })
            })
            .take(self.settings.tests.rows)
            .collect()
    }

    fn slowest(&self, path: &OnPath) -> Vec<SlowTest> {
        let all = total_ms(self.ledger.tests.iter()).unwrap_or_default().max(1);
        let mut slow: Vec<SlowTest> = self
            .ledger
            .tests
            .iter()
            .zip(&path.tests)
            .zip(&self.present)
            .filter(|((test, _), here)| **here && test.total_ms > 0)
            .filter_map(|((test, (on_path, releases)), _)| {
                let per_release = on_path / path.releases.max(1) as f64;
                Some(SlowTest {
                    test: self.name(test),
                    path_ms: (*releases > 0).then(|| whole(per_release)),
                    releases: *releases,
                    mean_ms: mean_ms(test)?,
                    runs: test.timed,
                    share: test.total_ms as f64 / all as f64,
                })
            })
            .collect();
        slow.sort_by(|a, b| b.path_ms.cmp(&a.path_ms).then_with(|| b.share.total_cmp(&a.share)));
        slow.truncate(self.settings.tests.rows);
        slow
    }

    fn quarantined(&self) -> Vec<QuarantinedTest> {
        let longest = self.settings.tests.longest_quarantine_ms;
        let mut found: Vec<QuarantinedTest> = self
            .present()
            .filter_map(|test| {
                let (since, for_ms) = test.only_skipped(longest)?;
                Some(QuarantinedTest {
                    test: self.name(test),
                    since: Timestamp::from_millis(since),
                    for_ms,
                    skips: test.skips,
                    last_ran: test.judged_at.map(Timestamp::from_millis),
                    flaky: test.flaky,
                    caught: self.caught(test),
                    evidence: test.evidence.clone(),
                })
            })
            .collect();
        found.sort_by_key(|test| std::cmp::Reverse((test.last_ran.is_some(), test.for_ms)));
        found.truncate(self.settings.tests.rows);
        found
    }

    fn value(&self) -> Vec<TestValue> {
        let mut tests: Vec<&Tally> = self.present().filter(|test| test.subjects > 0).collect();
        tests.sort_by_key(|test| std::cmp::Reverse((test.caught, test.total_ms, test.failed)));
        tests
            .into_iter()
            .take(self.settings.tests.rows)
            .map(|test| {
                let caught = self.caught(test);
                TestValue {
                    test: self.name(test),
                    changes: test.subjects,
                    failed: test.failed,
                    caught,
                    interval: caught.and_then(|caught| jeffreys_interval(caught, test.subjects)),
                    flaky: test.flaky,
                    total_ms: time(test),
                    ms_per_catch: caught
                        .and_then(|caught| i64::try_from(caught).ok())
                        .filter(|caught| *caught > 0)
                        .zip(time(test))
                        .map(|(caught, time)| time / caught),
                }
            })
            .collect()
    }
}

/// The time of a test, where it is known.
fn time(test: &Tally) -> Option<i64> {
    (test.timed > 0).then_some(test.total_ms)
}

fn mean_ms(test: &Tally) -> Option<i64> {
    test.total_ms.checked_div(i64::try_from(test.timed).ok()?)
}

fn total_ms<'a>(tests: impl Iterator<Item = &'a Tally>) -> Option<i64> {
    tests.filter_map(time).reduce(i64::saturating_add)
}

/// Returns a time without its fraction.
fn whole(millis: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a time in milliseconds; casts saturate")]
    let whole = millis.round() as i64;
    whole
}
