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
        if pass.until.is_none() && since.is_some_and(|since| before < since) {
            // The settings want nothing older any more, so what lies between is not missed.
            self.from = since;
            self.watermark = Some(pass.open.map_or(read_until, |open| open.min(read_until)));
            return;
        }
        // What does not touch what was read before says nothing about the time between.
        let touches = since.is_none_or(|since| since <= before)
            && self.from.is_none_or(|from| from <= read_until);
        if !touches {
            return;
        }
        let kept = before.max(read_until);
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

    /// Returns whether there is a page to go on with.
    pub(super) fn is_under_way(&self) -> bool {
        self.next.is_some()
    }

    /// Goes back to the beginning of the window.
    pub(super) fn begin_window(&mut self) {
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

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn target(since: Option<i64>, until: Option<i64>) -> Target {
        let at = |hours: Option<i64>| hours.map(|hours| Timestamp::from_millis(hours * HOUR));
        Target { since: at(since), until: at(until), ..Target::default() }
    }

    /// Begins and ends a pass at `now`; returns the hours that it asks for.
    fn pass(
        cursor: &mut Cursor,
        target: &Target,
        now: i64,
        open: Option<i64>,
    ) -> (Option<i64>, Option<i64>) {
        let mut pass = cursor.pass(target, false, Timestamp::from_millis(now * HOUR + OVERLAP_MS));
        let Window(since, until) = pass.window().unwrap();
        pass.keep_open(open.map(|hours| Timestamp::from_millis(hours * HOUR)));
        cursor.end(&pass);
        *cursor = Cursor::read(&cursor.text()).unwrap();
        (since.map(|at| at / HOUR), until.map(|at| at / HOUR))
    }

    #[test]
    fn a_pass_begins_where_the_last_one_ended_or_at_the_oldest_open_item() {
        let (mut cursor, all) = (Cursor::default(), target(None, None));
        assert_eq!(pass(&mut cursor, &all, 100, None), (None, None));
        assert_eq!(pass(&mut cursor, &all, 110, Some(95)), (Some(100), None));
        assert_eq!(pass(&mut cursor, &all, 120, None), (Some(95), None));
        assert_eq!(pass(&mut cursor, &all, 130, None), (Some(120), None));
    }

    #[test]
    fn an_earlier_since_reads_what_was_never_read() {
        let mut cursor = Cursor::default();
        assert_eq!(pass(&mut cursor, &target(Some(50), None), 100, None), (Some(50), None));
        assert_eq!(pass(&mut cursor, &target(Some(50), None), 110, None), (Some(100), None));
        assert_eq!(pass(&mut cursor, &target(Some(20), None), 120, None), (Some(20), None));
        assert_eq!(pass(&mut cursor, &target(Some(20), None), 130, None), (Some(120), None));
        assert_eq!(pass(&mut cursor, &target(None, None), 140, None), (None, None));
        assert_eq!(pass(&mut cursor, &target(Some(20), None), 150, None), (Some(140), None));
    }

    #[test]
    fn a_time_of_its_own_moves_the_cursor_only_where_it_touches_what_was_read() {
        let mut cursor = Cursor::default();
        pass(&mut cursor, &target(Some(50), None), 100, None);
        // Apart from it, before.
        assert_eq!(pass(&mut cursor, &target(Some(10), Some(20)), 110, None), (Some(10), Some(20)));
        assert_eq!(
            pass(&mut cursor.clone(), &target(Some(50), None), 111, None),
            (Some(100), None)
        );
        // Touching it, before.
        pass(&mut cursor, &target(Some(30), Some(60)), 112, None);
        assert_eq!(
            pass(&mut cursor.clone(), &target(Some(30), None), 113, None),
            (Some(100), None)
        );
    }

    #[test]
    fn a_later_since_is_gone_on_from() {
        let mut cursor = Cursor::default();
        pass(&mut cursor, &target(None, None), 100, Some(10));
        let later = target(Some(80), None);
        assert_eq!(pass(&mut cursor, &later, 110, None), (Some(80), None));
        assert_eq!(pass(&mut cursor, &later, 120, None), (Some(110), None));
        assert_eq!(pass(&mut cursor, &target(None, None), 130, None), (None, None));
    }

    #[test]
    fn a_window_is_halved_down_to_a_second() {
        let mut cursor = Cursor::default();
        let mut pass = cursor.pass(&target(Some(0), Some(1)), true, Timestamp::from_millis(HOUR));
        let mut halvings = 0;
        while pass.halve() {
            halvings += 1;
        }
        assert_eq!(halvings, 12);
        let mut end = HOUR;
        while let Some(Window(since, until)) = pass.window() {
            assert_eq!(until, Some(end));
            end = since.unwrap();
            pass.end_window();
        }
        assert_eq!(end, 0);
    }

    #[test]
    fn a_pass_goes_on_where_it_was_saved() {
        let (mut cursor, all) = (Cursor::default(), target(Some(1), None));
        let mut pass = cursor.pass(&all, false, Timestamp::from_millis(5 * HOUR));
        let first = Request { accept: Some("text/x"), ..Request::get("/list", [("q", "1")]) };
        let mut call = pass.next(first.clone());
        call.address = Some("https://h/list?page=2".to_owned());
        pass.go_on(&call);
        cursor.pass = Some(pass.clone());
        let mut saved = Cursor::read(&cursor.text()).unwrap();
        let resumed = saved.pass(&all, false, Timestamp::from_millis(9 * HOUR));
        assert_eq!(resumed, pass);
        assert_eq!(resumed.next(first), call);
        // Asked for more, it begins anew.
        let mut saved = Cursor::read(&cursor.text()).unwrap();
        let more = saved.pass(&target(None, None), false, Timestamp::from_millis(9 * HOUR));
        assert_eq!(more.window(), Some(Window(None, None)));
    }
}
