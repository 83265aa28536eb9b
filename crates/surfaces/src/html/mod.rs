//! The review as one page for the fifteen-minute meeting, to read on a screen or on paper.
//!
//! Guarantees: one file without script and without any request; a content security policy that
//! allows nothing but its own style sheet; every text escaped; links lead to the web only.

mod axis;
mod evidence;
mod raw;
mod sections;
mod waterfall;

use aftercast_analysis::review::Review;
use maud::{DOCTYPE, Markup, html};

use crate::Options;
use crate::escape::html::{keep_units, sentence};
use crate::escape::link;
use crate::escape::plain::{NAME, SENTENCE, one_line};
use crate::view::{ago, five, headline, moment, release_line};
use evidence::Rows;

/// Returns the review as a page.
pub fn render(review: &Review, options: &Options) -> String {
    let name = name(review);
    let title = format!("{name}: {}", one_line(&headline(review), SENTENCE));
    let rows = Rows::of(review);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(raw::content_security_policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (raw::style()) }
            }
            body {
                a.skip href="#questions" { "To the eight questions" }
                main {
                    (head(review, &name, options))
                    (sections::last_change(review))
                    (sections::numbers(&five(&review.numbers), &rows))
                    div.columns {
                        div { (sections::answers(review, &rows)) }
                        div.middle { (lead_time(review, &rows)) (sections::notes(review)) }
                        div.right {
                            (sections::candidates(review))
                            (sections::findings(review, &rows))
                        }
                    }
                    (sections::gates(review))
                    (rows.section())
                }
            }
        }
    };
    let mut text = page.into_string();
    text.push('\n');
    text
}

/// Returns the service and the release.
fn name(review: &Review) -> String {
    format!("{} {}", one_line(&review.service, NAME), one_line(&review.release.id, NAME))
}

fn head(review: &Review, name: &str, options: &Options) -> Markup {
    let release = &review.release;
    let url = release.url.as_deref().and_then(link::http);
    let distance = options.now.and_then(|now| ago(release.at, now));
    html! {
        header {
            p.name {
                @match url {
                    Some(url) => a href=(url) rel="noreferrer noopener" { (name) },
                    None => (name),
                }
            }
            h1 { (keep_units(&capital(&one_line(&headline(review), SENTENCE)))) }
            p.meta {
                "In production " time datetime=(release.at) { (moment(release.at)) }
                @if let Some(distance) = distance { ", " (distance) }
                " · " (one_line(&release_line(review), SENTENCE))
                " · basis: " (sentence(&release.basis_says))
            }
        }
    }
}

fn lead_time(review: &Review, rows: &Rows<'_>) -> Markup {
    let Some(lead) = &review.lead_time else {
        return html! {
            section.missing aria-labelledby="time" {
                h2 #time { "Where the time went: not known" }
                p { (sentence(&review.numbers.lead_time_ms.why)) }
            }
        };
    };
    waterfall::section(lead, rows)
}

/// Returns a sentence with a capital at its beginning.
fn capital(sentence: &str) -> String {
    let mut rest = sentence.chars();
    match rest.next() {
        Some(first) => first.to_uppercase().chain(rest).collect(),
        None => String::new(),
    }
}
