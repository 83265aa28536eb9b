//! Why a build failed, by rules that are data (`rules.toml`, and a file of the user's).
//!
//! Owns: the form of a rule, the rules that we ship, which rule decides. What follows from later runs
//! (flaky, superseded) is the analysis' business. Must not know: sources, files.

mod parse;

use std::sync::LazyLock;

use aftercast_model::{FailureClass, Outcome, name_matches};

pub use parse::RuleError;

/// How much of a text is looked at, in bytes: what failed is said at its end.
const TEXT_BYTES: usize = 16 * 1024;

/// What is known of a failed build.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// How it ended.
    pub outcome: Outcome,
    /// The source's own word for why (`runner_system_failure`, `ABORTED`, ...).
    pub reason: Option<&'a str>,
    /// The exit code of its last command.
    pub exit_code: Option<i64>,
    /// The job's name.
    pub job: Option<&'a str>,
    /// The name of the step that failed.
    pub step: Option<&'a str>,
    /// What it said: annotations, error messages, the end of the log.
    pub text: Option<&'a str>,
}

/// The rules, in the order in which they are asked: the user's, then ours.
#[derive(Debug, Clone, Default)]
pub struct FailureRules {
    own: Vec<Rule>,
}

/// One rule; an empty list asks for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    name: String,
    class: FailureClass,
    outcome: Vec<Outcome>,
    reason: Vec<String>,
    exit_code: Vec<i64>,
    job: Vec<String>,
    step: Vec<String>,
    /// In lower case.
    text: Vec<String>,
}

static SHIPPED: LazyLock<Vec<Rule>> =
    LazyLock::new(|| parse::rules(include_str!("rules.toml")).unwrap_or_default());

impl FailureRules {
    /// Returns the rules written in `text`, to be asked before ours.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        Ok(Self { own: parse::rules(text)? })
    }

    /// Returns the class of `evidence` and the name of the rule that decided. What did not end, ended
    /// well or was skipped has no class.
    pub fn classify(&self, evidence: &Evidence<'_>) -> Option<(FailureClass, &str)> {
        if !evidence.outcome.is_red() && evidence.outcome != Outcome::Cancelled {
            return None;
        }
        let text = evidence.text.map(|text| tail(text).to_lowercase()).unwrap_or_default();
        let mut rules = self.own.iter().chain(SHIPPED.iter());
        rules
            .find(|rule| rule.matches(evidence, &text))
            .map(|rule| (rule.class, rule.name.as_str()))
    }
}

impl Rule {
    fn matches(&self, evidence: &Evidence<'_>, text: &str) -> bool {
        let named = |patterns: &[String], name: Option<&str>| {
            patterns.is_empty()
                || name.is_some_and(|name| patterns.iter().any(|one| name_matches(one, name)))
        };
        (self.outcome.is_empty() || self.outcome.contains(&evidence.outcome))
            && (self.exit_code.is_empty()
                || evidence.exit_code.is_some_and(|code| self.exit_code.contains(&code)))
            && named(&self.reason, evidence.reason)
            && named(&self.job, evidence.job)
            && named(&self.step, evidence.step)
            && (self.text.is_empty() || self.text.iter().any(|phrase| text.contains(phrase)))
    }
}

/// Returns the end of `text`.
fn tail(text: &str) -> &str {
    let mut from = text.len().saturating_sub(TEXT_BYTES);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use aftercast_model::Code as _;

    use super::*;

    fn failed(evidence: Evidence<'_>) -> Option<(FailureClass, String)> {
        let evidence = match evidence.outcome {
            Outcome::Unknown => Evidence { outcome: Outcome::Failure, ..evidence },
            _ => evidence,
        };
        let rules = FailureRules::default();
        rules.classify(&evidence).map(|(class, rule)| (class, rule.to_owned()))
    }

    fn said(text: &str) -> Option<(FailureClass, String)> {
        failed(Evidence { text: Some(text), ..Evidence::default() })
    }

    #[test]
    fn each_shipped_rule_is_read_and_has_a_name_of_its_own() {
        let mut names: Vec<&str> = SHIPPED.iter().map(|rule| rule.name.as_str()).collect();
        assert!(names.len() > 20, "{names:?}");
        names.sort_unstable();
        let before = names.len();
        names.dedup();
        assert_eq!(names.len(), before);
        for (class, _) in FailureClass::WORDS {
            let decided_later = *class == FailureClass::Flaky || *class == FailureClass::Unknown;
            assert!(
                decided_later || SHIPPED.iter().any(|rule| rule.class == *class),
                "no rule gives {class:?}"
            );
        }
    }

    #[test]
    fn what_a_build_said_tells_why_it_failed() {
        for (text, class, rule) in [
            (
                "error[E0308]: mismatched types\nerror: could not compile `shop`",
                FailureClass::Code,
                "compiler",
            ),
            ("src/app.ts(3,5): error TS2322: Type 'string'", FailureClass::Code, "compiler"),
            ("test result: FAILED. 3 passed; 1 failed", FailureClass::Test, "test_framework"),
            ("[ERROR] There are test failures.", FailureClass::Test, "test_framework"),
            (
                "FAILED tests/test_a.py::test_b - AssertionError",
                FailureClass::Test,
                "test_framework",
            ),
            (
                "curl: (6) Could not resolve host: example.org",
                FailureClass::Dependency,
                "fetch_failed",
            ),
            (
                "toomanyrequests: You have reached your pull rate limit",
                FailureClass::Dependency,
                "fetch_failed",
            ),
            (
                "ERROR: No matching distribution found for foo==9",
                FailureClass::Dependency,
                "dependency_not_resolved",
            ),
            ("write /tmp/x: no space left on device", FailureClass::Infrastructure, "no_disk"),
            (
                "The hosted runner lost communication with the server.",
                FailureClass::Infrastructure,
                "runner_lost",
            ),
            (
                "The job has exceeded the maximum execution time of 6h0m0s",
                FailureClass::Timeout,
                "text_time_limit",
            ),
            (
                "Invalid workflow file: .github/workflows/ci.yml#L3",
                FailureClass::Configuration,
                "definition_wrong",
            ),
            (
                "bash: line 1: kubectl: command not found",
                FailureClass::Configuration,
                "command_not_found",
            ),
        ] {
            assert_eq!(said(text), Some((class, rule.to_owned())), "{text}");
        }
        assert_eq!(said("Process completed with exit code 1."), None);
    }

    #[test]
    fn the_systems_own_word_goes_before_what_the_log_says() {
        let evidence = Evidence {
            reason: Some("runner_system_failure"),
            text: Some("test result: FAILED"),
            ..Evidence::default()
        };
        assert_eq!(failed(evidence).unwrap().1, "said_runner");
        let code = Evidence { exit_code: Some(137), ..Evidence::default() };
        assert_eq!(failed(code).unwrap().1, "killed");
    }

    #[test]
    fn cancelled_is_cancelled_or_superseded_and_success_has_no_class() {
        let with = |outcome, text| failed(Evidence { outcome, text, ..Evidence::default() });
        let newer = Some("Canceling since a higher priority waiting request for 'ci' exists");
        assert_eq!(with(Outcome::Cancelled, newer).unwrap().0, FailureClass::Superseded);
        assert_eq!(with(Outcome::Cancelled, None).unwrap().0, FailureClass::Cancelled);
        assert_eq!(
            with(Outcome::Cancelled, Some("tests failed")).unwrap().0,
            FailureClass::Cancelled
        );
        assert_eq!(with(Outcome::TimedOut, None).unwrap().0, FailureClass::Timeout);
        assert_eq!(with(Outcome::Success, Some("tests failed")), None);
        assert_eq!(with(Outcome::Skipped, None), None);
    }

    #[test]
    fn a_users_rule_is_asked_first_and_named() {
        let rules = FailureRules::parse(
            "[[rule]]\nname = \"our_proxy\"\nclass = \"infrastructure\"\njob = [\"deploy-*\"]\n\
             text = [\"squid\"]\n",
        )
        .unwrap();
        let mut evidence = Evidence {
            outcome: Outcome::Failure,
            job: Some("Deploy-EU"),
            text: Some("Squid: tests failed"),
            ..Evidence::default()
        };
        assert_eq!(rules.classify(&evidence), Some((FailureClass::Infrastructure, "our_proxy")));
        evidence.job = Some("unit");
        assert_eq!(rules.classify(&evidence), Some((FailureClass::Test, "test_framework")));
    }

    #[test]
    fn only_the_end_of_a_long_text_is_looked_at() {
        let long = format!("no space left on device{}é", " ".repeat(TEXT_BYTES));
        assert_eq!(said(&long), None);
        assert_eq!(said(&format!("{long}\nno space left on device")).unwrap().1, "no_disk");
    }
}
