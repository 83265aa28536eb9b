//! The releases of a service, latest first.

use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{ReleaseLine, release_lines};

use super::Session;
use super::review::{ReviewRequest, open, refresh};
use super::service::service_facts;
use crate::error::Outcome;

/// The list of a service.
#[derive(Debug)]
pub(crate) struct ReleaseList {
    /// The service.
    pub(crate) service: String,
    /// Its releases, latest first.
    pub(crate) lines: Vec<ReleaseLine>,
}

/// Lists the latest `limit` releases, after reading what is new in the repository.
pub(crate) async fn list_releases(
    session: &Session,
    request: &ReviewRequest,
    limit: usize,
) -> Outcome<ReleaseList> {
    let store = open(session, request).await?;
    let (repo, _) = refresh(session, &store, request).await?;
    let rules = session.config.services();
    let asked = request.service.as_deref();
    let (service, facts) = service_facts(&store.lake, &rules, asked, repo.as_deref()).await?;
    store.ledger.close().await;
    let settings = session.config.analysis(&service);
    tokio::task::spawn_blocking(move || {
        let history = ServiceHistory::new(&service, facts);
        let mut lines = release_lines(&history, &settings);
        lines.reverse();
        lines.truncate(limit);
        Ok(ReleaseList { service, lines })
    })
    .await?
}
