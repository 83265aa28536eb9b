//! The review as a comment on a pull or merge request, for GitHub and GitLab.
//!
//! Guarantees: at most [`MAX_CHARACTERS`], cut by whole sections; nobody is mentioned, nothing is
//! referenced, and nothing is loaded; one hidden marker by which the comment is found again.

mod details;
mod gantt;

use std::fmt::Write as _;

use aftercast_analysis::review::{Basis, Review};

use crate::Options;
use crate::escape::link;
use crate::escape::markdown::{self as escape, Place};
use crate::escape::plain::NAME;
use crate::view::{
    NumberView, five, full_report, headline, moment, release_line, verdict, verdict_mark,
};

/// The longest comment that GitHub takes.
pub const MAX_CHARACTERS: usize = 65_536;

/// Room for the sentence that says that sections were left out.
const FOOTER: usize = 1_000;

/// Returns the marker by which the comment of a release is found again.
pub fn marker(service: &str, release: &str) -> String {
    format!("<!-- aftercast:review:{}:{} -->", escape::comment(service), escape::comment(release))
}

/// Returns the review as Markdown.
pub fn render(review: &Review, _options: &Options) -> String {
    let sections = [
        ("the headline", head(review)),
        ("the five numbers", numbers(review)),
        ("the eight answers", answers(review)),
        ("candidates", candidates(review)),
        ("where the time went", gantt::lead_time(review)),
        ("findings", details::findings(review)),
        ("gates", details::gates(review)),
        ("notes", details::notes(review)),
        ("the rows behind the numbers", details::evidence(review)),
    ];
    let mut comment = String::new();
    let mut length = 0;
    let mut left_out = Vec::new();
    for (name, section) in sections {
        let more = section.chars().count();
        if length + more + FOOTER > MAX_CHARACTERS {
            left_out.push(name);
            continue;
        }
        length += more;
        comment.push_str(&section);
    }
    let report = format!("{} --format html --output review.html", full_report(review));
    if !left_out.is_empty() {
        _ = write!(comment, "Left out for length: {}. ", left_out.join(", "));
    }
    _ = writeln!(comment, "<sub>Full report: `{report}`</sub>");
    comment
}

/// Returns the marker, the finding and the verdict on the last change.
fn head(review: &Review) -> String {
    let release = &review.release;
    let name = format!("{} {}", review.service, release.id);
    let name = escape::name(&name, 2 * NAME);
    let title = match release.url.as_deref().and_then(link::http) {
        Some(url) => format!("[{name}](<{url}>)"),
        None => name,
    };
    let mut text = marker(&review.service, &release.id);
    _ = write!(text, "\n### {title}: {}\n\n", prose(&headline(review)));
    _ = write!(
        text,
        "In production {}. {}. Basis: {}.\n\n",
        moment(release.at),
        prose(&release_line(review)),
        prose(&release.basis_says)
    );
    if let Some(previous) = &review.previous_improvement {
        let mark = match verdict_mark(&previous.verdict) {
            "good" => "✅ ",
            "bad" => "⚠️ ",
            _ => "",
        };
        _ = write!(
            text,
            "> **Last change {mark}{}:** {}. {}\n\n",
            escape::name(&verdict(&previous.verdict), 30),
            prose(&previous.title),
            prose(&previous.why)
        );
    }
    text
}

/// Returns the table of the five numbers.
fn numbers(review: &Review) -> String {
    let mut text =
        "| | | Beside earlier releases | How it is known |\n|:--|--:|:--|:--|\n".to_owned();
    for view in five(&review.numbers) {
        let value = match &view.value {
            Some(value) => format!("**{value}**"),
            None => "*not known*".to_owned(),
        };
        _ = writeln!(text, "| {} | {value} | {} | {} |", view.title, compared(&view), known(&view));
    }
    text.push('\n');
    text
}

fn compared(view: &NumberView<'_>) -> String {
    let mut parts = Vec::new();
    if view.unusual == Some(true) {
        parts.push("⚠️ unusual".to_owned());
    }
    parts.extend(view.usually.clone());
    parts.extend(view.says.map(|says| escape::sentence(says, Place::Cell)));
    if parts.is_empty() { "–".to_owned() } else { parts.join("; ") }
}

fn known(view: &NumberView<'_>) -> String {
    let why = escape::sentence(view.why, Place::Cell);
    match (view.value.is_some(), why.is_empty()) {
        (false, false) => why,
        (_, true) => view.basis.clone(),
        (true, false) => format!("{why} ({})", view.basis),
    }
}

/// Returns the eight answers as a list.
fn answers(review: &Review) -> String {
    if review.questions.is_empty() {
        return String::new();
    }
    let mut text = "#### The eight questions\n\n".to_owned();
    for answer in &review.questions {
        let says = prose(&answer.answer);
        let says = match answer.basis {
            Basis::Missing if says.to_lowercase().starts_with("not known") => format!("*{says}*"),
            Basis::Missing => format!("*not known: {says}*"),
            _ => says,
        };
        _ = writeln!(text, "{}. **{}** {says}", answer.id, prose(&answer.question));
        // The other candidates have a table of their own.
        let most = if answer.id == 8 && !review.candidates.is_empty() { 0 } else { 5 };
        for detail in answer.details.iter().filter(|detail| !detail.trim().is_empty()).take(most) {
            _ = writeln!(text, "   - {}", prose(detail));
        }
    }
    text.push('\n');
    text
}

/// Returns what could be changed next.
fn candidates(review: &Review) -> String {
    if review.candidates.is_empty() {
        return String::new();
    }
    let mut text = "#### Pick one for the next release\n\n\
        | | Layer | Change | Would save | Effort | Measured by |\n|--:|:--|:--|--:|:--|:--|\n"
        .to_owned();
    for (at, candidate) in review.candidates.iter().take(5).enumerate() {
        _ = writeln!(
            text,
            "| {} | {} | {}<br>{} | {}, {} | {} | {} |",
            at + 1,
            crate::view::layer(candidate.layer),
            escape::sentence(&candidate.title, Place::Cell),
            escape::sentence(&candidate.why, Place::Cell),
            crate::view::saving(candidate),
            crate::view::sure(candidate),
            escape::sentence(&candidate.effort, Place::Cell),
            escape::sentence(&crate::view::metric(&candidate.target_metric), Place::Cell),
        );
    }
    text.push('\n');
    text
}

/// Returns a sentence for a paragraph or a list. An empty one is a dash: signs around nothing would
/// draw a line across the page.
fn prose(text: &str) -> String {
    let escaped = escape::sentence(text, Place::Prose);
    if escaped.is_empty() { "–".to_owned() } else { escaped }
}

/// Returns a part that is folded until asked for.
fn folded(summary: &str, body: &str) -> String {
    // The empty lines make both sites read the body as Markdown.
    format!("<details><summary>{summary}</summary>\n\n{body}\n</details>\n\n")
}
