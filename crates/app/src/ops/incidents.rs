//! Which release an incident came with: what people say about it, kept in the ledger.

use aftercast_analysis::Confirmation;
use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::releases::Releases;
use aftercast_ledger::{Decision, Ledger};
use aftercast_model::FactId;

use super::Session;
use super::page::page;
use super::review::ReviewRequest;
use crate::closest::closest_few;
use crate::error::{Failure, Outcome};
use crate::ops::Home;

/// The kind of subject in the ledger.
const KIND: &str = "incident";
/// The decision that no release caused it.
const NONE: &str = "none";
/// The decision that takes an earlier one back.
const UNSURE: &str = "unsure";

/// What people say about an incident.
#[derive(Debug, Clone)]
pub(crate) struct Confirm {
    /// The incident: its id or the beginning of it, or its title.
    pub(crate) incident: String,
    /// A release, `none` or `unsure`.
    pub(crate) release: String,
    /// Why.
    pub(crate) reason: Option<String>,
}

/// What was decided, in full.
#[derive(Debug)]
pub(crate) struct Confirmed {
    /// The incident's title, or its id where it has none.
    pub(crate) incident: String,
    /// The release's name; `None` for none.
    pub(crate) release: Option<String>,
    /// Whether an earlier decision was taken back instead.
    pub(crate) withdrawn: bool,
}

/// Keeps what people say about an incident; it wins over everything that is computed.
pub(crate) async fn confirm(
    session: &Session,
    request: &ReviewRequest,
    said: &Confirm,
) -> Outcome<Confirmed> {
    let asked = said.clone();
    let (subject, confirmed) = page(session, request, &[], move |history, settings| {
        let incident = find_incident(history, &asked.incident)?;
        let release = match asked.release.as_str() {
            NONE | UNSURE => None,
            name => Some(find_release(history, &Releases::of(history, settings), name)?),
        };
        let withdrawn = asked.release == UNSURE;
        let confirmed = Confirmed { incident: incident.1, release, withdrawn };
        Ok((incident.0, confirmed))
    })
    .await?
    .page;
    let decision = match (&confirmed.release, confirmed.withdrawn) {
        (Some(release), _) => release.as_str(),
        (None, true) => UNSURE,
        (None, false) => NONE,
    };
    let ledger = Home::find(session)?.open(session).await?.ledger;
    ledger
        .decide(&Decision {
            subject_kind: KIND.to_owned(),
            subject: subject.to_string(),
            decision: decision.to_owned(),
            reason: said.reason.clone(),
            decided_at: session.now,
        })
        .await?;
    ledger.close().await;
    Ok(confirmed)
}

/// Returns what people said about incidents.
pub(super) async fn confirmations(ledger: &Ledger) -> Outcome<Vec<Confirmation>> {
    let said = ledger.decisions(KIND).await?;
    let confirmation = |decision: Decision| {
        let release = match decision.decision.as_str() {
            UNSURE => return None,
            NONE => None,
            _ => Some(decision.decision),
        };
        Some(Confirmation { incident: decision.subject.parse().ok()?, release })
    };
    Ok(said.into_iter().filter_map(confirmation).collect())
}

/// Finds the incident that is meant, with its title.
fn find_incident(history: &ServiceHistory, asked: &str) -> Outcome<(FactId, String)> {
    /// A shorter beginning of an id is more likely a slip.
    const BEGINNING: usize = 6;
    let facts = history.facts();
    let all = || facts.incidents.id.iter().copied().zip(&facts.incidents.title);
    let named = |(id, title): &(FactId, &aftercast_model::Name)| {
        let by_id = asked.len() >= BEGINNING && id.to_string().starts_with(asked);
        by_id || facts.text(**title) == asked
    };
    let found: Vec<_> = all().filter(named).collect();
    match found.as_slice() {
        [(id, title)] => {
            let title = facts.text(**title);
            Ok((*id, if title.is_empty() { id.to_string() } else { title.to_owned() }))
        }
        [] => Err(Failure::data(format!(
            "unknown incident `{asked}` of `{}`, which has {}",
            history.service(),
            facts.incidents.len()
        ))
        .hint("`aftercast incidents` lists them; the beginning of an id is enough")),
        several => Err(Failure::usage(format!("`{asked}` stands for {} incidents", several.len()))
            .hint("name the incident by its id, as `aftercast incidents` lists it")),
    }
}

/// Returns the full name of the release that is meant.
fn find_release(history: &ServiceHistory, releases: &Releases, asked: &str) -> Outcome<String> {
    if let Some(index) = releases.find(history, asked) {
        return Ok(releases.id(history, index));
    }
    let names: Vec<String> = (0..releases.len()).map(|index| releases.id(history, index)).collect();
    let near = closest_few(asked, names.iter().map(String::as_str), 3);
    let hint = match near.as_slice() {
        [] => {
            "`aftercast releases` lists the names; `none` says that no release caused it".to_owned()
        }
        near => format!("the closest are `{}`; `aftercast releases` lists all", near.join("`, `")),
    };
    Err(Failure::data(format!("unknown release `{asked}`")).hint(hint))
}
