//! What is worth saying about a release: one file a check, one line in [`FINDINGS`].
//!
//! A check is sure of what it says: it names its n and its rows, or stays silent. Must not know
//! pages or surfaces.

mod bypassed_check;
mod clocks_disagree;
mod echo_check;
mod failed_builds;
mod failed_deployment;
mod fast_release;
mod flaky_gate;
mod flaky_job;
mod flaky_test;
mod gate_cannot_run;
mod gate_costs_more_than_it_catches;
mod gate_let_through;
mod gate_never_fails;
mod gate_never_runs;
mod gate_rubber_stamp;
mod hidden_manual_step;
mod history_starts;
mod hotfix_followed;
mod incident_caused;
mod manual_step_recurs;
mod mechanism;
mod nothing_required;
mod old_commit;
mod only_author_approved;
mod pattern_kept;
mod red_before_green;
mod reverts;
mod skipped_after_failure;
mod skipped_counts_as_passed;
mod slow_approval;
mod slow_lead_time;
mod step_got_faster;
mod step_got_slower;
mod test_only_skipped;
mod vacuous_gate;
mod waited_off_hours;

use crate::measures::gates::Tally;
use crate::measures::{Measures, View};
use crate::review::types::{Finding, FindingSeverity, Layer, Numbers, StepChange};

/// A check: what `docs/checks.md` says about it, and the function that runs it.
pub struct Check {
    /// Its name, the same in ids, settings and documents.
    pub name: &'static str,
    /// What it looks for, in one sentence.
    pub what: &'static str,
    /// Why that matters, in one sentence.
    pub why: &'static str,
    /// What it says, as an example.
    pub example: &'static str,
    pub(crate) run: fn(&Scene<'_>) -> Vec<Finding>,
}

/// Every check.
pub static FINDINGS: &[Check] = &[
    slow_lead_time::CHECK,
    slow_approval::CHECK,
    step_got_slower::CHECK,
    failed_builds::CHECK,
    incident_caused::CHECK,
    reverts::CHECK,
    failed_deployment::CHECK,
    hotfix_followed::CHECK,
    gate_let_through::CHECK,
    bypassed_check::CHECK,
    flaky_job::CHECK,
    flaky_gate::CHECK,
    flaky_test::CHECK,
    gate_cannot_run::CHECK,
    vacuous_gate::CHECK,
    echo_check::CHECK,
    nothing_required::CHECK,
    skipped_counts_as_passed::CHECK,
    skipped_after_failure::CHECK,
    gate_never_runs::CHECK,
    gate_costs_more_than_it_catches::CHECK,
    gate_rubber_stamp::CHECK,
    gate_never_fails::CHECK,
    only_author_approved::CHECK,
    manual_step_recurs::CHECK,
    hidden_manual_step::CHECK,
    test_only_skipped::CHECK,
    red_before_green::CHECK,
    old_commit::CHECK,
    waited_off_hours::CHECK,
    clocks_disagree::CHECK,
    history_starts::CHECK,
    fast_release::CHECK,
    pattern_kept::CHECK,
    step_got_faster::CHECK,
];

/// What every check looks at.
pub(crate) struct Scene<'a> {
    pub(crate) view: View<'a>,
    pub(crate) index: usize,
    pub(crate) numbers: &'a Numbers,
    pub(crate) earlier: &'a [Measures],
    pub(crate) gates: &'a [Tally],
    /// Steps whose length changed within the releases that this one is compared with.
    pub(crate) steps: &'a [StepChange],
}

/// Runs every check; the worst finding first, within a severity in the order of [`FINDINGS`].
pub(crate) fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = FINDINGS
        .iter()
        .flat_map(|check| {
            let mut all = (check.run)(scene);
            for (at, finding) in all.iter_mut().enumerate() {
                check.name.clone_into(&mut finding.check);
                finding.id = match at {
                    0 => check.name.to_owned(),
                    _ => format!("{}-{}", check.name, at + 1),
                };
            }
            all
        })
        .collect();
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    found
}

/// A finding that is sure; [`run`] gives it its id.
fn finding(severity: FindingSeverity, layer: Option<Layer>, says: String) -> Finding {
    Finding {
        id: String::new(),
        check: String::new(),
        layer,
        severity,
        says,
        evidence: Vec::new(),
        confidence: 1.0,
        suggestion: None,
    }
}
