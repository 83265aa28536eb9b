//! The five keys of DORA over a window, by our definition and by those of other tools.
//!
//! Owns the timeline of deployments and what each definition counts on it. Every definition sees the
//! same rows; what it makes of them follows its documentation (docs/statistics/keys.md names the
//! pages). Must not know pages.

mod datadog;
mod devlake;
mod estimate;
mod fourkeys;
mod gitlab;
mod ours;
mod timeline;

use aftercast_model::FactId;

use crate::measures::{View, counted};
use crate::review::types::{Basis, DefinitionKeys, Key, KeyLine, KeyUnit, KeysWindow};

pub(crate) use timeline::Timeline;

/// Returns the keys by every definition, ours first.
pub(crate) fn keys(view: View<'_>, window: KeysWindow) -> Option<(Timeline, Vec<DefinitionKeys>)> {
    let timeline = Timeline::new(view, window)?;
    let mut all = vec![
        ours::keys(view, &timeline),
        devlake::keys(view, &timeline),
        gitlab::keys(view, &timeline),
        datadog::keys(view, &timeline),
        fourkeys::keys(view, &timeline),
    ];
    let (ours, others) = all.split_at_mut(1);
    for definition in others {
        for (line, ours) in definition.keys.iter_mut().zip(ours.iter().flat_map(|own| &own.keys)) {
            if line.value.is_some() && ours.value.is_some() {
                line.only_here = without(&line.counted, &ours.counted);
                line.only_ours = without(&ours.counted, &line.counted);
            }
        }
    }
    Some((timeline, all))
}

/// The rows of `all` that are not in `other`; both are sorted by [`sorted`].
fn without(all: &[FactId], other: &[FactId]) -> Vec<FactId> {
    all.iter().copied().filter(|id| other.binary_search(id).is_err()).collect()
}

fn sorted(mut rows: Vec<FactId>) -> Vec<FactId> {
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// What a definition finds for one key.
struct Found {
    key: Key,
    definition: &'static str,
    unit: KeyUnit,
    /// Value and interval; `None` with the reason in `why`.
    value: Option<(f64, Option<(f64, f64)>)>,
    n: usize,
    basis: Basis,
    why: String,
    counted: Vec<FactId>,
    differs: &'static str,
}

impl Found {
    fn line(self) -> KeyLine {
        KeyLine {
            key: self.key,
            definition: self.definition.to_owned(),
            value: self.value.map(|(value, _)| value),
            unit: self.unit,
            n: self.n,
            interval: self.value.and_then(|(_, interval)| interval),
            basis: if self.value.is_some() { self.basis } else { Basis::Missing },
            why: self.why,
            counted: sorted(self.counted),
            only_here: Vec::new(),
            only_ours: Vec::new(),
            differs: self.differs.to_owned(),
        }
    }
}

/// The line of a key that a tool does not have.
fn no_rework(tool: &'static str) -> KeyLine {
    Found {
        key: Key::ReworkRate,
        definition: "No such key.",
        unit: KeyUnit::Share,
        value: None,
        n: 0,
        basis: Basis::Missing,
        why: format!("{tool} has four keys"),
        counted: Vec::new(),
        differs: "The tool does not count rework.",
    }
    .line()
}

fn definition(name: &str, title: &str, source: &str, keys: Vec<KeyLine>) -> DefinitionKeys {
    DefinitionKeys {
        name: name.to_owned(),
        title: title.to_owned(),
        source: source.to_owned(),
        keys,
    }
}

/// Returns the frequency of all that was deployed, as tools count that know no repeated deployments.
fn every_deployment(timeline: &Timeline, definition: &'static str) -> KeyLine {
    let rows: Vec<FactId> = timeline.deployed().map(|deployed| deployed.fact).collect();
    Found {
        key: Key::DeploymentFrequency,
        definition,
        unit: KeyUnit::PerDay,
        value: estimate::a_day(rows.len(), timeline.days),
        n: rows.len(),
        basis: Basis::Inferred,
        why: format!("{} in {:.1} days", counted(rows.len(), "deployment"), timeline.days),
        counted: rows,
        differs: "Rollbacks and repeated deployments are deployments.",
    }
    .line()
}

/// Says over how many incidents a time was taken, or what to connect.
fn over_incidents(view: View<'_>, n: usize) -> String {
    if view.history.incidents.is_empty() {
        "not known: connect an incident source".to_owned()
    } else {
        format!("median of {}", counted(n, "incident"))
    }
}
