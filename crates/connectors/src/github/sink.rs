//! Where conversions of GitHub objects put rows and notes.
//!
//! Owns: repository, service, people and notes of the record at hand. Must not know any object.

use aftercast_model::{ActorKind, FactId, Facts, Name, Problem};

use crate::github::SOURCE;
use crate::github::objects::Account;
use crate::{Context, Output, Record};

/// The record at hand and the output that it goes to.
pub(super) struct Sink<'s> {
    record: &'s Record<'s>,
    context: &'s Context<'s>,
    output: &'s mut Output,
}

/// The columns that every row of a repository shares.
#[derive(Clone, Copy)]
pub(super) struct Home {
    /// The `source` column.
    pub(super) source: Name,
    /// The `service` column.
    pub(super) service: Name,
    /// The `repo` column.
    pub(super) repo: Name,
}

impl<'s> Sink<'s> {
    /// Returns the sink for `record`.
    pub(super) fn new(
        record: &'s Record<'s>,
        context: &'s Context<'s>,
        output: &'s mut Output,
    ) -> Self {
        Self { record, context, output }
    }

    /// Returns the facts to append to.
    pub(super) fn facts(&mut self) -> &mut Facts {
        &mut self.output.facts
    }

    /// Returns the name for `text`.
    pub(super) fn name(&mut self, text: Option<&str>) -> Name {
        self.output.facts.name_option(text)
    }

    /// Returns the name for `number`.
    pub(super) fn number(&mut self, number: Option<i64>) -> Name {
        number.map_or(Name::NONE, |number| self.output.facts.name(&number.to_string()))
    }

    /// Returns the repository to use where the record says `said`: that, else the context's.
    pub(super) fn repo<'r>(&self, said: Option<&'r str>) -> Option<&'r str>
    where
        's: 'r,
    {
        said.or(self.context.repo)
    }

    /// Returns the shared columns for a row of `repo`.
    pub(super) fn home(&mut self, repo: Option<&str>) -> Home {
        let service = repo.map(|repo| self.context.services.of_repo(repo));
        let facts = &mut self.output.facts;
        Home {
            source: facts.name(SOURCE),
            service: facts.name_option(service),
            repo: facts.name_option(repo),
        }
    }

    /// Returns the pseudonym of `account`; none for programs and for accounts that are gone.
    pub(super) fn person(&mut self, account: Option<&Account<'_>>) -> Name {
        match account.and_then(|account| account.login.text()) {
            Some(login) if actor_kind(account) != ActorKind::Bot => {
                let key = self.context.people.pseudonym(SOURCE, login);
                self.output.facts.name(&key)
            }
            _ => Name::NONE,
        }
    }

    /// Notes what was not understood, or not kept.
    pub(super) fn note(&mut self, what: impl Into<String>) {
        self.output.problems.push(Problem::note(self.record.place.clone(), what));
    }

    /// Reports that the record is not the JSON that it should be.
    pub(super) fn malformed(&mut self, error: &serde_json::Error) {
        self.output.problems.push(self.record.malformed(error));
    }

    /// Reports that the record, or an object in it, was left out.
    pub(super) fn lost(&mut self, what: impl Into<String>) {
        self.output.problems.push(Problem::lost(self.record.place.clone(), what));
    }

    /// Notes that nothing of an object called `what` is kept, and why.
    pub(super) fn nothing(&mut self, what: &str, why: &str) {
        self.note(format!("nothing to keep of `{what}`: {why}"));
    }
}

/// Returns the id of a row of `table`.
pub(super) fn fact_id(table: &str, native_id: &str, attempt: Option<i64>) -> FactId {
    let attempt = attempt.and_then(|attempt| u32::try_from(attempt).ok()).unwrap_or_default();
    FactId::new(SOURCE, table, native_id, attempt)
}

/// Returns who `account` is: a program or a person.
pub(super) fn actor_kind(account: Option<&Account<'_>>) -> ActorKind {
    let Some(account) = account else { return ActorKind::Unknown };
    let kind = account.kind.text();
    if kind == Some("Bot") || account.login.text().is_some_and(|login| login.ends_with("[bot]")) {
        return ActorKind::Bot;
    }
    match kind {
        Some("User" | "Mannequin") => ActorKind::Human,
        _ => ActorKind::Unknown,
    }
}

/// Returns `owner/name` from the address of anything in a repository.
pub(super) fn repo_in_url(url: &str) -> Option<&str> {
    // https://api.github.com/repos/OWNER/NAME/..., https://HOST/api/v3/repos/OWNER/NAME/...,
    // https://github.com/OWNER/NAME/...
    let path = match url.split_once("/repos/") {
        Some((_, path)) => path,
        None => url.split_once("://")?.1.split_once('/')?.1,
    };
    let slash = path.find('/')?;
    let rest = path.get(slash + 1..)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    path.get(..slash + 1 + end).filter(|repo| slash > 0 && repo.len() > slash + 1)
}

/// Returns the segment of `url` behind the segment `word`: `42` of `.../runs/42/job/7`.
pub(super) fn segment_after<'u>(url: &'u str, word: &str) -> Option<&'u str> {
    let mut segments = url.split(['/', '?', '#']);
    segments.find(|segment| *segment == word)?;
    segments.next().filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_found_in_any_address() {
        for (url, expected) in [
            ("https://api.github.com/repos/acme/shop/actions/jobs/1", Some("acme/shop")),
            ("https://api.github.com/repos/acme/shop", Some("acme/shop")),
            ("https://ghe.acme.example/api/v3/repos/acme/shop/pulls/1", Some("acme/shop")),
            ("https://github.com/acme/shop/actions/runs/9?pr=1", Some("acme/shop")),
            ("https://github.com/acme", None),
            ("https://github.com/acme/", None),
            ("acme/shop", None),
            ("", None),
        ] {
            assert_eq!(repo_in_url(url), expected, "{url}");
        }
        let url = "https://github.com/acme/shop/actions/runs/42/job/7";
        assert_eq!(segment_after(url, "runs"), Some("42"));
        assert_eq!(segment_after(url, "pull"), None);
    }
}
