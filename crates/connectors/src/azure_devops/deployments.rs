//! Deployments: to environments as they remember them, else stages whose name says so.
//!
//! Owns: that both are one deployment (the stage of a build), of which the environment knows more.

use aftercast_model::{Deployment, Name, Outcome, PipelineRun, Timestamp};

use crate::azure_devops::builds::{self, Run, outcome};
use crate::azure_devops::jobs::observed;
use crate::azure_devops::objects::{DeploymentRecord, Environment, TimelineRecord};
use crate::azure_devops::timeline::{Timeline, name};
use crate::naming::deploys_to;
use crate::sink::Sink;

/// Keeps the deployments of an environment; returns the newest time in it.
pub(super) fn environment(
    environment: &Environment<'_>,
    project: Option<&str>,
    sink: &mut Sink<'_>,
) -> Option<Timestamp> {
    let project = project.or_else(|| environment.project.get()?.name.text());
    let name = environment.name.text()?;
    let mut newest = None;
    for record in environment.records.items() {
        newest = newest.max(deployed(record, name, project, sink));
    }
    newest
}

fn deployed(
    record: &DeploymentRecord<'_>,
    environment: &str,
    project: Option<&str>,
    sink: &mut Sink<'_>,
) -> Option<Timestamp> {
    let Some(build_id) = record.owner.get().and_then(|owner| owner.id.copied()) else {
        sink.note("a deployment record does not say which build deployed (`owner`)");
        return None;
    };
    let native_id = builds::native_id(build_id, project);
    let run = record.build.get().and_then(|build| builds::told(build, project, sink));
    let home = if let Some(run) = &run {
        run.row
    } else {
        let home = sink.home(sink.repo(None));
        let (source, service, repo) = (home.source, home.service, home.repo);
        PipelineRun { source, service, repo, ..PipelineRun::default() }
    };
    let stage = record.stage.text().unwrap_or_default();
    let times = [record.queued.copied(), record.started.copied(), record.finished.copied()];
    let state = if record.finished.copied().is_some() { "completed" } else { "inProgress" };
    // With its build it knows its commit and its service; without, it yields to the build's stage.
    let better = if run.is_some() { 13 } else { 5 };
    let row = Deployment {
        id: sink.id("deployments", &format!("{native_id}/{stage}"), record.stage_attempt.copied()),
        source: home.source,
        service: home.service,
        observed_at: times.into_iter().flatten().max().map(|at| at.plus_millis(better)),
        url: home.url,
        native_status: sink.name(record.result.text().or(Some(state))),
        repo: home.repo,
        environment: sink.name(Some(environment)),
        production: Some(sink.is_production(environment)),
        sha: home.sha,
        git_ref: home.git_ref,
        version: Name::NONE,
        run_id: sink.name(Some(&native_id)),
        created_at: record.queued.copied(),
        started_at: record.started.copied(),
        finished_at: record.finished.copied(),
        outcome: outcome(Some(state), record.result.text()),
        rollback_of: Name::NONE,
    };
    sink.facts().deployments.push(row);
    row.observed_at
}

/// Keeps that a stage deployed, where its name says so and where to, and it ran.
pub(super) fn stage(
    record: &TimelineRecord<'_>,
    timeline: &Timeline<'_, '_>,
    run: &Run,
    sink: &mut Sink<'_>,
) {
    let rules = sink.context().rules;
    let names = [name(record), record.identifier.text()];
    let environment = names.into_iter().flatten().find_map(|name| deploys_to(name, rules));
    let (Some(environment), Some(begun)) = (environment, record.start.copied()) else { return };
    let outcome = outcome(record.state.text(), record.result.text());
    if outcome == Outcome::Skipped {
        return;
    }
    // A stage begins with its checks; it deploys when its first job runs.
    let phases = timeline.inside(record).filter(|child| child.kind.text() == Some("Phase"));
    let work = phases.filter_map(|phase| phase.start.copied()).min();
    let identifier = record.identifier.text().or(record.name.text()).unwrap_or_default();
    let native_id = format!("{}/{identifier}", run.native_id);
    let row = Deployment {
        id: sink.id("deployments", &native_id, record.attempt.copied()),
        source: run.row.source,
        service: run.row.service,
        observed_at: observed(record, run),
        url: run.row.url,
        native_status: sink.name(record.result.text().or(record.state.text())),
        repo: run.row.repo,
        environment: sink.name(Some(&environment)),
        production: Some(sink.is_production(&environment)),
        sha: run.row.sha,
        git_ref: run.row.git_ref,
        run_id: run.row.run_id,
        created_at: Some(begun),
        started_at: work,
        finished_at: record.finish.copied(),
        outcome,
        ..Deployment::default()
    };
    sink.facts().deployments.push(row);
}
