//! The whole analysis of one service in one pass, told in counts: what `aftercast survey` shows of
//! each service, and what the speed of the analysis is measured on (docs/performance.md).

use std::collections::BTreeMap;

use super::gates::{GATE_LEDGER_TABLES, gate_ledger_of};
use super::incidents::incident_links_of;
use super::patterns::patterns_of;
use super::steps::step_changes_of;
use super::types::{Direction, LayerSums, LinkVerdict, Survey};
use crate::Settings;
use crate::history::ServiceHistory;
use crate::measures::{self, View};
use crate::releases::Releases;

/// Columns that only the evidence of a single review shows; `observed_at` of incidents is read.
const FOR_EVIDENCE: &[&str] = &[
    "url",
    "native_status",
    "observed_at",
    "source",
    "failure_text",
    "quote",
    "channel",
    "closed_at",
    "acknowledged_at",
];

/// Returns the tables that a survey reads.
pub fn survey_tables() -> impl Iterator<Item = &'static str> {
    ServiceHistory::TABLES.iter().chain(GATE_LEDGER_TABLES).copied()
}

/// Returns whether a survey reads a column of one of its tables.
pub fn survey_reads(table: &str, column: &str) -> bool {
    !FOR_EVIDENCE.contains(&column) || (table, column) == ("incidents", "observed_at")
}

/// Analyses a service as a whole.
pub fn survey(history: &ServiceHistory, settings: &Settings) -> Survey {
    let releases = Releases::of(history, settings);
    let view = View { history, releases: &releases, settings };
    let mut lead_times = Vec::with_capacity(releases.len());
    let mut by_category_ms = BTreeMap::new();
    let mut by_layer_ms = LayerSums::default();
    for index in 0..releases.len() {
        let Some((lead_time, _)) = measures::lead_time(view, index) else { continue };
        lead_times.push(lead_time.to_at.since(lead_time.from_at));
        for (category, millis) in &lead_time.by_category_ms {
            *by_category_ms.entry(*category).or_default() += millis;
        }
        let sums = lead_time.by_layer_ms;
        by_layer_ms.work += sums.work;
        by_layer_ms.process += sums.process;
        by_layer_ms.platform += sums.platform;
        by_layer_ms.policy += sums.policy;
        by_layer_ms.unexplained += sums.unexplained;
    }
    lead_times.sort_unstable();
    let ledger = gate_ledger_of(view);
    let mut gates = BTreeMap::new();
    for gate in &ledger.gates {
        *gates.entry(gate.verdict).or_default() += 1;
    }
    let steps = step_changes_of(view);
    let towards = |direction: Direction| {
        steps.changes.iter().filter(|change| change.direction == direction).count()
    };
    let links = incident_links_of(view);
    let points = |verdict: LinkVerdict| {
        use LinkVerdict::{CausedBy, Confirmed, Named, Probably};
        matches!(verdict, Confirmed | Named | CausedBy | Probably)
    };
    let good = patterns_of(view);
    Survey {
        service: history.service().to_owned(),
        rows: history.facts().len(),
        task_runs: history.tasks.len(),
        releases: releases.len(),
        basis: releases.list.first().map(|_| releases.basis),
        first_release_at: releases.list.first().map(|release| release.at),
        last_release_at: releases.list.last().map(|release| release.at),
        lead_times: lead_times.len(),
        median_lead_time_ms: lead_times.get(lead_times.len() / 2).copied(),
        by_category_ms,
        by_layer_ms,
        gates,
        flaky_pairs: ledger.flaky_pairs_total,
        slower: towards(Direction::Slower),
        faster: towards(Direction::Faster),
        incidents: links.incidents.len(),
        incidents_of_releases: links.incidents.iter().filter(|line| points(line.verdict)).count(),
        undone: links.undone.len(),
        patterns: good.features.iter().chain(&good.pairs).filter(|pattern| pattern.kept).count(),
    }
}
