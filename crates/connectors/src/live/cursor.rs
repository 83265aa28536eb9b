//! How far a list is read: what is saved with the data, so that a crash repeats little and loses nothing.
//!
//! Owns: the JSON of a cursor, where a pass begins and ends. Pure. Must not know: requests, storage.

use aftercast_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::live::pages::Call;
use crate::live::{Request, Target};

/// How much of the time before a pass is read again by the next one: clocks differ, lists lag behind.
const OVERLAP_MS: i64 = 10 * 60 * 1000;
/// Where capped lists begin that are asked for from the beginning: 2005-01-01.
const BEGINNING_MS: i64 = 1_104_537_600_000;

/// How far a list of a subject is read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Cursor {
    /// From when on everything is stored; `None` where nothing is or where it is from the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<i64>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    watermark: Option<i64>,
    /// What the first page looked like when nothing was open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<Tag>,
    /// The pass that is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pass: Option<Pass>,
}

/// An `ETag` and the request that it was given for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tag {
    pub(super) asked: u64,
    pub(super) value: String,
}

/// One reading of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Pass {
    started: i64,
    since: Option<i64>,
    until: Option<i64>,
    /// What is still to be read; the last is under way.
    windows: Vec<Window>,
    /// The page to go on with; `None` at the beginning of a window.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Saved>,
    /// Items of that page that are stored already, by fingerprint.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) done: Vec<u64>,
    /// The time of the oldest item that is not finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<i64>,
    /// Pages and items of the window under way.
    pub(super) pages: u64,
    pub(super) items: u64,
    /// Times that the window was read from its beginning before.
    pub(super) sweeps: u32,
}

/// A time to ask for: from, inclusive, until, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Window(Option<i64>, Option<i64>);

/// A call without what the source says anew in every process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Saved {
    path: String,
    query: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

impl Window {
    pub(super) fn since(self) -> Option<Timestamp> {
        self.0.map(Timestamp::from_millis)
    }

    pub(super) fn until(self) -> Option<Timestamp> {
        self.1.map(Timestamp::from_millis)
    }

    /// Returns whether something of the time `at` lies in it; what has no time lies in all.
    pub(super) fn has(self, at: Option<Timestamp>) -> bool {
        let Some(at) = at else { return true };
        self.0.is_none_or(|since| since <= at.millis())
            && self.1.is_none_or(|until| at.millis() < until)
    }

    /// Returns its two halves, the older first; `None` where it is a second or less.
    fn halves(self) -> Option<[Self; 2]> {
        let (since, until) = (self.0?, self.1?);
        let middle = (since + (until - since) / 2).div_euclid(1000) * 1000;
        (since < middle && middle < until)
            .then_some([Self(Some(since), Some(middle)), Self(Some(middle), Some(until))])
    }
}

impl Cursor {
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns from when on `target` is to be read: from the watermark, but from the beginning where
    /// that was never read, and never before what the target asks for.
    fn start(&self, target: &Target) -> Option<i64> {
        let wanted = target.since.map(Timestamp::millis);
        let Some(watermark) = self.watermark else { return wanted };
        let reaches = match (self.from, wanted) {
            (None, _) => true,
            (Some(from), Some(wanted)) => from <= wanted,
            (Some(_), None) => false,
        };
        if reaches {
            Some(wanted.map_or(watermark, |wanted| wanted.max(watermark)))
        } else {
            wanted
        }
    }

    /// Takes the pass that is under way, where it reads what `target` asks for, else begins one.
    pub(super) fn pass(&mut self, target: &Target, is_capped: bool, now: Timestamp) -> Pass {
        let since = self.start(target);
        let until = target.until.map(Timestamp::millis);
        if let Some(pass) = self.pass.take()
            && pass.until == until
            && pass.since.is_none_or(|own| since.is_some_and(|since| own <= since))
        {
            return pass;
        }
        let mut window = Window(since, until);
        if is_capped {
            // Only a time with two ends can be halved; whole seconds are what every API understands.
            let end = until.unwrap_or(now.millis() + 1000).div_euclid(1000) * 1000 + 1000;
            window = Window(Some(since.unwrap_or(BEGINNING_MS)), Some(until.unwrap_or(end)));
        }
        Pass { started: now.millis(), since, until, windows: vec![window], ..Pass::default() }
    }

    /// Ends `pass`: what it read counts as read.
    pub(super) fn end(&mut self, pass: &Pass) {
        self.pass = None;
        let mut read_until = pass.started - OVERLAP_MS;
        if let Some(until) = pass.until {
            read_until = read_until.min(until);
        }
        let since = pass.since;
        let Some(before) = self.watermark else {
            self.from = since;
            self.watermark = Some(pass.open.map_or(read_until, |open| open.min(read_until)));
            return;
        };
        // What does not touch what was read before says nothing about the time between.
        let touches = since.is_none_or(|since| since <= before)
            && self.from.is_none_or(|from| from <= read_until);
        if !touches {
            return;
        }
        // Before `since` nothing was looked at again: what is open there stays open.
        let kept = if since.is_none_or(|since| since <= before) && before <= read_until {
            read_until
        } else {
            before.max(read_until).min(before)
        };
        self.watermark = Some(pass.open.map_or(kept, |open| open.min(kept)));
        self.from = match (self.from, since) {
            (Some(from), Some(since)) => Some(from.min(since)),
            _ => None,
        };
    }
}

impl Pass {
    /// Returns the window under way.
    pub(super) fn window(&self) -> Option<Window> {
        self.windows.last().copied()
    }

    /// Returns whether the pass has more than one window.
    pub(super) fn is_cut(&self) -> bool {
        self.windows.len() > 1
    }

    /// Divides the window under way; `false` where that cannot be done.
    pub(super) fn halve(&mut self) -> bool {
        let Some(halves) = self.window().and_then(Window::halves) else { return false };
        self.windows.pop();
        self.windows.extend(halves);
        self.begin_window();
        true
    }

    /// Goes to the next window.
    pub(super) fn end_window(&mut self) {
        self.windows.pop();
        self.begin_window();
    }

    fn begin_window(&mut self) {
        (self.next, self.pages, self.items, self.sweeps) = (None, 0, 0, 0);
        self.done.clear();
    }

    /// Reads the window once more from its beginning.
    pub(super) fn sweep(&mut self) {
        let sweeps = self.sweeps + 1;
        self.begin_window();
        self.sweeps = sweeps;
    }

    /// Remembers an item that is not finished.
    pub(super) fn keep_open(&mut self, at: Option<Timestamp>) {
        // What has no time is found by every pass, or by none.
        let Some(at) = at.map(Timestamp::millis) else { return };
        self.open = Some(self.open.map_or(at, |open| open.min(at)));
    }

    pub(super) fn has_open(&self) -> bool {
        self.open.is_some()
    }

    /// Returns the call to go on with, for which the source's `first` request gives what is not saved.
    pub(super) fn next(&self, first: Request) -> Call {
        match self.next.clone() {
            None => Call::new(first),
            Some(Saved { path, query, body, address }) => {
                Call { request: Request { path, query, body, ..first }, address }
            }
        }
    }

    /// Saves the call to go on with.
    pub(super) fn go_on(&mut self, call: &Call) {
        let Call { request, address } = call.clone();
        let Request { path, query, body, .. } = request;
        self.next = Some(Saved { path, query, body, address });
    }
}
