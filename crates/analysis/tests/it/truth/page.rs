//! `docs/statistics/simulation.md`: the table is written, and compared.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{SEEDS, Scores, scores};

const BEGIN: &str = "<!-- made by the test `truth`: AFTERCAST_BLESS=1 writes it -->\n";
const END: &str = "<!-- end -->\n";

fn table(scores: &Scores) -> String {
    let mut page = format!(
        "{BEGIN}\n{SEEDS} seeds, two services each, with everything planted; the same with nothing \
         planted.\n\n\
         | planted | times | found | missed | wrong | of nothing | false alarms |\n\
         |---|---:|---:|---:|---:|---:|---:|\n"
    );
    for (what, score) in &scores.0 {
        let missed = score.planted - score.found;
        let _ = writeln!(
            page,
            "| {what} | {} | {} | {missed} | {} | {} | {} |",
            score.planted, score.found, score.wrong, score.chances, score.alarms
        );
    }
    page.push('\n');
    page.push_str(END);
    page
}

#[test]
fn the_analysis_recovers_what_was_planted() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/statistics/simulation.md");
    let made = table(&scores());
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let (before, rest) = kept.split_once(BEGIN).unwrap_or((&kept, ""));
    let (_, after) = rest.split_once(END).unwrap_or(("", ""));
    let page = format!("{before}{made}{after}");
    if std::env::var_os("AFTERCAST_BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    } else {
        assert!(
            page == kept,
            "docs/statistics/simulation.md is out of date: read what changed, and run this test with \
             AFTERCAST_BLESS=1\n{made}"
        );
    }
}
