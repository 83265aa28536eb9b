//! Votes → gate evaluations.
//!
//! Gerrit shows only the last vote of each person; the messages keep all of them, also those on
//! revisions before the last.

use std::collections::BTreeMap;

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

/// What is known of the labels of a change.
struct Label {
    /// The vote that lets a change in.
    full: i64,
    /// Whether the change may go in without it.
    optional: Option<bool>,
}

/// Returns when the approval was given that let the change in: the last full approval at or before
/// the merge, by whomever.
pub(super) fn approved_at(
    change: &Change<'_>,
    shared: &Shared<'_>,
    said: &[Said<'_>],
) -> Option<Timestamp> {
    let merged_at = shared.merged_at?;
    let full = labels(change, said).get(REVIEW)?.full;
    let approves =
        |said: &&Said<'_>| said_votes(said).any(|vote| vote.label == REVIEW && vote.value >= full);
    said.iter().rev().filter(|said| said.at <= merged_at).find(approves).map(|said| said.at)
}

/// Appends an evaluation for each vote.
pub(super) fn push(
    change: &Change<'_>,
    shared: &Shared<'_>,
    said: &[Said<'_>],
    output: &mut Output,
) {
    let labels = labels(change, said);
    for one in said {
        for vote in said_votes(one) {
            if let Some(label) = labels.get(vote.label) {
                push_vote(change, shared, one, &vote, label, output);
            }
        }
    }
}

fn said_votes<'s>(said: &Said<'s>) -> impl Iterator<Item = Vote<'s>> + use<'s> {
    said.heading.into_iter().flat_map(votes)
}

/// Returns the labels that got votes. The full vote is the label's highest where the record tells it, 2
/// for reviews, else the highest that anybody gave on this change (a Verified that only knows +1).
fn labels<'s>(change: &'s Change<'_>, said: &[Said<'s>]) -> BTreeMap<&'s str, Label> {
    let mut labels = BTreeMap::new();
    for vote in said.iter().flat_map(said_votes) {
        let label = labels.entry(vote.label).or_insert(Label { full: 1, optional: None });
        label.full = label.full.max(vote.value.saturating_abs());
    }
    if let Some(label) = labels.get_mut(REVIEW) {
        label.full = 2;
    }
    for (name, described) in &change.labels.0 {
        let (Some(label), Some(described)) = (labels.get_mut(name.0.as_ref()), described) else {
            continue;
        };
        let range =
            described.values.0.iter().filter_map(|(value, _)| value.0.trim().parse::<i64>().ok());
        if let Some(highest) = range.max().filter(|highest| *highest > 0) {
            label.full = highest;
        }
        label.optional = described.optional;
    }
    labels
}

fn push_vote(
    change: &Change<'_>,
    shared: &Shared<'_>,
    said: &Said<'_>,
    vote: &Vote<'_>,
    label: &Label,
    output: &mut Output,
) {
    let owner = change.owner.as_ref().map_or("", |owner| owner.id.0.as_ref());
    let own = !owner.is_empty() && said.author.is_some_and(|author| author.id.0 == owner);
    let verdict = match vote.value {
        value if value >= label.full => Verdict::Pass,
        1.. => Verdict::Warn,
        0 => return,
        _ => Verdict::Fail,
    };
    let (gate_kind, decided_by_kind) = if said.is_bot {
        (GateKind::Check, ActorKind::Bot)
    } else {
        (GateKind::Approval, ActorKind::Human)
    };
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
        blocking: label.optional.map(|optional| !optional).or(usual),
        // Whether people can refuse their own change is not known.
        could_fail: if own && !said.is_bot { None } else { Some(true) },
        decided_by_kind,
        decider_key: said.author_key,
        method: names.intern("vote message; asked at the upload"),
        confidence: Some(if asked_at.is_some() { CONFIDENCE } else { 100 }),
    };
    output.facts.gate_evaluations.push(row);
}
