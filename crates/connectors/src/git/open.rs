//! Opening a repository wherever it is: work tree, bare, linked worktree, sub-folder.
//!
//! Owns: how far a repository's own settings are trusted (nothing in them is ever run), its name,
//! its references. Must not know facts.

use std::path::Path;

use gix::ObjectId;
use gix::bstr::{BStr, ByteSlice};

use super::OpenError;
use super::version::is_release_branch;

/// The largest object that is decoded, in bytes: a video in the history must not cost its size in memory.
pub(super) const LARGEST_OBJECT: usize = 32 * 1024 * 1024;

/// Opens the repository that holds `path`.
pub(super) fn open(path: &Path) -> Result<gix::ThreadSafeRepository, OpenError> {
    let failed = |error: gix::Error| OpenError::Refused {
        path: path.display().to_string(),
        why: error.to_string(),
    };
    if !path.is_dir() {
        return Err(OpenError::NotThere { path: path.display().to_string() });
    }
    // Only the repository's own configuration: the answer must not depend on whose machine it is.
    // Nothing that it names (filters, hooks, drivers) is ever run, so the owner does not matter.
    let options = || {
        gix::open::Options::isolated()
            .config_overrides([format!("gitoxide.objects.allocLimit={LARGEST_OBJECT}")])
    };
    let trust = gix::sec::trust::Mapping { full: options(), reduced: options() };
    let upwards = gix::discover::upwards::Options {
        trust: gix::discover::upwards::TrustPolicy::Assume(gix::sec::Trust::Full),
        ..Default::default()
    };
    gix::ThreadSafeRepository::discover_opts(path, upwards, trust).map_err(|error| {
        if error.to_string().contains("Could not find a git repository") {
            return OpenError::NoRepository { path: path.display().to_string() };
        }
        failed(error)
    })
}

/// Returns `owner/name` from the address of the remote `origin`, else the name `given`, else the
/// folder's name.
pub(super) fn repo_name(repo: &gix::Repository, given: Option<&str>) -> String {
    let config = repo.config_snapshot();
    let origin = config.plumbing().string("remote.origin.url");
    if let Some(name) = origin.and_then(|url| name_from_url(&url.to_str_lossy())) {
        return name;
    }
    if let Some(given) = given {
        return given.to_owned();
    }
    // For a linked worktree the name is that of the repository, not of the worktree.
    let common = repo.common_dir().canonicalize().unwrap_or_else(|_| repo.common_dir().to_owned());
    let is_dot_git = common.file_name().is_some_and(|name| name == ".git");
    let folder = if is_dot_git { common.parent().unwrap_or(&common) } else { &common };
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_else(|| "repository".to_owned());
    name.strip_suffix(".git").map(str::to_owned).unwrap_or(name)
}

/// Returns `owner/name` (with all groups between, as GitLab has them) from an address.
pub(super) fn name_from_url(url: &str) -> Option<String> {
    let url = url.trim();
    let path = match url.split_once("://") {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("file") => return None,
        Some((_, rest)) => rest.split_once('/')?.1,
        None => {
            // The scp form, host:path; a slash before the colon makes it a local path.
            let (host, path) = url.split_once(':')?;
            if host.contains('/') || host.len() == 1 {
                return None;
            }
            path
        }
    };
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    // Gerrit's authenticated addresses begin with /a/.
    let path = path.strip_prefix("a/").unwrap_or(path);
    (!path.is_empty()).then(|| path.to_owned())
}

/// A branch, local or of a remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Branch {
    /// The whole reference, `refs/remotes/origin/main`.
    pub reference: String,
    /// The branch without remote, `main`.
    pub name: String,
    /// Its tip.
    pub tip: ObjectId,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    /// The tag without `refs/tags/`.
    pub name: String,
    /// The object that the reference names: a commit or a tag object.
    pub object: ObjectId,
}

/// What a repository points at.
#[derive(Debug, Default)]
pub(super) struct References {
    /// Where HEAD is; `None` in an empty repository.
    pub head: Option<ObjectId>,
    /// The default branch, where there is one.
    pub default: Option<Branch>,
    /// All branches; where a branch exists here and at the remote, the remote's comes first.
    pub branches: Vec<Branch>,
    /// All tags.
    pub tags: Vec<Tag>,
    /// References that could not be read.
    pub unreadable: Vec<String>,
}

impl References {
    /// Returns the release branches, each once.
    pub(super) fn release_branches(&self) -> Vec<&Branch> {
        let mut found: Vec<&Branch> = Vec::new();
        for branch in self.branches.iter().filter(|branch| is_release_branch(&branch.name)) {
            let is_default = self.default.as_ref().is_some_and(|main| main.name == branch.name);
            if !is_default && !found.iter().any(|other| other.name == branch.name) {
                found.push(branch);
            }
        }
        found
    }
}

/// Reads all references.
pub(super) fn references(repo: &gix::Repository) -> References {
    let mut all =
        References { head: repo.head_id().ok().map(gix::Id::detach), ..References::default() };
    let Ok(platform) = repo.references() else {
        all.unreadable.push("all".to_owned());
        return all;
    };
    let Ok(iter) = platform.all() else {
        all.unreadable.push("all".to_owned());
        return all;
    };
    let mut local = Vec::new();
    for reference in iter {
        let reference = match reference {
            Ok(reference) => reference,
            Err(error) => {
                all.unreadable.push(error.to_string());
                continue;
            }
        };
        let full = reference.name().as_bstr();
        if full.ends_with(b"/HEAD") {
            continue;
        }
        let mut sort = |name: &BStr, list: &mut Vec<Branch>| match reference.try_id() {
            Some(tip) => list.push(Branch {
                reference: full.to_str_lossy().into_owned(),
                name: name.to_str_lossy().into_owned(),
                tip: tip.detach(),
            }),
            None => all.unreadable.push(full.to_str_lossy().into_owned()),
        };
        if let Some(name) = full.strip_prefix(b"refs/heads/") {
            sort(name.as_bstr(), &mut local);
        } else if let Some(name) = full.strip_prefix(b"refs/remotes/") {
            let name = name.splitn_str(2, "/").nth(1).unwrap_or(name);
            sort(name.as_bstr(), &mut all.branches);
        } else if let Some(name) = full.strip_prefix(b"refs/tags/")
            && let Some(object) = reference.try_id()
        {
            let name = name.to_str_lossy().into_owned();
            all.tags.push(Tag { name, object: object.detach() });
        }
    }
    all.branches.append(&mut local);
    all.default = default_branch(repo, &all.branches);
    all
}

/// Returns the branch that deliveries come from: what the remote says, else what a bare repository
/// says, else a usual name, else the branch at HEAD.
fn default_branch(repo: &gix::Repository, branches: &[Branch]) -> Option<Branch> {
    let points_at = |name: &str| {
        let reference = repo.try_find_reference(name).ok()??;
        let target = reference.target().try_name()?.as_bstr().to_str_lossy().into_owned();
        branches.iter().find(|branch| branch.reference == target)
    };
    let usual = || {
        ["main", "master", "trunk", "default", "develop"]
            .iter()
            .find_map(|name| branches.iter().find(|branch| branch.name == *name))
    };
    let head = || points_at("HEAD");
    let found = points_at("refs/remotes/origin/HEAD");
    let found = if repo.is_bare() { found.or_else(head) } else { found };
    found.or_else(usual).or_else(head).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_comes_from_the_address() {
        for (url, expected) in [
            ("https://github.com/acme/shop.git", Some("acme/shop")),
            ("https://github.com/acme/shop/", Some("acme/shop")),
            ("https://user:token@git.example.org:8443/group/sub/shop.git", Some("group/sub/shop")),
            ("ssh://git@git.example.org:29418/acme/shop", Some("acme/shop")),
            ("git@github.com:acme/shop.git", Some("acme/shop")),
            ("https://gerrit.example.org/a/mediawiki/core", Some("mediawiki/core")),
            ("/srv/git/shop.git", None),
            ("../shop", None),
            ("C:/code/shop", None),
            ("file:///srv/git/shop.git", None),
            ("", None),
        ] {
            assert_eq!(name_from_url(url).as_deref(), expected, "{url}");
        }
    }
}
