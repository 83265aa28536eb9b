//! Walking the graph of commits: which ones are new, and where a branch leaves another.
//!
//! Owns: parents, dates and reachability. Must not know facts, messages, trees.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use gix::ObjectId;
use gix::objs::Find;

use super::commit;

/// What the walk needs of a commit.
#[derive(Debug, Clone)]
pub(super) struct Links {
    /// The tree.
    pub tree: Option<ObjectId>,
    /// The parents, first parent first, also those that are not here (shallow clone).
    pub parents: Box<[ObjectId]>,
    /// Seconds of the committer's date, 0 where unknown: good for the order of the walk only.
    pub seconds: i64,
}

/// Reads links from the commit-graph file, where there is one, else from the commits.
pub(super) struct Reader<'r> {
    repo: &'r gix::Repository,
    graph: Option<gix::commitgraph::Graph>,
    buffer: Vec<u8>,
}

impl<'r> Reader<'r> {
    /// Returns a reader for `repo`.
    pub(super) fn new(repo: &'r gix::Repository) -> Self {
        // A commit-graph holds the original parents: not to be used where objects are replaced.
        let whole = !has_replacements(repo) && !repo.is_shallow().unwrap_or(true);
        let graph = whole.then(|| repo.commit_graph_if_enabled().ok().flatten()).flatten();
        Self { repo, graph, buffer: Vec::new() }
    }

    /// Returns the links of commit `id`, or why they cannot be had.
    pub(super) fn links(&mut self, id: &ObjectId) -> Result<Links, String> {
        if let Some(found) = self.graph.as_ref().and_then(|graph| links_in_graph(graph, id)) {
            return Ok(found);
        }
        match self.repo.objects.try_find(id, &mut self.buffer) {
            Ok(Some(object)) if object.kind == gix::objs::Kind::Commit => {
                let header = commit::read(object.data);
                Ok(Links {
                    tree: header.tree,
                    parents: header.parents.into(),
                    seconds: header.committed.unwrap_or_default(),
                })
            }
            Ok(Some(object)) => Err(format!("it is a {}, not a commit", object.kind)),
            Ok(None) => Err("it is missing".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Returns whether the repository replaces objects (`git replace`), as far as can be told.
fn has_replacements(repo: &gix::Repository) -> bool {
    let Ok(platform) = repo.references() else { return true };
    let found = platform.prefixed("refs/replace/").map(|mut found| found.next().is_some());
    found.unwrap_or(true)
}

fn links_in_graph(graph: &gix::commitgraph::Graph, id: &ObjectId) -> Option<Links> {
    let commit = graph.commit_by_id(id)?;
    let mut parents = Vec::new();
    for position in commit.iter_parents() {
        parents.push(graph.id_at(position.ok()?).to_owned());
    }
    Some(Links {
        tree: Some(commit.root_tree_id().to_owned()),
        parents: parents.into(),
        seconds: i64::try_from(commit.committer_timestamp()).unwrap_or_default(),
    })
}

/// A commit that could not be reached.
#[derive(Debug)]
pub(super) struct Broken {
    /// Which one.
    pub id: ObjectId,
    /// Why.
    pub why: String,
}

/// The commits that a walk met.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The commits that are reachable from the tips and not from the known ones, newest first.
    pub new: Vec<(ObjectId, Links)>,
    /// Commits that are named and cannot be read.
    pub broken: Vec<Broken>,
}

const NEW: u8 = 1;
const KNOWN: u8 = 2;
const DONE: u8 = 4;

/// Walks from `tips` to whatever is not reachable from `known`. Commits in `boundary` count as
/// roots: their parents are not here.
///
/// Where committers' clocks run backwards by more than a day, a commit that is known already may
/// come again; it is never left out.
pub(super) fn walk(
    reader: &mut Reader<'_>,
    tips: &[ObjectId],
    known: &[ObjectId],
    boundary: &HashSet<ObjectId>,
) -> History {
    const SLACK_SECONDS: i64 = 86_400;
    let mut history = History::default();
    let mut flags: HashMap<ObjectId, u8> = HashMap::new();
    let mut waiting: HashMap<ObjectId, Links> = HashMap::new();
    let mut queue = BinaryHeap::new();
    let mut new_in_queue = 0_usize;
    let mut order = 0_u64;
    let mut oldest_new = i64::MAX;
    let mut to_visit: Vec<(ObjectId, u8)> = known.iter().map(|id| (*id, KNOWN)).collect();
    to_visit.extend(tips.iter().map(|id| (*id, NEW)));
    loop {
        for (id, flag) in to_visit.drain(..) {
            let had = flags.get(&id).copied().unwrap_or_default();
            if had & flag == flag {
                continue;
            }
            flags.insert(id, had | flag);
            if had & DONE != 0 {
                // Passed as new, and now known to be known: so are its ancestors.
                new_in_queue -= spread_known(reader, id, &mut flags);
            } else if had != 0 {
                // Waits already; it only changed its colour.
                new_in_queue -= usize::from(had == NEW);
            } else {
                match reader.links(&id) {
                    Ok(links) => {
                        order += 1;
                        new_in_queue += usize::from(flag == NEW);
                        queue.push((links.seconds, Reverse(order), id));
                        waiting.insert(id, links);
                    }
                    // A tip of an earlier read may be gone after a force-push.
                    Err(why) if flag == NEW => history.broken.push(Broken { id, why }),
                    Err(_) => {}
                }
            }
        }
        let Some((seconds, _, id)) = queue.pop() else { break };
        if new_in_queue == 0 && oldest_new.saturating_sub(seconds) > SLACK_SECONDS {
            break;
        }
        if new_in_queue == 0 && history.new.is_empty() {
            break;
        }
        let Some(links) = waiting.remove(&id) else { continue };
        let flag = flags.get(&id).copied().unwrap_or_default();
        flags.insert(id, flag | DONE);
        let colour = if flag & KNOWN != 0 { KNOWN } else { NEW };
        if !boundary.contains(&id) {
            to_visit.extend(links.parents.iter().map(|parent| (*parent, colour)));
        }
        if colour == NEW {
            new_in_queue -= 1;
            oldest_new = oldest_new.min(seconds);
            history.new.push((id, links));
        }
    }
    if !known.is_empty() {
        history.new.retain(|(id, _)| flags.get(id).is_none_or(|flag| flag & KNOWN == 0));
    }
    history
}

/// Marks the ancestors of `id` that were met as new; returns how many of them still wait.
fn spread_known(reader: &mut Reader<'_>, id: ObjectId, flags: &mut HashMap<ObjectId, u8>) -> usize {
    let mut waited = 0;
    let mut stack = vec![id];
    while let Some(id) = stack.pop() {
        let Ok(links) = reader.links(&id) else { continue };
        for parent in &links.parents {
            if let Some(flag) = flags.get_mut(parent)
                && *flag & KNOWN == 0
            {
                *flag |= KNOWN;
                if *flag & DONE != 0 {
                    stack.push(*parent);
                } else {
                    waited += 1;
                }
            }
        }
    }
    waited
}

/// Returns the commits from `tip` along the first parents, `tip` first.
pub(super) fn main_line(
    reader: &mut Reader<'_>,
    tip: ObjectId,
    boundary: &HashSet<ObjectId>,
) -> Vec<ObjectId> {
    let mut line = Vec::new();
    let mut seen = HashSet::new();
    let mut next = Some(tip);
    while let Some(id) = next.filter(|id| seen.insert(*id)) {
        let Ok(links) = reader.links(&id) else { break };
        line.push(id);
        let first = links.parents.first().copied();
        next = first.filter(|_| !boundary.contains(&id));
    }
    line
}

/// Where a branch leaves the main line, by first parents on both sides: merging the branch back
/// later does not move it.
pub(super) fn leaves_at(
    reader: &mut Reader<'_>,
    tip: ObjectId,
    main: &HashSet<ObjectId>,
    boundary: &HashSet<ObjectId>,
) -> Option<ObjectId> {
    let mut seen = HashSet::new();
    let mut next = Some(tip);
    while let Some(id) = next.filter(|id| seen.insert(*id)) {
        if main.contains(&id) {
            return Some(id);
        }
        let links = reader.links(&id).ok()?;
        next = links.parents.first().copied().filter(|_| !boundary.contains(&id));
    }
    None
}
