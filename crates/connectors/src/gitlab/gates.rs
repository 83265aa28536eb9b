//! Gates as they are set up: protected environments and branches, rules about approvals, checks,
//! freezes, and what the project asks of a merge.
//!
//! Owns: the rows of definitions. GitLab dates few of them, so that a change of an undated one is
//! seen, but not when it was made.

use aftercast_model::{GateDefinition, GateKind, Timestamp};

use crate::gitlab::merge_requests::APPROVAL;
use crate::gitlab::objects::{
    AccessLevel, ApprovalRule, FreezePeriod, Named, ProjectSettings, ProtectedBranch,
    ProtectedEnvironment, StatusCheck,
};
use crate::json::List;
use crate::sink::Sink;

/// What the definitions of one object share.
struct Base<'b> {
    native_id: String,
    repo: Option<&'b str>,
    at: Option<Timestamp>,
    native_status: Option<&'b str>,
}

fn push(
    base: &Base<'_>,
    gate: &str,
    applies_to: Option<&str>,
    row: &GateDefinition,
    sink: &mut Sink<'_>,
) {
    let home = sink.home(base.repo);
    let native_id = format!("{}/{}", base.repo.unwrap_or_default(), base.native_id);
    let row = GateDefinition {
        id: sink.id("gate_definitions", &native_id, None),
        source: home.source,
        service: home.service,
        observed_at: base.at,
        native_status: sink.name(base.native_status),
        gate: sink.name(Some(gate)),
        repo: home.repo,
        applies_to: sink.name(applies_to),
        changed_at: base.at,
        ..*row
    };
    sink.facts().gate_definitions.push(row);
}

/// Keeps who must approve what goes to an environment; without approvals it says who may deploy.
pub(super) fn environment(
    object: &ProtectedEnvironment<'_>,
    said: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let Some(name) = object.name.text() else {
        return sink.note("a protected environment has no `name`");
    };
    let rules = object.approval_rules.items().filter_map(|rule| rule.required_approvals.copied());
    let by_rules: i64 = rules.fold(0, i64::saturating_add);
    let approvals = by_rules.max(object.required_approval_count.copied().unwrap_or_default());
    let repo = sink.repo(said);
    let base =
        Base { native_id: format!("environment/{name}"), repo, at: None, native_status: None };
    let asks = approvals > 0;
    let gate = if asks { format!("{name} approval") } else { format!("deploy to {name}") };
    let row = GateDefinition {
        gate_kind: if asks { GateKind::Approval } else { GateKind::Policy },
        blocking: Some(true),
        approvals: Some(approvals),
        ..GateDefinition::default()
    };
    push(&base, &gate, Some(name), &row, sink);
}

/// Keeps that a branch is protected; who may push to it may pass by its merge requests.
pub(super) fn branch(object: &ProtectedBranch<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(name) = object.name.text() else {
        return sink.note("a protected branch has no `name`");
    };
    let may = |level: &AccessLevel<'_>| {
        let single = [&level.user_id, &level.group_id, &level.deploy_key_id];
        level.access_level.copied().is_some_and(|level| level > 0)
            || single.iter().any(|id| id.copied().is_some())
    };
    let levels = &object.push_access_levels;
    let bypassable = levels.get().map(|_| levels.items().any(may));
    let said_level = levels.items().next().and_then(|level| level.access_level_description.text());
    let repo = sink.repo(said);
    let base =
        Base { native_id: format!("branch/{name}"), repo, at: None, native_status: said_level };
    let row = GateDefinition {
        gate_kind: GateKind::Policy,
        blocking: Some(true),
        bypassable,
        ..GateDefinition::default()
    };
    push(&base, "protected branch", Some(name), &row, sink);
    if object.code_owner_approval_required.copied() == Some(true) {
        let base = Base { native_id: format!("code_owners/{name}"), ..base };
        let row = GateDefinition { gate_kind: GateKind::Approval, ..row };
        push(&base, "code owner approval", Some(name), &row, sink);
    }
}

fn branches(list: &List<Named<'_>>, all: Option<bool>) -> String {
    let names: Vec<&str> = list.items().filter_map(|branch| branch.name.text()).collect();
    match (names.is_empty(), all) {
        (false, _) => names.join(" "),
        (true, Some(true)) => "protected branches".to_owned(),
        (true, _) => "*".to_owned(),
    }
}

/// Keeps how many approvals a merge request needs.
pub(super) fn approval_rule(object: &ApprovalRule<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(id) = object.id.copied() else { return sink.note("an approval rule has no `id`") };
    let approvals = object.approvals_required.copied();
    let applies =
        branches(&object.protected_branches, object.applies_to_all_protected_branches.copied());
    let base = Base {
        native_id: format!("approval_rule/{id}"),
        repo: sink.repo(said),
        at: None,
        native_status: object.name.text(),
    };
    let row = GateDefinition {
        gate_kind: GateKind::Approval,
        blocking: approvals.map(|approvals| approvals > 0),
        approvals,
        ..GateDefinition::default()
    };
    push(&base, APPROVAL, Some(&applies), &row, sink);
}

/// Keeps that another system is asked about a merge request.
pub(super) fn status_check(object: &StatusCheck<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let (Some(id), Some(name)) = (object.id.copied(), object.name.text()) else {
        return sink.note("an external status check has no `id` or `name`");
    };
    let applies = branches(&object.protected_branches, None);
    let base = Base {
        native_id: format!("status_check/{id}"),
        repo: sink.repo(said),
        at: None,
        native_status: None,
    };
    let row = GateDefinition { gate_kind: GateKind::Check, ..GateDefinition::default() };
    push(&base, name, Some(&applies), &row, sink);
}

/// Keeps a time in which nothing may be deployed. GitLab only tells jobs of it, they must obey.
pub(super) fn freeze(object: &FreezePeriod<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(id) = object.id.copied() else { return sink.note("a freeze period has no `id`") };
    let text = |text: Option<&str>| text.unwrap_or("?").to_owned();
    let window = format!(
        "{} to {} {}",
        text(object.freeze_start.text()),
        text(object.freeze_end.text()),
        object.cron_timezone.text().unwrap_or_default()
    );
    let base = Base {
        native_id: format!("freeze/{id}"),
        repo: sink.repo(said),
        at: object.updated_at.copied(),
        native_status: Some(window.trim()),
    };
    let row = GateDefinition { gate_kind: GateKind::Freeze, ..GateDefinition::default() };
    push(&base, "deploy freeze", None, &row, sink);
}

/// Keeps what a project asks of every merge.
pub(super) fn project(object: &ProjectSettings<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let repo = sink.repo(said.or(object.path_with_namespace.text()));
    let at = object.updated_at.copied();
    let asks = [
        (
            "pipeline must succeed",
            GateKind::Check,
            object.only_allow_merge_if_pipeline_succeeds.copied(),
        ),
        (
            "discussions must be resolved",
            GateKind::Policy,
            object.only_allow_merge_if_all_discussions_are_resolved.copied(),
        ),
    ];
    for (gate, gate_kind, holds) in asks {
        let Some(holds) = holds else { continue };
        let base = Base { native_id: format!("project/{gate}"), repo, at, native_status: None };
        let row = GateDefinition { gate_kind, blocking: Some(holds), ..GateDefinition::default() };
        push(&base, gate, Some("*"), &row, sink);
    }
}
