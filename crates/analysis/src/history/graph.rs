//! The commits of a service as a graph: positions in order of time, parents as positions.
//!
//! Commits of other services of the repository belong to the graph too, where they are known: the
//! way from one commit of the service to the next leads through them. They are never the service's.

use aftercast_model::{Facts, Name};

use super::{Row, cell};

/// A commit's position in order of time.
pub(crate) type Position = u32;

/// No commit.
const NOWHERE: Position = Position::MAX;

/// The commits of a service.
#[derive(Debug)]
pub(crate) struct CommitGraph {
    /// The row of each position.
    rows: Vec<Row>,
    /// The position of each hash, by the hash's [`Name::index`].
    by_sha: Vec<Position>,
    /// Where the parents of each position begin in `parents`; one more than positions.
    first_parent_at: Vec<u32>,
    parents: Vec<Position>,
    /// Positions with a parent that is not here.
    cut: Vec<Position>,
    /// Positions of commits that are of other services only.
    passing: Vec<Position>,
}

impl CommitGraph {
    /// Builds the graph of `rows`, which are in order of time; `is_own` tells which are the
    /// service's. Of two commits with one hash the first counts.
    pub(crate) fn new(facts: &Facts, rows: Vec<Row>, is_own: impl Fn(Row) -> bool) -> Self {
        let commits = &facts.commits;
        let numbered = (0..).zip(&rows);
        let passing = numbered.filter(|(_, row)| !is_own(**row)).map(|(position, _)| position);
        let mut by_sha = vec![NOWHERE; facts.names.len() + 1];
        for (position, row) in (0..).zip(&rows) {
            let sha = cell(&commits.sha, *row);
            if let Some(slot) = by_sha.get_mut(sha.index())
                && sha.is_some()
                && *slot == NOWHERE
            {
                *slot = position;
            }
        }
        let mut graph = Self {
            first_parent_at: Vec::with_capacity(rows.len() + 1),
            parents: Vec::with_capacity(rows.len()),
            cut: Vec::new(),
            passing: passing.collect(),
            by_sha,
            rows: Vec::new(),
        };
        for (position, row) in (0..).zip(&rows) {
            graph.first_parent_at.push(offset(graph.parents.len()));
            let mut whole = true;
            for parent in facts.text(cell(&commits.parents, *row)).split_ascii_whitespace() {
                match facts.names.find(parent).and_then(|sha| graph.position(sha)) {
                    Some(parent) => graph.parents.push(parent),
                    None => whole = false,
                }
            }
            if !whole {
                graph.cut.push(position);
            }
        }
        graph.first_parent_at.push(offset(graph.parents.len()));
        graph.rows = rows;
        graph
    }

    /// Returns the number of commits.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether the commit at `position` is one of the service's.
    pub(crate) fn is_own(&self, position: Position) -> bool {
        self.passing.binary_search(&position).is_err()
    }

    /// Returns whether commits of other services lie between the service's.
    pub(crate) fn has_passing(&self) -> bool {
        !self.passing.is_empty()
    }

    /// Returns whether no commit is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns where the commit `sha` stands.
    pub(crate) fn position(&self, sha: Name) -> Option<Position> {
        if sha.is_none() {
            return None;
        }
        self.by_sha.get(sha.index()).copied().filter(|position| *position != NOWHERE)
    }

    /// Returns the row of the commit at `position`.
    pub(crate) fn row(&self, position: Position) -> Row {
        cell(&self.rows, position)
    }

    /// Returns the parents of the commit at `position` that are known, first parent first.
    pub(crate) fn parents(&self, position: Position) -> &[Position] {
        let at = position as usize;
        let from = self.first_parent_at.get(at).copied().unwrap_or_default() as usize;
        let to = self.first_parent_at.get(at + 1).copied().unwrap_or_default() as usize;
        self.parents.get(from..to).unwrap_or_default()
    }

    /// Returns whether a parent of the commit at `position` is not among the facts (a shallow
    /// clone).
    pub(crate) fn is_cut(&self, position: Position) -> bool {
        self.cut.binary_search(&position).is_ok()
    }

    /// Returns the newest commit that is nobody's parent: the tip of the main line.
    pub(crate) fn newest_tip(&self) -> Option<Position> {
        let mut has_child = vec![false; self.len()];
        for parent in &self.parents {
            if let Some(slot) = has_child.get_mut(*parent as usize) {
                *slot = true;
            }
        }
        has_child.iter().rposition(|has_child| !has_child).map(offset)
    }

    /// Returns the first-parent line from `tip` back to its root, newest first. Ends at a cycle.
    pub(crate) fn first_parent_line(&self, tip: Position) -> Vec<Position> {
        let mut seen = vec![false; self.len()];
        let mut line = Vec::new();
        let mut at = Some(tip);
        while let Some(position) = at {
            match seen.get_mut(position as usize) {
                Some(seen) if !*seen => *seen = true,
                _ => break,
            }
            line.push(position);
            at = self.parents(position).first().copied();
        }
        line
    }
}

fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
