//! What an incident points at, and which gate could have caught a problem (R8), in words.

use super::caught::{Experience, Looks, Passed, Problem, could_have, passed};
use super::link::{Link, Suspect};
use super::undone::What;
use crate::history::{cell, short};
use crate::measures::{View, counted, moment, percent};
use crate::review::types::{GateAnswer, LinkVerdict, PassedGate};

/// Returns which gate could have caught `problem`, and when.
pub(crate) fn gate_answer(view: View<'_>, problem: &Problem, learnt: &Experience) -> GateAnswer {
    let all = passed(view, problem, learnt);
    let best = could_have(&all);
    let names = |passed: &Passed| view.history.facts().text(passed.gate).to_owned();
    GateAnswer {
        says: sentence(view, problem, &all, best),
        gate: best.map(names),
        at: best.map(|passed| passed.at),
        passed: all
            .iter()
            .map(|passed| PassedGate {
                gate: names(passed),
                at: passed.at,
                looks_there: passed.looks.map(because),
                evidence: passed.fact,
            })
            .collect(),
    }
}

fn sentence(view: View<'_>, problem: &Problem, all: &[Passed], best: Option<&Passed>) -> String {
    let what = culprit(view, problem);
    let Some(best) = best else {
        return match all.len() {
            0 if view.history.tasks.is_empty() && view.history.gates.is_empty() => {
                "Not known which gate could have caught it: no source tells of checks or approvals."
                    .to_owned()
            }
            0 => format!("No gate looked: no check and no approval of {what} is known."),
            n => format!(
                "No gate looked: {} passed {what}, and none has said no to it, to its fix or to an \
                 earlier problem.",
                counted(n, "gate")
            ),
        };
    };
    let gate = view.history.facts().text(best.gate);
    let when = moment(best.at);
    match best.looks {
        Some(Looks::Overruled) => {
            format!("`{gate}` said no to {what} on {when}, and it shipped.")
        }
        Some(Looks::OnEarlier(_)) => format!(
            "No gate is known to look exactly there; the nearest is `{gate}`, which passed {what} on \
             {when}: {}.",
            best.looks.map_or_else(String::new, because)
        ),
        looks => format!(
            "`{gate}` could have caught it when it passed {what} on {when}: {}.",
            looks.map_or_else(String::new, because)
        ),
    }
}

/// "Probably caused by v1.2.0 (73 %): the same service, it began 20 min after; v1.1.0 is close
/// (38 %)."
pub(crate) fn link_says(view: View<'_>, link: &Link) -> String {
    let id = |suspect: &Suspect| view.releases.id(view.history, suspect.release);
    let Some(best) = link.suspects.first() else {
        return match link.verdict {
            LinkVerdict::Confirmed => "No release caused it: people confirmed that.".to_owned(),
            _ if link.onset.is_none() => "Not known: no source tells when it began.".to_owned(),
            _ => "Not known: no release in the time before it.".to_owned(),
        };
    };
    let parts = best.parts.iter().map(|part| part.says.as_str());
    let parts: Vec<&str> = parts.filter(|says| !says.is_empty()).collect();
    let evidence = parts.join(", ");
    if link.is_told() {
        return format!("Caused by {}: {evidence}.", id(best));
    }
    let share = share_of(best.posterior);
    let close: Vec<String> = link
        .suspects
        .iter()
        .skip(1)
        .filter(|other| other.posterior * 2.0 >= best.posterior)
        .map(|other| format!("{} ({})", id(other), share_of(other.posterior)))
        .collect();
    let close = match close.as_slice() {
        [] => String::new(),
        [one] => format!("; {one} is close"),
        many => format!("; {} are close", many.join(", ")),
    };
    let of = match link.suspects.len() {
        1 => "the only candidate".to_owned(),
        n => format!("of {n} candidates"),
    };
    match link.verdict {
        LinkVerdict::CausedBy => {
            format!("Caused by {} ({share}, {of}): {evidence}{close}.", id(best))
        }
        LinkVerdict::Probably => {
            format!("Probably caused by {} ({share}, {of}): {evidence}{close}.", id(best))
        }
        LinkVerdict::NoRelease => format!(
            "Rather no release ({}); the likeliest is {} ({share}, {of}): {evidence}.",
            share_of(link.no_release),
            id(best)
        ),
        _ => format!("Suspects: {} ({share}, {of}): {evidence}{close}.", id(best)),
    }
}

/// A score is never sure.
fn share_of(posterior: f64) -> String {
    if posterior > 0.99 { "over 99 %".to_owned() } else { percent(posterior) }
}

/// What is at fault, as people call it.
pub(crate) fn culprit(view: View<'_>, problem: &Problem) -> String {
    match problem.culprit {
        Some(what) => called(view, what),
        None => format!("release {}", view.releases.id(view.history, problem.release)),
    }
}

/// What people call a change, a commit, a deployment.
pub(crate) fn called(view: View<'_>, what: What) -> String {
    let history = view.history;
    let facts = history.facts();
    match what {
        What::Change(row) => format!("change {}", history.change_name(row)),
        What::Commit(at) => format!("commit `{}`", short(facts.text(history.commit_sha(at)))),
        What::Deployment(row) => {
            format!("the deployment of `{}`", short(facts.text(cell(&facts.deployments.sha, row))))
        }
    }
}

fn because(looks: Looks) -> String {
    match looks {
        Looks::Overruled => "its last word was no".to_owned(),
        Looks::OnCulprit => "it had said no to an earlier revision".to_owned(),
        Looks::OnFix => "it said no to a revision of the fix".to_owned(),
        Looks::OnEarlier(n) => {
            format!("it had said no to what caused or mended {}", counted(n, "earlier problem"))
        }
    }
}
