//! What belongs to each item of GitHub's lists, and when it is worth a request.
//!
//! Owns: the requests for it and their permissions. Something is asked for only where the item says
//! that it is there: a job that failed, a deployment that waited. Must not know the lists.

use aftercast_model::Timestamp;
use serde_json::Value;

use crate::github::pull::{
    ACTIONS, DEPLOYMENTS, METADATA, PULLS, below, is_set, number, page, text,
};
use crate::live::{Answer, Detail, Paging, Place, Request, segment};

const CHECKS: &str = "Checks: read";

/// The end of a log that is kept.
const LOG_BYTES: usize = 16 * 1024;
/// A gap between creation and start of a job that may have been a wait for a person.
const WAIT_SECONDS: i64 = 30;

pub(super) static RUN: &[Detail] = &[
    previous(&EARLIER),
    Detail {
        under: "jobs",
        needs: ACTIONS,
        gives: "jobs and steps, queue times, why builds failed",
        optional: false,
        request: |place, run| {
            let id = number(run, "/id")?;
            Some(page(place, &format!("/actions/runs/{id}/jobs"), [("filter", "all")]))
        },
        paging: Paging::Link,
        answer: Answer::Json("/jobs"),
        details: JOB,
    },
    Detail {
        under: "approvals",
        needs: ACTIONS,
        gives: "who approved a deployment",
        optional: true,
        request: |place, run| {
            if !some(run, "/jobs", |job| gap_seconds(job) >= WAIT_SECONDS) {
                return None;
            }
            let id = number(run, "/id")?;
            Some(below(place, &format!("/actions/runs/{id}/approvals"), []))
        },
        paging: Paging::Single,
        answer: Answer::Json(""),
        details: &[],
    },
    Detail {
        under: "pending",
        needs: ACTIONS,
        gives: "approvals that are waited for now",
        optional: true,
        request: |place, run| {
            (text(run, "/status") == Some("waiting")).then_some(())?;
            let id = number(run, "/id")?;
            Some(below(place, &format!("/actions/runs/{id}/pending_deployments"), []))
        },
        paging: Paging::Single,
        answer: Answer::Json(""),
        details: &[],
    },
];

/// An attempt has the one before it inside, down to the first.
static EARLIER: [Detail; 1] = [previous(&EARLIER)];

const fn previous(details: &'static [Detail]) -> Detail {
    Detail {
        under: "previous",
        needs: ACTIONS,
        gives: "attempts before the last: a red build before a green one",
        optional: false,
        request: |place, run| {
            let earlier = number(run, "/run_attempt")? - 1;
            (earlier > 0).then_some(())?;
            let id = number(run, "/id")?;
            Some(below(place, &format!("/actions/runs/{id}/attempts/{earlier}"), []))
        },
        paging: Paging::Single,
        answer: Answer::Json(""),
        details,
    }
}

static JOB: &[Detail] = &[
    Detail {
        under: "annotations",
        needs: CHECKS,
        gives: "why builds failed: the first error, the exit code",
        optional: true,
        request: |place, job| {
            let id = red(job)?;
            Some(page(place, &format!("/check-runs/{id}/annotations"), []))
        },
        paging: Paging::Single,
        answer: Answer::Json(""),
        details: &[],
    },
    Detail {
        under: "log",
        needs: ACTIONS,
        gives: "why builds failed: the end of the log (with `logs = true`)",
        optional: true,
        request: |place, job| {
            is_set(place, "logs").then_some(())?;
            let id = red(job)?;
            Some(below(place, &format!("/actions/jobs/{id}/logs"), []))
        },
        paging: Paging::Single,
        answer: Answer::TextTail(LOG_BYTES),
        details: &[],
    },
];

pub(super) static PULL_REQUEST: &[Detail] = &[
    Detail {
        under: "complete",
        needs: PULLS,
        gives: "size of changes",
        optional: true,
        request: |place, pull| {
            Some(below(place, &format!("/pulls/{}", number(pull, "/number")?), []))
        },
        paging: Paging::Single,
        answer: Answer::Json(""),
        details: &[],
    },
    Detail {
        under: "reviews",
        needs: PULLS,
        gives: "approvals of changes, and who gave them",
        optional: false,
        request: |place, pull| {
            Some(page(place, &format!("/pulls/{}/reviews", number(pull, "/number")?), []))
        },
        paging: Paging::Link,
        answer: Answer::Json(""),
        details: &[],
    },
    Detail {
        under: "timeline",
        needs: PULLS,
        gives: "when a change was ready, when a review was asked for, time in the merge queue",
        optional: true,
        request: |place, pull| {
            Some(page(place, &format!("/issues/{}/timeline", number(pull, "/number")?), []))
        },
        paging: Paging::Link,
        answer: Answer::Json(""),
        details: &[],
    },
    Detail {
        under: "check_runs",
        needs: CHECKS,
        gives: "checks of other apps on merged changes",
        optional: true,
        request: |place, pull| {
            text(pull, "/merged_at")?;
            check_runs(place, text(pull, "/head/sha")?)
        },
        paging: Paging::Link,
        answer: Answer::Json("/check_runs"),
        details: &[],
    },
    Detail {
        under: "statuses",
        needs: "Commit statuses: read",
        gives: "checks of systems that report commit statuses (with `statuses = true`)",
        optional: true,
        request: |place, pull| {
            is_set(place, "statuses").then_some(())?;
            text(pull, "/merged_at")?;
            let sha = segment(text(pull, "/head/sha")?);
            Some(page(place, &format!("/commits/{sha}/statuses"), []))
        },
        paging: Paging::Link,
        answer: Answer::Json(""),
        details: &[],
    },
];

pub(super) static DEPLOYMENT: &[Detail] = &[
    Detail {
        under: "statuses",
        needs: DEPLOYMENTS,
        gives: "how deployments ended, and how long they waited for an approval",
        optional: false,
        request: |place, deployment| {
            let id = number(deployment, "/id")?;
            Some(page(place, &format!("/deployments/{id}/statuses"), []))
        },
        paging: Paging::Link,
        answer: Answer::Json(""),
        details: &[],
    },
    Detail {
        under: "job",
        needs: ACTIONS,
        gives: "which attempt of a run waited",
        optional: true,
        request: |place, deployment| {
            waited(deployment).then_some(())?;
            let job = id_behind(deployment, "job").or_else(|| id_behind(deployment, "jobs"))?;
            Some(below(place, &format!("/actions/jobs/{job}"), []))
        },
        paging: Paging::Single,
        answer: Answer::Json(""),
        details: &[],
    },
    Detail {
        under: "approvals",
        needs: ACTIONS,
        gives: "who approved a deployment",
        optional: true,
        request: |place, deployment| {
            waited(deployment).then_some(())?;
            let run = id_behind(deployment, "runs")?;
            Some(below(place, &format!("/actions/runs/{run}/approvals"), []))
        },
        paging: Paging::Single,
        answer: Answer::Json(""),
        details: &[],
    },
    Detail {
        under: "protection",
        needs: ACTIONS,
        gives: "whether a deployment waited for a person or only for a timer",
        optional: true,
        request: |place, deployment| {
            waited(deployment).then_some(())?;
            let name = segment(text(deployment, "/environment")?);
            Some(below(place, &format!("/environments/{name}"), []))
        },
        paging: Paging::Single,
        answer: Answer::Json(""),
        details: &[],
    },
    Detail {
        under: "check_runs",
        needs: CHECKS,
        gives: "checks of other apps on deployed commits",
        optional: true,
        request: |place, deployment| check_runs(place, text(deployment, "/sha")?),
        paging: Paging::Link,
        answer: Answer::Json("/check_runs"),
        details: &[],
    },
];

pub(super) static REPOSITORY: &[Detail] = &[
    Detail {
        under: "rules",
        needs: METADATA,
        gives: "gates before the default branch",
        optional: true,
        request: |place, repository| {
            let branch = segment(text(repository, "/default_branch")?);
            Some(page(place, &format!("/rules/branches/{branch}"), []))
        },
        paging: Paging::Link,
        answer: Answer::Json(""),
        details: &[],
    },
    Detail {
        under: "rulesets",
        needs: METADATA,
        gives: "since when a gate stands, and who may overrule it",
        optional: true,
        request: |place, _| Some(page(place, "/rulesets", [("includes_parents", "true")])),
        paging: Paging::Link,
        answer: Answer::Json(""),
        details: &[Detail {
            under: "full",
            needs: METADATA,
            gives: "since when a gate stands, and who may overrule it",
            optional: true,
            request: |place, ruleset| {
                Some(below(place, &format!("/rulesets/{}", number(ruleset, "/id")?), []))
            },
            paging: Paging::Single,
            answer: Answer::Json(""),
            details: &[],
        }],
    },
    Detail {
        under: "protection",
        needs: "Administration: read (and `branch_protection = true`)",
        gives: "gates of the older kind (protected branches)",
        optional: true,
        request: |place, repository| {
            is_set(place, "branch_protection").then_some(())?;
            let branch = segment(text(repository, "/default_branch")?);
            Some(below(place, &format!("/branches/{branch}/protection"), []))
        },
        paging: Paging::Single,
        answer: Answer::Json(""),
        details: &[],
    },
    Detail {
        under: "environments",
        needs: ACTIONS,
        gives: "gates before environments: reviewers, timers, branch policies",
        optional: true,
        request: |place, _| Some(page(place, "/environments", [])),
        paging: Paging::Link,
        answer: Answer::Json("/environments"),
        details: &[],
    },
];

pub(super) static RULE_SUITE: &[Detail] = &[Detail {
    under: "whole",
    needs: "Administration: write (and `rule_suites = true`)",
    gives: "which rule was bypassed",
    optional: true,
    request: |place, suite| {
        Some(below(place, &format!("/rulesets/rule-suites/{}", number(suite, "/id")?), []))
    },
    paging: Paging::Single,
    answer: Answer::Json(""),
    details: &[],
}];

fn check_runs(place: &Place<'_>, sha: &str) -> Option<Request> {
    if (place.settings)("checks").as_deref() == Some("false") {
        return None;
    }
    Some(page(place, &format!("/commits/{}/check-runs", segment(sha)), [("filter", "all")]))
}

/// Returns whether one of the items at `pointer` is as `is` says.
fn some(value: &Value, pointer: &str, is: impl Fn(&Value) -> bool) -> bool {
    let items = value.pointer(pointer).and_then(Value::as_array);
    items.is_some_and(|items| items.iter().any(is))
}

/// Returns the id of a job that failed.
fn red(job: &Value) -> Option<i64> {
    let conclusion = text(job, "/conclusion")?;
    matches!(conclusion, "failure" | "timed_out" | "cancelled" | "startup_failure").then_some(())?;
    number(job, "/id")
}

/// Returns how long a job was not started after it was created.
fn gap_seconds(job: &Value) -> i64 {
    let time = |pointer| text(job, pointer).and_then(|text| Timestamp::parse(text).ok());
    match (time("/created_at"), time("/started_at")) {
        (Some(created), Some(started)) => started.since(created) / 1000,
        _ => 0,
    }
}

fn state(status: &Value) -> &str {
    text(status, "/state").unwrap_or_default()
}

/// Returns whether a deployment waited for its environment.
fn waited(deployment: &Value) -> bool {
    some(deployment, "/statuses", |status| state(status) == "waiting")
}

/// Returns whether a deployment by Actions began and did not end. One by another program may never
/// say that it ended, and would make every pull begin at it.
pub(super) fn is_under_way(deployment: &Value) -> bool {
    let ended =
        |status: &Value| matches!(state(status), "success" | "failure" | "error" | "inactive");
    id_behind(deployment, "runs").is_some() && !some(deployment, "/statuses", ended)
}

/// Returns the number behind `word` in the address of a deployment's log.
fn id_behind(deployment: &Value, word: &str) -> Option<i64> {
    let statuses = deployment.pointer("/statuses")?.as_array()?;
    let mut addresses = statuses
        .iter()
        .flat_map(|status| [text(status, "/log_url"), text(status, "/target_url")])
        .flatten();
    addresses.find_map(|url| {
        let mut segments = url.split(['/', '?', '#']);
        segments.find(|segment| *segment == word)?;
        segments.next()?.parse().ok()
    })
}
