//! One service from its first release to its last.

use aftercast_model::{Facts, Incident, Name, Rollout, Timestamp};

use crate::batch::{Batch, Part, at};
use crate::change::{self, Change, MERGE, Place};
use crate::definitions;
use crate::delivery::{self, Cargo};
use crate::dice::{Dice, scaled};
use crate::plan::Incidents;
use crate::site::Site;
use crate::truth::{IncidentTruth, Repair, ServiceTruth, SizeTruth};

/// Something that burns: a change must be taken back.
#[derive(Debug, Clone)]
struct Fire {
    /// When somebody has found out which change it was.
    known: i64,
    change: i64,
    sha: String,
    repair: Repair,
}

/// A release that went out.
#[derive(Debug, Clone, Default)]
struct Out {
    version: String,
    sha: String,
    at: i64,
}

/// A service that is being simulated.
pub(crate) struct Running<'a> {
    site: Site<'a>,
    truth: ServiceTruth,
    /// How many job attempts it should have at least.
    quota: Option<u64>,
    changes: i64,
    deliveries: u64,
    fires: Vec<Fire>,
    last: Out,
    before: Out,
    /// The newest commit of the main line, and when it was merged.
    tip: String,
    merged: i64,
    /// Mends since the last planned release.
    mends: u32,
}

/// How a release is made up.
#[derive(Debug, Clone, Copy)]
struct Mix {
    changes: u64,
    lines: f64,
    small: Option<bool>,
    causes: f64,
}

impl<'a> Running<'a> {
    pub(crate) fn new(site: Site<'a>, quota: Option<u64>) -> Self {
        let truth = definitions::truth(&site);
        let begin = site.calendar.wall(0);
        let last = Out { at: begin, ..Out::default() };
        Self {
            truth,
            quota,
            changes: 0,
            deliveries: 0,
            fires: Vec::new(),
            before: last.clone(),
            last,
            tip: String::new(),
            merged: i64::MIN,
            mends: 0,
            site,
        }
    }

    /// Simulates the service to its end; returns what is true of it.
    pub(crate) fn run<E>(
        mut self,
        out: &mut Batch,
        sink: &mut dyn FnMut(Facts) -> Result<(), E>,
    ) -> Result<ServiceTruth, E> {
        let plan = self.site.plan;
        let before = out.task_runs;
        out.turn_to(&self.site.service, &self.site.repo);
        definitions::write(&self.site, out);
        self.rollouts(out);
        let pace = self.site.calendar.worked_in(plan.days) / i64::from(plan.releases.max(1));
        let mut number = 0;
        loop {
            let done = match self.quota {
                Some(quota) => number > 0 && out.task_runs - before >= quota,
                None => number >= plan.releases.max(1),
            };
            if done {
                break;
            }
            let mut dice = self.dice(0x5E7, u64::from(number));
            let jitter = scaled(pace, 0.6 * dice.uniform() - 0.3);
            let slot = self.site.calendar.wall(pace * (i64::from(number) + 1) + jitter);
            while let Some(fire) = self.urgent(slot) {
                self.mend(&fire, number, out);
                out.pass(plan.batch_rows, sink)?;
            }
            self.release(number, slot, &mut dice, out);
            out.pass(plan.batch_rows, sink)?;
            number += 1;
        }
        self.truth.task_runs = out.task_runs - before;
        Ok(self.truth)
    }

    fn dice(&self, what: u64, place: u64) -> Dice {
        Dice::new(self.site.plan.seed ^ what, u64::from(self.site.number), place)
    }

    fn rollouts(&self, out: &mut Batch) {
        let both = [&self.truth.slower, &self.truth.rollout];
        for (number, change) in both.into_iter().flatten().enumerate() {
            let id = out.own("rollouts", 0, &[self.site.number.into(), number.into()]);
            let row = Rollout {
                id,
                source: out.words.source,
                service: out.words.service,
                observed_at: Some(change.at),
                rollout: out.facts.name(&change.rollout),
                version: out.facts.name("2.0"),
                reached_at: Some(change.at),
                ..Rollout::default()
            };
            out.facts.rollouts.push(row);
        }
    }

    /// Takes the first fire that is put out by a release of its own before `slot`.
    fn urgent(&mut self, slot: i64) -> Option<Fire> {
        let due = |fire: &Fire| fire.repair == Repair::Hotfix && fire.known < slot;
        let at = self.fires.iter().position(due)?;
        Some(self.fires.remove(at))
    }

    fn mix(&self, dice: &mut Dice) -> Mix {
        let plants = &self.site.plan.plants;
        let incidents = plants.incidents;
        if !plants.small_is_good {
            let causes =
                incidents.map_or(0.0, |all| f64::midpoint(all.after_small, all.after_large));
            return Mix { changes: 2, lines: 60.0, small: None, causes };
        }
        if dice.chance(0.5) {
            let causes = incidents.map_or(0.0, |all| all.after_small);
            Mix { changes: 1 + dice.below(2), lines: 20.0, small: Some(true), causes }
        } else {
            let causes = incidents.map_or(0.0, |all| all.after_large);
            Mix { changes: 2 + dice.below(4), lines: 140.0, small: Some(false), causes }
        }
    }

    fn change(&mut self, lines: f64, reverts: Option<(i64, String)>, dice: &mut Dice) -> Change {
        self.changes += 1;
        let mut luck = dice.uniform();
        let mut problem = None;
        for (job, rate) in self.site.rates.iter().enumerate() {
            if luck < *rate && problem.is_none() && reverts.is_none() {
                problem = Some(job);
            }
            luck -= rate;
        }
        let urgent = reverts.is_some();
        Change { number: self.changes, reverts, lines, urgent, problem }
    }

    /// Makes a planned release, about at `slot`.
    fn release(&mut self, number: u32, slot: i64, dice: &mut Dice, out: &mut Batch) {
        let mix = self.mix(dice);
        let mut changes = Vec::new();
        for _ in 0..mix.changes {
            changes.push(self.change(mix.lines, None, dice));
        }
        // What is known two hours before goes out with it.
        let (known, later): (Vec<Fire>, Vec<Fire>) =
            self.fires.drain(..).partition(|fire| fire.known + 7_200_000 < slot);
        self.fires = later;
        for fire in known {
            changes.push(self.change(4.0, Some((fire.change, fire.sha)), dice));
        }
        self.mends = 0;
        let culprit = dice.below(mix.changes);
        let numbers: Vec<i64> = changes.iter().map(|change| change.number).collect();
        self.develop(changes, slot, dice, out);
        let version = format!("v1.{number}.0");
        self.deploy(version, slot, out);
        let causes = dice.chance(mix.causes);
        if let Some(small) = mix.small {
            let sizes = self.truth.sizes.get_or_insert_with(SizeTruth::default);
            sizes.small += u64::from(small);
            sizes.small_caused += u64::from(small && causes);
            sizes.large += u64::from(!small);
            sizes.large_caused += u64::from(!small && causes);
        }
        let Some(incidents) = self.site.plan.plants.incidents else { return };
        if causes {
            let culprit = usize::try_from(culprit).ok().and_then(|at| numbers.get(at)).copied();
            let lag = dice.duration(incidents.lag_ms, 1.0);
            self.incident(incidents, culprit, self.last.at + lag, dice, out);
        }
        if dice.chance(incidents.without_release) {
            let pace = self.site.calendar.worked_in(self.site.plan.days) * 3
                / i64::from(self.site.plan.releases.max(1));
            let lag = scaled(pace, dice.uniform());
            self.incident(incidents, None, self.last.at + lag, dice, out);
        }
    }

    /// Takes a change back by a release of its own.
    fn mend(&mut self, fire: &Fire, number: u32, out: &mut Batch) {
        self.mends += 1;
        self.truth.hotfixes += 1;
        let mut dice = self.dice(0x4F1, u64::from(number) << 8 | u64::from(self.mends));
        let change = self.change(4.0, Some((fire.change, fire.sha.clone())), &mut dice);
        self.develop(vec![change], fire.known + 3_600_000, &mut dice, out);
        let version = format!("v1.{}.{}", number.saturating_sub(1), self.mends);
        self.deploy(version, fire.known, out);
    }

    /// Lets changes live so that the last of them is merged about at `slot`.
    fn develop(&mut self, changes: Vec<Change>, slot: i64, dice: &mut Dice, out: &mut Batch) {
        let site = &self.site;
        let calendar = &site.calendar;
        let target = calendar.work(slot);
        let mut ordered: Vec<(i64, i64, Change)> = changes
            .into_iter()
            .map(|change| {
                let waits = if change.urgent { 60_000 } else { dice.duration(3_600_000, 0.8) };
                let place = Place { opened: target, merge_after: i64::MIN, base: "", tip: "" };
                let ended = change::live(site, &change, place, None);
                let length = calendar.work(ended.at) - target;
                let opened = target - waits - length;
                (opened + length, opened, change)
            })
            .collect();
        ordered.sort_by_key(|(merged, _, change)| (*merged, change.number));
        let base = self.last.sha.clone();
        for (_, opened, change) in ordered {
            let place = Place {
                opened,
                merge_after: self.merged.saturating_add(1_000),
                base: &base,
                tip: &self.tip,
            };
            let ended = change::live(site, &change, place, Some(out));
            self.merged = ended.at;
            self.tip = change::sha(site, change.number, MERGE);
            self.truth.changes += 1;
            self.truth.reverts += u64::from(change.reverts.is_some());
            if let Some(flaky) = &mut self.truth.flaky {
                flaky.runs += ended.flaky;
            }
            definitions::count(&mut self.truth, &change, ended.flaky);
        }
    }

    /// Brings the newest commit to production, at `slot` or as soon as it is merged.
    fn deploy(&mut self, version: String, slot: i64, out: &mut Batch) {
        self.deliveries += 1;
        let begin = slot.max(self.merged + 120_000).max(self.last.at + 600_000);
        let sha = self.tip.clone();
        let cargo = Cargo { number: self.deliveries, version: &version, sha: &sha, begin };
        let there = delivery::deliver(&self.site, cargo, out);
        self.before = std::mem::replace(&mut self.last, Out { version, sha, at: there });
        self.truth.releases += 1;
    }

    /// Something breaks at `begins`; `culprit` is the change that did it.
    fn incident(
        &mut self,
        plan: Incidents,
        culprit: Option<i64>,
        begins: i64,
        dice: &mut Dice,
        out: &mut Batch,
    ) {
        let repair = match dice.below(4) {
            _ if culprit.is_none() => Repair::None,
            0 => Repair::Hotfix,
            1 => Repair::Rollback,
            2 => Repair::Revert,
            _ => Repair::None,
        };
        let named = culprit.is_some() && dice.chance(plan.named);
        let detected = begins + dice.duration(600_000, 0.8);
        let acknowledged = detected + dice.duration(240_000, 0.6);
        let mut mitigated = acknowledged + dice.duration(2_400_000, 0.8);
        if repair == Repair::Rollback && !self.before.sha.is_empty() {
            let bad = Cargo {
                number: self.deliveries,
                version: &self.last.version,
                sha: &self.last.sha,
                begin: 0,
            };
            let good = (self.before.sha.as_str(), self.before.version.as_str());
            delivery::roll_back(&self.site, bad, good, mitigated - 180_000, out);
            mitigated += 60_000;
            self.truth.rollbacks += 1;
        }
        if let Some(change) = culprit.filter(|_| repair != Repair::None) {
            let sha = change::sha(&self.site, change, MERGE);
            self.fires.push(Fire { known: mitigated, change, sha, repair });
        }
        let resolved = mitigated + dice.duration(3_600_000, 0.8);
        let count = self.truth.caused_incidents + self.truth.other_incidents;
        let id = out.own("incidents", 0, &[self.site.number.into(), Part::Letter(b'i', count)]);
        let severity = ["SEV-3", "SEV-2", "SEV-1"].get(usize::try_from(dice.below(3)).unwrap_or(0));
        let row = Incident {
            id,
            source: out.words.source,
            service: out.words.service,
            observed_at: at(resolved),
            native_status: out.facts.name("resolved"),
            title: out
                .facts
                .name(&format!("(simulated) {} answers with errors", self.site.service)),
            severity: out.facts.name(severity.copied().unwrap_or_default()),
            started_at: at(begins),
            detected_at: at(detected),
            acknowledged_at: at(acknowledged),
            mitigated_at: at(mitigated),
            resolved_at: at(resolved),
            caused_by: if named { out.facts.name(&self.last.version) } else { Name::NONE },
            ..Incident::default()
        };
        out.facts.incidents.push(row);
        self.truth.caused_incidents += u64::from(culprit.is_some());
        self.truth.other_incidents += u64::from(culprit.is_none());
        if self.truth.incidents.len() < ServiceTruth::LISTED {
            self.truth.incidents.push(IncidentTruth {
                id: id.to_string(),
                at: Timestamp::from_millis(begins),
                release: culprit.map(|_| self.last.version.clone()),
                change: culprit,
                named,
                repair,
            });
        }
    }
}
