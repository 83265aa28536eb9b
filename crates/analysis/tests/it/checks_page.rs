//! `docs/checks.md` says what the checks say: the test writes it, and compares.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use aftercast_analysis::findings::FINDINGS;

fn page() -> String {
    let mut page = "# Checks\n\nWhat a review looks for, in the order in which findings of one \
                    severity are shown. A check says its n and shows its rows, or stays silent.\n\n\
                    This page is made from `crates/analysis/src/findings`: `AFTERCAST_BLESS=1 cargo \
                    test -p aftercast-analysis checks` writes it.\n"
        .to_owned();
    for check in FINDINGS {
        let _ = write!(
            page,
            "\n## `{}`\n\n{}\n\n{}\n\n> {}\n",
            check.name, check.what, check.why, check.example
        );
    }
    page
}

#[test]
fn the_page_of_the_checks_is_what_they_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/checks.md");
    let made = page();
    if std::env::var_os("AFTERCAST_BLESS").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "docs/checks.md is out of date: run this test with AFTERCAST_BLESS=1");
}
