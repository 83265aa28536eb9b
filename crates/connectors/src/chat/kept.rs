//! What is kept of chat: the facts, and a payload that says no more than they do.
//!
//! Owns: rows of signals and approvals, and the reduced payload that gives the same rows again. It has
//! no message, no name and no native id of a person: those are never stored. Must not know words.

use aftercast_model::{
    ActorKind, GateEvaluation, GateKind, Name, Signal, SubjectKind, Timestamp, Verdict,
};
use serde::{Deserialize, Serialize};

use crate::chat::quote::quote;
use crate::envelope::seal;
use crate::sink::Sink;

/// The kind of the payload that is kept.
pub(crate) const KIND: &str = "signals";

/// What was found in a thread.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The channel's name.
    pub(super) channel: String,
    /// How the service's configuration may call the channel beside its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) channel_id: Option<String>,
    /// The signals.
    #[serde(default)]
    pub(super) signals: Vec<KeptSignal>,
    /// Questions for approval that were answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) approvals: Vec<KeptApproval>,
}

/// A signal.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptSignal {
    /// What names it: message, author's pseudonym, kind.
    pub(super) id: String,
    pub(super) kind: String,
    /// When it was said, in milliseconds.
    pub(super) said_at: i64,
    /// When the message got its present form.
    pub(super) observed_at: i64,
    pub(super) thread: String,
    #[serde(default)]
    pub(super) author_key: String,
    #[serde(default)]
    pub(super) url: String,
    pub(super) quote: String,
    /// The phrase that decided.
    #[serde(default)]
    pub(super) rule: String,
}

/// An approval that was asked for and answered.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptApproval {
    pub(super) id: String,
    pub(super) asked_at: i64,
    #[serde(default)]
    pub(super) decided_at: Option<i64>,
    pub(super) approved: bool,
    #[serde(default)]
    pub(super) decider_key: String,
    pub(super) subject: String,
    #[serde(default)]
    pub(super) url: String,
    pub(super) confidence: i64,
    /// How it was answered: a message or a reaction.
    pub(super) by: String,
}

impl Kept {
    /// Writes the rows, and keeps the payload where there are any.
    pub(super) fn write(&self, sink: &mut Sink<'_>) {
        if self.signals.is_empty() {
            return;
        }
        let home = sink.channel_home(&self.channel, self.channel_id.as_deref());
        let mut newest = None;
        for signal in &self.signals {
            let observed_at = Some(Timestamp::from_millis(signal.observed_at));
            newest = newest.max(observed_at);
            let row = Signal {
                id: sink.id("signals", &signal.id, None),
                source: home.source,
                service: home.service,
                observed_at,
                url: named(sink, &signal.url),
                native_status: named(sink, &signal.rule),
                channel: named(sink, &self.channel),
                kind: named(sink, &signal.kind),
                said_at: Some(Timestamp::from_millis(signal.said_at)),
                thread: named(sink, &signal.thread),
                author_key: named(sink, &signal.author_key),
                quote: named(sink, &quote(&signal.quote)),
            };
            sink.facts().signals.push(row);
        }
        for approval in &self.approvals {
            let decided_at = approval.decided_at.map(Timestamp::from_millis);
            let asked_at = Timestamp::from_millis(approval.asked_at);
            let observed_at = Some(decided_at.unwrap_or(asked_at.plus_millis(1)));
            newest = newest.max(observed_at);
            let row = GateEvaluation {
                id: sink.id("gate_evaluations", &approval.id, None),
                source: home.source,
                service: home.service,
                observed_at,
                url: named(sink, &approval.url),
                native_status: named(sink, &approval.by),
                gate: sink.name(Some("chat approval")),
                gate_kind: GateKind::Approval,
                subject_kind: SubjectKind::Unknown,
                subject: named(sink, &approval.subject),
                repo: home.repo,
                asked_at: Some(asked_at),
                decided_at,
                verdict: if approval.approved { Verdict::Pass } else { Verdict::Fail },
                decided_by_kind: ActorKind::Human,
                decider_key: named(sink, &approval.decider_key),
                method: sink.name(Some("chat")),
                confidence: Some(approval.confidence),
                ..GateEvaluation::default()
            };
            sink.facts().gate_evaluations.push(row);
        }
        if let Ok(body) = serde_json::to_string(self) {
            sink.keep_instead(KIND, newest, seal(KIND, "", &body).into_bytes());
        }
    }
}

fn named(sink: &mut Sink<'_>, text: &str) -> Name {
    sink.name(Some(text).filter(|text| !text.is_empty()))
}

/// Writes the rows of a payload that was kept.
pub(crate) fn restore(body: &str, sink: &mut Sink<'_>) {
    match serde_json::from_str::<Kept>(body) {
        Ok(kept) => kept.write(sink),
        Err(error) => sink.malformed(&error),
    }
}
