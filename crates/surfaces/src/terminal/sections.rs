//! The sections of the screen that are words.

use std::fmt::Write as _;

use aftercast_analysis::review::{Basis, FindingSeverity, Review};

use super::{Line, Page, Tone, width_of};
use crate::escape::plain::NAME;
use crate::view::{
    NumberView, ago, basis, first_sentence, five, full_report, layer, metric, moment, release_line,
    saving, short_question, sure, verdict, verdict_mark,
};

/// Numbers stand beside their title from this width on.
const WIDE: usize = 80;
/// More findings than this belong in the full report.
const MOST_FINDINGS: usize = 4;
/// More candidates than this are no help in choosing one.
const MOST_CANDIDATES: usize = 3;
/// More notes than this belong in the full report.
const MOST_NOTES: usize = 4;

/// Writes which release this is.
pub(super) fn head(page: &mut Page<'_>, review: &Review) {
    let release = &review.release;
    let mut line = Line::default();
    let name = format!("{} {}", page.safe(&review.service, NAME), page.safe(&release.id, NAME));
    let when = format!("in production {}", moment(release.at));
    let distance = page.options.now.and_then(|now| ago(release.at, now));
    let when = distance.map_or(when.clone(), |distance| format!("{when}, {distance}"));
    if width_of(&name) + 3 + width_of(&when) <= page.width {
        line.push(Tone::Strong, name);
        line.push(Tone::Plain, "   ");
        page.flow(line, Tone::Plain, &when, 1);
    } else {
        page.flow(line, Tone::Strong, &name, 2);
        page.flow(Line::default(), Tone::Plain, &when, 1);
    }
    let holds = page.safe(&release_line(review), 300);
    let rests = page.safe(&release.basis_says, 200);
    page.flow(Line::default(), Tone::Soft, &format!("{holds}; basis: {rests}"), 2);
}

/// Writes the verdict on the last change.
pub(super) fn last_change(page: &mut Page<'_>, review: &Review) {
    let Some(previous) = &review.previous_improvement else { return };
    page.blank();
    let tone = match verdict_mark(&previous.verdict) {
        "good" => Tone::Good,
        "bad" => Tone::Bad,
        _ => Tone::Strong,
    };
    let mut line = Line::default();
    line.push(Tone::Plain, "Last change   ");
    line.push(tone, page.safe(&verdict(&previous.verdict).to_uppercase(), 30));
    line.push(Tone::Plain, "  ");
    let text = format!("{}: {}", page.safe(&previous.title, 200), page.safe(&previous.why, 300));
    page.flow(line, Tone::Plain, &text, 5);
}

/// Writes the five numbers.
pub(super) fn numbers(page: &mut Page<'_>, review: &Review) {
    page.blank();
    let views = five(&review.numbers);
    let titles = views.iter().map(|view| width_of(view.title)).max().unwrap_or(0);
    let value =
        |view: &NumberView<'_>| view.value.clone().unwrap_or_else(|| "not known".to_owned());
    let values = views.iter().map(|view| width_of(&value(view))).max().unwrap_or(0);
    for view in &views {
        let mut line = Line::default();
        line.push(Tone::Plain, format!("  {}", view.title));
        line.pad_to(2 + titles + 2);
        let tone = if view.value.is_some() { Tone::Strong } else { Tone::Soft };
        line.push(tone, value(view));
        line.pad_to(2 + titles + 2 + values + 2);
        if page.width < WIDE {
            page.write(std::mem::take(&mut line));
            line.pad_to(4);
        }
        if view.unusual == Some(true) {
            line.push(Tone::Bad, "unusual  ");
        }
        let room = page.width.saturating_sub(line.width());
        let note = page.safe(&number_note(view, room), 300);
        page.flow(line, Tone::Soft, &note, 2);
    }
}

/// Returns what stands behind a number: how it compares, what it rests on, and how it was found
/// where that still has room on the line; the other surfaces have room for all.
fn number_note(view: &NumberView<'_>, room: usize) -> String {
    let rests = (!view.exact && view.value.is_some()).then_some(view.basis.as_str());
    let why = (!view.why.is_empty()).then_some(view.why);
    let join =
        |parts: &[Option<&str>]| parts.iter().flatten().copied().collect::<Vec<_>>().join("; ");
    let usually = view.usually.as_deref();
    let whole = join(&[usually, view.says, rests, why]);
    if usually.is_none() || width_of(&whole) <= room {
        return whole;
    }
    join(&[usually, view.says, rests])
}

/// Writes the eight answers.
pub(super) fn answers(page: &mut Page<'_>, review: &Review) {
    if review.questions.is_empty() {
        return;
    }
    page.title("The eight questions");
    let (unknown, known): (Vec<_>, Vec<_>) =
        review.questions.iter().partition(|answer| answer.basis == Basis::Missing);
    for answer in known {
        let mut line = Line::default();
        line.push(Tone::Plain, format!("  {}  {}", answer.id, short_question(answer.id)));
        line.pad_to(2 + 3 + 26);
        if page.width < WIDE {
            page.write(std::mem::take(&mut line));
            line.pad_to(5);
        }
        // Why stands below, where the candidates are.
        let brief = answer.id == 8 && !review.candidates.is_empty();
        let said = if brief { first_sentence(&answer.answer).0 } else { &answer.answer };
        let mut text = page.safe(said, 400);
        if answer.basis != Basis::Exact {
            _ = write!(text, " ({})", basis(answer.basis));
        }
        page.flow(line, Tone::Plain, &text, 2);
    }
    if unknown.is_empty() {
        return;
    }
    // One line for all of them: the screen is for what is known.
    let names: Vec<String> = unknown
        .iter()
        .map(|answer| format!("{} {}", answer.id, short_question(answer.id).to_lowercase()))
        .collect();
    let mut line = Line::default();
    line.push(Tone::Plain, "  Not known  ");
    let text = format!("{} (`aftercast doctor` says what to connect)", names.join(", "));
    page.flow(line, Tone::Soft, &text, 3);
}

/// Writes the findings that are worth a change.
pub(super) fn findings(page: &mut Page<'_>, review: &Review) {
    let worth: Vec<_> = review
        .findings
        .iter()
        .filter(|finding| finding.severity == FindingSeverity::Warning)
        .collect();
    if worth.is_empty() {
        return;
    }
    page.title("Worth a change");
    for finding in worth.iter().take(MOST_FINDINGS) {
        let mut line = Line::default();
        line.push(Tone::Plain, format!("  {}", finding.layer.map_or("overall", layer)));
        line.pad_to(12);
        let mut text = page.safe(&finding.says, 300);
        // With candidates on the screen, what to do is said there.
        let suggestion = finding.suggestion.as_ref().filter(|_| review.candidates.is_empty());
        if let Some(suggestion) = suggestion {
            text = format!("{text}; {}", page.safe(suggestion, 200));
        }
        page.flow(line, Tone::Plain, &text, 3);
    }
    if worth.len() > MOST_FINDINGS {
        let mut line = Line::default();
        line.pad_to(12);
        line.push(
            Tone::Soft,
            format!("and {} more in the full report", worth.len() - MOST_FINDINGS),
        );
        page.write(line);
    }
}

/// Writes what could be changed next.
pub(super) fn candidates(page: &mut Page<'_>, review: &Review) {
    if review.candidates.is_empty() {
        return;
    }
    page.title("Pick one for the next release");
    for (at, candidate) in review.candidates.iter().take(MOST_CANDIDATES).enumerate() {
        let mut line = Line::default();
        line.push(Tone::Strong, format!("  {}", at + 1));
        line.push(Tone::Plain, format!("  {}", layer(candidate.layer)));
        line.pad_to(15);
        let effort = page.safe(&candidate.effort, 20);
        let gain = format!("{}, {effort} effort, {}", saving(candidate), sure(candidate));
        let title = page.safe(&candidate.title, 200);
        page.flow(line, Tone::Strong, &format!("{title} ({gain})"), 2);
        let mut line = Line::default();
        line.pad_to(15);
        let why = page.safe(&candidate.why, 300);
        let measure = page.safe(&metric(&candidate.target_metric), 100);
        page.flow(line, Tone::Soft, &format!("{why}; measured by {measure}"), 2);
    }
    let more = review.candidates.len().saturating_sub(MOST_CANDIDATES);
    if more > 0 {
        let mut line = Line::default();
        line.pad_to(15);
        line.push(Tone::Soft, format!("and {more} more in the full report"));
        page.write(line);
    }
}

/// Writes what a reader must know to trust the page.
pub(super) fn notes(page: &mut Page<'_>, review: &Review) {
    if review.notes.is_empty() {
        return;
    }
    page.title("To trust this page, know that");
    for note in review.notes.iter().take(MOST_NOTES) {
        let mut line = Line::default();
        line.push(Tone::Plain, "  - ");
        let note = page.safe(note, 400);
        page.flow(line, Tone::Plain, &note, 3);
    }
    let more = review.notes.len().saturating_sub(MOST_NOTES);
    if more > 0 {
        let mut line = Line::default();
        line.push(Tone::Soft, format!("    and {more} more in the full report"));
        page.write(line);
    }
}

/// Writes how to get the whole page.
pub(super) fn more(page: &mut Page<'_>, review: &Review) {
    page.blank();
    let command = format!("{} --format html --output review.html", full_report(review));
    let mut line = Line::default();
    line.push(Tone::Soft, "Every row behind these numbers:");
    if line.width() + 1 + width_of(&command) > page.width {
        page.write(std::mem::take(&mut line));
        line.push(Tone::Plain, "  ");
    } else {
        line.push(Tone::Plain, " ");
    }
    page.flow(line, Tone::Plain, &command, 9);
}
