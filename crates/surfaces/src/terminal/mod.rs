//! The review as one screen of text.
//!
//! Guarantees: no line is wider than asked for, colour says nothing that the words do not, what is
//! not known is said in words together with what to connect.

mod chart;
mod line;
mod sections;

use aftercast_analysis::review::{ReleaseBasis, ReleaseLine, Review};
use aftercast_model::human_duration;

pub(crate) use line::{Line, Tone, cut, cut_middle, width_of, wrap};

use crate::Options;
use crate::escape::terminal::Characters;
use crate::table::{Align, Table};
use crate::view::{ago, day};

/// Narrower terminals get lines of this width.
const MIN_WIDTH: usize = 60;
/// On wider terminals lines would be hard to follow.
const MAX_WIDTH: usize = 200;

/// Returns the review as lines of text.
pub fn render(review: &Review, options: &Options) -> String {
    let mut page = Page {
        options,
        width: clamp_width(options.width),
        characters: characters(options),
        text: String::new(),
    };
    sections::head(&mut page, review);
    sections::last_change(&mut page, review);
    sections::numbers(&mut page, review);
    chart::lead_time(&mut page, review);
    sections::answers(&mut page, review);
    sections::findings(&mut page, review);
    sections::candidates(&mut page, review);
    sections::notes(&mut page, review);
    sections::more(&mut page, review);
    page.text
}

/// Returns a list of releases as a table, in the order given.
pub fn releases(service: &str, releases: &[ReleaseLine], options: &Options) -> String {
    let name = crate::escape::terminal::text(service, 60, characters(options));
    if releases.is_empty() {
        return format!("{name}: no releases known; import a git repository or a source first\n");
    }
    let table = Table {
        columns: vec![
            ("release", Align::Left),
            ("in production", Align::Left),
            ("", Align::Left),
            ("lead time", Align::Right),
            ("commits", Align::Right),
            ("commit", Align::Left),
            ("basis", Align::Left),
        ],
        rows: releases
            .iter()
            .map(|release| {
                let distance = options.now.and_then(|now| ago(release.at, now));
                vec![
                    Some(release.id.clone()),
                    Some(day(release.at)),
                    Some(distance.unwrap_or_default()),
                    release.lead_time_ms.map(human_duration),
                    release.commits.map(|commits| commits.to_string()),
                    release.sha.as_ref().map(|sha| sha.chars().take(10).collect()),
                    Some(release_basis(release.basis).to_owned()),
                ]
            })
            .collect(),
    };
    table.render(options)
}

/// Returns the basis of a release in a list.
pub(crate) fn release_basis(basis: ReleaseBasis) -> &'static str {
    match basis {
        ReleaseBasis::Deployment => "deployment",
        ReleaseBasis::PublishedRelease => "published release",
        ReleaseBasis::VersionTag => "version tag",
        ReleaseBasis::ReleaseBranch => "release branch",
        ReleaseBasis::Merge => "merge",
    }
}

/// Returns the width that is used.
pub(crate) fn clamp_width(width: usize) -> usize {
    width.clamp(MIN_WIDTH, MAX_WIDTH)
}

/// Returns which characters may be used.
pub(crate) fn characters(options: &Options) -> Characters {
    if options.unicode { Characters::Unicode } else { Characters::Ascii }
}

/// The page while it is written.
struct Page<'a> {
    options: &'a Options,
    width: usize,
    characters: Characters,
    text: String,
}

impl Page<'_> {
    /// Makes foreign text safe.
    fn safe(&self, text: &str, max: usize) -> String {
        crate::escape::terminal::text(text, max, self.characters)
    }

    fn write(&mut self, line: Line) {
        line.write(self.options, &mut self.text);
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Writes a title, behind an empty line.
    fn title(&mut self, text: &str) {
        self.blank();
        let mut line = Line::default();
        line.push(Tone::Strong, cut(text, self.width, self.characters));
        self.write(line);
    }

    /// Writes `text` behind what `line` holds already, wrapped at its column, at most `most` lines.
    fn flow(&mut self, mut line: Line, tone: Tone, text: &str, most: usize) {
        let column = line.width();
        let room = self.width.saturating_sub(column).max(8);
        for (at, part) in wrap(text, room, most, self.characters).into_iter().enumerate() {
            if at > 0 {
                line.pad_to(column);
            }
            line.push(tone, part);
            self.write(std::mem::take(&mut line));
        }
        if line.width() > 0 {
            self.write(line);
        }
    }
}
