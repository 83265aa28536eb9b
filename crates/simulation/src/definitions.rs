//! The gates of a service as they are set up, and the truth about them and about what is planted.

use aftercast_model::{GateDefinition, GateKind, Timestamp};

use crate::batch::{Batch, at};
use crate::change::{Change, REFUSED};
use crate::delivery::SOAK_MS;
use crate::jobs::{CASES, CI, CONTRACT, DELIVERY, E2E, FLAKY_CASE, INTEGRATION, LICENCE, MANUAL};
use crate::site::Site;
use crate::truth::{
    ChangeTruth, FlakyTruth, GateNature, GateTruth, ManualTruth, ServiceTruth, ShortageTruth,
};

/// Returns what is true of a service before its first release.
pub(crate) fn truth(site: &Site<'_>) -> ServiceTruth {
    let plants = &site.plan.plants;
    let moment = Timestamp::from_millis;
    let name = |job: usize| CI.get(job).map_or("", |job| job.name).to_owned();
    let changed = |job: usize, change: Option<(i64, f64)>, rollout: &str| {
        change.map(|(from, factor)| ChangeTruth {
            job: name(job),
            at: moment(from),
            factor,
            rollout: rollout.to_owned(),
        })
    };
    ServiceTruth {
        service: site.service.clone(),
        team: site.team.clone(),
        repo: site.repo.clone(),
        gates: gates(site),
        flaky: plants.flaky_job.map(|rate| FlakyTruth {
            job: name(E2E),
            test: CASES.get(FLAKY_CASE).copied().unwrap_or_default().to_owned(),
            rate,
            runs: 0,
        }),
        slower: changed(INTEGRATION, site.slower, "runner-image"),
        rollout: changed(0, site.rollout, "build-cache"),
        shortage: site.shortage.map(|(from, to, factor)| ShortageTruth {
            from: moment(from),
            to: moment(to),
            factor,
        }),
        manual: site.manual.map(|declared| ManualTruth {
            step: DELIVERY.get(MANUAL).map_or("", |job| job.name).to_owned(),
            declared,
            median_ms: DELIVERY.get(MANUAL).map_or(0, |job| job.median_ms),
            after: "production-approval".to_owned(),
            before: "deploy-production".to_owned(),
        }),
        ..ServiceTruth::default()
    }
}

fn gates(site: &Site<'_>) -> Vec<GateTruth> {
    let plants = &site.plan.plants;
    let gate = |name: &str, nature: GateNature, rate: f64| GateTruth {
        gate: name.to_owned(),
        nature,
        rate,
        caught: 0,
        flaky: 0,
    };
    let mut gates: Vec<GateTruth> = CI
        .iter()
        .zip(site.rates)
        .take(site.jobs)
        .enumerate()
        .map(|(at, (job, rate))| {
            let nature = match at {
                E2E if plants.flaky_job.is_some() => GateNature::Flaky,
                LICENCE if plants.vacuous_checks => GateNature::Echo,
                CONTRACT if plants.vacuous_checks => GateNature::NoTests,
                _ if rate <= 0.0 => GateNature::NeverCatches,
                _ => GateNature::Catches,
            };
            gate(job.name, nature, rate)
        })
        .collect();
    let stamp = plants.rubber_stamp;
    gates.extend([
        gate("review", GateNature::Review, REFUSED),
        gate("change-policy", GateNature::Policy, 0.0),
        gate("release-policy", GateNature::Policy, 0.0),
        gate("soak", GateNature::Timer, 0.0),
        gate(
            "production-approval",
            if stamp { GateNature::RubberStamp } else { GateNature::NeverCatches },
            0.0,
        ),
    ]);
    if plants.morning_board {
        gates.push(gate("change-board", GateNature::MorningBoard, 0.0));
    }
    gates
}

/// Counts what the gates did to a change.
pub(crate) fn count(truth: &mut ServiceTruth, change: &Change, flaky: u64) {
    if let Some(gate) = change.problem.and_then(|job| truth.gates.get_mut(job)) {
        gate.caught += 1;
    }
    if let Some(gate) = truth.gates.get_mut(E2E) {
        gate.flaky += flaky;
    }
}

/// Writes the gates as they are set up.
pub(crate) fn write(site: &Site<'_>, out: &mut Batch) {
    let production = ["release-policy", "soak", "production-approval", "change-board"];
    for truth in gates(site) {
        let id = out.own("gate_definitions", 0, &[site.number.into(), truth.gate.as_str().into()]);
        let gate_kind = match truth.nature {
            GateNature::Policy => GateKind::Policy,
            GateNature::Timer => GateKind::Timer,
            GateNature::Review | GateNature::RubberStamp | GateNature::MorningBoard => {
                GateKind::Approval
            }
            GateNature::NeverCatches if truth.gate == "production-approval" => GateKind::Approval,
            _ => GateKind::Check,
        };
        let late = production.contains(&truth.gate.as_str());
        let row = GateDefinition {
            id,
            source: out.words.source,
            service: out.words.service,
            observed_at: at(site.calendar.wall(0)),
            gate: out.facts.name(&truth.gate),
            gate_kind,
            repo: out.words.repo,
            applies_to: if late { out.facts.name("production") } else { out.words.main },
            blocking: Some(true),
            approvals: (gate_kind == GateKind::Approval).then_some(1),
            wait_ms: (gate_kind == GateKind::Timer).then_some(SOAK_MS),
            bypassable: Some(false),
            changed_at: at(site.calendar.wall(0)),
            ..GateDefinition::default()
        };
        out.facts.gate_definitions.push(row);
    }
}
