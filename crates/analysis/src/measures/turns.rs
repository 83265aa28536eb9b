//! Whose turn it was on a change request: acts that are known, and the long pauses between them.
//!
//! A pause longer than [`Settings::longest_pause_ms`](crate::Settings) is no review work. Owns what
//! an act tells about who was waited for. Must not know which stretch is cut.

use aftercast_model::{ActorKind, FactId, GateKind, Name, Timestamp, Verdict};

use super::View;
use super::approvals::{Who, who};
use crate::history::{Row, cell};
use crate::review::types::{Category, Segment};

/// How the steps of pauses begin; [`says`](super::says) builds its sentence on it.
const NOBODY_ACTED: &str = "nobody acted";
const NO_SIGN: &str = "no sign of work";

/// What an act was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A revision was uploaded, or an approval was asked for.
    Upload,
    /// A machine began or answered, or a person told a machine to: nobody's turn ends.
    Sign,
    /// A person said something without a vote: from here on nothing tells whose turn it is.
    Said,
    /// Another person voted against it.
    Objection(Name),
    /// Another person voted, not enough to let it in.
    Partial(Name),
    /// Another person let it in.
    Full(Name),
}

impl Kind {
    /// Returns its place among acts of one time: a vote has the last word.
    fn place(self) -> u8 {
        match self {
            Self::Upload => 0,
            Self::Sign => 1,
            Self::Said => 2,
            Self::Full(_) => 3,
            Self::Partial(_) => 4,
            Self::Objection(_) => 5,
        }
    }
}

/// One act on a change request, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Act {
    at: i64,
    kind: Kind,
    evidence: FactId,
}

/// A stretch in which nobody acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pause {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) category: Category,
    pub(super) step: &'static str,
    pub(super) evidence: Vec<FactId>,
}

/// The acts on one change request, in order of time.
pub(super) struct Acts {
    acts: Vec<Act>,
}

impl Acts {
    /// Collects what is known of the change request at `row`; `seen` is the first look of another
    /// person.
    pub(super) fn of(view: View<'_>, row: Row, seen: Option<i64>) -> Self {
        let mut acts = votes(view, row);
        let uploaded: Vec<Option<i64>> = uploads(view, row, &mut acts);
        signs(view, row, &uploaded, &mut acts);
        let change = view.history.change_id(row);
        let opened = cell(&view.history.facts().change_requests.opened_at, row);
        acts.extend(opened.map(|at| Act { at: at.millis(), kind: Kind::Upload, evidence: change }));
        acts.extend(seen.map(|at| Act { at, kind: Kind::Said, evidence: change }));
        acts.sort_by_key(|act| (act.at, act.kind.place(), act.evidence));
        Self { acts }
    }

    /// Returns the pauses in `[from, to)` that are longer than `longest`, in order.
    ///
    /// Its two ends count as acts: between them a pause never begins or ends outside.
    pub(super) fn pauses(&self, from: i64, to: i64, longest: i64) -> Vec<Pause> {
        let mut turn = Turn::default();
        let mut pauses = Vec::new();
        let mut last = (from, None);
        let mut next = self.acts.iter().enumerate().peekable();
        while let Some((at, act)) = next.next_if(|(_, act)| act.at <= from) {
            turn.take(act, self.acts.get(at + 1..).unwrap_or_default());
            last.1 = Some(act.evidence);
        }
        let mut put = |(begin, before): (i64, Option<FactId>), end: i64, after, turn: &Turn| {
            if end.saturating_sub(begin) > longest {
                let (category, step) = turn.waits();
                let evidence = before.into_iter().chain(after).collect();
                pauses.push(Pause { from: begin, to: end, category, step, evidence });
            }
        };
        for (at, act) in next.take_while(|(_, act)| act.at < to) {
            put(last, act.at, Some(act.evidence), &turn);
            turn.take(act, self.acts.get(at + 1..).unwrap_or_default());
            last = (act.at, Some(act.evidence));
        }
        if last.0 < to {
            put(last, to, None, &turn);
        }
        pauses
    }
}

/// Whose turn it is.
#[derive(Debug, Clone, Default)]
struct Turn {
    whose: Whose,
    /// Who voted against the revision and has not voted otherwise since.
    objections: Vec<Name>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Whose {
    Reviewer,
    Author,
    #[default]
    Untold,
}

impl Turn {
    /// Takes an act in; `later` are the acts after it.
    fn take(&mut self, act: &Act, later: &[Act]) {
        match act.kind {
            Kind::Upload => {
                self.objections.clear();
                self.whose = Whose::Reviewer;
            }
            Kind::Sign => {}
            Kind::Said => self.whose = Whose::Untold,
            Kind::Objection(who) => {
                self.objections.push(who);
                self.whose = Whose::Author;
            }
            Kind::Partial(who) | Kind::Full(who) => {
                self.objections.retain(|other| *other != who);
                // Some votes are not enough, some ask for more: what came next tells which.
                let answer = later.iter().find(|act| act.kind != Kind::Sign).map(|act| act.kind);
                let revised = act.kind == Kind::Partial(who) && answer == Some(Kind::Upload);
                let author = revised || !self.objections.is_empty();
                self.whose = if author { Whose::Author } else { Whose::Untold };
            }
        }
    }

    fn waits(&self) -> (Category, &'static str) {
        match self.whose {
            Whose::Reviewer => (Category::ReviewWait, "nobody acted, waiting for a reviewer"),
            Whose::Author => (Category::ReworkWait, "nobody acted, waiting for the next revision"),
            Whose::Untold => (Category::Idle, NO_SIGN),
        }
    }
}

/// Returns whether a segment is a pause in which nobody acted.
pub(crate) fn is_pause(segment: &Segment) -> bool {
    segment.step.starts_with(NOBODY_ACTED) || segment.step.starts_with(NO_SIGN)
}

/// Returns the sentence of a pause: "nobody acted for 511 d, waiting for a reviewer (change 7)".
pub(super) fn pause_says(segment: &Segment, length: &str) -> Option<String> {
    if let Some(rest) = segment.step.strip_prefix(NOBODY_ACTED) {
        return Some(format!("{NOBODY_ACTED} for {length}{rest}"));
    }
    let rest = segment.step.strip_prefix(NO_SIGN)?;
    Some(format!("{NO_SIGN} for {length}, and nothing tells whose turn it was{rest}"))
}

/// Returns the answers of people and machines.
fn votes(view: View<'_>, row: Row) -> Vec<Act> {
    let history = view.history;
    let facts = history.facts();
    let gates = &facts.gate_evaluations;
    let author = cell(&facts.change_requests.author_key, row);
    let Some(key) = history.change_key(row) else { return Vec::new() };
    let act = |gate: &Row| {
        let decider = cell(&gates.decider_key, *gate);
        let by_a_person = match cell(&gates.decided_by_kind, *gate) {
            ActorKind::Human => true,
            ActorKind::Bot | ActorKind::System => false,
            ActorKind::Unknown => cell(&gates.gate_kind, *gate) == GateKind::Approval,
        };
        let by_another = by_a_person && who(author, decider) != Who::Author;
        let kind = match cell(&gates.verdict, *gate) {
            _ if !by_another => Kind::Sign,
            Verdict::Pass | Verdict::Bypass => Kind::Full(decider),
            Verdict::Warn => Kind::Partial(decider),
            Verdict::Fail => Kind::Objection(decider),
            _ => Kind::Sign,
        };
        let at = cell(&gates.decided_at, *gate)?.millis();
        Some(Act { at, kind, evidence: cell(&gates.id, *gate) })
    };
    history.gates_by_change.get(key).iter().filter_map(act).collect()
}

/// Adds the uploads of revisions, and the askings where no revision is known; returns the revisions.
fn uploads(view: View<'_>, row: Row, acts: &mut Vec<Act>) -> Vec<Option<i64>> {
    let history = view.history;
    let gates = &history.facts().gate_evaluations;
    let Some(key) = history.change_key(row) else { return Vec::new() };
    let mut asked: Vec<(Option<i64>, Timestamp, FactId)> = history
        .gates_by_change
        .get(key)
        .iter()
        .filter_map(|gate| {
            let revision = cell(&gates.revision, *gate);
            let approval = cell(&gates.gate_kind, *gate) == GateKind::Approval;
            let at = cell(&gates.asked_at, *gate).filter(|_| revision.is_some() || approval)?;
            Some((revision, at, cell(&gates.id, *gate)))
        })
        .collect();
    asked.sort_unstable();
    asked.dedup_by_key(|(revision, at, _)| (*revision, revision.is_none().then_some(*at)));
    acts.extend(asked.iter().map(|(_, at, id)| Act {
        at: at.millis(),
        kind: Kind::Upload,
        evidence: *id,
    }));
    asked.into_iter().map(|(revision, ..)| revision).collect()
}

/// Adds what machines did and what was said. The first job of a revision that nothing else tells of
/// stands for its upload.
fn signs(view: View<'_>, row: Row, uploaded: &[Option<i64>], acts: &mut Vec<Act>) {
    let history = view.history;
    let facts = history.facts();
    let (tasks, runs, signals) = (&facts.task_runs, &facts.pipeline_runs, &facts.signals);
    let sign = |at: Option<Timestamp>, kind: Kind, evidence: FactId| {
        at.map(|at| Act { at: at.millis(), kind, evidence })
    };
    if let Some(key) = history.change_key(row) {
        let mut known = uploaded.to_vec();
        for job in history.tasks_by_change.get(key).iter().copied() {
            let id = cell(&tasks.id, job);
            let begin = cell(&tasks.queued_at, job).or(cell(&tasks.started_at, job));
            let revision = cell(&tasks.revision, job);
            let is_new = revision.is_some_and(|number| number > 1) && !known.contains(&revision);
            if is_new && begin.is_some() {
                known.push(revision);
            }
            let kind = if is_new { Kind::Upload } else { Kind::Sign };
            acts.extend(sign(begin, kind, id));
            acts.extend(sign(cell(&tasks.started_at, job), Kind::Sign, id));
            acts.extend(sign(cell(&tasks.finished_at, job), Kind::Sign, id));
        }
        for run in history.runs_by_change.get(key).iter().copied() {
            let id = cell(&runs.id, run);
            for at in [&runs.queued_at, &runs.started_at, &runs.finished_at] {
                acts.extend(sign(cell(at, run), Kind::Sign, id));
            }
        }
    }
    let Some(thread) = facts.names.find(&history.change_name(row)) else { return };
    for signal in history.signals_by_thread.get(thread).iter().copied() {
        let by_machine = facts.text(cell(&signals.kind, signal)) == "recheck";
        let kind = if by_machine { Kind::Sign } else { Kind::Said };
        acts.extend(sign(cell(&signals.said_at, signal), kind, cell(&signals.id, signal)));
    }
}
