//! Why a job failed: its failed step, what it said about itself, the end of its log.
//!
//! Owns: which of GitHub's words are evidence. Must not know the classes of failures: the rules do.

use aftercast_model::{FailureClass, Name, Outcome};

use crate::github::objects::{Annotation, Job};
use crate::rules::Evidence;
use crate::sink::Sink;
use crate::words::{first_words, telling_line};

/// Why a job failed.
pub(super) struct Why {
    pub(super) class: FailureClass,
    pub(super) rule: Name,
    pub(super) text: Name,
    /// How much was known beside the job itself, for the order of observations.
    pub(super) told: i64,
}

/// Returns why `job`, which ended so, failed; nothing where it did not.
pub(super) fn why(job: &Job<'_>, outcome: Outcome, sink: &mut Sink<'_>) -> Why {
    let told = i64::from(job.annotations.get().is_some()) + i64::from(job.log.get().is_some());
    let nothing = Why { class: FailureClass::Unknown, rule: Name::NONE, text: Name::NONE, told };
    if !outcome.is_red() && outcome != Outcome::Cancelled {
        return nothing;
    }
    let step = job.steps.items().find(|step| step.conclusion.text() == Some("failure"));
    let step = step.and_then(|step| step.name.text());
    let said: Vec<&str> = failures(job).filter_map(|one| one.message.text()).collect();
    let exit_code = said.iter().find_map(|message| exit_code(message));
    let mut text = said.join("\n");
    if let Some(log) = job.log.text() {
        text.push('\n');
        text.push_str(log);
    }
    let (class, rule) = sink.failure(&Evidence {
        outcome,
        reason: job.conclusion.text(),
        exit_code,
        job: job.name.text(),
        step,
        text: Some(text.as_str()).filter(|text| !text.is_empty()),
    });
    let class = match (class, outcome) {
        (FailureClass::Unknown, Outcome::TimedOut) => FailureClass::Timeout,
        (FailureClass::Unknown, Outcome::Cancelled) => FailureClass::Cancelled,
        (class, _) => class,
    };
    // That a process ended is no reason; what it said is.
    let first = failures(job)
        .filter_map(|one| one.message.text().or(one.title.text()))
        .find(|message| self::exit_code(message).is_none());
    let line = job.log.text().filter(|_| first.is_none()).and_then(telling_line);
    let words = match (step, first.or(line)) {
        (Some(step), Some(said)) => format!("step `{step}` failed: {}", first_words(said)),
        (Some(step), None) => format!("step `{step}` failed"),
        (None, Some(said)) => first_words(said),
        (None, None) => String::new(),
    };
    let words = Some(words.as_str()).filter(|words| !words.is_empty());
    Why { class, rule, text: sink.name(words), told }
}

/// Returns what a job says about its failure, errors before the rest.
fn failures<'j, 'd>(job: &'j Job<'d>) -> impl Iterator<Item = &'j Annotation<'d>> {
    let level = |one: &&Annotation<'_>| one.annotation_level.text() == Some("failure");
    job.annotations.items().filter(level)
}

/// Returns the number in "Process completed with exit code 137."
fn exit_code(message: &str) -> Option<i64> {
    let (_, rest) = message.split_once("Process completed with exit code ")?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_is_read_from_githubs_sentence_only() {
        for (message, expected) in [
            ("Process completed with exit code 137.", Some(137)),
            ("Process completed with exit code -1.", Some(-1)),
            ("exit code 137", None),
            ("Process completed with exit code soon", None),
        ] {
            assert_eq!(exit_code(message), expected, "{message}");
        }
    }
}
