//! The promise: any split, order and repetition of the same observations gives the same rows.

use std::collections::BTreeMap;

use aftercast_lake::Selection;
use aftercast_model::{FactId, Facts, Incident, Timestamp};
use proptest::prelude::*;

use crate::bench::{Bench, Rows, rows_of};

/// An observation: which incident, when it was seen, what was seen.
type Seen = (u8, Option<i64>, u8);

fn batch(seen: &[Seen]) -> Facts {
    let mut facts = Facts::new();
    for (number, at, severity) in seen {
        let incident = Incident {
            id: FactId::new("pager", "incidents", &number.to_string(), 0),
            service: facts.name(if number % 2 == 0 { "shop" } else { "" }),
            observed_at: at.map(Timestamp::from_millis),
            // Interned in different orders in different batches.
            severity: facts.name(["", "low", "high", "critical"][usize::from(*severity)]),
            ..Incident::default()
        };
        facts.incidents.push(incident);
    }
    facts
}

fn lake_of(batches: &[&[Seen]]) -> Rows {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let bench = Bench::sqlite();
        let lake = bench.open().await;
        for (index, seen) in batches.iter().enumerate() {
            lake.append(&batch(seen), &[]).await.unwrap();
            if index == 1 {
                lake.compact().await.unwrap();
            }
        }
        rows_of(&lake.facts(&Selection::everything()).await.unwrap(), "incidents")
    })
}

/// The rule in its plainest form.
fn expected(seen: &[Seen]) -> Rows {
    let mut latest: BTreeMap<u8, (Option<i64>, &str)> = BTreeMap::new();
    for (number, at, severity) in seen {
        let severity = ["", "low", "high", "critical"][usize::from(*severity)];
        let kept = latest.entry(*number).or_insert((*at, severity));
        *kept = (*kept).max((*at, severity));
    }
    let names = ["", "low", "high", "critical"];
    let rows: Vec<Seen> = latest
        .into_iter()
        .map(|(number, (at, severity))| {
            let position = names.iter().position(|name| *name == severity).unwrap();
            (number, at, u8::try_from(position).unwrap())
        })
        .collect();
    rows_of(&batch(&rows), "incidents")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_order_and_repetition_gives_the_same_rows(
        mut seen in proptest::collection::vec((0_u8..8, proptest::option::of(0_i64..4), 0_u8..4), 1..30),
        repeated in proptest::collection::vec(any::<prop::sample::Index>(), 0..10),
        pieces in 1_usize..5,
        turn in any::<prop::sample::Index>(),
    ) {
        let expected = expected(&seen);
        let repeats: Vec<Seen> = repeated.iter().map(|index| seen[index.index(seen.len())]).collect();
        seen.extend(repeats);
        let middle = turn.index(seen.len());
        seen.rotate_left(middle);
        let size = seen.len().div_ceil(pieces);
        let split: Vec<&[Seen]> = seen.chunks(size).collect();
        prop_assert_eq!(lake_of(&split), expected);
    }
}
