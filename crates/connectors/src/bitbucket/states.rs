//! Bitbucket's words for states and people, and when a state was observed.
//!
//! Owns: what a state means, who is a program. Must not know any object as a whole.

use aftercast_model::{ActorKind, Name, Outcome, Timestamp};

use crate::bitbucket::objects::{Account, State};
use crate::sink::Sink;

/// By how much a row from the API beats the same state from a webhook, which knows less of it.
pub(super) const PULLED_MS: i64 = 10;

/// Returns the most particular word of a state: the result, else the stage, else its name.
pub(super) fn word<'s>(state: Option<&'s State<'_>>) -> Option<&'s str> {
    let state = state?;
    let result = state.result.get().and_then(|result| result.name.text());
    let status = state.status.get().and_then(|status| status.name.text());
    let stage = state.stage.get().and_then(|stage| stage.name.text());
    result.or(status).or(stage).or(state.name.text())
}

/// Returns how something ended that is in a state whose most particular word is `word`.
pub(super) fn outcome(word: Option<&str>) -> Outcome {
    match word {
        Some("SUCCESSFUL") => Outcome::Success,
        Some("FAILED") => Outcome::Failure,
        Some("ERROR") => Outcome::Error,
        // `EXPIRED`: nobody pressed the button, so that Bitbucket gave up waiting.
        Some("STOPPED" | "EXPIRED") => Outcome::Cancelled,
        Some("NOT_RUN" | "SKIPPED") => Outcome::Skipped,
        Some(
            "PENDING" | "READY" | "PARSING" | "BUILDING" | "IN_PROGRESS" | "INPROGRESS" | "RUNNING"
            | "PAUSED" | "HALTED",
        ) => Outcome::Running,
        _ => Outcome::Unknown,
    }
}

/// Returns when a state was reached that is dated `at`: of two states of one moment the later one of
/// the life cycle counts.
pub(super) fn observed(at: Option<Timestamp>, outcome: Outcome) -> Option<Timestamp> {
    let rank = match outcome {
        Outcome::Unknown => 0,
        Outcome::Running => 1,
        _ => 2,
    };
    at.map(|at| at.plus_millis(rank))
}

/// Returns who `account` is: a program or a person.
pub(super) fn actor_kind(account: Option<&Account<'_>>, sink: &Sink<'_>) -> ActorKind {
    let Some(account) = account else { return ActorKind::Unknown };
    let named = account.nickname.text().is_some_and(|name| sink.context().rules.is_program(name));
    match account.kind.text() {
        _ if named => ActorKind::Bot,
        // A workspace acts by an access token.
        Some("app_user" | "team" | "workspace") => ActorKind::Bot,
        Some("user") => ActorKind::Human,
        _ => ActorKind::Unknown,
    }
}

/// Returns what names `account` everywhere.
pub(super) fn identity<'a>(account: Option<&'a Account<'_>>) -> Option<&'a str> {
    let account = account?;
    account.uuid.text().or(account.account_id.text())
}

/// Returns the pseudonym of `account`; none for programs and accounts that are gone.
pub(super) fn person(account: Option<&Account<'_>>, sink: &mut Sink<'_>) -> Name {
    let is_program = actor_kind(account, sink) == ActorKind::Bot;
    sink.person(identity(account), is_program)
}

/// Returns `workspace/name` from the address of anything in a repository.
pub(super) fn repo_in_url(url: &str) -> Option<&str> {
    let path = match url.split_once("/2.0/repositories/") {
        Some((_, path)) => path,
        None => url.split_once("://")?.1.split_once('/')?.1,
    };
    let slash = path.find('/')?;
    let rest = path.get(slash + 1..)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    path.get(..slash + 1 + end).filter(|repo| slash > 0 && repo.len() > slash + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_are_unknown_and_stopped_is_not_failed() {
        for (word, expected) in [
            (Some("SUCCESSFUL"), Outcome::Success),
            (Some("STOPPED"), Outcome::Cancelled),
            (Some("EXPIRED"), Outcome::Cancelled),
            (Some("PAUSED"), Outcome::Running),
            (Some("COMPLETED"), Outcome::Unknown),
            (Some("MELTED"), Outcome::Unknown),
            (None, Outcome::Unknown),
        ] {
            assert_eq!(outcome(word), expected, "{word:?}");
        }
    }

    #[test]
    fn a_repository_is_found_in_any_address() {
        for (url, expected) in [
            ("https://bitbucket.org/acme/shop/pull-requests/1", Some("acme/shop")),
            ("https://api.bitbucket.org/2.0/repositories/acme/shop", Some("acme/shop")),
            ("https://bitbucket.org/acme", None),
            ("acme/shop", None),
        ] {
            assert_eq!(repo_in_url(url), expected, "{url}");
        }
    }
}
