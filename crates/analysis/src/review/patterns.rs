//! The page of what good releases have in common.

use super::simulated::labelled;
use super::types::{Pattern, PatternVerdict, Patterns, SCHEMA_VERSION};
use crate::Settings;
use crate::history::ServiceHistory;
use crate::measures::{View, counted, patterns as measured};
use crate::releases::Releases;

/// Returns what went together with the releases of a service that went well.
pub fn patterns(history: &ServiceHistory, settings: &Settings) -> Patterns {
    let releases = Releases::of(history, settings);
    patterns_of(View { history, releases: &releases, settings })
}

/// Returns the same of releases that are found already.
pub(super) fn patterns_of(view: View<'_>) -> Patterns {
    let View { history, releases, settings } = view;
    let learnt = measured::learn(view, releases.len());
    let verdict = if learnt.releases < settings.patterns.fewest {
        PatternVerdict::TooFew
    } else if learnt.features.iter().any(|pattern| pattern.kept) {
        PatternVerdict::Kept
    } else {
        PatternVerdict::NoneKept
    };
    Patterns {
        schema_version: SCHEMA_VERSION,
        service: history.service().to_owned(),
        says: says(&learnt, verdict, settings),
        releases: learnt.releases,
        good: learnt.good,
        good_means: good_means(history),
        verdict,
        features: learnt.features,
        pairs: learnt.pairs,
        notes: labelled(history, notes()),
    }
}

/// So many patterns are told; the tables have all.
const TOLD: usize = 4;

fn says(learnt: &measured::Learnt, verdict: PatternVerdict, settings: &Settings) -> Vec<String> {
    let went_well = format!(
        "{} of the last {} whose lead time is known went well.",
        learnt.good,
        counted(learnt.releases, "release")
    );
    let mut said = vec![went_well];
    let kept = |patterns: &[Pattern]| -> Vec<String> {
        let kept = patterns.iter().filter(|pattern| pattern.kept);
        kept.map(|pattern| format!("{}.", measured::says(pattern))).collect()
    };
    match verdict {
        PatternVerdict::TooFew => said.push(format!(
            "Too few to say what they have in common ({} are needed): the counts below are all there \
             is.",
            settings.patterns.fewest
        )),
        PatternVerdict::NoneKept => said.push(format!(
            "None of {} declared features went together with them beyond what chance gives.",
            learnt.features.len()
        )),
        PatternVerdict::Kept => {
            let (alone, together) = (kept(&learnt.features), kept(&learnt.pairs));
            let more = alone.len().saturating_sub(TOLD) + together.len();
            said.extend(alone.into_iter().take(TOLD));
            if more > 0 {
                said.push(format!(
                    "{} below. Features that come together (small changes have few files and few \
                     commits) say the same thing more than once.",
                    if more == 1 { "One more stands".to_owned() } else { format!("{more} more stand") }
                ));
            }
            said.push(
                "None of this says why: to find out, choose one of them as the one change, and the \
                 next releases tell."
                    .to_owned(),
            );
        }
    }
    said
}

fn good_means(history: &ServiceHistory) -> String {
    let incidents = if history.incidents.is_empty() {
        "(no incident source is connected: incidents are not known)"
    } else {
        "that no incident points at,"
    };
    format!(
        "a release {incidents} that was not rolled back, reverted or mended later, on whose way no \
         gate was overruled, and whose lead time is in the fastest third of its calendar month (short \
         months together)"
    )
}

fn notes() -> Vec<String> {
    vec![
        "Kept means: at least 8 releases on both sides, q at most 0.10 over all features (the larger \
         of Fisher's exact p and the p of shuffling within blocks of ten releases), at least 15 \
         percentage points, and the same sign in the later half."
            .to_owned(),
        "Only what is known at the merge is a feature: how long a review took or how many builds \
         failed follow from how the release went. What files a change touches is not known here."
            .to_owned(),
    ]
}
