//! The eight questions of R12, answered as far as the data goes.

use std::collections::BTreeMap;

use aftercast_model::{FactId, FailureClass, Name, human_duration};

use super::types::{Answer, Basis, Candidate, Finding, Number};
use super::went_well::went_well;
use super::where_it_went::where_it_went;
use crate::findings::Scene;
use crate::history::cell;
use crate::measures::manual::{self, ManualStep};
use crate::measures::{self, Way, counted};

/// The questions, in order.
const QUESTIONS: [&str; 8] = [
    "How long did it take from commit to production?",
    "How many builds failed, and why?",
    "Which manual steps delayed the release?",
    "Did a gate fail to catch a real problem?",
    "Did a gate pass without checking anything useful?",
    "Was there an incident after the release, and could it have been caught earlier?",
    "What went better than expected, and why?",
    "Which one change would make the next release faster or safer?",
];

/// What is said to one question.
pub(super) struct Said {
    pub(super) answer: String,
    pub(super) details: Vec<String>,
    pub(super) basis: Basis,
    pub(super) findings: Vec<String>,
    pub(super) evidence: Vec<FactId>,
}

/// Returns the eight answers.
pub(super) fn answers(
    scene: &Scene<'_>,
    findings: &[Finding],
    way: Option<&Way>,
    candidates: &[Candidate],
) -> Vec<Answer> {
    let said = [
        lead(scene, findings, way),
        failed_builds(scene, findings),
        manual_steps(scene, findings),
        escaped(scene, findings),
        vacuous(scene, findings),
        incidents(scene, findings),
        went_well(scene, findings, way),
        one_change(candidates),
    ];
    (1..)
        .zip(QUESTIONS)
        .zip(said)
        .map(|((id, question), said)| Answer {
            id,
            question: question.to_owned(),
            answer: said.answer,
            details: said.details,
            basis: said.basis,
            findings: said.findings,
            evidence: said.evidence,
        })
        .collect()
}

pub(super) fn of_checks<'a>(findings: &'a [Finding], checks: &[&str]) -> Vec<&'a Finding> {
    findings.iter().filter(|finding| checks.contains(&finding.check.as_str())).collect()
}

/// An answer that rests on findings.
fn from_findings(found: &[&Finding], basis: Basis) -> Option<Said> {
    let first = found.first()?;
    Some(Said {
        answer: first.says.clone(),
        details: found.iter().skip(1).map(|finding| finding.says.clone()).collect(),
        basis,
        findings: found.iter().map(|finding| finding.id.clone()).collect(),
        evidence: found.iter().flat_map(|finding| finding.evidence.clone()).collect(),
    })
}

/// An answer that rests on a number.
pub(super) fn from_number(number: &Number, answer: String) -> Said {
    Said {
        answer,
        details: Vec::new(),
        basis: number.basis,
        findings: Vec::new(),
        evidence: number.evidence.clone(),
    }
}

/// A sentence that begins with a capital and ends with a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let mut said: String = first.chain(letters).collect();
    if !said.ends_with('.') {
        said.push('.');
    }
    said
}

fn lead(scene: &Scene<'_>, findings: &[Finding], way: Option<&Way>) -> Said {
    let number = &scene.numbers.lead_time_ms;
    let Some(value) = number.value else { return from_number(number, sentence(&number.why)) };
    let compared = match &number.compared {
        Some(compared) => format!("; {}", compared.says),
        None => String::new(),
    };
    let mut said = from_number(
        number,
        sentence(&format!("{}, {}{compared}", human_duration(value), number.why)),
    );
    if let Some(way) = way {
        said.details = where_it_went(way, scene.view.settings);
    }
    let checks =
        ["slow_lead_time", "old_commit", "slow_approval", "waited_off_hours", "clocks_disagree"];
    let found = of_checks(findings, &checks);
    said.findings = found.iter().map(|finding| finding.id.clone()).collect();
    said
}

fn failed_builds(scene: &Scene<'_>, findings: &[Finding]) -> Said {
    let number = &scene.numbers.failed_builds;
    let Some(value) = number.value else { return from_number(number, sentence(&number.why)) };
    let mut said = from_number(number, sentence(&number.why));
    if value > 0 {
        let facts = scene.view.history.facts();
        let tasks = &facts.task_runs;
        let mut by_job: BTreeMap<Name, usize> = BTreeMap::new();
        for row in measures::red_jobs(scene.view, scene.index) {
            *by_job.entry(cell(&tasks.name, row)).or_default() += 1;
        }
        let mut jobs: Vec<(usize, &str)> =
            by_job.into_iter().map(|(job, count)| (count, facts.text(job))).collect();
        jobs.sort_by(|(a, a_name), (b, b_name)| b.cmp(a).then_with(|| a_name.cmp(b_name)));
        let jobs: Vec<String> =
            jobs.iter().take(5).map(|(count, job)| format!("`{job}` {count}")).collect();
        if !jobs.is_empty() {
            said.details.push(format!("Failed jobs: {}.", jobs.join(", ")));
        }
    }
    let reasons: Vec<String> =
        measures::reasons(scene.view, scene.index).iter().map(reason).collect();
    if !reasons.is_empty() {
        said.details.push(format!("Why: {}.", reasons.join(", ")));
    }
    if let Some(compared) = &number.compared {
        said.details.push(sentence(&compared.says));
    }
    let checks = ["flaky_job", "red_before_green", "many_failed_builds", "bypassed_check"];
    for finding in of_checks(findings, &checks) {
        said.details.push(finding.says.clone());
        said.findings.push(finding.id.clone());
    }
    said
}

/// `flaky 2 (rerun_passed)`; the rules are named, so that a wrong one can be mended.
fn reason(reason: &measures::Reason) -> String {
    let class = match reason.class {
        FailureClass::Unknown => "not known".to_owned(),
        class => class.to_string(),
    };
    let rules: Vec<&str> = reason.rules.iter().take(3).map(String::as_str).collect();
    let rules = if rules.is_empty() { String::new() } else { format!(" ({})", rules.join(", ")) };
    format!("{class} {}{rules}", reason.jobs.len())
}

fn manual_steps(scene: &Scene<'_>, findings: &[Finding]) -> Said {
    /// More would hide the costly ones.
    const SHOWN: usize = 5;
    let number = &scene.numbers.manual_steps;
    let Some(value) = number.value else { return from_number(number, sentence(&number.why)) };
    let mut said = if value == 0 {
        from_number(number, "None was declared.".to_owned())
    } else {
        let mut steps = manual::steps(scene.view, scene.index);
        steps.sort_by_key(|step| std::cmp::Reverse(step.cost_ms()));
        let costs: Vec<i64> = steps.iter().filter_map(ManualStep::cost_ms).collect();
        let delay = match costs.len() {
            0 => "what they delayed is not known".to_owned(),
            n => format!(
                "waiting and doing took at most {} ({n} of {} known)",
                human_duration(costs.iter().fold(0, |sum, cost| cost.saturating_add(sum))),
                steps.len()
            ),
        };
        let n = counted(steps.len(), "manual step");
        let mut said = from_number(number, sentence(&format!("{n}; {delay}")));
        said.details.push(sentence(&number.why));
        said.details.extend(steps.iter().take(SHOWN).map(manual_step));
        said
    };
    for finding in of_checks(findings, &["manual_step_recurs", "hidden_manual_step"]) {
        said.details.push(finding.says.clone());
        said.findings.push(finding.id.clone());
    }
    said
}

/// "`go-live`: 2 h of waiting before it, 5 min to do it."
fn manual_step(step: &ManualStep) -> String {
    let waited = step.wait_ms.map(|wait| format!("{} of waiting before it", human_duration(wait)));
    let doing = step.doing_ms.map(|doing| format!("{} to do it", human_duration(doing)));
    let known: Vec<String> = [waited, doing].into_iter().flatten().collect();
    let known = if known.is_empty() { "time not known".to_owned() } else { known.join(", ") };
    let found = if step.kind.is_declared() { "" } else { " (found, not declared)" };
    sentence(&format!("{}{found}: {known}", step.step))
}

fn escaped(scene: &Scene<'_>, findings: &[Finding]) -> Said {
    // Which gate it was comes first, then what shows that there was something to catch.
    let mut found = of_checks(findings, &["gate_let_through"]);
    let signs = ["incident_caused", "reverts", "failed_deployment", "hotfix_followed"];
    found.extend(of_checks(findings, &signs));
    // A revert that this release ships speaks of an earlier one.
    found.retain(|finding| {
        finding.check == "gate_let_through"
            || finding.severity == super::types::FindingSeverity::Warning && finding.layer.is_none()
    });
    if let Some(said) = from_findings(&found, Basis::Inferred) {
        return said;
    }
    let incidents = &scene.numbers.incidents;
    let (answer, basis) = match incidents.value {
        None => (
            "Not known: no revert or rollback of this release is known; connect an incident source \
             to be sure."
                .to_owned(),
            Basis::Missing,
        ),
        Some(0) => (
            "No: no incident, revert or rollback of this release is known.".to_owned(),
            Basis::Inferred,
        ),
        Some(_) => (
            "There was an incident after this release; no source tells which gates it had passed."
                .to_owned(),
            Basis::Inferred,
        ),
    };
    Said {
        answer,
        details: Vec::new(),
        basis,
        findings: Vec::new(),
        evidence: incidents.evidence.clone(),
    }
}

fn vacuous(scene: &Scene<'_>, findings: &[Finding]) -> Said {
    let broken = of_checks(
        findings,
        &[
            "nothing_required",
            "gate_cannot_run",
            "vacuous_gate",
            "echo_check",
            "skipped_counts_as_passed",
            "skipped_after_failure",
            "gate_never_runs",
        ],
    );
    if let Some(said) = from_findings(&broken, Basis::Exact) {
        return said;
    }
    let idle = of_checks(findings, &["gate_never_fails"]);
    let Some(mut said) = from_findings(&idle, Basis::Inferred) else {
        let (answer, basis) = match scene.gates.len() {
            0 => ("Not known: connect a CI source.".to_owned(), Basis::Missing),
            n => (
                format!(
                    "None of the {} that this release met is known to; connect test reports to see \
                     whether tests ran.",
                    counted(n, "gate")
                ),
                Basis::Proxy,
            ),
        };
        return Said {
            answer,
            details: Vec::new(),
            basis,
            findings: Vec::new(),
            evidence: Vec::new(),
        };
    };
    said.details.push("Never failing is not the same as not checking.".to_owned());
    said
}

fn incidents(scene: &Scene<'_>, findings: &[Finding]) -> Said {
    let number = &scene.numbers.incidents;
    let mut said = match number.value {
        Some(0) => return from_number(number, sentence(&format!("None: {}", number.why))),
        Some(value) => {
            let n = usize::try_from(value).unwrap_or_default();
            from_number(number, sentence(&format!("{}: {}", counted(n, "incident"), number.why)))
        }
        None => return from_number(number, sentence(&number.why)),
    };
    for finding in of_checks(findings, &["incident_caused"]) {
        said.details.push(finding.says.clone());
        said.findings.push(finding.id.clone());
    }
    let caught = of_checks(findings, &["gate_let_through"]);
    for finding in caught
        .iter()
        .filter(|finding| finding.evidence.iter().any(|id| number.evidence.contains(id)))
    {
        said.details.push(format!("Could it have been caught earlier? {}", finding.says));
        said.findings.push(finding.id.clone());
    }
    if caught.is_empty() {
        said.details.push(
            "Whether it could have been caught earlier is not known: no gate is known that looked \
             at this release."
                .to_owned(),
        );
    }
    said
}

fn one_change(candidates: &[Candidate]) -> Said {
    let line = |candidate: &Candidate| {
        let saving = candidate
            .expected_saving_ms
            .map(|saving| format!("about {} a release, ", human_duration(saving)))
            .unwrap_or_default();
        let Candidate { title, effort, confidence_why, why, stage, .. } = candidate;
        let sure = format!("{:.0} % sure, {confidence_why}", candidate.confidence * 100.0);
        format!("{title} ({saving}{effort} effort, {sure}). {why}. It should move: {stage}.")
    };
    match candidates.split_first() {
        Some((best, others)) => Said {
            answer: line(best),
            details: others.iter().map(line).collect(),
            basis: Basis::Inferred,
            findings: Vec::new(),
            evidence: Vec::new(),
        },
        None => Said {
            answer: "Nothing in the data stands out; ask the people who were there.".to_owned(),
            details: Vec::new(),
            basis: Basis::Missing,
            findings: Vec::new(),
            evidence: Vec::new(),
        },
    }
}
