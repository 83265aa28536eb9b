//! Pages about whole services: every form, an unknown service, a home without data.

use serde_json::Value;

use crate::bench::{Bench, sample};

/// The commands that print a page about one service, with what CSV begins with.
const PAGES: &[(&[&str], &str)] = &[
    (&["releases"], "release,basis,in_production_at,sha,commits,lead_time_ms\n"),
    (&["gates"], "gate,"),
    // No source of the sample tells of tests and incidents: sentences, no table.
    (&["tests"], ""),
    (&["patterns"], ""),
    (&["steps"], ""),
    (&["incidents"], ""),
    (&["dora"], "key,value,low,high,n,"),
    (&["dora", "--definition", "gitlab", "--since", "2015-07-01", "--until", "2015-10-01"], "key,"),
];

fn with_sample() -> Bench {
    let bench = Bench::new();
    bench.ok(["import", "gerrit", sample().to_str().unwrap()]);
    bench
}

fn run(bench: &Bench, command: &[&str], more: &[&str]) -> String {
    bench.ok(command.iter().chain(more))
}

#[test]
fn every_page_can_be_had_in_every_form() {
    let bench = with_sample();
    for (command, header) in PAGES {
        let terminal = run(&bench, command, &[]);
        assert!(terminal.lines().count() > 2, "{command:?}: {terminal}");
        let json: Value =
            serde_json::from_str(&run(&bench, command, &["--format", "json"])).unwrap();
        assert_eq!(json["schema_version"], 1, "{command:?}");
        assert_eq!(json["service"], "operations/mediawiki-config", "{command:?}");
        let markdown = run(&bench, command, &["--format", "markdown"]);
        let csv = run(&bench, command, &["--format", "csv"]);
        assert!(csv.starts_with(header), "{command:?}: {csv}");
        // What no source tells has sentences and no table.
        let says = markdown.starts_with("## ");
        assert!(says && markdown.contains("\n| ") != csv.is_empty(), "{command:?}: {markdown}");
        let file = bench.path("page.md");
        let said =
            run(&bench, command, &["--format", "markdown", "--output", file.to_str().unwrap()]);
        assert_eq!(said, "", "{command:?} writes to the file only");
        assert_eq!(std::fs::read_to_string(file).unwrap(), markdown, "{command:?}");
    }
}

#[test]
fn a_page_about_nothing_says_what_to_do() {
    let (bench, empty) = (with_sample(), Bench::new());
    for (command, _) in PAGES {
        let unknown = [command, &["--service", "operations/mediawiki-confg"][..]].concat();
        bench.run(&unknown).refused(3, "the closest are `operations/mediawiki-config`");
        empty.run(*command).refused(3, "nothing is stored in");
        bench.run([command, &["--format", "pdf"][..]].concat()).refused(2, "possible values");
    }
}

#[test]
fn a_survey_has_a_line_for_each_service() {
    let bench = with_sample();
    let page: Value = serde_json::from_str(&bench.ok(["survey", "--format", "json"])).unwrap();
    let services = page["services"].as_array().unwrap();
    assert_eq!(services.len(), 1);
    let line = &services[0];
    assert_eq!(line["releases"], 2216);
    let sum: i64 =
        line["by_category_ms"].as_object().unwrap().values().map(|v| v.as_i64().unwrap()).sum();
    let layers: i64 =
        line["by_layer_ms"].as_object().unwrap().values().map(|v| v.as_i64().unwrap()).sum();
    assert_eq!(sum, layers, "the parts of the whole add up");
    let csv = bench.ok(["survey", "--format", "csv"]);
    assert!(csv.starts_with("service,rows,releases,"), "{csv}");
    Bench::new().run(["survey"]).refused(3, "nothing is stored in");
}

#[test]
fn what_people_confirm_about_an_incident_is_kept_and_can_be_taken_back() {
    let bench = Bench::new();
    bench.ok(["simulate", "--services", "1", "--releases", "40", "--days", "60"]);
    let page =
        || -> Value { serde_json::from_str(&bench.ok(["incidents", "--format", "json"])).unwrap() };
    let first = page()["incidents"][0].clone();
    let id = first["id"].as_str().unwrap().to_owned();
    let verdict = || {
        let page = page();
        let lines = page["incidents"].as_array().unwrap();
        let line = lines.iter().find(|line| line["id"] == id.as_str()).unwrap();
        line["verdict"].as_str().unwrap().to_owned()
    };
    let before = verdict();
    bench.ok(["incidents", "confirm", &id[..12], "none", "--reason", "the data centre lost power"]);
    assert_eq!(verdict(), "confirmed");
    let releases = bench.ok(["releases", "--limit", "1", "--format", "csv"]);
    let release = releases.lines().nth(1).unwrap().split(',').next().unwrap();
    bench.ok(["incidents", "confirm", &id, release]);
    assert_eq!(verdict(), "confirmed");
    bench.ok(["incidents", "confirm", &id, "unsure"]);
    assert_eq!(verdict(), before);
    bench.run(["incidents", "confirm", "nothing", "none"]).refused(3, "unknown incident `nothing`");
    bench.run(["incidents", "confirm", &id, "v999"]).refused(3, "unknown release `v999`");
}
