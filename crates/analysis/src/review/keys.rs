//! The page of the five keys: values with n and interval, and how other tools count the same rows.

use super::simulated::labelled;
use super::types::{
    DefinitionKeys, DeliveryKeys, Key, KeyLine, KeyUnit, KeysWindow, SCHEMA_VERSION,
};
use crate::Settings;
use crate::history::ServiceHistory;
use crate::measures::{self, View, counted, percent};
use crate::releases::Releases;

/// Returns the five keys of a service over a window, by our definition and by those of other tools.
pub fn delivery_keys(
    history: &ServiceHistory,
    settings: &Settings,
    window: KeysWindow,
) -> DeliveryKeys {
    let releases = Releases::of(history, settings);
    let view = View { history, releases: &releases, settings };
    let service = history.service().to_owned();
    let Some((timeline, definitions)) = measures::keys::keys(view, window) else {
        return DeliveryKeys {
            schema_version: SCHEMA_VERSION,
            service,
            from_at: None,
            to_at: None,
            days: 0.0,
            basis: None,
            says: vec![
                "Not known: no release is known; connect deployments, tags or git.".to_owned(),
            ],
            definitions: Vec::new(),
            notes: labelled(history, releases.notes.clone()),
        };
    };
    DeliveryKeys {
        schema_version: SCHEMA_VERSION,
        service,
        from_at: Some(timeline.from),
        to_at: Some(timeline.to),
        days: timeline.days,
        basis: Some(releases.basis),
        says: definitions.first().map(says).unwrap_or_default(),
        notes: labelled(history, notes(view, window, timeline.from)),
        definitions,
    }
}

fn says(ours: &DefinitionKeys) -> Vec<String> {
    ours.keys.iter().map(sentence).collect()
}

/// "Lead time: 2 d 3 h (90 %: 1 d 20 h to 2 d 8 h), median of 84 commits."
pub(crate) fn sentence(line: &KeyLine) -> String {
    let name = match line.key {
        Key::DeploymentFrequency => "Deployment frequency",
        Key::LeadTime => "Lead time for changes",
        Key::ChangeFailRate => "Change fail rate",
        Key::RecoveryTime => "Failed deployment recovery time",
        Key::ReworkRate => "Rework rate",
    };
    let Some(value) = line.value else { return format!("{name}: {}.", line.why) };
    let shown = |value: f64| value_says(line.unit, value);
    let interval = line.interval.map_or_else(
        || ", too few for an interval".to_owned(),
        |(low, high)| format!(" (90 %: {} to {})", shown(low), shown(high)),
    );
    format!("{name}: {}{interval}, {}.", shown(value), line.why)
}

fn value_says(unit: KeyUnit, value: f64) -> String {
    match unit {
        KeyUnit::PerDay => format!("{value:.2} a day"),
        KeyUnit::DaysPerWeek => format!("{value:.1} days a week"),
        #[expect(clippy::cast_possible_truncation, reason = "a float beyond i64 becomes its end")]
        KeyUnit::Millis => aftercast_model::human_duration(value.round() as i64),
        KeyUnit::Share => percent(value),
    }
}

fn notes(view: View<'_>, window: KeysWindow, from: aftercast_model::Timestamp) -> Vec<String> {
    let mut notes = view.releases.notes.clone();
    notes.push(format!(
        "A release is what was {}: {} are known.",
        view.releases.basis_says,
        counted(view.releases.len(), "release")
    ));
    if window.from.is_some_and(|asked| asked < from) {
        notes.push(format!(
            "The window begins on {}, with the first release that is known.",
            measures::day(from)
        ));
    }
    notes.push(
        "Services differ in what they are and in what their sources tell: a key of one is no yardstick \
         for another, and there are no grades here."
            .to_owned(),
    );
    notes
}
