//! Receiving: what comes in is believed, made durable, and only then acknowledged.
//!
//! Guarantee: a delivery that was told as accepted or known is in the inbox, or has been; one that was
//! refused left nothing behind. Must not know: HTTP.

use std::time::Duration;

use aftercast_connectors::live::Secret;
use aftercast_connectors::live::webhook::{Delivery, Incoming, Refusal, Webhook, verify};
use aftercast_connectors::redact;
use aftercast_ledger::{Ledger, Received};
use aftercast_model::{FactId, Timestamp};
use tokio::sync::{Notify, mpsc, oneshot};

use super::Session;
use crate::config::SourceRule;
use crate::error::Outcome;

/// Deliveries that one transaction takes.
const GROUP: usize = 1_000;
/// Deliveries that may wait for the database.
const QUEUE: usize = 8_000;
/// How long one may wait; senders give up after seconds.
const PATIENCE: Duration = Duration::from_millis(900);
/// How much effort goes into making bodies small; they stay only until they have become facts.
const COMPRESSION: i32 = 1;
/// The largest body that was accepted, unpacked: more than any source sends.
const LARGEST: usize = 64 << 20;

/// The open door: sources that may send, and the way into the inbox.
pub(crate) struct Intake {
    doors: Vec<Door>,
    offers: mpsc::Sender<Offer>,
}

/// A source that may send.
struct Door {
    name: String,
    kind: &'static str,
    webhook: &'static Webhook,
    secrets: Vec<Secret>,
}

struct Offer {
    received: Received,
    answer: oneshot::Sender<Option<bool>>,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is stored.
    Accepted,
    /// It was stored before.
    Known,
    /// The sender wants to hear this; nothing is stored.
    Challenge(String),
}

/// Why a delivery was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// No source of this name may send.
    Unknown,
    /// It is not believed.
    Disbelieved(Refusal),
    /// The database does not keep up, or is not there: it may be sent again.
    Busy,
}

impl Intake {
    /// Opens the door for every source that has secrets for its webhooks; `stored` is told when
    /// something new waits.
    pub(crate) fn open(
        session: &Session,
        ledger: Ledger,
        stored: std::sync::Arc<Notify>,
    ) -> Outcome<Self> {
        let mut doors = Vec::new();
        for rule in session.config.sources() {
            doors.extend(door(session, rule)?);
        }
        let (offers, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(write(ledger, waiting, stored));
        Ok(Self { doors, offers })
    }

    /// Returns the names of the sources that may send.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.doors.iter().map(|door| door.name.as_str())
    }

    /// Returns how large a body of this source may be.
    pub(crate) fn body_limit(&self, name: &str) -> Option<usize> {
        self.door(name).map(|door| door.webhook.body_limit)
    }

    /// Returns the name of the source of this kind that may send to a path of its own.
    pub(crate) fn of_kind(&self, kind: &str) -> Option<&str> {
        self.doors.iter().find(|door| door.kind == kind).map(|door| door.name.as_str())
    }

    /// Takes a webhook: believes it, stores it, and says what became of it, in less than a second.
    pub(crate) async fn take(&self, name: &str, incoming: Incoming<'_>) -> Result<Taken, Refused> {
        let Delivery { id, kind, challenge } = self.believe(name, &incoming)?;
        if let Some(challenge) = challenge {
            return Ok(Taken::Challenge(challenge));
        }
        self.store(name, id, kind, incoming.body, incoming.now).await
    }

    /// Believes a request or says why not; stores nothing.
    pub(crate) fn believe(&self, name: &str, incoming: &Incoming<'_>) -> Result<Delivery, Refused> {
        let Some(door) = self.door(name) else { return Err(Refused::Unknown) };
        let secrets: Vec<&str> = door.secrets.iter().map(Secret::expose).collect();
        verify(door.webhook, incoming, &secrets).map_err(Refused::Disbelieved)
    }

    /// Stores all records of a request that is believed; each is known by its own bytes.
    pub(crate) async fn store_all(
        &self,
        name: &str,
        kind: &str,
        records: &[String],
        received_at: Timestamp,
    ) -> Result<Taken, Refused> {
        let storing = records.iter().map(|record| {
            let id = FactId::new(name, "inbox", record, 0).to_string();
            self.store(name, id, kind.to_owned(), record.as_bytes(), received_at)
        });
        let mut all = Taken::Known;
        for taken in futures::future::join_all(storing).await {
            if taken? == Taken::Accepted {
                all = Taken::Accepted;
            }
        }
        Ok(all)
    }

    /// Stores something that is believed already.
    pub(crate) async fn store(
        &self,
        source: &str,
        delivery: String,
        kind: String,
        body: &[u8],
        received_at: Timestamp,
    ) -> Result<Taken, Refused> {
        let body = zstd::bulk::compress(&redact(body), COMPRESSION).map_err(|_| Refused::Busy)?;
        let received = Received { source: source.to_owned(), delivery, kind, body, received_at };
        let (answer, told) = oneshot::channel();
        let work = async {
            self.offers.send(Offer { received, answer }).await.ok()?;
            told.await.ok().flatten()
        };
        // Whoever is told "busy" sends again; should it have been stored after all, it is known then.
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(Some(true)) => Ok(Taken::Accepted),
            Ok(Some(false)) => Ok(Taken::Known),
            Ok(None) | Err(_) => Err(Refused::Busy),
        }
    }

    fn door(&self, name: &str) -> Option<&Door> {
        self.doors.iter().find(|door| door.name == name)
    }
}

/// Returns the body of something in the inbox.
pub(crate) fn body_of(received: &Received) -> Option<Vec<u8>> {
    zstd::bulk::decompress(&received.body, LARGEST).ok()
}

fn door(session: &Session, rule: &SourceRule) -> Outcome<Option<Door>> {
    let Some(webhook) = rule.source.webhook else { return Ok(None) };
    if rule.webhook_secrets.is_empty() {
        return Ok(None);
    }
    let read = |place: &crate::config::SecretPlace| place.read(&session.start);
    let secrets = rule.webhook_secrets.iter().map(read).collect::<Outcome<Vec<_>>>()?;
    Ok(Some(Door { name: rule.name.clone(), kind: rule.source.name, webhook, secrets }))
}

/// Group commit: while one transaction is made durable, the next offers gather.
async fn write(ledger: Ledger, mut waiting: mpsc::Receiver<Offer>, stored: std::sync::Arc<Notify>) {
    let mut offers = Vec::with_capacity(GROUP);
    while waiting.recv_many(&mut offers, GROUP).await > 0 {
        let (received, answers): (Vec<_>, Vec<_>) =
            offers.drain(..).map(|offer| (offer.received, offer.answer)).unzip();
        match ledger.receive(&received).await {
            Ok(new) => {
                if new.contains(&true) {
                    stored.notify_one();
                }
                for (answer, new) in answers.into_iter().zip(new) {
                    // Who does not wait any more sends again.
                    let _ = answer.send(Some(new));
                }
            }
            Err(error) => {
                tracing::error!(%error, deliveries = received.len(), "cannot store what came in");
                for answer in answers {
                    let _ = answer.send(None);
                }
            }
        }
    }
}
