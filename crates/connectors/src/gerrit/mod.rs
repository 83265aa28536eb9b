//! Gerrit: `ChangeInfo` with messages, votes and revisions → change requests, gate evaluations, runs,
//! jobs, deployments, signals.
//!
//! Everything is derived from one change alone, so that order and repetition of changes do not
//! matter. What CI did is read from its messages; times that no message tells stay missing.

mod change;
mod messages;
mod pull;
mod runs;
mod votes;

use std::collections::BTreeMap;

use aftercast_model::{ChangeRequest, ChangeState, FactId, Name, Problem, Signal, Timestamp};

use crate::envelope::Envelope;
use crate::gerrit::change::{Account, Change};
use crate::{Context, Import, Numbers, Output, Record, Rules, Source, Tells, Told};

/// Gerrit.
pub(crate) static GERRIT: Source = Source {
    name: NAME,
    about: "Gerrit changes: reviews, votes, and what CI wrote under them",
    reads: "ChangeInfo objects with messages and revisions, as NDJSON, an array, or a page of the REST API",
    tells: Tells {
        queue_time: Told::With("from the upload, recheck or start message to the run's start"),
        attempts: Told::With("counted by pipeline, job and revision"),
        approval_asked: Told::With("taken to be the upload of the revision (confidence 80)"),
        approval_answered: Told::Yes,
        who: Told::With("owner, voter, author of a recheck"),
        steps: Told::No,
        failure_reason: Told::With("where the CI's word alone says it"),
        retention: "as long as the server keeps changes",
        numbers: Numbers {
            lead_time: Told::Yes,
            failed_builds: Told::Yes,
            approval_wait: Told::Yes,
            ..Numbers::NONE
        },
    },
    import: Import::JsonRecords { records_have: &["change_id", "_number"], convert },
    pull: Some(&pull::PULL),
    webhook: None,
};

const NAME: &str = "gerrit";

/// What all facts of a change share.
struct Shared<'a> {
    project: &'a str,
    number: i64,
    source: Name,
    service: Name,
    repo: Name,
    observed_at: Option<Timestamp>,
    /// Number, hash, upload time.
    revisions: Vec<(i64, Name, Option<Timestamp>)>,
    merged_at: Option<Timestamp>,
    merge_sha: Name,
    target: Name,
    rules: &'a Rules,
}

impl Shared<'_> {
    fn id(&self, table: &str, native: &str) -> FactId {
        FactId::new(NAME, table, &format!("{}/{}/{native}", self.project, self.number), 0)
    }

    fn revision(&self, number: Option<i64>) -> Option<&(i64, Name, Option<Timestamp>)> {
        let number = number?;
        let at = self.revisions.partition_point(|revision| revision.0 < number);
        self.revisions.get(at).filter(|revision| revision.0 == number)
    }

    fn sha_of(&self, revision: Option<i64>) -> Name {
        self.revision(revision).map_or(Name::NONE, |revision| revision.1)
    }

    fn uploaded_at(&self, revision: Option<i64>) -> Option<Timestamp> {
        self.revision(revision).and_then(|revision| revision.2)
    }
}

/// A message with what is said about it everywhere.
struct Said<'a> {
    text: &'a str,
    at: Timestamp,
    revision: Option<i64>,
    /// What follows `Patch Set N:` in its line.
    heading: Option<&'a str>,
    author: Option<&'a Account<'a>>,
    is_bot: bool,
    /// Pseudonym of a person; missing for programs.
    author_key: Name,
    /// What tells the message from the others of its change.
    key: String,
}

fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    // What was pulled lies in an envelope; its project stands in the change itself.
    let body = std::str::from_utf8(record.body).map(|text| Envelope::open(text).body);
    let change: Change<'_> = match serde_json::from_slice(body.map_or(record.body, str::as_bytes)) {
        Ok(change) => change,
        Err(error) => {
            let hint = "this source reads Gerrit's ChangeInfo objects, one record each";
            output.problems.push(record.malformed(&error).hint(hint));
            return;
        }
    };
    let project = match (change.project.0.as_ref(), context.repo) {
        ("", repo) => repo.unwrap_or_default(),
        (project, _) => project,
    };
    let (Some(number), false) = (change.number, project.is_empty()) else {
        let problem =
            Problem::lost(record.place.clone(), "no change: `_number` or `project` is missing");
        output
            .problems
            .push(problem.hint("export ChangeInfo objects (`/changes/?q=...&o=MESSAGES`)"));
        return;
    };
    output.keep(NAME, "change", change.updated.0, record);
    if change.messages.is_none() {
        let problem = Problem::note(record.place.clone(), "a change without `messages`");
        output
            .problems
            .push(problem.hint("ask for `o=MESSAGES&o=DETAILED_ACCOUNTS&o=ALL_REVISIONS`"));
    }
    let mut shared = share(&change, project, number, context, output);
    let mut keys = BTreeMap::new();
    let owner = change.owner.as_ref().map_or("", |owner| owner.id.0.as_ref());
    let author_key = person(owner, &mut keys, context, output);
    let said = order_messages(&change, &mut keys, context, output);
    if change.status.0 == "MERGED" {
        shared.merged_at = change.submitted.0.or_else(|| {
            said.iter()
                .find(|said| said.text.starts_with("Change has been successfully"))
                .map(|said| said.at)
        });
    }
    push_change(&change, &shared, &said, author_key, output);
    votes::push(&change, &shared, &said, output);
    runs::push(&shared, &said, output);
    push_rechecks(&shared, &said, output);
}

fn share<'a>(
    change: &Change<'_>,
    project: &'a str,
    number: i64,
    context: &Context<'a>,
    output: &mut Output,
) -> Shared<'a> {
    let names = &mut output.facts.names;
    let revisions = change.revisions.0.iter().filter_map(|(sha, revision)| {
        let revision = revision.as_ref()?;
        Some((revision.number?, names.intern(&sha.0), revision.created.0))
    });
    let mut revisions: Vec<_> = revisions.collect();
    revisions.sort_unstable_by_key(|revision| (revision.0, revision.2));
    let merged = change.status.0 == "MERGED";
    Shared {
        project,
        number,
        source: names.intern(NAME),
        service: names.intern(context.services.of_repo(project)),
        repo: names.intern(project),
        observed_at: change.updated.0,
        revisions,
        merged_at: None,
        merge_sha: if merged { names.intern(&change.current_revision.0) } else { Name::NONE },
        target: names.intern(&change.branch.0),
        rules: context.rules,
    }
}

/// Returns the messages in the order of time, whatever the order of the record.
fn order_messages<'a>(
    change: &'a Change<'a>,
    keys: &mut BTreeMap<&'a str, Name>,
    context: &Context<'_>,
    output: &mut Output,
) -> Vec<Said<'a>> {
    let messages = change.messages.iter().flatten();
    let mut said: Vec<Said<'a>> = messages
        .filter_map(|message| {
            let at = message.date.0?;
            let text = message.message.0.as_ref();
            let heading = messages::heading(text);
            let author = message.author.as_ref();
            let is_bot = author.is_some_and(Account::is_bot);
            let author_key = match author {
                Some(author) if !is_bot => person(&author.id.0, keys, context, output),
                _ => Name::NONE,
            };
            let key = match message.id.0.as_ref() {
                "" => at.millis().to_string(),
                id => id.to_owned(),
            };
            Some(Said {
                text,
                at,
                revision: message.revision.or(heading.map(|heading| heading.0)),
                heading: heading.map(|heading| heading.1),
                author,
                is_bot,
                author_key,
                key,
            })
        })
        .collect();
    said.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
    said
}

/// Returns the pseudonym of a person. A change has few people: it is computed once for each.
fn person<'a>(
    id: &'a str,
    keys: &mut BTreeMap<&'a str, Name>,
    context: &Context<'_>,
    output: &mut Output,
) -> Name {
    if id.is_empty() {
        return Name::NONE;
    }
    *keys.entry(id).or_insert_with(|| output.facts.name(&context.people.pseudonym(NAME, id)))
}

fn push_change(
    change: &Change<'_>,
    shared: &Shared<'_>,
    said: &[Said<'_>],
    author_key: Name,
    output: &mut Output,
) {
    let state = match change.status.0.as_ref() {
        "MERGED" => ChangeState::Merged,
        "ABANDONED" => ChangeState::Abandoned,
        "NEW" | "DRAFT" | "SUBMITTED" => ChangeState::Open,
        _ => ChangeState::Unknown,
    };
    let closed_at = match state {
        ChangeState::Merged => shared.merged_at,
        ChangeState::Abandoned => {
            let abandoned = said.iter().rev().find(|said| said.text.starts_with("Abandoned"));
            abandoned.map(|said| said.at).or(change.updated.0)
        }
        _ => None,
    };
    let owner = change.owner.as_ref().map_or("", |owner| owner.id.0.as_ref());
    let is_other = |said: &&Said<'_>| {
        !said.is_bot
            && said.author.is_some_and(|author| !author.id.0.is_empty() && author.id.0 != owner)
    };
    let first_review = said.iter().filter(is_other).find(|said| is_review(said));
    let names = &mut output.facts.names;
    let revert_of = match (change.revert_of, messages::reverts(&change.subject.0), change.is_revert)
    {
        (Some(number), _, _) => names.intern(&number.to_string()),
        (None, Some(said), _) => names.intern(said),
        (None, None, Some(true)) => names.intern("yes"),
        _ => Name::NONE,
    };
    let cherry_pick_of = change.cherry_pick_of_change.map(|number| number.to_string());
    let row = ChangeRequest {
        id: shared.id("change_requests", ""),
        source: shared.source,
        service: shared.service,
        observed_at: shared.observed_at,
        url: names.intern(&change.url.0),
        native_status: names.intern(&change.status.0),
        repo: shared.repo,
        number: Some(shared.number),
        author_key,
        opened_at: change.created.0,
        ready_at: None,
        first_review_at: first_review.map(|said| said.at),
        approved_at: votes::approved_at(change, shared, said),
        merged_at: shared.merged_at,
        closed_at,
        state,
        merge_sha: shared.merge_sha,
        head_sha: names.intern(&change.current_revision.0),
        target: shared.target,
        additions: change.insertions,
        deletions: change.deletions,
        files_changed: None,
        revert_of,
        cherry_pick_of: names.intern_option(cherry_pick_of.as_deref()),
    };
    output.facts.change_requests.push(row);
}

/// Returns whether the message shows that its author looked at the change: a vote or a comment, not a
/// command to CI and not what Gerrit writes by itself.
fn is_review(said: &Said<'_>) -> bool {
    let written = said.heading.is_some() || said.text.starts_with("(comment)");
    written && !messages::is_recheck(said.text)
}

fn push_rechecks(shared: &Shared<'_>, said: &[Said<'_>], output: &mut Output) {
    for said in said.iter().filter(|said| !said.is_bot && messages::is_recheck(said.text)) {
        let names = &mut output.facts.names;
        let row = Signal {
            id: shared.id("signals", &said.key),
            source: shared.source,
            service: shared.service,
            observed_at: shared.observed_at,
            url: Name::NONE,
            native_status: Name::NONE,
            channel: shared.source,
            kind: names.intern("recheck"),
            said_at: Some(said.at),
            thread: names.intern(&shared.number.to_string()),
            author_key: said.author_key,
            quote: names.intern("recheck"),
        };
        output.facts.signals.push(row);
    }
}
