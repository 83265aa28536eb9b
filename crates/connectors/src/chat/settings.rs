//! What an installation says about its chat: which channels may be read, and which words mean what.

use aftercast_model::name_matches;

use crate::chat::phrase::Phrase;
use crate::chat::words;

/// Which channels may be read and what words mean there, beside the usual.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChatRules {
    /// The channels that may be read: an id, a name, or `ID:NAME` (`C024BE91L:deploys`); `*` stands for
    /// anything. Empty: none.
    pub channels: Vec<String>,
    /// The address of the workspace, for links to messages (`https://acme.slack.com`).
    pub workspace: Option<String>,
    /// Words and phrases beside the usual ones.
    pub words: Vec<ChatWord>,
    /// Usual phrases that must not count here, as `native_status` of their signals names them.
    pub without: Vec<String>,
    /// Bots whose posts are incidents, beside the usual ones; `*` stands for anything.
    pub incident_bots: Vec<String>,
}

/// A phrase and what it means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChatWord {
    /// The kind of signal (`rollback`), or `answer_yes`, `answer_no`, `negation`, `condition`.
    pub means: String,
    /// The phrase, as docs/sources/slack.md explains (`zurückgerollt`, `roll* zurück`).
    pub phrase: String,
}

/// Bots that tell of incidents.
const USUAL_INCIDENT_BOTS: &[&str] = &[
    "pagerduty*",
    "incident.io*",
    "incident",
    "rootly*",
    "firehydrant*",
    "opsgenie*",
    "statuspage*",
    "grafana oncall*",
    "alertmanager*",
    "jira service management*",
    "betterstack*",
    "splunk on-call*",
    "victorops*",
];

/// What a word of the settings may mean.
const MEANINGS: &[&str] = &[
    "approval_asked",
    "approval_given",
    "manual_step",
    "rollback",
    "incident",
    "freeze",
    "answer_yes",
    "answer_no",
    "negation",
    "condition",
];

/// A channel as the settings name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Channel<'a> {
    /// The system's id, where known.
    pub(crate) id: Option<&'a str>,
    /// Its name, else its id.
    pub(crate) name: &'a str,
}

impl ChatRules {
    /// Returns the channel that a system calls `said` (an id or a name), if it may be read.
    pub(crate) fn channel<'a>(&'a self, said: &'a str) -> Option<Channel<'a>> {
        self.channels.iter().find_map(|own| {
            let named = Channel::named(own);
            let same = |pattern: &str| {
                !said.is_empty() && name_matches(pattern.trim_start_matches('#'), said)
            };
            if own.contains('*') {
                return same(own).then_some(Channel { id: None, name: said });
            }
            (named.id.is_some_and(same) || same(named.name)).then_some(named)
        })
    }

    /// Returns the channel that a system calls `id`, if the settings name it by that id.
    pub(crate) fn channel_named(&self, id: &str) -> Option<Channel<'_>> {
        let mut named = self.channels.iter().map(|own| Channel::named(own));
        named.find(|named| named.id.is_some_and(|own| own.eq_ignore_ascii_case(id)))
    }

    /// Returns whether `bot` tells of incidents.
    pub(crate) fn is_incident_bot(&self, bot: &str) -> bool {
        USUAL_INCIDENT_BOTS.iter().any(|pattern| name_matches(pattern, bot))
            || self.incident_bots.iter().any(|pattern| name_matches(pattern, bot))
    }

    /// Returns the phrases that mean `what`, beside the usual ones.
    pub(super) fn phrases(&self, what: &str) -> Vec<Phrase> {
        let own = self.words.iter().filter(|word| word.means == what);
        own.filter_map(|word| Phrase::read(&word.phrase)).collect()
    }

    /// Returns whether a word was added as `what` (`negation`, `condition`).
    pub(super) fn adds(&self, what: &str, word: &str) -> bool {
        self.words.iter().any(|own| own.means == what && own.phrase.to_lowercase() == word)
    }

    /// Returns what is wrong with the words, for the reader of the settings.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for word in &self.words {
            if !MEANINGS.contains(&word.means.as_str()) {
                let known = MEANINGS.join("`, `");
                problems.push(format!("unknown meaning `{}` (known are `{known}`)", word.means));
            }
            if Phrase::read(&word.phrase).is_none() {
                problems.push(format!("`{}` has no word in it", word.phrase));
            }
            let classes = word.phrase.split('{').skip(1).filter_map(|rest| rest.split('}').next());
            for class in classes.filter(|class| !words::is_class(class)) {
                problems.push(format!("unknown class `{{{class}}}` in `{}`", word.phrase));
            }
        }
        problems
    }
}

impl<'a> Channel<'a> {
    /// Reads a channel as the settings name it: an id, a name, or `ID:NAME`.
    pub(crate) fn named(text: &'a str) -> Self {
        // An id has no colon in Slack; in Teams it begins with `19:`.
        match text.rsplit_once(':') {
            Some((id, name))
                if !name.is_empty() && !id.is_empty() && !name.contains('@') && id != "19" =>
            {
                Self { id: Some(id), name: name.trim_start_matches('#') }
            }
            _ => {
                Self { id: looks_like_id(text).then_some(text), name: text.trim_start_matches('#') }
            }
        }
    }
}

/// Returns whether `text` is how Slack or Teams number channels.
fn looks_like_id(text: &str) -> bool {
    let slack = text.len() >= 9
        && text.starts_with(['C', 'G'])
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    slack || text.contains("19:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_channel_is_read_unless_it_is_named() {
        let none = ChatRules::default();
        assert_eq!(none.channel("general"), None);
        let some = ChatRules {
            channels: vec!["C024BE91L:deploys".into(), "#ops".into(), "inc-*".into()],
            ..ChatRules::default()
        };
        let deploys = Channel { id: Some("C024BE91L"), name: "deploys" };
        assert_eq!(some.channel("C024BE91L"), Some(deploys));
        assert_eq!(some.channel("deploys"), Some(deploys));
        assert_eq!(some.channel("ops"), Some(Channel { id: None, name: "ops" }));
        assert_eq!(some.channel("inc-7"), Some(Channel { id: None, name: "inc-7" }));
        assert_eq!(some.channel("random"), None);
        assert_eq!(some.channel(""), None);
    }

    #[test]
    fn a_channel_is_named_by_id_name_or_both() {
        for (text, id, name) in [
            ("C024BE91L", Some("C024BE91L"), "C024BE91L"),
            ("#general", None, "general"),
            ("C024BE91L:#general", Some("C024BE91L"), "general"),
            (
                "team/19:abc@thread.tacv2",
                Some("team/19:abc@thread.tacv2"),
                "team/19:abc@thread.tacv2",
            ),
            ("team/19:abc@thread.tacv2:ops", Some("team/19:abc@thread.tacv2"), "ops"),
        ] {
            assert_eq!(Channel::named(text), Channel { id, name }, "{text}");
        }
    }

    #[test]
    fn words_that_cannot_work_are_told() {
        let word =
            |means: &str, phrase: &str| ChatWord { means: means.into(), phrase: phrase.into() };
        let rules = ChatRules {
            words: vec![
                word("rollback", "zurückgerollt"),
                word("oops", "a {b} c"),
                word("freeze", "..."),
            ],
            ..ChatRules::default()
        };
        assert_eq!(rules.problems().len(), 3);
    }
}
