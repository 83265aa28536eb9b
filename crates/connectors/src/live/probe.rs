//! What would be asked, and what may be: for `--dry-run` and `doctor`.
//!
//! Must not know: cursors, storage, how it is shown.

use aftercast_model::Timestamp;

use crate::live::ask::{Asker, Expected, Trouble};
use crate::live::details::Details;
use crate::live::item::{Item, items, json_text};
use crate::live::pages::Call;
use crate::live::{Detail, PullError, Stream, Target, Watch};
use crate::source::Source;

/// How far back a probe looks: a list that is asked for by time answers shortly.
const LOOK_BACK_MS: i64 = 7 * 24 * 3600 * 1000;

/// The first request of a list, as it would be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// For what.
    pub subject: String,
    /// Which list.
    pub stream: &'static str,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The address, without the secret.
    pub url: String,
}

/// What a probe of a list, or of a detail of its first item, found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// For what.
    pub subject: String,
    /// Which list.
    pub stream: &'static str,
    /// Which detail of its items; `None` for the list itself.
    pub detail: Option<&'static str>,
    /// The permission that it needs, in the vendor's words.
    pub needs: &'static str,
    /// What is not known without it.
    pub gives: &'static str,
    /// Whether a refusal costs only this.
    pub optional: bool,
    /// What came of it.
    pub verdict: Verdict,
}

/// What came of a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may be read.
    Ok,
    /// It may not, with this status.
    Refused(u16),
    /// The budget is spent until then.
    Limited(Timestamp),
    /// There is no answer, or none that can be read.
    Unreachable(String),
}

/// Returns the first request of each list, without sending any.
pub fn plan(
    source: &Source,
    target: &Target,
    watch: &Watch<'_>,
) -> Result<Vec<Planned>, PullError> {
    let pull = Target::pull_of(source)?;
    let asker = Asker::new(source, target, watch)?;
    let now = watch.clock.now();
    let mut planned = Vec::new();
    for subject in &target.subjects(source, pull)? {
        for stream in pull.streams {
            let Some(call) = first(stream, target, subject, target.since, now) else { continue };
            let method = if call.request.body.is_some() { "POST" } else { "GET" };
            let url = asker.address(&call).unwrap_or_else(|why| why);
            planned.push(Planned { subject: subject.clone(), stream: stream.name, method, url });
        }
    }
    Ok(planned)
}

/// Asks each list of each subject once, and each detail of the first item.
pub async fn probe(
    source: &Source,
    target: &Target,
    watch: &Watch<'_>,
) -> Result<Vec<Probed>, PullError> {
    let pull = Target::pull_of(source)?;
    let asker = Asker::new(source, target, watch)?;
    let now = watch.clock.now();
    let since = target.since.unwrap_or_else(|| now.plus_millis(-LOOK_BACK_MS));
    let mut found = Vec::new();
    for subject in &target.subjects(source, pull)? {
        for stream in pull.streams {
            let Some(call) = first(stream, target, subject, Some(since), now) else { continue };
            let answer = asker.ask(&call, Expected::Json, None, &|_| {}).await;
            let item = answer.as_ref().ok().and_then(|received| {
                let text = json_text(&received.body)?;
                items(&text, stream.items).first().copied().and_then(Item::read)
            });
            let Stream { name, needs, gives, optional, .. } = *stream;
            let verdict = verdict(answer.map(|_| ()));
            let subject = subject.clone();
            found.push(Probed {
                subject: subject.clone(),
                stream: name,
                detail: None,
                needs,
                gives,
                optional,
                verdict,
            });
            let Some(item) = item else { continue };
            for detail in stream.details {
                let Detail { under, needs, gives, optional, .. } = *detail;
                let details = Details::new(&asker, target, &subject, 1, &|_| {});
                let Some(answer) = details.probe(&item, detail).await else { continue };
                let verdict = verdict_of_detail(answer);
                found.push(Probed {
                    subject: subject.clone(),
                    stream: name,
                    detail: Some(under),
                    needs,
                    gives,
                    optional,
                    verdict,
                });
            }
        }
    }
    Ok(found)
}

fn first(
    stream: &Stream,
    target: &Target,
    subject: &str,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Option<Call> {
    let until = target.until.or(stream.cap.map(|_| now));
    target.first(stream, subject, since, until).map(Call::new)
}

fn verdict(answer: Result<(), Trouble>) -> Verdict {
    match answer {
        Ok(()) | Err(Trouble::Unchanged) => Verdict::Ok,
        Err(Trouble::Refused(status)) => Verdict::Refused(status),
        Err(Trouble::Limited(until)) => Verdict::Limited(until),
        Err(Trouble::Unreachable(why) | Trouble::Failed(why)) => Verdict::Unreachable(why),
    }
}

/// A detail that one item does not have says nothing about permissions.
fn verdict_of_detail(answer: Result<(), Trouble>) -> Verdict {
    match verdict(answer) {
        Verdict::Refused(404 | 410) => Verdict::Ok,
        other => other,
    }
}
