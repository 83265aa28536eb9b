//! The analysis on companies whose truth is known: what was planted, what is found, what is missed,
//! and what is found where nothing is. `docs/statistics/simulation.md` holds the table: the test
//! writes it with `AFTERCAST_BLESS=1`, and compares.

mod gates;
mod page;
mod rest;

use std::collections::BTreeMap;

use aftercast_analysis::Settings;
use aftercast_analysis::history::ServiceHistory;
use aftercast_model::Facts;
use aftercast_simulation::{Plan, ServiceTruth, simulate};

/// So many companies, each with everything planted and with nothing.
pub(crate) const SEEDS: u64 = 20;

/// What became of one kind of plant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Score {
    /// How often it was planted.
    planted: usize,
    /// How often it was found, right.
    found: usize,
    /// How often something was found that is not there, in companies where it was planted.
    wrong: usize,
    /// How often there was nothing to find, in companies with nothing planted.
    chances: usize,
    /// How often something was found there.
    alarms: usize,
}

/// What became of every kind of plant.
#[derive(Debug, Default)]
pub(crate) struct Scores(BTreeMap<&'static str, Score>);

impl Scores {
    fn of(&mut self, what: &'static str) -> &mut Score {
        self.0.entry(what).or_default()
    }

    /// Counts a plant that is either found or missed.
    pub(crate) fn plant(&mut self, what: &'static str, found: bool) {
        let score = self.of(what);
        score.planted += 1;
        score.found += usize::from(found);
    }

    /// Counts things found that are not there, beside plants.
    pub(crate) fn wrong(&mut self, what: &'static str, how_many: usize) {
        self.of(what).wrong += how_many;
    }

    /// Counts something found where nothing is planted, of `chances`.
    pub(crate) fn alarm(&mut self, what: &'static str, alarms: usize, chances: usize) {
        let score = self.of(what);
        score.chances += chances;
        score.alarms += alarms;
    }

    fn add(&mut self, other: &Self) {
        for (what, score) in &other.0 {
            let sum = self.of(what);
            sum.planted += score.planted;
            sum.found += score.found;
            sum.wrong += score.wrong;
            sum.chances += score.chances;
            sum.alarms += score.alarms;
        }
    }
}

/// A service and what is true of it; nothing is planted in the null company.
pub(crate) struct Known<'a> {
    pub(crate) history: &'a ServiceHistory,
    pub(crate) truth: &'a ServiceTruth,
    pub(crate) settings: &'a Settings,
    pub(crate) null: bool,
}

/// Two services over half a year: the first gets the rollout and declares its manual step, the
/// second does neither.
fn plan(seed: u64, null: bool) -> Plan {
    let plan = if null { Plan::null(seed) } else { Plan::company(seed) };
    Plan { services: 2, batch_rows: usize::MAX, ..plan }
}

fn judge(seed: u64, null: bool) -> Scores {
    let mut all = Facts::new();
    let truth = simulate::<()>(&plan(seed, null), &mut |facts| {
        all = facts;
        Ok(())
    })
    .unwrap();
    let mut scores = Scores::default();
    let settings = Settings::default();
    for service in &truth.services {
        let history = ServiceHistory::new(&service.service, all.clone());
        let known = Known { history: &history, truth: service, settings: &settings, null };
        gates::judge(&known, &mut scores);
        rest::judge(&known, &mut scores);
    }
    scores
}

/// Judges all companies, on two threads.
pub(crate) fn scores() -> Scores {
    let share = |first: u64| {
        let mut scores = Scores::default();
        for seed in (first..SEEDS).step_by(2) {
            scores.add(&judge(seed, false));
            scores.add(&judge(seed, true));
        }
        scores
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| share(1));
        let mut scores = share(0);
        scores.add(&other.join().unwrap());
        scores
    })
}
