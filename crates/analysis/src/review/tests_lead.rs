//! What the page of the tests says in sentences: what to take home, and what to know first.

use aftercast_model::human_duration;

use super::types::TestLedger;
use crate::Settings;
use crate::measures::tests::Ledger;
use crate::measures::{counted, percent};

/// Returns what to take home.
pub(super) fn lead(page: &TestLedger) -> Vec<String> {
    let counts = &page.counts;
    if counts.results == 0 {
        return vec![
            "No test result is known: import the reports that the test runners write (`aftercast \
             import junit PATH`)."
                .to_owned(),
        ];
    }
    let took = counts.total_ms.map_or_else(
        || "how long they took is not known".to_owned(),
        |took| format!("they took {} together", human_duration(took)),
    );
    let mut lead = vec![format!(
        "{} in {} on {}; {took}.",
        counted(counts.tests, "test"),
        counted(counts.runs, "run"),
        counted(counts.changes, "change"),
    )];
    lead.extend(value(page));
    lead.extend(flaky(page));
    lead.extend(never_failed(page));
    lead.extend(together(page));
    lead.extend(quarantined(page));
    lead
}

fn value(page: &TestLedger) -> Option<String> {
    let best = page.value.first()?;
    let Some(caught) = best.caught else {
        return Some(
            "Which test held a problem back is not known: no source tells what the runs ran on."
                .to_owned(),
        );
    };
    if caught == 0 {
        return Some(format!(
            "No test is known to have held a problem back ({}).",
            counted(page.counts.changes, "change")
        ));
    }
    let per = best.ms_per_catch.map_or_else(String::new, |time| {
        format!(", once for each {} that it ran", human_duration(time))
    });
    Some(format!(
        "{} of {} held a problem back at least once; `{}` most often: on {} of {}{per}.",
        page.counts.useful,
        counted(page.counts.present, "test"),
        best.test.says,
        caught,
        counted(best.changes, "change"),
    ))
}

fn flaky(page: &TestLedger) -> Option<String> {
    let worst = page.flaky.first()?;
    let (low, high) = worst.interval;
    let cost = worst.rerun_ms.map_or_else(String::new, |time| {
        format!("; the runs that showed it took {}", human_duration(time))
    });
    Some(format!(
        "{} failed and passed on the same input; the most costly is `{}`: on {} of {} ({} to {}){cost}.",
        counted(page.counts.flaky, "test"),
        worst.test.says,
        worst.flaky,
        counted(worst.changes, "change"),
        percent(low),
        percent(high),
    ))
}

fn never_failed(page: &TestLedger) -> Option<String> {
    let clean = &page.never_failed;
    if clean.tests == 0 {
        return None;
    }
    let known = clean.below_five_in_100 + clean.below_one_in_100 + clean.below_one_in_1000;
    let tail = if known == 0 {
        "each of them saw fewer than 59 changes, too few to say anything".to_owned()
    } else {
        let sure = match clean.below_one_in_100 + clean.below_one_in_1000 {
            0 => String::new(),
            sure => format!(", {sure} at least 299 (fewer than 1 of 100)"),
        };
        format!("{known} saw at least 59 changes (fail on fewer than 5 of 100){sure}")
    };
    Some(format!("{} of {} never failed; {tail}.", clean.tests, counted(clean.of, "test")))
}

fn together(page: &TestLedger) -> Option<String> {
    let group = page.together.first()?;
    Some(format!(
        "{} always fail together ({} on {}): run `{}` first, it can stand for all of them.",
        counted(group.tests, "test"),
        counted(group.runs, "run"),
        counted(group.changes, "change"),
        group.stands_for_all.says
    ))
}

fn quarantined(page: &TestLedger) -> Option<String> {
    let longest = page.quarantined.first()?;
    Some(format!(
        "{} only skipped for too long; `{}` for {} ({}).",
        if page.counts.quarantined == 1 {
            "1 test was".to_owned()
        } else {
            format!("{} tests were", page.counts.quarantined)
        },
        longest.test.says,
        human_duration(longest.for_ms),
        counted(longest.skips, "run"),
    ))
}

/// Returns what the times of the slowest tests are.
pub(super) fn slowest_basis(releases: usize) -> String {
    if releases == 0 {
        "Time in all runs: no job with known tests lies on the way of a release, so what a faster \
         test would save a release is not known."
            .to_owned()
    } else {
        format!(
            "Time on the way of a release: in jobs on the path of {}; tests that ran side by side \
             share their job's time. A parallel job may take up what a faster test saves.",
            counted(releases, "release")
        )
    }
}

/// Returns what a reader must know.
pub(super) fn notes(ledger: &Ledger, settings: &Settings) -> Vec<String> {
    let mut notes = Vec::new();
    if ledger.runs_unknown > 0 {
        notes.push(format!(
            "Of {} of {} no source tells what they ran on: each counts as a change of its own, and \
             nothing is held back in it.",
            ledger.runs_unknown,
            counted(ledger.runs, "run")
        ));
    }
    if ledger.lost > 0 {
        notes.push(format!(
            "{} without run and time left out.",
            if ledger.lost == 1 {
                "1 result was".to_owned()
            } else {
                format!("{} results were", ledger.lost)
            }
        ));
    }
    if ledger.broken_runs > 0 {
        notes.push(format!(
            "In {} more than half of the tests failed: something else was broken, and their results \
             count neither for nor against a test.",
            counted(ledger.broken_runs, "run")
        ));
    }
    if ledger.tests.iter().any(|test| test.cases > 1) {
        notes.push(
            "A test with parameters is one test; it is flaky only where one set of parameters is."
                .to_owned(),
        );
    }
    if ledger.results > 0 {
        notes.push(format!(
            "A test that was not seen in the last {} is gone, and stands in no table.",
            human_duration(settings.tests.gone_after_ms)
        ));
        notes.push(
            "A test that never failed is no useless test: run it less often, or later, before you \
             think of taking it out; taken out it counts no more."
                .to_owned(),
        );
    }
    notes
}
