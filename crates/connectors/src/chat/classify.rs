//! What a message means: which phrases it has, and whether they count.
//!
//! Owns: the guards. Nothing counts that is denied, asked, possible, future, another's words, or a
//! program's (but incident bots). Guarantees: the same words give the same signals, whatever the
//! system. Must not know threads, people or rows.

use std::sync::LazyLock;

use crate::chat::phrase::Phrase;
use crate::chat::quote::quote;
use crate::chat::settings::ChatRules;
use crate::chat::text::{Prompt, Said, Sentence, Token, read};
use crate::chat::{sayings, words};

/// The kinds of signals, as in the `kind` column.
const ASKED: &str = "approval_asked";
const GIVEN: &str = "approval_given";
const MANUAL: &str = "manual_step";
const ROLLBACK: &str = "rollback";
const INCIDENT: &str = "incident";

/// A message, and what around it changes its meaning.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spoken<'a> {
    /// What was said, in the system's markup.
    pub text: &'a str,
    /// The channel's name.
    pub channel: &'a str,
    /// Whether a program said it.
    pub by_program: bool,
    /// What the program is called.
    pub program: &'a str,
    /// Whether it stands behind a question for approval by somebody else, in the same thread.
    pub answers: bool,
}

/// A signal that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Its kind.
    pub kind: &'static str,
    /// A short quote, redacted.
    pub quote: String,
    /// The phrase that decided.
    pub rule: String,
}

/// What an answer to a question for approval says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
}

/// The usual phrases, ready to be looked for.
struct Lexicon {
    signals: Vec<(&'static str, Vec<Phrase>)>,
    yes: Vec<Phrase>,
    not_yet: Vec<Phrase>,
    no: Vec<Phrase>,
    symptoms: Vec<Phrase>,
    bots: Vec<Phrase>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let of = |phrases: &[&str]| phrases.iter().filter_map(|text| Phrase::read(text)).collect();
    Lexicon {
        signals: sayings::PHRASES.iter().map(|(kind, phrases)| (*kind, of(phrases))).collect(),
        yes: of(sayings::YES),
        not_yet: of(sayings::NOT_YET),
        no: of(sayings::NO),
        symptoms: of(sayings::SYMPTOMS),
        bots: of(sayings::BOT_INCIDENTS),
    }
});

/// Returns the signals in a message, each kind once.
pub fn heard(spoken: &Spoken<'_>, rules: &ChatRules) -> Vec<Heard> {
    let said = read(spoken.text);
    if spoken.by_program {
        return bot(spoken, &said, rules).into_iter().collect();
    }
    let mut found = Vec::new();
    for (kind, phrases) in &LEXICON.signals {
        if said.is_about_review() && matches!(*kind, ASKED | GIVEN) {
            continue;
        }
        let own = rules.phrases(kind);
        found.extend(first(&said, phrases.iter().chain(&own), kind, rules));
    }
    prompts(&said, &mut found);
    let has = |found: &[Heard], kind: &str| found.iter().any(|heard| heard.kind == kind);
    if !has(&found, INCIDENT) && is_incident_channel(spoken.channel) {
        found.extend(first(&said, LEXICON.symptoms.iter(), INCIDENT, rules));
    }
    if spoken.answers
        && !has(&found, GIVEN)
        && !has(&found, ASKED)
        && let (Some(Answer::Yes), rule) = answer(&said, rules)
    {
        let text = said.sentences.first().map_or("", |sentence| sentence.text.as_str());
        found.push(Heard { kind: GIVEN, quote: quote(text), rule });
    }
    found
}

/// Returns whether a message behind a question says no.
pub(super) fn says_no(text: &str, rules: &ChatRules) -> bool {
    answer(&read(text), rules).0 == Some(Answer::No)
}

/// Returns the first phrase that counts.
fn first<'p>(
    said: &Said,
    phrases: impl Iterator<Item = &'p Phrase>,
    kind: &'static str,
    rules: &ChatRules,
) -> Option<Heard> {
    for phrase in phrases.filter(|phrase| !phrase.is_among(&rules.without)) {
        for sentence in &said.sentences {
            let found = phrase.find(sentence, &said.sentences);
            if found.is_some_and(|at| counts(kind, phrase, sentence, at, rules)) {
                return Some(Heard { kind, quote: quote(&sentence.text), rule: phrase.name() });
            }
        }
    }
    None
}

/// Returns whether a phrase at `start..end` counts.
fn counts(
    kind: &str,
    phrase: &Phrase,
    sentence: &Sentence,
    (start, end): (usize, usize),
    rules: &ChatRules,
) -> bool {
    let tokens = &sentence.tokens;
    let asks = sentence.asks();
    if phrase.asks && !asks || kind != ASKED && asks {
        return false;
    }
    let before = tokens.get(..start).unwrap_or_default();
    let behind = tokens.get(end..).unwrap_or_default();
    let denies = |word: &str| words::is_negation(word) || rules.adds("negation", word);
    let clause = before.iter().rev().take_while(|token| **token != Token::Pause);
    let mut reach = clause.filter_map(Token::word).take_while(|word| !words::ends_denial(word));
    if reach.any(denies) || behind.iter().map_while(Token::word).take(2).any(denies) {
        return false;
    }
    let possible = |word: &str| match kind {
        ASKED => matches!(word, "if" | "once" | "when" | "unless" | "before"),
        INCIDENT if matches!(word, "until" | "till") => true,
        _ => words::is_condition(word) || rules.adds("condition", word),
    };
    let possible_behind = |word: &str| match kind {
        ASKED => false,
        GIVEN if matches!(word, "once" | "when" | "after") => true,
        _ => words::is_condition_behind(word),
    };
    !before.iter().filter_map(Token::word).any(possible)
        && !behind.iter().filter_map(Token::word).any(possible_behind)
}

impl Sentence {
    /// Returns whether it is a question, with its sign or without.
    fn asks(&self) -> bool {
        if self.question {
            return true;
        }
        let mut words = self.tokens.iter().filter_map(Token::word);
        let first =
            words.find(|word| !words::is_in("filler", word) || words::begins_question(word, None));
        first.is_some_and(|first| words::begins_question(first, words.next()))
    }
}

impl Said {
    /// Returns whether it is about a code review, where approving means something else.
    fn is_about_review(&self) -> bool {
        let mut tokens = self.sentences.iter().flat_map(|sentence| &sentence.tokens);
        self.links_review
            || tokens.any(|token| token.word().is_some_and(|word| words::is_in("review", word)))
    }
}

/// Returns what a program's message means: nothing, but for incident bots.
fn bot(spoken: &Spoken<'_>, said: &Said, rules: &ChatRules) -> Option<Heard> {
    if !rules.is_incident_bot(spoken.program) {
        return None;
    }
    for phrase in &LEXICON.bots {
        for sentence in &said.sentences {
            if phrase.find(sentence, &said.sentences).is_some() && !sentence.question {
                let (quote, rule) = (quote(&sentence.text), phrase.name());
                return Some(Heard { kind: INCIDENT, quote, rule });
            }
        }
    }
    None
}

/// Adds what was typed at a shell prompt.
fn prompts(said: &Said, found: &mut Vec<Heard>) {
    // Instructions and questions show commands too.
    let shows = |sentence: &Sentence| {
        let mut words = sentence.tokens.iter().filter_map(Token::word);
        sentence.asks()
            || words.any(|word| {
                words::is_condition(word)
                    || words::is_negation(word)
                    || matches!(word, "please" | "pls" | "docs" | "try" | "use" | "instructions")
            })
    };
    if said.sentences.iter().any(shows) {
        return;
    }
    for prompt in &said.prompts {
        let mut add = |kind: &'static str, rule: &str| {
            if !found.iter().any(|heard| heard.kind == kind) {
                found.push(Heard { kind, quote: quote(&prompt.line), rule: rule.to_owned() });
            }
        };
        if prompt.changes() {
            add(MANUAL, "shell prompt");
            if ["helm rollback", "rollout undo", "app rollback"]
                .iter()
                .any(|undo| prompt.command.contains(undo))
            {
                add(ROLLBACK, "shell prompt");
            }
        }
    }
}

impl Prompt {
    /// Returns whether the command changes what runs.
    fn changes(&self) -> bool {
        let mut words = self.command.split_whitespace().filter(|word| *word != "sudo");
        let Some(first) = words.next() else { return false };
        let known = words::is_command(first) || self.command.starts_with("sudo ");
        let on_production =
            self.host.split(['@', '.', '-', '_']).any(|part| words::is_in("production", part));
        let looks = words::LOOKING.contains(&first)
            || words.take(4).any(|word| words::LOOKING.contains(&word));
        let reads = matches!(
            first,
            "ls" | "cd"
                | "cat"
                | "tail"
                | "head"
                | "grep"
                | "less"
                | "df"
                | "top"
                | "htop"
                | "free"
                | "echo"
                | "git"
                | "ping"
                | "curl"
                | "dig"
        );
        (known || on_production) && !looks && !reads
    }
}

/// Returns what a message says as an answer, and the phrase that decided.
fn answer(said: &Said, rules: &ChatRules) -> (Option<Answer>, String) {
    let nothing = (None, String::new());
    if said.is_about_review() || said.sentences.iter().any(Sentence::asks) {
        return nothing;
    }
    let find = |phrases: &[Phrase]| {
        phrases
            .iter()
            .find(|phrase| {
                said.sentences
                    .iter()
                    .any(|sentence| phrase.find(sentence, &said.sentences).is_some())
            })
            .map(Phrase::name)
    };
    let mut emoji = said.sentences.iter().flat_map(|sentence| &sentence.emoji);
    if let Some(rule) = find(&LEXICON.no).or_else(|| find(&rules.phrases("answer_no"))) {
        // "No objections" is a yes.
        if !rule.starts_with("^ no|") || find(&LEXICON.yes).is_none() {
            return (Some(Answer::No), rule);
        }
    }
    if emoji.clone().any(|emoji| sayings::NO_EMOJI.contains(&emoji.as_str())) {
        return (Some(Answer::No), "emoji".to_owned());
    }
    let mut words =
        said.sentences.iter().flat_map(|sentence| &sentence.tokens).filter_map(Token::word);
    let denied = words.any(|word| words::is_negation(word) && word != "no");
    if denied || find(&LEXICON.not_yet).is_some() {
        return nothing;
    }
    if let Some(rule) = find(&LEXICON.yes).or_else(|| find(&rules.phrases("answer_yes"))) {
        return (Some(Answer::Yes), rule);
    }
    if emoji.any(|emoji| sayings::YES_EMOJI.contains(&emoji.as_str())) {
        return (Some(Answer::Yes), "emoji".to_owned());
    }
    nothing
}

/// Returns whether a channel is one incident's own: `inc-42`, `incident_login`, `sev1-eu`.
fn is_incident_channel(name: &str) -> bool {
    let name = name.trim_start_matches('#').to_lowercase();
    let Some((first, _)) = name.split_once(['-', '_']) else { return false };
    matches!(first, "inc" | "incident" | "sev" | "sev0" | "sev1" | "sev2" | "sev3" | "sev4")
}
