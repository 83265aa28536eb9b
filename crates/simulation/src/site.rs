//! One service while it is simulated: what stays the same, and what is planted in it.

use crate::calendar::Calendar;
use crate::jobs::{self, BUILD, CI, INTEGRATION, UNSPLIT};
use crate::plan::Plan;

/// What the services are called, before their number.
const SERVICES: [&str; 12] = [
    "checkout",
    "search",
    "basket",
    "mail",
    "billing",
    "stock",
    "login",
    "catalogue",
    "reviews",
    "shipping",
    "pricing",
    "reports",
];

/// The teams; each owns three services, then the next one begins.
const TEAMS: [&str; 5] = ["harbour", "orchard", "lantern", "quarry", "meadow"];

/// What is true of one service from the beginning to the end.
#[derive(Debug, Clone)]
pub(crate) struct Site<'a> {
    pub(crate) plan: &'a Plan,
    /// Its number among the services.
    pub(crate) number: u32,
    pub(crate) service: String,
    pub(crate) team: String,
    pub(crate) repo: String,
    pub(crate) calendar: Calendar,
    /// How many jobs `ci` has.
    pub(crate) jobs: usize,
    /// In which share of the changes each job finds a problem.
    pub(crate) rates: [f64; CI.len()],
    /// When the slower step begins, and its factor.
    pub(crate) slower: Option<(i64, f64)>,
    /// The weeks of long queues, and the factor.
    pub(crate) shortage: Option<(i64, i64, f64)>,
    /// When the rollout reached it, and its factor.
    pub(crate) rollout: Option<(i64, f64)>,
    /// Whether the manual step is declared, where there is one.
    pub(crate) manual: Option<bool>,
}

/// How many people write changes, and how many others review them.
pub(crate) const PEOPLE: u64 = 7;

impl<'a> Site<'a> {
    pub(crate) fn new(plan: &'a Plan, number: u32) -> Self {
        let plants = &plan.plants;
        let calendar = Calendar::new(plan.start, plants.working_hours);
        let word = |list: &[&'static str], at: u32| {
            list.get(at as usize % list.len().max(1)).copied().unwrap_or_default()
        };
        let service = format!("{}-{:03}", word(&SERVICES, number), number + 1);
        let jobs =
            UNSPLIT + usize::try_from(plan.more_jobs).unwrap_or_default().min(CI.len() - UNSPLIT);
        let day = |share: f64| calendar.day(plan.days, share);
        // Even services get the rollout, one after the other.
        let reached = plan.services.div_ceil(2);
        let reaches = number.is_multiple_of(2) && plan.services > 1;
        let turn = f64::from(number / 2) / f64::from(reached.saturating_sub(1).max(1));
        let rollout = plants
            .rollout
            .filter(|_| reaches)
            .map(|effect| (day(effect.first + (effect.last - effect.first) * turn), effect.factor));
        Self {
            plan,
            number,
            team: word(&TEAMS, number / 3).to_owned(),
            repo: format!("simulated/{service}"),
            service,
            calendar,
            jobs,
            rates: jobs::rates(plants, jobs),
            slower: plants.slower_step.map(|slower| (day(slower.at), slower.factor)),
            shortage: plants
                .queue_shortage
                .map(|shortage| (day(shortage.from), day(shortage.to), shortage.factor)),
            rollout,
            manual: plants.manual_step.then_some(number.is_multiple_of(2)),
        }
    }

    /// Returns by which factor a job of `ci` that begins at `at` takes longer.
    pub(crate) fn slowness(&self, job: usize, at: i64) -> f64 {
        let planted = match job {
            INTEGRATION => self.slower,
            BUILD => self.rollout,
            _ => None,
        };
        planted.filter(|(from, _)| at >= *from).map_or(1.0, |(_, factor)| factor)
    }

    /// Returns by which factor a job that is asked for at `at` waits longer for a machine.
    pub(crate) fn scarcity(&self, at: i64) -> f64 {
        self.shortage
            .filter(|(from, to, _)| (*from..*to).contains(&at))
            .map_or(1.0, |(_, _, factor)| factor)
    }
}
