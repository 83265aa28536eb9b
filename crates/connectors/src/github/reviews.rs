//! Reviews of pull requests: verdicts of people, and what they tell of the pull request.
//!
//! Owns: who counts as another person, when a review was asked for. Must not know rows of pull
//! requests.

use aftercast_model::{ActorKind, GateEvaluation, GateKind, SubjectKind, Timestamp, Verdict};

use crate::github::accounts::{actor_kind, fact_id, person, repo_in_url, segment_after};
use crate::github::changes::repo_of;
use crate::github::objects::{Account, PullRequest, Review};
use crate::sink::Sink;

/// What reviews and timeline tell of a pull request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Times {
    /// When it was ready for review.
    pub(super) ready_at: Option<Timestamp>,
    /// When another person first said something.
    pub(super) first_review_at: Option<Timestamp>,
    /// When the last approval before the merge was given.
    pub(super) approved_at: Option<Timestamp>,
}

/// Returns the times that lie inside of `pull`; nothing of what does not lie inside.
pub(super) fn times(pull: &PullRequest<'_>) -> Times {
    let author = pull.user.get().and_then(|user| user.login.text());
    let other = |user: Option<&Account<'_>>| {
        let login = user.and_then(|user| user.login.text());
        login.is_some() && login != author && actor_kind(user) != ActorKind::Bot
    };
    let merged_at = pull.merged_at.copied();
    let state = |review: &Review<'_>| review.state.text().unwrap_or_default().to_ascii_lowercase();
    let reviews: Vec<(&Review<'_>, Timestamp)> = pull
        .reviews
        .items()
        .filter(|review| other(review.user.get()))
        .filter_map(|review| Some((review, review.submitted_at.copied()?)))
        .collect();
    let comments = pull
        .timeline
        .items()
        .filter(|event| event.event.text() == Some("commented"))
        .filter(|event| other(event.actor.get()))
        .filter_map(|event| event.created_at.copied());
    let approvals = reviews
        .iter()
        .filter(|(review, at)| {
            state(review) == "approved" && merged_at.is_none_or(|merged| *at <= merged)
        })
        .map(|(_, at)| *at);
    Times {
        ready_at: ready_at(pull),
        first_review_at: reviews.iter().map(|(_, at)| *at).chain(comments).min(),
        approved_at: approvals.max(),
    }
}

/// Returns when `pull` was first ready: where its timeline begins with a change into a draft, or has
/// none, it was from the beginning.
fn ready_at(pull: &PullRequest<'_>) -> Option<Timestamp> {
    pull.timeline.get()?;
    let mut turns: Vec<(Timestamp, bool)> = pull
        .timeline
        .items()
        .filter_map(|event| match event.event.text() {
            Some("ready_for_review") => Some((event.created_at.copied()?, true)),
            Some("convert_to_draft" | "converted_to_draft") => {
                Some((event.created_at.copied()?, false))
            }
            _ => None,
        })
        .collect();
    turns.sort_unstable();
    match turns.first() {
        Some((at, true)) => Some(*at),
        None if pull.draft.copied() == Some(true) => None,
        Some((_, false)) | None => pull.created_at.copied(),
    }
}

/// Returns when `reviewer` was last asked before `decided_at`, as the timeline inside of `pull`
/// tells; where only a team was asked, when the team was.
fn asked_at(
    pull: &PullRequest<'_>,
    reviewer: Option<&Account<'_>>,
    decided_at: Option<Timestamp>,
) -> Option<Timestamp> {
    let login = reviewer.and_then(|reviewer| reviewer.login.text())?;
    let asked = |own: bool| {
        pull.timeline
            .items()
            .filter(|event| event.event.text() == Some("review_requested"))
            .filter(|event| match event.requested_reviewer.get() {
                Some(asked) => own && asked.login.text() == Some(login),
                None => !own,
            })
            .filter_map(|event| event.created_at.copied())
            .filter(|at| decided_at.is_some_and(|decided| *at <= decided))
            .max()
    };
    asked(true).or_else(|| asked(false))
}

/// Keeps a review as the verdict of an approval gate.
pub(super) fn review(
    review: &Review<'_>,
    pull: Option<&PullRequest<'_>>,
    said: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let Some(id) = review.id.copied() else { return sink.note("a review has no `id`") };
    let state = review.state.text().unwrap_or_default().to_ascii_lowercase();
    if state == "pending" {
        return sink.nothing("review", "it is a draft that nobody has seen");
    }
    let pull_url = review.pull_request_url.text().or(review.html_url.text());
    let number = pull.and_then(|pull| pull.number.copied()).or_else(|| {
        let number = pull_url
            .and_then(|url| segment_after(url, "pulls").or_else(|| segment_after(url, "pull")));
        number.and_then(|number| number.parse().ok())
    });
    let repo = said.or(pull.and_then(repo_of)).or(pull_url.and_then(repo_in_url));
    let repo = sink.repo(repo);
    let home = sink.home(repo);
    let user = review.user.get();
    let decided_at = review.submitted_at.copied();
    let asked_at = pull.and_then(|pull| asked_at(pull, user, decided_at));
    let row = GateEvaluation {
        id: fact_id("gate_evaluations", &format!("review/{id}"), None),
        source: home.source,
        service: home.service,
        // A dismissal changes the state of a review, never its time.
        observed_at: decided_at.map(|at| {
            at.plus_millis(2 * i64::from(state == "dismissed") + i64::from(asked_at.is_some()))
        }),
        url: sink.name(review.html_url.text()),
        native_status: sink.name(Some(&state)),
        gate: sink.name(Some("review")),
        gate_kind: GateKind::Approval,
        subject_kind: SubjectKind::Change,
        subject: sink.number(number),
        repo: home.repo,
        sha: sink.name(review.commit_id.text()),
        change_number: number,
        asked_at,
        decided_at,
        verdict: match state.as_str() {
            "approved" => Verdict::Pass,
            "changes_requested" => Verdict::Fail,
            "commented" => Verdict::Warn,
            "dismissed" => Verdict::Skip,
            _ => Verdict::Unknown,
        },
        decided_by_kind: actor_kind(user),
        decider_key: person(sink, user),
        method: sink.name(Some(if asked_at.is_some() {
            "review_requested to submitted_at"
        } else {
            "review submitted_at"
        })),
        confidence: decided_at.map(|_| 100),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}
