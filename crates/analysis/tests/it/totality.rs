//! The analysis is total: it never panics and its partition is exact, whatever the facts.

use aftercast_analysis::Settings;
use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{
    KeysWindow, Review, delivery_keys, gate_ledger, incident_links, patterns, release_lines,
    review, step_changes,
};
use aftercast_model::{Code, ColumnMut, FactId, Facts, Timestamp};
use proptest::prelude::*;

/// A small generator, so that a failing case is one number.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides.max(1)
    }

    fn number(&mut self, sides: u64) -> i64 {
        i64::try_from(self.roll(sides)).unwrap()
    }
}

/// Few words, so that rows meet.
const WORDS: [&str; 24] = [
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "a b",
    "d c",
    "e f g",
    "1",
    "2",
    "3",
    "v1.0.0",
    "v1.1.0",
    "1.2.0-rc1",
    "nightly",
    "master",
    "manual",
    "manual_step",
    "NOT_REGISTERED",
    "release",
    "tag",
    "yes",
    "prod",
];

/// Facts of all tables with random cells: missing values, cycles of parents, the same hash twice,
/// any time that fits (`wild`) or times of a few days.
fn facts(seed: u64, rows: u64, wild: bool) -> Facts {
    let mut dice = Dice(seed);
    let mut facts = Facts::new();
    for spec in Facts::TABLES {
        // Empty tables let the lower steps of the ladder through.
        let rows = if dice.roll(5) < 2 { 0 } else { usize::try_from(dice.roll(rows)).unwrap() };
        facts
            .append(spec.name, rows, |names, columns| {
                for (cell, column) in spec.columns.iter().zip(columns) {
                    fill(&mut dice, names, cell.name, column, rows, wild);
                }
                Ok::<(), ()>(())
            })
            .unwrap()
            .unwrap();
    }
    facts
}

fn fill(
    dice: &mut Dice,
    names: &mut aftercast_model::Names,
    name: &str,
    column: ColumnMut<'_>,
    rows: usize,
    wild: bool,
) {
    if dice.roll(12) == 0 && name != "id" {
        return;
    }
    match column {
        ColumnMut::Id(column) => {
            let kind = names.len().to_string();
            column.extend((0..rows).map(|row| {
                FactId::new(
                    "dice",
                    &kind,
                    &row.to_string(),
                    u32::try_from(dice.roll(1000)).unwrap(),
                )
            }));
        }
        ColumnMut::Text(column) => {
            for _ in 0..rows {
                let word = WORDS[usize::try_from(dice.roll(24)).unwrap()];
                let word = match name {
                    "service" if dice.roll(16) == 0 => "mail",
                    "service" => "shop",
                    _ => word,
                };
                let missing = dice.roll(4) == 0;
                column.push(names.intern(if missing { "" } else { word }));
            }
        }
        ColumnMut::Time(column) => {
            for _ in 0..rows {
                let near = 1_700_000_000_000 + dice.number(3_000) * 100_003;
                let far = dice.number(1 << 31).wrapping_mul(dice.number(1 << 31) * 4);
                let far = if dice.roll(2) == 0 { i64::MAX - dice.number(9) } else { far };
                let far = if dice.roll(3) == 0 { i64::MIN + dice.number(9) } else { far };
                let at = if wild && dice.roll(3) == 0 { far } else { near };
                column.push((dice.roll(5) > 0).then(|| Timestamp::from_millis(at)));
            }
        }
        ColumnMut::Count(column) => {
            for _ in 0..rows {
                let count = if wild && dice.roll(9) == 0 { i64::MAX } else { dice.number(4) };
                column.push((dice.roll(5) > 0).then_some(count));
            }
        }
        ColumnMut::Flag(column) => {
            column.extend((0..rows).map(|_| match dice.roll(3) {
                0 => None,
                side => Some(side == 1),
            }));
        }
        ColumnMut::Word(column) => {
            for _ in 0..rows {
                let words: Vec<&str> =
                    ["pass", "merged", "success", "failure", "approval", "human"]
                        .into_iter()
                        .chain(aftercast_model::Outcome::WORDS.iter().map(|(_, word)| *word))
                        .chain(aftercast_model::Verdict::WORDS.iter().map(|(_, word)| *word))
                        .collect();
                let at = usize::try_from(dice.roll(words.len() as u64)).unwrap();
                column.push_word(Some(words[at]));
            }
        }
    }
}

/// Settings under which pauses are many.
fn hasty() -> Settings {
    Settings { longest_pause_ms: 600_000, ..Settings::default() }
}

fn assert_exact(review: &Review) {
    let Some(lead_time) = &review.lead_time else { return };
    let length = lead_time.to_at.since(lead_time.from_at);
    let mut at = lead_time.from_at;
    for segment in &lead_time.segments {
        assert_eq!(segment.from_at, at);
        assert!(segment.from_at < segment.to_at);
        at = segment.to_at;
    }
    assert_eq!(at, lead_time.to_at);
    assert_eq!(lead_time.by_category_ms.values().sum::<i64>(), length);
    let by = lead_time.by_layer_ms;
    assert_eq!(by.work + by.process + by.platform + by.policy + by.unexplained, length);
    assert_eq!(review.numbers.lead_time_ms.value, Some(length));

    // The second partition: each segment and all of them.
    let working = &lead_time.working;
    let parts = lead_time.segments.iter().map(|segment| {
        let length = segment.to_at.since(segment.from_at);
        assert!((0..=length).contains(&segment.working_ms));
        segment.working_ms
    });
    assert_eq!(parts.sum::<i64>(), working.inside_ms);
    assert_eq!(working.by_category_ms.values().sum::<i64>(), working.inside_ms);
    assert_eq!(working.inside_ms + working.outside_ms, length);
    assert!(working.delay_inside_ms <= working.inside_ms);
    assert!(working.delay_outside_ms <= working.outside_ms);

    if let Some(each) = &lead_time.per_commit {
        let sum = |by: aftercast_analysis::review::LayerSums| {
            by.work + by.process + by.platform + by.policy + by.unexplained
        };
        let median = &each.median;
        assert_eq!(each.by_category_ms.values().sum::<i64>(), each.mean_ms);
        assert_eq!(sum(each.by_layer_ms), each.mean_ms);
        assert_eq!(median.by_category_ms.values().sum::<i64>(), median.lead_time_ms);
        assert_eq!(sum(median.by_layer_ms), median.lead_time_ms);
        assert!(each.mean_ms <= length && median.lead_time_ms <= length && each.n > 0);
    }
    for saving in &lead_time.savings {
        let time = lead_time.by_category_ms[&saving.category];
        assert_eq!(saving.time_ms, time);
        // Each segment is halved on its own: an odd millisecond is kept.
        assert!((0..=time).contains(&saving.removed_ms));
        assert!((0..=saving.removed_ms).contains(&saving.halved_ms), "{saving:?}");
    }
}

fn assert_honest(review: &Review) {
    let numbers = &review.numbers;
    for number in [
        &numbers.lead_time_ms,
        &numbers.failed_builds,
        &numbers.approval_wait_ms,
        &numbers.manual_steps,
        &numbers.incidents,
    ] {
        let missing = number.basis == aftercast_analysis::review::Basis::Missing;
        assert_eq!(number.value.is_none(), missing);
        assert!(!number.why.is_empty());
        assert!(number.value.is_none_or(|value| value >= 0));
    }
    assert_eq!(review.questions.len(), 8);
    assert!(review.candidates.len() <= 3);
    serde_json::to_string(review).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_facts_give_a_review_or_a_reason(seed in any::<u64>(), rows in 1_u64..60) {
        let history = ServiceHistory::new("shop", facts(seed, rows, true));
        for line in release_lines(&history, &Settings::default()).iter().take(12) {
            assert_honest(&review(&history, Some(&line.id), &Settings::default()).unwrap());
        }
        let _ = review(&history, Some("nothing"), &Settings::default());
        serde_json::to_string(&step_changes(&history, &Settings::default())).unwrap();
        serde_json::to_string(&patterns(&history, &Settings::default())).unwrap();
        serde_json::to_string(&gate_ledger(&history, &Settings::default())).unwrap();
        serde_json::to_string(&incident_links(&history, &Settings::default())).unwrap();
        let keys = delivery_keys(&history, &Settings::default(), KeysWindow::default());
        serde_json::to_string(&keys).unwrap();
        let _ = review(&history, None, &Settings::default());
    }

    #[test]
    fn the_partition_is_exact_on_any_facts(seed in any::<u64>(), rows in 1_u64..60) {
        let history = ServiceHistory::new("shop", facts(seed, rows, false));
        for line in release_lines(&history, &hasty()).iter().take(12) {
            let found = review(&history, Some(&line.id), &hasty()).unwrap();
            assert_exact(&found);
            assert_honest(&found);
        }
    }
}

#[test]
fn the_random_facts_reach_every_part_of_the_analysis() {
    let (mut reviews, mut segments, mut pauses) = (0, 0, 0);
    let mut bases = std::collections::BTreeSet::new();
    let mut checks = std::collections::BTreeSet::new();
    for seed in 0..500 {
        let history = ServiceHistory::new("shop", facts(seed * 7919, 50, false));
        for line in release_lines(&history, &hasty()).iter().take(6) {
            let found = review(&history, Some(&line.id), &hasty()).unwrap();
            reviews += 1;
            segments += found.lead_time.as_ref().map_or(0, |lead_time| lead_time.segments.len());
            let steps = found.lead_time.iter().flat_map(|lead_time| &lead_time.segments);
            pauses += steps
                .filter(|segment| {
                    segment.step.starts_with("nobody acted") || segment.step.starts_with("no sign")
                })
                .count();
            assert_exact(&found);
            bases.insert(found.release.basis);
            checks.extend(found.findings.into_iter().map(|finding| finding.check));
        }
    }
    assert!(reviews > 800 && segments > 300, "{reviews} reviews, {segments} segments");
    assert!(pauses > 20, "{pauses} pauses");
    assert!(bases.len() >= 3, "{bases:?}");
    assert!(checks.len() >= 7, "{checks:?}");
}
