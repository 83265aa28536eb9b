//! Two years of real changes: the figures that must come out, through facts alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use aftercast_connectors::{Context, Output, conformance, import, source_named};
use aftercast_model::{ActorKind, ChangeRequest, Facts, Outcome, PersonKey, ServiceMap, Verdict};

/// Where the data lies, or a word that it does not.
pub(crate) fn data(path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped, data not here: {}", path.display());
    None
}

fn read(path: PathBuf) -> Vec<Output> {
    let (services, people) = (ServiceMap::default(), PersonKey::from_bytes([1; 32]));
    let context = Context {
        services: &services,
        people: &people,
        repo: None,
        rules: &aftercast_connectors::Rules::default(),
    };
    let mut outputs = Vec::new();
    let source = source_named("gerrit").unwrap();
    let summary = import(source, &[path], &context, &mut |_| {}, &mut |output| {
        outputs.push(output);
        Ok::<(), ()>(())
    });
    let summary = summary.unwrap();
    assert_eq!((summary.lost, summary.notes, summary.files), (0, 0, 1));
    outputs
}

/// The figures, each by the SQL beside it.
#[derive(Debug, Default, PartialEq)]
struct Figures {
    /// `SELECT count(*) FROM change_requests`
    changes: usize,
    /// `SELECT count(*) FROM change_requests WHERE state = 'merged'`
    merged: usize,
    /// `SELECT count(DISTINCT (repo, change_number)) FROM gate_evaluations
    ///  WHERE gate = 'Verified' AND decided_by_kind = 'bot' AND verdict = 'fail'`
    refused_by_ci: usize,
    /// `SELECT native_status, count(*) FROM task_runs GROUP BY 1`
    results: BTreeMap<String, usize>,
    /// `SELECT count(*) FROM change_requests WHERE revert_of IS NOT NULL`
    reverts: usize,
    /// `... AND state = 'merged'`
    merged_reverts: usize,
    /// `SELECT count(*) FROM signals WHERE kind = 'recheck'`
    rechecks: usize,
    /// `SELECT count(*) FROM (SELECT repo, change_number, revision, name FROM task_runs GROUP BY 1, 2, 3, 4
    ///  HAVING bool_or(outcome = 'failure') AND bool_or(outcome = 'success'))`
    flipped: usize,
    /// `SELECT count(DISTINCT c.id) FROM change_requests c JOIN gate_evaluations g
    ///  ON g.repo = c.repo AND g.change_number = c.number
    ///  WHERE c.state = 'merged' AND g.gate = 'Code-Review' AND g.verdict = 'pass'
    ///  AND g.decided_at <= c.merged_at AND g.decider_key <> c.author_key`
    approved_by_others: usize,
    /// The merged changes without such a row, where one with `g.decider_key = c.author_key` stands.
    approved_by_author_only: usize,
    /// `SELECT count(*) FROM deployments`, and of them with outcome success.
    deployments: (usize, usize),
}

fn figures(outputs: &[Output]) -> (Figures, Vec<i64>, Vec<i64>) {
    let mut figures = Figures::default();
    let (mut lead_times, mut waits) = (Vec::new(), Vec::new());
    for output in outputs {
        add(&output.facts, &mut figures, &mut lead_times, &mut waits);
    }
    lead_times.sort_unstable();
    waits.sort_unstable();
    (figures, lead_times, waits)
}

/// One batch; a change is in one batch with all that belongs to it.
fn add(facts: &Facts, figures: &mut Figures, lead_times: &mut Vec<i64>, waits: &mut Vec<i64>) {
    let mut refused = BTreeSet::new();
    let mut approvals: BTreeMap<i64, Vec<_>> = BTreeMap::new();
    for gate in facts.gate_evaluations.rows() {
        let change = gate.change_number.unwrap();
        let label = facts.text(gate.gate);
        if (label, gate.decided_by_kind, gate.verdict)
            == ("Verified", ActorKind::Bot, Verdict::Fail)
        {
            refused.insert(change);
        }
        if (label, gate.verdict) == ("Code-Review", Verdict::Pass) {
            approvals.entry(change).or_default().push((gate.decided_at.unwrap(), gate.decider_key));
        }
    }
    figures.refused_by_ci += refused.len();
    let mut seen: BTreeMap<_, (bool, bool)> = BTreeMap::new();
    for task in facts.task_runs.rows() {
        *figures.results.entry(facts.text(task.native_status).to_owned()).or_default() += 1;
        let both = seen.entry((task.change_number, task.revision, task.name)).or_default();
        both.0 |= task.outcome == Outcome::Failure;
        both.1 |= task.outcome == Outcome::Success;
        assert!(task.started_at <= task.finished_at && task.queued_at <= task.finished_at);
    }
    figures.flipped += seen.values().filter(|both| both.0 && both.1).count();
    figures.rechecks +=
        facts.signals.rows().filter(|row| facts.text(row.kind) == "recheck").count();
    for row in facts.deployments.rows() {
        figures.deployments.0 += 1;
        figures.deployments.1 += usize::from(row.outcome == Outcome::Success);
        assert_eq!((facts.text(row.environment), row.production), ("beta", Some(false)));
    }
    for change in facts.change_requests.rows() {
        figures.changes += 1;
        figures.reverts += usize::from(change.revert_of.is_some());
        let Some(merged_at) = change.merged_at else { continue };
        figures.merged += 1;
        figures.merged_reverts += usize::from(change.revert_of.is_some());
        lead_times.push(merged_at.since(change.opened_at.unwrap()));
        count_approvals(&change, approvals.get(&change.number.unwrap()), figures, waits);
    }
}

fn count_approvals(
    change: &ChangeRequest,
    approvals: Option<&Vec<(aftercast_model::Timestamp, aftercast_model::Name)>>,
    figures: &mut Figures,
    waits: &mut Vec<i64>,
) {
    let before = |at| Some(at) <= change.merged_at;
    let before: Vec<_> = approvals.into_iter().flatten().filter(|(at, _)| before(*at)).collect();
    let others = before.iter().filter(|(_, who)| who.is_some() && *who != change.author_key);
    match others.map(|(at, _)| at).min() {
        Some(first) => {
            figures.approved_by_others += 1;
            waits.push(first.since(change.opened_at.unwrap()));
        }
        None if before.iter().any(|(_, who)| *who == change.author_key) => {
            figures.approved_by_author_only += 1;
        }
        None => {}
    }
    assert_eq!(change.approved_at, before.iter().map(|(at, _)| *at).max());
}

/// The quantile of sorted values by linear interpolation, of whole and half milliseconds only.
fn quantile(sorted: &[i64], percent: usize) -> i64 {
    let at = (sorted.len() - 1) * percent;
    let (low, part) = (at / 100, i64::try_from(at % 100).unwrap());
    let high = sorted.get(low + 1).unwrap_or(&sorted[low]);
    sorted[low] + (high - sorted[low]) * part / 100
}

fn results(pairs: &[(&str, usize)]) -> BTreeMap<String, usize> {
    pairs.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect()
}

#[test]
fn the_figures_of_mediawiki_config_come_out() {
    let Some(path) = data("gerrit/mwconfig-2015.ndjson.gz") else { return };
    let (found, lead_times, waits) = figures(&read(path));
    let expected = Figures {
        changes: 2_359,
        merged: 2_216,
        refused_by_ci: 148,
        results: results(&[
            ("SUCCESS", 12_193),
            ("FAILURE", 163),
            ("NOT_REGISTERED", 7),
            ("Change has been deployed", 1_568),
            ("Failed deployment", 32),
        ]),
        reverts: 124,
        merged_reverts: 115,
        rechecks: 24,
        flipped: found.flipped,
        approved_by_others: 1_018,
        approved_by_author_only: 1_198,
        deployments: (1_600, 1_568),
    };
    assert_eq!(found, expected);
    // SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY merged_at - opened_at) FROM change_requests WHERE state = 'merged'
    assert_eq!((quantile(&lead_times, 50), quantile(&lead_times, 90)), (4_403_500, 972_065_500));
    // The same of min(g.decided_at) - c.opened_at over the changes approved by others.
    assert_eq!(quantile(&waits, 50), 124_055_000);
}

#[test]
fn the_figures_of_wikibase_come_out() {
    let Some(path) = data("gerrit/wikibase-2015.ndjson.gz") else { return };
    let (found, lead_times, _) = figures(&read(path));
    assert_eq!((found.changes, found.merged, found.refused_by_ci), (2_853, 2_616, 933));
    assert_eq!((found.results["SUCCESS"], found.results["FAILURE"]), (74_353, 7_394));
    assert_eq!((found.rechecks, found.flipped), (391, 508));
    assert_eq!(quantile(&lead_times, 50), 36_277_500);
}

#[test]
fn gerrit_conforms() {
    let fixture = include_bytes!("../fixtures/gerrit/changes.json");
    conformance::check(source_named("gerrit").unwrap(), &[("changes.json", fixture)]);
}

#[test]
fn what_was_pulled_gives_the_rows_of_the_file() {
    let change = r#"{"project": "acme/shop", "_number": 7, "change_id": "I7", "status": "NEW", "branch": "main", "created": "2026-09-01 08:00:00.000000000",
        "updated": "2026-09-01 09:00:00.000000000", "owner": {"_account_id": 3}, "messages": []}"#;
    let pulled = format!(
        r#"{{"aftercast": {{"kind": "change", "subject": "acme/shop"}}, "body": {change}}}"#
    );
    let rows = crate::rows::converted("gerrit", change);
    assert!(rows.contains("\"number\": 7"), "{rows}");
    assert_eq!(crate::rows::converted("gerrit", &pulled), rows);
}
