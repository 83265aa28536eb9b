//! Syncs as deployments; those that a person started as manual steps, too.
//!
//! Owns: that a sync in the history and the operation that made it are one thing (they begin at the
//! same moment), which revision counts, what going back is.

use aftercast_model::{ActorKind, Deployment, FailureClass, Name, Outcome, TaskRun, Timestamp};

use crate::argocd::objects::{Application, By, From, Operation, Status, Synced};
use crate::argocd::place::place;
use crate::json::List;
use crate::naming::repo_in_remote;
use crate::rules::{Clue, Evidence};
use crate::sink::Sink;
use crate::words::first_words;

/// What all syncs of an application share.
struct App<'a> {
    name: &'a str,
    /// Its uid: a new application of the same name counts its syncs anew.
    id: &'a str,
    row: Deployment,
    spec: Vec<&'a From<'a>>,
}

/// A sync, from the history or as the last operation.
struct Sync<'s> {
    native_id: String,
    revision: Option<&'s str>,
    from: Option<&'s From<'s>>,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    by: Option<&'s By<'s>>,
    phase: &'s str,
    message: Option<&'s str>,
    rollback_of: Option<&'s str>,
    version: Option<&'s str>,
}

/// Keeps the syncs of an application; returns when its state was this.
pub(super) fn application(application: &Application<'_>, sink: &mut Sink<'_>) -> Option<Timestamp> {
    let Some(metadata) = application.metadata.get() else {
        sink.lost("an application has no `metadata`");
        return None;
    };
    let Some(name) = metadata.name.text() else {
        sink.lost("an application has no name");
        return None;
    };
    let spec = application.spec.get();
    let place = place(metadata, spec, sink);
    // The repository of manifests is often shared: it does not tell the service.
    let home = sink.home_by_name(None, &Clue { kind: "application", name });
    let app = App {
        name,
        id: metadata.uid.text().unwrap_or(name),
        row: Deployment {
            source: home.source,
            service: home.service,
            environment: sink.name(place.environment.as_deref()),
            production: place.production,
            ..Deployment::default()
        },
        spec: spec.map(|spec| sources(spec.source.get(), &spec.sources)).unwrap_or_default(),
    };
    let Some(status) = application.status.get() else {
        sink.nothing("application", "it has no `status`");
        return None;
    };
    let history: Vec<&Synced<'_>> = status.history.items().collect();
    let mut newest = None;
    for (index, synced) in history.iter().enumerate() {
        let earlier = history.get(..index).unwrap_or_default();
        let is_last = index + 1 == history.len();
        let version = image_version(status).filter(|_| is_last && is_current(status, synced));
        let sync = from_history(synced, earlier, version, &app);
        newest = newest.max(keep(&sync, &app, sink));
    }
    if let Some(operation) = status.operation.get() {
        let is_known = operation.started.copied().is_some_and(|started| {
            history.iter().any(|synced| synced.started.copied() == Some(started))
        });
        if let Some(sync) = from_operation(operation, &app).filter(|_| !is_known) {
            newest = newest.max(keep(&sync, &app, sink));
        }
    }
    if history.is_empty() && newest.is_none() {
        sink.nothing("application", "it was never synced");
    }
    newest
}

/// Returns all sources of something, the first one first.
fn sources<'s>(one: Option<&'s From<'s>>, many: &'s List<From<'s>>) -> Vec<&'s From<'s>> {
    many.items().chain(one).collect()
}

/// Returns the native id of a sync: the moment of its begin, else its number.
fn native_id(app: &App<'_>, started: Option<Timestamp>, number: Option<i64>) -> Option<String> {
    match (started, number) {
        (Some(started), _) => Some(format!("{}/{started}", app.id)),
        (None, Some(number)) => Some(format!("{}/{number}", app.id)),
        (None, None) => None,
    }
}

fn from_history<'s>(
    synced: &'s Synced<'s>,
    earlier: &[&'s Synced<'s>],
    version: Option<&'s str>,
    app: &App<'s>,
) -> Sync<'s> {
    let revision = revision(synced);
    // A, B, A: the third goes back to the first. A, A, B, B are syncs of the same.
    let changed = earlier.last().and_then(|last| self::revision(last)) != revision;
    let back = changed && earlier.iter().any(|other| self::revision(other) == revision);
    let started_at = synced.started.copied();
    Sync {
        native_id: native_id(app, started_at, synced.id.copied()).unwrap_or_default(),
        revision,
        from: sources(synced.source.get(), &synced.sources).first().copied(),
        started_at,
        finished_at: synced.deployed.copied(),
        by: synced.by.get(),
        phase: "Succeeded",
        message: None,
        rollback_of: revision.filter(|_| back),
        version,
    }
}

fn revision<'s>(synced: &'s Synced<'s>) -> Option<&'s str> {
    synced.revision.text().or_else(|| synced.revisions.items().next().map(AsRef::as_ref))
}

/// Returns the sync that the last operation is; a rehearsal (`dryRun`) is none.
fn from_operation<'s>(operation: &'s Operation<'s>, app: &App<'s>) -> Option<Sync<'s>> {
    let asked = operation.operation.get();
    let sync = asked.and_then(|asked| asked.sync.get());
    if sync.and_then(|sync| sync.dry.copied()) == Some(true) {
        return None;
    }
    let started_at = operation.started.copied();
    let result = operation.result.get();
    let of_result = result.and_then(|result| {
        result.revision.text().or_else(|| result.revisions.items().next().map(AsRef::as_ref))
    });
    let from =
        result.and_then(|result| sources(result.source.get(), &result.sources).first().copied());
    Some(Sync {
        native_id: native_id(app, started_at, None)?,
        revision: of_result.or_else(|| sync.and_then(|sync| sync.revision.text())),
        from,
        started_at,
        finished_at: operation.finished.copied(),
        by: asked.and_then(|asked| asked.by.get()),
        phase: operation.phase.text().unwrap_or_default(),
        message: operation.message.text(),
        rollback_of: None,
        version: None,
    })
}

/// Returns whether what runs is what `synced` brought.
fn is_current(status: &Status<'_>, synced: &Synced<'_>) -> bool {
    let sync = status.sync.get();
    sync.is_some_and(|sync| {
        sync.status.text() == Some("Synced") && sync.revision.text() == revision(synced)
    })
}

/// Returns the version of the images that run, where all of them have the same one.
fn image_version<'s>(status: &'s Status<'_>) -> Option<&'s str> {
    let mut tags = status.summary.get()?.images.items().map(|image| {
        let image = image.split('@').next().unwrap_or_default();
        let name = image.rsplit('/').next().unwrap_or(image);
        name.split_once(':').map(|(_, tag)| tag)
    });
    let first = tags.next()??;
    tags.all(|tag| tag == Some(first)).then_some(first)
}

fn outcome(phase: &str) -> Outcome {
    match phase {
        "Succeeded" => Outcome::Success,
        "Failed" => Outcome::Failure,
        "Error" => Outcome::Error,
        "Running" | "Terminating" => Outcome::Running,
        _ => Outcome::Unknown,
    }
}

fn is_hash(revision: &str) -> bool {
    matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Keeps a sync; returns when its state was this.
fn keep(sync: &Sync<'_>, app: &App<'_>, sink: &mut Sink<'_>) -> Option<Timestamp> {
    if sync.native_id.is_empty() {
        sink.note("a sync has neither `deployStartedAt` nor `id`");
        return None;
    }
    let outcome = outcome(sync.phase);
    let from = sync.from.or(app.spec.first().copied());
    let is_chart = from.is_some_and(|from| from.chart.text().is_some());
    let sha = sync.revision.filter(|revision| is_hash(revision));
    let version = sync.version.or(sync.revision.filter(|_| is_chart));
    // What more is known of the same state makes the better row.
    let more = i64::from(sync.version.is_some()) + i64::from(sync.rollback_of.is_some());
    let observed_at = match sync.finished_at {
        Some(at) => Some(at.plus_millis(10 + more)),
        None => sync.started_at.map(|at| at.plus_millis(i64::from(sync.phase == "Terminating"))),
    };
    let repo = from.and_then(|from| from.repo_url.text()).and_then(repo_in_remote);
    let repo = sink.name(repo);
    let row = Deployment {
        id: sink.id("deployments", &sync.native_id, None),
        observed_at,
        native_status: sink.name(Some(sync.phase)),
        repo,
        sha: sink.name(sha),
        git_ref: sink.name(from.and_then(|from| from.target.text())),
        version: sink.name(version),
        run_id: sink.name(Some(&sync.native_id)),
        created_at: sync.started_at,
        started_at: sync.started_at,
        finished_at: sync.finished_at,
        outcome,
        rollback_of: sink.name(sync.rollback_of),
        ..app.row
    };
    sink.facts().deployments.push(row);
    let who = who(sync.by, sink);
    if who == ActorKind::Human || outcome.is_red() {
        step(sync, app, &row, who, sink);
    }
    observed_at
}

/// Returns who asked for a sync.
fn who(by: Option<&By<'_>>, sink: &Sink<'_>) -> ActorKind {
    let Some(by) = by else { return ActorKind::Unknown };
    if by.automated.copied() == Some(true) {
        return ActorKind::System;
    }
    match by.username.text() {
        // A token of a project's role is called `proj:PROJECT:ROLE`.
        Some(name) if name.starts_with("proj:") || sink.context().rules.is_program(name) => {
            ActorKind::Bot
        }
        Some(_) => ActorKind::Human,
        None => ActorKind::Unknown,
    }
}

/// Keeps that a person started a sync, or that it failed.
fn step(sync: &Sync<'_>, app: &App<'_>, of: &Deployment, who: ActorKind, sink: &mut Sink<'_>) {
    let message = sync.message.filter(|_| of.outcome.is_red());
    let (failure_class, failure_rule) = if of.outcome.is_red() {
        sink.failure(&Evidence {
            outcome: of.outcome,
            reason: Some(sync.phase),
            job: Some(app.name),
            text: message,
            ..Evidence::default()
        })
    } else {
        (FailureClass::Unknown, Name::NONE)
    };
    let kind = if who == ActorKind::Human { "manual" } else { "deploy" };
    let row = TaskRun {
        id: sink.id("task_runs", &sync.native_id, None),
        source: of.source,
        service: of.service,
        observed_at: of.observed_at,
        native_status: of.native_status,
        repo: of.repo,
        run_id: of.run_id,
        attempt: Some(1),
        task_id: of.run_id,
        name: sink.name(Some(&format!("sync {}", app.name))),
        stage: of.environment,
        kind: sink.name(Some(kind)),
        sha: of.sha,
        queued_at: None,
        started_at: of.started_at,
        finished_at: of.finished_at,
        outcome: of.outcome,
        failure_class,
        failure_rule,
        failure_text: sink.name(message.map(first_words).as_deref()),
        ..TaskRun::default()
    };
    sink.facts().task_runs.push(row);
}
