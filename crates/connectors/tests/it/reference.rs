//! docs/sources.md names every source in its own words, docs/sources/ has a page for each.
//! `AFTERCAST_BLESS=1 cargo test -p aftercast-connectors` writes the lists anew; without that, the
//! test compares.

use std::fmt::Write as _;
use std::path::Path;

use aftercast_connectors::{SOURCES, Source};

#[test]
fn the_list_of_sources_is_up_to_date() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let file = docs.join("sources.md");
    let kept = std::fs::read_to_string(&file).unwrap();
    let mut list =
        "| source | tells | reads | pull | webhook |\n|---|---|---|---|---|\n".to_owned();
    for source in SOURCES {
        let name = source.name;
        let (pull, webhook) = (yes(source.pull.is_some()), yes(source.webhook.is_some()));
        let _ = writeln!(
            list,
            "| [`{name}`](sources/{name}.md) | {} | {} | {pull} | {webhook} |",
            source.about, source.reads
        );
        let page = std::fs::read_to_string(docs.join(format!("sources/{name}.md")))
            .unwrap_or_else(|_| panic!("no page about `{name}`: docs/sources/{name}.md"));
        assert!(page.starts_with(&format!("# `{name}`\n")), "{name}: no heading");
        assert!(page.contains(&format!("aftercast import {name} ")), "no example of `{name}`");
    }
    let text = replaced(&replaced(&kept, "sources", &list), "tells", &tells());
    if std::env::var_os("AFTERCAST_BLESS").is_some() {
        std::fs::write(&file, &text).unwrap();
        return;
    }
    assert!(
        kept == text,
        "docs/sources.md is old: run `AFTERCAST_BLESS=1 cargo test -p aftercast-connectors`"
    );
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "-" }
}

/// What each source tells: a row a source, a column a capability.
fn tells() -> String {
    let mut text = String::new();
    let mut table = |head: &str, columns: &[&str], row: &dyn Fn(&Source) -> Vec<String>| {
        let _ = writeln!(text, "\n{head}\n\n| source | {} |", columns.join(" | "));
        let _ = writeln!(text, "|---|{}", "---|".repeat(columns.len()));
        for source in SOURCES {
            let _ = writeln!(text, "| `{}` | {} |", source.name, row(source).join(" | "));
        }
    };
    let Some(first) = SOURCES.first() else { return text };
    let mut names: Vec<&str> = first.tells.rows().iter().map(|(name, _)| *name).collect();
    names.push("how far back");
    table("Of each thing:", &names, &|source| {
        let mut cells: Vec<String> =
            source.tells.rows().iter().map(|(_, told)| told.shown().to_owned()).collect();
        cells.push(source.tells.retention.to_owned());
        cells
    });
    let names: Vec<&str> = first.tells.numbers.rows().iter().map(|(name, _)| *name).collect();
    table("Which of the five numbers it can answer, alone:", &names, &|source| {
        source.tells.numbers.rows().iter().map(|(_, told)| told.shown().to_owned()).collect()
    });
    text.push('\n');
    text
}

/// Puts `list` between the marks called `name`.
fn replaced(kept: &str, name: &str, list: &str) -> String {
    let begin = kept.find(&format!("<!-- {name}:")).unwrap();
    let list_at = begin + kept[begin..].find('\n').unwrap() + 1;
    let end = kept.find(&format!("<!-- /{name} -->")).unwrap();
    format!("{}{list}{}", &kept[..list_at], &kept[end..])
}
