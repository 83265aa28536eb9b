//! Pull requests, with the activity, the commit and the statuses that were attached to them.
//!
//! Owns: change requests, approvals and statuses as verdicts. When a pull request was merged only
//! its activity tells, and its webhook.

use std::collections::BTreeMap;

use aftercast_model::{
    ActorKind, ChangeRequest, ChangeState, GateEvaluation, GateKind, SubjectKind, Timestamp,
    Verdict,
};

use crate::bitbucket::objects::{Account, PullRequest, Status, Webhook};
use crate::bitbucket::states::{PULLED_MS, actor_kind, identity, person, repo_in_url};
use crate::reverts::{picked, reverted};
use crate::sink::Sink;

/// Keeps a pull request. `event` is its webhook's, where one brought it.
pub(super) fn pull_request(
    pull: &PullRequest<'_>,
    event: Option<&str>,
    said: Option<&str>,
    sink: &mut Sink<'_>,
) -> Option<ChangeRequest> {
    let Some(number) = pull.id.copied() else {
        sink.note("a pull request has no `id`");
        return None;
    };
    let html = pull.links.get().and_then(|links| links.html.get());
    let url = html.and_then(|link| link.href.text());
    let destination = pull.destination.get();
    let own = destination.and_then(|end| end.repository.get()).and_then(|one| one.full_name.text());
    let repo = sink.repo(own.or(said).or(url.and_then(repo_in_url)));
    let home = sink.home(repo);
    let state = match pull.state.text() {
        Some("MERGED") => ChangeState::Merged,
        Some("OPEN") => ChangeState::Open,
        Some("DECLINED" | "SUPERSEDED") => ChangeState::Abandoned,
        _ => ChangeState::Unknown,
    };
    let updates = || pull.activity.items().filter_map(|one| one.update.get());
    let reached = |word: &str| {
        let dates = updates().filter(|update| update.state.text() == Some(word));
        dates.filter_map(|update| update.date.copied()).min()
    };
    let updated_at = pull.updated_on.copied();
    // Later comments move `updated_on`, so that it is the moment only in the webhook of the end.
    let by_hook =
        |events: &[&str]| updated_at.filter(|_| event.is_some_and(|own| events.contains(&own)));
    let merged_at = reached("MERGED")
        .or(by_hook(&["pullrequest:fulfilled"]))
        .filter(|_| state == ChangeState::Merged);
    let declined_at =
        reached("DECLINED").or(reached("SUPERSEDED")).or(by_hook(&["pullrequest:rejected"]));
    let draft = pull.draft.copied() == Some(true);
    let words = words(pull);
    let given =
        words.iter().filter(|word| word.verdict == Verdict::Pass).filter_map(|word| word.at);
    let approved_at = given.filter(|at| merged_at.is_none_or(|merged| *at <= merged)).max();
    let detailed = pull.activity.get().is_some();
    let rank = i64::from(state != ChangeState::Open);
    let head = pull.source.get();
    // Pull requests cut hashes to twelve digits; the commit itself has all of them.
    let merge = pull.merge.get().or(pull.merge_commit.get()).and_then(|commit| commit.hash.text());
    let row = ChangeRequest {
        id: sink.id("change_requests", &format!("{}#{number}", repo.unwrap_or_default()), None),
        source: home.source,
        service: home.service,
        observed_at: updated_at
            .map(|at| at.plus_millis(rank + if detailed { PULLED_MS } else { 0 })),
        url: sink.name(url),
        native_status: sink.name(if draft { Some("DRAFT") } else { pull.state.text() }),
        repo: home.repo,
        number: Some(number),
        author_key: person(pull.author.get(), sink),
        opened_at: pull.created_on.copied(),
        ready_at: None,
        first_review_at: first_review(pull, sink),
        approved_at,
        merged_at,
        closed_at: merged_at.or(declined_at.filter(|_| state == ChangeState::Abandoned)),
        state,
        merge_sha: sink.name(merge.filter(|_| state == ChangeState::Merged)),
        head_sha: sink.name(head.and_then(|end| end.commit.get()).and_then(|one| one.hash.text())),
        target: sink
            .name(destination.and_then(|end| end.branch.get()).and_then(|one| one.name.text())),
        revert_of: sink.name(reverted(pull.title.text(), pull.description.text())),
        cherry_pick_of: sink.name(picked(pull.description.text())),
        ..ChangeRequest::default()
    };
    sink.facts().change_requests.push(row);
    for word in &words {
        verdict(word, &row, repo, sink);
    }
    for one in pull.statuses.items() {
        status(one, repo, sink);
    }
    Some(row)
}

/// Keeps the approval that the webhook of a pull request tells.
pub(super) fn hook(
    body: &Webhook<'_>,
    event: Option<&str>,
    of: &ChangeRequest,
    repo: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let taken_back =
        matches!(event, Some("pullrequest:unapproved" | "pullrequest:changes_request_removed"));
    for (word, verdict_of) in
        [(&body.approval, Verdict::Pass), (&body.changes_request, Verdict::Fail)]
    {
        let Some(word) = word.get() else { continue };
        let verdict_of = if taken_back { Verdict::Skip } else { verdict_of };
        let word = Word { user: word.user.get(), at: word.date.copied(), verdict: verdict_of };
        verdict(&word, of, sink.repo(repo), sink);
    }
}

/// The last word of a person about a pull request.
struct Word<'p, 'd> {
    user: Option<&'p Account<'d>>,
    at: Option<Timestamp>,
    verdict: Verdict,
}

/// Returns the last word of each person; one that the list of participants does not know any more was
/// taken back.
fn words<'p, 'd>(pull: &'p PullRequest<'d>) -> Vec<Word<'p, 'd>> {
    let mut last: BTreeMap<&str, Word<'p, 'd>> = BTreeMap::new();
    for one in pull.activity.items() {
        for (word, verdict) in
            [(&one.approval, Verdict::Pass), (&one.changes_requested, Verdict::Fail)]
        {
            let Some(word) = word.get() else { continue };
            let (user, at) = (word.user.get(), word.date.copied());
            let Some(id) = identity(user) else { continue };
            if last.get(id).is_none_or(|known| known.at <= at) {
                last.insert(id, Word { user, at, verdict });
            }
        }
    }
    if pull.participants.get().is_some() {
        for participant in pull.participants.items() {
            let Some(id) = identity(participant.user.get()) else { continue };
            if participant.state.text().is_none()
                && let Some(word) = last.get_mut(id)
            {
                word.verdict = Verdict::Skip;
            }
        }
    }
    last.into_values().collect()
}

fn first_review(pull: &PullRequest<'_>, sink: &Sink<'_>) -> Option<Timestamp> {
    let author = identity(pull.author.get());
    let seen = pull.activity.items().filter_map(|one| {
        let comment = one.comment.get().filter(|comment| comment.deleted.copied() != Some(true));
        let word = one.approval.get().or(one.changes_requested.get());
        word.map(|word| (word.user.get(), word.date.copied()))
            .or(comment.map(|comment| (comment.user.get(), comment.created_on.copied())))
    });
    let others = seen.filter(|(user, _)| {
        identity(*user).is_some()
            && identity(*user) != author
            && actor_kind(*user, sink) != ActorKind::Bot
    });
    others.filter_map(|(_, at)| at).min()
}

fn verdict(word: &Word<'_, '_>, of: &ChangeRequest, repo: Option<&str>, sink: &mut Sink<'_>) {
    let number = of.number.unwrap_or_default();
    let who = identity(word.user).unwrap_or_default();
    let native_id = format!("approval/{}#{number}/{who}", repo.unwrap_or_default());
    let asked_at = of.opened_at.filter(|asked| word.at.is_none_or(|at| *asked <= at));
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", &native_id, None),
        source: of.source,
        service: of.service,
        observed_at: of.observed_at,
        url: of.url,
        native_status: sink.name(Some(match word.verdict {
            Verdict::Pass => "approved",
            Verdict::Fail => "changes_requested",
            _ => "taken back",
        })),
        gate: sink.name(Some("approval")),
        gate_kind: GateKind::Approval,
        subject_kind: SubjectKind::Change,
        subject: sink.number(of.number),
        repo: of.repo,
        sha: of.head_sha,
        change_number: of.number,
        asked_at,
        decided_at: word.at,
        verdict: word.verdict,
        decided_by_kind: actor_kind(word.user, sink),
        decider_key: person(word.user, sink),
        method: sink.name(Some("approval date; taken to be asked when opened")),
        confidence: Some(80),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}

/// Keeps what another system says of a commit.
pub(super) fn status(status: &Status<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let url = status.url.text();
    if url
        .is_some_and(|url| url.contains("/addon/pipelines/") || url.contains("/pipelines/results/"))
    {
        return sink.nothing("status", "Pipelines sends it; its pipeline is pulled");
    }
    let Some(key) = status.key.text() else { return sink.note("a status has no `key`") };
    let links = status.links.get();
    let link = links.and_then(|links| links.commit.get()).and_then(|link| link.href.text());
    let by_link = link.and_then(|href| href.rsplit('/').next());
    let sha = by_link.or(status.commit.get().and_then(|commit| commit.hash.text()));
    let repo = sink.repo(said.or(link.and_then(repo_in_url)));
    let home = sink.home(repo);
    let state = status.state.text();
    let pending = state == Some("INPROGRESS");
    let (created_at, at) = (status.created_on.copied(), status.updated_on.copied());
    let native_id =
        format!("status/{}/{}/{key}", repo.unwrap_or_default(), sha.unwrap_or_default());
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", &native_id, None),
        source: home.source,
        service: home.service,
        observed_at: at.or(created_at).map(|at| at.plus_millis(i64::from(!pending))),
        url: sink.name(url),
        native_status: sink.name(state),
        gate: sink.name(status.name.text().or(Some(key))),
        gate_kind: GateKind::Check,
        subject_kind: SubjectKind::Sha,
        subject: sink.name(sha),
        repo: home.repo,
        sha: sink.name(sha),
        asked_at: created_at,
        decided_at: at.filter(|_| !pending),
        verdict: match state {
            Some("SUCCESSFUL") => Verdict::Pass,
            Some("FAILED") => Verdict::Fail,
            Some("STOPPED") => Verdict::Skip,
            Some("INPROGRESS") => Verdict::Pending,
            _ => Verdict::Unknown,
        },
        decided_by_kind: ActorKind::Bot,
        method: sink.name(Some("commit status times")),
        confidence: Some(90),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}
