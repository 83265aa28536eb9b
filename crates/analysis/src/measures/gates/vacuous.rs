//! How green comes about without checking: the mechanisms, each with its rows.

use std::collections::BTreeMap;

use aftercast_model::{FactId, GateKind, Name, human_duration};

use super::trials::Said;
use super::trials::{Entry, run_ms, said_by_job};
use super::{Account, Scope, Tally};
use crate::history::{ServiceHistory, cell};
use crate::measures::counted;
use crate::review::types::{Mechanism, VacuousCase};
use crate::stats::FEWEST_TO_JUDGE;

/// So many passes tell what is usual.
const FEWEST_PASSES: usize = 20;
/// Jobs that usually take less are not told from fast ones: CI rounds to seconds.
const SHORT_MS: i64 = 30_000;
/// A job that never took longer than this, and never failed, looks like an echo.
const ECHO_MS: i64 = 2_000;
/// Below this many changes nothing that never happened says anything.
const FEWEST: usize = 59;
/// Fewer cases may be an accident.
const FEWEST_CASES: usize = 3;

/// Returns the tenth part of the usual time of a job's passes; `None` where nothing is usual yet or
/// where a tenth cannot be told from noise.
pub(super) fn fast_below(scope: &Scope<'_>, entries: &[Entry]) -> Option<i64> {
    let mut times: Vec<i64> = entries
        .iter()
        .filter(|entry| said_by_job(scope, entry.row) == Said::Yes)
        .filter_map(|entry| run_ms(scope, entry.row))
        .collect();
    if times.len() < FEWEST_PASSES {
        return None;
    }
    let middle = times.len() / 2;
    let (_, median, _) = times.select_nth_unstable(middle);
    (*median >= SHORT_MS).then_some(*median / 10)
}

/// Returns the gates that the service's rules say hold back, with what they stand before.
fn blocking(history: &ServiceHistory) -> BTreeMap<Name, (Name, GateKind, FactId)> {
    let definitions = &history.facts().gate_definitions;
    let rows = history.definitions.iter().copied();
    rows.filter(|row| cell(&definitions.blocking, *row) == Some(true))
        .map(|row| {
            let about = (
                cell(&definitions.applies_to, row),
                cell(&definitions.gate_kind, row),
                cell(&definitions.id, row),
            );
            (cell(&definitions.gate, row), about)
        })
        .filter(|(gate, _)| gate.is_some())
        .collect()
}

/// Returns what the gates of `tallies` pass without checking.
pub(crate) fn cases(
    history: &ServiceHistory,
    tallies: &[Tally],
    steps_known: bool,
) -> Vec<VacuousCase> {
    let rules = blocking(history);
    let mut found: Vec<VacuousCase> = Vec::new();
    for tally in tallies.iter().filter(|tally| !tally.by_people) {
        let name = history.facts().text(tally.gate);
        let required = rules.contains_key(&tally.gate) || tally.required == Some(true);
        found.extend(echo(name, tally, steps_known));
        found.extend(skipped(name, tally, required));
        found.extend(empty(name, tally));
    }
    found.sort_by(|a, b| {
        b.confidence
            .total_cmp(&a.confidence)
            .then(b.times.cmp(&a.times))
            .then_with(|| (&a.gate, a.mechanism).cmp(&(&b.gate, b.mechanism)))
    });
    found
}

fn case(
    gate: Option<&str>,
    mechanism: Mechanism,
    (times, of): (usize, usize),
    confidence: f64,
    says: String,
    evidence: &[FactId],
) -> VacuousCase {
    let gate = gate.map(str::to_owned);
    VacuousCase { gate, mechanism, times, of, says, confidence, evidence: evidence.to_vec() }
}

fn echo(name: &str, tally: &Tally, steps_known: bool) -> Option<VacuousCase> {
    let Tally { passes, one_step_passes, .. } = *tally;
    // A runner that was lost says nothing about what it would have run.
    if tally.refused > tally.infra || tally.required == Some(false) || tally.kind != GateKind::Check
    {
        return None;
    }
    let rows = &tally.pass_evidence;
    if steps_known && passes >= FEWEST_TO_JUDGE && one_step_passes == passes {
        let says = format!(
            "`{name}` has one step, which never took longer than a second, and never failed in {}: \
             an echo.",
            counted(passes, "run")
        );
        return Some(case(Some(name), Mechanism::Echo, (passes, passes), 0.8, says, rows));
    }
    let longest = tally.longest_pass_ms.filter(|longest| *longest <= ECHO_MS)?;
    if steps_known || passes < FEWEST {
        return None;
    }
    let says = format!(
        "`{name}` never failed in {} and never took longer than {}: it looks like an echo; the steps \
         of its runs would tell.",
        counted(passes, "run"),
        human_duration(longest)
    );
    Some(case(Some(name), Mechanism::Echo, (passes, passes), 0.5, says, rows))
}

fn skipped(name: &str, tally: &Tally, required: bool) -> Vec<VacuousCase> {
    let mut found = Vec::new();
    let skipped = tally.skipped_subjects;
    if tally.runs == 0 && skipped >= FEWEST {
        let says = format!(
            "`{name}` was skipped on each of {}: its condition or path filter never matches.",
            counted(skipped, "change")
        );
        let rows = &tally.skip_evidence;
        let of = (skipped, skipped);
        found.push(case(Some(name), Mechanism::NeverMatches, of, 0.8, says, rows));
    }
    if !required {
        return found;
    }
    let rows = &tally.skip_evidence;
    let all = tally.met;
    if tally.needs_failed >= 1 {
        let says = format!(
            "`{name}` is required and was skipped on {} because something failed before it in the \
             same run; the merge went ahead.",
            counted(tally.needs_failed, "merged change")
        );
        let of = (tally.needs_failed, all);
        found.push(case(Some(name), Mechanism::NeedsFailed, of, 0.8, says, rows));
    }
    let others = tally.skipped_in.saturating_sub(tally.needs_failed);
    if others >= FEWEST_CASES {
        let says = format!(
            "`{name}` is required and was skipped on {} of {}, all merged: skipped counts as passed.",
            others,
            counted(all, "change")
        );
        let mechanism = Mechanism::SkippedCountsAsPassed;
        found.push(case(Some(name), mechanism, (others, all), 0.9, says, rows));
    }
    found
}

fn empty(name: &str, tally: &Tally) -> Vec<VacuousCase> {
    let passes = tally.passes;
    tally
        .empty
        .each()
        // A fast pass now and then is a warm cache.
        .filter(|(how, times, _)| {
            let often = times * 20 >= passes;
            *times >= FEWEST_CASES && (often || *how != Mechanism::TooFast)
        })
        .map(|(how, times, rows)| {
            let (what, confidence) = match how {
                Mechanism::NoTests => ("ran no test", 0.95),
                Mechanism::AllSkipped => ("skipped every step", 0.9),
                Mechanism::TooFast => ("took less than a tenth of its usual time", 0.6),
                _ => ("was not able to fail", 0.9),
            };
            let says = format!("`{name}` {what} on {times} of {}.", passed_runs(passes));
            case(Some(name), how, (times, passes), confidence, says, rows)
        })
        .collect()
}

fn passed_runs(passes: usize) -> String {
    if passes == 1 { "1 run that passed".to_owned() } else { format!("{passes} runs that passed") }
}

/// Returns what holds for the service as a whole: nothing is required, or what is required never
/// answers.
pub(crate) fn cases_of_service(history: &ServiceHistory, account: &Account) -> Vec<VacuousCase> {
    let mut found: Vec<VacuousCase> = nothing_required(history).into_iter().collect();
    let facts = history.facts();
    for (gate, (before, kind, id)) in blocking(history) {
        let checks =
            matches!(kind, GateKind::Check | GateKind::Scan | GateKind::Quality | GateKind::Policy);
        let answered = account.tallies.iter().any(|tally| tally.gate == gate);
        if checks && !answered && account.changes >= FEWEST {
            let name = facts.text(gate);
            let before = match facts.text(before) {
                "" => String::new(),
                before => format!(" before `{before}`"),
            };
            let says = format!(
                "`{name}` is required{before}, and no answer of it is known on any of {}.",
                counted(account.changes, "change")
            );
            let of = (account.changes, account.changes);
            found.push(case(Some(name), Mechanism::NeverMatches, of, 0.6, says, &[id]));
        }
    }
    found
}

/// Fires where the sources say of every gate whether it holds back, and none does.
pub(crate) fn nothing_required(history: &ServiceHistory) -> Option<VacuousCase> {
    let facts = history.facts();
    let (tasks, gates, definitions) =
        (&facts.task_runs, &facts.gate_evaluations, &facts.gate_definitions);
    let of_jobs = history.tasks.iter().map(|row| cell(&tasks.required, *row));
    let of_gates = history.gates.iter().map(|row| cell(&gates.blocking, *row));
    let rules = history.definitions.iter().map(|row| cell(&definitions.blocking, *row));
    let (mut no, mut silent) = (0_usize, 0_usize);
    for said in of_jobs.chain(of_gates) {
        match said {
            Some(true) => return None,
            Some(false) => no += 1,
            None => silent += 1,
        }
    }
    let rules: Vec<Option<bool>> = rules.collect();
    let all_tell = !rules.is_empty() && rules.iter().all(|blocking| *blocking == Some(false));
    // Rules are believed where they are known; else every run has to say so itself.
    let known = all_tell || (rules.is_empty() && silent == 0);
    if rules.contains(&Some(true)) || !known || no + silent < FEWEST_TO_JUDGE {
        return None;
    }
    let answers = no + silent;
    let by = if all_tell {
        format!("none of {} holds back", counted(rules.len(), "rule"))
    } else {
        format!("none of {} was required", counted(no, "answer"))
    };
    let says = format!("Nothing is required: {by}, so that red and green both ship.");
    let rows: Vec<FactId> = if all_tell {
        history.definitions.iter().map(|row| cell(&definitions.id, *row)).take(8).collect()
    } else {
        history.tasks.iter().rev().map(|row| cell(&tasks.id, *row)).take(8).collect()
    };
    Some(case(None, Mechanism::NothingRequired, (answers, answers), 0.9, says, &rows))
}
