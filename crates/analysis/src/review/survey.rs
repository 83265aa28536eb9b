//! The whole analysis of one service in one pass, told in counts: what `aftercast survey` shows of
//! each service, and what the speed of the analysis is measured on (docs/performance.md).

use std::collections::BTreeMap;

use super::types::{LayerSums, Survey};
use crate::Settings;
use crate::history::ServiceHistory;
use crate::measures::{self, View};
use crate::releases::Releases;

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
    }
}
