//! A gate most of whose reds are false.

use super::{Check, Scene, finding};
use crate::measures::gates::judge;
use crate::review::types::{Finding, FindingSeverity, GateVerdict, Layer};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "flaky_gate",
    what: "With 95 % confidence fewer than half of a gate's reds are real; the others passed on the same \
           revision or came from the machinery.",
    why: "People learn to run it again without reading it: a real red is lost among the others.",
    example: "`e2e`: its red was real on 2 changes and a false alarm on 31 (flaky 24, machinery 9): with \
              95 % confidence fewer than 17 % of its reds are real.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let settings = scene.view.settings;
    scene
        .gates
        .iter()
        .filter(|tally| !tally.sums_up)
        .filter_map(|tally| {
            let name = scene.view.history.facts().text(tally.gate);
            let judged = judge(tally, name, &settings.gates);
            if judged.verdict != GateVerdict::FixFirst {
                return None;
            }
            let says = format!("`{name}`: {}.", judged.why);
            let mut found = finding(FindingSeverity::Warning, Some(Layer::Platform), says);
            found.evidence.clone_from(&tally.evidence);
            found.confidence = 0.95;
            found.suggestion = Some(format!(
                "Find what makes `{name}` red without a reason before anything else; until then let it \
                 tell, and not hold back."
            ));
            Some(found)
        })
        .collect()
}
