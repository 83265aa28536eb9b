//! The parts that are folded: findings, gates, notes, and the rows behind the numbers.

use std::fmt::Write as _;

use aftercast_analysis::review::{FindingSeverity, GateLine, Review};
use aftercast_model::human_duration;

use super::{folded, prose};
use crate::escape::link;
use crate::escape::markdown::{self as escape, Place};
use crate::view::{layer, moment, verdict};

/// More rows than this are for the full report.
const MOST_ROWS: usize = 100;

pub(super) fn findings(review: &Review) -> String {
    if review.findings.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for finding in review.findings.iter().take(MOST_ROWS) {
        let mark = match finding.severity {
            FindingSeverity::Warning => "Worth a change",
            FindingSeverity::Notice => "Worth a look",
            FindingSeverity::Good => "Good",
        };
        let layer = finding.layer.map(|of| format!(", {}", layer(of))).unwrap_or_default();
        _ = write!(text, "- **{mark}{layer}:** {}", prose(&finding.says));
        if let Some(suggestion) = &finding.suggestion {
            _ = write!(text, " → {}", prose(suggestion));
        }
        text.push('\n');
    }
    text.push_str(&rest(review.findings.len()));
    folded(&format!("Findings ({})", review.findings.len()), &text)
}

pub(super) fn gates(review: &Review) -> String {
    if review.gates.is_empty() {
        return String::new();
    }
    let mut text = "| Gate | Verdict | Runs | Caught | Flaky | Infra | Bypassed | Missed | \
        Checked nothing | Waiting | Why |\n\
        |:--|:--|--:|--:|--:|--:|--:|--:|--:|--:|:--|\n"
        .to_owned();
    for gate in review.gates.iter().take(MOST_ROWS) {
        text.push_str(&gate_row(gate));
    }
    text.push_str("\nA question mark: not known.\n");
    text.push_str(&rest(review.gates.len()));
    folded(&format!("Gates ({})", review.gates.len()), &text)
}

fn gate_row(gate: &GateLine) -> String {
    let count = |n: Option<usize>| n.map_or_else(|| "?".to_owned(), |n| n.to_string());
    format!(
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
        escape::code(&gate.gate, 60, Place::Cell),
        escape::name(&verdict(&gate.verdict), 30),
        gate.runs,
        count(gate.caught),
        count(gate.flaky),
        count(gate.infra),
        count(gate.bypassed),
        count(gate.escaped),
        count(gate.vacuous),
        gate.wait_ms.map_or_else(|| "?".to_owned(), human_duration),
        escape::sentence(&gate.why, Place::Cell),
    )
}

pub(super) fn notes(review: &Review) -> String {
    if review.notes.is_empty() {
        return String::new();
    }
    let mut text = "#### To trust this page, know that\n\n".to_owned();
    for note in review.notes.iter().take(MOST_ROWS) {
        _ = writeln!(text, "- {}", prose(note));
    }
    text.push_str(&rest(review.notes.len()));
    text.push('\n');
    text
}

pub(super) fn evidence(review: &Review) -> String {
    if review.evidence.is_empty() {
        return String::new();
    }
    let mut rows: Vec<_> = review.evidence.values().collect();
    rows.sort_by_key(|row| (row.at, &row.says));
    let mut text = "| When | Row | Table |\n|:--|:--|:--|\n".to_owned();
    for row in rows.into_iter().take(MOST_ROWS) {
        let says = escape::sentence(&row.says, Place::Cell);
        let says = match row.url.as_deref().and_then(link::http) {
            Some(url) => format!("{says} [open](<{url}>)"),
            None => says,
        };
        _ = writeln!(
            text,
            "| {} | {says} | {} |",
            row.at.map_or_else(|| "not known".to_owned(), moment),
            escape::name(&row.table, 40),
        );
    }
    text.push_str(&rest(review.evidence.len()));
    folded(&format!("The rows behind the numbers ({})", review.evidence.len()), &text)
}

/// Returns how many were not shown.
fn rest(total: usize) -> String {
    match total.saturating_sub(MOST_ROWS) {
        0 => String::new(),
        more => format!("\n{more} more in the full report.\n"),
    }
}
