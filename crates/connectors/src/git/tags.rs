//! Tags and the cuts of release branches.
//!
//! Owns: what a tag names and when it was made, where a release branch leaves the default branch.
//! Must not know services or facts tables.

use std::collections::HashSet;

use aftercast_model::Timestamp;
use gix::ObjectId;
use gix::objs::{Find, Kind};

use super::commit;
use super::open::{References, Tag};
use super::walk::{Reader, leaves_at, main_line};

/// A tag or a cut.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    /// `tag` or `branch`.
    pub kind: &'static str,
    /// The tag's or branch's name.
    pub name: String,
    /// The commit.
    pub commit: ObjectId,
    /// When it was made.
    pub made: Option<Timestamp>,
    /// When the reference was as it is.
    pub observed: Option<Timestamp>,
    /// How git says it: `annotated` or `lightweight`; `diverged` or `not diverged`.
    pub status: &'static str,
}

/// Reads what `tag` names; `None` where that is no commit that is here.
pub(super) fn read_tag(repo: &gix::Repository, tag: &Tag) -> Option<Mark> {
    const DEEPEST: usize = 8;
    let mut buffer = Vec::new();
    let mut id = tag.object;
    let mut tagged = None;
    let mut status = "lightweight";
    for _ in 0..DEEPEST {
        let object = repo.objects.try_find(&id, &mut buffer).ok()??;
        match object.kind {
            Kind::Tag => {
                let (target, made) = commit::read_tag(object.data);
                if status == "lightweight" {
                    status = "annotated";
                    tagged = made;
                }
                id = target?;
            }
            Kind::Commit => {
                // Very old annotated tags have no date of their own.
                let made = commit::moment(tagged.or(commit::read(object.data).committed));
                let name = tag.name.clone();
                return Some(Mark { kind: "tag", name, commit: id, made, observed: made, status });
            }
            Kind::Tree | Kind::Blob => return None,
        }
    }
    None
}

/// Finds where the release branches that `wanted` names leave the default branch.
pub(super) fn cuts(
    repo: &gix::Repository,
    references: &References,
    boundary: &HashSet<ObjectId>,
    wanted: impl Fn(&str) -> bool,
) -> Vec<Mark> {
    let branches = references.release_branches();
    let branches: Vec<_> =
        branches.into_iter().filter(|branch| wanted(&branch.reference)).collect();
    let (Some(default), false) = (&references.default, branches.is_empty()) else {
        return Vec::new();
    };
    let mut reader = Reader::new(repo);
    let main: HashSet<_> = main_line(&mut reader, default.tip, boundary).into_iter().collect();
    let mut found = Vec::new();
    for branch in branches {
        let Some(commit) = leaves_at(&mut reader, branch.tip, &main, boundary) else { continue };
        let seconds =
            |reader: &mut Reader<'_>, id| reader.links(id).ok().map(|links| links.seconds);
        found.push(Mark {
            kind: "branch",
            name: branch.name.clone(),
            commit,
            made: commit::moment(seconds(&mut reader, &commit)),
            observed: commit::moment(seconds(&mut reader, &branch.tip)),
            status: if commit == branch.tip { "not diverged" } else { "diverged" },
        });
    }
    found
}
