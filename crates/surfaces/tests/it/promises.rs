//! What holds for every review on every surface.

use aftercast_analysis::review::Review;
use aftercast_surfaces::{Options, SURFACES, html, json, markdown, surface, table, terminal};
use scraper::{Html, Selector};
use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

use crate::samples;

fn select<'a>(page: &'a Html, selector: &str) -> Vec<scraper::ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn known() -> [Review; 3] {
    [samples::rich(), samples::poor(), samples::bare()]
}

/// Fails where an object lacks one of the keys; `path` leads through objects and first elements.
fn check_keys(review: &Value, path: &[&str], keys: &[&str]) {
    let mut value = review;
    for step in path {
        value = if *step == "*" { value.get(0).unwrap() } else { value.get(step).unwrap() };
    }
    for key in keys {
        assert!(value.get(key).is_some(), "{path:?} has no `{key}`");
    }
}

#[test]
fn every_key_that_the_design_names_is_in_the_json() {
    let review: Value =
        serde_json::from_str(&json::render(&samples::rich(), &Options::default())).unwrap();
    assert_eq!(review["schema_version"], 1);
    let top = ["service", "release", "numbers", "lead_time", "questions", "findings", "gates"];
    check_keys(&review, &[], &top);
    check_keys(&review, &[], &["previous_improvement", "candidates"]);
    check_keys(&review, &["release"], &["id", "basis", "at", "sha", "previous", "commits"]);
    for number in ["lead_time_ms", "failed_builds", "approval_wait_ms", "manual_steps", "incidents"]
    {
        let keys = ["value", "basis", "n", "why", "compared", "evidence"];
        check_keys(&review, &["numbers", number], &keys);
    }
    let compared = ["median", "low", "high", "n", "unusual"];
    check_keys(&review, &["numbers", "lead_time_ms", "compared"], &compared);
    let lead = ["from_at", "to_at", "segments", "by_category_ms", "by_layer_ms"];
    check_keys(&review, &["lead_time"], &lead);
    let segment = ["from_at", "to_at", "category", "step", "layer", "evidence"];
    check_keys(&review, &["lead_time", "segments", "*"], &segment);
    let layer = ["process", "platform", "policy"];
    check_keys(&review, &["lead_time", "segments", "*", "layer"], &layer);
    check_keys(&review, &["questions", "*"], &["id", "question", "answer", "basis", "findings"]);
    let finding = ["id", "check", "layer", "severity", "says", "evidence", "confidence"];
    check_keys(&review, &["findings", "*"], &finding);
    check_keys(&review, &["findings", "*"], &["suggestion"]);
    let gate = ["gate", "runs", "caught", "flaky", "infra", "bypassed", "escaped", "vacuous"];
    check_keys(&review, &["gates", "*"], &gate);
    check_keys(&review, &["gates", "*"], &["wait_ms", "verdict", "why", "interval"]);
    let candidate = ["id", "layer", "title", "expected_saving_ms", "why", "effort"];
    check_keys(&review, &["candidates", "*"], &candidate);
    check_keys(&review, &["candidates", "*"], &["target_metric"]);
    assert_eq!(review["questions"].as_array().map(Vec::len), Some(8));
}

#[test]
fn unknown_is_null_in_json_and_words_elsewhere() {
    let review = samples::bare();
    let value: Value = serde_json::from_str(&json::render(&review, &Options::default())).unwrap();
    for (name, number) in value["numbers"].as_object().unwrap() {
        assert!(number["value"].is_null(), "{name}");
    }
    for format in ["terminal", "markdown", "html"] {
        let text = (surface(format).unwrap().render)(&review, &Options::default());
        let said = text.to_lowercase().matches("not known").count();
        // Five numbers and where the time went.
        assert!(said >= 6, "{format}: {said}");
        assert!(text.contains("connect an incident source"), "{format}");
    }
}

#[test]
fn no_line_of_a_terminal_is_too_wide() {
    let mut reviews = known().to_vec();
    reviews.push(samples::hostile::hostile(&"名`<x>` ".repeat(300)));
    for review in reviews {
        for width in [0, 60, 61, 79, 80, 99, 100, 160, 200, 1_000] {
            let options = Options { width, ..Options::default() };
            let list = terminal::releases("checkout", &samples::releases(), &options);
            for line in terminal::render(&review, &options).lines().chain(list.lines()) {
                assert!(line.width() <= width.clamp(60, 200), "{width}: {line}");
            }
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    for review in known() {
        let plain = terminal::render(&review, &Options::default());
        let options = Options { colour: true, ..Options::default() };
        let coloured = terminal::render(&review, &options);
        assert!(coloured.contains("\u{1b}["));
        let mut bare = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, sequence)) = rest.split_once("\u{1b}[") {
            bare.push_str(before);
            rest = sequence.split_once('m').unwrap().1;
        }
        bare.push_str(rest);
        assert_eq!(bare, plain);
    }
}

#[test]
fn a_plain_terminal_gets_ascii() {
    for review in [samples::rich(), samples::poor(), samples::hostile::hostile("é日本…")] {
        let options = Options { unicode: false, ..Options::default() };
        let text = terminal::render(&review, &options);
        assert!(text.is_ascii(), "{text}");
    }
}

#[test]
fn a_rich_review_is_about_one_screen() {
    let options = Options { width: 100, ..Options::default() };
    let lines = terminal::render(&samples::rich(), &options).lines().count();
    assert!(lines <= 60, "{lines}");
    let lines = terminal::render(&samples::poor(), &options).lines().count();
    assert!(lines <= 40, "{lines}");
}

#[test]
fn every_surface_ends_with_a_newline_and_depends_on_its_input_only() {
    for review in known() {
        for surface in SURFACES {
            let once = (surface.render)(&review, &Options::default());
            assert!(once.ends_with('\n'), "{}", surface.name);
            assert_eq!(once, (surface.render)(&review, &Options::default()));
        }
    }
}

#[test]
fn every_reference_on_the_page_leads_somewhere() {
    for review in known() {
        let text = html::render(&review, &Options::default());
        let page = Html::parse_document(&text);
        assert_eq!(page.errors, Vec::<String>::new());
        let ids: Vec<&str> =
            select(&page, "[id]").iter().filter_map(|element| element.value().attr("id")).collect();
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), ids.len(), "an id is there twice");
        for link in select(&page, "a[href^='#']") {
            let target = link.value().attr("href").unwrap().trim_start_matches('#');
            assert!(ids.contains(&target), "#{target}");
        }
        for attribute in ["aria-labelledby", "fill"] {
            for element in select(&page, &format!("[{attribute}]")) {
                let value = element.value().attr(attribute).unwrap();
                for name in value.split(' ') {
                    let name = name.trim_start_matches("url(#").trim_end_matches(')');
                    assert!(ids.contains(&name), "{attribute} {name}");
                }
            }
        }
    }
}

#[test]
fn the_numbers_of_a_page_lead_to_rows_with_links() {
    let text = html::render(&samples::rich(), &Options::default());
    let page = Html::parse_document(&text);
    assert_eq!(select(&page, ".number").len(), 5);
    assert_eq!(select(&page, ".number.missing").len(), 1);
    assert_eq!(select(&page, ".number a[href^='#row-']").len(), 4);
    assert_eq!(select(&page, ".answers > li").len(), 8);
    assert_eq!(select(&page, "tr[id^='row-']").len(), samples::rich().evidence.len());
    for link in select(&page, "a[href^='http']") {
        assert_eq!(link.value().attr("rel"), Some("noreferrer noopener"));
    }
    // The drawing is one image with a name, and everything in it is in the table behind it.
    assert_eq!(select(&page, "svg.waterfall[role=img] > title").len(), 1);
    let segments = samples::rich().lead_time.unwrap().segments.len();
    assert_eq!(select(&page, "details tbody tr").len(), segments);
}

#[test]
fn the_page_allows_nothing_but_its_own_style() {
    let text = html::render(&samples::rich(), &Options::default());
    let page = Html::parse_document(&text);
    let policy = select(&page, "meta[http-equiv='Content-Security-Policy']");
    let policy = policy.first().unwrap().value().attr("content").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    for refused in ["script", "link", "img", "iframe", "object", "form", "[style]", "[onclick]"] {
        assert!(select(&page, refused).is_empty(), "{refused}");
    }
    assert!(text.len() < 150_000, "{}", text.len());
}

#[test]
fn only_one_module_writes_markup_as_it_is() {
    fn files(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    files(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let raw: Vec<_> = found
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| std::fs::read_to_string(path).unwrap().contains("PreEscaped"))
        .filter_map(|path| path.file_name()?.to_str())
        .collect();
    assert_eq!(raw, ["raw.rs"]);
    assert!(found.len() > 20);
}

#[test]
fn a_comment_is_never_too_long() {
    let mut review = samples::rich();
    let finding = review.findings[0].clone();
    review.findings = vec![finding; 3_000];
    let gate = review.gates[0].clone();
    review.gates = vec![gate; 3_000];
    for row in review.evidence.values_mut() {
        row.url = Some(format!("https://ci.example/{}", "x".repeat(1_900)));
    }
    let mut longest = samples::hostile::hostile(&"<@#".repeat(4_000));
    longest.findings = vec![longest.findings[0].clone(); 3_000];
    for review in [review, longest] {
        let text = markdown::render(&review, &Options::default());
        assert!(text.chars().count() <= markdown::MAX_CHARACTERS, "{}", text.chars().count());
        assert!(text.contains("Full report: `aftercast review"));
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }
}

#[test]
fn a_comment_is_found_again_by_its_marker() {
    let review = samples::rich();
    let text = markdown::render(&review, &Options::default());
    let marker = markdown::marker(&review.service, &review.release.id);
    assert_eq!(marker, "<!-- aftercast:review:checkout:4.31.0 -->");
    assert!(text.starts_with(&marker));
    assert_ne!(markdown::marker("a:b", "c"), markdown::marker("a", "b:c"));
}

#[test]
fn the_list_of_releases_says_what_is_not_known() {
    let list: Value =
        serde_json::from_str(&json::releases("checkout", &samples::releases())).unwrap();
    assert_eq!(list["schema_version"], 1);
    assert_eq!(list["service"], "checkout");
    assert!(list["releases"][2]["lead_time_ms"].is_null());
    let text = terminal::releases("checkout", &samples::releases(), &Options::default());
    assert_eq!(text.matches("not known").count(), 3);
    let none = terminal::releases("checkout", &[], &Options::default());
    assert!(none.starts_with("checkout: no releases known"), "{none}");
}

#[test]
fn a_table_gives_way_where_it_is_widest() {
    let table = table::Table {
        columns: vec![("name", table::Align::Left), ("n", table::Align::Right)],
        rows: vec![
            vec![Some("x".repeat(50) + &"z".repeat(50)), Some("12".to_owned())],
            vec![Some("\u{1b}[31my".to_owned()), None],
        ],
    };
    let text = table.render(&Options { width: 60, ..Options::default() });
    let expected = format!(
        "name{}n\n{}…{}         12\ny{}not known\n",
        " ".repeat(55),
        "x".repeat(29),
        "z".repeat(19),
        " ".repeat(50)
    );
    assert_eq!(text, expected);
}
