//! The page of incidents: which release each of them points at, with the evidence, and what was
//! undone without an incident.

use aftercast_model::{FactId, Timestamp};
use serde::Serialize;

use super::Basis;

/// Which release caused which incident (docs/statistics/incidents.md).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IncidentLinks {
    /// The version of the JSON form.
    pub schema_version: u32,
    /// The service.
    pub service: String,
    /// What to take home, a sentence each, with its n.
    pub says: Vec<String>,
    /// How the window and the lag were found.
    pub model: LagModel,
    /// The incidents, newest first.
    pub incidents: Vec<IncidentLine>,
    /// Rollbacks, reverts and hotfixes, newest first.
    pub undone: Vec<UndoneLine>,
    /// The gates that passed what was undone or caused an incident, most often first.
    pub gates: Vec<LetThroughLine>,
    /// What a reader must know to trust the page.
    pub notes: Vec<String>,
}

/// How long after a release its incidents begin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LagModel {
    /// Releases older than this before an incident are no candidates, in milliseconds.
    pub window_ms: i64,
    /// The median lag, in milliseconds.
    pub median_ms: i64,
    /// The spread of the logarithm of the lag.
    pub sigma: f64,
    /// How many confirmed pairs the window and the lag were learnt from; 0 where they are defaults.
    pub learnt_from: usize,
    /// In words.
    pub says: String,
}

/// What can be said about the cause of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkVerdict {
    /// People said which release, or that none did.
    Confirmed,
    /// The incident tracker names the release.
    Named,
    /// At least 80 % of the score points at one release.
    CausedBy,
    /// 50 % to 80 %.
    Probably,
    /// No release has half of the score.
    Suspects,
    /// At least 50 % of the score is on "no release".
    NoRelease,
    /// No release is in the window, or nobody knows when the incident began.
    NotKnown,
}

/// One incident.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IncidentLine {
    /// Its row.
    pub id: FactId,
    /// Its title.
    pub title: String,
    /// How bad it was, in the source's word.
    pub severity: String,
    /// When it began; where only its detection is known, that.
    pub onset_at: Option<Timestamp>,
    /// Whether `onset_at` is when it began ([`Basis::Exact`]) or was noticed ([`Basis::Proxy`]).
    pub onset_basis: Basis,
    /// What can be said.
    pub verdict: LinkVerdict,
    /// In one sentence, with the evidence.
    pub says: String,
    /// How much of the score is on "no release", from 0 to 1.
    pub no_release: f64,
    /// How many releases were candidates; one of them guessed at random is right in
    /// 1 / `candidates_n` of the cases at best.
    pub candidates_n: usize,
    /// The candidates with the most score, best first; all within a factor of 2 of the best.
    pub candidates: Vec<CandidateRelease>,
    /// Which gate could have caught it.
    pub gate: Option<GateAnswer>,
}

/// A release that may have caused an incident.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CandidateRelease {
    /// Its name.
    pub release: String,
    /// When it was in production.
    pub at: Timestamp,
    /// From then to the incident, in milliseconds.
    pub lag_ms: i64,
    /// Its part of the score, from 0 to 1.
    pub posterior: f64,
    /// The sum of `parts`, in log-odds against "no release".
    pub score: f64,
    /// Each piece of evidence.
    pub parts: Vec<ScorePart>,
}

/// One piece of evidence for or against a release.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScorePart {
    /// `named`, `linked`, `rollback`, `revert`, `hotfix`, `service`, `lag`, `prior` (the candidates
    /// share one).
    pub kind: String,
    /// What it adds, in log-odds.
    pub log_odds: f64,
    /// In words; empty where there is nothing to say.
    pub says: String,
    /// The rows.
    pub evidence: Vec<FactId>,
}

/// A rollback, a revert or a hotfix.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UndoneLine {
    /// Its row.
    pub id: FactId,
    /// `rollback`, `revert` or `hotfix`.
    pub kind: String,
    /// When it was made.
    pub at: Timestamp,
    /// In one sentence.
    pub says: String,
    /// What exactly it undoes, where that is known: a change, a commit.
    pub what: Option<String>,
    /// The release that it undoes or mends, where that is known.
    pub release: Option<String>,
    /// From that release to this, in milliseconds.
    pub lag_ms: Option<i64>,
    /// Exact where the source names what is undone.
    pub basis: Basis,
    /// Where nothing names what it undoes: the likeliest by size and time, best first.
    pub guesses: Vec<Guess>,
    /// Whether what it undoes had reached production.
    pub got_through: Option<bool>,
    /// Which gate could have caught it.
    pub gate: Option<GateAnswer>,
}

/// What a revert may take back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Guess {
    /// The change or commit.
    pub what: String,
    /// The release that shipped it.
    pub release: Option<String>,
    /// How likely beside all others, from 0 to 1.
    pub posterior: f64,
}

/// Which gate could have caught a problem, and when (R8).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateAnswer {
    /// In one sentence; "no gate looked" where that is so.
    pub says: String,
    /// The earliest gate that looks there as far as the facts tell.
    pub gate: Option<String>,
    /// When it passed the change.
    pub at: Option<Timestamp>,
    /// Every gate that passed the change, in order of time.
    pub passed: Vec<PassedGate>,
}

/// A gate that passed a change which should not have passed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PassedGate {
    /// The gate.
    pub gate: String,
    /// When it passed the change.
    pub at: Timestamp,
    /// Why it is taken to look there; `None` where nothing shows it.
    pub looks_there: Option<String>,
    /// The row.
    pub evidence: FactId,
}

/// What a gate let through.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LetThroughLine {
    /// The gate.
    pub gate: String,
    /// Problems whose change it had passed.
    pub passed: usize,
    /// Those of them where the facts show that it looks there.
    pub looked_there: usize,
    /// The problems.
    pub evidence: Vec<FactId>,
}
