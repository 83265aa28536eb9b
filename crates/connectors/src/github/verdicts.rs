//! Verdicts of rules and scanners: rule suites, code scanning analyses.
//!
//! Owns: pass, fail and bypass of a push or merge; what a scan found. Must not know how the gates
//! are set up.

use aftercast_model::{ActorKind, GateEvaluation, GateKind, SubjectKind, Verdict};

use crate::github::accounts::{fact_id, repo_in_url};
use crate::github::gates::scanning_name;
use crate::github::objects::{Analysis, RuleSuite};
use crate::sink::Sink;

/// Keeps how each rule judged a push or merge.
pub(super) fn rule_suite(suite: &RuleSuite<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let suite = suite.whole.get().map_or(suite, AsRef::as_ref);
    let Some(id) = suite.id.copied() else { return sink.note("a rule suite has no `id`") };
    let repo = sink.repo(said);
    let home = sink.home(repo);
    let bypassed = suite.result.text() == Some("bypass");
    let at = suite.pushed_at.copied();
    if suite.rule_evaluations.items().next().is_none() {
        return sink.nothing("rule suite", "a list leaves out how its rules judged");
    }
    for one in suite.rule_evaluations.items() {
        let word = one.rule_type.text().unwrap_or("rule");
        let ruleset = one.rule_source.get().and_then(|source| source.id.copied());
        let native_id = format!("rule_suite/{id}/{}/{word}", ruleset.unwrap_or_default());
        let active = one.enforcement.text().map(|word| word == "active");
        let failed = one.result.text() == Some("fail");
        let overruled = bypassed && failed && active != Some(false);
        let row = GateEvaluation {
            id: fact_id("gate_evaluations", &native_id, None),
            source: home.source,
            service: home.service,
            observed_at: at,
            native_status: sink.name(one.result.text()),
            gate: sink.name(Some(&format!("rule: {}", word.replace('_', " ")))),
            gate_kind: GateKind::Policy,
            subject_kind: SubjectKind::Sha,
            subject: sink.name(suite.after_sha.text()),
            repo: home.repo,
            sha: sink.name(suite.after_sha.text()),
            decided_at: at,
            verdict: match one.result.text() {
                Some("pass") => Verdict::Pass,
                _ if overruled => Verdict::Bypass,
                Some("fail") => Verdict::Fail,
                Some("error") => Verdict::Error,
                _ => Verdict::Unknown,
            },
            blocking: active,
            could_fail: Some(true),
            // The system judges; a person overrules it.
            decided_by_kind: if overruled { ActorKind::Unknown } else { ActorKind::System },
            decider_key: sink.person(suite.actor_name.text().filter(|_| overruled), false),
            method: sink.name(Some("rule suite pushed_at")),
            confidence: Some(100),
            ..GateEvaluation::default()
        };
        sink.facts().gate_evaluations.push(row);
    }
}

/// Keeps what a code scanner found in a commit.
pub(super) fn analysis(analysis: &Analysis<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(id) = analysis.id.copied() else { return sink.note("an analysis has no `id`") };
    let url = analysis.url.text();
    let repo = sink.repo(said.or(url.and_then(repo_in_url)));
    let home = sink.home(repo);
    let tool = analysis.tool.get().and_then(|tool| tool.name.text().or(tool.tool.text()));
    let at = analysis.created_at.copied();
    let found = analysis.results_count.copied();
    // refs/pull/42/merge
    let number = analysis
        .git_ref
        .text()
        .and_then(|name| name.strip_prefix("refs/pull/")?.split('/').next()?.parse().ok());
    let error = analysis.error.text();
    let row = GateEvaluation {
        id: fact_id("gate_evaluations", &format!("analysis/{id}"), None),
        source: home.source,
        service: home.service,
        observed_at: at,
        url: sink.name(url),
        native_status: sink.name(error.map(|_| "error").or(analysis.category.text())),
        gate: sink.name(Some(&scanning_name(tool.unwrap_or("unknown")))),
        gate_kind: GateKind::Scan,
        subject_kind: SubjectKind::Sha,
        subject: sink.name(analysis.commit_sha.text()),
        repo: home.repo,
        sha: sink.name(analysis.commit_sha.text()),
        change_number: number,
        decided_at: at,
        verdict: match (error, found) {
            (Some(_), _) => Verdict::Error,
            (None, Some(0)) => Verdict::Pass,
            (None, Some(_)) => Verdict::Warn,
            (None, None) => Verdict::Unknown,
        },
        // Without rules nothing can be found.
        could_fail: analysis.rules_count.copied().map(|rules| rules > 0),
        decided_by_kind: ActorKind::Bot,
        method: sink.name(Some("analysis created_at")),
        confidence: Some(100),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}
