//! The settings of the analysis, from the sections that are about it; what is not set keeps the
//! default of the analysis.

use aftercast_analysis::{
    GateSettings, IncidentSettings, Layers, ManualSettings, PatternSettings, Settings,
    StepSettings, TestSettings, WorkingHours,
};

use super::duration::duration;
use super::{Config, Origin, hours, layer, settings};
use crate::error::{Failure, Outcome};

impl Config {
    /// Returns the settings of the analysis of `service`.
    pub(crate) fn analysis(&self, service: &str) -> Settings {
        let defaults = Settings::default();
        let rule =
            self.service_rules().iter().map(|(rule, _)| rule).find(|rule| rule.service == service);
        Settings {
            deployed_branch: self.text(settings::DEPLOYED_BRANCH).map(str::to_owned),
            tag_prefix: rule.and_then(|rule| rule.tag_prefix.clone()),
            comparison_window: self
                .size(settings::COMPARISON_WINDOW)
                .unwrap_or(defaults.comparison_window),
            incident_window_ms: self
                .count(settings::INCIDENT_WINDOW_DAYS)
                .map_or(defaults.incident_window_ms, |days| i64::from(days) * 86_400_000),
            incidents: IncidentSettings {
                hotfix_branches: self.list(settings::HOTFIX_BRANCHES),
                ..defaults.incidents
            },
            gates: self.gates(&defaults.gates),
            steps: StepSettings {
                least_percent: self
                    .count(settings::STEPS_LEAST_PERCENT)
                    .and_then(|percent| percent.try_into().ok())
                    .unwrap_or(defaults.steps.least_percent),
                least_ms: self.millis(settings::STEPS_LEAST).unwrap_or(defaults.steps.least_ms),
                points: self.size(settings::STEPS_POINTS).unwrap_or(defaults.steps.points),
            },
            patterns: PatternSettings {
                releases: self
                    .size(settings::PATTERNS_RELEASES)
                    .unwrap_or(defaults.patterns.releases),
                fewest: self.size(settings::PATTERNS_FEWEST).unwrap_or(defaults.patterns.fewest),
            },
            manual: ManualSettings {
                shortest_gap_ms: self
                    .millis(settings::MANUAL_SHORTEST_GAP)
                    .unwrap_or(defaults.manual.shortest_gap_ms),
                recurs_from: self
                    .size(settings::MANUAL_RECURS_FROM)
                    .unwrap_or(defaults.manual.recurs_from),
            },
            tests: self.tests(&defaults.tests),
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

    fn gates(&self, defaults: &GateSettings) -> GateSettings {
        let number = |key| self.text(key).and_then(|text| text.parse::<f64>().ok());
        GateSettings {
            machine_minute: number(settings::GATES_MACHINE_MINUTE)
                .unwrap_or(defaults.machine_minute),
            waiting_minute: number(settings::GATES_WAITING_MINUTE)
                .unwrap_or(defaults.waiting_minute),
            inspection: number(settings::GATES_INSPECTION).unwrap_or(defaults.inspection),
            approval: number(settings::GATES_APPROVAL).unwrap_or(defaults.approval),
            escape: number(settings::GATES_ESCAPE).unwrap_or(defaults.escape),
            pinned: self.list(settings::GATES_PINNED),
            window_days: self.count(settings::GATES_WINDOW_DAYS).map(i64::from),
        }
    }

    fn tests(&self, defaults: &TestSettings) -> TestSettings {
        TestSettings {
            longest_quarantine_ms: self
                .millis(settings::TESTS_LONGEST_QUARANTINE)
                .unwrap_or(defaults.longest_quarantine_ms),
            gone_after_ms: self
                .millis(settings::TESTS_GONE_AFTER)
                .unwrap_or(defaults.gone_after_ms),
            together_from: self
                .size(settings::TESTS_TOGETHER_FROM)
                .unwrap_or(defaults.together_from),
            path_releases: self
                .size(settings::TESTS_PATH_RELEASES)
                .unwrap_or(defaults.path_releases),
            rows: self.size(settings::TESTS_ROWS).unwrap_or(defaults.rows),
        }
    }

    fn count(&self, key: &str) -> Option<u32> {
        self.text(key)?.parse().ok()
    }

    fn size(&self, key: &str) -> Option<usize> {
        self.count(key)?.try_into().ok()
    }

    fn millis(&self, key: &str) -> Option<i64> {
        i64::try_from(duration(self.text(key)?).ok()?.as_millis()).ok()
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
