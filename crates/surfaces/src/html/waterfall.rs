//! Where the time went, as a drawing that needs no script and scales without scaling its text.
//!
//! One lane a category on a linear axis. Colour is the layer, pattern is the activity, and both are
//! in words beside. The drawing is one image for a screen reader, with the finding as its title;
//! the table behind it holds every segment.

use std::collections::BTreeSet;

use aftercast_analysis::review::{LayerShares, LeadTime, Segment};
use aftercast_model::{Timestamp, human_duration};
use maud::{Markup, html};

use super::axis::ticks;
use super::evidence::Rows;
use crate::escape::html::sentence;
use crate::escape::plain::{NAME, one_line};
use crate::view::{
    Activity, Bar, Lane, activity, category, each, halves, lanes, moment, percent, shares,
    time_went, working,
};

const LANE_HEIGHT: usize = 31;
const BAR_TOP: usize = 17;
const BAR_HEIGHT: f64 = 11.0;
/// The shortest bar, as a part of the axis: about three pixels on a screen.
const SHORTEST: f64 = 0.006;
/// More segments than this are in the JSON form.
const MOST_SEGMENTS: usize = 200;

/// Returns the section with the drawing, the sums by layer and the table.
pub(super) fn section(lead: &LeadTime, rows: &Rows<'_>) -> Markup {
    let lanes = lanes(lead);
    html! {
        section aria-labelledby="time" {
            h2 #time { (time_went(lead)) }
            (drawing(lead, &lanes))
            (sums(lead))
            (legend(&lanes))
            (beside(lead))
            p.soft.under {
                "From " time datetime=(lead.from_at) { (moment(lead.from_at)) }
                @if !lead.from_says.is_empty() { " (" (one_line(&lead.from_says, NAME)) ")" }
                " to " time datetime=(lead.to_at) { (moment(lead.to_at)) }
                ". Very short bars are drawn a little longer than they are."
            }
            (table(lead, rows))
        }
    }
}

fn drawing(lead: &LeadTime, lanes: &[Lane<'_>]) -> Markup {
    let whole = lead.to_at.since(lead.from_at);
    let bottom = lanes.len() * LANE_HEIGHT;
    let says: Vec<String> = lanes
        .iter()
        .map(|lane| {
            let time = human_duration(lane.total_ms);
            format!("{} {time}, {}", category(lane.category), percent(lane.total_ms, whole))
        })
        .collect();
    let ticks = ticks(lead.from_at, lead.to_at);
    html! {
        svg.waterfall width="100%" height=(bottom + 18) role="img" aria-labelledby="time-title time-desc" {
            title #time-title { (time_went(lead)) }
            desc #time-desc { "In order of time: " (says.join("; ")) "." }
            defs { @for pattern in patterns(lanes) { (definition(pattern)) } }
            g aria-hidden="true" {
                @for tick in &ticks {
                    line.grid x1=(at(tick.position)) x2=(at(tick.position)) y1="0" y2=(bottom) {}
                    text.quiet x=(at(tick.position)) y=(bottom + 13) text-anchor=(anchor(tick.position)) {
                        (tick.says)
                    }
                }
                @for (number, lane) in lanes.iter().enumerate() {
                    (lane_of(lane, lead, number * LANE_HEIGHT))
                }
            }
        }
    }
}

fn lane_of(lane: &Lane<'_>, lead: &LeadTime, top: usize) -> Markup {
    let whole = lead.to_at.since(lead.from_at);
    html! {
        text y=(top + 13) {
            tspan.strong x="0" { (category(lane.category)) }
            tspan.quiet.aside dx="8" { (aside(lane)) }
        }
        text y=(top + 13) x="100%" text-anchor="end" {
            tspan.strong { (human_duration(lane.total_ms)) }
            tspan.quiet dx="8" { (percent(lane.total_ms, whole)) }
        }
        rect.track x="0" width="100%" y=(top + BAR_TOP) height=(BAR_HEIGHT) {}
        @for bar in &lane.bars { (bar_of(bar, activity(lane.category), lead, top + BAR_TOP)) }
    }
}

/// Returns the layers of a lane, or its step, as far as there is room beside the name.
fn aside(lane: &Lane<'_>) -> String {
    let parts: Vec<String> = match shares(&lane.layer).as_slice() {
        [(only, _)] => vec![(*only).to_owned()],
        parts => {
            parts.iter().map(|(name, share)| format!("{name} {:.0} %", share * 100.0)).collect()
        }
    };
    if !parts.is_empty() {
        return parts.join(", ");
    }
    lane.longest.map(|(step, _)| one_line(&step.replace('`', ""), 40)).unwrap_or_default()
}

/// Returns a bar, divided from top to bottom by its layers.
fn bar_of(bar: &Bar, activity: Activity, lead: &LeadTime, top: usize) -> Markup {
    let (x, width) = extent(bar.from_at, bar.to_at, lead);
    let (x, width) = (at(x), at(width));
    html! {
        @for (tone, from, share) in stacked(tones(&bar.layer, activity)) {
            @let y = round(top as f64 + from * BAR_HEIGHT);
            @let height = round(share * BAR_HEIGHT);
            @let tone_class = format!("tone-{tone}");
            @if activity == Activity::Work {
                rect.solid.(tone_class) x=(x) width=(width) y=(y) height=(height) {}
            } @else {
                @let fill = format!("url(#{})", name((activity, tone)));
                rect.ground x=(x) width=(width) y=(y) height=(height) {}
                rect x=(x) width=(width) y=(y) height=(height) fill=(fill) {}
            }
            rect.edge.gap[activity == Activity::Unknown].(tone_class) x=(x) width=(width) y=(y) height=(height) {}
        }
    }
}

/// Puts parts end to end: each with where it begins.
fn stacked<T>(parts: Vec<(T, f64)>) -> Vec<(T, f64, f64)> {
    let mut from = 0.0;
    let mut stacked = Vec::with_capacity(parts.len());
    for (part, share) in parts {
        stacked.push((part, from, share));
        from += share;
    }
    stacked
}

/// Returns where a bar begins and how long it is, as parts of the axis.
fn extent(from_at: Timestamp, to_at: Timestamp, lead: &LeadTime) -> (f64, f64) {
    let whole = lead.to_at.since(lead.from_at).max(1) as f64;
    let from = from_at.since(lead.from_at) as f64 / whole;
    let width = (to_at.since(from_at) as f64 / whole).max(SHORTEST);
    (from.clamp(0.0, 1.0 - SHORTEST).min(1.0 - width).max(0.0), width.min(1.0))
}

/// Returns the colours of a bar and their parts of its height.
fn tones(layer: &LayerShares, activity: Activity) -> Vec<(&'static str, f64)> {
    let parts = shares(layer);
    let total: f64 = parts.iter().map(|(_, share)| share).sum();
    if total > 0.0 {
        return parts.into_iter().map(|(name, share)| (name, share / total)).collect();
    }
    vec![(if activity == Activity::Work { "work" } else { "unexplained" }, 1.0)]
}

/// The fill of a bar: an activity in a colour.
type Pattern = (Activity, &'static str);

/// Returns the fills that are needed, with those of the legend.
fn patterns(lanes: &[Lane<'_>]) -> BTreeSet<Pattern> {
    let mut needed = BTreeSet::new();
    for lane in lanes {
        let activity = activity(lane.category);
        if activity != Activity::Work {
            needed.insert((activity, "ink"));
            for bar in &lane.bars {
                needed.extend(
                    tones(&bar.layer, activity).into_iter().map(|(tone, _)| (activity, tone)),
                );
            }
        }
    }
    needed
}

fn name((activity, tone): Pattern) -> String {
    let activity = match activity {
        Activity::Work => "solid",
        Activity::Machine => "hatched",
        Activity::Person => "dotted",
        Activity::Again => "crossed",
        Activity::Unknown => "empty",
    };
    format!("{activity}-{tone}")
}

fn definition(pattern: Pattern) -> Markup {
    let (activity, tone) = pattern;
    html! {
        pattern.(format!("tone-{tone}")) id=(name(pattern)) width="5" height="5" patternUnits="userSpaceOnUse" {
            @match activity {
                Activity::Work => rect.solid width="5" height="5" {},
                Activity::Machine => path.hatch-line d="M-1 1 1-1M0 5 5 0M4 6 6 4" {},
                Activity::Person => circle.hatch-dot cx="2.5" cy="2.5" r="1.35" {},
                Activity::Again => path.hatch-line d="M0 0 5 5M0 5 5 0" {},
                Activity::Unknown => {},
            }
        }
    }
}

/// Returns the sums by layer as one bar and in words; they add up to the lead time.
fn sums(lead: &LeadTime) -> Markup {
    let whole = lead.to_at.since(lead.from_at);
    let sums = lead.by_layer_ms;
    let parts = [
        ("work", sums.work),
        ("process", sums.process),
        ("platform", sums.platform),
        ("policy", sums.policy),
        ("unexplained", sums.unexplained),
    ];
    let shares = parts.map(|(name, millis)| (name, millis.max(0) as f64 / whole.max(1) as f64));
    html! {
        svg.waterfall.sums width="100%" height="12" aria-hidden="true" {
            @for (name, from, share) in stacked(shares.to_vec()) {
                @if share > 0.0 {
                    rect.solid.(format!("tone-{name}")) x=(at(from)) width=(at(share)) height="12" {}
                }
            }
        }
        ul.legend aria-label="Sums by layer" {
            @for (name, millis) in parts {
                @if millis != 0 {
                    li {
                        (swatch(name))
                        (name) " " b { (human_duration(millis)) } " " (percent(millis, whole))
                    }
                }
            }
        }
    }
}

/// Returns what else can be said of the whole: working hours, each commit, what half would save.
fn beside(lead: &LeadTime) -> Markup {
    let halves = halves(lead);
    html! {
        dl.beside {
            @if let Some(text) = working(lead) { dt { "Working hours" } dd { (sentence(&text)) } }
            @if let Some(text) = each(lead) { dt { "Each commit" } dd { (sentence(&text)) } }
            @if !halves.is_empty() {
                dt { "Half the time would have saved" }
                dd { @for half in &halves { div { (sentence(half)) } } }
            }
        }
    }
}

/// Returns a small square in the colour of a layer.
pub(super) fn swatch(tone: &str) -> Markup {
    html! {
        svg width="10" height="10" aria-hidden="true" {
            rect.solid.(format!("tone-{tone}")) width="10" height="10" rx="2" {}
        }
    }
}

/// Returns what the patterns mean.
fn legend(lanes: &[Lane<'_>]) -> Markup {
    let used: BTreeSet<Activity> = lanes.iter().map(|lane| activity(lane.category)).collect();
    html! {
        ul.legend aria-label="Patterns" {
            @for kind in Activity::ALL {
                @if used.contains(&kind) {
                    li {
                        svg width="18" height="10" aria-hidden="true" {
                            @if kind == Activity::Work {
                                rect.solid.tone-ink width="18" height="10" {}
                            } @else {
                                rect width="18" height="10" fill=(format!("url(#{})", name((kind, "ink")))) {}
                                rect.edge.tone-ink.gap[kind == Activity::Unknown] x="0.5" y="0.5" width="17" height="9" {}
                            }
                        }
                        (kind.says())
                    }
                }
            }
        }
    }
}

/// Returns every segment.
fn table(lead: &LeadTime, rows: &Rows<'_>) -> Markup {
    let whole = lead.to_at.since(lead.from_at);
    let more = lead.segments.len().saturating_sub(MOST_SEGMENTS);
    html! {
        details {
            summary { "The same as a table (" (lead.segments.len()) " segments)" }
            div.scroll tabindex="0" role="region" aria-label="Segments of the lead time" {
                table {
                    thead { tr {
                        th scope="col" { "From" }
                        th.n scope="col" { "Time" }
                        th.n scope="col" { "Share" }
                        th.n scope="col" { "In working hours" }
                        th scope="col" { "What" }
                        th scope="col" { "Step" }
                        th scope="col" { "Layer, and why" }
                        th scope="col" { "Rows" }
                    } }
                    tbody {
                        @for segment in lead.segments.iter().take(MOST_SEGMENTS) {
                            (segment_row(segment, whole, rows))
                        }
                    }
                }
            }
            @if more > 0 { p.soft { (more) " more segments are in the JSON form." } }
        }
    }
}

fn segment_row(segment: &Segment, whole: i64, rows: &Rows<'_>) -> Markup {
    let length = segment.to_at.since(segment.from_at);
    let layers: Vec<String> = shares(&segment.layer)
        .into_iter()
        .map(|(name, share)| format!("{name} {:.0} %", share * 100.0))
        .collect();
    html! {
        tr {
            td { time datetime=(segment.from_at) { (moment(segment.from_at)) } }
            td.n { (human_duration(length)) }
            td.n { (percent(length, whole)) }
            td.n { (human_duration(segment.working_ms)) }
            td { (category(segment.category)) ": " (activity(segment.category).says()) }
            td { (sentence(&segment.step)) }
            td {
                @if layers.is_empty() { "none" } @else { (layers.join(", ")) }
                div.soft { (segment.because) }
            }
            td { (rows.cite(&segment.evidence)) }
        }
    }
}

/// Returns a part of the axis as SVG reads it.
fn at(part: f64) -> String {
    format!("{:.3}%", part * 100.0)
}

/// Returns a coordinate with two decimals.
fn round(value: f64) -> String {
    format!("{value:.2}")
}

/// Returns the side on which the name of a tick stands, so that it stays within the drawing.
fn anchor(position: f64) -> &'static str {
    match position {
        ..0.06 => "start",
        0.94.. => "end",
        _ => "middle",
    }
}
