//! Words for the closed vocabularies of a review.

use std::fmt::Write as _;

use aftercast_analysis::review::{Basis, Candidate, Category, Layer, Review};
use aftercast_model::human_duration;

/// What a stretch of time was spent on, as it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Activity {
    /// A person or a machine works.
    Work,
    /// Waiting for a machine.
    Machine,
    /// Waiting for a person or a date.
    Person,
    /// Work that was done again, or the wait for it.
    Again,
    /// Nothing is known.
    Unknown,
}

impl Activity {
    /// All, in the order of the legend.
    pub(crate) const ALL: [Self; 5] =
        [Self::Work, Self::Machine, Self::Person, Self::Again, Self::Unknown];

    /// Returns its words in a legend.
    pub(crate) fn says(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Machine => "waiting for a machine",
            Self::Person => "waiting for a person or a date",
            Self::Again => "done again",
            Self::Unknown => "nothing known",
        }
    }
}

/// Returns how a category is drawn.
pub(crate) fn activity(category: Category) -> Activity {
    match category {
        Category::Coding
        | Category::Review
        | Category::Run
        | Category::Manual
        | Category::Deploy => Activity::Work,
        Category::Queue => Activity::Machine,
        Category::ReviewWait
        | Category::MergeWait
        | Category::ApprovalWait
        | Category::Batching => Activity::Person,
        Category::Rework | Category::ReworkWait => Activity::Again,
        Category::Idle => Activity::Unknown,
    }
}

/// Returns the name of a category in a chart.
pub(crate) fn category(category: Category) -> &'static str {
    match category {
        Category::Coding => "coding",
        Category::ReviewWait => "wait for review",
        Category::Review => "review",
        Category::MergeWait => "wait for merge",
        Category::Queue => "queue",
        Category::Run => "build and test",
        Category::ApprovalWait => "approval",
        Category::Manual => "by hand",
        Category::Rework => "done again",
        Category::ReworkWait => "wait for rework",
        Category::Batching => "wait for release",
        Category::Deploy => "deploy",
        Category::Idle => "not known",
    }
}

/// Returns the name of a layer.
pub(crate) fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Process => "process",
        Layer::Platform => "platform",
        Layer::Policy => "policy",
    }
}

/// Returns a basis as the word that stands beside a number.
pub(crate) fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Exact => "exact",
        Basis::Inferred => "inferred",
        Basis::Proxy => "proxy",
        Basis::Missing => "not known",
    }
}

/// Returns a question in a few words, for where there is little room.
pub(crate) fn short_question(id: u8) -> &'static str {
    match id {
        1 => "Lead time",
        2 => "Failed builds",
        3 => "Steps by hand",
        4 => "Gate that missed",
        5 => "Gate that checks nothing",
        6 => "Incident",
        7 => "Went well",
        8 => "The one change",
        _ => "Question",
    }
}

/// Returns a verdict (`not_enough_yet`) as words.
pub(crate) fn verdict(verdict: &str) -> String {
    verdict.replace('_', " ")
}

/// How the verdict on an improvement is marked, beside its words.
pub(crate) fn verdict_mark(verdict: &str) -> &'static str {
    match verdict.to_ascii_lowercase().replace('_', " ").as_str() {
        "helped" => "good",
        "hurt" => "bad",
        _ => "open",
    }
}

/// Returns what a candidate would save, or that it cannot be said.
pub(crate) fn saving(candidate: &Candidate) -> String {
    match candidate.expected_saving_ms {
        Some(millis) => format!("about {}", human_duration(millis)),
        None => "saving not known".to_owned(),
    }
}

/// Returns how sure a candidate's saving is.
pub(crate) fn sure(candidate: &Candidate) -> String {
    format!("{:.0} % sure", candidate.confidence.clamp(0.0, 1.0) * 100.0)
}

/// Parts a text behind its first sentence.
pub(crate) fn first_sentence(text: &str) -> (&str, &str) {
    match text.find(". ").and_then(|at| text.split_at_checked(at + 1)) {
        Some((first, rest)) => (first, rest.trim_start()),
        None => (text, ""),
    }
}

/// Returns the name of a measure (`review_wait_ms`) as words.
pub(crate) fn metric(name: &str) -> String {
    name.strip_suffix("_ms").unwrap_or(name).replace('_', " ")
}

/// Returns the command for the whole page. Names are in it only where they mean nothing to a shell.
pub(crate) fn full_report(review: &Review) -> String {
    let mut command = "aftercast review".to_owned();
    for (flag, name) in [("--service", &review.service), ("--release", &review.release.id)] {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._/+-".contains(c);
        if !name.is_empty() && name.len() <= 60 && !name.starts_with('-') && name.chars().all(plain)
        {
            _ = write!(command, " {flag} {name}");
        }
    }
    command
}
