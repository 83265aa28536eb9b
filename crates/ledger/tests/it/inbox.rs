//! The promises of inbox and horizons, kept on both back ends.

use aftercast_ledger::{Horizon, Ledger, Received, Settled};
use aftercast_model::Timestamp;

use crate::bench::{Bench, now, on_postgres, on_sqlite};
use crate::contract::contract;

contract! {
    what_was_received_is_there_after_a_restart
    a_delivery_is_taken_once
    a_delivery_is_taken_once_from_many_at_once
    what_was_settled_waits_no_more_and_is_still_known
    names_are_forgotten_in_the_end
    a_home_of_the_first_version_is_brought_up_to_date
    horizons_grow_and_leave_no_gap
}

fn received(source: &str, delivery: &str) -> Received {
    Received {
        source: source.into(),
        delivery: delivery.into(),
        kind: "push".into(),
        body: vec![0, 255, 10, b'\''],
        received_at: now(),
    }
}

async fn waiting(ledger: &Ledger) -> Vec<String> {
    let waiting = ledger.waiting(i64::MIN, 100_000).await.unwrap();
    waiting.into_iter().map(|one| one.received.delivery).collect()
}

async fn what_was_received_is_there_after_a_restart(bench: Bench) {
    let ledger = bench.open().await;
    assert_eq!(ledger.receive(&[]).await.unwrap(), []);
    let sent = [received("github", "1"), received("gitlab", "1"), received("github", "2")];
    assert_eq!(ledger.receive(&sent).await.unwrap(), [true, true, true]);
    ledger.close().await;
    let again = bench.open().await;
    assert_eq!(again.count_waiting().await.unwrap(), 3);
    let found = again.waiting(i64::MIN, 10).await.unwrap();
    for one in &sent {
        assert!(found.iter().any(|found| found.received == *one), "{one:?} is not whole");
    }
    assert_eq!(again.waiting(found[0].id, 1).await.unwrap(), found[1..2]);
}

async fn a_delivery_is_taken_once(bench: Bench) {
    let ledger = bench.open().await;
    let [one, other] = [received("github", "1"), received("gitlab", "1")];
    let doubled = [one.clone(), other.clone(), one.clone()];
    assert_eq!(ledger.receive(&doubled).await.unwrap(), [true, true, false]);
    assert_eq!(ledger.receive(&[one, other]).await.unwrap(), [false, false]);
    assert_eq!(ledger.count_waiting().await.unwrap(), 2);
}

async fn a_delivery_is_taken_once_from_many_at_once(bench: Bench) {
    let ledger = bench.open().await;
    let offering: Vec<_> = (0..8)
        .map(|sender| {
            let ledger = ledger.clone();
            let mut offers: Vec<_> =
                (0..500).map(|number| received("github", &number.to_string())).collect();
            offers.rotate_left(sender * 61);
            tokio::spawn(async move { ledger.receive(&offers).await.unwrap() })
        })
        .collect();
    let mut new = 0;
    for offered in offering {
        new += offered.await.unwrap().into_iter().filter(|new| *new).count();
    }
    assert_eq!(new, 500, "each is new for one sender only");
    assert_eq!(ledger.count_waiting().await.unwrap(), 500);
}

async fn what_was_settled_waits_no_more_and_is_still_known(bench: Bench) {
    let ledger = bench.open().await;
    let sent: Vec<_> = (0..4).map(|number| received("github", &number.to_string())).collect();
    ledger.receive(&sent).await.unwrap();
    let ids: Vec<_> =
        ledger.waiting(i64::MIN, 10).await.unwrap().iter().map(|one| one.id).collect();
    ledger.settle(&ids[..2], Settled::Done).await.unwrap();
    ledger.settle(&ids[2..3], Settled::Refused).await.unwrap();
    ledger.settle(&[], Settled::Done).await.unwrap();
    assert_eq!(waiting(&ledger).await, ["3"]);
    assert_eq!(ledger.receive(&sent).await.unwrap(), [false; 4]);
    let kept = "SELECT COUNT(*) FROM aftercast_inbox WHERE body IS NOT NULL";
    assert_eq!(bench.count(kept).await, 2, "of what has become facts no body is kept");
}

async fn names_are_forgotten_in_the_end(bench: Bench) {
    let ledger = bench.open().await;
    ledger.receive(&[received("github", "old"), received("github", "waits")]).await.unwrap();
    let old = ledger.waiting(i64::MIN, 1).await.unwrap()[0].id;
    ledger.settle(&[old], Settled::Done).await.unwrap();
    assert_eq!(ledger.forget_deliveries(now()).await.unwrap(), 0);
    let later = Timestamp::from_millis(now().millis() + 1);
    assert_eq!(ledger.forget_deliveries(later).await.unwrap(), 1);
    assert_eq!(waiting(&ledger).await, ["waits"], "what waits is never forgotten");
}

async fn a_home_of_the_first_version_is_brought_up_to_date(bench: Bench) {
    let ledger = bench.open().await;
    ledger.save_cursor("git", "/src", "1", now()).await.unwrap();
    ledger.close().await;
    for table in ["aftercast_inbox", "aftercast_horizons", "aftercast_decisions"] {
        bench.execute(&format!("DROP TABLE {table}")).await;
    }
    bench.execute("DELETE FROM aftercast_migrations WHERE version > 1").await;
    let again = bench.open().await;
    assert_eq!(again.cursor("git", "/src").await.unwrap().unwrap(), "1");
    assert_eq!(again.receive(&[received("github", "1")]).await.unwrap(), [true]);
}

async fn horizons_grow_and_leave_no_gap(bench: Bench) {
    let ledger = bench.open().await;
    let at = |minute: i64| Timestamp::from_millis(now().millis() + minute * 60_000);
    let horizon = |stream: &str, from: Option<i64>, until: i64| Horizon {
        source: "pagerduty".into(),
        subject: "PSHOP".into(),
        stream: stream.into(),
        known_from: from.map(at),
        known_until: at(until),
    };
    for (stream, from, until) in [
        ("from the beginning", None, 5),
        ("from the beginning", Some(3), 9),
        ("grows", Some(3), 5),
        ("grows", Some(4), 9),
        ("grows", Some(1), 4),
        ("later", Some(1), 5),
        ("later", Some(7), 9),
        ("older", Some(7), 9),
        ("older", Some(1), 5),
        ("whole", Some(1), 5),
        ("whole", None, 4),
    ] {
        ledger.save_horizon(&horizon(stream, from, until)).await.unwrap();
    }
    let expected = [
        horizon("from the beginning", None, 9),
        horizon("grows", Some(1), 9),
        horizon("later", Some(7), 9),
        horizon("older", Some(7), 9),
        horizon("whole", None, 5),
    ];
    assert_eq!(bench.open().await.horizons().await.unwrap(), expected);
}
