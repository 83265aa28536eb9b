//! Problems that got through, the gates that had passed them, and which of these could have caught
//! them as far as the facts tell (R8; docs/statistics/incidents.md).

use aftercast_model::{
    ActorKind, FactId, FailureClass, GateKind, Name, Outcome, Timestamp, Verdict,
};

use super::link::Judge;
use super::undone::{Undone, What, release_of, undone};
use crate::history::{Row, cell};
use crate::measures::View;

/// A problem that reached production: an incident that points at a release, or something that was
/// undone or mended. What was undone during an incident of the same release is one problem with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The rows that show it, the incident or the first sign first.
    pub(crate) facts: Vec<FactId>,
    /// When it was noticed, or put right.
    pub(crate) at: Timestamp,
    /// The release that it came with.
    pub(crate) release: usize,
    /// What exactly was at fault, where that is known.
    pub(crate) culprit: Option<What>,
    /// What put it right, where that is known.
    pub(crate) fix: Option<What>,
}

/// A gate that passed what was at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(crate) gate: Name,
    pub(crate) at: Timestamp,
    pub(crate) fact: FactId,
    pub(crate) looks: Option<Looks>,
}

/// Why a gate is taken to look at the area of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Looks {
    /// Its last word on the culprit was no, and the culprit shipped.
    Overruled,
    /// It said no to an earlier revision of the culprit.
    OnCulprit,
    /// It said no to a revision of the fix.
    OnFix,
    /// It said no to this many changes that caused or mended earlier problems.
    OnEarlier(usize),
}

/// Returns the problems that reached production, in order of time.
pub(crate) fn problems(view: View<'_>) -> Vec<Problem> {
    let judge = Judge::new(view);
    let undone =
        if view.history.incidents.is_empty() { undone(view) } else { judge.undone.clone() };
    let columns = &view.history.facts().incidents;
    let mut taken = vec![false; undone.len()];
    let mut found = Vec::new();
    for row in view.history.incidents.iter().copied() {
        let link = judge.judge(row);
        let (Some(release), Some(onset)) = (link.release(), link.onset) else { continue };
        let ended = cell(&columns.resolved_at, row).unwrap_or(onset);
        let until = onset.plus_millis(judge.lag.window_ms).max(ended);
        let noticed = cell(&columns.detected_at, row).unwrap_or(onset);
        let mut problem = Problem {
            facts: vec![cell(&columns.id, row)],
            at: noticed,
            release,
            culprit: None,
            fix: None,
        };
        for (undone, taken) in undone.iter().zip(&mut taken) {
            if undone.release == Some(release) && (onset..=until).contains(&undone.at) {
                *taken = true;
                problem.facts.push(undone.fact);
                problem.culprit = problem.culprit.or(undone.culprit);
                problem.fix = problem.fix.or(Some(undone.fix));
            }
        }
        found.push(problem);
    }
    let alone = undone.iter().zip(&taken).filter(|(_, taken)| !**taken);
    found.extend(alone.filter_map(|(undone, _)| problem(undone)));
    found.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.facts.cmp(&b.facts)));
    found
}

/// What was undone after it had reached production.
fn problem(undone: &Undone) -> Option<Problem> {
    (undone.got_through == Some(true)).then_some(())?;
    Some(Problem {
        facts: vec![undone.fact],
        at: undone.at,
        release: undone.release?,
        culprit: undone.culprit,
        fix: Some(undone.fix),
    })
}

/// What gates said on the culprits and the fixes of earlier problems: learnt in order of time.
#[derive(Debug, Default)]
pub(crate) struct Experience {
    /// Gates that said no, once for each problem.
    refused: Vec<(Name, Timestamp)>,
}

impl Experience {
    /// Learns from every problem.
    pub(crate) fn of(view: View<'_>, problems: &[Problem]) -> Self {
        let mut refused = Vec::new();
        for problem in problems {
            let both = [problem.culprit, problem.fix];
            let mut gates: Vec<Name> = both
                .into_iter()
                .flatten()
                .flat_map(|what| answers(view, what))
                .filter(|answer| !answer.yes)
                .map(|answer| answer.gate)
                .collect();
            gates.sort_unstable();
            gates.dedup();
            refused.extend(gates.into_iter().map(|gate| (gate, problem.at)));
        }
        refused.sort_unstable();
        Self { refused }
    }

    fn before(&self, gate: Name, at: Timestamp) -> usize {
        let from = self.refused.partition_point(|(other, _)| *other < gate);
        let rest = self.refused.get(from..).unwrap_or_default();
        rest.iter().take_while(|(other, _)| *other == gate).filter(|(_, other)| *other < at).count()
    }
}

/// Returns the gates that passed what caused `problem`, in order of time.
pub(crate) fn passed(view: View<'_>, problem: &Problem, learnt: &Experience) -> Vec<Passed> {
    let mut said = match problem.culprit {
        Some(culprit) => answers(view, culprit),
        None => answers_of_release(view, problem.release),
    };
    said.sort_by_key(|answer| (answer.gate, answer.at, answer.fact));
    let on_fix: Vec<Name> = problem
        .fix
        .into_iter()
        .flat_map(|fix| answers(view, fix))
        .filter(|answer| !answer.yes)
        .map(|answer| answer.gate)
        .collect();
    let mut found: Vec<Passed> = said
        .chunk_by(|a, b| a.gate == b.gate)
        .filter_map(|answers| {
            let last = answers.last()?;
            let earlier = learnt.before(last.gate, problem.at);
            // Changes of one release that were not at fault tell nothing about the one that was.
            let refused = problem.culprit.is_some() && answers.iter().any(|answer| !answer.yes);
            let looks = if !last.yes {
                Some(Looks::Overruled)
            } else if refused {
                Some(Looks::OnCulprit)
            } else if on_fix.contains(&last.gate) {
                Some(Looks::OnFix)
            } else {
                (earlier > 0).then_some(Looks::OnEarlier(earlier))
            };
            Some(Passed { gate: last.gate, at: last.at, fact: last.fact, looks })
        })
        .collect();
    found.sort_by_key(|passed| (passed.at, passed.fact));
    found
}

/// Returns the gate that could have caught a problem: one that said no and was overruled, else the
/// earliest that looks there; `None` where no gate has shown that it does.
pub(crate) fn could_have(passed: &[Passed]) -> Option<&Passed> {
    let overruled = passed.iter().find(|passed| passed.looks == Some(Looks::Overruled));
    overruled.or_else(|| passed.iter().find(|passed| passed.looks.is_some()))
}

/// One answer of one gate: yes or no; what could not be evaluated is none.
#[derive(Debug, Clone, Copy)]
struct Answer {
    gate: Name,
    at: Timestamp,
    fact: FactId,
    yes: bool,
}

/// What gates said on the changes of a release before it was in production.
fn answers_of_release(view: View<'_>, index: usize) -> Vec<Answer> {
    let Some(release) = view.releases.list.get(index) else { return Vec::new() };
    let changes = view.releases.changes(index).iter().map(|row| What::Change(*row));
    let mut said: Vec<Answer> = changes.flat_map(|what| answers(view, what)).collect();
    let tasks = view.history.tasks_by_sha.get(release.sha).iter();
    said.extend(tasks.filter_map(|row| of_task(view, *row)));
    said.retain(|answer| answer.at <= release.at);
    said.sort_by_key(|answer| answer.fact);
    said.dedup_by_key(|answer| answer.fact);
    said
}

/// What gates said on a change, a commit or a deployment.
fn answers(view: View<'_>, what: What) -> Vec<Answer> {
    let history = view.history;
    let facts = history.facts();
    let (change, sha) = match what {
        What::Change(row) => (Some(row), cell(&facts.change_requests.merge_sha, row)),
        What::Commit(position) => {
            let sha = history.commit_sha(position);
            (history.changes_by_sha.get(sha).first().copied(), sha)
        }
        What::Deployment(row) => {
            let sha = cell(&facts.deployments.sha, row);
            let release = release_of(view, what).map(|index| view.releases.changes(index));
            let only = release.and_then(|rows| if let [one] = rows { Some(*one) } else { None });
            (only, sha)
        }
    };
    let key = change.and_then(|row| history.change_key(row));
    let mut tasks: Vec<Row> =
        key.map(|key| history.tasks_by_change.get(key).to_vec()).unwrap_or_default();
    tasks.extend(history.tasks_by_sha.get(sha));
    tasks.sort_unstable();
    tasks.dedup();
    let gates = key.map(|key| history.gates_by_change.get(key)).unwrap_or_default();
    let author = change.map(|row| cell(&facts.change_requests.author_key, row)).unwrap_or_default();
    let mut said: Vec<Answer> = tasks.iter().filter_map(|row| of_task(view, *row)).collect();
    said.extend(gates.iter().filter_map(|row| of_gate(view, *row, author)));
    // A check may be told both as a job and as a verdict; the job says more.
    let until = change.and_then(|row| cell(&facts.change_requests.merged_at, row));
    said.retain(|answer| until.is_none_or(|until| answer.at <= until));
    said
}

fn of_task(view: View<'_>, row: Row) -> Option<Answer> {
    let tasks = &view.history.facts().task_runs;
    let machinery = matches!(
        cell(&tasks.failure_class, row),
        FailureClass::Infrastructure | FailureClass::Flaky | FailureClass::Dependency
    );
    let yes = match cell(&tasks.outcome, row) {
        Outcome::Success => true,
        Outcome::Failure if !machinery => false,
        _ => return None,
    };
    let gate = cell(&tasks.name, row);
    let at = cell(&tasks.finished_at, row)?;
    gate.is_some().then(|| Answer { gate, at, fact: cell(&tasks.id, row), yes })
}

fn of_gate(view: View<'_>, row: Row, author: Name) -> Option<Answer> {
    let gates = &view.history.facts().gate_evaluations;
    let yes = match cell(&gates.verdict, row) {
        Verdict::Pass | Verdict::Warn => true,
        Verdict::Fail => false,
        _ => return None,
    };
    let by_people = cell(&gates.gate_kind, row) == GateKind::Approval
        && cell(&gates.decided_by_kind, row) != ActorKind::Bot;
    let decider = cell(&gates.decider_key, row);
    if by_people && decider.is_some() && decider == author {
        // An author's word on the own change is no gate.
        return None;
    }
    let gate = cell(&gates.gate, row);
    let at = cell(&gates.decided_at, row)?;
    gate.is_some().then(|| Answer { gate, at, fact: cell(&gates.id, row), yes })
}
