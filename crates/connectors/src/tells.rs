//! What a source can tell and what not: the row of capabilities that `doctor`, the manual and the
//! settings page show.

/// What a source tells, in the order of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tells {
    /// When a job was asked for, beside when it began.
    pub queue_time: Told,
    /// Attempts before the last.
    pub attempts: Told,
    /// When an approval was asked for.
    pub approval_asked: Told,
    /// When it was answered.
    pub approval_answered: Told,
    /// Who: a person (as a pseudonym) or a program.
    pub who: Told,
    /// The steps of a job.
    pub steps: Told,
    /// Why something failed.
    pub failure_reason: Told,
    /// How far back the system itself remembers.
    pub retention: &'static str,
    /// The five numbers.
    pub numbers: Numbers,
}

/// Which of the five numbers a source can answer, alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// From first commit to production.
    pub lead_time: Told,
    /// Builds that failed on the way.
    pub failed_builds: Told,
    /// Time spent waiting at approval gates.
    pub approval_wait: Told,
    /// Manual steps.
    pub manual_steps: Told,
    /// Incidents after the release.
    pub incidents: Told,
}

/// Whether a source tells something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It does under a condition, or in a way that must be known.
    With(&'static str),
}

impl Tells {
    /// A source that tells nothing; others say what is different (`..Tells::NOTHING`).
    pub const NOTHING: Self = Self {
        queue_time: Told::No,
        attempts: Told::No,
        approval_asked: Told::No,
        approval_answered: Told::No,
        who: Told::No,
        steps: Told::No,
        failure_reason: Told::No,
        retention: "as long as you keep the files",
        numbers: Numbers::NONE,
    };

    /// Returns every capability with its name, in the order of the reference.
    pub fn rows(&self) -> [(&'static str, Told); 7] {
        [
            ("queue time", self.queue_time),
            ("attempts", self.attempts),
            ("approval asked", self.approval_asked),
            ("approval answered", self.approval_answered),
            ("who", self.who),
            ("steps of a job", self.steps),
            ("failure reason", self.failure_reason),
        ]
    }
}

impl Numbers {
    /// None of them.
    pub const NONE: Self = Self {
        lead_time: Told::No,
        failed_builds: Told::No,
        approval_wait: Told::No,
        manual_steps: Told::No,
        incidents: Told::No,
    };

    /// Returns every number with its name, in the order of the review.
    pub fn rows(&self) -> [(&'static str, Told); 5] {
        [
            ("lead time", self.lead_time),
            ("failed builds", self.failed_builds),
            ("approval wait", self.approval_wait),
            ("manual steps", self.manual_steps),
            ("incidents", self.incidents),
        ]
    }
}

impl Told {
    /// Returns the word for a table.
    pub fn shown(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::With(condition) => condition,
        }
    }
}
