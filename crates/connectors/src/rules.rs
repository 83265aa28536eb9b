//! What an installation says about the foreign world: which environments are production, which
//! accounts are programs, why builds fail, which words in chat mean something.
//!
//! Owns: the rules as data, with defaults. Must not know: where they are written down.

use crate::chat::ChatRules;
use crate::failure::FailureRules;

pub use crate::failure::Evidence;

/// Everything that conversions may look up, beside services and people.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Which environments are production; empty stands for the usual names.
    pub production: Vec<String>,
    /// Which accounts are programs, beside those that a source marks itself; `*` stands for anything.
    pub programs: Vec<String>,
    /// Why builds fail.
    pub failures: FailureRules,
    /// Which channels may be read, and what words mean there.
    pub chat: ChatRules,
}

/// How a system other than the repository calls what may be a service.
#[derive(Debug, Clone, Copy)]
pub struct Clue<'a> {
    /// What it is there (`service`, `application`, `job`, `label`).
    pub kind: &'a str,
    /// How it is called there.
    pub name: &'a str,
}

/// What is production where the settings do not say.
const USUAL_PRODUCTION: &[&str] = &["production", "prod", "live", "prd"];
/// What programs are usually called.
const USUAL_PROGRAMS: &[&str] = &["*[bot]", "*-bot", "*_bot", "dependabot*", "renovate*"];

impl Rules {
    /// Returns whether what reaches `environment` reaches production.
    pub fn is_production(&self, environment: &str) -> bool {
        if self.production.is_empty() {
            return USUAL_PRODUCTION.iter().any(|usual| usual.eq_ignore_ascii_case(environment));
        }
        self.production.iter().any(|pattern| matches(pattern, environment))
    }

    /// Returns whether the account called `name` is a program's.
    pub fn is_program(&self, name: &str) -> bool {
        USUAL_PROGRAMS.iter().any(|pattern| matches(pattern, name))
            || self.programs.iter().any(|pattern| matches(pattern, name))
    }
}

pub(crate) use aftercast_model::name_matches as matches;
