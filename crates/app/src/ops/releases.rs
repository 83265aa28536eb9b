//! The releases of a service, latest first.

use aftercast_analysis::review::{ReleaseLine, release_lines};

use super::Session;
use super::page::{Paged, page};
use super::review::ReviewRequest;
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
) -> Outcome<Paged<ReleaseList>> {
    page(session, request, &[], move |history, settings| {
        let mut lines = release_lines(history, settings);
        lines.reverse();
        lines.truncate(limit);
        Ok(ReleaseList { service: history.service().to_owned(), lines })
    })
    .await
}
