//! Votes → gate evaluations.
//!
//! Gerrit shows only the last vote of each person; the messages keep all of them, also those on
//! revisions before the last.

use aftercast_model::{ActorKind, GateEvaluation, GateKind, Name, SubjectKind, Timestamp, Verdict};

use crate::gerrit::change::Change;
use crate::gerrit::messages::{Vote, votes};
use crate::gerrit::{Said, Shared};
use crate::source::Output;

/// The label by which people approve.
const REVIEW: &str = "Code-Review";

/// How far the times of a vote can be trusted, in percent: the answer is exact, the question is taken
/// to be the upload.
const CONFIDENCE: i64 = 80;

/// Returns when the approval was given that let the change in: the last full approval at or before
/// the merge, by whomever.
pub(super) fn approved_at(
    change: &Change<'_>,
    shared: &Shared<'_>,
    said: &[Said<'_>],
) -> Option<Timestamp> {
    let merged_at = shared.merged_at?;
    let full = full_vote(change, said, REVIEW);
    let approves =
        |said: &&Said<'_>| said_votes(said).any(|vote| vote.label == REVIEW && vote.value >= full);
    said.iter().filter(|said| said.at <= merged_at).filter(approves).last().map(|said| said.at)
}

/// Appends an evaluation for each vote.
pub(super) fn push(
    change: &Change<'_>,
    shared: &Shared<'_>,
    said: &[Said<'_>],
    output: &mut Output,
) {
    let mut known: Vec<(&str, i64)> = Vec::new();
    for one in said {
        for vote in said_votes(one) {
            let full = known.iter().find(|(label, _)| *label == vote.label).map(|(_, full)| *full);
            let full = full.unwrap_or_else(|| {
                let full = full_vote(change, said, vote.label);
                known.push((vote.label, full));
                full
            });
            push_vote(change, shared, one, &vote, full, output);
        }
    }
}

fn said_votes<'s>(said: &'s Said<'_>) -> impl Iterator<Item = Vote<'s>> {
    said.heading.into_iter().flat_map(votes)
}

/// Returns the vote that lets a change in: the label's highest where the record tells it, 2 for
/// reviews, else the highest that anybody gave on this change (a Verified that only knows +1).
fn full_vote(change: &Change<'_>, said: &[Said<'_>], label: &str) -> i64 {
    let described = change.labels.0.iter().find(|(name, _)| name.0 == label);
    let range = described
        .and_then(|(_, label)| label.as_ref())
        .into_iter()
        .flat_map(|label| &label.values.0);
    let highest = range.filter_map(|(value, _)| value.0.trim().parse::<i64>().ok()).max();
    if let Some(highest) = highest.filter(|highest| *highest > 0) {
        return highest;
    }
    if label == REVIEW {
        return 2;
    }
    let given = said.iter().flat_map(said_votes).filter(|vote| vote.label == label);
    given.map(|vote| vote.value.saturating_abs()).max().unwrap_or(1).max(1)
}

fn push_vote(
    change: &Change<'_>,
    shared: &Shared<'_>,
    said: &Said<'_>,
    vote: &Vote<'_>,
    full: i64,
    output: &mut Output,
) {
    let owner = change.owner.as_ref().map_or("", |owner| owner.id.0.as_ref());
    let own = !owner.is_empty() && said.author.is_some_and(|author| author.id.0 == owner);
    let verdict = match vote.value {
        value if value >= full => Verdict::Pass,
        1.. => Verdict::Warn,
        0 => return,
        _ => Verdict::Fail,
    };
    let (gate_kind, decided_by_kind) = match said.is_bot {
        true => (GateKind::Check, ActorKind::Bot),
        false => (GateKind::Approval, ActorKind::Human),
    };
    let described = change.labels.0.iter().find(|(name, _)| name.0 == vote.label);
    let optional = described.and_then(|(_, label)| label.as_ref()?.optional);
    let usual = matches!(vote.label, REVIEW | "Verified").then_some(true);
    let revision = said.revision;
    let subject = match revision {
        Some(revision) => format!("{}/{revision}", shared.number),
        None => shared.number.to_string(),
    };
    let names = &mut output.facts.names;
    let asked_at = shared.uploaded_at(revision).filter(|asked| *asked <= said.at);
    let row = GateEvaluation {
        id: shared.id("gate_evaluations", &format!("{}/{}", said.key, vote.label)),
        source: shared.source,
        service: shared.service,
        observed_at: shared.observed_at,
        url: Name::NONE,
        native_status: names.intern(&format!("{:+}", vote.value)),
        gate: names.intern(vote.label),
        gate_kind,
        subject_kind: SubjectKind::Change,
        subject: names.intern(&subject),
        repo: shared.repo,
        sha: shared.sha_of(revision),
        change_number: Some(shared.number),
        revision,
        asked_at,
        decided_at: Some(said.at),
        verdict,
        blocking: optional.map(|optional| !optional).or(usual),
        // Whether people can refuse their own change is not known.
        could_fail: if own && !said.is_bot { None } else { Some(true) },
        decided_by_kind,
        decider_key: said.author_key,
        method: names.intern("vote message; asked at the upload"),
        confidence: Some(if asked_at.is_some() { CONFIDENCE } else { 100 }),
    };
    output.facts.gate_evaluations.push(row);
}
