//! A fictional company: same seed, same facts; never taken for real.

use serde_json::Value;

use crate::bench::{Bench, sample};

const SMALL: &[&str] = &["--services", "2", "--releases", "6", "--days", "21"];

fn simulated(bench: &Bench, more: &[&str]) -> String {
    bench.ok([&["simulate"], SMALL, more].concat())
}

#[test]
fn the_same_seed_gives_the_same_facts_by_file_and_directly() {
    let (direct, by_file) = (Bench::new(), Bench::new());
    let table = simulated(&direct, &["--seed", "3"]);
    assert!(table.contains("task_runs"), "{table}");
    let folder = by_file.path("company");
    let truth = by_file.path("truth.json");
    let (folder, truth) = (folder.to_str().unwrap(), truth.to_str().unwrap());
    let said = simulated(&by_file, &["--seed", "3", "--output", folder, "--truth", truth]);
    assert!(!by_file.path("home").join("data").exists(), "files only");
    by_file.ok(["import", "facts", said.trim()]);
    assert_eq!(direct.facts(), by_file.facts());
    let truth: Value = serde_json::from_slice(&std::fs::read(truth).unwrap()).unwrap();
    assert_eq!((&truth["simulated"], &truth["seed"]), (&Value::Bool(true), &Value::from(3)));
    let rows: i64 = direct.sql("SELECT count(*) FROM task_runs")[0].parse().unwrap();
    assert_eq!(truth["task_runs"], rows);
    simulated(&by_file, &["--seed", "4", "--mix"]);
    assert_ne!(direct.facts(), by_file.facts(), "another seed is another company");
}

#[test]
fn what_is_simulated_says_so_and_does_not_mix_with_what_is_real() {
    let bench = Bench::new();
    let run = bench.run([&["simulate"], SMALL].concat());
    assert!(run.stderr.contains("SIMULATED: ") && run.stderr.contains("none of it happened"));
    assert_eq!(bench.sql("SELECT DISTINCT source FROM task_runs"), ["simulation"]);
    let again = bench.run([&["simulate"], SMALL].concat());
    again.refused(2, "holds the facts of another simulation already");
    let real = Bench::new();
    real.ok(["import", "gerrit", sample().to_str().unwrap()]);
    let refused = real.run([&["simulate"], SMALL].concat());
    refused.refused(2, "holds real facts already");
    assert!(refused.stderr.contains("--output DIR"), "{}", refused.stderr);
}
