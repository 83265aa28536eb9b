//! The `jenkins` source on builds in the shape of its REST API.

use aftercast_connectors::{conformance, source_named};

use crate::rows::converted;

/// A pipeline that asked, was approved, and failed at the deployment.
const BUILD: &str = r#"{"_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun", "number": 12, "url": "https://ci.example/job/team/job/shop/job/main/12/",
  "timestamp": 1788249600000, "duration": 900000, "result": "FAILURE", "building": false,
  "actions": [{"_class": "hudson.model.CauseAction", "causes": [{"_class": "hudson.model.Cause$UserIdCause", "userId": "carol"}]},
    {"_class": "hudson.model.ParametersAction", "parameters": [{"name": "VERSION", "value": "1.4.0"}, {"name": "DB_PASSWORD", "value": "x"}, {"name": "DRY", "value": false}]},
    {"_class": "hudson.plugins.git.util.BuildData", "remoteUrls": ["https://forge.example/acme/pipeline-library.git"], "lastBuiltRevision": {"SHA1": "ffff", "branch": [{"name": "main"}]}},
    {"_class": "hudson.plugins.git.util.BuildData", "remoteUrls": ["git@forge.example:acme/shop.git"], "lastBuiltRevision": {"SHA1": "a1b2", "branch": [{"name": "refs/remotes/origin/main"}]}},
    {"_class": "jenkins.metrics.impl.TimeInQueueAction", "queuingDurationMillis": 4000},
    {"_class": "org.jenkinsci.plugins.workflow.support.steps.input.ApproverAction", "userId": "dave"}, {}],
  "changeSets": [{"items": [{"commitId": "a1b2"}]}],
  "wfapi": {"status": "FAILED", "startTimeMillis": 1788249600000, "queueDurationMillis": 2000, "pauseDurationMillis": 0, "stages": [
    {"id": "6", "name": "Build", "execNode": "agent-3", "status": "SUCCESS", "startTimeMillis": 1788249602000, "durationMillis": 60000, "pauseDurationMillis": 0},
    {"id": "20", "name": "Release?", "status": "SUCCESS", "startTimeMillis": 1788249662000, "durationMillis": 600100, "pauseDurationMillis": 600000},
    {"id": "31", "name": "Deploy to production", "status": "FAILED", "error": {"message": "script returned exit code 3", "type": "hudson.AbortException"},
     "startTimeMillis": 1788250262100, "durationMillis": 237900, "pauseDurationMillis": 0}]},
  "console": "Approved by Dave\n+ ./deploy.sh\nconnection refused\nERROR: script returned exit code 3\nFinished: FAILURE\n"}"#;

/// A freestyle job that deploys where a parameter says.
const FREESTYLE: &str = r#"{"_class": "hudson.model.FreeStyleBuild", "number": 3, "url": "https://ci.example/job/deploy-shop/3/", "timestamp": 1788249600000,
  "duration": 50000, "result": "UNSTABLE", "building": false, "builtOn": "agent-1",
  "actions": [{"_class": "hudson.model.CauseAction", "causes": [{"_class": "hudson.triggers.TimerTrigger$TimerTriggerCause"}]},
    {"_class": "hudson.tasks.junit.TestResultAction", "failCount": 2, "skipCount": 0, "totalCount": 40},
    {"_class": "hudson.model.ParametersAction", "parameters": [{"name": "environment", "value": "prod"}]}],
  "testReport": {"suites": [{"name": "cart", "cases": [{"className": "Cart", "name": "adds", "status": "REGRESSION", "duration": 0.25, "errorDetails": "expected 1"},
    {"className": "Cart", "name": "odd", "status": "EXPLODED", "duration": 1}]}]}}"#;

/// Still asking; from a pull, which names the job.
const WAITING: &str = r#"{"aftercast": {"kind": "build", "subject": "shop/PR-7"}, "body": {"_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun", "number": 1,
  "timestamp": 1788249600000, "duration": 0, "result": null, "building": true, "actions": [],
  "wfapi": {"status": "PAUSED_PENDING_INPUT", "queueDurationMillis": 1000, "stages": [
    {"id": "6", "name": "Approve", "status": "PAUSED_PENDING_INPUT", "startTimeMillis": 1788249601000, "durationMillis": 70000, "pauseDurationMillis": 69000}]}}}"#;

#[test]
fn jenkins_holds_the_contract() {
    let list = format!(r#"{{"_class": "x", "allBuilds": [{BUILD}, {FREESTYLE}]}}"#);
    conformance::check(
        source_named("jenkins").unwrap(),
        &[
            ("builds.json", list.as_bytes()),
            ("build.json", BUILD.as_bytes()),
            ("freestyle.json", FREESTYLE.as_bytes()),
            ("waiting.json", WAITING.as_bytes()),
        ],
    );
}

#[test]
fn stages_are_jobs_pauses_are_approvals_and_deploying_stages_are_deployments() {
    insta::assert_snapshot!(converted("jenkins", BUILD));
}

#[test]
fn a_build_without_stages_is_its_own_job() {
    insta::assert_snapshot!(converted("jenkins", FREESTYLE));
}

#[test]
fn a_build_that_asks_is_pending() {
    insta::assert_snapshot!(converted("jenkins", WAITING));
}

#[test]
fn a_later_state_wins_and_details_win_over_none() {
    let bare = BUILD.replace("\"wfapi\"", "\"other\"").replace("\"console\"", "\"more\"");
    let source = source_named("jenkins").unwrap();
    for body in [format!("{bare}\n{BUILD}"), format!("{BUILD}\n{bare}")] {
        let settled = conformance::settled(source, "b.json", body.as_bytes());
        let run = settled.iter().find(|(key, _)| key.starts_with("pipeline_runs")).unwrap();
        assert!(run.1.contains("\"started_at\":\"2026-09-01T08:00:02Z\""), "{}", run.1);
    }
}

#[test]
fn a_branch_with_its_builds_gives_the_rows_of_its_builds() {
    let source = source_named("jenkins").unwrap();
    let branch = format!(
        r#"{{"aftercast": {{"kind": "branch", "subject": "team/shop"}}, "body": {{"_class": "x", "name": "main", "url": "https://ci.example/job/team/job/shop/job/main/", "lastBuild": {{"timestamp": 1788249600000}}, "builds": [{BUILD}]}}}}"#
    );
    assert_eq!(
        conformance::settled(source, "branch.json", branch.as_bytes()),
        conformance::settled(source, "build.json", BUILD.as_bytes()),
    );
}

#[test]
fn an_unknown_result_stays_beside_unknown() {
    let odd = FREESTYLE.replace("UNSTABLE", "MELTED");
    let shown = converted("jenkins", &odd);
    assert!(shown.contains("\"native_status\": \"MELTED\""), "{shown}");
    assert!(!shown.lines().next().unwrap().contains("outcome"), "{shown}");
}

#[test]
fn a_rejected_input_is_a_no() {
    let rejected = BUILD
        .replace("FAILURE", "ABORTED")
        .replace("\"status\": \"SUCCESS\", \"startTimeMillis\": 1788249662000", "\"status\": \"ABORTED\", \"startTimeMillis\": 1788249662000")
        .replace("{}]", r#"{"_class": "jenkins.model.InterruptedBuildAction", "causes": [{"_class": "org.jenkinsci.plugins.workflow.support.steps.input.Rejection"}]}]"#);
    let shown = converted("jenkins", &rejected);
    let gate = shown.lines().find(|line| line.starts_with("gate_evaluations")).unwrap();
    assert!(gate.contains("\"verdict\": \"fail\""), "{gate}");
}

#[test]
fn what_is_no_build_is_told() {
    let shown = converted("jenkins", r#"{"stages": [], "status": "SUCCESS"}"#);
    assert!(shown.contains("put it into its build"), "{shown}");
    assert!(converted("jenkins", r#"{"mode": "NORMAL"}"#).contains("not a build of Jenkins"));
}
