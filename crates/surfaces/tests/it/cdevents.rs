//! The events that we send are CDEvents, say the same each time, and are linked.

use aftercast_model::Timestamp;
use aftercast_surfaces::Options;
use aftercast_surfaces::cdevents::{
    About, Deployed, Happened, Improvement, SURFACE, event, events,
};
use cdevents_sdk::CDEvent;
use serde_json::Value;

use crate::samples;

fn about() -> About<'static> {
    let at = Timestamp::parse("2026-09-01T09:45:00Z").unwrap();
    About { source: "https://aftercast.acme.example", service: "shop", release: "1.4.0", at }
}

fn all() -> Vec<Value> {
    let one = Improvement {
        id: "imp-1",
        title: "Run tests in parallel",
        target_metric: Some("lead time"),
    };
    let environment = "production";
    let happened = [
        Happened::Deployed { how: Deployed::First, environment, sha: Some("ab12") },
        Happened::Deployed { how: Deployed::Upgraded, environment, sha: None },
        Happened::Deployed { how: Deployed::RolledBack, environment, sha: None },
        Happened::IncidentDetected { id: "inc-1", environment, title: "Checkout \"slow\"\u{1b}" },
        Happened::IncidentResolved { id: "inc-1", environment },
        Happened::ReviewOpened,
        Happened::ReviewClosed { outcome: "held" },
        Happened::ImprovementProposed(one),
        Happened::ImprovementAdopted(one),
        Happened::ImprovementMeasured { improvement: one, verdict: "helped", why: "n = 12" },
    ];
    happened.iter().map(|happened| event(&about(), happened)).collect()
}

/// What the SDK takes it for.
fn parsed(event: &Value) -> CDEvent {
    serde_json::from_value(event["data"].clone()).unwrap_or_else(|error| panic!("{error}: {event}"))
}

#[test]
fn every_event_is_a_cdevent_in_a_cloudevent() {
    for event in all() {
        let cd = parsed(&event);
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["type"], cd.ty());
        assert_eq!(event["id"], cd.id().as_str());
        assert_eq!(event["subject"], cd.subject().id().as_str());
        assert_eq!(event["time"], event["data"]["context"]["timestamp"]);
        let own = cd.ty().starts_with("dev.cdeventsx.aftercast-");
        assert_eq!(own, event["data"]["context"].get("schemaUri").is_some(), "{event}");
    }
}

#[test]
fn ids_follow_from_what_is_said_and_links_lead_to_what_came_before() {
    let (first, second) = (all(), all());
    assert_eq!(first, second);
    let mut ids: Vec<&str> = first.iter().map(|event| event["id"].as_str().unwrap()).collect();
    for (later, before) in [(4, 3), (6, 5), (8, 7), (9, 8)] {
        let link = &first[later]["data"]["context"]["links"][0];
        assert_eq!(link["from"]["contextId"], ids[before], "{link}");
    }
    assert_eq!(first[7]["data"]["context"]["links"][0]["target"]["contextId"], ids[5]);
    let chains = first.iter().map(|event| &event["data"]["context"]["chainId"]);
    assert!(chains.clone().all(|chain| chain == chains.clone().next().unwrap()));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), first.len());
}

#[test]
fn a_review_is_a_batch_of_events() {
    for review in [
        samples::rich(),
        samples::poor(),
        samples::bare(),
        samples::hostile::hostile("</x>\u{1b}[31m\n\""),
    ] {
        let text = (SURFACE.render)(&review, &Options::default());
        let batch: Vec<Value> = serde_json::from_str(&text).unwrap();
        assert!(text.ends_with("]\n") && !text.contains('\u{1b}'));
        assert_eq!(batch, events(&review, "/aftercast"));
        let opened = batch
            .iter()
            .filter(|event| event["type"] == "dev.cdeventsx.aftercast-releasereview.opened.0.1.0");
        assert_eq!(opened.count(), 1);
        let proposed = batch
            .iter()
            .filter(|event| event["type"].as_str().unwrap().contains("-improvement.proposed"));
        assert_eq!(proposed.count(), review.candidates.len());
        for event in &batch {
            parsed(event);
        }
    }
}
