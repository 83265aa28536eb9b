//! A test failed and passed on the same input, on the way of this release.

use super::{Check, Scene, finding};
use crate::measures::counted;
use crate::measures::tests::{ledger, release_ledger, says};
use crate::review::types::{Finding, FindingSeverity, Layer};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "flaky_test",
    what: "A test failed and passed on the same input in the runs of this release (where test results \
           were read).",
    why: "It names what to mend where only the job is known to be flaky.",
    example: "`places_an_order (CartTest)` failed and passed on the same input; so on 14 of 210 changes \
              in all runs.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    const SHOWN: usize = 3;
    let facts = scene.view.history.facts();
    let here = release_ledger(scene.view, scene.index);
    let mut flaky: Vec<_> = here.tests.iter().filter(|test| test.flaky > 0).collect();
    if flaky.is_empty() {
        return Vec::new();
    }
    let all = ledger(scene.view.history);
    let whole = |suite, class, name| {
        all.tests.iter().find(|test| (test.suite, test.class, test.name) == (suite, class, name))
    };
    flaky.sort_by_key(|test| {
        let times = whole(test.suite, test.class, test.name).map_or(0, |whole| whole.flaky);
        (std::cmp::Reverse(times), facts.text(test.name))
    });
    flaky
        .into_iter()
        .take(SHOWN)
        .map(|test| {
            let class = if test.class.is_some() { test.class } else { test.suite };
            let name = says(facts.text(test.name), facts.text(class));
            let so = whole(test.suite, test.class, test.name).map_or_else(String::new, |whole| {
                let n = counted(whole.subjects, "change");
                format!("; so on {} of {n} in all runs", whole.flaky)
            });
            let says = format!("`{name}` failed and passed on the same input{so}.");
            let mut found = finding(FindingSeverity::Warning, Some(Layer::Platform), says);
            found.evidence.clone_from(&test.evidence);
            found.confidence = 0.9;
            found.suggestion = Some(format!(
                "Find what makes `{name}` change its mind; until then keep it apart."
            ));
            found
        })
        .collect()
}
