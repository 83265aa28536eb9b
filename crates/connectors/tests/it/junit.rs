//! The `junit` source on reports of many tools, and on reports written by hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aftercast_connectors::{Context, Import, Output, Record, source_named};
use aftercast_model::{PersonKey, Place, ServiceMap, TestOutcome};

fn convert(file: &str, body: &[u8]) -> Output {
    let services = ServiceMap::default();
    let people = PersonKey::from_bytes([7; 32]);
    let context = Context { services: &services, people: &people, repo: Some("acme/shop") };
    let record = Record { place: Place { file: file.into(), line: None }, body };
    let Import::Document(convert) = source_named("junit").unwrap().import else {
        panic!("junit reads documents");
    };
    let mut output = Output::default();
    convert(&record, &context, &mut output);
    output
}

/// Cases, failures, errors, skipped.
type Counts = [i64; 4];

fn counts(outcomes: impl Iterator<Item = TestOutcome>) -> Counts {
    outcomes.fold([0; 4], |[all, failed, errors, skipped], outcome| {
        let is = |of: TestOutcome| i64::from(outcome == of);
        [
            all + 1,
            failed + is(TestOutcome::Failed),
            errors + is(TestOutcome::Error),
            skipped + is(TestOutcome::Skipped),
        ]
    })
}

/// Each row as it is.
fn by_row(output: &Output) -> Counts {
    counts(output.facts.test_results.outcome.iter().copied())
}

/// Rows of one class and name as one, the worst outcome of them, whatever the suite.
fn by_name(output: &Output) -> Counts {
    let mut worst: BTreeMap<String, TestOutcome> = BTreeMap::new();
    let rank = |outcome: TestOutcome| match outcome {
        TestOutcome::Error => 4,
        TestOutcome::Failed => 3,
        TestOutcome::Passed => 2,
        TestOutcome::Skipped => 1,
        TestOutcome::Unknown => 0,
    };
    for row in output.facts.test_results.rows() {
        let text = |name| output.facts.text(name);
        let key = format!("{}\n{}\n{}", text(row.class), text(row.name), text(row.parameters));
        let outcome = worst.entry(key).or_insert(row.outcome);
        if rank(row.outcome) > rank(*outcome) {
            *outcome = row.outcome;
        }
    }
    counts(worst.into_values())
}

/// What another tool counted in the report, by run and by test.
fn oracle(path: &Path) -> Option<(Counts, Counts)> {
    let text = std::fs::read_to_string(path).ok()?;
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let of = |prefix: &str| {
        let stat = |name: &str| value["stats"][format!("{prefix}{name}")].as_i64().unwrap();
        [stat(""), stat("_fail"), stat("_error"), stat("_skip")]
    };
    Some((of("runs"), of("tests")))
}

#[test]
fn every_report_gives_its_cases_or_says_what_it_is_not() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/junit");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped, data not here");
        return;
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (mut with_cases, mut refused, mut agreed) = (0, 0, 0);
    let mut disagreeing = Vec::new();
    for path in &paths {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let short = file.rsplit("__").next().unwrap();
        let output = convert(&file, &std::fs::read(path).unwrap());
        let said: Vec<_> = output.problems.iter().map(|problem| problem.what.as_str()).collect();
        let rows = by_row(&output);
        assert!(rows[0] > 0 || !said.is_empty(), "{file} is silent");
        let dialect = output.payloads.first().map_or("-", |payload| payload.kind.as_str());
        if dialect == "-" {
            refused += 1;
        } else {
            with_cases += 1;
        }
        let stem = file.rsplit_once('.').unwrap().0;
        let agreement = match oracle(&folder.join(format!("{stem}.results.json"))) {
            _ if file.ends_with(".results.json") => "",
            None => "no oracle",
            Some((runs, _)) if runs == rows => "runs agree",
            Some((_, tests)) if tests == by_name(&output) => "tests agree",
            Some((runs, tests)) => {
                disagreeing.push(format!(
                    "{file}: runs {runs:?}, tests {tests:?}; ours {rows:?}, {:?}",
                    by_name(&output)
                ));
                "DISAGREES"
            }
        };
        agreed += usize::from(agreement.ends_with("agree"));
        println!("{short:<48} {dialect:<7} {rows:?} {agreement} {}", said.join("; "));
    }
    println!("{} files: {with_cases} reports, {refused} refused, {agreed} agree", paths.len());
    assert!(disagreeing.is_empty(), "{}", disagreeing.join("\n"));
}
