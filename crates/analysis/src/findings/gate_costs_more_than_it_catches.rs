//! A gate that catches less than it costs.

use super::{Check, Scene, finding};
use crate::measures::gates::judge;
use crate::review::types::{Finding, FindingSeverity, GateVerdict, Layer};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "gate_costs_more_than_it_catches",
    what: "With 95 % confidence a gate catches less often than it would have to, to be worth its machine \
           time, the waiting for it alone and its false alarms; also where a problem costs twice as much.",
    why: "Each change pays for it; after the merge or on a sample it would go on counting for less.",
    example: "`e2e` held nothing back in 400 changes (with 95 % confidence fewer than 0.7 %): less than it \
              costs; it pays for itself from 1.9 % on.",
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
            let suggestion = match judged.verdict {
                GateVerdict::MoveOrSample => format!(
                    "Let `{name}` run after the merge, nightly, or on one change in ten; do not delete it, \
                     or nobody counts any more."
                ),
                GateVerdict::MakeAdvisory => {
                    format!("Let `{name}` tell, and not hold back: nobody would wait for it.")
                }
                _ => return None,
            };
            if !judged.robust {
                return None;
            }
            let says = format!("`{name}` {}.", judged.why);
            let mut found = finding(FindingSeverity::Notice, Some(Layer::Policy), says);
            found.evidence.clone_from(&tally.pass_evidence);
            found.confidence = 0.95;
            found.suggestion = Some(suggestion);
            Some(found)
        })
        .collect()
}
