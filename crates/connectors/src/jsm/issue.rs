//! Incidents, which are Jira issues.
//!
//! Owns: which field of an issue is which of our columns. Fields that a site added are known by the
//! names that people gave them.

use aftercast_model::Timestamp;

use crate::incidents::case::{Case, later};
use crate::incidents::cause::Causes;
use crate::incidents::links::Links;
use crate::jsm::objects::{Issue, IssueEvent, IssueFields, Words};
use crate::json::{Fields, Lenient};
use crate::rules::Clue;
use crate::sink::Sink;

/// Names of fields, in small letters; the first that is there counts.
const STARTED: &[&str] =
    &["impact start", "impact started", "impact start time", "incident start", "started at"];
const DETECTED: &[&str] = &["detected", "detected at", "time detected", "incident detected"];
const ACKNOWLEDGED: &[&str] = &["acknowledged", "acknowledged at", "time acknowledged"];
const MITIGATED: &[&str] =
    &["impact end", "impact ended", "impact end time", "mitigated", "mitigated at", "incident end"];

/// A field that the site added: its name in small letters, and what it says.
struct Added<'f> {
    name: String,
    words: Words<'f>,
}

/// Keeps the incident that a webhook is about; `raw` is its issue.
pub(super) fn from_webhook(
    issue: &Issue<'_>,
    raw: &str,
    event: &IssueEvent<'_>,
    sink: &mut Sink<'_>,
) {
    let deleted = event.event.text() == Some("jira:issue_deleted");
    keep(issue, raw, event.timestamp.time().filter(|_| deleted), sink);
}

/// Keeps an issue; `asked` says that incidents were asked for, so that it is one, whatever its type.
pub(super) fn issue(issue: &Issue<'_>, raw: &str, asked: bool, sink: &mut Sink<'_>) {
    if asked {
        return write(issue, raw, None, sink);
    }
    keep(issue, raw, None, sink);
}

fn keep(issue: &Issue<'_>, raw: &str, deleted: Option<Timestamp>, sink: &mut Sink<'_>) {
    let kind = issue.fields.get().and_then(|fields| only(&fields.issuetype));
    match kind {
        Some(kind) if !kind.to_ascii_lowercase().contains("incident") => {
            sink.nothing("issue", "its type is not called an incident");
        }
        _ => write(issue, raw, deleted, sink),
    }
}

fn only<'w>(words: &'w Lenient<Words<'_>>) -> Option<&'w str> {
    words.get().and_then(|words| words.iter().next())
}

fn write(issue: &Issue<'_>, raw: &str, deleted: Option<Timestamp>, sink: &mut Sink<'_>) {
    let (Some(id), Some(fields)) = (issue.id.text(), issue.fields.get()) else {
        return sink.lost("an issue has no `id` or no `fields`");
    };
    let added = added(issue, raw);
    let time = |names: &[&str]| named(&added, names);
    let status = only(&fields.status);
    let (links, causes) = mentioned(fields, &added);
    let taken = || changes(issue).map(|(at, _)| at).min();
    let done = || {
        let reached = changes(issue).filter(|(_, to)| Some(*to) == status);
        reached.map(|(at, _)| at).max().filter(|_| is_done(status))
    };
    let severity = added.iter().find(|field| field.name == "severity");
    let severity = severity.and_then(|field| field.words.iter().next());
    let is_void = deleted.is_some()
        || status.is_some_and(|status| is_one_of(status, &["canceled", "cancelled", "declined"]))
        || only(&fields.resolution).is_some_and(|why| is_one_of(why, &["duplicate", "declined"]));
    Case {
        native_id: &format!("issue/{id}"),
        clues: services(fields, &added),
        title: fields.summary.text().or(issue.key.text()),
        severity: severity.or(only(&fields.priority)),
        status,
        url: url(issue).as_deref(),
        observed_at: later(
            [fields.updated.copied(), fields.created.copied(), deleted],
            i64::from(issue.names.get().is_some()) + i64::from(issue.changelog.get().is_some()),
        ),
        started_at: time(STARTED),
        detected_at: time(DETECTED).or(fields.created.copied()),
        acknowledged_at: time(ACKNOWLEDGED).or_else(taken),
        mitigated_at: time(MITIGATED),
        resolved_at: fields.resolved.copied().or_else(done),
        links,
        causes,
        is_void,
    }
    .keep(sink);
}

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|one| word.eq_ignore_ascii_case(one))
}

fn is_done(status: Option<&str>) -> bool {
    status.is_some_and(|status| is_one_of(status, &["resolved", "closed", "completed", "done"]))
}

/// Returns when the status was changed, and to which.
fn changes<'i>(issue: &'i Issue<'_>) -> impl Iterator<Item = (Timestamp, &'i str)> {
    let histories = issue.changelog.get().into_iter().flat_map(|log| log.histories.items());
    histories.flat_map(|history| {
        let of_status = history.items.items().filter(|item| item.field.text() == Some("status"));
        of_status.filter_map(|item| Some((history.created.copied()?, item.to.text()?)))
    })
}

/// Reads the fields that the site added and that have a name.
fn added<'r>(issue: &Issue<'_>, raw: &'r str) -> Vec<Added<'r>> {
    let Some(names) = issue.names.get() else { return Vec::new() };
    let fields = serde_json::from_str::<Fields<'r>>(raw).ok().and_then(|all| all.raw("fields"));
    let Some(fields) = fields.and_then(|raw| serde_json::from_str::<Fields<'r>>(raw).ok()) else {
        return Vec::new();
    };
    let custom = fields.names().filter(|key| key.starts_with("customfield_"));
    custom
        .filter_map(|key| {
            let name = names.value(key)?.trim().to_ascii_lowercase();
            match serde_json::from_str::<Lenient<Words<'r>>>(fields.raw(key)?).ok()? {
                Lenient::Value(words) => Some(Added { name, words }),
                Lenient::Missing | Lenient::Wrong => None,
            }
        })
        .collect()
}

fn named(added: &[Added<'_>], names: &[&str]) -> Option<Timestamp> {
    names.iter().find_map(|name| {
        let field = added.iter().find(|field| field.name == *name)?;
        Timestamp::parse(field.words.iter().next()?).ok()
    })
}

/// Returns what the fields that ask for services say, then the components.
fn services<'i>(fields: &'i IssueFields<'_>, added: &'i [Added<'_>]) -> Vec<Clue<'i>> {
    let of_added = added.iter().filter(|field| field.name.contains("service"));
    let names = of_added.flat_map(|field| field.words.iter());
    // Atlassian's own identifiers name nothing.
    let names = names.filter(|name| !name.starts_with("ari:"));
    let components = fields.components.get().into_iter().flat_map(Words::iter);
    let services = names.map(|name| Clue { kind: "service", name });
    services.chain(components.map(|name| Clue { kind: "component", name })).collect()
}

fn mentioned<'i>(fields: &'i IssueFields<'_>, added: &'i [Added<'_>]) -> (Links<'i>, Causes) {
    let (mut links, mut causes) = (Links::default(), Causes::default());
    links.read(fields.summary.text());
    if let Some(description) = fields.description.get() {
        links.read_all(description.iter());
    }
    for field in added {
        for word in field.words.iter() {
            links.read(Some(word));
            causes.said(&field.name, Some(word));
        }
    }
    fields.labels.items().for_each(|label| causes.tagged(label));
    (links, causes)
}

/// Returns where people see the issue; the gateway's address says nothing of the site.
fn url(issue: &Issue<'_>) -> Option<String> {
    let (site, _) = issue.url.text()?.split_once("/rest/")?;
    let key = issue.key.text()?;
    (!site.contains("api.atlassian.com")).then(|| format!("{site}/browse/{key}"))
}
