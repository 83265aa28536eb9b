//! The settings of the analysis, from the sections that are about it; what is not set keeps the
//! default of the analysis.

use aftercast_analysis::{IncidentSettings, Layers, Settings, WorkingHours};

use super::{Config, Origin, hours, layer, settings};
use crate::error::{Failure, Outcome};

impl Config {
    /// Returns the settings of the analysis of `service`.
    pub(crate) fn analysis(&self, service: &str) -> Settings {
        let defaults = Settings::default();
        let count = |key| self.text(key).and_then(|text| text.parse::<u32>().ok());
        let rule =
            self.service_rules().iter().map(|(rule, _)| rule).find(|rule| rule.service == service);
        Settings {
            deployed_branch: self.text(settings::DEPLOYED_BRANCH).map(str::to_owned),
            tag_prefix: rule.and_then(|rule| rule.tag_prefix.clone()),
            comparison_window: count(settings::COMPARISON_WINDOW)
                .map_or(defaults.comparison_window, |count| count as usize),
            incident_window_ms: count(settings::INCIDENT_WINDOW_DAYS)
                .map_or(defaults.incident_window_ms, |days| i64::from(days) * 86_400_000),
            incidents: IncidentSettings {
                hotfix_branches: self.list(settings::HOTFIX_BRANCHES),
                ..defaults.incidents
            },
            hours: self.hours(),
            layers: Layers {
                shares: self
                    .layer_rules()
                    .map(|rule| (rule.rule.to_owned(), rule.shares))
                    .collect(),
            },
            ..defaults
        }
    }

    fn hours(&self) -> WorkingHours {
        hours::hours(
            layer::list_of(self.text(settings::WORK_DAYS).unwrap_or_default()),
            self.text(settings::WORK_FROM),
            self.text(settings::WORK_TO),
            self.text(settings::UTC_OFFSET),
            self.text(settings::SUMMER_TIME),
        )
    }

    /// A day of work has a beginning before its end.
    pub(super) fn check_hours(&self) -> Outcome<()> {
        let hours = self.hours();
        if hours.from_minute < hours.to_minute {
            return Ok(());
        }
        let (from, to) = (settings::WORK_FROM, settings::WORK_TO);
        let shown = |key| self.text(key).unwrap_or_default();
        let origin = [to, from]
            .into_iter()
            .filter_map(|key| self.values.get(key))
            .map(|value| &value.origin)
            .find(|origin| **origin != Origin::Default)
            .map_or_else(String::new, |origin| format!("{origin}: "));
        Err(Failure::usage(format!(
            "{origin}work ends (`{to}`, {}) before it begins (`{from}`, {})",
            shown(to),
            shown(from)
        ))
        .hint("hours over midnight cannot be told; use the hours of most of the team"))
    }

    /// Returns the texts of a list; none where it is not set.
    fn list(&self, key: &str) -> Vec<String> {
        let text = self.text(key).unwrap_or_default();
        layer::list_of(text).map(str::to_owned).collect()
    }
}
