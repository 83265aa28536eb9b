//! Decisions: the latest counts, nothing is lost, kinds do not mix.

use aftercast_ledger::Decision;

use crate::bench::{Bench, now, on_postgres, on_sqlite};
use crate::contract::contract;

contract! {
    the_latest_decision_of_a_subject_counts
    kinds_of_subjects_do_not_mix
    every_decision_is_kept
}

fn incident(subject: &str, decision: &str, reason: Option<&str>) -> Decision {
    Decision {
        subject_kind: "incident".to_owned(),
        subject: subject.to_owned(),
        decision: decision.to_owned(),
        reason: reason.map(str::to_owned),
        decided_at: now(),
    }
}

async fn the_latest_decision_of_a_subject_counts(bench: Bench) {
    let ledger = bench.open().await;
    assert_eq!(ledger.decisions("incident").await.unwrap(), []);
    let first = incident("b", "v1.4.0", None);
    let other = incident("a", "none", Some("the data centre lost power"));
    let second = incident("b", "v1.4.1", Some("the bisection ended there"));
    for decision in [&first, &other, &second] {
        ledger.decide(decision).await.unwrap();
    }
    drop(ledger);
    assert_eq!(bench.open().await.decisions("incident").await.unwrap(), [other, second]);
}

async fn kinds_of_subjects_do_not_mix(bench: Bench) {
    let ledger = bench.open().await;
    let about_incident = incident("1", "none", None);
    let about_gate = Decision { subject_kind: "gate".into(), ..incident("1", "keep", None) };
    ledger.decide(&about_gate).await.unwrap();
    ledger.decide(&about_incident).await.unwrap();
    assert_eq!(ledger.decisions("gate").await.unwrap(), [about_gate]);
    assert_eq!(ledger.decisions("incident").await.unwrap(), [about_incident]);
}

async fn every_decision_is_kept(bench: Bench) {
    let ledger = bench.open().await;
    for decision in ["v1", "v2", "none"] {
        ledger.decide(&incident("a", decision, None)).await.unwrap();
    }
    assert_eq!(bench.count("SELECT COUNT(*) FROM aftercast_decisions").await, 3);
}
