//! Attempts on a time line: the way that a delivery took through them (the backward walk), and what
//! a shorter step would have saved (the forward pass). Formulas: docs/statistics/time.md.
//!
//! Plain arithmetic on milliseconds, public so that it can be held against other implementations
//! (`just crisp`). Must not know facts, releases or words.

use aftercast_model::FactId;

/// How much longer than the beginning of the next an attempt may last and still be what it waited
/// for: sources tell whole seconds.
pub const OVERLAP_MS: i64 = 1_000;

/// What an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Kind {
    /// A machine works.
    #[default]
    Machine,
    /// A person works, or starts what works.
    Hand,
    /// A decision: it is waited for, and takes no time itself.
    Decision,
}

/// An attempt of a job, or a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempt {
    /// When it was asked for, where known.
    pub asked: Option<i64>,
    /// When it began; when it was decided.
    pub from: i64,
    /// When it ended; when it was decided.
    pub to: i64,
    /// What it is.
    pub kind: Kind,
    /// It failed: on the way only where a later attempt of the same job is.
    pub red: bool,
    /// The run that it belongs to.
    pub run: Option<u32>,
    /// Its job: attempts of one job repeat one another.
    pub job: Option<u32>,
    /// Which try of its job it is, where known: a try is repeated by a later one only.
    pub number: Option<i64>,
    /// Breaks ties.
    pub id: FactId,
}

/// What a stretch of the way was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The attempt itself.
    Work,
    /// Waiting for a machine.
    Queue,
    /// Waiting for a person to start it.
    Start,
    /// Waiting for a decision.
    Decision,
    /// An attempt that a later one on the way repeats, with its queue.
    Repeated,
    /// Between an attempt and the one that repeats it.
    BeforeRepeat,
    /// Between two jobs of one run, before the second was asked for.
    Between,
}

/// One stretch of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// Where it begins.
    pub from: i64,
    /// Where it ends.
    pub to: i64,
    /// Which attempt, as a place in what was given.
    pub attempt: usize,
    /// What it was.
    pub part: Part,
}

/// Walks back from `until` to `since`: what ended last is on the way, before it what it waited for,
/// and so on.
///
/// An attempt waited for the attempt of the same job that it repeats, else for the one that ended
/// last before it began (ties: the latest beginning, then the id); one that lasted up to `overlap`
/// longer, but began and ended earlier, is clipped. `sink` is where the walk begins, if not with what
/// ended last. What is beside the way leaves no trace. The legs are in order, disjoint, and within
/// `[since, until)`; what lies between them nothing explains.
pub fn walk_back(
    attempts: &[Attempt],
    since: i64,
    until: i64,
    sink: Option<usize>,
    overlap: i64,
) -> Vec<Leg> {
    let graph = Graph::new(attempts, since, until, overlap);
    let mut legs = Vec::new();
    let mut at = match sink {
        Some(sink) => graph.order.iter().rposition(|(_, place)| *place == sink),
        None => graph.last_ended(graph.order.len(), until, None),
    };
    let mut cur = until;
    let mut repeated = false;
    while let Some(here) = at {
        let Some((attempt, place)) = graph.order.get(here).copied() else { break };
        let from = attempt.from.min(cur);
        let mut put = |from: i64, to: i64, part: Part| {
            let from = from.max(since);
            if from < to {
                legs.push(Leg { from, to, attempt: place, part });
            }
        };
        put(from, attempt.to.min(cur), if repeated { Part::Repeated } else { Part::Work });
        let again = graph.repeats(here);
        let before = again.or_else(|| graph.last_ended(here, from, Some(attempt)));
        let previous = before.and_then(|before| graph.order.get(before)).map(|(before, _)| before);
        let ready = previous.map_or(since, |previous| previous.to.min(from)).max(since);
        let asked = attempt.asked.map(|asked| asked.clamp(ready.min(from), from));
        let same_run = previous.is_some_and(|previous| {
            previous.run.is_some() && previous.run == attempt.run && previous.kind != Kind::Decision
        });
        let queue = if repeated { Part::Repeated } else { Part::Queue };
        // Later stretches first: the legs are turned at the end.
        match (attempt.kind, asked) {
            (Kind::Decision, asked) => put(asked.unwrap_or(ready), from, Part::Decision),
            (_, Some(asked)) => {
                put(asked, from, queue);
                match (again, attempt.kind) {
                    (Some(_), _) => put(ready, asked, Part::BeforeRepeat),
                    (None, Kind::Hand) if previous.is_some() => put(ready, asked, Part::Start),
                    (None, _) if same_run => put(ready, asked, Part::Between),
                    _ => {}
                }
            }
            (kind, None) => match again {
                Some(_) => put(ready, from, Part::BeforeRepeat),
                None if kind == Kind::Hand && previous.is_some() => put(ready, from, Part::Start),
                None if same_run => put(ready, from, queue),
                None => {}
            },
        }
        cur = ready;
        repeated = again.is_some();
        at = before.filter(|_| cur > since);
    }
    legs.reverse();
    legs
}

/// Attempts in the order of their ends.
struct Graph<'a> {
    order: Vec<(&'a Attempt, usize)>,
    /// For each place in the order the place of the attempt that it repeats.
    repeats: Vec<Option<usize>>,
    overlap: i64,
}

impl<'a> Graph<'a> {
    fn new(attempts: &'a [Attempt], since: i64, until: i64, overlap: i64) -> Self {
        let mut order: Vec<(&Attempt, usize)> = attempts
            .iter()
            .enumerate()
            .filter(|(_, one)| one.from <= one.to && one.to <= until && one.to > since)
            .map(|(place, one)| (one, place))
            .collect();
        order.sort_unstable_by_key(|(one, place)| (one.to, one.from, one.id, *place));
        let mut by_job: Vec<(u32, usize)> =
            (0..).zip(&order).filter_map(|(place, (one, _))| Some((one.job?, place))).collect();
        by_job.sort_unstable();
        let mut repeats = vec![None; order.len()];
        for pair in by_job.windows(2) {
            let [(job, earlier), (same, later)] = pair else { continue };
            let (Some((before, _)), Some((after, _))) = (order.get(*earlier), order.get(*later))
            else {
                continue;
            };
            let apart = before.to <= after.from.saturating_add(overlap) && before.to < after.to;
            let again = match (before.number, after.number) {
                (Some(before), Some(after)) => before < after,
                _ => before.red,
            };
            if job == same
                && apart
                && again
                && let Some(slot) = repeats.get_mut(*later)
            {
                *slot = Some(*earlier);
            }
        }
        Self { order, repeats, overlap }
    }

    fn repeats(&self, place: usize) -> Option<usize> {
        self.repeats.get(place).copied().flatten()
    }

    /// Returns what ended last by `at`, before `place` in the order; what `next` waited for.
    fn last_ended(&self, place: usize, at: i64, next: Option<&Attempt>) -> Option<usize> {
        let reach = if next.is_some() { at.saturating_add(self.overlap) } else { at };
        let end = self.order.partition_point(|(one, _)| one.to <= reach).min(place);
        let earlier = self.order.get(..end)?;
        earlier.iter().rposition(|(one, _)| {
            let streams = next.is_some_and(|next| one.from < next.from && one.to < next.to);
            !one.red && (one.to <= at || streams)
        })
    }
}

/// A step of the way, and how long it would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortened {
    /// Where it began.
    pub from: i64,
    /// Where it ended.
    pub to: i64,
    /// How long it would have taken, in milliseconds.
    pub kept: i64,
}

/// What the later steps waited for too, whatever the way did before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// When it happened.
    pub at: i64,
    /// Steps that began before this did not wait for it.
    pub since: i64,
}

/// Returns by how much the way would have ended earlier: the forward pass over its steps, which lie
/// end to end, and the work beside it (`from`, `to`).
///
/// A step begins when all that had ended before it began has ended, plus the lag that was observed;
/// so work beside the way that was nearly as long takes the saving up. The saving is at least zero
/// and at most what the steps were shortened by.
pub fn saving(path: &[Shortened], beside: &[(i64, i64)], held: Option<Held>) -> i64 {
    // (from, to, kept, on the path), in order of their beginnings.
    let mut nodes: Vec<(i64, i64, i64, bool)> = path
        .iter()
        .map(|step| (step.from, step.to, step.kept, true))
        .chain(beside.iter().map(|(from, to)| (*from, *to, to.saturating_sub(*from), false)))
        .filter(|(from, to, ..)| from < to)
        .collect();
    nodes.sort_unstable();
    let mut ends: Vec<(i64, usize)> = (0..).zip(&nodes).map(|(at, node)| (node.1, at)).collect();
    ends.sort_unstable();
    let mut ended = ends.into_iter().peekable();
    // Where each node would end; the latest end so far, as it was and as it would be.
    let mut new_ends = vec![0_i64; nodes.len()];
    let mut last: Option<(i64, i64)> = None;
    let (mut end, mut new_end) = (i64::MIN, i64::MIN);
    for (at, (from, to, kept, on_path)) in nodes.iter().copied().enumerate() {
        while let Some((was, node)) = ended.next_if(|(was, _)| *was <= from) {
            let is = new_ends.get(node).copied().unwrap_or(was);
            last = Some(last.map_or((was, is), |(old, new)| (old.max(was), new.max(is))));
        }
        let mut begin = last.map_or(from, |(was, is)| is.saturating_add(from.saturating_sub(was)));
        if let Some(held) = held.filter(|held| from >= held.at && from >= held.since) {
            begin = begin.max(held.at);
        }
        let would = begin.saturating_add(kept.clamp(0, to.saturating_sub(from)));
        if let Some(slot) = new_ends.get_mut(at) {
            *slot = would;
        }
        if on_path && to >= end {
            (end, new_end) = (to, would);
        }
    }
    // The end itself waited for it too.
    let new_end = held.map_or(new_end, |held| new_end.max(held.at.min(end)));
    end.saturating_sub(new_end).max(0)
}

#[cfg(test)]
mod tests;
