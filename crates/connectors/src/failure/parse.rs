//! Rules of failures from TOML, each mistake with its line.

use aftercast_model::{Code, FailureClass, Outcome};
use serde::Deserialize;
use toml::Spanned;

use super::Rule;

/// What is wrong with a file of rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct RuleError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Spanned<Written>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    class: Spanned<String>,
    #[serde(default)]
    outcome: Vec<Spanned<String>>,
    #[serde(default)]
    reason: Vec<String>,
    #[serde(default)]
    exit_code: Vec<i64>,
    #[serde(default)]
    job: Vec<String>,
    #[serde(default)]
    step: Vec<String>,
    #[serde(default)]
    text: Vec<String>,
}

/// Reads the rules of a file, in order.
pub(super) fn rules(text: &str) -> Result<Vec<Rule>, RuleError> {
    let line = |at: usize| text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    let file: File = toml::from_str(text).map_err(|error| RuleError {
        line: error.span().map_or(1, |span| line(span.start)),
        what: error.message().to_owned(),
    })?;
    file.rule
        .into_iter()
        .map(|written| {
            let at = line(written.span().start);
            let written = written.into_inner();
            let class = word::<FailureClass>(&written.class, &line)?;
            let outcome = written
                .outcome
                .iter()
                .map(|outcome| word::<Outcome>(outcome, &line))
                .collect::<Result<Vec<_>, _>>()?;
            let lower = |texts: Vec<String>| texts.iter().map(|text| text.to_lowercase()).collect();
            let rule = Rule {
                name: written.name,
                class,
                outcome,
                reason: written.reason,
                exit_code: written.exit_code,
                job: written.job,
                step: written.step,
                text: lower(written.text),
            };
            if rule.asks_nothing() {
                let what = format!(
                    "the rule `{}` asks for nothing and would match every failure: give it one of \
                     `outcome`, `reason`, `exit_code`, `job`, `step`, `text`",
                    rule.name
                );
                return Err(RuleError { line: at, what });
            }
            Ok(rule)
        })
        .collect()
}

impl Rule {
    fn asks_nothing(&self) -> bool {
        self.outcome.is_empty()
            && self.reason.is_empty()
            && self.exit_code.is_empty()
            && self.job.is_empty()
            && self.step.is_empty()
            && self.text.iter().all(String::is_empty)
    }
}

/// Reads a word of one of our vocabularies.
fn word<V: Code>(written: &Spanned<String>, line: &dyn Fn(usize) -> usize) -> Result<V, RuleError> {
    let text = written.as_ref();
    let known = V::WORDS.iter().find(|(_, word)| *word == text.as_str());
    known.map(|(value, _)| *value).ok_or_else(|| RuleError {
        line: line(written.span().start),
        what: format!(
            "`{text}` is none of `{}`",
            V::WORDS.iter().map(|(_, word)| *word).collect::<Vec<_>>().join("`, `")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_file_is_an_error_with_its_line() {
        for (text, line, part) in [
            (
                "[[rule]]\nname = \"a\"\nclass = \"codee\"\ntext = [\"x\"]\n",
                3,
                "`codee` is none of",
            ),
            ("[[rule]]\nname = \"a\"\nclass = \"code\"\n", 1, "asks for nothing"),
            ("[[rule]]\nname = \"a\"\nclass = \"code\"\nexit = [1]\n", 4, "exit"),
            ("[[rule]]\nclass = \"code\"\noutcome = [\"red\"]\n", 1, "name"),
            ("\n[[rule\n", 2, ""),
        ] {
            let error = rules(text).unwrap_err();
            assert_eq!(error.line, line, "{text}: {error}");
            assert!(error.what.contains(part), "{text}: {error}");
        }
    }
}
