//! A review as bytes: terminal, JSON, Markdown, HTML.
//!
//! Owns: how a review and a list of releases look on each surface, and how foreign text is made
//! safe for it. Every renderer is a pure function from a review to text: no IO, no clock, no
//! settings from outside its arguments.
//!
//! Must not know: lake, ledger, connectors, the command line, HTTP. Nothing in here computes a
//! number that the review does not hold, apart from sums and shares of its segments.

pub mod cdevents;
pub mod escape;
pub mod html;
pub mod json;
pub mod markdown;
pub mod sheet;
pub mod table;
pub mod terminal;
mod view;

use aftercast_analysis::review::Review;
use aftercast_model::Timestamp;

/// How a surface is to render; each surface takes what concerns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Columns of the terminal; 60 to 200 are used.
    pub width: usize,
    /// Whether the terminal shows colour; nothing is said by colour alone.
    pub colour: bool,
    /// Whether the terminal shows more than ASCII.
    pub unicode: bool,
    /// The present, for "3 days ago"; without it nothing is said about the distance.
    pub now: Option<Timestamp>,
}

impl Default for Options {
    fn default() -> Self {
        Self { width: 100, colour: false, unicode: true, now: None }
    }
}

/// A form in which a review can be had.
#[derive(Debug, Clone, Copy)]
pub struct Surface {
    /// The value of `--format`.
    pub name: &'static str,
    /// What it is, in one line of help.
    pub what: &'static str,
    /// The media type of its bytes.
    pub media_type: &'static str,
    /// Renders a review; ends with a newline.
    pub render: fn(&Review, &Options) -> String,
}

/// Every surface, in the order in which help lists them.
pub const SURFACES: &[Surface] = &[
    Surface {
        name: "terminal",
        what: "one screen of text",
        media_type: "text/plain; charset=utf-8",
        render: terminal::render,
    },
    Surface {
        name: "json",
        what: "every field, for programs",
        media_type: "application/json",
        render: json::render,
    },
    Surface {
        name: "markdown",
        what: "a comment for a pull or merge request",
        media_type: "text/markdown; charset=utf-8",
        render: markdown::render,
    },
    Surface {
        name: "html",
        what: "one self-contained page for the meeting, to read or to print",
        media_type: "text/html; charset=utf-8",
        render: html::render,
    },
    cdevents::SURFACE,
];

/// Returns the surface of that name.
pub fn surface(name: &str) -> Option<&'static Surface> {
    SURFACES.iter().find(|surface| surface.name == name)
}
