//! The rows behind the statements: numbered in the order in which the page names them.

use std::collections::BTreeMap;

use aftercast_analysis::review::{EvidenceRow, Review};
use aftercast_model::FactId;
use maud::{Markup, html};

use crate::escape::html::sentence;
use crate::escape::link;
use crate::escape::plain::{NAME, one_line};
use crate::view::moment;

/// More rows than this would make the page slow; all are in the JSON form.
const MOST_ROWS: usize = 500;
/// A list that is longer is not printed.
const MOST_PRINTED: usize = 40;
/// More runs of numbers than this say no more than the first ones.
const MOST_RUNS: usize = 4;

/// The number of each row on this page.
pub(super) struct Rows<'a> {
    review: &'a Review,
    numbers: BTreeMap<FactId, usize>,
    order: Vec<FactId>,
}

impl<'a> Rows<'a> {
    /// Numbers the rows of a review in the order in which it names them.
    pub(super) fn of(review: &'a Review) -> Self {
        let mut rows = Self { review, numbers: BTreeMap::new(), order: Vec::new() };
        let numbers = &review.numbers;
        for number in [
            &numbers.lead_time_ms,
            &numbers.failed_builds,
            &numbers.approval_wait_ms,
            &numbers.manual_steps,
            &numbers.incidents,
        ] {
            rows.add(&number.evidence);
        }
        review.questions.iter().for_each(|answer| rows.add(&answer.evidence));
        if let Some(lead) = &review.lead_time {
            lead.segments.iter().for_each(|segment| rows.add(&segment.evidence));
        }
        review.findings.iter().for_each(|finding| rows.add(&finding.evidence));
        rows
    }

    fn add(&mut self, ids: &[FactId]) {
        for id in ids {
            if !self.numbers.contains_key(id) {
                self.order.push(*id);
                self.numbers.insert(*id, self.order.len());
            }
        }
    }

    /// Returns links to rows: `rows 3, 5–9`; nothing where there are none.
    pub(super) fn cite(&self, ids: &[FactId]) -> Markup {
        let mut numbers: Vec<usize> =
            ids.iter().filter_map(|id| self.numbers.get(id)).copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for number in &numbers {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == *number => *last = *number,
                _ => runs.push((*number, *number)),
            }
        }
        let more = runs.len().saturating_sub(MOST_RUNS);
        html! {
            @if !runs.is_empty() {
                span.soft {
                    @if numbers.len() == 1 { "row " } @else { "rows " }
                    @for (at, (first, last)) in runs.iter().take(MOST_RUNS).enumerate() {
                        @if at > 0 { ", " }
                        a href=(format!("#row-{}", first.min(&MOST_ROWS))) {
                            (first) @if last > first { "–" (last) }
                        }
                    }
                    @if more > 0 { " and others (" (numbers.len()) " in all)" }
                }
            }
        }
    }

    /// Returns the list of rows.
    pub(super) fn section(&self) -> Markup {
        let total = self.order.len();
        html! {
            @if total > 0 {
                section.rows.long[total > MOST_PRINTED] aria-labelledby="rows" {
                    h2 #rows { "The rows behind the statements (" (total) ")" }
                    div.scroll tabindex="0" role="region" aria-labelledby="rows" {
                        table.rows {
                            thead { tr {
                                th.n scope="col" { "Row" }
                                th scope="col" { "What it says" }
                                th scope="col" { "When" }
                                th scope="col" { "Table" }
                                th scope="col" { "Where" }
                            } }
                            tbody {
                                @for (id, number) in self.order.iter().take(MOST_ROWS).zip(1..) {
                                    (self.row(*id, number))
                                }
                            }
                        }
                    }
                    @if total > MOST_ROWS {
                        p.soft { (total - MOST_ROWS) " more rows are in the JSON form." }
                    }
                }
                @if total > MOST_PRINTED {
                    p.print-only { "The " (total) " rows behind these statements are on the page, not on paper." }
                }
            }
        }
    }

    fn row(&self, id: FactId, number: usize) -> Markup {
        let id = id.to_string();
        let row = self.review.evidence.get(&id);
        let place = row.and_then(place);
        html! {
            tr id=(format!("row-{number}")) {
                td.n { (number) }
                @match row {
                    Some(row) => {
                        td.wide { (sentence(&row.says)) }
                        @match row.at {
                            Some(at) => td { time datetime=(at) { (moment(at)) } },
                            None => td.none { "not known" },
                        }
                        td { (one_line(&row.table, NAME)) }
                        @match place {
                            Some(url) => td { a href=(url) rel="noreferrer noopener" { "open " (host(&url)) } },
                            None => td.none { "no link" },
                        }
                    }
                    None => td colspan="4" { "fact " code { (id) } },
                }
            }
        }
    }
}

/// Returns the link of a row.
fn place(row: &EvidenceRow) -> Option<String> {
    row.url.as_deref().and_then(link::http)
}

/// Returns the host of a link that [`link::http`] let through.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}
