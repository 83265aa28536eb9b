//! What belongs to an item, fetched and put into it.
//!
//! Guarantees: details are asked for in their order, each seeing those before it; one that is not
//! there, not allowed or broken costs only its field where the source says so. Must not know: lists,
//! cursors, storage.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aftercast_model::Timestamp;
use futures::future::BoxFuture;
use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::Value;

use crate::live::ask::{Asker, Expected, Trouble};
use crate::live::item::{Item, at, items, json_text};
use crate::live::pages::{Call, Page, Trail, next};
use crate::live::{Answer, Detail, Target};

/// After so many refusals in a row of an optional detail nobody asks for it any more in this pass.
const REFUSALS: u32 = 3;
/// After so many items in a row whose detail cannot be fetched the pass ends.
const FAILURES: u32 = 5;

/// Fetches the details of the items of one list.
pub(super) struct Details<'w> {
    pub(super) asker: &'w Asker<'w>,
    pub(super) target: &'w Target,
    pub(super) subject: &'w str,
    pub(super) concurrency: usize,
    pub(super) waits: &'w (dyn Fn(Timestamp) + Sync),
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By the field that the detail becomes.
    refused: BTreeMap<&'static str, u32>,
    failed: BTreeMap<&'static str, u32>,
    notes: Vec<String>,
}

/// Why an item cannot be completed: the pass ends here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// A detail that must be there is refused.
    Refused { status: u16, needs: &'static str, gives: &'static str },
    /// Anything else.
    Trouble(Trouble),
}

/// An item with all that could be fetched.
pub(super) struct Complete {
    pub(super) item: Item,
    /// Whether something of it could not be fetched this time.
    pub(super) is_lacking: bool,
}

impl<'w> Details<'w> {
    pub(super) fn new(
        asker: &'w Asker<'w>,
        target: &'w Target,
        subject: &'w str,
        concurrency: usize,
        waits: &'w (dyn Fn(Timestamp) + Sync),
    ) -> Self {
        Self {
            asker,
            target,
            subject,
            concurrency: concurrency.max(1),
            waits,
            state: Mutex::default(),
        }
    }

    /// Takes what is to be told.
    pub(super) fn notes(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner).notes)
    }

    /// Returns `item` with `details`.
    pub(super) fn complete<'f>(
        &'f self,
        mut item: Item,
        details: &'static [Detail],
    ) -> BoxFuture<'f, Result<Complete, Stop>> {
        Box::pin(async move {
            let mut is_lacking = false;
            for detail in details {
                if !item.value.is_object() || self.is_given_up(detail) {
                    continue;
                }
                let request = self
                    .target
                    .place(self.subject, None, None, |place| (detail.request)(place, &item.value));
                let Some(request) = request else { continue };
                match self.fetch(Call::new(request), detail).await {
                    Ok((found, lacks)) => {
                        self.succeeded(detail);
                        is_lacking |= lacks;
                        if let Some(found) = found {
                            item.attach(detail.under, &found);
                        }
                    }
                    Err(Stop::Trouble(trouble)) => {
                        is_lacking |= self.endure(detail, trouble)?;
                    }
                    Err(stop) => return Err(stop),
                }
            }
            Ok(Complete { item, is_lacking })
        })
    }

    /// Asks for one detail of `item`, for nothing but to see whether it may be had.
    pub(super) async fn probe(&self, item: &Item, detail: &Detail) -> Option<Result<(), Trouble>> {
        let request = self
            .target
            .place(self.subject, None, None, |place| (detail.request)(place, &item.value))?;
        let expected = match detail.answer {
            Answer::Json(_) => Expected::Json,
            Answer::TextTail(_) => Expected::Text,
        };
        let answer = self.asker.ask(&Call::new(request), expected, None, self.waits).await;
        Some(answer.map(|_| ()))
    }

    /// Returns a detail as JSON, and whether something in it is lacking.
    async fn fetch(
        &self,
        first: Call,
        detail: &'static Detail,
    ) -> Result<(Option<String>, bool), Stop> {
        let pointer = match detail.answer {
            Answer::TextTail(most) => {
                let received = self.asker.ask(&first, Expected::Text, None, self.waits).await;
                let body = received.map_err(Stop::Trouble)?.body;
                let tail = body.get(body.len().saturating_sub(most)..).unwrap_or_default();
                return Ok((Some(Value::String(lossy_tail(tail)).to_string()), false));
            }
            Answer::Json(pointer) => pointer,
        };
        let mut all: Vec<String> = Vec::new();
        let (mut call, mut trail, mut is_lacking) = (first, Trail::default(), false);
        loop {
            trail.add(&call).map_err(|why| Stop::Trouble(Trouble::Failed(why)))?;
            let received = self.asker.ask(&call, Expected::Json, None, self.waits).await;
            let received = received.map_err(Stop::Trouble)?;
            let text = json_text(&received.body).unwrap_or_default();
            let Some(found) = at(&text, pointer) else {
                if all.is_empty() {
                    return Ok((None, false));
                }
                break;
            };
            if !found.get().starts_with('[') {
                let (one, lacks) = self.nested(found.get().to_owned(), detail).await?;
                return Ok((Some(one), lacks));
            }
            let page = items(&text, pointer);
            let parts: Vec<String> = page.iter().map(|raw| raw.get().to_owned()).collect();
            let parts = futures::stream::iter(parts)
                .map(|raw| self.nested(raw, detail))
                .buffered(self.concurrency);
            for (one, lacks) in parts.try_collect::<Vec<_>>().await? {
                is_lacking |= lacks;
                all.push(one);
            }
            let header = |name: &str| super::pull::header(&received.headers, name);
            let page = Page {
                header: &header,
                body: &text,
                items: page.len(),
                last: page.last().copied(),
            };
            match next(detail.paging, &call, &page) {
                Some(next) => call = next,
                None => break,
            }
        }
        Ok((Some(format!("[{}]", all.join(","))), is_lacking))
    }

    /// Returns an item of a detail with the details that it has itself.
    async fn nested(&self, raw: String, detail: &'static Detail) -> Result<(String, bool), Stop> {
        let read = || serde_json::from_str(&raw).ok().and_then(Item::read);
        let Some(item) = Some(detail).filter(|one| !one.details.is_empty()).and_then(|_| read())
        else {
            return Ok((raw, false));
        };
        let complete = self.complete(item, detail.details).await?;
        Ok((complete.item.text, complete.is_lacking))
    }

    fn is_given_up(&self, detail: &Detail) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.refused.get(detail.under).is_some_and(|refused| *refused >= REFUSALS)
    }

    fn succeeded(&self, detail: &Detail) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.refused.remove(detail.under);
        state.failed.remove(detail.under);
    }

    /// Goes on without the detail, where that is right; returns whether it may be there another time.
    fn endure(&self, detail: &'static Detail, trouble: Trouble) -> Result<bool, Stop> {
        let Detail { under, needs, gives, optional, .. } = *detail;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble {
            Trouble::Refused(status @ (404 | 410)) => {
                state.notes.push(format!("`{under}` is not there ({status}); it gives {gives}"));
                Ok(false)
            }
            Trouble::Refused(status) if optional => {
                *state.refused.entry(under).or_default() += 1;
                state.notes.push(format!(
                    "`{under}` is refused ({status}): it needs `{needs}` and gives {gives}"
                ));
                Ok(false)
            }
            Trouble::Refused(status) => Err(Stop::Refused { status, needs, gives }),
            Trouble::Failed(why) => {
                let failed = state.failed.entry(under).or_default();
                *failed += 1;
                if *failed >= FAILURES {
                    return Err(Stop::Trouble(Trouble::Failed(why)));
                }
                state.notes.push(format!("`{under}` could not be fetched: {why}"));
                Ok(true)
            }
            Trouble::Unchanged | Trouble::Limited(_) | Trouble::Unreachable(_) => {
                Err(Stop::Trouble(trouble))
            }
        }
    }
}

/// Returns the text that begins at the first whole character.
fn lossy_tail(tail: &[u8]) -> String {
    let start = tail.iter().position(|byte| byte & 0xC0 != 0x80).unwrap_or(tail.len());
    String::from_utf8_lossy(tail.get(start.min(3)..).unwrap_or_default()).into_owned()
}
