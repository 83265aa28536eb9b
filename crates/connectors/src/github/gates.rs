//! Gates as they are set up: environments, rulesets, protected branches.
//!
//! Owns: which rule is which kind of gate, and what evaluations call it. A rule has the same id
//! whether its ruleset or the list of a branch's rules tells of it. Must not know evaluations.

use aftercast_model::{GateDefinition, GateKind, Timestamp};

use crate::github::accounts::{fact_id, repo_in_url};
use crate::github::objects::{Environment, Guarded, Parameters, Protection, Rule, Ruleset};
use crate::github::waits::{gate_name, rule_kind};
use crate::sink::{Home, Sink};

const MINUTE_MS: i64 = 60_000;

/// What rules share.
#[derive(Clone, Copy)]
struct Scope<'s> {
    home: Home,
    /// What names the rules' owner in ids.
    owner: &'s str,
    applies_to: Option<&'s str>,
    blocking: Option<bool>,
    bypassable: Option<bool>,
    changed_at: Option<Timestamp>,
    url: Option<&'s str>,
}

/// One gate.
struct Gate<'g> {
    /// What tells it from others of the same owner.
    key: String,
    name: String,
    kind: GateKind,
    word: &'g str,
    approvals: Option<i64>,
    wait_ms: Option<i64>,
}

impl<'g> Gate<'g> {
    fn new(word: &'g str, key: String, name: String, kind: GateKind) -> Self {
        Self { key, name, kind, word, approvals: None, wait_ms: None }
    }
}

fn keep(gate: &Gate<'_>, scope: Scope<'_>, sink: &mut Sink<'_>) {
    let native_id = format!("{}/{}", scope.owner, gate.key);
    let row = GateDefinition {
        id: fact_id("gate_definitions", &native_id, None),
        source: scope.home.source,
        service: scope.home.service,
        observed_at: scope.changed_at,
        url: sink.name(scope.url),
        native_status: sink.name(Some(gate.word)),
        gate: sink.name(Some(&gate.name)),
        gate_kind: gate.kind,
        repo: scope.home.repo,
        applies_to: sink.name(scope.applies_to),
        blocking: scope.blocking,
        approvals: gate.approvals,
        wait_ms: gate.wait_ms,
        bypassable: scope.bypassable,
        changed_at: scope.changed_at,
    };
    sink.facts().gate_definitions.push(row);
}

/// Keeps the gates that lie inside of a repository.
pub(super) fn repository(guarded: &Guarded<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let repo = guarded.full_name.text().or(said);
    let branch = guarded.default_branch.text();
    let inside = guarded.rules.get().is_some()
        || guarded.rulesets.get().is_some()
        || guarded.environments.get().is_some()
        || guarded.protection.get().is_some();
    if !inside {
        return sink.nothing("repository", "it says nothing about a delivery");
    }
    for one in guarded.rules.items() {
        branch_rule(one, branch, repo, sink);
    }
    for one in guarded.rulesets.items() {
        ruleset(one.full.get().map_or(one, AsRef::as_ref), branch, repo, sink);
    }
    if let Some(protection) = guarded.protection.get() {
        protected(protection, branch, repo, sink);
    }
    for one in guarded.environments.items() {
        environment(one, repo, sink);
    }
}

/// Keeps what protects an environment.
pub(super) fn environment(of: &Environment<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let url = of.html_url.text().or(of.url.text());
    let repo = sink.repo(said.or(url.and_then(repo_in_url)));
    let home = sink.home(repo);
    let Some(name) = of.name.text() else { return sink.note("an environment has no `name`") };
    let owner = format!("environment/{}/{name}", repo.unwrap_or_default());
    let scope = Scope {
        home,
        owner: &owner,
        applies_to: Some(name),
        blocking: Some(true),
        bypassable: of.can_admins_bypass.copied(),
        changed_at: of.updated_at.copied(),
        url: of.html_url.text(),
    };
    for rule in of.protection_rules.items() {
        let Some(word) = rule.kind.text() else {
            sink.note("a protection rule has no `type`");
            continue;
        };
        let kind = rule_kind(Some(word));
        let app = rule.app.get().and_then(|app| app.slug.text());
        let key = match (kind, rule.id.copied()) {
            (GateKind::Check, Some(id)) => format!("{word}/{id}"),
            _ => word.to_owned(),
        };
        let name = match app {
            Some(app) if kind == GateKind::Check => format!("{name} {app}"),
            _ => gate_name(name, kind),
        };
        let gate = Gate {
            // One of the reviewers is enough, however many there are.
            approvals: (kind == GateKind::Approval).then_some(1),
            wait_ms: rule.wait_timer.copied().map(|minutes| minutes.saturating_mul(MINUTE_MS)),
            ..Gate::new(word, key, name, kind)
        };
        keep(&gate, scope, sink);
    }
    if of.protection_rules.items().next().is_none() {
        sink.nothing("environment", "nothing protects it");
    }
}

/// Keeps a ruleset's rules.
pub(super) fn ruleset(
    of: &Ruleset<'_>,
    default_branch: Option<&str>,
    said: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let Some(id) = of.id.copied() else { return sink.note("a ruleset has no `id`") };
    let enforcement = of.enforcement.text();
    if enforcement == Some("disabled") {
        return sink.nothing("ruleset", "it is disabled");
    }
    let own = of.source.text().filter(|_| of.source_type.text() == Some("Repository"));
    let repo = sink.repo(said.or(own));
    let home = sink.home(repo);
    let names = of.conditions.get().and_then(|conditions| conditions.ref_name.get());
    let names: Vec<String> = names
        .into_iter()
        .flat_map(|names| names.include.items())
        .map(|name| match (name.as_ref(), default_branch) {
            ("~DEFAULT_BRANCH", Some(branch)) => branch.to_owned(),
            ("~ALL", _) => "*".to_owned(),
            (name, _) => name.strip_prefix("refs/heads/").unwrap_or(name).to_owned(),
        })
        .collect();
    let applies_to = names.join(" ");
    let link = of.links.get().and_then(|links| links.html.get());
    let owner = format!("ruleset/{id}");
    let scope = Scope {
        home,
        owner: &owner,
        applies_to: Some(applies_to.as_str()).filter(|names| !names.is_empty()),
        blocking: enforcement.map(|word| word == "active"),
        bypassable: of.bypass_actors.get().map(|actors| !actors.is_empty()),
        changed_at: of.updated_at.copied(),
        url: link.and_then(|link| link.href.text()),
    };
    for one in of.rules.items() {
        rule(one, scope, sink);
    }
    if of.rules.items().next().is_none() {
        sink.nothing("ruleset", "it has no rules; a list leaves them out");
    }
}

/// Keeps a rule that holds for `branch`, wherever it was set up.
pub(super) fn branch_rule(
    of: &Rule<'_>,
    branch: Option<&str>,
    said: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let own =
        of.ruleset_source.text().filter(|_| of.ruleset_source_type.text() == Some("Repository"));
    let repo = sink.repo(said.or(own));
    let home = sink.home(repo);
    let owner = format!("ruleset/{}", of.ruleset_id.copied().unwrap_or_default());
    // Only rules that are active are listed; the list does not tell who may overrule them, or since when.
    let scope = Scope {
        home,
        owner: &owner,
        applies_to: branch,
        blocking: Some(true),
        bypassable: None,
        changed_at: None,
        url: None,
    };
    rule(of, scope, sink);
}

/// Keeps the older kind of protection of a branch.
fn protected(of: &Protection<'_>, branch: Option<&str>, repo: Option<&str>, sink: &mut Sink<'_>) {
    let repo = sink.repo(repo);
    let home = sink.home(repo);
    let branch_name = branch.unwrap_or_default();
    let owner = format!("protection/{}/{branch_name}", repo.unwrap_or_default());
    let admins = of.enforce_admins.get().and_then(|switch| switch.enabled.copied());
    let scope = Scope {
        home,
        owner: &owner,
        applies_to: branch,
        blocking: Some(true),
        bypassable: admins.map(|enforced| !enforced),
        changed_at: None,
        url: None,
    };
    if let Some(checks) = of.required_status_checks.get() {
        let named = checks.checks.items().filter_map(|check| check.context.text());
        let mut contexts: Vec<&str> =
            named.chain(checks.contexts.items().map(AsRef::as_ref)).collect();
        contexts.sort_unstable();
        contexts.dedup();
        for context in contexts {
            let word = "required_status_checks";
            let key = format!("{word}/{context}");
            keep(&Gate::new(word, key, context.to_owned(), GateKind::Check), scope, sink);
        }
    }
    if let Some(reviews) = of.required_pull_request_reviews.get() {
        keep(&review("required_pull_request_reviews", Some(reviews)), scope, sink);
    }
}

fn review<'g>(word: &'g str, parameters: Option<&Parameters<'_>>) -> Gate<'g> {
    let count = parameters.and_then(|of| of.required_approving_review_count.copied());
    if count == Some(0) {
        return Gate::new(word, word.to_owned(), "pull request".to_owned(), GateKind::Policy);
    }
    let gate = Gate::new(word, word.to_owned(), "review".to_owned(), GateKind::Approval);
    Gate { approvals: count, ..gate }
}

fn rule(of: &Rule<'_>, scope: Scope<'_>, sink: &mut Sink<'_>) {
    let Some(word) = of.kind.text() else { return sink.note("a rule has no `type`") };
    let parameters = of.parameters.get();
    // A rule with a list is a gate for each element.
    let each = |names: Vec<(String, String)>, kind: GateKind| -> Vec<Gate<'_>> {
        names
            .into_iter()
            .map(|(key, name)| Gate::new(word, format!("{word}/{key}"), name, kind))
            .collect()
    };
    let same = |name: &str| (name.to_owned(), name.to_owned());
    let gates = match (word, parameters) {
        ("pull_request", _) => vec![review(word, parameters)],
        ("required_status_checks", Some(of)) => {
            let checks = of.required_status_checks.items();
            each(checks.filter_map(|one| one.context.text()).map(same).collect(), GateKind::Check)
        }
        ("required_deployments", Some(of)) => {
            let names = of.required_deployment_environments.items();
            let named = names.map(|name| (name.to_string(), format!("{name} deployment")));
            each(named.collect(), GateKind::Policy)
        }
        ("code_scanning", Some(of)) => {
            let tools = of.code_scanning_tools.items().filter_map(|one| one.tool.text());
            let named = tools.map(|tool| (tool.to_owned(), scanning_name(tool)));
            each(named.collect(), GateKind::Scan)
        }
        ("workflows", Some(of)) => {
            let paths = of.workflows.items().filter_map(|one| one.path.text());
            each(paths.map(same).collect(), GateKind::Check)
        }
        ("merge_queue", _) => {
            let minutes = parameters.and_then(|of| of.min_entries_to_merge_wait_minutes.copied());
            let gate = Gate::new(word, word.to_owned(), "merge queue".to_owned(), GateKind::Lock);
            vec![Gate { wait_ms: minutes.map(|of| of.saturating_mul(MINUTE_MS)), ..gate }]
        }
        _ => {
            let kind = match word {
                "code_quality" | "code_coverage" => GateKind::Quality,
                "copilot_code_review" => GateKind::Check,
                _ => GateKind::Policy,
            };
            vec![Gate::new(word, word.to_owned(), word.replace('_', " "), kind)]
        }
    };
    for gate in gates {
        keep(&gate, scope, sink);
    }
}

/// Returns what the gate of a code scanner is called.
pub(super) fn scanning_name(tool: &str) -> String {
    format!("code scanning: {tool}")
}
