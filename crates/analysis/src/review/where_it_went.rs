//! Where the time went, in sentences: the details of the first question.

use aftercast_model::human_duration;

use super::questions::sentence;
use super::types::{LayerShares, Segment};
use crate::Settings;
use crate::measures::{self, Way};

/// Says which delay was the longest, what half of it would have saved, whose the delays were, and
/// how much of them lay outside of working hours.
pub(super) fn where_it_went(way: &Way, settings: &Settings) -> Vec<String> {
    let lead_time = &way.lead_time;
    let mut details = Vec::new();
    if let Some((delay, length)) = measures::longest_delay(lead_time) {
        let own = |segment: &Segment| segment == delay;
        let saved = measures::saving(way, own, |length| length / 2);
        let half = match (saved, length - length / 2) {
            (0, _) => "half of it would have saved nothing: other work took as long".to_owned(),
            (saved, cut) if saved == cut => {
                format!("half of it would have saved {}", human_duration(saved))
            }
            (saved, _) => format!(
                "half of it would have saved {}: then other work takes as long",
                human_duration(saved)
            ),
        };
        let says = measures::says(delay);
        details.push(sentence(&format!("Longest delay: {says}; {half}")));
        details.push(format!(
            "Counted as {}: {}.",
            layers(&delay.layer),
            delay.because.trim_end_matches('.')
        ));
    }
    if let Some(idle) = measures::longest_idle(lead_time) {
        let says = format!("Longest stretch that nothing explains: {}", measures::says(idle));
        details.push(sentence(&says));
    }
    let by = lead_time.by_layer_ms;
    details.push(format!(
        "Work {}, process {}, platform {}, policy {}, unexplained {}.",
        human_duration(by.work),
        human_duration(by.process),
        human_duration(by.platform),
        human_duration(by.policy),
        human_duration(by.unexplained)
    ));
    let working = &lead_time.working;
    details.push(format!(
        "{} of it inside working hours ({}), {} outside.",
        human_duration(working.inside_ms),
        measures::hours_say(settings),
        human_duration(working.outside_ms)
    ));
    details
}

/// Returns the layers of a delay in words: "process 50 %, policy 50 %".
fn layers(shares: &LayerShares) -> String {
    let parts =
        [("process", shares.process), ("platform", shares.platform), ("policy", shares.policy)];
    let known: Vec<(&str, f64)> = parts.into_iter().filter(|(_, share)| *share > 0.0).collect();
    match known.as_slice() {
        [(only, _)] => (*only).to_owned(),
        parts => {
            let parts = parts.iter().map(|(name, share)| format!("{name} {:.0} %", share * 100.0));
            parts.collect::<Vec<_>>().join(", ")
        }
    }
}
