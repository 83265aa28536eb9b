//! Where the time went, as a Mermaid diagram with the same in words below.

use std::fmt::Write as _;

use aftercast_analysis::review::{Category, LeadTime, Review, Segment};
use aftercast_model::{Timestamp, human_duration};

use super::{folded, prose};
use crate::escape::markdown::{self as escape, Place};
use crate::escape::mermaid;
use crate::view::{
    Activity, activity, category, each, halves, lanes, percent, shares, time_went, working,
};

/// More bars than this cannot be read in a comment.
const MOST_BARS: usize = 20;
/// Shorter bars than this part of the whole cannot be seen.
const SHORTEST_PART: i64 = 400;

/// Returns the diagram, the sums by layer and the table behind both.
pub(super) fn lead_time(review: &Review) -> String {
    let Some(lead) = &review.lead_time else {
        let why = prose(&review.numbers.lead_time_ms.why);
        return format!("#### Where the time went\n\n*Not known: {why}*\n\n");
    };
    let mut text = format!("#### {}\n\n", time_went(lead));
    text.push_str(&diagram(lead));
    text.push_str(&sums(lead));
    text.push_str(&beside(lead));
    text.push_str(&folded("Where the time went, as a table", &table(lead)));
    text
}

/// Returns the diagram: one bar a segment, in order of time, the longest only where there are many.
fn diagram(lead: &LeadTime) -> String {
    let whole = lead.to_at.since(lead.from_at);
    if whole <= 0 {
        return String::new();
    }
    let mut bars: Vec<&Segment> =
        lead.segments.iter().filter(|segment| length(segment) * SHORTEST_PART >= whole).collect();
    bars.sort_by_key(|segment| std::cmp::Reverse(length(segment)));
    bars.truncate(MOST_BARS);
    // Mermaid draws the name of a section once, in the middle of its bars: they must be neighbours.
    let order: Vec<Category> = lanes(lead).iter().map(|lane| lane.category).collect();
    bars.sort_by_key(|segment| {
        (order.iter().position(|category| *category == segment.category), segment.from_at)
    });
    let mut text = String::from("```mermaid\ngantt\n    dateFormat YYYY-MM-DDTHH:mm:ss\n");
    _ = writeln!(text, "    axisFormat {}", axis_format(whole));
    text.push_str("    todayMarker off\n");
    let mut section = "";
    for segment in &bars {
        let name = category(segment.category);
        if name != section {
            _ = writeln!(text, "    section {name}");
            section = name;
        }
        // Our own word first: what stands at the beginning of a line may be a keyword.
        let step = mermaid::label(&segment.step, 40);
        let step = if step.is_empty() { String::new() } else { format!(", {step}") };
        _ = writeln!(
            text,
            "    {}{step} :{}{}, {}",
            human_duration(length(segment)),
            tag(activity(segment.category)),
            civil(segment.from_at),
            civil(segment.to_at)
        );
    }
    text.push_str("```\n\n");
    let hidden = lead.segments.iter().filter(|segment| length(segment) > 0).count() - bars.len();
    if hidden > 0 {
        let parts = if hidden == 1 { "part is" } else { "parts are" };
        _ = write!(text, "{hidden} shorter {parts} only in the table. ");
    }
    text
}

fn length(segment: &Segment) -> i64 {
    segment.to_at.since(segment.from_at).max(0)
}

/// Returns the tag that gives a bar its look: waiting stands out, work does not.
fn tag(activity: Activity) -> &'static str {
    match activity {
        Activity::Work => "done, ",
        Activity::Again => "crit, ",
        Activity::Machine | Activity::Person => "active, ",
        Activity::Unknown => "",
    }
}

/// Returns a moment as Mermaid reads it.
fn civil(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis())
        .map(|moment| moment.strftime("%Y-%m-%dT%H:%M:%S").to_string())
        .unwrap_or_default()
}

fn axis_format(whole: i64) -> &'static str {
    const DAY: i64 = 86_400_000;
    match whole {
        ..DAY => "%H:%M",
        DAY..604_800_000 => "%a %H:%M",
        604_800_000..31_536_000_000 => "%e %b",
        _ => "%b %Y",
    }
}

/// Returns the sums by layer in one line; they add up to the lead time.
fn sums(lead: &LeadTime) -> String {
    let whole = lead.to_at.since(lead.from_at);
    let sums = lead.by_layer_ms;
    let parts: Vec<String> = [
        ("work", sums.work),
        ("process", sums.process),
        ("platform", sums.platform),
        ("policy", sums.policy),
        ("unexplained", sums.unexplained),
    ]
    .into_iter()
    .filter(|(_, millis)| *millis != 0)
    .map(|(name, millis)| {
        format!(
            "{name} {} ({})",
            human_duration(millis),
            percent(millis, whole).replace('<', "&lt;")
        )
    })
    .collect();
    format!("By layer: {}. Times are UTC.\n\n", parts.join(", "))
}

/// Returns what else can be said of the whole, a line each.
fn beside(lead: &LeadTime) -> String {
    let mut lines = Vec::new();
    lines.extend(working(lead).map(|text| format!("Working hours: {text}")));
    lines.extend(each(lead).map(|text| format!("Each commit: {text}")));
    let halves = halves(lead);
    if !halves.is_empty() {
        lines.push(format!("Half the time would have saved: {}", halves.join("; ")));
    }
    let mut text = String::new();
    for line in &lines {
        _ = writeln!(text, "- {}", prose(line));
    }
    if !lines.is_empty() {
        text.push('\n');
    }
    text
}

/// Returns the lanes as a table.
fn table(lead: &LeadTime) -> String {
    let whole = lead.to_at.since(lead.from_at);
    let mut text = "| What | Time | Share | In working hours | Layer | Parts | Longest step |\n\
        |:--|--:|--:|--:|:--|--:|:--|\n"
        .to_owned();
    for lane in lanes(lead) {
        let layers: Vec<String> = shares(&lane.layer)
            .into_iter()
            .map(|(name, share)| format!("{name} {:.0} %", share * 100.0))
            .collect();
        let layers = if layers.is_empty() { "–".to_owned() } else { layers.join(", ") };
        let step = lane.longest.map_or_else(
            || "–".to_owned(),
            |(step, millis)| {
                format!("{} {}", escape::sentence(step, Place::Cell), human_duration(millis))
            },
        );
        _ = writeln!(
            text,
            "| {} | {} | {} | {} | {layers} | {} | {step} |",
            category(lane.category),
            human_duration(lane.total_ms),
            percent(lane.total_ms, whole).replace('<', "&lt;").replace('>', "&gt;"),
            human_duration(lane.working_ms),
            lane.n,
        );
    }
    text
}
