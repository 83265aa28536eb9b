//! Every check is shown by scenarios in Markdown: facts in, finding out (tests/scenarios/README.md).

mod facts;
mod page;

use std::fs;
use std::path::{Path, PathBuf};

use aftercast_analysis::Settings;
use aftercast_analysis::findings::FINDINGS;
use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::review;

use page::{Page, Scenario};

/// What every check must be shown doing.
const NEEDED: [&str; 3] = ["Fires", "Nearly fires", "Missing data"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

/// What the check called `name` says about the facts of a scenario, a line each.
fn said(name: &str, scenario: &Scenario) -> Vec<String> {
    let history = ServiceHistory::new("shop", scenario.facts());
    let release = scenario.release.as_deref();
    let review = match review(&history, release, &Settings::default()) {
        Ok(review) => review,
        Err(error) => return vec![format!("no review: {error}")],
    };
    let own = review.findings.iter().filter(|finding| finding.check == name);
    let lines: Vec<String> = own
        .map(|finding| {
            for id in &finding.evidence {
                assert!(review.evidence.contains_key(&id.to_string()), "evidence without its row");
            }
            let severity = serde_json::to_value(finding.severity).unwrap();
            format!("{}: {}", severity.as_str().unwrap(), finding.says)
        })
        .collect();
    if lines.is_empty() { vec!["nothing".to_owned()] } else { lines }
}

#[test]
fn every_check_says_what_its_scenarios_expect() {
    let bless = std::env::var_os("AFTERCAST_BLESS").is_some();
    let mut wrong = Vec::new();
    for check in FINDINGS {
        let path = folder().join(format!("{}.md", check.name));
        let Ok(text) = fs::read_to_string(&path) else {
            wrong.push(format!("{}: no scenarios; write {}", check.name, path.display()));
            continue;
        };
        let page = Page::read(&text);
        for needed in NEEDED {
            if !page.scenarios.iter().any(|scenario| scenario.title.starts_with(needed)) {
                wrong.push(format!("{}: no scenario `## {needed}`", check.name));
            }
        }
        let found: Vec<Vec<String>> =
            page.scenarios.iter().map(|scenario| said(check.name, scenario)).collect();
        if bless {
            fs::write(&path, page.with_expected(&found)).unwrap();
            continue;
        }
        for (scenario, found) in page.scenarios.iter().zip(found) {
            if scenario.expected != found {
                wrong.push(format!(
                    "{}, `{}`:\n  expected {:#?}\n  found {found:#?}",
                    check.name, scenario.title, scenario.expected
                ));
            }
            let fires = scenario.title.starts_with("Fires");
            if fires == (scenario.expected == ["nothing"]) {
                wrong.push(format!("{}: `{}` shows the opposite", check.name, scenario.title));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_scenario_belongs_to_a_check() {
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(
            name == "README" || FINDINGS.iter().any(|check| check.name == name),
            "{name} is no check"
        );
    }
}
