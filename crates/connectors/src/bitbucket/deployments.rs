//! Deployments, and gates as they are set up: rules about branches, environments.
//!
//! Owns: what is production, which rule is which gate. That a deployment goes back to an older commit
//! is for the analysis to see.

use aftercast_model::{Deployment as Row, GateDefinition, GateKind, Outcome};

use crate::bitbucket::objects::{Deployment, Environment, Restriction};
use crate::bitbucket::pipelines::run_id;
use crate::bitbucket::states::{observed, outcome, repo_in_url, word};
use crate::naming::looks_like_version;
use crate::sink::Sink;

/// Keeps a deployment.
pub(super) fn deployment(deployment: &Deployment<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(uuid) = deployment.uuid.text() else { return sink.note("a deployment has no `uuid`") };
    let state = deployment.state.get();
    let release = deployment.deployable.get().or(deployment.release.get());
    let url = state.and_then(|state| state.url.text()).or(release.and_then(|one| one.url.text()));
    let repo = sink.repo(said.or(url.and_then(repo_in_url)));
    let home = sink.home(repo);
    let native_status = word(state);
    let outcome = outcome(native_status);
    let environment = deployment.in_environment.get().or(deployment.environment.get());
    let name = environment.and_then(|environment| environment.name.text());
    let kind = environment.and_then(|environment| environment.environment_type.get());
    let production = match (name, kind.and_then(|kind| kind.name.text())) {
        (Some(name), _) if sink.is_production(name) => Some(true),
        (Some(_), _) if !sink.context().rules.production.is_empty() => Some(false),
        (_, kind) => kind.map(|kind| kind.eq_ignore_ascii_case("production")),
    };
    let started_at =
        state.and_then(|state| state.started_on.copied().or(state.start_date.copied()));
    let finished_at =
        state.and_then(|state| state.completed_on.copied().or(state.completion_date.copied()));
    let created_at = release.and_then(|release| release.created_on.copied());
    let label = release.and_then(|release| release.name.text());
    // `#42` is the number of the pipeline, anything else what people call the release.
    let number = label.and_then(|label| label.strip_prefix('#')?.parse::<i64>().ok());
    let run = number.map(|number| run_id(repo, number));
    let sha = release.and_then(|release| release.commit.get());
    let newest = finished_at.max(started_at).max(created_at);
    let row = Row {
        id: sink.id("deployments", uuid, None),
        source: home.source,
        service: home.service,
        observed_at: observed(newest.max(deployment.last_update_time.copied()), outcome),
        url: sink.name(url),
        native_status: sink.name(native_status),
        repo: home.repo,
        environment: sink.name(name),
        production,
        sha: sink.name(sha.and_then(|commit| commit.hash.text())),
        version: sink.name(label.filter(|label| looks_like_version(label))),
        run_id: sink.name(run.as_deref()),
        created_at,
        started_at,
        finished_at: finished_at.filter(|_| outcome != Outcome::Running),
        outcome,
        ..Row::default()
    };
    sink.facts().deployments.push(row);
}

/// What a rule about branches asks: its gate and kind.
fn gate_of(kind: &str) -> Option<(&'static str, GateKind)> {
    Some(match kind {
        "require_approvals_to_merge" => ("approval", GateKind::Approval),
        "require_default_reviewer_approvals_to_merge" => {
            ("default reviewer approval", GateKind::Approval)
        }
        "require_passing_builds_to_merge" => ("passing builds", GateKind::Check),
        "require_no_changes_requested" => ("no changes requested", GateKind::Policy),
        "require_tasks_to_be_completed" => ("tasks completed", GateKind::Policy),
        "require_all_dependencies_merged" => ("dependencies merged", GateKind::Policy),
        "require_commits_behind" => ("commits behind", GateKind::Policy),
        "push" => ("push restricted", GateKind::Policy),
        "restrict_merges" => ("merge restricted", GateKind::Policy),
        "enforce_merge_checks" => ("merge checks enforced", GateKind::Policy),
        _ => return None,
    })
}

/// Keeps a rule about branches. Whether the checks of merges hold back or only warn depends on
/// `enforce_merge_checks`, a rule of its own that only paid plans have.
pub(super) fn restriction(rule: &Restriction<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(kind) = rule.kind.text() else { return sink.note("a branch rule has no `kind`") };
    let Some((gate, gate_kind)) = gate_of(kind) else {
        return sink.nothing(kind, "this rule about branches is no gate before a release");
    };
    let repo = sink.repo(said);
    let home = sink.home(repo);
    let pattern = rule.pattern.text().or(rule.branch_type.text());
    let someone = rule.users.items().next().is_some() || rule.groups.items().next().is_some();
    let holds = matches!(kind, "push" | "restrict_merges" | "enforce_merge_checks");
    let native_id = format!(
        "{}/restriction/{}",
        repo.unwrap_or_default(),
        rule.id.copied().unwrap_or_default()
    );
    let row = GateDefinition {
        id: sink.id("gate_definitions", &native_id, None),
        source: home.source,
        service: home.service,
        native_status: sink.name(Some(kind)),
        gate: sink.name(Some(gate)),
        gate_kind,
        repo: home.repo,
        applies_to: sink.name(pattern),
        blocking: holds.then_some(true),
        approvals: rule.value.copied().filter(|_| gate_kind == GateKind::Approval),
        bypassable: (kind == "push").then_some(someone),
        ..GateDefinition::default()
    };
    sink.facts().gate_definitions.push(row);
}

/// Keeps that only some may deploy to an environment, where that is so.
pub(super) fn environment(environment: &Environment<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(name) = environment.name.text() else {
        return sink.note("an environment has no `name`");
    };
    let rules = environment.restrictions.get();
    let admins = rules.is_some_and(|rules| rules.admin_only.copied() == Some(true));
    if !admins && environment.deployment_gate_enabled.copied() != Some(true) {
        return sink.nothing("environment", "nobody is kept from deploying to it");
    }
    let repo = sink.repo(said);
    let home = sink.home(repo);
    let uuid = environment.uuid.text().unwrap_or(name);
    let native_id = format!("{}/environment/{uuid}", repo.unwrap_or_default());
    let row = GateDefinition {
        id: sink.id("gate_definitions", &native_id, None),
        source: home.source,
        service: home.service,
        native_status: sink.name(Some(if admins { "admin_only" } else { "deployment_gate" })),
        gate: sink.name(Some(&format!("deploy to {name}"))),
        gate_kind: GateKind::Policy,
        repo: home.repo,
        applies_to: sink.name(Some(name)),
        blocking: Some(true),
        ..GateDefinition::default()
    };
    sink.facts().gate_definitions.push(row);
}
