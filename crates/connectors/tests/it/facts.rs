//! Our own tables: in, out, and what is said about rows that are not right.

use aftercast_connectors::{conformance, source_named, write_ndjson};
use aftercast_model::Facts;

use crate::gerrit::data;

fn check(name: &str, body: &str, rows: &[&str], problems: &[&str]) {
    let outputs = conformance::outputs(source_named("facts").unwrap(), name, body.as_bytes());
    let (mut found, mut said) = (Vec::new(), Vec::new());
    for output in &outputs {
        write_ndjson(&output.facts, &mut found).unwrap();
        said.extend(output.problems.iter().map(|problem| {
            assert!(problem.hint.is_some(), "{problem}");
            format!("{}: {}", problem.place, problem.what)
        }));
        assert!(output.payloads.is_empty());
    }
    let found = String::from_utf8(found).unwrap();
    // Ids are a hash: tested where they matter.
    let found: Vec<String> = found
        .lines()
        .map(|line| {
            let (table, rest) = line.split_once(",\"id\":\"").unwrap();
            format!("{table}{}", &rest[33..])
        })
        .collect();
    assert_eq!(found, rows);
    assert_eq!(said, problems);
}

#[test]
fn rows_are_read_as_ndjson_and_as_csv() {
    let row = r#"{"table":"task_runs","source":"jenkins","service":"acme/shop","repo":"acme/shop","run_id":"7","attempt":1,"name":"lint","required":true,"finished_at":"2026-01-31T12:00:00Z","outcome":"failure"}"#;
    let line = r#"{"table":"task_runs","run_id":"7","attempt":1,"name":"lint","source":"jenkins","required":true,"finished_at":"2026-01-31T13:00:00+01:00","outcome":"failure","day":20484}"#;
    check("x.ndjson", line, &[row], &[]);
    check(
        "task_runs.csv",
        "source,run_id,attempt,name,required,finished_at,outcome,runner\njenkins,7,1,lint,true,2026-01-31 12:00:00,failure,\n",
        &[row],
        &[],
    );
    check(
        "x.csv",
        "table,source,run_id,attempt,name,required,finished_at,outcome\ntask_runs,jenkins,7,1,lint,t,1769860800000,failure\n",
        &[row],
        &[],
    );
}

#[test]
fn what_is_wrong_is_said_with_its_line_and_the_rest_stays() {
    let body = [
        r#"{"table":"task_runs","run_id":"7","name":"lint","colour":"red"}"#,
        r#"{"table":"task_runs","run_id":"7","name":"unit","colour":"red","outcome":"sort of","attempt":"two"}"#,
        r#"{"table":"tasks","name":"lint"}"#,
        r#"{"name":"lint"}"#,
        r#"{"table":"task_runs","name":"lint"}"#,
        r#"{"table":"commits","repo":"r","sha":"a","id":"7"}"#,
        r#"{"table":"commits","sha":"a","committed_at":"yesterday","additions":1.5,"source":["x"]}"#,
    ];
    check(
        "in.ndjson",
        &body.join("\n"),
        &[
            r#"{"table":"commits","source":"facts","service":"acme/shop","repo":"acme/shop","sha":"a"}"#,
            r#"{"table":"task_runs","source":"facts","service":"acme/shop","repo":"acme/shop","run_id":"7","name":"lint"}"#,
            r#"{"table":"task_runs","source":"facts","service":"acme/shop","repo":"acme/shop","run_id":"7","name":"unit"}"#,
        ],
        &[
            "in.ndjson:3: unknown table `tasks`",
            "in.ndjson:4: a row of no table",
            "in.ndjson:5: a row of `task_runs` without an id and without `task_id` or `run_id`",
            "in.ndjson:6: `id` is no id: `7`",
            "in.ndjson:1: unknown column `colour` of `task_runs`",
            "in.ndjson:2: `attempt` is no whole number: `two`",
            "in.ndjson:2: `outcome` is a word that we do not know: `sort of`",
            "in.ndjson:7: `source` is no text: a list",
            "in.ndjson:7: `committed_at` is no time: `yesterday`",
            "in.ndjson:7: `additions` is no whole number: 1.5",
        ],
    );
}

#[test]
fn every_table_has_a_natural_key() {
    for spec in Facts::TABLES {
        let cells: Vec<String> = spec
            .columns
            .iter()
            .filter(|column| column.name != "id")
            .map(|column| match column.kind {
                aftercast_model::Kind::Time => {
                    format!("\"{}\":\"2026-01-31T12:00:00Z\"", column.name)
                }
                aftercast_model::Kind::Count => format!("\"{}\":1", column.name),
                aftercast_model::Kind::Flag => format!("\"{}\":true", column.name),
                _ => format!("\"{}\":\"unknown\"", column.name),
            })
            .collect();
        let body = format!("{{\"table\":\"{}\",{}}}", spec.name, cells.join(","));
        let rows = conformance::settled(source_named("facts").unwrap(), "in", body.as_bytes());
        assert_eq!(rows.len(), 1, "{}", spec.name);
    }
}

#[test]
fn what_is_written_is_read_back_unchanged() {
    let Some(path) = data("gerrit/mwconfig-2015.ndjson.gz") else { return };
    let body = std::fs::read(path).unwrap();
    let gerrit = source_named("gerrit").unwrap();
    let mut written = Vec::new();
    for output in conformance::outputs(gerrit, "in", &body) {
        write_ndjson(&output.facts, &mut written).unwrap();
    }
    let back = conformance::settled(source_named("facts").unwrap(), "in", &written);
    assert!(back == conformance::settled(gerrit, "in", &body));
    assert!(back.len() > 30_000, "{}", back.len());
}

#[test]
fn facts_conform() {
    let rows = concat!(
        r#"{"table":"task_runs","run_id":"7","name":"lint","observed_at":"2026-01-31T12:00:00Z","outcome":"failure"}"#,
        "\n",
        r#"{"table":"task_runs","run_id":"7","name":"lint","observed_at":"2026-01-31T13:00:00Z","outcome":"success"}"#,
        "\n",
        r#"{"table":"commits","repo":"acme/shop","sha":"abc","additions":3}"#,
        "\n",
    );
    let csv = "repo,sha,committed_at\nacme/shop,abc,2026-01-31T12:00:00Z\nacme/shop,def,\n";
    conformance::check(
        source_named("facts").unwrap(),
        &[("rows.ndjson", rows.as_bytes()), ("commits.csv", csv.as_bytes())],
    );
}
