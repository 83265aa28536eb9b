//! `aftercast review --sample`: the first thing a newcomer sees.

use std::sync::LazyLock;

use crate::bench::{Bench, Run};

fn review(format: &str) -> (Bench, Run) {
    let bench = Bench::new();
    let run = bench.run(["review", "--sample", "--format", format]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    (bench, run)
}

static TERMINAL: LazyLock<String> = LazyLock::new(|| review("terminal").1.stdout);

#[test]
fn the_terminal_shows_one_honest_page() {
    // How long ago moves with the clock; everything else is fixed.
    let words: Vec<&str> = TERMINAL.split(' ').collect();
    let ago = words.iter().position(|word| word.starts_with("ago\n")).unwrap();
    let distance = format!("{} {} ago\n", words[ago - 2], words[ago - 1]);
    insta::assert_snapshot!(TERMINAL.replacen(&distance, "[distance]\n", 1));
}

#[test]
fn nothing_is_left_behind_and_nothing_is_said_beside() {
    let (bench, run) = review("terminal");
    assert_eq!(run.stderr, "");
    assert!(!bench.path("home").exists(), "the sample must not touch the user's home");
    let left: Vec<_> = std::fs::read_dir(bench.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name != "work")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn programs_get_every_field() {
    let (_, run) = review("json");
    let review: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(review["schema_version"], 1);
    assert_eq!(review["release"]["total"], 2216);
    assert_eq!(review["questions"].as_array().unwrap().len(), 8);
    assert_eq!(review["numbers"]["incidents"]["value"], serde_json::Value::Null);
    // Promise 2: the segments add up exactly.
    let lead_time = review["numbers"]["lead_time_ms"]["value"].as_i64().unwrap();
    let by_category = review["lead_time"]["by_category_ms"].as_object().unwrap();
    let sum: i64 = by_category.values().map(|millis| millis.as_i64().unwrap()).sum();
    assert_eq!(sum, lead_time);
    let by_layer = review["lead_time"]["by_layer_ms"].as_object().unwrap();
    let sum: i64 = by_layer.values().map(|millis| millis.as_i64().unwrap()).sum();
    assert_eq!(sum, lead_time);
}

#[test]
fn a_comment_and_a_page_can_be_had() {
    let (_, markdown) = review("markdown");
    assert!(markdown.stdout.contains("| "), "{}", markdown.stdout);
    assert!(markdown.stdout.len() < 65_536, "GitHub's limit of a comment");
    let bench = Bench::new();
    let page = bench.path("review.html");
    let said =
        bench.ok(["review", "--sample", "--format", "html", "--output", page.to_str().unwrap()]);
    assert_eq!(said, "");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    assert!(!page.contains("<script"), "the page needs no script");
}

#[test]
fn a_pipeline_fails_only_when_asked_to() {
    let bench = Bench::new();
    let fail_on = |release: &str| {
        let arguments = ["review", "--sample", "--release", release, "--fail-on", "notice"];
        bench.run(arguments.into_iter().chain(["--format", "json"]))
    };
    let found = fail_on("243116");
    assert_eq!(found.code, Some(1), "{}", found.stderr);
    assert!(found.stdout.contains("\"notice\""), "{}", found.stdout);
    let nothing = fail_on("latest");
    assert_eq!(nothing.code, Some(0), "{}", nothing.stderr);
    assert!(!nothing.stdout.contains("\"notice\""), "{}", nothing.stdout);
    let unasked = bench.run(["review", "--sample", "--release", "243116"]);
    assert_eq!(unasked.code, Some(0), "{}", unasked.stderr);
}

#[test]
fn a_release_is_found_by_the_beginning_of_its_name() {
    let bench = Bench::new();
    let run = bench.run(["review", "--sample", "--release", "23768"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.starts_with("operations/mediawiki-config 237686 "), "{}", run.stdout);
    bench.run(["review", "--sample", "--release", "2376860"]).refused(3, "closest: `237686`");
    bench.run(["review", "--sample", "--release", "20865"]).refused(3, "`208655`, `208657`");
}
