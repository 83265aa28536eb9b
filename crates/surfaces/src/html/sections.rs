//! The sections of the page that are words and tables.

use aftercast_analysis::review::{
    Answer, Basis, Candidate, Finding, FindingSeverity, GateLine, Layer, Review,
};
use aftercast_model::human_duration;
use maud::{Markup, html};

use super::evidence::Rows;
use super::waterfall::swatch;
use crate::escape::html::sentence;
use crate::escape::plain::{NAME, one_line};
use crate::view::{
    NumberView, Range, basis, first_sentence, layer, metric, saving, sure, verdict, verdict_mark,
};

/// More candidates than this are no help in choosing one.
const MOST_CANDIDATES: usize = 4;
/// More of anything else belongs in the JSON form.
const MOST: usize = 100;

pub(super) fn last_change(review: &Review) -> Markup {
    html! {
        section.last aria-labelledby="last" {
            h2 #last { "Last change" }
            @match &review.previous_improvement {
                Some(previous) => {
                    @let mark = verdict_mark(&previous.verdict);
                    @let sign = match mark { "good" => "✓ ", "bad" => "✗ ", _ => "○ " };
                    span.mark.(mark) { (sign) (one_line(&verdict(&previous.verdict), 30)) }
                    strong { (sentence(&previous.title)) }
                    span { (sentence(&previous.why)) }
                }
                None => span.soft { "No change was chosen at an earlier release." },
            }
        }
    }
}

pub(super) fn numbers(views: &[NumberView<'_>], rows: &Rows<'_>) -> Markup {
    html! {
        section.numbers aria-label="The five numbers" {
            @for view in views {
                div.number.missing[view.value.is_none()] {
                    h3 { (view.title) }
                    @match &view.value {
                        Some(value) => p.value { (value) },
                        None => p.value.none { "Not known" },
                    }
                    @if let Some(range) = &view.range { (range_of(range, view.unusual)) }
                    p.soft {
                        @if view.unusual == Some(true) { span.mark.bad { "▲ unusual" } ", " }
                        @if let Some(usually) = &view.usually { (usually) "; " }
                        @if let Some(says) = view.says { (sentence(says)) "; " }
                        (sentence(view.why))
                        @if view.value.is_some() {
                            @if !view.why.is_empty() { " " }
                            "(" (view.basis) ")"
                        }
                        " " (rows.cite(view.evidence))
                    }
                }
            }
        }
    }
}

/// Draws a value beside the range of most earlier releases and their median.
fn range_of(range: &Range, unusual: Option<bool>) -> Markup {
    let most = range.value.max(range.high).max(range.median);
    if most <= 0.0 || !most.is_finite() {
        return html! {};
    }
    // Room for the dot at both ends.
    let at = |value: f64| format!("{:.2}%", 2.0 + (value / most).clamp(0.0, 1.0) * 96.0);
    let width = ((range.high - range.low) / most).clamp(0.005, 1.0) * 96.0;
    html! {
        svg.range width="100%" height="12" role="img" {
            title { (range.says) }
            line.axis x1="2%" x2="98%" y1="6" y2="6" {}
            rect.usual x=(at(range.low)) width=(format!("{width:.2}%")) y="4" height="4" {}
            line.median x1=(at(range.median)) x2=(at(range.median)) y1="1" y2="11" {}
            circle.now.unusual[unusual == Some(true)] cx=(at(range.value)) cy="6" r="5" {}
        }
    }
}

pub(super) fn answers(review: &Review, rows: &Rows<'_>) -> Markup {
    html! {
        section aria-labelledby="questions" {
            h2 #questions { "The eight questions" }
            ol.answers role="list" { @for answer in &review.questions { (answer_of(answer, review, rows)) } }
        }
    }
}

fn answer_of(answer: &Answer, review: &Review, rows: &Rows<'_>) -> Markup {
    let known = answer.basis != Basis::Missing;
    let said = answer.answer.to_lowercase().starts_with("not known");
    html! {
        li {
            span.id { (answer.id) }
            div {
                h3 { (sentence(&answer.question)) }
                p.missing[!known].none[!known] {
                    @if !known && !said { "Not known: " }
                    @let (first, rest) = first_sentence(&answer.answer);
                    @if known { strong { (sentence(first)) } } @else { (sentence(first)) }
                    @if !rest.is_empty() { " " (sentence(rest)) }
                    @if known {
                        " "
                        small {
                            @if answer.basis != Basis::Exact { "(" (basis(answer.basis)) ") " }
                            (rows.cite(&answer.evidence))
                            @for id in &answer.findings { (finding_link(id, review)) }
                        }
                    }
                }
                @let details = details(answer, review);
                @if !details.is_empty() {
                    small {
                        @for (at, detail) in details.iter().enumerate() {
                            @if at > 0 { " · " }
                            (sentence(detail.trim_end_matches('.')))
                        }
                    }
                }
            }
        }
    }
}

/// Returns a link to a finding of this page.
fn finding_link(id: &str, review: &Review) -> Markup {
    let number = review.findings.iter().position(|finding| finding.id == id).map(|at| at + 1);
    html! {
        @if let Some(number) = number {
            " " a href=(format!("#finding-{number}")) { "finding " (number) }
        }
    }
}

/// Returns more on an answer. The other candidates have a section of their own.
fn details<'a>(answer: &'a Answer, review: &Review) -> Vec<&'a str> {
    if answer.id == 8 && !review.candidates.is_empty() {
        return Vec::new();
    }
    answer.details.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).take(4).collect()
}

pub(super) fn findings(review: &Review, rows: &Rows<'_>) -> Markup {
    let more = review.findings.len().saturating_sub(MOST);
    html! {
        @if !review.findings.is_empty() {
            section aria-labelledby="findings" {
                h2 #findings { "Findings" }
                ol.list {
                    @for (finding, number) in review.findings.iter().take(MOST).zip(1_usize..) {
                        (finding_of(finding, number, rows))
                    }
                }
                @if more > 0 { p.soft { (more) " more findings are in the JSON form." } }
            }
        }
    }
}

fn finding_of(finding: &Finding, number: usize, rows: &Rows<'_>) -> Markup {
    let (mark, says) = match finding.severity {
        FindingSeverity::Warning => ("bad", "▲ Worth a change"),
        FindingSeverity::Notice => ("open", "○ Worth a look"),
        FindingSeverity::Good => ("good", "✓ Good"),
    };
    html! {
        li id=(format!("finding-{number}")) {
            p.head {
                span.mark.(mark) { (says) }
                @if let Some(of) = finding.layer { (tag(of)) }
                span { (confidence(finding.confidence)) }
                (rows.cite(&finding.evidence))
            }
            p { (sentence(&finding.says)) }
            @if let Some(suggestion) = &finding.suggestion { p.soft { "→ " (sentence(suggestion)) } }
        }
    }
}

/// Returns how sure a finding is, in words.
fn confidence(confidence: f64) -> &'static str {
    match confidence {
        0.9.. => "sure",
        0.6.. => "likely",
        _ => "possible",
    }
}

/// Returns a layer as a coloured square and its name.
fn tag(of: Layer) -> Markup {
    html! { span.tag { (swatch(layer(of))) (layer(of)) } }
}

pub(super) fn candidates(review: &Review) -> Markup {
    html! {
        section aria-labelledby="candidates" {
            h2 #candidates { "Pick one for the next release" }
            @if review.candidates.is_empty() {
                p.soft { "Nothing stands out. Choose what the team wants to try, and say what would show that it helped." }
            } @else {
                ol.list.candidates {
                    @for candidate in review.candidates.iter().take(MOST_CANDIDATES) {
                        (candidate_of(candidate))
                    }
                }
            }
        }
    }
}

fn candidate_of(candidate: &Candidate) -> Markup {
    html! {
        li {
            p.head {
                (tag(candidate.layer))
                span.gain {
                    @if candidate.expected_saving_ms.is_some() { "saves " }
                    (saving(candidate))
                }
            }
            h3 { (sentence(&candidate.title)) }
            p.soft {
                (sentence(&candidate.why)) "; " (sentence(&candidate.effort))
                " effort, " (sure(candidate)) "; measured by " (sentence(&metric(&candidate.target_metric)))
            }
        }
    }
}

pub(super) fn notes(review: &Review) -> Markup {
    html! {
        @if !review.notes.is_empty() {
            section aria-labelledby="notes" {
                h2 #notes { "To trust this page, know that" }
                ul.notes { @for note in review.notes.iter().take(MOST) { li { (sentence(note)) } } }
            }
        }
    }
}

pub(super) fn gates(review: &Review) -> Markup {
    let more = review.gates.len().saturating_sub(MOST);
    html! {
        @if !review.gates.is_empty() {
            section aria-labelledby="gates" {
                h2 #gates { "Gates: what each catches and what it costs" }
                div.scroll tabindex="0" role="region" aria-labelledby="gates" {
                    table {
                        thead { tr {
                            th scope="col" { "Gate" }
                            th scope="col" { "Verdict" }
                            th.n scope="col" { "Runs" }
                            th.n scope="col" { "Caught" }
                            th.n scope="col" { "Catch rate" }
                            th.n scope="col" { "Flaky" }
                            th.n scope="col" { "Machinery" }
                            th.n scope="col" { "Bypassed" }
                            th.n scope="col" { "Let through" }
                            th.n scope="col" { "Checked nothing" }
                            th.n scope="col" { "Waiting" }
                            th scope="col" { "Why" }
                        } }
                        tbody { @for gate in review.gates.iter().take(MOST) { (gate_of(gate)) } }
                    }
                }
                @if more > 0 { p.soft { (more) " more gates are in the JSON form." } }
            }
        }
    }
}

fn gate_of(gate: &GateLine) -> Markup {
    let count = |n: Option<usize>| cell(n.map(|n| n.to_string()));
    let rate =
        gate.interval.map(|(low, high)| format!("{:.1} to {:.1} %", low * 100.0, high * 100.0));
    html! {
        tr {
            th scope="row" { (one_line(&gate.gate, NAME)) }
            td { strong { (one_line(&verdict(&gate.verdict), NAME)) } }
            td.n { (gate.runs) }
            (count(gate.caught))
            (cell(rate))
            (count(gate.flaky))
            (count(gate.infra))
            (count(gate.bypassed))
            (count(gate.escaped))
            (count(gate.vacuous))
            (cell(gate.wait_ms.map(human_duration)))
            td.wide { (sentence(&gate.why)) }
        }
    }
}

/// Returns the cell of a number; what is not known is said, on a hatched ground.
fn cell(value: Option<String>) -> Markup {
    html! {
        @match value {
            Some(value) => td.n { (value) },
            None => td.n.none { "not known" },
        }
    }
}
