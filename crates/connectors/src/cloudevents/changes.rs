//! Changes of source code, and approvals.
//!
//! Owns: what a review or an approval in CDEvents can say, and what it leaves open.

use aftercast_model::{
    ActorKind, ChangeRequest, ChangeState, GateEvaluation, GateKind, SubjectKind, Verdict,
};

use crate::cloudevents::event::Story;
use crate::cloudevents::home::home;
use crate::rules::Clue;
use crate::sink::Sink;

/// What the method column says.
const METHOD: &str = "approval events";
/// Events are dated when something happened, by the clock of whoever sent them.
const CONFIDENCE: i64 = 90;

/// Returns the number at the end of what a change is called: `shop/pull/12`, `MR-12`, `!12`.
fn number(name: &str) -> Option<i64> {
    let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let text = name.get(name.len() - digits..)?;
    text.parse().ok().filter(|number| *number > 0)
}

/// Keeps a change, and that it was reviewed.
pub(super) fn change(story: &Story<'_, '_>, sink: &mut Sink<'_>) {
    let home = home(story, &Clue { kind: "repository", name: "" }, sink);
    let number = story.extra(|extra| extra.change.copied()).or_else(|| number(story.name));
    let reviewed_at = story.at("reviewed");
    for review in
        story.events().iter().filter(|event| event.words() == Some(("change", "reviewed")))
    {
        let native_id = format!("review/{}/{}", story.native_id, review.id);
        let row = GateEvaluation {
            id: sink.id("gate_evaluations", &native_id, None),
            source: home.source,
            service: home.service,
            observed_at: review.at,
            url: sink.name(story.url()),
            native_status: sink.name(Some("reviewed")),
            gate: sink.name(Some("review")),
            gate_kind: GateKind::Approval,
            subject_kind: SubjectKind::Change,
            subject: sink.name(Some(story.name)),
            repo: home.repo,
            change_number: number,
            decided_at: review.at,
            // The event does not say what the review said.
            verdict: Verdict::Unknown,
            method: sink.name(Some("change.reviewed event")),
            confidence: Some(CONFIDENCE),
            ..GateEvaluation::default()
        };
        sink.facts().gate_evaluations.push(row);
    }
    let merged_at = story.at("merged");
    let abandoned_at = story.at("abandoned");
    let opened_at = story.at("created").or(story.extra(|extra| extra.opened_at.copied()));
    // An update alone knows nothing that a row could hold, and would hide what is known.
    if merged_at.or(abandoned_at).or(opened_at).is_none() {
        return;
    }
    let row = ChangeRequest {
        id: sink.id("change_requests", &story.native_id, None),
        source: home.source,
        service: home.service,
        observed_at: story.observed_at(),
        url: sink.name(story.url()),
        native_status: sink.name(Some(story.predicate())),
        repo: home.repo,
        number,
        opened_at,
        first_review_at: reviewed_at,
        merged_at,
        closed_at: merged_at.or(abandoned_at),
        state: match (merged_at, abandoned_at) {
            (Some(_), _) => ChangeState::Merged,
            (None, Some(_)) => ChangeState::Abandoned,
            (None, None) => ChangeState::Open,
        },
        merge_sha: sink.name(story.extra(|extra| extra.sha.text()).filter(|_| merged_at.is_some())),
        ..ChangeRequest::default()
    };
    sink.facts().change_requests.push(row);
}

/// Returns what an address that an approval is asked for points to.
fn target(url: &str) -> (SubjectKind, &str) {
    let mut segments = url.trim_end_matches('/').split(['/', '?', '#']);
    while let Some(segment) = segments.next() {
        let kind = match segment {
            "pull" | "pulls" | "merge_requests" | "pull-requests" => SubjectKind::Change,
            "commit" | "commits" => SubjectKind::Sha,
            "runs" | "pipelines" | "pipelineruns" | "builds" => SubjectKind::Run,
            "deployments" => SubjectKind::Deployment,
            _ => continue,
        };
        if let Some(name) = segments.next().filter(|name| !name.is_empty()) {
            return (kind, name);
        }
    }
    (SubjectKind::Unknown, url)
}

/// Keeps an approval: asked, answered, or both.
pub(super) fn approval(story: &Story<'_, '_>, sink: &mut Sink<'_>) {
    let about = story.said(|content| content.resource_target_url.text());
    let (subject_kind, subject) = about.map_or((SubjectKind::Unknown, ""), target);
    let home = home(story, &Clue { kind: "approval", name: "" }, sink);
    let status = story.said(|content| content.status.text());
    let decision = story.said(|content| content.decision.text());
    let closed_at = story.at("closed");
    let verdict = match (closed_at, status.or(decision)) {
        (None, _) => Verdict::Pending,
        (Some(_), Some("approved")) => Verdict::Pass,
        (Some(_), Some("rejected")) => Verdict::Fail,
        (Some(_), Some("cancelled")) => Verdict::Skip,
        (Some(_), Some("expired")) => Verdict::Timeout,
        _ => Verdict::Unknown,
    };
    let responder = story.said(|content| content.responder.text());
    let answered = responder.filter(|_| closed_at.is_some());
    let is_program = answered.is_some_and(|name| sink.context().rules.is_program(last_part(name)));
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", &format!("approval/{}", story.native_id), None),
        source: home.source,
        service: home.service,
        observed_at: story.observed_at(),
        url: sink.name(story.said(|content| content.approval_details_url.text())),
        native_status: sink.name(status.or(decision).or(Some(story.predicate()))),
        gate: sink.name(story.extra(|extra| extra.gate.text()).or(Some("approval"))),
        gate_kind: GateKind::Approval,
        subject_kind,
        subject: sink.name(Some(subject).filter(|subject| !subject.is_empty())),
        repo: home.repo,
        sha: sink.name(
            Some(subject)
                .filter(|_| subject_kind == SubjectKind::Sha)
                .or(story.extra(|extra| extra.sha.text())),
        ),
        change_number: match subject_kind {
            SubjectKind::Change => number(subject),
            _ => story.extra(|extra| extra.change.copied()),
        },
        asked_at: story.at("created").or(story.extra(|extra| extra.asked_at.copied())),
        decided_at: closed_at,
        verdict,
        blocking: Some(true),
        could_fail: Some(true),
        decided_by_kind: match (answered, is_program) {
            (None, _) => ActorKind::Unknown,
            (Some(_), true) => ActorKind::Bot,
            (Some(_), false) => ActorKind::Human,
        },
        decider_key: sink.person(answered, is_program),
        method: sink.name(Some(METHOD)),
        confidence: Some(CONFIDENCE),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}

/// Returns the account in `https://github.com/alice` and `mailto:alice`.
fn last_part(uri: &str) -> &str {
    uri.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_approved_is_read_from_its_address() {
        for (url, expected) in [
            ("https://github.com/acme/shop/pull/12", (SubjectKind::Change, "12")),
            ("https://gl.acme.example/a/b/-/merge_requests/7/", (SubjectKind::Change, "7")),
            ("https://github.com/acme/shop/commit/a1b2", (SubjectKind::Sha, "a1b2")),
            ("https://github.com/acme/shop/actions/runs/9?pr=1", (SubjectKind::Run, "9")),
            (
                "https://acme.example/releases/1",
                (SubjectKind::Unknown, "https://acme.example/releases/1"),
            ),
            ("https://acme.example/runs", (SubjectKind::Unknown, "https://acme.example/runs")),
        ] {
            assert_eq!(target(url), expected, "{url}");
        }
    }

    #[test]
    fn a_change_has_the_number_at_its_end() {
        for (name, expected) in [
            ("MR-12", Some(12)),
            ("acme/shop/pull/7", Some(7)),
            ("!3", Some(3)),
            ("feature", None),
            ("0", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(number(name), expected, "{name}");
        }
        assert_eq!(last_part("https://github.com/renovate[bot]"), "renovate[bot]");
        assert_eq!(last_part("mailto:alice@acme.example"), "alice@acme.example");
    }
}
