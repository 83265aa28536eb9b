//! How GitLab is pulled: its lists, and what belongs to each item.
//!
//! Owns: paths and parameters of the API. Must not know what becomes of the answers. Lists are asked
//! for newest first: what changes while pages are read moves to the front, so that nothing is passed
//! over.

use aftercast_model::Timestamp;
use serde_json::Value;

use crate::live::{
    Answer, Auth, Detail, Order, Paging, Place, Pull, Request, Stream, Subjects, segment,
};

/// The rights of a token that reads everything.
const READ: &str = "scope `read_api`, role Reporter";
/// How much of the log of a failed job is kept.
const LOG_BYTES: usize = 8 * 1024;

/// For so long GitLab itself may take to ask for a job.
const IDLE_MS: i64 = 3_000;

/// How GitLab is pulled.
pub(super) static PULL: Pull = Pull {
    base: Some("https://gitlab.com"),
    auth: &[Auth::Header("PRIVATE-TOKEN"), Auth::Bearer, Auth::Header("JOB-TOKEN")],
    headers: &[],
    subjects: Subjects { key: "projects", example: "acme/shop", optional: false },
    streams: STREAMS,
    concurrency: 4,
    per_minute: Some(1_000),
};

static STREAMS: &[Stream] = &[
    Stream {
        list: |place| {
            Some(changed(place, "/merge_requests", &[("scope", "all"), ("state", "all")]))
        },
        details: MERGE_REQUEST,
        ..stream("merge requests", "merge_request", "lead time, reviews, approval wait")
    },
    Stream {
        list: |place| Some(changed(place, "/pipelines", &[])),
        details: PIPELINE,
        ..stream("pipelines", "pipeline", "failed builds, queue times, manual steps")
    },
    Stream {
        list: |place| Some(changed(place, "/pipelines", &[("source", "parent_pipeline")])),
        details: PIPELINE,
        ..stream("child pipelines", "pipeline", "failed builds in child pipelines")
    },
    Stream {
        list: |place| Some(changed(place, "/deployments", &[])),
        details: DEPLOYMENT,
        ..stream("deployments", "deployment", "releases, lead time, waits for deployment approvals")
    },
    Stream {
        list: |place| {
            Some(page(place, "/releases", &[("order_by", "released_at"), ("sort", "desc")]))
        },
        at: "/released_at",
        ..stream("releases", "release", "releases where there are no deployments")
    },
    definition("protected environments", "protected_environment", |place| {
        Some(page(place, "/protected_environments", &[]))
    }),
    definition("protected branches", "protected_branch", |place| {
        Some(page(place, "/protected_branches", &[]))
    }),
    definition("approval rules", "approval_rule", |place| {
        Some(page(place, "/approval_rules", &[]))
    }),
    definition("external status checks", "status_check", |place| {
        Some(page(place, "/external_status_checks", &[]))
    }),
    definition("freeze periods", "freeze_period", |place| {
        Some(page(place, "/freeze_periods", &[]))
    }),
    definition("project", "project", |place| Some(Request::get(path(place, ""), []))),
    Stream {
        gives: "flags turned before an incident",
        ..definition("feature flags", "feature_flag", |place| {
            Some(page(place, "/feature_flags", &[]))
        })
    },
];

static MERGE_REQUEST: &[Detail] = &[
    Detail {
        request: |place, item| below(place, item, "/merge_requests", "iid", "/approvals"),
        ..detail("approvals", "approvals and when they were given")
    },
    Detail {
        request: |place, item| {
            let request = below(place, item, "/merge_requests", "iid", "/notes")?;
            Some(hundred(request).with("sort", Some("asc".to_owned())))
        },
        paging: Paging::Link,
        ..detail("notes", "first review, when a review was asked for")
    },
];

static PIPELINE: &[Detail] = &[
    Detail {
        request: |place, item| below(place, item, "/pipelines", "id", ""),
        ..detail("whole", "when a pipeline began and ended")
    },
    Detail {
        request: |place, item| {
            let request = below(place, item, "/pipelines", "id", "/jobs")?;
            Some(hundred(request).with("include_retried", Some("true".to_owned())))
        },
        paging: Paging::Link,
        details: JOB,
        ..detail("jobs", "failed jobs and why, queue times")
    },
    Detail {
        request: |place, item| below(place, item, "/pipelines", "id", "/bridges").map(hundred),
        paging: Paging::Link,
        ..detail("bridges", "jobs that start other pipelines")
    },
    Detail {
        request: by_hand,
        answer: Answer::Json("/data/project/pipeline/jobs"),
        ..detail("by_hand", "which jobs a person started")
    },
    Detail {
        request: |place, item| {
            (place.settings)("test_reports").filter(|wanted| wanted == "true")?;
            below(place, item, "/pipelines", "id", "/test_report")
        },
        ..detail("tests", "test results")
    },
];

static JOB: &[Detail] = &[Detail {
    request: |place, item| {
        let failed = item.pointer("/status").and_then(Value::as_str) == Some("failed");
        failed.then(|| below(place, item, "/jobs", "id", "/trace"))?
    },
    answer: Answer::TextTail(LOG_BYTES),
    ..detail("log", "why jobs failed, where GitLab only says that a script did")
}];

static DEPLOYMENT: &[Detail] = &[
    Detail {
        request: |place, item| {
            asks_approval(item).then(|| below(place, item, "/deployments", "id", ""))?
        },
        ..detail("whole", "who approved a deployment")
    },
    Detail {
        request: |place, item| {
            let run = item.pointer("/deployable/pipeline")?;
            let request = below(place, run, "/pipelines", "id", "/jobs")?;
            asks_approval(item).then(|| hundred(request))
        },
        paging: Paging::Link,
        ..detail("jobs", "when a deployment approval could first be given")
    },
    Detail {
        request: |place, item| {
            let environment = item.pointer("/environment")?;
            below(place, environment, "/environments", "id", "")
                .filter(|_| environment.pointer("/tier").is_none())
        },
        ..detail("tier", "which environments are production, where their names do not say it")
    },
];

/// A list by time of change.
const fn stream(name: &'static str, kind: &'static str, gives: &'static str) -> Stream {
    Stream {
        name,
        kind,
        needs: READ,
        gives,
        optional: false,
        list: |_| None,
        paging: Paging::Link,
        items: "",
        at: "/updated_at",
        order: Order::NewestFirst,
        open: None,
        cap: None,
        details: &[],
    }
}

/// A list of settings, read whole each time; many of them need a paid tier or the role Maintainer.
const fn definition(
    name: &'static str,
    kind: &'static str,
    list: fn(&Place<'_>) -> Option<Request>,
) -> Stream {
    Stream {
        needs: "scope `read_api`, role Maintainer; some need Premium or Ultimate",
        optional: true,
        order: Order::Unordered,
        list,
        ..stream(name, kind, "gates as they are set up")
    }
}

const fn detail(under: &'static str, gives: &'static str) -> Detail {
    Detail {
        under,
        needs: READ,
        gives,
        optional: true,
        request: |_, _| None,
        paging: Paging::Single,
        answer: Answer::Json(""),
        details: &[],
    }
}

fn path(place: &Place<'_>, below: &str) -> String {
    format!("/api/v4/projects/{}{below}", segment(place.subject))
}

fn hundred(request: Request) -> Request {
    request.with("per_page", Some("100".to_owned()))
}

fn page(place: &Place<'_>, below: &str, query: &[(&str, &str)]) -> Request {
    let mut request = hundred(Request::get(path(place, below), []));
    for (key, value) in query {
        request = request.with(key, Some((*value).to_owned()));
    }
    request
}

/// Returns the request for a list by time of change.
fn changed(place: &Place<'_>, below: &str, query: &[(&str, &str)]) -> Request {
    let request = page(place, below, &[("order_by", "updated_at"), ("sort", "desc")]);
    let mut request = request
        .with("updated_after", place.since.map(|at| at.to_string()))
        .with("updated_before", place.until.map(|at| at.to_string()));
    for (key, value) in query {
        request = request.with(key, Some((*value).to_owned()));
    }
    request
}

/// Returns the request for `rest` below the item of `list` whose number is in the field `id`.
fn below(place: &Place<'_>, item: &Value, list: &str, id: &str, rest: &str) -> Option<Request> {
    let id = item.get(id)?.as_u64()?;
    Some(Request::get(path(place, &format!("{list}/{id}{rest}")), []))
}

fn asks_approval(deployment: &Value) -> bool {
    let blocked = deployment.pointer("/status").and_then(Value::as_str) == Some("blocked");
    let given = deployment.pointer("/approvals").and_then(Value::as_array);
    let pending = deployment.pointer("/pending_approval_count").and_then(Value::as_u64);
    blocked || given.is_some_and(|list| !list.is_empty()) || pending.is_some_and(|count| count > 0)
}

/// Returns the question to GraphQL which jobs a person starts: REST does not say it. It is asked only
/// where a job was not asked for as soon as the stages before it had ended, which few pipelines have.
fn by_hand(place: &Place<'_>, item: &Value) -> Option<Request> {
    // By number GraphQL finds no project.
    if place.subject.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let iid = item.get("iid")?.as_u64()?;
    let jobs: Vec<Waited<'_>> =
        item.get("jobs")?.as_array()?.iter().filter_map(Waited::of).collect();
    if !jobs.iter().any(|job| job.maybe_by_hand(&jobs)) {
        return None;
    }
    let query = "query($path: ID!, $iid: ID!) { project(fullPath: $path) { pipeline(iid: $iid) { \
                 jobs(whenExecuted: [\"manual\"], first: 100) { nodes { id } } } } }";
    let variables = serde_json::json!({ "path": place.subject, "iid": iid.to_string() });
    let body = serde_json::json!({ "query": query, "variables": variables }).to_string();
    Some(Request { path: "/api/graphql".to_owned(), body: Some(body), ..Request::default() })
}

/// A job as far as its waiting goes.
struct Waited<'v> {
    id: u64,
    stage: &'v str,
    manual: bool,
    created_at: Option<Timestamp>,
    queued_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
}

impl<'v> Waited<'v> {
    fn of(job: &'v Value) -> Option<Self> {
        let text = |name: &str| job.get(name).and_then(Value::as_str);
        let time = |name: &str| text(name).and_then(|text| Timestamp::parse(text).ok());
        let queued = job.get("queued_duration").and_then(Value::as_f64).unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
        let queued = (queued * 1000.0) as i64;
        Some(Self {
            id: job.get("id")?.as_u64()?,
            stage: text("stage")?,
            manual: text("status") == Some("manual"),
            created_at: time("created_at"),
            queued_at: time("started_at").map(|at| at.plus_millis(queued.saturating_neg())),
            finished_at: time("finished_at"),
        })
    }

    fn maybe_by_hand(&self, all: &[Self]) -> bool {
        let Some(queued_at) = self.queued_at else { return self.manual };
        let begins =
            |stage: &str| all.iter().filter(|job| job.stage == stage).map(|job| job.id).min();
        let own = begins(self.stage);
        let before = all.iter().filter(|job| begins(job.stage) < own);
        let ends = before.filter_map(|job| job.finished_at).filter(|end| *end <= queued_at);
        let reached = ends.chain(self.created_at).max();
        reached.is_some_and(|reached| queued_at.millis().saturating_sub(reached.millis()) > IDLE_MS)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn question(subject: &str, started_at: &str, status: &str) -> Option<Request> {
        let place = Place { subject, since: None, until: None, settings: &|_| None };
        let pipeline = json!({"iid": 3, "jobs": [
            {"id": 2, "stage": "ship", "status": status, "created_at": "2026-09-01T08:00:00Z",
             "started_at": started_at, "queued_duration": 1.5},
            {"id": 1, "stage": "test", "status": "success", "created_at": "2026-09-01T08:00:00Z",
             "started_at": "2026-09-01T08:00:02Z", "finished_at": "2026-09-01T08:10:00Z", "queued_duration": 2},
        ]});
        by_hand(&place, &pipeline)
    }

    #[test]
    fn graphql_is_asked_only_where_a_job_may_have_waited_for_a_person() {
        assert_eq!(question("acme/shop", "2026-09-01T08:10:02Z", "success"), None);
        assert_eq!(question("42", "2026-09-01T09:00:00Z", "success"), None);
        assert!(question("acme/shop", "", "manual").is_some());
        let asked = question("acme/\"shop", "2026-09-01T09:00:00Z", "success").unwrap();
        assert_eq!(asked.path, "/api/graphql");
        let body: Value = serde_json::from_str(asked.body.as_deref().unwrap()).unwrap();
        assert_eq!(body["variables"], json!({"path": "acme/\"shop", "iid": "3"}));
    }

    #[test]
    fn a_project_in_groups_is_one_segment_and_times_are_limits() {
        let since = Some(Timestamp::from_millis(1_788_249_600_000));
        let place = Place { subject: "acme/web/shop", since, until: None, settings: &|_| None };
        let request = changed(&place, "/pipelines", &[]);
        assert_eq!(request.path, "/api/v4/projects/acme%2Fweb%2Fshop/pipelines");
        let after = request.query.iter().find(|(key, _)| key == "updated_after").unwrap();
        assert_eq!(after.1, "2026-09-01T08:00:00Z");
        assert!(!request.query.iter().any(|(key, _)| key == "updated_before"));
    }
}
