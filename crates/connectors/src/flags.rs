//! A change of a feature flag as a signal: what LaunchDarkly and Unleash tell alike.
//!
//! Owns: the row and its words. A flag that is flipped in production is a release, or a rollback, that
//! no pipeline knows of. Must not know any system.

use aftercast_model::{Signal, Timestamp};

use crate::rules::Clue;
use crate::sink::Sink;

/// A flag that was changed for one environment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FlagChange<'a> {
    /// What the system calls the event.
    pub(crate) id: &'a str,
    /// When it happened.
    pub(crate) at: Timestamp,
    /// The flag's key.
    pub(crate) flag: &'a str,
    /// The project that it belongs to.
    pub(crate) project: Option<&'a str>,
    /// Where it was changed.
    pub(crate) environment: &'a str,
    /// What was changed.
    pub(crate) what: What,
    /// The system's own word for that.
    pub(crate) native: &'a str,
    /// The native id of who did it; none for programs.
    pub(crate) author: Option<&'a str>,
    /// Where a person can look at it.
    pub(crate) url: Option<&'a str>,
}

/// What was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// It was switched on.
    On,
    /// It was switched off.
    Off,
    /// Who gets what of it.
    Targeting,
}

impl What {
    fn words(self) -> &'static str {
        match self {
            Self::On => "off -> on",
            Self::Off => "on -> off",
            Self::Targeting => "targeting changed",
        }
    }
}

/// Keeps `change`, if it reached production; returns whether it did.
pub(crate) fn flag_change(change: &FlagChange<'_>, sink: &mut Sink<'_>) -> bool {
    let FlagChange { flag, environment, .. } = *change;
    if !sink.is_production(environment) {
        return false;
    }
    // A flag has a service of its own only where the settings say so; else its project has.
    let by_flag = Clue { kind: "flag", name: flag };
    let by_project = Clue { kind: "project", name: change.project.unwrap_or_default() };
    let home = if sink.is_named(&by_flag) {
        sink.home_by_name(None, &by_flag)
    } else {
        sink.home_by_name(sink.repo(None), &by_project)
    };
    let row = Signal {
        id: sink.id("signals", &format!("{}/{environment}", change.id), None),
        source: home.source,
        service: home.service,
        observed_at: Some(change.at),
        url: sink.name(change.url),
        native_status: sink.name(Some(change.native).filter(|native| !native.is_empty())),
        channel: sink.name(Some(environment)),
        kind: sink.name(Some("flag_change")),
        said_at: Some(change.at),
        thread: sink.name(Some(flag)),
        author_key: sink.person(change.author, false),
        quote: sink.name(Some(&quote(flag, change.what, environment))),
    };
    sink.facts().signals.push(row);
    true
}

/// Returns `FLAG: on -> off (environment)`, in at most 200 characters.
fn quote(flag: &str, what: What, environment: &str) -> String {
    let flag: String = flag.chars().take(120).collect();
    let environment: String = environment.chars().take(50).collect();
    format!("{flag}: {} ({environment})", what.words())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quote_says_what_was_flipped_and_where() {
        assert_eq!(quote("new-cart", What::Off, "production"), "new-cart: on -> off (production)");
        assert!(quote(&"ä".repeat(900), What::Targeting, &"e".repeat(900)).chars().count() <= 200);
    }
}
