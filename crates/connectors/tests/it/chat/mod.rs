//! What is heard in chat: precision and recall on a labelled corpus, and what must never happen.

mod properties;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aftercast_connectors::{ChatRules, ChatWord, Spoken, heard};

/// Used while writing rules: mistakes here are shown.
const TUNING: &str = include_str!("tuning.tsv");
/// Written before the rules, not used for them: only figures are shown.
const HELD_OUT: &str = include_str!("held-out.tsv");

pub const KINDS: [&str; 6] =
    ["approval_asked", "approval_given", "manual_step", "rollback", "incident", "freeze"];

/// A sentence of the corpus.
#[derive(Debug, Clone)]
pub struct Labelled {
    pub signals: Vec<&'static str>,
    pub how: &'static str,
    pub text: String,
}

impl Labelled {
    pub fn spoken(&self) -> Spoken<'_> {
        let program = self.how.strip_prefix("bot=");
        Spoken {
            text: &self.text,
            channel: self.how.strip_prefix("channel=").unwrap_or("deploys"),
            by_program: self.how.starts_with("bot"),
            program: program.unwrap_or_default(),
            answers: self.how == "answer",
        }
    }

    pub fn heard(&self) -> Vec<&'static str> {
        heard(&self.spoken(), &ChatRules::default()).into_iter().map(|heard| heard.kind).collect()
    }
}

pub fn corpus(text: &'static str) -> Vec<Labelled> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let labelled = lines.map(|line| {
        let [signals, how, text] = line.splitn(3, '\t').collect::<Vec<_>>()[..] else {
            panic!("three columns: {line}")
        };
        let signals = signals.split(',').filter(|kind| *kind != "-").collect();
        Labelled { signals, how, text: text.replace("\\n", "\n") }
    });
    labelled.collect()
}

pub fn everything() -> Vec<Labelled> {
    [corpus(TUNING), corpus(HELD_OUT)].concat()
}

/// Right, wrong and missed signals of a kind.
#[derive(Default)]
struct Score {
    right: u32,
    wrong: u32,
    missed: u32,
}

impl Score {
    fn precision(&self) -> f64 {
        f64::from(self.right) / f64::from((self.right + self.wrong).max(1))
    }

    fn recall(&self) -> f64 {
        f64::from(self.right) / f64::from((self.right + self.missed).max(1))
    }
}

fn scores(corpus: &[Labelled], mistakes: &mut String) -> BTreeMap<&'static str, Score> {
    let mut scores: BTreeMap<&'static str, Score> = BTreeMap::new();
    for labelled in corpus {
        let heard = labelled.heard();
        for kind in KINDS {
            let score = scores.entry(kind).or_default();
            let all = scores_of(labelled.signals.contains(&kind), heard.contains(&kind));
            score.right += all.0;
            score.wrong += all.1;
            score.missed += all.2;
            if all.1 + all.2 > 0 {
                let what = if all.1 > 0 { "wrongly" } else { "not" };
                writeln!(mistakes, "{kind} {what} heard: {}", labelled.text).unwrap();
            }
        }
    }
    scores
}

fn scores_of(expected: bool, heard: bool) -> (u32, u32, u32) {
    (u32::from(expected && heard), u32::from(!expected && heard), u32::from(expected && !heard))
}

fn check(name: &str, corpus: &[Labelled], precision: f64, recall: f64, show_mistakes: bool) {
    let mut mistakes = String::new();
    let scores = scores(corpus, &mut mistakes);
    let silent = corpus.iter().filter(|labelled| labelled.signals.is_empty()).count();
    println!("{name}: {} sentences, {silent} of them without a signal", corpus.len());
    for (kind, score) in &scores {
        println!(
            "  {kind:<15} precision {:.2}  recall {:.2}  ({} right, {} wrong, {} missed)",
            score.precision(),
            score.recall(),
            score.right,
            score.wrong,
            score.missed
        );
    }
    if show_mistakes {
        println!("{mistakes}");
    }
    for (kind, score) in &scores {
        assert!(score.right + score.missed >= 10, "{name}: too few sentences with {kind}");
        assert!(score.precision() >= precision, "{name}: precision of {kind}");
        assert!(score.recall() >= recall, "{name}: recall of {kind}");
    }
}

#[test]
fn what_rules_were_written_with_is_heard_right() {
    check("written with", &corpus(TUNING), 0.95, 0.9, true);
}

#[test]
fn what_no_rule_was_written_with_is_heard_right() {
    check("held out", &corpus(HELD_OUT), 0.95, 0.8, false);
}

#[test]
fn the_corpus_is_large_enough_and_says_nothing_twice() {
    let all = everything();
    let silent = all.iter().filter(|labelled| labelled.signals.is_empty()).count();
    assert!(all.len() - silent >= 60 && silent >= 120);
    let mut texts: Vec<(&str, &str)> = all.iter().map(|one| (one.how, one.text.as_str())).collect();
    texts.sort_unstable();
    let before = texts.len();
    texts.dedup();
    assert_eq!(before, texts.len());
}

fn kinds(text: &str, rules: &ChatRules) -> Vec<&'static str> {
    let spoken = Spoken { text, channel: "ops", ..Spoken::default() };
    heard(&spoken, rules).into_iter().map(|heard| heard.kind).collect()
}

#[test]
fn a_team_adds_its_own_words_and_takes_usual_ones_away() {
    let word = |means: &str, phrase: &str| ChatWord { means: means.into(), phrase: phrase.into() };
    let rules = ChatRules {
        words: vec![
            word("rollback", "zurückgerollt|zurückgesetzt"),
            word("incident", "{system} ist ausgefallen"),
            word("negation", "nicht"),
            word("condition", "falls"),
        ],
        without: vec!["all-clear ! {afterwards}".into()],
        ..ChatRules::default()
    };
    assert_eq!(kinds("Wir haben 4.1 zurückgerollt", &rules), ["rollback"]);
    assert_eq!(kinds("Prod ist ausgefallen!", &rules), ["incident"]);
    assert!(kinds("Wir haben 4.1 nicht zurückgerollt", &rules).is_empty());
    assert!(kinds("falls zurückgerollt wird", &rules).is_empty());
    assert!(kinds("Wir haben 4.1 zurückgerollt", &ChatRules::default()).is_empty());
    assert!(kinds("all clear", &rules).is_empty());
    assert_eq!(kinds("all clear", &ChatRules::default()), ["incident"]);
}

#[test]
fn the_phrase_that_decided_is_named() {
    let spoken = Spoken { text: "FYI: rolling back shop now", ..Spoken::default() };
    let heard = heard(&spoken, &ChatRules::default());
    assert_eq!(heard[0].quote, "FYI: rolling back shop now");
    assert!(heard[0].rule.starts_with("rolled-back|rolling-back"), "{}", heard[0].rule);
}
