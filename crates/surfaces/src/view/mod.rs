//! What every surface says in the same words: numbers, lanes of the lead time, the headline, dates.
//!
//! Owns: the wording. Must not know: how any surface looks. Texts in here may hold foreign text and
//! are not escaped yet.

mod dates;
mod headline;
mod lanes;
mod numbers;
mod time;
mod words;

pub(crate) use dates::{ago, day, moment};
pub(crate) use headline::{headline, release_line, time_went};
pub(crate) use lanes::{Bar, Lane, lanes, percent, shares};
pub(crate) use numbers::{NumberView, Range, five};
pub(crate) use time::{each, halves, working};
pub(crate) use words::{
    Activity, activity, basis, category, first_sentence, full_report, layer, metric, saving,
    short_question, sure, verdict, verdict_mark,
};
