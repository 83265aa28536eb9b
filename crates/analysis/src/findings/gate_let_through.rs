//! A problem of this release that gates had passed, and which of them could have caught it (R8).

use super::{Check, Scene, finding};
use crate::measures::incidents::caught::{Experience, problems};
use crate::measures::incidents::gate_answer;
use crate::review::types::{Finding, FindingSeverity, Layer};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "gate_let_through",
    what: "A problem of the release (an incident, a rollback, a revert, a hotfix) had passed gates: \
           which of them looks there, as far as the facts tell.",
    why: "A gate that let a real problem through is worth more attention than one that is only slow.",
    example: "`unit` could have caught it when it passed change 7 on 4 Mar 2024 12:00: it said no to a \
              revision of the fix.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let view = scene.view;
    let problems = problems(view);
    if problems.iter().all(|problem| problem.release != scene.index) {
        return Vec::new();
    }
    let learnt = Experience::of(view, &problems);
    let own = problems.iter().filter(|problem| problem.release == scene.index);
    own.filter_map(|problem| {
        let answer = gate_answer(view, problem, &learnt);
        // Where no gate is known at all there is nothing to say about gates.
        let named = answer.gate.as_ref();
        let looked = named.and_then(|gate| answer.passed.iter().find(|other| other.gate == *gate));
        let severity = match (looked, answer.passed.is_empty()) {
            (None, true) => return None,
            (None, false) => FindingSeverity::Notice,
            (Some(_), _) => FindingSeverity::Warning,
        };
        let mut found = finding(severity, Some(Layer::Policy), answer.says);
        found.evidence.clone_from(&problem.facts);
        match looked {
            Some(gate) => {
                found.evidence.push(gate.evidence);
                found.confidence = 0.7;
                found.suggestion = Some(format!("Ask what `{}` would need to see it.", gate.gate));
            }
            None => {
                found.suggestion =
                    Some("Ask which check would have seen it, and when it could run.".to_owned());
            }
        }
        Some(found)
    })
    .collect()
}
