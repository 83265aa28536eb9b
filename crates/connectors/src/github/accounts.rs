//! People, programs and addresses of GitHub, and the ids of its rows.
//!
//! Must not know any other object.

use aftercast_model::{ActorKind, FactId, Name};

use crate::github::SOURCE;
use crate::github::objects::Account;
use crate::sink::Sink;

/// Returns the pseudonym of `account`; none for programs and for accounts that are gone.
pub(super) fn person(sink: &mut Sink<'_>, account: Option<&Account<'_>>) -> Name {
    let login = account.and_then(|account| account.login.text());
    sink.person(login, actor_kind(account) == ActorKind::Bot)
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
