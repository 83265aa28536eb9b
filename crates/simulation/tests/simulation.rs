//! The simulator keeps its promises: the same facts for the same plan, and rates as planted.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;

use aftercast_model::{ColumnRef, Facts, Timestamp};
use aftercast_simulation::{GateNature, Plan, Plants, Repair, SOURCE, Truth, simulate};

/// Every row of every table as text, in the order in which they came.
fn rows(plan: &Plan) -> (Vec<String>, Truth, Vec<usize>) {
    let mut rows = Vec::new();
    let mut sizes = Vec::new();
    let truth = simulate::<()>(plan, &mut |facts| {
        sizes.push(facts.len());
        for table in facts.tables() {
            for row in 0..table.rows {
                let cells = table.columns.iter().map(|column| cell(&facts, column, row));
                let cells: Vec<String> = cells.collect();
                rows.push(format!("{} {}", table.spec.name, cells.join("|")));
            }
        }
        Ok(())
    })
    .unwrap();
    // Tables of a batch stand one behind the other.
    rows.sort_unstable();
    (rows, truth, sizes)
}

fn cell(facts: &Facts, column: &ColumnRef<'_>, row: usize) -> String {
    match column {
        ColumnRef::Id(all) => all[row].to_string(),
        ColumnRef::Text(all) => facts.text(all[row]).to_owned(),
        ColumnRef::Time(all) => format!("{:?}", all[row].map(Timestamp::millis)),
        ColumnRef::Count(all) => format!("{:?}", all[row]),
        ColumnRef::Flag(all) => format!("{:?}", all[row]),
        ColumnRef::Word(all) => all.word_at(row).to_owned(),
    }
}

fn small(seed: u64) -> Plan {
    Plan { services: 3, releases: 12, days: 30, ..Plan::company(seed) }
}

#[test]
fn the_same_plan_gives_the_same_facts_in_batches_of_any_size() {
    let (whole, truth, sizes) = rows(&small(7));
    assert_eq!(sizes.len(), 1);
    for batch_rows in [1, 100, 1_500] {
        let (cut, same, sizes) = rows(&Plan { batch_rows, ..small(7) });
        assert!(sizes.len() > 3, "{sizes:?}");
        assert_eq!(cut, whole);
        assert_eq!(same, truth);
    }
    assert_ne!(rows(&small(8)).0, whole);
}

#[test]
fn every_row_says_that_it_is_simulated_and_has_an_id_of_its_own() {
    let (rows, truth, _) = rows(&small(3));
    let mut ids: Vec<&str> = Vec::new();
    for row in &rows {
        let cells: Vec<&str> = row.split('|').collect();
        assert_eq!(cells[1], SOURCE, "{row}");
        ids.push(row.split('|').next().unwrap());
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
    assert_eq!(truth.rows, all as u64);
    assert!(truth.simulated);
}

#[test]
fn one_release_is_a_company_too() {
    for task_runs in [0, 1, 10] {
        let (rows, truth, _) = rows(&Plan::sized(1, task_runs));
        assert_eq!((truth.services.len(), truth.services[0].releases), (1, 1));
        let tables: BTreeMap<&str, usize> = rows.iter().fold(BTreeMap::new(), |mut all, row| {
            *all.entry(row.split(' ').next().unwrap()).or_default() += 1;
            all
        });
        assert!(tables["task_runs"] >= 13, "{tables:?}");
        assert_eq!(tables["deployments"], 2);
    }
}

#[test]
fn a_wanted_number_of_job_attempts_is_reached_and_hardly_passed() {
    for wanted in [500, 20_000, 250_000] {
        let truth = simulate::<()>(&Plan::sized(5, wanted), &mut |_| Ok(())).unwrap();
        assert!((wanted..wanted + 500).contains(&truth.task_runs), "{wanted}: {}", truth.task_runs);
        let releases: u64 = truth.services.iter().map(|service| service.releases).sum();
        assert!(releases * 30 < wanted && wanted < releases * 90 + 500, "{wanted}: {releases}");
    }
}

#[test]
fn a_sink_may_stop_the_simulation() {
    let mut batches = 0;
    let stopped = simulate(&Plan { batch_rows: 10, ..small(1) }, &mut |_| {
        batches += 1;
        if batches == 3 { Err("full") } else { Ok(()) }
    });
    assert_eq!((stopped, batches), (Err("full"), 3));
}

/// A count of `n` trials of probability `p` is within five standard deviations.
fn is_binomial(count: u64, n: u64, p: f64, what: &str) {
    let (expected, deviation) = (n as f64 * p, (n as f64 * p * (1.0 - p)).sqrt());
    let off = (count as f64 - expected).abs();
    assert!(off <= 5.0 * deviation + 1.0, "{what}: {count} of {n}, expected {expected:.1}");
}

#[test]
fn rates_are_as_planted() {
    let plan = Plants::company();
    let (mut changes, mut caught, mut sizes) = (0, BTreeMap::<String, (u64, f64)>::new(), [0; 4]);
    for seed in 0..6 {
        let truth = simulate::<()>(&Plan::company(seed), &mut |_| Ok(())).unwrap();
        for service in &truth.services {
            // A change that takes another back has no problem.
            changes += service.changes;
            for gate in service.gates.iter().filter(|gate| gate.nature != GateNature::Review) {
                let all = caught.entry(gate.gate.clone()).or_insert((0, gate.rate));
                all.0 += gate.caught;
            }
            let size = service.sizes.unwrap();
            let of = [size.small, size.small_caused, size.large, size.large_caused];
            for (sum, count) in sizes.iter_mut().zip(of) {
                *sum += count;
            }
            changes -=
                service.incidents.iter().filter(|all| all.repair != Repair::None).count() as u64;
        }
    }
    assert!(changes > 10_000);
    for (gate, (count, rate)) in &caught {
        is_binomial(*count, changes, *rate, gate);
    }
    let incidents = plan.incidents.unwrap();
    is_binomial(sizes[0], sizes[0] + sizes[2], 0.5, "small releases");
    is_binomial(sizes[1], sizes[0], incidents.after_small, "incidents after small releases");
    is_binomial(sizes[3], sizes[2], incidents.after_large, "incidents after large releases");
}
