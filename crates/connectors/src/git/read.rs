//! Reading a repository: what is new, by how many threads, in which order it comes out.
//!
//! Owns: the order of work and the problems that are told. Must not know how objects, messages or
//! rows are made.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

use aftercast_model::{Place, Problem, ServiceRule};
use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::objs::Find;

use super::cache::DeltaBases;
use super::numstat::{Depth, Differ, PartOf, Stat, Unknown};
use super::open::{References, open, references, repo_name};
use super::packs::{Objects, Packs};
use super::rows::{CommitRead, Rows, Services};
use super::walk::{Broken, History, Links, Reader, walk};
use super::{Branches, Cursor, Options, Progress, ReadError, Summary, commit, message, tags};
use crate::{Context, Output};

/// Commits that one thread takes at a time: neighbours share most of their trees.
const CHUNK: usize = 128;
/// What one thread keeps of delta bases of commits, in bytes.
const COMMIT_CACHE: usize = 4 * 1024 * 1024;
/// What one thread keeps of trees and files, in bytes.
const OBJECT_CACHE: usize = 64 * 1024 * 1024;
/// Problems of one kind that are told one by one.
const TOLD_ONE_BY_ONE: usize = 20;

/// Reads the repository that holds `path` and hands its facts to `sink`, batch by batch, newest
/// commits first. Given the cursor of the last read, only what is new comes. Returns where the
/// next read goes on: store it after the facts.
pub fn read<E>(
    path: &Path,
    cursor: Option<&Cursor>,
    options: &Options,
    context: &Context<'_>,
    progress: &mut dyn FnMut(Progress),
    sink: &mut dyn FnMut(Output) -> Result<(), E>,
) -> Result<(Cursor, Summary), ReadError<E>> {
    let shared = open(path)?;
    let repo = with_caches(&shared);
    let references = references(&repo);
    let boundary = shallow_boundary(&repo);
    let name = repo_name(&repo, context.repo);
    let services = Services::new(context.services, &name);
    let parts: Vec<&ServiceRule> = context.services.parts_of(&name).collect();
    let known = cursor.map(|cursor| &cursor.tips);
    let is_new = |reference: &str, id: &ObjectId| {
        known.and_then(|known| known.get(reference)) != Some(&id.to_string())
    };

    let mut out = Output::default();
    let mut told = Told { place: place(path), output: &mut out };
    told.references(&references);
    let mut marks = Vec::new();
    for tag in &references.tags {
        if !is_new(&format!("refs/tags/{}", tag.name), &tag.object) {
            continue;
        }
        match tags::read_tag(&repo, tag) {
            Some(mark) => marks.push(mark),
            None => told.note(format!("tag `{}` names no commit that is here", tag.name)),
        }
    }
    let tag_count = marks.len();
    let tips = tips(&references, &marks, options.branches);
    let history = new_commits(&repo, known, &tips, &boundary);
    let moved = |reference: &str| {
        let branch = references.branches.iter().find(|branch| branch.reference == reference);
        branch.is_some_and(|branch| is_new(reference, &branch.tip))
    };
    marks.extend(tags::cuts(&repo, &references, &boundary, moved));

    let summary = Summary {
        repo: name.clone(),
        default_branch: references.default.as_ref().map(|branch| branch.name.clone()),
        head: references.head.map(|id| id.to_string()),
        commits: history.new.len(),
        tags: tag_count,
        branches: marks.len() - tag_count,
        shallow: !boundary.is_empty(),
    };
    told.boundary(&boundary, &history, known.is_some());
    told.broken(&history.broken);
    drop(told);

    let tasks = tasks(&repo, history, &boundary, &services);
    let part_of =
        |path: &str| parts.iter().position(|rule| rule.owns_path(path)).unwrap_or(parts.len());
    let split: Option<&PartOf<'_>> = if services.is_split() { Some(&part_of) } else { None };
    let packs = Packs::open(&repo);
    let whole = services.whole();
    let job = Job { shared: &shared, packs: &packs, tasks: &tasks, part_of: split, whole, options };
    let mut rows = Rows::new(context, &name, &services);
    let mut lost = Lost::default();
    let mut in_batch = 0;
    let mut done = 0;
    progress(Progress { done, total: tasks.len() });
    job.run(&mut |read: Vec<Result<(CommitRead, Option<Unknown>), Broken>>| {
        done += read.len();
        for commit in read {
            out.records += 1;
            match commit {
                Ok((commit, unknown)) => {
                    rows.push_commit(&mut out.facts, &commit);
                    lost.unknown(commit.id, unknown);
                }
                Err(broken) => lost.unreadable.push(broken),
            }
            in_batch += 1;
        }
        progress(Progress { done, total: tasks.len() });
        if in_batch >= options.batch_commits {
            in_batch = 0;
            return sink(std::mem::take(&mut out));
        }
        Ok(())
    })
    .map_err(ReadError::Sink)?;
    for mark in &marks {
        out.records += 1;
        rows.push_mark(&mut out.facts, mark);
    }
    let mut told = Told { place: place(path), output: &mut out };
    told.lost(&lost);
    drop(told);
    if !out.facts.is_empty() || !out.problems.is_empty() {
        sink(out).map_err(ReadError::Sink)?;
    }
    Ok((next_cursor(&references), summary))
}

fn place(path: &Path) -> Place {
    Place { file: path.display().to_string(), line: None }
}

fn with_caches(shared: &gix::ThreadSafeRepository) -> gix::Repository {
    let mut repo = shared.to_thread_local();
    repo.objects.set_pack_cache(|| Box::new(DeltaBases::new(COMMIT_CACHE)));
    repo
}

/// Returns the commits whose parents a shallow clone does not have.
fn shallow_boundary(repo: &gix::Repository) -> HashSet<ObjectId> {
    match repo.shallow_commits() {
        Ok(Some(commits)) => commits.iter().copied().collect(),
        _ => HashSet::new(),
    }
}

/// Returns the commits to start from.
fn tips(references: &References, tags: &[tags::Mark], branches: Branches) -> Vec<ObjectId> {
    let mut tips: Vec<ObjectId> = references.head.into_iter().collect();
    tips.extend(references.default.as_ref().map(|branch| branch.tip));
    match branches {
        Branches::Delivered => {
            tips.extend(references.release_branches().iter().map(|branch| branch.tip));
        }
        Branches::All => tips.extend(references.branches.iter().map(|branch| branch.tip)),
    }
    tips.extend(tags.iter().map(|mark| mark.commit));
    tips
}

fn new_commits(
    repo: &gix::Repository,
    known: Option<&BTreeMap<String, String>>,
    tips: &[ObjectId],
    boundary: &HashSet<ObjectId>,
) -> History {
    let known: HashSet<ObjectId> = known
        .into_iter()
        .flatten()
        .filter_map(|(_, sha)| ObjectId::from_hex(sha.as_bytes()).ok())
        .collect();
    let tips: Vec<ObjectId> = tips.iter().copied().filter(|tip| !known.contains(tip)).collect();
    if tips.is_empty() {
        return History::default();
    }
    let known: Vec<ObjectId> = known.into_iter().collect();
    walk(&mut Reader::new(repo), &tips, &known, boundary)
}

fn next_cursor(references: &References) -> Cursor {
    let mut tips = BTreeMap::new();
    if let Some(head) = references.head {
        tips.insert("HEAD".to_owned(), head.to_string());
    }
    let branches = references.branches.iter().map(|branch| (branch.reference.clone(), branch.tip));
    let tags = references.tags.iter().map(|tag| (format!("refs/tags/{}", tag.name), tag.object));
    tips.extend(branches.chain(tags).map(|(name, id)| (name, id.to_string())));
    Cursor { tips }
}

/// What a commit is compared with.
#[derive(Debug, Clone, Copy)]
enum Base {
    /// The tree of its first parent; nothing for a root.
    Tree(Option<ObjectId>),
    /// A merge: only which parts it touches is looked at.
    Merge(Option<ObjectId>),
    /// Its parent is not here.
    Unknown,
}

#[derive(Debug)]
struct Task {
    id: ObjectId,
    links: Links,
    base: Base,
}

fn tasks(
    repo: &gix::Repository,
    history: History,
    boundary: &HashSet<ObjectId>,
    services: &Services,
) -> Vec<Task> {
    let trees: HashMap<ObjectId, Option<ObjectId>> =
        history.new.iter().map(|(id, links)| (*id, links.tree)).collect();
    let mut reader = Reader::new(repo);
    let mut tree_of = |id: &ObjectId| match trees.get(id) {
        Some(tree) => *tree,
        None => reader.links(id).ok().and_then(|links| links.tree),
    };
    let mut tasks = Vec::with_capacity(history.new.len());
    for (id, links) in history.new {
        let base = match &*links.parents {
            _ if boundary.contains(&id) => Base::Unknown,
            [] => Base::Tree(None),
            [only] => tree_of(only).map_or(Base::Unknown, |tree| Base::Tree(Some(tree))),
            [first, ..] if services.is_split() => Base::Merge(tree_of(first)),
            _ => Base::Merge(None),
        };
        tasks.push(Task { id, links, base });
    }
    tasks
}

/// The commits to read, by all threads.
struct Job<'a> {
    shared: &'a gix::ThreadSafeRepository,
    packs: &'a Packs,
    tasks: &'a [Task],
    part_of: Option<&'a PartOf<'a>>,
    whole: usize,
    options: &'a Options,
}

type Read = Result<(CommitRead, Option<Unknown>), Broken>;

impl Job<'_> {
    /// Reads all commits and hands them to `take` in order.
    fn run<E>(&self, take: &mut dyn FnMut(Vec<Read>) -> Result<(), E>) -> Result<(), E> {
        let chunks: Vec<&[Task]> = self.tasks.chunks(CHUNK).collect();
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let threads = self.options.threads.map_or(cores, NonZeroUsize::get).min(chunks.len());
        let next = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let (send, receive) = sync_channel(threads * 4);
            for _ in 0..threads {
                let send = send.clone();
                let (next, stop, chunks) = (&next, &stop, &chunks);
                scope.spawn(move || {
                    let mut worker = Worker::new(self);
                    while !stop.load(Ordering::Relaxed) {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(chunk) = chunks.get(at) else { break };
                        let read: Vec<Read> = chunk.iter().map(|task| worker.read(task)).collect();
                        if send.send((at, read)).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(send);
            let mut early = BTreeMap::new();
            let mut wanted = 0;
            for (at, read) in receive {
                early.insert(at, read);
                while let Some(read) = early.remove(&wanted) {
                    wanted += 1;
                    if let Err(error) = take(read) {
                        stop.store(true, Ordering::Relaxed);
                        return Err(error);
                    }
                }
            }
            Ok(())
        })
    }
}

struct Worker<'a> {
    repo: gix::Repository,
    differ: Differ<'a>,
    whole: usize,
    buffer: Vec<u8>,
}

impl<'a> Worker<'a> {
    fn new(job: &Job<'a>) -> Self {
        let repo = with_caches(job.shared);
        let objects = Objects::new(job.packs, repo.objects.clone(), OBJECT_CACHE);
        let differ = Differ::new(objects, job.part_of, job.options.largest_text_bytes);
        Self { repo, differ, whole: job.whole, buffer: Vec::new() }
    }

    fn read(&mut self, task: &Task) -> Read {
        let broken = |why| Broken { id: task.id, why };
        let found = self.repo.objects.try_find(&task.id, &mut self.buffer);
        let object = match found {
            Ok(Some(object)) => object,
            Ok(None) => return Err(broken("it is missing".to_owned())),
            Err(error) => return Err(broken(error.to_string())),
        };
        let header = commit::read(object.data);
        let mut told = message::read(&header.message.to_str_lossy());
        told.reverts = told.reverts.map(|hash| whole_hash(&self.repo, hash));
        told.picked = told.picked.map(|hash| whole_hash(&self.repo, hash));
        let tree = header.tree;
        let mut read = CommitRead {
            id: task.id,
            parents: task.links.parents.clone(),
            author_email: header.author_email.to_str_lossy().to_lowercase(),
            authored: commit::moment(header.authored),
            committed: commit::moment(header.committed),
            told,
            parts: Vec::new(),
        };
        let mut unknown = None;
        let compared = match task.base {
            Base::Tree(base) => Some(self.differ.changed(base, tree, Depth::Lines)),
            Base::Merge(Some(base)) => Some(self.differ.changed(Some(base), tree, Depth::Parts)),
            Base::Merge(None) | Base::Unknown => None,
        };
        let counted = matches!(task.base, Base::Tree(_));
        if let Some(changed) = compared {
            read.parts = changed.parts;
            unknown = changed.unknown;
        }
        if read.parts.is_empty() {
            let nothing = Stat { additions: Some(0), deletions: Some(0), files: Some(0) };
            let stat = if counted { nothing } else { Stat::default() };
            read.parts.push((self.whole, stat));
        }
        Ok((read, unknown))
    }
}

/// Returns the whole hash for one that may be abbreviated; as it is where it names nothing or
/// several objects.
fn whole_hash(repo: &gix::Repository, hash: String) -> String {
    if hash.len() >= 40 {
        return hash;
    }
    let Ok(prefix) = gix::hash::Prefix::from_hex(&hash) else { return hash };
    match repo.objects.lookup_prefix(prefix, None) {
        Ok(Some(Ok(id))) => id.to_string(),
        _ => hash,
    }
}

/// What could not be read of the commits.
#[derive(Debug, Default)]
struct Lost {
    unreadable: Vec<Broken>,
    missing: Vec<ObjectId>,
    too_large: Vec<ObjectId>,
    broken_trees: Vec<Broken>,
}

impl Lost {
    fn unknown(&mut self, id: ObjectId, unknown: Option<Unknown>) {
        match unknown {
            None => {}
            Some(Unknown::TooLarge) => self.too_large.push(id),
            Some(Unknown::Missing) => self.missing.push(id),
            Some(Unknown::Unreadable(why)) => self.broken_trees.push(Broken { id, why }),
        }
    }
}

/// Puts problems into words.
struct Told<'a> {
    place: Place,
    output: &'a mut Output,
}

impl Told<'_> {
    fn note(&mut self, what: String) {
        self.output.problems.push(Problem::note(self.place.clone(), what));
    }

    fn references(&mut self, references: &References) {
        for name in references.unreadable.iter().take(TOLD_ONE_BY_ONE) {
            self.note(format!("reference `{name}` cannot be read"));
        }
    }

    fn boundary(&mut self, boundary: &HashSet<ObjectId>, history: &History, again: bool) {
        if boundary.is_empty() || again && history.new.is_empty() {
            return;
        }
        let what = "history starts here: shallow clone; earlier commits and releases are not known";
        let problem = Problem::note(self.place.clone(), what);
        self.output.problems.push(problem.hint("run `git fetch --unshallow` and read again"));
    }

    fn broken(&mut self, broken: &[Broken]) {
        for Broken { id, why } in broken.iter().take(TOLD_ONE_BY_ONE) {
            let what = format!("commit `{id}` cannot be read: {why}; its history is not known");
            let problem = Problem::lost(self.place.clone(), what);
            self.output.problems.push(problem.hint("run `git fsck` in the repository"));
        }
        self.and_more(broken.len(), "commits cannot be read");
    }

    fn lost(&mut self, lost: &Lost) {
        self.broken(&lost.unreadable);
        if let Some(first) = lost.missing.first() {
            let what = format!(
                "lines of {} commits are unknown: files are missing (first: `{first}`)",
                lost.missing.len()
            );
            let hint = "a clone without all files (`--filter`); `git fetch --refetch` gets them";
            self.output.problems.push(Problem::note(self.place.clone(), what).hint(hint));
        }
        if let Some(first) = lost.too_large.first() {
            let count = lost.too_large.len();
            self.note(format!(
                "lines of {count} commits are unknown: files are too large (first: `{first}`)"
            ));
        }
        for Broken { id, why } in lost.broken_trees.iter().take(TOLD_ONE_BY_ONE) {
            let what = format!("lines of commit `{id}` are unknown: {why}");
            let problem = Problem::note(self.place.clone(), what);
            self.output.problems.push(problem.hint("run `git fsck` in the repository"));
        }
        self.and_more(lost.broken_trees.len(), "commits have objects that cannot be read");
    }

    fn and_more(&mut self, count: usize, what: &str) {
        if count > TOLD_ONE_BY_ONE {
            self.note(format!("{} more {what}", count - TOLD_ONE_BY_ONE));
        }
    }
}
