//! How builds are pulled: in ranges, newest first, each with its stages, tests and end of log.
//!
//! Must not know what becomes of them.

use serde_json::Value;

use crate::live::{
    Answer, Auth, Detail, Order, Paging, Place, Pull, Request, Stream, Subjects, segment,
};

/// Builds a page.
const PAGE: usize = 100;
/// Builds of a branch that are looked at.
const LAST: usize = 25;
/// How much of a log is kept.
const LOG_TAIL: usize = 16 * 1024;

/// How Jenkins is pulled.
pub(super) static PULL: Pull = Pull {
    base: None,
    auth: &[Auth::Basic, Auth::Bearer],
    headers: &[],
    subjects: Subjects { key: "jobs", example: "team/shop/main", optional: false },
    streams: &[
        Stream {
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
        },
        Stream {
            name: "branches",
            kind: "branch",
            needs: "Job/Read",
            gives: "builds of the branches of a multibranch project, of the jobs of a folder",
            optional: true,
            list: |place| {
                let path = format!("{}/api/json", job_path(place.subject));
                Some(Request::get(path, [("tree", "jobs[name,url,lastBuild[timestamp]]")]))
            },
            paging: Paging::Single,
            items: "/jobs",
            at: "/lastBuild/timestamp",
            order: Order::Unordered,
            open: Some(|branch| {
                let builds = branch.get("builds").and_then(Value::as_array);
                builds.into_iter().flatten().any(is_building)
            }),
            cap: None,
            details: BRANCH,
        },
    ],
    concurrency: 4,
    per_minute: None,
};

/// The last builds of a branch. A folder in a folder has none, and its own jobs are not looked for.
static BRANCH: &[Detail] = &[Detail {
    under: "builds",
    needs: "Job/Read",
    gives: "builds of a branch",
    optional: false,
    request: |place, branch| {
        branch.pointer("/lastBuild/timestamp")?;
        let path = path_of(branch)?;
        Some(Request::get(format!("{path}/api/json"), [("tree", &tree(place, LAST))]))
    },
    paging: Paging::Single,
    answer: Answer::Json("/allBuilds"),
    details: DETAILS,
}];

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

/// Asks for the first range of builds.
fn builds(place: &Place<'_>) -> Request {
    let path = format!("{}/api/json", job_path(place.subject));
    Request::get(path, [("tree", &tree(place, PAGE))])
}

/// Returns what is asked for of so many builds. Parameters may be secrets: they are asked for only
/// where the settings say so.
fn tree(place: &Place<'_>, builds: usize) -> String {
    let parameters = match (place.settings)("parameters").as_deref() {
        Some("true") => "parameters[name,value],",
        _ => "",
    };
    format!(
        "allBuilds[number,url,timestamp,duration,result,building,builtOn,\
         actions[causes[userId],{parameters}lastBuiltRevision[SHA1,branch[name]],remoteUrls,userId,\
         queuingDurationMillis,totalCount,failCount],\
         changeSet[items[commitId]],changeSets[items[commitId]]]{{0,{builds}}}"
    )
}

/// Returns `/job/team/job/shop`.
fn job_path(job: &str) -> String {
    let names = job.split('/').filter(|name| !name.is_empty());
    names.fold(String::new(), |path, name| path + "/job/" + &segment(name))
}

/// Returns the path of the job or build at its `url`, which may have a prefix that the base has too.
fn path_of(thing: &Value) -> Option<&str> {
    let url = text(thing, "url")?;
    url.get(url.find("/job/")?..).map(|path| path.trim_end_matches('/'))
}

fn of_build(place: &Place<'_>, build: &Value, what: &str) -> Option<Request> {
    let number = build.get("number")?.as_i64()?;
    let path = match path_of(build) {
        Some(path) => path.to_owned(),
        None => format!("{}/{number}", job_path(place.subject)),
    };
    Some(Request::get(format!("{path}/{what}"), []))
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

    #[test]
    fn a_build_is_asked_for_where_it_says_it_is() {
        let none = |_: &str| None;
        let place = Place { subject: "team/shop", since: None, until: None, settings: &none };
        let url = "https://ci.example/jenkins/job/team/job/shop/job/feature%252Fx/7/";
        let of_branch = serde_json::json!({"number": 7, "url": url});
        let bare = serde_json::json!({"number": 7});
        for (build, expected) in [
            (of_branch, "/job/team/job/shop/job/feature%252Fx/7/wfapi/describe"),
            (bare, "/job/team/job/shop/7/wfapi/describe"),
        ] {
            let asked = of_build(&place, &build, "wfapi/describe").map(|request| request.path);
            assert_eq!(asked.as_deref(), Some(expected));
        }
    }

    #[test]
    fn parameters_are_asked_for_only_where_the_settings_say_so() {
        let (none, all) = (|_: &str| None, |_: &str| Some("true".to_owned()));
        let place = Place { subject: "shop", since: None, until: None, settings: &none };
        assert!(!tree(&place, 1).contains("parameters"));
        assert!(tree(&Place { settings: &all, ..place }, 1).contains("parameters[name,value]"));
    }
}
