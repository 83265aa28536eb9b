//! The facts of a fictional company whose truth is known.
//!
//! Owns what such a company does: services, changes, pipelines, gates, deployments, incidents, and
//! what is planted in them. The same [`Plan`] gives the same facts on every machine, whatever the
//! batch size, in memory that does not grow with the company. Every row names the source
//! [`SOURCE`], so that nothing simulated can be taken for real.
//!
//! Must not know: IO, clocks, the lake, the analysis. What the analysis finds in the facts is compared
//! with [`Truth`] by the analysis's own tests (docs/statistics/simulation.md).

mod batch;
mod calendar;
mod change;
mod ci;
mod definitions;
mod delivery;
mod dice;
mod jobs;
mod plan;
mod service;
mod site;
mod truth;

use aftercast_model::Facts;

pub use batch::SOURCE;
pub use plan::{Effect, Incidents, Plan, Plants, Shortage, Slower};
pub use truth::{
    ChangeTruth, FlakyTruth, GateNature, GateTruth, IncidentTruth, ManualTruth, Repair,
    ServiceTruth, ShortageTruth, SizeTruth, Truth,
};

/// Simulates a company: gives its facts to `sink`, service by service, the releases of a service in
/// order of time, in batches of about [`Plan::batch_rows`]; returns what is true of it.
///
/// Ends with the sink's error, where it has one.
pub fn simulate<E>(plan: &Plan, sink: &mut dyn FnMut(Facts) -> Result<(), E>) -> Result<Truth, E> {
    let mut batch = batch::Batch::default();
    let services = plan.services.max(1);
    let mut truths = Vec::new();
    for number in 0..services {
        // What is left is shared by those that are left.
        let quota = plan
            .task_runs
            .map(|all| all.saturating_sub(batch.task_runs).div_ceil(u64::from(services - number)));
        let site = site::Site::new(plan, number);
        truths.push(service::Running::new(site, quota).run(&mut batch, sink)?);
    }
    batch.pass(0, sink)?;
    Ok(Truth {
        schema_version: 1,
        simulated: true,
        seed: plan.seed,
        rows: batch.rows,
        task_runs: batch.task_runs,
        services: truths,
    })
}
