//! The page of incidents: links with their evidence, what was undone, what gates let through.

use aftercast_model::human_duration;

use super::simulated::labelled;
use super::types::{
    Basis, CandidateRelease, Guess, IncidentLine, IncidentLinks, LagModel, LetThroughLine,
    LinkVerdict, SCHEMA_VERSION, ScorePart, UndoneLine,
};
use crate::Settings;
use crate::history::{ServiceHistory, cell};
use crate::measures::incidents::caught::{Experience, Problem, problems};
use crate::measures::incidents::lag::Lag;
use crate::measures::incidents::link::{Judge, Link, Suspect};
use crate::measures::incidents::undone::{Sign, Undone, What, release_of, undone_guessed};
use crate::measures::incidents::{Escapes, called, culprit, escapes, gate_answer, link_says};
use crate::measures::{View, counted};
use crate::releases::Releases;

/// How many candidates of an incident are shown, unless more are within a factor of 2 of the best.
const SHOWN: usize = 5;

/// Returns which release each incident of a service points at, with the evidence, and what was
/// rolled back, reverted or mended beside incidents.
pub fn incident_links(history: &ServiceHistory, settings: &Settings) -> IncidentLinks {
    let releases = Releases::of(history, settings);
    incident_links_of(View { history, releases: &releases, settings })
}

/// Returns the same of releases that are found already.
pub(super) fn incident_links_of(view: View<'_>) -> IncidentLinks {
    let history = view.history;
    let judge = Judge::new(view);
    let problems = problems(view);
    let learnt = Experience::of(view, &problems);
    let links: Vec<Link> = history.incidents.iter().map(|row| judge.judge(*row)).collect();
    let undone = undone_guessed(view);
    let escapes = escapes(view);
    let gates = gate_lines(view, &escapes);
    let page = Page { view, problems: &problems, learnt: &learnt };
    IncidentLinks {
        schema_version: SCHEMA_VERSION,
        service: history.service().to_owned(),
        says: says(view, &links, &undone, &gates),
        model: model(&judge.lag),
        incidents: links.iter().rev().map(|link| page.incident(link)).collect(),
        undone: undone.iter().rev().map(|undone| page.undone(undone)).collect(),
        gates,
        notes: labelled(history, notes(view, &links, &escapes)),
    }
}

struct Page<'a> {
    view: View<'a>,
    problems: &'a [Problem],
    learnt: &'a Experience,
}

impl Page<'_> {
    fn problem(&self, fact: aftercast_model::FactId) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.facts.contains(&fact))
    }

    fn incident(&self, link: &Link) -> IncidentLine {
        let view = self.view;
        let facts = view.history.facts();
        let columns = &facts.incidents;
        let id = cell(&columns.id, link.row);
        let best = link.suspects.first().map_or(0.0, |suspect| suspect.posterior);
        let shown = link.suspects.iter().enumerate();
        let shown = shown.filter(|(at, suspect)| *at < SHOWN || suspect.posterior * 2.0 >= best);
        let answer = |problem| gate_answer(view, problem, self.learnt);
        IncidentLine {
            id,
            title: facts.text(cell(&columns.title, link.row)).to_owned(),
            severity: facts.text(cell(&columns.severity, link.row)).to_owned(),
            onset_at: link.onset,
            onset_basis: link.onset_basis,
            verdict: link.verdict,
            says: link_says(view, link),
            no_release: link.no_release,
            candidates_n: link.suspects.len(),
            candidates: shown.map(|(_, suspect)| candidate(view, suspect)).collect(),
            gate: self.problem(id).map(answer),
        }
    }

    fn undone(&self, undone: &Undone) -> UndoneLine {
        let view = self.view;
        let id = |index: usize| view.releases.id(view.history, index);
        let released =
            |index: usize| view.releases.list.get(index).map(|release| undone.at.since(release.at));
        UndoneLine {
            id: undone.fact,
            kind: undone.sign.word().to_owned(),
            at: undone.at,
            says: undone_says(view, undone),
            what: undone.culprit.map(|what| called(view, what)),
            release: undone.release.map(id),
            lag_ms: undone.release.and_then(released),
            basis: undone.basis,
            guesses: undone.guesses.iter().map(|guess| self.guess(*guess)).collect(),
            got_through: undone.got_through,
            gate: self.problem(undone.fact).map(|problem| gate_answer(view, problem, self.learnt)),
        }
    }
}

impl Page<'_> {
    fn guess(&self, (what, posterior): (What, f64)) -> Guess {
        let view = self.view;
        let release = release_of(view, what).map(|index| view.releases.id(view.history, index));
        Guess { what: called(view, what), release, posterior }
    }
}

fn candidate(view: View<'_>, suspect: &Suspect) -> CandidateRelease {
    let release = view.releases.list.get(suspect.release);
    CandidateRelease {
        release: view.releases.id(view.history, suspect.release),
        at: release.map_or(aftercast_model::Timestamp::from_millis(0), |release| release.at),
        lag_ms: suspect.lag_ms,
        posterior: suspect.posterior,
        score: suspect.score,
        parts: suspect
            .parts
            .iter()
            .map(|part| ScorePart {
                kind: part.kind.to_owned(),
                log_odds: part.log_odds,
                says: part.says.clone(),
                evidence: part.evidence.clone(),
            })
            .collect(),
    }
}

fn undone_says(view: View<'_>, undone: &Undone) -> String {
    let problem = Problem {
        facts: Vec::new(),
        at: undone.at,
        release: undone.release.unwrap_or_default(),
        culprit: undone.culprit,
        fix: None,
    };
    let what = culprit(view, &problem);
    let known = undone.release.is_some() || undone.culprit.is_some();
    let verb = match undone.sign {
        Sign::Rollback => "Rolls back",
        Sign::Revert => "Reverts",
        Sign::Hotfix => "Mends",
    };
    let how = match undone.basis {
        Basis::Exact => "",
        _ if undone.sign == Sign::Revert => ", by its size turned around",
        _ => ", by time",
    };
    match (known, undone.got_through) {
        (false, _) => format!("A {}; nothing tells what it undoes.", undone.sign.word()),
        (true, Some(false)) => format!("{verb} {what}{how}, before it was in production."),
        (true, _) => format!("{verb} {what}{how}."),
    }
}

fn model(lag: &Lag) -> LagModel {
    #[expect(clippy::cast_possible_truncation, reason = "a float beyond i64 becomes its end")]
    let median_ms = lag.median_ms.round() as i64;
    let (window, median) = (human_duration(lag.window_ms), human_duration(median_ms));
    let from = match lag.learnt_from {
        0 => "defaults: fewer than 8 confirmed pairs".to_owned(),
        n => format!("learnt from {n} confirmed pairs"),
    };
    LagModel {
        window_ms: lag.window_ms,
        median_ms,
        sigma: lag.sigma,
        learnt_from: lag.learnt_from,
        says: format!(
            "Releases of the last {window} before an incident are candidates; median lag {median} \
             ({from})."
        ),
    }
}

fn says(
    view: View<'_>,
    links: &[Link],
    undone: &[Undone],
    gates: &[LetThroughLine],
) -> Vec<String> {
    let mut says = Vec::new();
    let of = |verdicts: &[LinkVerdict]| {
        links.iter().filter(|link| verdicts.contains(&link.verdict)).count()
    };
    if links.is_empty() {
        says.push("No incident is known: connect an incident source.".to_owned());
    } else {
        says.push(format!(
            "{}: {} named or confirmed, {} caused by a release by the evidence, {} probably, {} with \
             several suspects, {} rather by none, {} not known.",
            counted(links.len(), "incident"),
            of(&[LinkVerdict::Named, LinkVerdict::Confirmed]),
            of(&[LinkVerdict::CausedBy]),
            of(&[LinkVerdict::Probably]),
            of(&[LinkVerdict::Suspects]),
            of(&[LinkVerdict::NoRelease]),
            of(&[LinkVerdict::NotKnown])
        ));
    }
    let through = undone.iter().filter(|undone| undone.got_through == Some(true)).count();
    let kind = |word: &str| undone.iter().filter(|undone| undone.sign.word() == word).count();
    if !undone.is_empty() {
        says.push(format!(
            "{}, {} and {} in {}; {through} of what they undo had reached production.",
            counted(kind("rollback"), "rollback"),
            counted(kind("revert"), "revert"),
            kind_of_hotfix(kind("hotfix")),
            counted(view.releases.len(), "release")
        ));
    }
    if let Some(first) = gates.iter().find(|line| line.looked_there > 0) {
        says.push(format!(
            "`{}` passed {} and has shown that it looks there on {} of them.",
            first.gate,
            counted(first.passed, "problem"),
            first.looked_there
        ));
    }
    says
}

fn kind_of_hotfix(n: usize) -> String {
    if n == 1 { "1 hotfix".to_owned() } else { format!("{n} hotfixes") }
}

fn gate_lines(view: View<'_>, escapes: &Escapes) -> Vec<LetThroughLine> {
    let mut lines: Vec<LetThroughLine> = escapes
        .gates()
        .iter()
        .map(|gate| LetThroughLine {
            gate: view.history.facts().text(gate.gate).to_owned(),
            passed: gate.passed,
            looked_there: gate.escaped,
            evidence: gate.evidence.clone(),
        })
        .collect();
    lines.sort_by(|a, b| {
        (b.looked_there, b.passed).cmp(&(a.looked_there, a.passed)).then(a.gate.cmp(&b.gate))
    });
    lines
}

fn notes(view: View<'_>, links: &[Link], escapes: &Escapes) -> Vec<String> {
    let mut notes = view.releases.notes.clone();
    let judged: Vec<usize> = links
        .iter()
        .filter(|link| !link.is_told() && !link.suspects.is_empty())
        .map(|link| link.suspects.len())
        .collect();
    if !judged.is_empty() {
        let all: usize = judged.iter().sum();
        notes.push(format!(
            "{} judged by evidence and time have {} on average; on busy services the latest release \
             is nearly always near, so a confirmation by people is worth more than the score.",
            counted(judged.len(), "incident"),
            counted(all.div_ceil(judged.len()), "candidate")
        ));
    }
    let noticed = links.iter().filter(|link| link.onset_basis == Basis::Proxy).count();
    if noticed > 0 {
        notes.push(format!(
            "{} told without the time when it began: the time when it was noticed stands for it.",
            counted(noticed, "incident")
        ));
    }
    if let Some(until) = escapes.complete_until {
        notes.push(format!(
            "What gates let through is counted for releases up to {}: problems of younger ones may \
             not be known yet.",
            crate::measures::day(until)
        ));
    }
    notes
}
