//! Phrases: how the words that mean something are written down, and whether a sentence has them.
//!
//! Owns: the notation. Words stand one after the other; `a|b` is one of several; `word*` begins so;
//! `{class}` is a word of a class; `word?` may be missing; `...` skips up to [`GAP`] words; `^` is the
//! begin of a clause, `<` that or a first person before it, `$` the end of a clause. Behind `&` stand
//! classes of which one must stand anywhere in the message, behind `!` classes that must not; a phrase
//! that begins with `?` counts in questions only. Must not know any word.

use crate::chat::text::{Sentence, Token};
use crate::chat::words;

/// How many words `...` skips.
const GAP: usize = 5;
/// How many characters of a phrase name it.
const LONGEST_NAME: usize = 48;

/// A phrase, ready to be looked for.
#[derive(Debug)]
pub(super) struct Phrase {
    /// As written.
    text: String,
    /// Whether it counts in questions only.
    pub(super) asks: bool,
    steps: Vec<Step>,
    with: Vec<String>,
    without: Vec<String>,
}

#[derive(Debug)]
enum Step {
    One { of: Vec<Word>, optional: bool },
    Gap,
    Begin,
    Lead,
    End,
}

#[derive(Debug)]
enum Word {
    Exactly(String),
    Begins(String),
    Class(String),
}

impl Phrase {
    /// Reads a phrase as it is written down; `None` where nothing is to be found.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (text_of_steps, asks) = match text.trim().strip_prefix("? ") {
            Some(rest) => (rest, true),
            None => (text.trim(), false),
        };
        let mut phrase = Self {
            text: text.trim().to_owned(),
            asks,
            steps: Vec::new(),
            with: Vec::new(),
            without: Vec::new(),
        };
        let (steps, without) = split(text_of_steps, " ! ");
        let (steps, with) = split(steps, " & ");
        phrase.with = with.map(classes).unwrap_or_default();
        phrase.without = without.map(classes).unwrap_or_default();
        for step in steps.split_whitespace() {
            phrase.steps.push(match step {
                "..." => Step::Gap,
                "^" => Step::Begin,
                "<" => Step::Lead,
                "$" => Step::End,
                word => one(word),
            });
        }
        phrase.steps.iter().any(|step| matches!(step, Step::One { .. })).then_some(phrase)
    }

    /// Returns how it is named in facts: its first words.
    pub(super) fn name(&self) -> String {
        match self.text.char_indices().nth(LONGEST_NAME) {
            Some((end, _)) => format!("{}…", self.text.get(..end).unwrap_or_default()),
            None => self.text.clone(),
        }
    }

    /// Returns whether it is one of `named`, by name or as written.
    pub(super) fn is_among(&self, named: &[String]) -> bool {
        named.iter().any(|name| *name == self.text || *name == self.name())
    }

    /// Returns where `sentence` of a message with these `others` has the phrase.
    pub(super) fn find(&self, sentence: &Sentence, others: &[Sentence]) -> Option<(usize, usize)> {
        let tokens = &sentence.tokens;
        let found = (0..tokens.len())
            .find_map(|start| self.from(0, tokens, start).map(|end| (start, end)))?;
        let stands = |class: &String| {
            others.iter().flat_map(|sentence| &sentence.tokens).any(|token| is_of(token, class))
        };
        let fits = (self.with.is_empty() || self.with.iter().any(stands))
            && !self.without.iter().any(stands);
        fits.then_some(found)
    }

    /// Returns where the steps from `step` on end, if they stand at `at`.
    fn from(&self, step: usize, tokens: &[Token], at: usize) -> Option<usize> {
        let Some(now) = self.steps.get(step) else { return Some(at) };
        match now {
            Step::Begin => begins(tokens, at).then(|| self.from(step + 1, tokens, at))?,
            Step::Lead => led(tokens, at).then(|| self.from(step + 1, tokens, at))?,
            Step::End => ends(tokens, at).then(|| self.from(step + 1, tokens, at))?,
            Step::Gap => {
                for skipped in 0..=GAP {
                    if let Some(end) = self.from(step + 1, tokens, at + skipped) {
                        return Some(end);
                    }
                    // What is denied or interrupted does not belong together.
                    match tokens.get(at + skipped) {
                        Some(Token::Word(word)) if !words::is_negation(word) => {}
                        Some(Token::Other) => {}
                        _ => return None,
                    }
                }
                None
            }
            Step::One { of, optional } => {
                let fits = tokens
                    .get(at)
                    .and_then(Token::word)
                    .is_some_and(|word| of.iter().any(|one| one.fits(word)));
                let taken = fits.then(|| self.from(step + 1, tokens, at + 1)).flatten();
                taken.or_else(|| optional.then(|| self.from(step + 1, tokens, at))?)
            }
        }
    }
}

impl Word {
    fn fits(&self, word: &str) -> bool {
        match self {
            Self::Exactly(own) => own == word,
            Self::Begins(own) => word.starts_with(own.as_str()),
            Self::Class(class) => words::is_in(class, word),
        }
    }
}

fn split<'a>(text: &'a str, at: &str) -> (&'a str, Option<&'a str>) {
    match text.split_once(at) {
        Some((before, behind)) => (before, Some(behind)),
        None => (text, None),
    }
}

fn classes(text: &str) -> Vec<String> {
    let names = text.split(['|', ' ']).map(|name| name.trim_matches(['{', '}']));
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn one(text: &str) -> Step {
    let (text, optional) = match text.strip_suffix('?') {
        Some(text) => (text, true),
        None => (text, false),
    };
    let word = |text: &str| match (text.strip_prefix('{'), text.strip_suffix('*')) {
        (Some(class), _) => Word::Class(class.trim_end_matches('}').to_owned()),
        (None, Some(begin)) => Word::Begins(begin.to_lowercase()),
        (None, None) => Word::Exactly(text.to_lowercase()),
    };
    Step::One { of: text.split('|').filter(|text| !text.is_empty()).map(word).collect(), optional }
}

fn is_of(token: &Token, class: &str) -> bool {
    token.word().is_some_and(|word| words::is_in(class, word))
}

/// Returns whether a clause begins at `at`.
fn begins(tokens: &[Token], at: usize) -> bool {
    match at.checked_sub(1).and_then(|before| tokens.get(before)) {
        None | Some(Token::Pause | Token::Other) => true,
        Some(Token::Word(word)) => words::is_in("filler", word),
    }
}

/// Returns whether what stands at `at` is said of oneself: alone, or behind a first person.
fn led(tokens: &[Token], at: usize) -> bool {
    let mut at = at;
    loop {
        if begins(tokens, at) {
            return true;
        }
        match at.checked_sub(1).and_then(|before| tokens.get(before)).and_then(Token::word) {
            Some(word) if words::is_in("self", word) => return true,
            Some(word) if words::is_in("adverb", word) => at -= 1,
            _ => return false,
        }
    }
}

fn ends(tokens: &[Token], at: usize) -> bool {
    !matches!(tokens.get(at), Some(Token::Word(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::text::read;

    fn check(phrase: &str, text: &str, expected: bool) {
        let said = read(text);
        let phrase = Phrase::read(phrase).unwrap();
        let found = said.sentences.iter().any(|one| phrase.find(one, &said.sentences).is_some());
        assert_eq!(found, expected, "{} in {text}", phrase.text);
    }

    #[test]
    fn the_notation_says_what_it_says() {
        check("a|b c", "x b c", true);
        check("a|b c", "x c b", false);
        check("deploy* done", "Deployment done", true);
        check("a ... z", "a b c z", true);
        check("a ... z", "a b not z", false);
        check("a ... z", "a b, c z", false);
        check("a the? z", "a z", true);
        check("^ z", "a, z", true);
        check("^ z", "a z", false);
        check("< ran", "we just ran", true);
        check("< ran", "the job ran", false);
        check("it $", "ship it!", true);
        check("it $", "ship it home", false);
        check("it & {production}", "ship it. prod!", true);
        check("it & {production}", "ship it", false);
        check("it ! {production}", "ship it to prod", false);
        assert!(Phrase::read(" ^ ... ").is_none());
    }
}
