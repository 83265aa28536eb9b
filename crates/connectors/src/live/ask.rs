//! A request until it is answered: repeated after outages, held back by budgets, given up in the end.
//!
//! Must not know: pages, items, what an answer is for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aftercast_model::Timestamp;

use crate::live::budget::Budget;
use crate::live::client::{Client, NoAnswer, Received};
use crate::live::item::json_text;
use crate::live::pages::Call;
use crate::live::retry::{Meaning, Random, meaning, moment, pause, told_inside};
use crate::live::{PullError, Target, Watch};
use crate::source::Source;

/// Asks one API.
pub(super) struct Asker<'w> {
    client: Client,
    budget: Budget,
    permits: tokio::sync::Semaphore,
    random: Mutex<Random>,
    pub(super) watch: &'w Watch<'w>,
    pub(super) requests: AtomicU64,
    pub(super) bytes: AtomicU64,
}

/// What an answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// JSON; anything else is an outage.
    Json,
    /// Anything.
    Text,
}

/// Why there is no answer in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The list is as it was.
    Unchanged,
    /// Not for us, or not there.
    Refused(u16),
    /// Not before.
    Limited(Timestamp),
    /// The system cannot be reached.
    Unreachable(String),
    /// It answers, but not with what was asked for.
    Failed(String),
}

impl<'w> Asker<'w> {
    pub(super) fn new(
        source: &Source,
        target: &Target,
        watch: &'w Watch<'w>,
    ) -> Result<Self, PullError> {
        let pull = Target::pull_of(source)?;
        Ok(Self {
            client: Client::new(source, pull, target, watch)?,
            budget: Budget::new(target.per_minute.or(pull.per_minute)),
            permits: tokio::sync::Semaphore::new(pull.concurrency.max(1)),
            random: Mutex::new(Random(watch.seed)),
            watch,
            requests: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        })
    }

    /// Returns the requests and bytes so far.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.requests.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    /// Returns the address of `call`, or why it may not be asked.
    pub(super) fn address(&self, call: &Call) -> Result<String, String> {
        self.client.address(call).map(|url| url.to_string()).map_err(|why| why.to_string())
    }

    /// Returns the answer to `call`. `waits` is told until when a limit is waited for.
    pub(super) async fn ask(
        &self,
        call: &Call,
        expected: Expected,
        etag: Option<&str>,
        waits: &(dyn Fn(Timestamp) + Sync),
    ) -> Result<Received, Trouble> {
        let clock = self.watch.clock;
        let mut wait = Duration::ZERO;
        let mut limits = 0;
        let mut attempt = 1;
        loop {
            while let Err(rest) = self.budget.take(clock.now()) {
                self.wait_for_limit(rest, waits).await?;
            }
            let answer = {
                let _permit = self.permits.acquire().await;
                self.requests.fetch_add(1, Ordering::Relaxed);
                self.client.send(call, etag, clock.now()).await
            };
            let told = match answer {
                Err(NoAnswer::Never(why)) => return Err(Trouble::Failed(why)),
                Err(NoAnswer::Broken(why)) => {
                    if attempt >= self.watch.limits.attempts {
                        return Err(Trouble::Unreachable(why));
                    }
                    None
                }
                Ok(received) => {
                    let now = clock.now();
                    let length = u64::try_from(received.body.len()).unwrap_or(u64::MAX);
                    self.bytes.fetch_add(length, Ordering::Relaxed);
                    let Received { status, headers, body, .. } = &received;
                    let mut meaning = meaning(*status, headers, body, now);
                    if meaning == Meaning::There && expected == Expected::Json {
                        let inside = json_text(body).and_then(|text| told_inside(&text));
                        match inside {
                            Some(Ok(told)) => meaning = told,
                            Some(Err(why)) => return Err(Trouble::Failed(shown(&why))),
                            None => {}
                        }
                    }
                    match meaning {
                        Meaning::There => {
                            if let Some(rest) = pause(headers, now) {
                                self.budget.pause(now, rest);
                            }
                            let why = match expected {
                                Expected::Text => return Ok(received),
                                Expected::Json if received.is_cut => {
                                    let limit = self.watch.limits.body_bytes;
                                    let why = format!("the answer has more than {limit} bytes");
                                    return Err(Trouble::Failed(why));
                                }
                                Expected::Json if json_text(body).is_some() => return Ok(received),
                                Expected::Json => "the answer is no JSON",
                            };
                            if attempt >= self.watch.limits.attempts {
                                return Err(Trouble::Failed(why.to_owned()));
                            }
                            None
                        }
                        Meaning::RefusedAs(status) => return Err(Trouble::Refused(status)),
                        Meaning::Unchanged => return Err(Trouble::Unchanged),
                        Meaning::Refused => return Err(Trouble::Refused(*status)),
                        Meaning::Moved | Meaning::Wrong => {
                            return Err(Trouble::Failed(answered(*status, body)));
                        }
                        Meaning::Limited(rest) => {
                            limits += 1;
                            if limits > self.watch.limits.attempts {
                                return Err(Trouble::Limited(moment(now, rest)));
                            }
                            // The same for all who ask: the limit is the host's.
                            self.budget.pause(now, rest);
                            continue;
                        }
                        Meaning::Again(told) => {
                            if attempt >= self.watch.limits.attempts {
                                return Err(Trouble::Failed(answered(*status, body)));
                            }
                            told
                        }
                    }
                }
            };
            attempt += 1;
            wait = self.random.lock().unwrap_or_else(PoisonError::into_inner).backoff(wait);
            match told {
                Some(told) if told > wait => self.wait_for_limit(told, waits).await?,
                _ => clock.sleep(wait).await,
            }
        }
    }

    async fn wait_for_limit(
        &self,
        rest: Duration,
        waits: &(dyn Fn(Timestamp) + Sync),
    ) -> Result<(), Trouble> {
        let clock = self.watch.clock;
        let until = moment(clock.now(), rest);
        if rest > self.watch.patience {
            return Err(Trouble::Limited(until));
        }
        waits(until);
        clock.sleep(rest).await;
        Ok(())
    }
}

/// Returns what a wrong answer says, its first words.
fn answered(status: u16, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..body.len().min(400)).unwrap_or_default());
    let words = shown(&text);
    if words.is_empty() { format!("status {status}") } else { format!("status {status}: {words}") }
}

/// Returns foreign words as they may be shown: short, on one line, without secrets.
fn shown(text: &str) -> String {
    let text = String::from_utf8_lossy(&crate::redact(text.as_bytes())).into_owned();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|c| !c.is_control()).take(160).collect()
}
