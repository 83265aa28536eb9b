//! Incidents and what was undone: which release each points at, which gates had passed it.
//!
//! Owns the candidates, the scores and the attribution of rollbacks, reverts and hotfixes. Formulas:
//! docs/statistics/incidents.md. Must not know pages or sentences of a review.

mod answer;
pub(crate) mod caught;
mod escapes;
pub(crate) mod lag;
pub(crate) mod link;
pub(crate) mod mirror;
mod number;
pub(crate) mod undone;

pub(crate) use answer::{called, culprit, gate_answer, link_says};
pub(crate) use escapes::{Escapes, escapes};
pub(crate) use number::measure;
