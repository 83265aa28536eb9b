//! GitLab's words for states, reasons and people, and when a state was observed.
//!
//! Owns: what a status means, who is a program, which repository an address names. Must not know any
//! object as a whole.

use aftercast_model::{ActorKind, Name, Outcome, Timestamp};

use crate::gitlab::objects::User;
use crate::sink::Sink;

/// By how much a row from the API beats the same state from a webhook, which knows less of it.
pub(super) const PULLED_MS: i64 = 10;

/// Returns how something ended that is in `status`, and failed for `reason`.
pub(super) fn outcome(status: Option<&str>, reason: Option<&str>) -> Outcome {
    match status {
        Some("success") => Outcome::Success,
        Some("failed") => match reason.and_then(told) {
            Some(reason) if reason.contains("timeout") || reason.starts_with("no_updates") => {
                Outcome::TimedOut
            }
            Some(reason) if MACHINERY.contains(&reason) => Outcome::Error,
            _ => Outcome::Failure,
        },
        Some("canceled") => Outcome::Cancelled,
        Some("skipped") => Outcome::Skipped,
        Some(
            "created"
            | "waiting_for_resource"
            | "waiting_for_callback"
            | "preparing"
            | "pending"
            | "running"
            | "scheduled"
            | "manual"
            | "canceling"
            | "blocked",
        ) => Outcome::Running,
        _ => Outcome::Unknown,
    }
}

/// Reasons for which the job itself was never tried, or not to its end.
const MACHINERY: &[&str] = &[
    "api_failure",
    "data_integrity_failure",
    "environment_creation_failure",
    "no_matching_runner",
    "runner_system_failure",
    "runner_unsupported",
    "scheduler_failure",
    "stuck_pending_no_matching_runners",
    "stuck_pending_with_matching_runners",
];

/// Returns the reason, where it is one: jobs that ended well say `unknown_failure` too.
pub(super) fn told(reason: &str) -> Option<&str> {
    Some(reason).filter(|reason| *reason != "unknown_failure")
}

/// Returns when a state was reached that is dated `at`.
///
/// Webhooks date to the second, and several states share one, so a later state of the life cycle
/// counts as some milliseconds later: the order in which bodies are read then does not matter.
pub(super) fn observed(at: Option<Timestamp>, status: Option<&str>) -> Option<Timestamp> {
    let rank = match status {
        Some("manual" | "scheduled" | "blocked" | "opened") => 1,
        Some("waiting_for_resource" | "preparing") => 2,
        Some("pending") => 3,
        Some("running" | "locked") => 4,
        Some("canceling") => 5,
        Some("success" | "failed" | "canceled" | "skipped" | "merged" | "closed") => 6,
        _ => 0,
    };
    at.map(|at| at.plus_millis(rank))
}

/// Returns who `user` is: a program or a person.
pub(super) fn actor_kind(user: Option<&User<'_>>, sink: &Sink<'_>) -> ActorKind {
    let Some(user) = user else { return ActorKind::Unknown };
    if user.bot.copied() == Some(true) || user.username.text().is_some_and(|name| robot(name, sink))
    {
        return ActorKind::Bot;
    }
    ActorKind::Human
}

/// Returns whether an account called `name` is a program's: access tokens and service accounts have
/// accounts of their own.
fn robot(name: &str, sink: &Sink<'_>) -> bool {
    let token = (name.starts_with("project_") || name.starts_with("group_"))
        && (name.contains("_bot_") || name.ends_with("_bot"));
    token || name.starts_with("service_account_") || sink.context().rules.is_program(name)
}

/// Returns the pseudonym of `user`; none for programs. Webhooks often tell the number alone, so that
/// is what names a person.
pub(super) fn person(user: Option<&User<'_>>, sink: &mut Sink<'_>) -> Name {
    let Some(user) = user else { return Name::NONE };
    let is_program = actor_kind(Some(user), sink) == ActorKind::Bot;
    match user.id.copied() {
        Some(id) => sink.person(Some(&id.to_string()), is_program),
        None => sink.person(user.username.text(), is_program),
    }
}

/// Returns `group/project` from the address of anything in a project.
pub(super) fn repo_in_url(url: &str) -> Option<&str> {
    let (_, behind) = url.split_once("://")?;
    let (_, path) = behind.split_once('/')?;
    let (repo, _) = path.split_once("/-/")?;
    Some(repo).filter(|repo| repo.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_are_unknown_and_cancelled_is_not_failed() {
        for (status, reason, expected) in [
            (Some("success"), Some("unknown_failure"), Outcome::Success),
            (Some("failed"), Some("script_failure"), Outcome::Failure),
            (Some("failed"), Some("unknown_failure"), Outcome::Failure),
            (Some("failed"), Some("job_execution_timeout"), Outcome::TimedOut),
            (Some("failed"), Some("server_timeout_running"), Outcome::TimedOut),
            (Some("failed"), Some("runner_system_failure"), Outcome::Error),
            (Some("canceled"), None, Outcome::Cancelled),
            (Some("canceling"), None, Outcome::Running),
            (Some("dreaming"), None, Outcome::Unknown),
            (None, None, Outcome::Unknown),
        ] {
            assert_eq!(outcome(status, reason), expected, "{status:?} {reason:?}");
        }
    }

    #[test]
    fn a_project_is_found_in_any_address() {
        for (url, expected) in [
            ("https://gitlab.com/acme/shop/-/pipelines/1", Some("acme/shop")),
            ("https://git.acme.example/a/b/c/-/jobs/1", Some("a/b/c")),
            ("https://gitlab.com/acme", None),
            ("acme/shop/-/x", None),
            ("", None),
        ] {
            assert_eq!(repo_in_url(url), expected, "{url}");
        }
    }
}
