//! Time cut into stretches that cover it exactly: painting over never makes a gap or an overlap.

use aftercast_model::{FactId, Name, human_duration};

use crate::history::{Row, ServiceHistory};
use crate::review::types::Category;

/// Why a stretch is there, for the layer that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Cause {
    /// The ordinary one of its category.
    #[default]
    Ordinary,
    /// A failure that passed on the same input.
    Flaky,
    /// A failure of the machinery: runner, network, disk.
    Infrastructure,
    /// The author's next revision was waited for.
    Revision,
    /// The source cannot tell work from waiting here.
    Untold,
    /// What a job took beyond its usual time.
    Slow,
    /// Nobody had started a step that a person starts.
    Unstarted,
    /// A fixed wait.
    Timer,
    /// A time in which nothing may go out.
    Freeze,
    /// Another delivery had to be through.
    Lock,
    /// The approver answered after two nights or more.
    Nights,
    /// The gate never said no.
    NeverNo,
    /// Both: it never said no, and answered after two nights or more.
    NeverNoNights,
}

/// What a stretch was, to show; a text only when it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Step {
    before: &'static str,
    name: Name,
    after: &'static str,
    change: Option<Row>,
    usual_ms: Option<i64>,
}

impl Step {
    /// A name in backticks, with what stands before and behind it.
    pub(super) fn named(before: &'static str, name: Name, after: &'static str) -> Self {
        Self { before, name, after, ..Self::default() }
    }

    /// The same, of a change request: " (change 7)" stands behind it.
    pub(super) fn of(self, change: Row) -> Self {
        Self { change: Some(change), ..self }
    }

    /// The same, with what it usually takes behind it.
    pub(super) fn usual(self, millis: i64) -> Self {
        Self { usual_ms: Some(millis), ..self }
    }

    /// Returns the text.
    pub(super) fn says(&self, history: &ServiceHistory) -> String {
        let mut text = self.before.to_owned();
        if let Some(name) = history.facts().names.get(self.name) {
            text.extend(["`", name, "`"]);
        }
        text.push_str(self.after);
        if let Some(usual) = self.usual_ms {
            text.extend([" (", &human_duration(usual), ")"]);
        }
        if let Some(change) = self.change {
            text.extend([" (change ", &history.change_name(change), ")"]);
        }
        text
    }
}

impl From<&'static str> for Step {
    fn from(before: &'static str) -> Self {
        Self { before, ..Self::default() }
    }
}

/// A stretch of time, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) category: Category,
    pub(super) cause: Cause,
    pub(super) step: Step,
    pub(super) evidence: Vec<FactId>,
    /// Never joined with a neighbour of its kind: something came between.
    pub(super) apart: bool,
}

impl Stretch {
    pub(super) fn new(from: i64, to: i64, category: Category, step: impl Into<Step>) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KINDS: [Category; 4] =
        [Category::Run, Category::Queue, Category::Review, Category::Rework];
    const STEPS: [&str; 4] = ["a", "b", "c", "d"];

    fn shown(stretches: &[Stretch]) -> Vec<(i64, i64, &str)> {
        stretches.iter().map(|s| (s.from, s.to, s.step.before)).collect()
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

    proptest! {
        #[test]
        fn the_stretches_are_disjoint_ordered_and_cover(
            from in -1_000_i64..1_000, length in 1_i64..1_000,
            paints in prop::collection::vec((-1_500_i64..2_500, 0_i64..900, 0_usize..4), 0..40)
        ) {
            let to = from + length;
            let mut canvas = Canvas::new(from, to);
            for (at, length, kind) in paints {
                canvas.paint(Stretch::new(at, at + length, KINDS[kind], STEPS[kind]));
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
    }
}
