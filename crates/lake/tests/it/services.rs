//! Every service in turn, on all cores: the same facts as service by service.

use std::collections::BTreeMap;

use aftercast_lake::Selection;

use crate::bench::{Bench, Rows, facts, rows_of};

fn of(facts: &aftercast_model::Facts) -> [Rows; 3] {
    ["commits", "task_runs", "gate_evaluations"].map(|table| rows_of(facts, table))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_service_is_folded_with_its_own_facts_and_no_others() {
    let bench = Bench::sqlite();
    let lake = bench.open().await;
    // Several files a table, and rows that a later observation replaced.
    for (range, revision) in [(0..3_000, 1), (2_000..5_000, 2), (100..200, 3), (5_000..30_000, 1)] {
        lake.append(&facts(range, revision), &[]).await.unwrap();
    }
    // A file whose services are read by themselves.
    let mut large = facts(200_000..240_000, 1);
    let (shop, api) = (large.name("shop"), large.name("shop-api"));
    for (row, service) in large.task_runs.service.iter_mut().enumerate() {
        *service = if row < 25_000 { shop } else { api };
    }
    lake.append(&large, &[]).await.unwrap();
    let everything = Selection::everything();
    let folded = lake
        .each_service(&everything, |service, facts| (service.to_owned(), of(&facts)))
        .await
        .unwrap();
    let names: Vec<&str> = folded.iter().map(|(service, _)| service.as_str()).collect();
    assert_eq!(names, ["Zahlung ü", "a'b\"c", "shop", "shop-api"], "by name, none without one");
    let mut one_by_one = BTreeMap::new();
    for name in names {
        let facts = lake.service_facts(name, &everything).await.unwrap();
        one_by_one.insert(name.to_owned(), of(&facts));
    }
    assert_eq!(folded.into_iter().collect::<BTreeMap<_, _>>(), one_by_one);
}

#[tokio::test(flavor = "multi_thread")]
async fn decoding_sees_every_row_of_the_files() {
    let bench = Bench::sqlite();
    let lake = bench.open().await;
    lake.append(&facts(0..1_000, 1), &[]).await.unwrap();
    let tasks = Selection::nothing().columns("task_runs", &["name", "started_at"]);
    assert_eq!(lake.decode(&tasks).await.unwrap(), 1_000);
    assert_eq!(lake.decode(&Selection::nothing()).await.unwrap(), 0);
}
