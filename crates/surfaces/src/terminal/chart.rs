//! Where the time went, as bars on a common axis of time.
//!
//! The axis is linear: a bar is as long as its share, but never shorter than one cell. The exact
//! durations stand beside.

use aftercast_analysis::review::{LeadTime, Review};
use aftercast_model::human_duration;

use super::{Line, Page, Tone, cut, width_of};
use crate::escape::terminal::Characters;
use crate::view::{Activity, Lane, activity, category, halves, lanes, percent, shares, time_went};

/// More lanes than this are too many for one screen: the smallest become one.
const MOST_LANES: usize = 9;
/// The columns of the names.
const NAMES: usize = 18;
/// A name of a step is shown from this width on.
const WIDE: usize = 90;

/// Writes the bars and the sums by layer.
pub(super) fn lead_time(page: &mut Page<'_>, review: &Review) {
    let Some(lead) = &review.lead_time else {
        page.title("Where the time went");
        let mut line = Line::default();
        line.push(Tone::Plain, "  not known: ");
        let why = page.safe(&review.numbers.lead_time_ms.why, 300);
        page.flow(line, Tone::Soft, &why, 3);
        return;
    };
    page.title(&time_went(lead));
    let all = lanes(lead);
    let (shown, small) = largest(all);
    let whole = lead.to_at.since(lead.from_at);
    let notes = if page.width >= WIDE { page.width * 3 / 10 } else { 0 };
    let durations = shown.iter().map(|lane| human_duration(lane.total_ms)).collect::<Vec<_>>();
    let duration_width = durations.iter().map(|text| width_of(text)).max().unwrap_or(0);
    let gap = if notes > 0 { 2 } else { 0 };
    let cells = page.width.saturating_sub(2 + NAMES + 2 + duration_width + 7 + gap + notes).max(8);
    for (lane, duration) in shown.iter().zip(&durations) {
        let mut line = Line::default();
        line.push(Tone::Plain, format!("  {}", category(lane.category)));
        line.pad_to(2 + NAMES);
        line.push(tone(activity(lane.category)), bar(lane, lead, cells, page.characters));
        line.pad_to(2 + NAMES + cells + 2 + duration_width - width_of(duration));
        line.push(Tone::Strong, duration.as_str());
        let share = percent(lane.total_ms, whole);
        line.pad_to(2 + NAMES + cells + 2 + duration_width + 7 - width_of(&share));
        line.push(Tone::Soft, share);
        if notes > 0 {
            line.push(Tone::Plain, "  ");
            let note = page.safe(&note(lane), 200);
            line.push(Tone::Soft, cut(&note, notes, page.characters));
        }
        page.write(line);
    }
    if !small.is_empty() {
        let total: i64 = small.iter().map(|lane| lane.total_ms).sum();
        let names: Vec<&str> = small.iter().map(|lane| category(lane.category)).collect();
        let mut line = Line::default();
        line.push(Tone::Soft, "  shorter still");
        line.pad_to(2 + NAMES);
        let text = format!("{}: together {}", names.join(", "), human_duration(total));
        page.flow(line, Tone::Soft, &text, 2);
    }
    layers(page, lead);
    // The screen has room for one more line; the other surfaces say the rest.
    let halves = halves(lead);
    if let Some(largest) = halves.first() {
        let mut line = Line::default();
        line.push(Tone::Plain, "  half would save");
        line.pad_to(2 + NAMES);
        page.flow(line, Tone::Plain, largest, 2);
    }
    legend(page, &shown);
}

/// Returns the lanes to draw, and those too small to have a row of their own.
fn largest(lanes: Vec<Lane<'_>>) -> (Vec<Lane<'_>>, Vec<Lane<'_>>) {
    if lanes.len() <= MOST_LANES {
        return (lanes, Vec::new());
    }
    let mut lengths: Vec<i64> = lanes.iter().map(|lane| lane.total_ms).collect();
    lengths.sort_unstable_by(|a, b| b.cmp(a));
    let least = lengths.get(MOST_LANES - 2).copied().unwrap_or(0);
    lanes.into_iter().partition(|lane| lane.total_ms >= least)
}

/// Returns the layers or the longest step of a lane.
fn note(lane: &Lane<'_>) -> String {
    let layers: Vec<String> = match shares(&lane.layer).as_slice() {
        [(only, _)] => vec![(*only).to_owned()],
        parts => {
            parts.iter().map(|(name, share)| format!("{name} {:.0} %", share * 100.0)).collect()
        }
    };
    let step = match lane.longest {
        Some((step, _)) if lane.n == 1 => step.to_owned(),
        Some((step, millis)) => format!("{step} {}, {} parts", human_duration(millis), lane.n),
        None => String::new(),
    };
    let mut note = layers.join(", ");
    if !step.is_empty() {
        note = if note.is_empty() { step } else { format!("{note}: {step}") };
    }
    note
}

/// Returns the cells of a lane: filled where a bar covers half of one, and once for each bar.
fn bar(lane: &Lane<'_>, lead: &LeadTime, cells: usize, characters: Characters) -> String {
    let whole = lead.to_at.since(lead.from_at).max(1) as f64;
    let mut filled = vec![false; cells];
    for stretch in &lane.bars {
        let from = stretch.from_at.since(lead.from_at) as f64 / whole * cells as f64;
        let to = stretch.to_at.since(lead.from_at) as f64 / whole * cells as f64;
        let mut any = false;
        for (at, cell) in filled.iter_mut().enumerate() {
            let covered = to.min(at as f64 + 1.0) - from.max(at as f64);
            if covered >= 0.5 {
                *cell = true;
                any = true;
            }
        }
        if !any {
            let middle = f64::midpoint(from, to);
            let nearest = filled.iter_mut().enumerate().find(|(at, _)| *at as f64 + 1.0 >= middle);
            if let Some((_, cell)) = nearest {
                *cell = true;
            }
        }
    }
    let glyph = glyph(activity(lane.category), characters);
    filled.into_iter().map(|filled| if filled { glyph } else { ' ' }).collect()
}

/// Returns the character of an activity.
fn glyph(activity: Activity, characters: Characters) -> char {
    let (unicode, ascii) = match activity {
        Activity::Work => ('█', '#'),
        Activity::Machine => ('▒', '='),
        Activity::Person => ('░', ':'),
        Activity::Again => ('▚', 'x'),
        Activity::Unknown => ('·', '.'),
    };
    if characters == Characters::Unicode { unicode } else { ascii }
}

fn tone(activity: Activity) -> Tone {
    match activity {
        Activity::Work => Tone::Good,
        Activity::Machine | Activity::Again => Tone::Bad,
        Activity::Person => Tone::Accent,
        Activity::Unknown => Tone::Soft,
    }
}

/// Writes the sums by layer: they add up to the lead time.
fn layers(page: &mut Page<'_>, lead: &LeadTime) {
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
    .map(|(name, millis)| format!("{name} {}", human_duration(millis)))
    .collect();
    let mut line = Line::default();
    line.push(Tone::Plain, "  by layer");
    line.pad_to(2 + NAMES);
    page.flow(line, Tone::Plain, &parts.join(", "), 3);
}

/// Writes what the characters of the bars mean.
fn legend(page: &mut Page<'_>, shown: &[Lane<'_>]) {
    let parts: Vec<String> = Activity::ALL
        .into_iter()
        .filter(|kind| shown.iter().any(|lane| activity(lane.category) == *kind))
        .map(|kind| format!("{} {}", glyph(kind, page.characters), kind.says()))
        .collect();
    let mut line = Line::default();
    line.pad_to(2 + NAMES);
    page.flow(line, Tone::Soft, &parts.join(", "), 3);
}
