//! Every setting: the list that reading, `config explain` and "did you mean" share.

use super::hours::{DAYS, SUMMER};

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Any text.
    Text,
    /// A whole number from 1.
    Count,
    /// A number from 0, with or without decimals.
    Number,
    /// Texts; in the environment with commas between them.
    List,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Some of these words.
    Words(&'static [&'static str]),
    /// A length of time: `10m`, `30d`.
    Duration,
    /// A time of day: `09:00`.
    Clock,
    /// A distance from UTC: `+01:00`.
    Offset,
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// Its name; a dot stands between section and key.
    pub(crate) key: &'static str,
    /// What it holds.
    pub(crate) holds: Holds,
    /// What it does, in one line.
    pub(crate) doc: &'static str,
}

/// The folder of database and data.
pub(crate) const HOME: &str = "home";
/// The database.
pub(crate) const DATABASE: &str = "database";
/// The Parquet files.
pub(crate) const DATA: &str = "data";
/// Colour in the terminal.
pub(crate) const COLOR: &str = "color";
/// The branch whose merges reach production.
pub(crate) const DEPLOYED_BRANCH: &str = "review.deployed_branch";
/// How many earlier releases a release is compared with.
pub(crate) const COMPARISON_WINDOW: &str = "review.comparison_window";
/// How long after a release an incident counts for it.
pub(crate) const INCIDENT_WINDOW_DAYS: &str = "review.incident_window_days";

/// What a minute of a machine costs, in minutes of a person.
pub(crate) const GATES_MACHINE_MINUTE: &str = "gates.machine_minute";
/// What a minute of waiting for a gate costs, in minutes of a person.
pub(crate) const GATES_WAITING_MINUTE: &str = "gates.waiting_minute";
/// What looking into a false alarm costs, in minutes of a person.
pub(crate) const GATES_INSPECTION: &str = "gates.inspection";
/// What giving one decision costs, in minutes of a person.
pub(crate) const GATES_APPROVAL: &str = "gates.approval";
/// What a problem costs that a gate lets through, in minutes of a person.
pub(crate) const GATES_ESCAPE: &str = "gates.escape";
/// Gates that must be, whatever they catch: never judged on catches.
pub(crate) const GATES_PINNED: &str = "gates.pinned";
/// Over how many days gates are counted; not set: all that is known.
pub(crate) const GATES_WINDOW_DAYS: &str = "gates.window_days";
/// The smallest change of a step's length that is told, in percent.
pub(crate) const STEPS_LEAST_PERCENT: &str = "steps.least_percent";
/// The smallest difference that is told.
pub(crate) const STEPS_LEAST: &str = "steps.least";
/// How many points of a step are looked at, at most, the last ones.
pub(crate) const STEPS_POINTS: &str = "steps.points";
/// How many releases are looked at for patterns, the last ones.
pub(crate) const PATTERNS_RELEASES: &str = "patterns.releases";
/// Below how many releases no pattern is claimed.
pub(crate) const PATTERNS_FEWEST: &str = "patterns.fewest";
/// A pause between machine steps that is shorter is no manual step.
pub(crate) const MANUAL_SHORTEST_GAP: &str = "manual.shortest_gap";
/// In how many releases a step must come before it counts as one.
pub(crate) const MANUAL_RECURS_FROM: &str = "manual.recurs_from";
/// How long a test may be skipped before it is told.
pub(crate) const TESTS_LONGEST_QUARANTINE: &str = "tests.longest_quarantine";
/// A test that was not seen for longer is gone.
pub(crate) const TESTS_GONE_AFTER: &str = "tests.gone_after";
/// On how many changes tests must fail together to be told.
pub(crate) const TESTS_TOGETHER_FROM: &str = "tests.together_from";
/// Over how many releases the slowest tests are looked for.
pub(crate) const TESTS_PATH_RELEASES: &str = "tests.path_releases";
/// Rows in each table of tests, at most.
pub(crate) const TESTS_ROWS: &str = "tests.rows";
/// Which branches carry hotfixes.
pub(crate) const HOTFIX_BRANCHES: &str = "incidents.hotfix_branches";

/// On which days people work.
pub(crate) const WORK_DAYS: &str = "hours.days";
/// When work begins.
pub(crate) const WORK_FROM: &str = "hours.from";
/// When work ends.
pub(crate) const WORK_TO: &str = "hours.to";
/// How far the clocks of the team are ahead of UTC.
pub(crate) const UTC_OFFSET: &str = "hours.utc_offset";
/// When clocks go forward.
pub(crate) const SUMMER_TIME: &str = "hours.summer_time";

/// Which environments are production.
pub(crate) const PRODUCTION: &str = "environments.production";
/// Which accounts are programs.
pub(crate) const PROGRAMS: &str = "people.programs";
/// The file of rules for failures.
pub(crate) const FAILURE_RULES: &str = "failures.rules";
/// What else means something in chat.
pub(crate) const CHAT_WORDS: &str = "chat.words";
/// Which usual phrases mean nothing here.
pub(crate) const CHAT_WITHOUT: &str = "chat.without";
/// Which bots tell of incidents.
pub(crate) const INCIDENT_BOTS: &str = "chat.incident_bots";
/// Where the server listens.
pub(crate) const LISTEN: &str = "serve.listen";

/// Every setting, in the order of the reference.
pub(crate) static SETTINGS: &[Setting] = &[
    Setting { key: HOME, holds: Holds::Text, doc: "the folder of database and data" },
    Setting { key: DATABASE, holds: Holds::Text, doc: "the database: a file or a PostgreSQL URL" },
    Setting { key: DATA, holds: Holds::Text, doc: "the folder or URL of the Parquet files" },
    Setting {
        key: COLOR,
        holds: Holds::Word(&["auto", "always", "never"]),
        doc: "whether the terminal shows colour",
    },
    Setting {
        key: DEPLOYED_BRANCH,
        holds: Holds::Text,
        doc: "the branch whose merges reach production",
    },
    Setting {
        key: COMPARISON_WINDOW,
        holds: Holds::Count,
        doc: "with how many earlier releases a release is compared, at most",
    },
    Setting {
        key: INCIDENT_WINDOW_DAYS,
        holds: Holds::Count,
        doc: "how long after a release an incident counts for it",
    },
    Setting {
        key: GATES_MACHINE_MINUTE,
        holds: Holds::Number,
        doc: "what a minute of a machine costs, in minutes of a person",
    },
    Setting {
        key: GATES_WAITING_MINUTE,
        holds: Holds::Number,
        doc: "what a minute of waiting for a gate costs, in minutes of a person",
    },
    Setting {
        key: GATES_INSPECTION,
        holds: Holds::Number,
        doc: "what looking into a false alarm costs, in minutes of a person",
    },
    Setting {
        key: GATES_APPROVAL,
        holds: Holds::Number,
        doc: "what giving one decision costs, in minutes of a person",
    },
    Setting {
        key: GATES_ESCAPE,
        holds: Holds::Number,
        doc: "what a problem costs that a gate lets through, in minutes of a person",
    },
    Setting {
        key: GATES_PINNED,
        holds: Holds::List,
        doc: "gates that must be, whatever they catch: never judged on catches",
    },
    Setting {
        key: GATES_WINDOW_DAYS,
        holds: Holds::Count,
        doc: "over how many days gates are counted; not set: all that is known",
    },
    Setting {
        key: STEPS_LEAST_PERCENT,
        holds: Holds::Count,
        doc: "the smallest change of a step's length that is told, in percent",
    },
    Setting {
        key: STEPS_LEAST,
        holds: Holds::Duration,
        doc: "the smallest difference that is told",
    },
    Setting {
        key: STEPS_POINTS,
        holds: Holds::Count,
        doc: "how many points of a step are looked at, at most, the last ones",
    },
    Setting {
        key: PATTERNS_RELEASES,
        holds: Holds::Count,
        doc: "how many releases are looked at for patterns, the last ones",
    },
    Setting {
        key: PATTERNS_FEWEST,
        holds: Holds::Count,
        doc: "below how many releases no pattern is claimed",
    },
    Setting {
        key: MANUAL_SHORTEST_GAP,
        holds: Holds::Duration,
        doc: "a pause between machine steps that is shorter is no manual step",
    },
    Setting {
        key: MANUAL_RECURS_FROM,
        holds: Holds::Count,
        doc: "in how many releases a step must come before it counts as one",
    },
    Setting {
        key: TESTS_LONGEST_QUARANTINE,
        holds: Holds::Duration,
        doc: "how long a test may be skipped before it is told",
    },
    Setting {
        key: TESTS_GONE_AFTER,
        holds: Holds::Duration,
        doc: "a test that was not seen for longer is gone",
    },
    Setting {
        key: TESTS_TOGETHER_FROM,
        holds: Holds::Count,
        doc: "on how many changes tests must fail together to be told",
    },
    Setting {
        key: TESTS_PATH_RELEASES,
        holds: Holds::Count,
        doc: "over how many releases the slowest tests are looked for",
    },
    Setting { key: TESTS_ROWS, holds: Holds::Count, doc: "rows in each table of tests, at most" },
    Setting {
        key: HOTFIX_BRANCHES,
        holds: Holds::List,
        doc: "a change from or to a branch whose name begins with one of these is a hotfix",
    },
    Setting { key: WORK_DAYS, holds: Holds::Words(DAYS), doc: "on which days people work" },
    Setting { key: WORK_FROM, holds: Holds::Clock, doc: "when work begins, by the team's clocks" },
    Setting { key: WORK_TO, holds: Holds::Clock, doc: "when work ends, by the team's clocks" },
    Setting {
        key: UTC_OFFSET,
        holds: Holds::Offset,
        doc: "how far the team's clocks are ahead of UTC in winter",
    },
    Setting {
        key: SUMMER_TIME,
        holds: Holds::Word(SUMMER),
        doc: "whose summer time the team's clocks follow",
    },
    Setting {
        key: PRODUCTION,
        holds: Holds::List,
        doc: "which environments are production; `*` stands for anything",
    },
    Setting {
        key: PROGRAMS,
        holds: Holds::List,
        doc: "which accounts are programs, beside the usual names of bots",
    },
    Setting {
        key: FAILURE_RULES,
        holds: Holds::Text,
        doc: "a file of rules that say why builds fail, asked before the built-in ones",
    },
    Setting {
        key: CHAT_WORDS,
        holds: Holds::List,
        doc: "what else means something in chat: `rollback: zurückgerollt`",
    },
    Setting {
        key: CHAT_WITHOUT,
        holds: Holds::List,
        doc: "which usual phrases mean nothing here, as `native_status` of signals names them",
    },
    Setting {
        key: INCIDENT_BOTS,
        holds: Holds::List,
        doc: "which bots tell of incidents, beside the usual ones",
    },
    Setting { key: LISTEN, holds: Holds::Text, doc: "where `aftercast serve` listens" },
];

/// The list of services.
pub(crate) const SERVICE: &str = "service";
/// The keys of one `[[service]]`.
pub(crate) const SERVICE_KEYS: &[&str] = &["name", "repo", "paths", "names", "team", "tag_prefix"];

/// Returns the setting called `key`.
pub(crate) fn setting(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// Returns the names that may stand in `section` (the empty text: at the top).
pub(crate) fn names_in(section: &str) -> Vec<&'static str> {
    let mut names: Vec<&str> = SETTINGS
        .iter()
        .filter_map(|setting| match setting.key.split_once('.') {
            Some((own, key)) if own == section => Some(key),
            Some((own, _)) if section.is_empty() => Some(own),
            None if section.is_empty() => Some(setting.key),
            _ => None,
        })
        .collect();
    if section.is_empty() {
        names.extend([SERVICE, super::sources::SOURCE, super::layers::LAYERS]);
    }
    names.dedup();
    names
}
