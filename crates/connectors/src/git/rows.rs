//! From commits, tags and branches to rows.
//!
//! Owns: ids, services and pseudonyms of the rows. Must not know objects or trees.

use std::collections::HashMap;
use std::fmt::Write as _;

use aftercast_model::{Commit, FactId, Facts, Name, ReleaseTag, ServiceMap, Timestamp};
use gix::ObjectId;

use super::message::Told;
use super::numstat::Stat;
use super::tags::Mark;
use super::version::prerelease;
use crate::Context;

/// A commit as read.
#[derive(Debug)]
pub(super) struct CommitRead {
    pub id: ObjectId,
    pub parents: Box<[ObjectId]>,
    pub author_email: String,
    pub authored: Option<Timestamp>,
    pub committed: Option<Timestamp>,
    pub told: Told,
    /// The parts that it touches.
    pub parts: Vec<(usize, Stat)>,
}

/// The services of one repository: its parts in order of the rules, then the whole.
#[derive(Debug)]
pub(super) struct Services {
    names: Vec<String>,
    /// Tag prefix and service.
    prefixes: Vec<(String, String)>,
}

impl Services {
    /// Returns the services of `repo`.
    pub(super) fn new(map: &ServiceMap, repo: &str) -> Self {
        let mut names: Vec<String> = map.parts_of(repo).map(|rule| rule.service.clone()).collect();
        names.push(map.of_repo(repo).to_owned());
        let own =
            map.rules.iter().filter(|rule| rule.repo.as_deref().is_none_or(|own| own == repo));
        let prefixes = own
            .filter_map(|rule| Some((rule.tag_prefix.clone()?, rule.service.clone())))
            .filter(|(prefix, _)| !prefix.is_empty())
            .collect();
        Self { names, prefixes }
    }

    /// Returns the number of the part that stands for the whole repository.
    pub(super) fn whole(&self) -> usize {
        self.names.len() - 1
    }

    /// Returns whether the repository is split by path.
    pub(super) fn is_split(&self) -> bool {
        self.names.len() > 1
    }

    fn of_part(&self, part: usize) -> &str {
        self.names.get(part).or(self.names.last()).map_or("", String::as_str)
    }

    fn of_tag(&self, tag: &str) -> &str {
        let prefixed = self.prefixes.iter().find(|(prefix, _)| tag.starts_with(prefix.as_str()));
        prefixed.map_or_else(|| self.of_part(self.whole()), |(_, service)| service)
    }
}

/// Makes rows for one repository.
pub(super) struct Rows<'a> {
    context: &'a Context<'a>,
    repo: &'a str,
    services: &'a Services,
    /// Pseudonyms are made once an address.
    pseudonyms: HashMap<String, String>,
    text: String,
}

impl<'a> Rows<'a> {
    /// Returns the maker of rows for `repo`.
    pub(super) fn new(context: &'a Context<'a>, repo: &'a str, services: &'a Services) -> Self {
        Self { context, repo, services, pseudonyms: HashMap::new(), text: String::new() }
    }

    /// Appends the rows of a commit, one for each service that it touches.
    pub(super) fn push_commit(&mut self, facts: &mut Facts, read: &CommitRead) {
        let sha = self.hex(facts, &read.id);
        let parents = self.hexes(facts, &read.parents);
        let author_key = self.author(facts, &read.author_email);
        for (part, stat) in &read.parts {
            let service = self.services.of_part(*part);
            self.text.clear();
            let _ = write!(self.text, "{} {}", self.repo, read.id);
            if *part != self.services.whole() {
                let _ = write!(self.text, " {service}");
            }
            let row = Commit {
                id: FactId::new("git", "commits", &self.text, 0),
                source: facts.name("git"),
                service: facts.name(service),
                observed_at: read.committed,
                repo: facts.name(self.repo),
                sha,
                parents,
                author_key,
                authored_at: read.authored,
                committed_at: read.committed,
                change_key: facts.name_option(read.told.change_key.as_deref()),
                additions: known(stat.additions),
                deletions: known(stat.deletions),
                files_changed: known(stat.files),
                reverts_sha: facts.name_option(read.told.reverts.as_deref()),
                cherry_pick_of: facts.name_option(read.told.picked.as_deref()),
                ..Commit::default()
            };
            facts.commits.push(row);
        }
    }

    /// Appends the row of a tag or of the cut of a release branch.
    pub(super) fn push_mark(&mut self, facts: &mut Facts, mark: &Mark) {
        self.text.clear();
        let _ = write!(self.text, "{} {} {}", self.repo, mark.kind, mark.name);
        let is_tag = mark.kind == "tag";
        let row = ReleaseTag {
            id: FactId::new("git", "release_tags", &self.text, 0),
            source: facts.name("git"),
            service: facts.name(self.services.of_tag(&mark.name)),
            observed_at: mark.observed,
            native_status: facts.name(mark.status),
            repo: facts.name(self.repo),
            kind: facts.name(mark.kind),
            tag: facts.name(&mark.name),
            sha: self.hex(facts, &mark.commit),
            tagged_at: mark.made,
            prerelease: if is_tag { prerelease(&mark.name) } else { None },
            ..ReleaseTag::default()
        };
        facts.release_tags.push(row);
    }

    fn hex(&mut self, facts: &mut Facts, id: &ObjectId) -> Name {
        self.hexes(facts, std::slice::from_ref(id))
    }

    fn hexes(&mut self, facts: &mut Facts, ids: &[ObjectId]) -> Name {
        self.text.clear();
        for id in ids {
            let blank = if self.text.is_empty() { "" } else { " " };
            let _ = write!(self.text, "{blank}{id}");
        }
        facts.name(&self.text)
    }

    fn author(&mut self, facts: &mut Facts, email: &str) -> Name {
        if email.is_empty() {
            return Name::NONE;
        }
        if let Some(pseudonym) = self.pseudonyms.get(email) {
            return facts.name(pseudonym);
        }
        let pseudonym = self.context.people.pseudonym("git", email);
        let name = facts.name(&pseudonym);
        self.pseudonyms.insert(email.to_owned(), pseudonym);
        name
    }
}

fn known(count: Option<u64>) -> Option<i64> {
    count.and_then(|count| i64::try_from(count).ok())
}
