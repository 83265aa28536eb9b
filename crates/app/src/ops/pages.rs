//! The pages about a service: which tables each reads, and what makes it.

use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review;
use aftercast_analysis::review::{
    DeliveryKeys, GATE_LEDGER_TABLES, GateLedger, IncidentLinks, KeysWindow, Patterns, StepChanges,
    TestLedger,
};

use super::Session;
use super::page::{Paged, page};
use super::review::ReviewRequest;
use crate::error::Outcome;

/// What each gate caught and what it cost.
pub(crate) async fn gates(
    session: &Session,
    request: &ReviewRequest,
) -> Outcome<Paged<GateLedger>> {
    page(session, request, GATE_LEDGER_TABLES, |history, settings| {
        Ok(review::gate_ledger(history, settings))
    })
    .await
}

/// What each test caught, cost and hid: the only page that reads every test case of every run.
pub(crate) async fn tests(
    session: &Session,
    request: &ReviewRequest,
) -> Outcome<Paged<TestLedger>> {
    page(session, request, ServiceHistory::TEST_TABLES, |history, settings| {
        Ok(review::test_ledger(history, settings))
    })
    .await
}

/// What good releases have in common.
pub(crate) async fn patterns(
    session: &Session,
    request: &ReviewRequest,
) -> Outcome<Paged<Patterns>> {
    page(session, request, &[], |history, settings| Ok(review::patterns(history, settings))).await
}

/// Which steps got slower or faster.
pub(crate) async fn steps(
    session: &Session,
    request: &ReviewRequest,
) -> Outcome<Paged<StepChanges>> {
    page(session, request, &[], |history, settings| Ok(review::step_changes(history, settings)))
        .await
}

/// Which release each incident points at.
pub(crate) async fn incident_links(
    session: &Session,
    request: &ReviewRequest,
) -> Outcome<Paged<IncidentLinks>> {
    page(session, request, &[], |history, settings| Ok(review::incident_links(history, settings)))
        .await
}

/// The five keys of delivery in a stretch of time.
pub(crate) async fn delivery_keys(
    session: &Session,
    request: &ReviewRequest,
    window: KeysWindow,
) -> Outcome<Paged<DeliveryKeys>> {
    page(session, request, &[], move |history, settings| {
        Ok(review::delivery_keys(history, settings, window))
    })
    .await
}
