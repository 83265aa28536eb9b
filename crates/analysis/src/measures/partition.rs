//! Time cut into stretches that cover it exactly: painting over never makes a gap or an overlap.

use aftercast_model::FactId;

use crate::review::types::Category;

/// Why a stretch is there, for the layer that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Cause {
    /// The ordinary one of its category.
    #[default]
    Ordinary,
    /// A failure that passed on the same input.
    Flaky,
    /// The source cannot tell work from waiting here.
    Untold,
}

/// A stretch of time, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) category: Category,
    pub(super) cause: Cause,
    pub(super) step: String,
    pub(super) evidence: Vec<FactId>,
    /// Never joined with a neighbour of its kind: something came between.
    pub(super) apart: bool,
}

impl Stretch {
    pub(super) fn new(from: i64, to: i64, category: Category, step: impl Into<String>) -> Self {
        Self {
            from,
            to,
            category,
            cause: Cause::Ordinary,
            step: step.into(),
            evidence: Vec::new(),
            apart: false,
        }
    }

    pub(super) fn with(mut self, evidence: impl IntoIterator<Item = FactId>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    pub(super) fn apart(mut self) -> Self {
        self.apart = true;
        self
    }

    pub(super) fn because(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }
}

/// The stretches of `[from, to)`, in order, without gap or overlap.
#[derive(Debug)]
pub(super) struct Canvas {
    stretches: Vec<Stretch>,
}

impl Canvas {
    /// A canvas on which nothing explains the time; empty where `to <= from`.
    pub(super) fn new(from: i64, to: i64) -> Self {
        let idle = Stretch::new(from, to, Category::Idle, "nothing tells");
        Self { stretches: if from < to { vec![idle] } else { Vec::new() } }
    }

    /// Puts `new` over what is there; what lies outside of the canvas is cut off.
    pub(super) fn paint(&mut self, mut new: Stretch) {
        let (Some(first), Some(last)) = (self.stretches.first(), self.stretches.last()) else {
            return;
        };
        new.from = new.from.max(first.from);
        new.to = new.to.min(last.to);
        if new.from >= new.to {
            return;
        }
        let begin = self.stretches.partition_point(|old| old.to <= new.from);
        let end = self.stretches.partition_point(|old| old.from < new.to);
        let mut put = Vec::with_capacity(3);
        if let Some(old) = self.stretches.get(begin)
            && old.from < new.from
        {
            put.push(Stretch { to: new.from, ..old.clone() });
        }
        let (new_to, at) = (new.to, put.len());
        put.insert(at, new);
        if let Some(old) = end.checked_sub(1).and_then(|at| self.stretches.get(at))
            && new_to < old.to
        {
            put.push(Stretch { from: new_to, ..old.clone() });
        }
        self.stretches.splice(begin..end, put);
    }

    /// Returns the stretches, neighbours of one kind joined.
    pub(super) fn finish(self) -> Vec<Stretch> {
        let mut joined: Vec<Stretch> = Vec::with_capacity(self.stretches.len());
        for stretch in self.stretches {
            match joined.last_mut() {
                Some(last)
                    if last.category == stretch.category
                        && last.cause == stretch.cause
                        && last.step == stretch.step
                        && !(last.apart && stretch.apart) =>
                {
                    last.to = stretch.to;
                    for id in stretch.evidence {
                        if !last.evidence.contains(&id) {
                            last.evidence.push(id);
                        }
                    }
                }
                _ => joined.push(stretch),
            }
        }
        joined
    }
}

/// A job or build on the time line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) queued: Option<i64>,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) category: Category,
    pub(super) step: String,
    pub(super) evidence: FactId,
}

/// Walks back from `until` to `since` over `work`: the work that ended last is on the path, before
/// it the work that ended last before it began, and so on (methods F). Ties: the latest start, then
/// the id. Work beside the path leaves no trace. Time between a work's queueing and its beginning
/// is [`Category::Queue`]; what is left between works stays as it was.
pub(super) fn walk_back(work: &[Work], since: i64, until: i64) -> Vec<Stretch> {
    let mut by_end: Vec<&Work> = work
        .iter()
        .filter(|work| work.from < work.to && work.to <= until && work.to > since)
        .collect();
    by_end.sort_by_key(|work| (work.to, work.from, work.evidence));
    let ended_by = |at: i64| {
        let count = by_end.partition_point(|work| work.to <= at);
        count.checked_sub(1).and_then(|last| by_end.get(last)).copied()
    };
    let mut path = Vec::new();
    let mut cur = until;
    while let Some(work) = ended_by(cur).filter(|_| cur > since) {
        path.push(
            Stretch::new(work.from.max(since), work.to, work.category, &*work.step)
                .with([work.evidence]),
        );
        cur = work.from;
        let ready = ended_by(cur).map_or(since, |before| before.to).max(since);
        if let Some(queued) = work.queued.map(|queued| queued.max(ready))
            && queued < cur
        {
            let step = format!("waiting for a machine: {}", work.step);
            path.push(Stretch::new(queued, cur, Category::Queue, step).with([work.evidence]));
        }
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KINDS: [Category; 4] =
        [Category::Run, Category::Queue, Category::Review, Category::Rework];

    fn work(id: u32, queued: i64, from: i64, to: i64) -> Work {
        Work {
            queued: Some(queued),
            from,
            to,
            category: Category::Run,
            step: format!("job {id}"),
            evidence: FactId::new("t", "task_runs", "job", id),
        }
    }

    fn shown(stretches: &[Stretch]) -> Vec<(i64, i64, &str)> {
        stretches.iter().map(|s| (s.from, s.to, s.step.as_str())).collect()
    }

    #[test]
    fn painting_splits_what_lies_below() {
        let mut canvas = Canvas::new(0, 100);
        canvas.paint(Stretch::new(-50, 60, Category::Coding, "coding"));
        canvas.paint(Stretch::new(20, 30, Category::Run, "build"));
        canvas.paint(Stretch::new(90, 400, Category::Deploy, "deploy"));
        assert_eq!(
            shown(&canvas.finish()),
            [
                (0, 20, "coding"),
                (20, 30, "build"),
                (30, 60, "coding"),
                (60, 90, "nothing tells"),
                (90, 100, "deploy")
            ]
        );
    }

    #[test]
    fn a_canvas_without_time_stays_empty() {
        let mut canvas = Canvas::new(5, 5);
        canvas.paint(Stretch::new(0, 10, Category::Run, "build"));
        assert_eq!(canvas.finish(), []);
    }

    #[test]
    fn the_path_goes_back_through_what_ended_last() {
        let jobs = [work(1, 0, 5, 20), work(2, 0, 5, 12), work(3, 20, 30, 60), work(4, 20, 25, 50)];
        assert_eq!(
            shown(&walk_back(&jobs, 0, 100)),
            [
                (0, 5, "waiting for a machine: job 1"),
                (5, 20, "job 1"),
                (20, 30, "waiting for a machine: job 3"),
                (30, 60, "job 3")
            ]
        );
    }

    proptest! {
        #[test]
        fn the_stretches_are_disjoint_ordered_and_cover(
            from in -1_000_i64..1_000, length in 1_i64..1_000,
            paints in prop::collection::vec((-1_500_i64..2_500, 0_i64..900, 0_usize..4), 0..40)
        ) {
            let to = from + length;
            let mut canvas = Canvas::new(from, to);
            for (at, length, kind) in paints {
                canvas.paint(Stretch::new(at, at + length, KINDS[kind], kind.to_string()));
            }
            let stretches = canvas.finish();
            prop_assert_eq!(stretches.first().unwrap().from, from);
            prop_assert_eq!(stretches.last().unwrap().to, to);
            for pair in stretches.windows(2) {
                prop_assert_eq!(pair[0].to, pair[1].from);
            }
            prop_assert!(stretches.iter().all(|s| s.from < s.to));
            prop_assert_eq!(stretches.iter().map(|s| s.to - s.from).sum::<i64>(), length);
        }

        #[test]
        fn work_beside_the_path_and_the_order_of_rows_change_nothing(
            jobs in prop::collection::vec((0_i64..500, 0_i64..30, 1_i64..90), 1..12),
            shift in 0_usize..12
        ) {
            let mut jobs: Vec<Work> = (0..)
                .zip(&jobs)
                .map(|(id, (from, wait, length))| work(id, from - wait, *from, from + length))
                .collect();
            let path = walk_back(&jobs, 0, 1_000);
            let on_path: Vec<(i64, i64)> = path.iter().map(|s| (s.from, s.to)).collect();
            for pair in path.windows(2) {
                prop_assert!(pair[0].to <= pair[1].from);
            }
            // A job that runs while a job of the path runs, and ends before it, is beside the path.
            if let Some(last) = path.last()
                && last.to - last.from > 2
            {
                jobs.push(work(99, last.from, last.from, last.to - 1));
            }
            let at = shift % jobs.len();
            jobs.rotate_left(at);
            let again = walk_back(&jobs, 0, 1_000);
            prop_assert_eq!(again.iter().map(|s| (s.from, s.to)).collect::<Vec<_>>(), on_path);
        }
    }
}
