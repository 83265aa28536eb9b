//! The rows behind the ids of a review, each in a short text.

use std::collections::{BTreeMap, HashSet};

use aftercast_model::{Code, FactId, Name, Outcome, TestOutcome, Timestamp};

use super::types::{EvidenceRow, Review};
use crate::history::{Row, ServiceHistory, cell, short};

/// Returns the rows of every id that `review` names.
pub(super) fn rows(history: &ServiceHistory, review: &Review) -> BTreeMap<String, EvidenceRow> {
    let wanted = ids(review);
    let mut found = BTreeMap::new();
    if wanted.is_empty() {
        return found;
    }
    let facts = history.facts();
    let text = |name: Name| facts.text(name);
    let mut collect = |table: &str,
                       ids: &[FactId],
                       urls: &[Name],
                       says: &dyn Fn(Row) -> (String, Option<Timestamp>)| {
        for (row, id) in (0_u32..).zip(ids) {
            if wanted.contains(id) {
                let (says, at) = says(row);
                let url = facts.names.get(cell(urls, row)).map(str::to_owned);
                let row = EvidenceRow { table: table.to_owned(), says, at, url };
                found.insert(id.to_string(), row);
            }
        }
    };
    let t = &facts.commits;
    collect("commits", &t.id, &t.url, &|row| {
        let at = cell(&t.authored_at, row).or(cell(&t.committed_at, row));
        (format!("commit `{}` written", short(text(cell(&t.sha, row)))), at)
    });
    let t = &facts.change_requests;
    collect("change_requests", &t.id, &t.url, &|row| {
        let name = history.change_name(row);
        match cell(&t.merged_at, row) {
            Some(at) => (format!("change {name} merged"), Some(at)),
            None => (format!("change {name} opened"), cell(&t.opened_at, row)),
        }
    });
    let t = &facts.pipeline_runs;
    collect("pipeline_runs", &t.id, &t.url, &|row| {
        let what = ended(text(cell(&t.pipeline, row)), cell(&t.outcome, row));
        let on = subject(cell(&t.change_number, row), None, text(cell(&t.sha, row)));
        (format!("{what}{on}"), cell(&t.finished_at, row).or(cell(&t.started_at, row)))
    });
    let t = &facts.task_runs;
    collect("task_runs", &t.id, &t.url, &|row| {
        let what = ended(text(cell(&t.name, row)), cell(&t.outcome, row));
        let revision = cell(&t.revision, row);
        let on = subject(cell(&t.change_number, row), revision, text(cell(&t.sha, row)));
        (format!("{what}{on}"), cell(&t.finished_at, row).or(cell(&t.started_at, row)))
    });
    let t = &facts.gate_evaluations;
    collect("gate_evaluations", &t.id, &t.url, &|row| {
        let on = subject(
            cell(&t.change_number, row),
            cell(&t.revision, row),
            text(cell(&t.subject, row)),
        );
        let verdict = cell(&t.verdict, row).word();
        (format!("`{}` said {verdict}{on}", text(cell(&t.gate, row))), cell(&t.decided_at, row))
    });
    let t = &facts.deployments;
    collect("deployments", &t.id, &t.url, &|row| {
        let version = text(cell(&t.version, row));
        let what = if version.is_empty() { short(text(cell(&t.sha, row))) } else { version };
        let says = format!(
            "deployment of {what} to {}: {}",
            text(cell(&t.environment, row)),
            cell(&t.outcome, row).word()
        );
        (says, cell(&t.finished_at, row).or(cell(&t.started_at, row)).or(cell(&t.created_at, row)))
    });
    let t = &facts.release_tags;
    collect("release_tags", &t.id, &t.url, &|row| {
        let kind = text(cell(&t.kind, row));
        let kind = if kind.is_empty() { "tag" } else { kind };
        let at = cell(&t.published_at, row).or(cell(&t.tagged_at, row));
        (format!("{kind} `{}`", text(cell(&t.tag, row))), at)
    });
    let t = &facts.incidents;
    collect("incidents", &t.id, &t.url, &|row| {
        let at = cell(&t.started_at, row).or(cell(&t.detected_at, row));
        (format!("incident: {}", text(cell(&t.title, row))), at)
    });
    let t = &facts.test_results;
    collect("test_results", &t.id, &t.url, &|row| {
        let how = match cell(&t.outcome, row) {
            TestOutcome::Passed => "passed",
            TestOutcome::Failed => "failed",
            TestOutcome::Skipped => "was skipped",
            TestOutcome::Error => "broke",
            TestOutcome::Unknown => "ended, nobody knows how",
        };
        let at = cell(&t.started_at, row).or(cell(&t.observed_at, row));
        (format!("test `{}` {how}", text(cell(&t.name, row))), at)
    });
    let t = &facts.signals;
    collect("signals", &t.id, &t.url, &|row| {
        (format!("`{}` said", text(cell(&t.kind, row))), cell(&t.said_at, row))
    });
    let t = &facts.rollouts;
    collect("rollouts", &t.id, &t.url, &|row| {
        let (rollout, version) = (text(cell(&t.rollout, row)), text(cell(&t.version, row)));
        let what = format!("rollout `{rollout}` {version}");
        (what.trim_end().to_owned(), cell(&t.reached_at, row))
    });
    let t = &facts.gate_definitions;
    collect("gate_definitions", &t.id, &t.url, &|row| {
        (format!("gate `{}` as it is set up", text(cell(&t.gate, row))), cell(&t.changed_at, row))
    });
    found
}

fn ids(review: &Review) -> HashSet<FactId> {
    let numbers = &review.numbers;
    let numbers = [
        &numbers.lead_time_ms,
        &numbers.failed_builds,
        &numbers.approval_wait_ms,
        &numbers.manual_steps,
        &numbers.incidents,
    ];
    let segments = review.lead_time.iter().flat_map(|lead_time| &lead_time.segments);
    numbers
        .into_iter()
        .flat_map(|number| &number.evidence)
        .chain(segments.flat_map(|segment| &segment.evidence))
        .chain(review.questions.iter().flat_map(|answer| &answer.evidence))
        .chain(review.findings.iter().flat_map(|finding| &finding.evidence))
        .copied()
        .collect()
}

/// "`phpunit` failed", "`phpunit` success".
fn ended(name: &str, outcome: Outcome) -> String {
    let how = match outcome {
        Outcome::Success => "passed",
        Outcome::Failure => "failed",
        Outcome::Cancelled => "was cancelled",
        Outcome::Skipped => "was skipped",
        Outcome::TimedOut => "timed out",
        Outcome::Error => "could not run",
        Outcome::Running => "is running",
        Outcome::Unknown => "ended, nobody knows how",
    };
    if name.is_empty() { format!("a build {how}") } else { format!("`{name}` {how}") }
}

/// " on change 230703/1", " on `abc`", or nothing.
fn subject(change: Option<i64>, revision: Option<i64>, other: &str) -> String {
    match (change, revision) {
        (Some(change), Some(revision)) => format!(" on change {change}/{revision}"),
        (Some(change), None) => format!(" on change {change}"),
        (None, _) if other.is_empty() => String::new(),
        (None, _) => format!(" on `{}`", short(other)),
    }
}
