//! GitHub: what its REST API returns and what its webhooks send, as facts.
//!
//! Owns: telling the objects apart, and their conversion. The same fact has the same id however it
//! arrived, and is dated by the object's own newest time, so neither order nor repetition matters.
//! Must not know: files, the network. What is not known or not kept is said, never silent.

mod changes;
mod checks;
mod deployments;
mod lenient;
mod objects;
mod recognise;
mod runs;
mod sink;
mod tags;

use crate::github::sink::Sink;
use crate::{Context, Import, Output, Record, Source};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "github";

/// GitHub as a source.
pub(crate) static GITHUB: Source = Source {
    name: SOURCE,
    about: "workflow runs, jobs, pull requests, reviews, deployments, releases and checks",
    reads: "objects or pages of GitHub's REST API, and webhook bodies",
    import: Import::Json(convert),
};

/// Converts one record.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let body = String::from_utf8_lossy(record.body);
    let mut sink = Sink::new(record, context, output);
    recognise::convert(&body, &mut sink);
}
