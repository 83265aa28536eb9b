//! Every surface for the three samples, whole.

use aftercast_model::Timestamp;
use aftercast_surfaces::{Options, json, surface, terminal};

use crate::samples;

fn options(width: usize) -> Options {
    let now = Timestamp::parse("2026-07-17T15:00:00Z").ok();
    Options { width, colour: false, unicode: true, now }
}

fn check(name: &str, format: &str, options: &Options) {
    let review = match name {
        "rich" => samples::rich(),
        "poor" => samples::poor(),
        "bare" => samples::bare(),
        _ => samples::hostile::hostile("`a`|<b>@c --> \u{1b}[31m\u{202e}\n</details>"),
    };
    let text = (surface(format).unwrap().render)(&review, options);
    insta::assert_snapshot!(format!("{name}-{format}-{}", options.width), text);
}

#[test]
fn a_rich_review_fits_each_width() {
    for width in [60, 100, 160] {
        check("rich", "terminal", &options(width));
    }
}

#[test]
fn a_poor_review_says_what_is_missing() {
    for name in ["poor", "bare"] {
        check(name, "terminal", &options(100));
        check(name, "markdown", &options(100));
    }
}

#[test]
fn a_review_reads_the_same_on_each_surface() {
    for format in ["markdown", "html", "json"] {
        check("rich", format, &options(100));
    }
}

#[test]
fn a_hostile_review_is_only_text() {
    for format in ["terminal", "markdown"] {
        check("hostile", format, &options(100));
    }
}

#[test]
fn releases_are_a_table() {
    insta::assert_snapshot!(terminal::releases("checkout", &samples::releases(), &options(100)));
}

#[test]
fn releases_are_json() {
    insta::assert_snapshot!(json::releases("checkout", &samples::releases()));
}
