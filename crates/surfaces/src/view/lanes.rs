//! The lead time as lanes: the segments of one category in one row, in order of time.

use aftercast_analysis::review::{Category, LayerShares, LeadTime};
use aftercast_model::Timestamp;

/// One stretch of a lane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bar {
    pub(crate) from_at: Timestamp,
    pub(crate) to_at: Timestamp,
    pub(crate) layer: LayerShares,
}

/// The stretches of one category.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lane<'a> {
    pub(crate) category: Category,
    pub(crate) total_ms: i64,
    /// The part of it inside of working hours.
    pub(crate) working_ms: i64,
    /// In order of time; neighbours of the same layer are one.
    pub(crate) bars: Vec<Bar>,
    /// The layers of the whole lane, weighted by time.
    pub(crate) layer: LayerShares,
    /// The longest step and its time.
    pub(crate) longest: Option<(&'a str, i64)>,
    /// How many segments.
    pub(crate) n: usize,
}

/// Returns the lanes in the order in which they begin.
pub(crate) fn lanes(lead: &LeadTime) -> Vec<Lane<'_>> {
    let mut lanes: Vec<Lane<'_>> = Vec::new();
    for segment in &lead.segments {
        let length = segment.to_at.since(segment.from_at);
        if length <= 0 {
            continue;
        }
        let at = lanes.iter().position(|lane| lane.category == segment.category);
        let at = at.unwrap_or_else(|| {
            lanes.push(Lane {
                category: segment.category,
                total_ms: 0,
                working_ms: 0,
                bars: Vec::new(),
                layer: LayerShares::default(),
                longest: None,
                n: 0,
            });
            lanes.len() - 1
        });
        let Some(lane) = lanes.get_mut(at) else { continue };
        lane.n += 1;
        lane.total_ms += length;
        lane.working_ms += segment.working_ms;
        lane.layer.process += segment.layer.process * length as f64;
        lane.layer.platform += segment.layer.platform * length as f64;
        lane.layer.policy += segment.layer.policy * length as f64;
        if !segment.step.trim().is_empty() && lane.longest.is_none_or(|(_, most)| most < length) {
            lane.longest = Some((&segment.step, length));
        }
        match lane.bars.last_mut() {
            Some(last) if last.to_at == segment.from_at && last.layer == segment.layer => {
                last.to_at = segment.to_at;
            }
            _ => lane.bars.push(Bar {
                from_at: segment.from_at,
                to_at: segment.to_at,
                layer: segment.layer,
            }),
        }
    }
    for lane in &mut lanes {
        let whole = lane.total_ms as f64;
        lane.layer.process /= whole;
        lane.layer.platform /= whole;
        lane.layer.policy /= whole;
    }
    lanes
}

/// Returns the layers of a delay, the largest first; none for work and for what nothing explains.
pub(crate) fn shares(layer: &LayerShares) -> Vec<(&'static str, f64)> {
    let mut parts: Vec<(&'static str, f64)> =
        [("process", layer.process), ("platform", layer.platform), ("policy", layer.policy)]
            .into_iter()
            .filter(|(_, share)| *share >= 0.005)
            .collect();
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    parts
}

/// Returns a share for people; what is there is never "0 %", what is not all never "100 %".
pub(crate) fn percent(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return "not known".to_owned();
    }
    let share = part as f64 * 100.0 / whole as f64;
    if part > 0 && share < 1.0 {
        "<1 %".to_owned()
    } else if part < whole && share > 99.0 {
        ">99 %".to_owned()
    } else {
        format!("{share:.0} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_never_claim_all_or_nothing() {
        for (part, whole, expected) in [
            (0, 100, "0 %"),
            (1, 1_000, "<1 %"),
            (14, 100, "14 %"),
            (999, 1_000, ">99 %"),
            (7, 7, "100 %"),
            (1, 0, "not known"),
        ] {
            assert_eq!(percent(part, whole), expected);
        }
    }
}
