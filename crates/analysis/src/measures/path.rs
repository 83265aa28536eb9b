//! Where the lead time of a release went: the way of the change that it begins with.

use std::collections::BTreeMap;

use aftercast_model::{FactId, Timestamp, human_duration};

use super::attempts::Held;
use super::layers::{self, Split};
use super::partition::{Canvas, Cause, Stretch};
use super::turns::{is_pause, pause_says};
use super::{Start, View, beginning, hours, skewed_beginnings};
use crate::history::{Position, Row, cell};
use crate::releases::Subject;
use crate::review::types::{Category, LayerShares, LeadTime, Segment, WorkingTime};

/// The way of one release: its lead time cut into segments, and what a shorter step would meet.
pub(crate) struct Way {
    /// Without what only the release that is shown needs: [`shown`](super::shown) adds it.
    pub(crate) lead_time: LeadTime,
    /// Sentences on clocks that disagree.
    pub(crate) notes: Vec<String>,
    /// The rows whose clocks disagree with others.
    pub(crate) skewed: Vec<FactId>,
    /// What each segment gives to the layers.
    pub(super) splits: Vec<Split>,
    /// Work beside the way (`from`, `to`).
    pub(super) beside: Vec<(i64, i64)>,
    /// The last thing that the release waited for beside the change that it begins with.
    pub(super) held: Option<Held>,
}

/// Returns the lead time of the release at `index` cut into segments, and sentences on clocks that
/// disagree; `None` where its beginning is not known.
pub(crate) fn lead_time(view: View<'_>, index: usize) -> Option<(LeadTime, Vec<String>)> {
    way(view, index).map(|way| (way.lead_time, way.notes))
}

/// Returns the way of the release at `index`; `None` where its beginning is not known.
pub(crate) fn way(view: View<'_>, index: usize) -> Option<Way> {
    let release = view.releases.list.get(index)?;
    let begin = beginning(view, index)?;
    let mut path = Path {
        view,
        canvas: Canvas::new(begin.at.millis(), release.at.millis()),
        from: begin.at.millis(),
        to: release.at.millis(),
        disagreements: begin.skewed,
        skewed: if begin.skewed > 0 { skewed_beginnings(view, index) } else { Vec::new() },
        work: Vec::new(),
        on_path: Vec::new(),
    };
    let change = match begin.start {
        Start::Change(row) => Some(row),
        Start::Commit(position) => change_of(view, index, position),
    };
    let merged = match change {
        Some(row) => path.change(row),
        None => path.git_only(index, begin.start),
    };
    path.after_merge(index, merged);
    let held = path.held(index, change, merged);
    let Path { canvas, work, mut on_path, disagreements, mut skewed, .. } = path;
    let mut notes = Vec::new();
    if disagreements > 0 {
        let places = if disagreements == 1 { "one place" } else { "several places" };
        let n = if disagreements == 1 { String::new() } else { format!(" ({disagreements})") };
        notes.push(format!(
            "Clocks disagree in {places}{n} on the way of this release; times were clamped into order."
        ));
    }
    on_path.sort_unstable();
    skewed.sort_unstable();
    skewed.dedup();
    let mut beside: Vec<(i64, i64)> = work
        .into_iter()
        .filter(|(.., id)| on_path.binary_search(id).is_err())
        .map(|(from, to, _)| (from.max(begin.at.millis()), to))
        .collect();
    beside.sort_unstable();
    beside.dedup();
    let from_says = match begin.start {
        Start::Change(row) => format!("change {} opened", view.history.change_name(row)),
        Start::Commit(_) => "first commit written".to_owned(),
    };
    let (lead_time, splits) =
        cut(view, (begin.at, release.at), from_says, canvas.finish(), disagreements);
    Some(Way { lead_time, notes, skewed, splits, beside, held })
}

/// Returns the lead time made of `stretches`, and what each of them gives to the layers.
fn cut(
    view: View<'_>,
    (from_at, to_at): (Timestamp, Timestamp),
    from_says: String,
    stretches: Vec<Stretch>,
    clocks_disagree: usize,
) -> (LeadTime, Vec<Split>) {
    let mut by_category_ms: BTreeMap<Category, i64> = BTreeMap::new();
    let mut working = WorkingTime::default();
    let mut splits = Vec::with_capacity(stretches.len());
    let mut segments = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        let length = stretch.to.saturating_sub(stretch.from);
        let inside = hours::inside(&view.settings.hours, stretch.from, stretch.to);
        let rule = layers::rule(stretch.category, stretch.cause);
        let split = layers::split(rule, &view.settings.layers);
        let add = |sum: &mut i64, more: i64| *sum = sum.saturating_add(more);
        add(by_category_ms.entry(stretch.category).or_insert(0), length);
        add(&mut working.inside_ms, inside);
        add(&mut working.outside_ms, length - inside);
        if inside > 0 {
            add(working.by_category_ms.entry(stretch.category).or_insert(0), inside);
        }
        if layers::is_delay(split) {
            add(&mut working.delay_inside_ms, inside);
            add(&mut working.delay_outside_ms, length - inside);
        }
        splits.push(split);
        segments.push(Segment {
            from_at: Timestamp::from_millis(stretch.from),
            to_at: Timestamp::from_millis(stretch.to),
            category: stretch.category,
            step: stretch.step.says(view.history),
            layer: layers::shares(split),
            working_ms: inside,
            rule: rule.name,
            because: rule.because,
            evidence: stretch.evidence,
        });
    }
    let lengths = segments.iter().map(|one| i128::from(one.to_at.since(one.from_at)));
    let lead_time = LeadTime {
        from_at,
        to_at,
        from_says,
        by_category_ms,
        by_layer_ms: layers::sums(lengths.zip(splits.iter().copied()), 1),
        segments,
        working,
        clocks_disagree,
        per_commit: None,
        savings: Vec::new(),
    };
    (lead_time, splits)
}

/// Returns the change request that brought the commit at `position` to the main line.
fn change_of(view: View<'_>, index: usize, position: Position) -> Option<Row> {
    let history = view.history;
    let shipped = view.releases.changes(index);
    let of = |position: Position| {
        let rows = history.changes_by_sha.get(history.commit_sha(position));
        rows.iter().copied().find(|row| shipped.contains(row))
    };
    let merge = brought_by(view, index, position);
    let itself = || match view.releases.list.get(index).map(|release| release.subject) {
        Some(Subject::Change(row)) => Some(row),
        _ => None,
    };
    of(position).or_else(|| merge.and_then(of)).or_else(itself)
}

/// Returns the first commit of the release's main line from which the commit at `position` can be
/// reached: itself, or the merge that brought it.
fn brought_by(view: View<'_>, index: usize, position: Position) -> Option<Position> {
    let graph = &view.history.commits;
    let release = view.releases.list.get(index)?;
    let own = view.releases.walked(index);
    let is_own = |at: Position| own.binary_search(&at).is_ok();
    let tip = match release.subject {
        Subject::Commit(tip) => tip,
        _ => graph.position(release.sha)?,
    };
    let mut line: Vec<Position> = Vec::new();
    let mut at = Some(tip).filter(|at| is_own(*at));
    while let Some(here) = at {
        line.push(here);
        if line.len() > own.len() {
            break;
        }
        at = graph.parents(here).first().copied().filter(|at| is_own(*at));
    }
    let mut seen = vec![false; own.len()];
    let mut stack = Vec::new();
    for merge in line.into_iter().rev() {
        stack.push(merge);
        while let Some(here) = stack.pop() {
            let Ok(slot) = own.binary_search(&here) else { continue };
            match seen.get_mut(slot) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            if here == position {
                return Some(merge);
            }
            stack.extend_from_slice(graph.parents(here));
        }
    }
    None
}

/// The canvas of one release, being painted.
pub(super) struct Path<'a> {
    pub(super) view: View<'a>,
    pub(super) canvas: Canvas,
    pub(super) from: i64,
    pub(super) to: i64,
    disagreements: usize,
    skewed: Vec<FactId>,
    /// All work that was not red: from, to, which.
    pub(super) work: Vec<(i64, i64, FactId)>,
    /// The work that is on the way.
    pub(super) on_path: Vec<FactId>,
}

impl Path<'_> {
    pub(super) fn paint(&mut self, stretch: Stretch) {
        self.canvas.paint(stretch);
    }

    /// Counts a place where clocks disagree.
    pub(super) fn disagrees(&mut self, id: FactId) {
        self.disagreements += 1;
        self.skewed.push(id);
    }

    /// Returns `at`, not before `after` and not after the release; counts clocks that disagree.
    pub(super) fn ordered(&mut self, at: Option<Timestamp>, after: i64, id: FactId) -> Option<i64> {
        let at = at?.millis();
        if at < after || at > self.to {
            self.disagrees(id);
        }
        Some(at.clamp(after.min(self.to), self.to))
    }

    /// Paints a commit's way to the main line where git is all there is; returns when it was there.
    fn git_only(&mut self, index: usize, start: Start) -> i64 {
        let view = self.view;
        let Start::Commit(position) = start else { return self.from };
        let merge = brought_by(view, index, position).unwrap_or(position);
        let evidence = [view.history.commit_id(position), view.history.commit_id(merge)];
        let there = view.history.committed_at(merge);
        let there = self.ordered(there, self.from, view.history.commit_id(merge));
        let there = there.unwrap_or(self.to);
        let step = "written and reviewed (git alone cannot tell which)";
        let stretch = Stretch::new(self.from, there, Category::Coding, step);
        self.paint(stretch.because(Cause::Untold).with(evidence));
        there
    }

    /// Returns the last thing that the release waited for beside its own change, which was there at
    /// `merged`: the merge of another change, or another commit where no change is known.
    fn held(&self, index: usize, change: Option<Row>, merged: i64) -> Option<Held> {
        let (history, releases) = (self.view.history, self.view.releases);
        let columns = &history.facts().change_requests;
        let changes = releases.changes(index).iter().filter(|row| Some(**row) != change);
        let last_change = changes.filter_map(|row| cell(&columns.merged_at, *row)).max();
        let last_commit = || {
            let commits = releases.commits(index).iter();
            let known = change.is_none() && releases.changes(index).is_empty() && index > 0;
            commits.filter(|_| known).filter_map(|at| history.committed_at(*at)).max()
        };
        let at = last_change.or_else(last_commit)?.millis();
        (merged < at && at <= self.to).then_some(Held { at, since: merged })
    }
}

/// Returns the longest segment that is a delay, with what it took.
pub(crate) fn longest_delay(lead_time: &LeadTime) -> Option<(&Segment, i64)> {
    lead_time
        .segments
        .iter()
        .filter(|segment| segment.layer != LayerShares::default())
        .map(|segment| (segment, segment.to_at.since(segment.from_at)))
        .max_by_key(|(segment, length)| (*length, segment.from_at))
}

/// Returns the longest segment without a sign of work, where it is longer than every delay.
pub(crate) fn longest_idle(lead_time: &LeadTime) -> Option<&Segment> {
    let delay = longest_delay(lead_time).map_or(0, |(_, length)| length);
    let length = |segment: &Segment| segment.to_at.since(segment.from_at);
    let idle = lead_time.segments.iter().filter(|segment| segment.category == Category::Idle);
    idle.filter(|segment| is_pause(segment) && length(segment) > delay)
        .max_by_key(|segment| (length(segment), segment.from_at))
}

/// Returns what a segment says in the page: "waiting for `Code-Review` (change 7): 1 d 10 h".
pub(crate) fn says(segment: &Segment) -> String {
    let length = human_duration(segment.to_at.since(segment.from_at));
    pause_says(segment, &length).unwrap_or_else(|| format!("{}: {length}", segment.step))
}
