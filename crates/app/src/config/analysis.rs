//! The settings of the analysis, from the sections that are about it; what is not set keeps the
//! default of the analysis.

use aftercast_analysis::{IncidentSettings, Settings};

use super::{Config, layer, settings};

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
            ..defaults
        }
    }

    /// Returns the texts of a list; none where it is not set.
    fn list(&self, key: &str) -> Vec<String> {
        let text = self.text(key).unwrap_or_default();
        layer::list_of(text).map(str::to_owned).collect()
    }
}
