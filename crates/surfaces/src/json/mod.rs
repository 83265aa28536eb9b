//! The review as JSON: every field, pretty, with a newline at the end (design.md, section 7).

use std::fmt::Write as _;

use aftercast_analysis::review::{ReleaseLine, Review, SCHEMA_VERSION};
use serde::Serialize;

use crate::Options;

/// Returns the review as JSON.
pub fn render(review: &Review, _options: &Options) -> String {
    pretty(review)
}

/// Returns the list of releases as JSON.
pub fn releases(service: &str, releases: &[ReleaseLine]) -> String {
    pretty(&ReleaseList { schema_version: SCHEMA_VERSION, service, releases })
}

/// Returns a page of tables as JSON: every field of its data.
pub fn page<T: Serialize>(data: &T) -> String {
    pretty(data)
}

/// What `releases --format json` prints.
#[derive(Serialize)]
struct ReleaseList<'a> {
    schema_version: u32,
    service: &'a str,
    releases: &'a [ReleaseLine],
}

/// Writes pretty JSON. Fails for no review: its maps have names for keys and it holds no map of
/// other keys, which is what `serde_json` refuses.
fn pretty<T: Serialize>(value: &T) -> String {
    let text = serde_json::to_string_pretty(value)
        .unwrap_or_else(|error| format!("{{\"errors\":[{{\"detail\":\"{error}\"}}]}}"));
    let mut quiet = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        if steers(character) {
            // These occur within strings only, where an escape is the same character.
            _ = write!(quiet, "\\u{:04x}", u32::from(character));
        } else {
            quiet.push(character);
        }
    }
    quiet.push('\n');
    quiet
}

/// Whether a character that JSON allows would steer a terminal or turn text around.
fn steers(character: char) -> bool {
    matches!(
        character,
        '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}
