//! docs/sources.md names every source in its own words. `AFTERCAST_BLESS=1 cargo test -p
//! aftercast-connectors` writes the list anew; without that, the test compares.

use std::fmt::Write as _;
use std::path::Path;

use aftercast_connectors::SOURCES;

const BEGIN: &str = "<!-- sources:";
const END: &str = "<!-- /sources -->";

#[test]
fn the_list_of_sources_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sources.md");
    let kept = std::fs::read_to_string(&file).unwrap();
    let begin = kept.find(BEGIN).unwrap();
    let list_at = begin + kept[begin..].find('\n').unwrap() + 1;
    let end = kept.find(END).unwrap();
    let mut list = "| source | tells | reads |\n|---|---|---|\n".to_owned();
    for source in SOURCES {
        let name = source.name;
        let _ = writeln!(list, "| [`{name}`](#{name}) | {} | {} |", source.about, source.reads);
        assert!(kept.contains(&format!("\n## `{name}`\n")), "no section about `{name}`");
        assert!(kept.contains(&format!("aftercast import {name} ")), "no example of `{name}`");
    }
    let text = format!("{}{list}{}", &kept[..list_at], &kept[end..]);
    if std::env::var_os("AFTERCAST_BLESS").is_some() {
        std::fs::write(&file, &text).unwrap();
        return;
    }
    assert!(
        kept == text,
        "docs/sources.md is old: run `AFTERCAST_BLESS=1 cargo test -p aftercast-connectors`"
    );
}
