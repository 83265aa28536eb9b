//! A test was only skipped for long, while others ran.

use aftercast_model::human_duration;

use super::{Check, Scene, finding};
use crate::measures::counted;
use crate::measures::tests::{ledger, says};
use crate::review::types::{Finding, FindingSeverity, Layer};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "test_only_skipped",
    what: "A test that ran before was only skipped for longer than the settings allow (30 days), up to \
           the latest run (where test results were read).",
    why: "A test in quarantine checks nothing, and nobody misses it: mend it or say that it is not needed.",
    example: "2 tests that ran before are only skipped; `places_an_order (CartTest)` for 45 d (16 runs).",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let (history, settings) = (scene.view.history, &scene.view.settings.tests);
    if history.tests.is_empty() {
        return Vec::new();
    }
    let all = ledger(history);
    let last = all.tests.iter().map(|test| test.last_at).max().unwrap_or_default();
    let present = last.saturating_sub(settings.gone_after_ms);
    let mut skipped: Vec<_> = all
        .tests
        .iter()
        .filter(|test| test.judged_at.is_some() && present <= test.last_at)
        .filter_map(|test| Some((test.only_skipped(settings.longest_quarantine_ms)?.1, test)))
        .collect();
    skipped.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    let Some((length, test)) = skipped.first() else { return Vec::new() };
    let facts = history.facts();
    let class = if test.class.is_some() { test.class } else { test.suite };
    let name = says(facts.text(test.name), facts.text(class));
    let who = match skipped.len() {
        1 => "1 test that ran before is".to_owned(),
        n => format!("{n} tests that ran before are"),
    };
    let says = format!(
        "{who} only skipped; `{name}` for {} ({}).",
        human_duration(*length),
        counted(test.skips, "run")
    );
    let mut found = finding(FindingSeverity::Notice, Some(Layer::Process), says);
    found.evidence = skipped.iter().flat_map(|(_, test)| test.evidence.clone()).take(8).collect();
    found.suggestion =
        Some("Give each a day on which it runs again, or say what checks it now.".to_owned());
    vec![found]
}
