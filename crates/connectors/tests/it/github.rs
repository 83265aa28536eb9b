//! The `github` source on recorded bodies and on small ones written by hand.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use aftercast_connectors::{Context, Import, Output, Record, source_named};
use aftercast_model::{Facts, PersonKey, Place, ServiceMap, ServiceRule};

use crate::rows::rows;

fn data(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped, data not here");
    None
}

fn convert(body: &[u8], output: &mut Output) {
    let services = ServiceMap {
        rules: vec![ServiceRule {
            service: "shop".into(),
            repo: Some("acme/shop".into()),
            ..ServiceRule::default()
        }],
    };
    let people = PersonKey::from_bytes([7; 32]);
    let context = Context { services: &services, people: &people, repo: None };
    let record = Record { place: Place { file: "body.json".into(), line: None }, body };
    let Import::Json(convert) = source_named("github").unwrap().import else {
        panic!("github reads JSON");
    };
    convert(&record, &context, output);
}

fn converted(bodies: &[&str]) -> Output {
    let mut output = Output::default();
    for body in bodies {
        convert(body.as_bytes(), &mut output);
    }
    output
}

/// The rows without the columns that say nothing in a snapshot, then the problems.
fn shown(output: &Output) -> String {
    let mut text = rows(&output.facts);
    for problem in &output.problems {
        writeln!(text, "{:?}: {}", problem.severity, problem.what).unwrap();
    }
    text
}

fn counts(facts: &Facts) -> String {
    let tables = facts.tables();
    let filled = tables.iter().filter(|table| table.rows > 0);
    filled.map(|table| format!("{} {}", table.rows, table.spec.name)).collect::<Vec<_>>().join(", ")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_recorded_body_gives_facts_or_says_why_not() {
    let Some(folder) = data("github") else { return };
    let (mut with_facts, mut stated) = (0, 0);
    for path in files(&folder) {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        if !name.ends_with(".json") || name.contains("/artifacts/") || name.contains("/expected/") {
            continue;
        }
        let mut output = Output::default();
        convert(&std::fs::read(&path).unwrap(), &mut output);
        let said: Vec<_> = output.problems.iter().map(|problem| problem.what.as_str()).collect();
        println!("{name}: {} {}", counts(&output.facts), said.join("; "));
        assert!(!output.facts.is_empty() || !said.is_empty(), "{name} is silent");
        if output.facts.is_empty() {
            stated += 1;
            let honest =
                said[0].starts_with("nothing to keep of") || said[0].contains("its fields");
            assert!(honest, "{name}: {said:?}");
        } else {
            with_facts += 1;
            assert!(said.is_empty(), "{name}: {said:?}");
        }
    }
    println!("{with_facts} bodies with facts, {stated} with a statement");
    assert!(with_facts > 80);
}
