//! How builds are pulled: in ranges, newest first, each with its stages, tests and end of log.
//!
//! Must not know what becomes of them.

use serde_json::Value;

use crate::live::{
    Answer, Auth, Detail, Order, Paging, Place, Pull, Request, Stream, Subjects, segment,
};

/// Builds a page.
const PAGE: usize = 100;
/// How much of a log is kept.
const LOG_TAIL: usize = 16 * 1024;

/// How Jenkins is pulled.
pub(super) static PULL: Pull = Pull {
    base: None,
    auth: &[Auth::Basic, Auth::Bearer],
    headers: &[],
    subjects: Subjects { key: "jobs", example: "team/shop/main", optional: false },
    streams: &[Stream {
        name: "builds",
        kind: "build",
        needs: "Job/Read",
        gives: "builds, failed builds, deployments",
        optional: false,
        list: |place| Some(builds(place)),
        paging: Paging::Range { parameter: "tree", size: PAGE },
        items: "/allBuilds",
        at: "/timestamp",
        order: Order::NewestFirst,
        open: Some(is_building),
        cap: None,
        details: DETAILS,
    }],
    concurrency: 4,
    per_minute: None,
};

static DETAILS: &[Detail] = &[
    Detail {
        under: "wfapi",
        needs: "Job/Read and the plugin `pipeline-rest-api`",
        gives: "stages, approval wait, queue times",
        optional: true,
        request: |place, build| {
            let pipeline = text(build, "_class").is_none_or(|class| class.contains("workflow"));
            pipeline.then(|| of_build(place, build, "wfapi/describe")).flatten()
        },
        paging: Paging::Single,
        answer: Answer::Json(""),
        details: &[],
    },
    Detail {
        under: "testReport",
        needs: "Job/Read and the plugin `junit`",
        gives: "test cases",
        optional: true,
        request: |place, build| {
            let wanted = (place.settings)("tests").as_deref() == Some("true");
            let tested =
                build.pointer("/actions").and_then(Value::as_array).is_some_and(|actions| {
                    actions.iter().any(|action| action.get("totalCount").is_some())
                });
            let tree = "suites[name,cases[className,name,status,duration,errorDetails]]";
            let request = of_build(place, build, "testReport/api/json")?;
            (wanted && tested).then(|| request.with("tree", Some(tree.to_owned())))
        },
        paging: Paging::Single,
        answer: Answer::Json(""),
        details: &[],
    },
    Detail {
        under: "console",
        needs: "Job/Read",
        gives: "why a build failed, who answered an input",
        optional: true,
        request: |place, build| {
            let failed = text(build, "result").is_some_and(|result| result != "SUCCESS");
            let mut request =
                of_build(place, build, "consoleText").filter(|_| failed || paused(build))?;
            request.accept = Some("text/plain");
            Some(request)
        },
        paging: Paging::Single,
        answer: Answer::TextTail(LOG_TAIL),
        details: &[],
    },
];

/// Asks for the first range of builds. Parameters may be secrets: they are asked for only where the
/// settings say so.
fn builds(place: &Place<'_>) -> Request {
    let parameters = match (place.settings)("parameters").as_deref() {
        Some("true") => "parameters[name,value],",
        _ => "",
    };
    let tree = format!(
        "allBuilds[number,url,timestamp,duration,result,building,builtOn,\
         actions[causes[userId],{parameters}lastBuiltRevision[SHA1,branch[name]],remoteUrls,userId,\
         queuingDurationMillis,totalCount,failCount],\
         changeSet[items[commitId]],changeSets[items[commitId]]]{{0,{PAGE}}}"
    );
    Request::get(format!("{}/api/json", job_path(place.subject)), [("tree", &tree)])
}

/// Returns `/job/team/job/shop`.
fn job_path(job: &str) -> String {
    let names = job.split('/').filter(|name| !name.is_empty());
    names.fold(String::new(), |path, name| path + "/job/" + &segment(name))
}

fn of_build(place: &Place<'_>, build: &Value, what: &str) -> Option<Request> {
    let number = build.get("number")?.as_i64()?;
    Some(Request::get(format!("{}/{number}/{what}", job_path(place.subject)), []))
}

fn is_building(build: &Value) -> bool {
    build.get("building").and_then(Value::as_bool) == Some(true)
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str()
}

fn paused(build: &Value) -> bool {
    let stages = build.pointer("/wfapi/stages").and_then(Value::as_array);
    stages.into_iter().flatten().any(|stage| {
        stage.get("pauseDurationMillis").and_then(Value::as_i64).is_some_and(|paused| paused > 0)
    })
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn folders_are_jobs_in_jobs() {
        assert_eq!(job_path("team/shop/feature%2Fx"), "/job/team/job/shop/job/feature%252Fx");
    }
}
