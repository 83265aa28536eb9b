//! Merge requests, with the approvals and notes that were attached to them.
//!
//! Owns: change requests, approvals as verdicts, what system notes tell. GitLab writes a note for
//! whatever happens to a merge request; older servers date approvals nowhere else.

use std::collections::BTreeMap;

use aftercast_model::{
    ActorKind, ChangeRequest, ChangeState, GateEvaluation, GateKind, Signal, SubjectKind,
    Timestamp, Verdict,
};

use crate::gitlab::objects::{MergeRequest, MergeRequestHook, Note, User};
use crate::gitlab::states::{PULLED_MS, actor_kind, observed, person, repo_in_url};
use crate::reverts::{picked, reverted};
use crate::sink::{Home, Sink};

/// The gate that approvals answer.
pub(super) const APPROVAL: &str = "approval";

/// What a note says that GitLab wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Happened {
    Approved,
    Unapproved,
    ChangesRequested,
    Ready,
    Draft,
    Other(&'static str),
}

fn happened(text: &str) -> Option<Happened> {
    Some(match text.trim() {
        "approved this merge request" => Happened::Approved,
        "unapproved this merge request" => Happened::Unapproved,
        "requested changes" => Happened::ChangesRequested,
        "marked this merge request as **ready**" | "unmarked as a **Work In Progress**" => {
            Happened::Ready
        }
        "marked this merge request as **draft**" | "marked as a **Work In Progress**" => {
            Happened::Draft
        }
        "reopened" => Happened::Other("reopened"),
        text if text.starts_with("requested review from") => Happened::Other("review_requested"),
        text if text.starts_with("enabled an automatic merge") => {
            Happened::Other("auto_merge_enabled")
        }
        text if text.starts_with("canceled the automatic merge") => {
            Happened::Other("auto_merge_disabled")
        }
        text if text.starts_with("started a merge train") => {
            Happened::Other("added_to_merge_queue")
        }
        text if text.starts_with("added this merge request to the merge train") => {
            Happened::Other("added_to_merge_queue")
        }
        text if text.starts_with("removed this merge request from the merge train") => {
            Happened::Other("removed_from_merge_queue")
        }
        _ => return None,
    })
}

/// Keeps a merge request of the API.
pub(super) fn merge_request(request: &MergeRequest<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(number) = request.iid.copied() else {
        return sink.note("a merge request has no `iid`");
    };
    let full = request.references.get().and_then(|references| references.full.text());
    let named = full.and_then(|full| full.rsplit_once('!')).map(|(repo, _)| repo);
    let url = request.web_url.text();
    let repo = sink.repo(said.or(named).or(url.and_then(repo_in_url)));
    let notes = Notes::new(request);
    let detailed = request.notes.get().is_some() || request.approvals.get().is_some();
    let first_review_at = notes.first_review(request, sink);
    let approvals = approvals(request, &notes);
    let merged_at = request.merged_at.copied();
    let given = approvals.iter().filter(|approval| approval.verdict == Verdict::Pass);
    let approved_at = given
        .filter_map(|approval| approval.at)
        .filter(|at| merged_at.is_none_or(|merged| *at <= merged))
        .max();
    let extra = ChangeRequest {
        observed_at: observed(request.updated_at.copied(), request.state.text())
            .map(|at| at.plus_millis(if detailed { PULLED_MS } else { 1 })),
        ready_at: notes.ready_at(request),
        first_review_at,
        approved_at,
        merged_at,
        closed_at: request.closed_at.copied().or(merged_at),
        ..ChangeRequest::default()
    };
    let row = keep(request, number, repo, &extra, sink);
    for approval in &approvals {
        verdict(approval, request, &row, &notes, sink);
    }
    signals(&notes, &row, sink);
}

/// Keeps what the webhook of a merge request tells, which is neither its approvals nor its notes.
pub(super) fn hook(body: &MergeRequestHook<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(request) = body.object_attributes.get() else {
        return sink.note("a merge request came without `object_attributes`");
    };
    let Some(number) = request.iid.copied() else {
        return sink.note("a merge request has no `iid`");
    };
    let repo = sink.repo(said.or(request.url.text().and_then(repo_in_url)));
    let at = request.updated_at.copied();
    let action = request.action.text();
    let extra = ChangeRequest {
        observed_at: observed(at, request.state.text()),
        merged_at: at.filter(|_| action == Some("merge")),
        closed_at: at.filter(|_| matches!(action, Some("merge" | "close"))),
        ..ChangeRequest::default()
    };
    let row = keep(request, number, repo, &extra, sink);
    let verdict_of = match action {
        Some("approved" | "approval") => Verdict::Pass,
        Some("unapproved" | "unapproval") => Verdict::Skip,
        _ => return,
    };
    let approval = Given { user: body.user.get(), at, verdict: verdict_of, by: By::Webhook };
    verdict(&approval, request, &row, &Notes::default(), sink);
}

/// Appends the row of a merge request; `times` holds what its two forms tell differently.
fn keep(
    request: &MergeRequest<'_>,
    number: i64,
    repo: Option<&str>,
    times: &ChangeRequest,
    sink: &mut Sink<'_>,
) -> ChangeRequest {
    let home = sink.home(repo);
    let native_id = match request.id.copied() {
        Some(id) => id.to_string(),
        None => format!("{}!{number}", repo.unwrap_or_default()),
    };
    let state = match request.state.text() {
        Some("merged") => ChangeState::Merged,
        Some("opened" | "locked") => ChangeState::Open,
        Some("closed") => ChangeState::Abandoned,
        _ => ChangeState::Unknown,
    };
    let native_status = match request.state.text() {
        Some("opened") if request.draft.copied() == Some(true) => Some("draft"),
        state => state,
    };
    let merge_sha = request.merge_commit_sha.text().or(request.squash_commit_sha.text());
    let head = request.sha.text().or(request.last_commit.get().and_then(|commit| commit.id.text()));
    // A fast-forward merge makes no commit: the head itself is in the target.
    let merge_sha = merge_sha.or(head).filter(|_| state == ChangeState::Merged);
    let author = User { id: request.author_id.clone(), ..User::default() };
    let row = ChangeRequest {
        id: sink.id("change_requests", &native_id, None),
        source: home.source,
        service: home.service,
        url: sink.name(request.web_url.text().or(request.url.text())),
        native_status: sink.name(native_status),
        repo: home.repo,
        number: Some(number),
        author_key: person(request.author.get().or(Some(&author)), sink),
        opened_at: request.created_at.copied(),
        state,
        merge_sha: sink.name(merge_sha),
        head_sha: sink.name(head),
        target: sink.name(request.target_branch.text()),
        revert_of: sink.name(reverted(request.title.text(), request.description.text())),
        cherry_pick_of: sink.name(picked(request.description.text())),
        ..*times
    };
    sink.facts().change_requests.push(row);
    row
}

/// From where an approval's time is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Field,
    Note,
    Webhook,
}

/// An approval, or that it was taken back.
struct Given<'p, 'd> {
    user: Option<&'p User<'d>>,
    at: Option<Timestamp>,
    verdict: Verdict,
    by: By,
}

/// Returns the last word of each person: the list of approvals, its times from notes where it has
/// none, and what notes tell of approvals that are gone.
fn approvals<'p, 'd>(request: &'p MergeRequest<'d>, notes: &Notes<'p, 'd>) -> Vec<Given<'p, 'd>> {
    let mut last: BTreeMap<i64, Given<'p, 'd>> = BTreeMap::new();
    for (note, what) in &notes.told {
        let verdict = match what {
            Happened::Approved => Verdict::Pass,
            Happened::Unapproved => Verdict::Skip,
            Happened::ChangesRequested => Verdict::Fail,
            _ => continue,
        };
        let user = note.author.get();
        let Some(id) = user.and_then(|user| user.id.copied()) else { continue };
        let at = note.created_at.copied();
        last.insert(id, Given { user, at, verdict, by: By::Note });
    }
    let Some(list) = request.approvals.get() else { return last.into_values().collect() };
    let mut now = Vec::new();
    for approval in list.approved_by.items() {
        let user = approval.user.get();
        let Some(id) = user.and_then(|user| user.id.copied()) else { continue };
        now.push(id);
        let noted = last.get(&id).filter(|given| given.verdict == Verdict::Pass);
        let given = match (approval.approved_at.copied(), noted.and_then(|given| given.at)) {
            (Some(at), _) => Given { user, at: Some(at), verdict: Verdict::Pass, by: By::Field },
            (None, at) => Given { user, at, verdict: Verdict::Pass, by: By::Note },
        };
        last.insert(id, given);
    }
    // A push may take approvals back without a word.
    for (id, given) in &mut last {
        if given.verdict == Verdict::Pass && !now.contains(id) {
            given.verdict = Verdict::Skip;
        }
    }
    last.into_values().collect()
}

fn verdict(
    given: &Given<'_, '_>,
    request: &MergeRequest<'_>,
    of: &ChangeRequest,
    notes: &Notes<'_, '_>,
    sink: &mut Sink<'_>,
) {
    let who = given.user.and_then(|user| user.id.copied()).unwrap_or_default();
    let native_id = format!("approval/{}/{who}", request.id.copied().unwrap_or_default());
    let name = given.user.and_then(|user| user.username.text());
    let asked = name.and_then(|name| notes.asked(name, given.at));
    let decided = match given.by {
        By::Field => "approved_at",
        By::Note => "system note",
        By::Webhook => "webhook",
    };
    let (asked_at, how, confidence) = match (asked, of.ready_at, given.by) {
        (Some(asked), _, _) => (Some(asked), "review request", 95),
        (None, Some(ready), _) => (Some(ready), "taken to be asked when ready", 80),
        (None, None, _) => (None, "not told when asked", 80),
    };
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", &native_id, None),
        source: of.source,
        service: of.service,
        observed_at: of.observed_at,
        url: of.url,
        native_status: sink.name(Some(match given.verdict {
            Verdict::Pass => "approved",
            Verdict::Fail => "requested changes",
            _ => "unapproved",
        })),
        gate: sink.name(Some(APPROVAL)),
        gate_kind: GateKind::Approval,
        subject_kind: SubjectKind::Change,
        subject: sink.number(of.number),
        repo: of.repo,
        sha: of.head_sha,
        change_number: of.number,
        asked_at: asked_at.filter(|asked| given.at.is_none_or(|at| *asked <= at)),
        decided_at: given.at,
        verdict: given.verdict,
        decided_by_kind: actor_kind(given.user, sink),
        decider_key: person(given.user, sink),
        method: sink.name(Some(&format!("{decided}; {how}"))),
        confidence: Some(confidence),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}

/// The notes of a merge request in the order of time.
#[derive(Default)]
struct Notes<'p, 'd> {
    all: Vec<&'p Note<'d>>,
    told: Vec<(&'p Note<'d>, Happened)>,
}

impl<'p, 'd> Notes<'p, 'd> {
    fn new(request: &'p MergeRequest<'d>) -> Self {
        let mut all: Vec<&Note<'d>> = request.notes.items().collect();
        all.sort_by_key(|note| (note.created_at.copied(), note.id.copied()));
        let told = all.iter().filter(|note| note.system.copied() == Some(true));
        let told = told.filter_map(|note| Some((*note, happened(note.body.text()?)?))).collect();
        Self { all, told }
    }

    /// Returns when the request was last made ready; one that never was a draft was from its begin.
    fn ready_at(&self, request: &MergeRequest<'_>) -> Option<Timestamp> {
        let last = self.told.iter().rev().find_map(|(note, what)| match what {
            Happened::Ready => Some(note.created_at.copied()),
            Happened::Draft => Some(None),
            _ => None,
        });
        let known = request.notes.get().is_some() && request.draft.copied() != Some(true);
        last.unwrap_or_else(|| request.created_at.copied().filter(|_| known))
    }

    /// Returns when another person first wrote or decided something.
    fn first_review(&self, request: &MergeRequest<'_>, sink: &Sink<'_>) -> Option<Timestamp> {
        let id = |user: Option<&User<'_>>| user.and_then(|user| user.id.copied());
        let author = id(request.author.get()).or(request.author_id.copied());
        let reviews = self.all.iter().filter(|note| {
            let own = note.system.copied() != Some(true);
            let decided = note.body.text().and_then(happened);
            own || matches!(decided, Some(Happened::Approved | Happened::ChangesRequested))
        });
        let others = reviews.filter(|note| {
            let user = note.author.get();
            id(user).is_some() && id(user) != author && actor_kind(user, sink) == ActorKind::Human
        });
        let approvals = request.approvals.get();
        let approved = approvals.into_iter().flat_map(|list| list.approved_by.items());
        let approved = approved.filter(|approval| id(approval.user.get()) != author);
        others
            .filter_map(|note| note.created_at.copied())
            .chain(approved.filter_map(|approval| approval.approved_at.copied()))
            .min()
    }

    /// Returns when `name` was last asked to review before `at`.
    fn asked(&self, name: &str, at: Option<Timestamp>) -> Option<Timestamp> {
        let asks = self.told.iter().filter(|(note, what)| {
            let text = note.body.text().unwrap_or_default();
            let mentioned = text.split('@').skip(1).any(|rest| {
                let end = rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len());
                rest.get(..end) == Some(name)
            });
            *what == Happened::Other("review_requested") && mentioned
        });
        let times = asks.filter_map(|(note, _)| note.created_at.copied());
        times.filter(|asked| at.is_none_or(|at| *asked <= at)).max()
    }
}

/// Keeps what happened to a merge request beside its states.
fn signals(notes: &Notes<'_, '_>, of: &ChangeRequest, sink: &mut Sink<'_>) {
    let home = Home { source: of.source, service: of.service, repo: of.repo };
    for (note, what) in &notes.told {
        let kind = match what {
            Happened::Ready => "ready_for_review",
            Happened::Draft => "converted_to_draft",
            Happened::Other(kind) => kind,
            Happened::Approved | Happened::Unapproved | Happened::ChangesRequested => continue,
        };
        let Some(id) = note.id.copied() else { continue };
        let row = Signal {
            id: sink.id("signals", &format!("note/{id}"), None),
            source: home.source,
            service: home.service,
            observed_at: note.created_at.copied(),
            url: of.url,
            channel: sink.name(Some("gitlab")),
            kind: sink.name(Some(kind)),
            said_at: note.created_at.copied(),
            thread: sink.number(of.number),
            author_key: person(note.author.get(), sink),
            ..Signal::default()
        };
        sink.facts().signals.push(row);
    }
}
