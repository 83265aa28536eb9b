//! The loop: every list of a source for every subject, page by page, stored before the cursor moves.
//!
//! Owns: the order of things. A page is read, its items are completed and converted, facts and
//! payloads are stored, and with them the cursor that stands behind them; a crash at any point repeats
//! at most what was not stored. Must not know: HTTP, single sources, how anything is stored.

mod telling;

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::Ordering;

use aftercast_model::{Problem, Timestamp};
use futures::StreamExt as _;
use reqwest::header::{ETAG, HeaderMap};

use crate::envelope::seal;
use crate::live::ask::{Asker, Expected, Trouble};
use crate::live::clock::millis;
use crate::live::cursor::{Cursor, Pass, Tag, Window};
use crate::live::details::{Complete, Details, Stop};
use crate::live::item::{Item, at, count_of, fingerprint, items, json_text};
use crate::live::keep::{Keep, Of};
use crate::live::pages::{Call, Page, Trail, counts, next};
use crate::live::{Ended, Order, Pull, PullError, PullReport, Stream, StreamReport, Target, Watch};
use crate::redaction::redact;
use crate::source::{Context, Output, Record, Source};

/// Records that are stored together, at least, unless the list ends or time passes.
const BATCH_RECORDS: u64 = 500;
/// Bytes of payloads that are stored together, at most about.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// How long something that was read may wait to be stored.
const BATCH_TIME: std::time::Duration = std::time::Duration::from_secs(30);
/// Times that a list which changes while it is read is read once more.
const SWEEPS: u32 = 3;

/// Pulls all that `target` asks of `source`. Conversions run on the task that polls this; give it a
/// thread of its own where others wait. Dropping the future at any point is as good as a crash.
pub async fn pull<K: Keep>(
    source: &Source,
    target: &Target,
    context: &Context<'_>,
    keep: &mut K,
    watch: &Watch<'_>,
) -> Result<PullReport, PullError> {
    let pull = Target::pull_of(source)?;
    let asker = Asker::new(source, target, watch)?;
    let world = World { source, pull, target, context, asker: &asker };
    let mut report = PullReport::default();
    let mut down: Option<String> = None;
    for subject in &target.subjects(source, pull)? {
        for stream in pull.streams {
            let one = match &down {
                None => {
                    let reading = Reading::new(&world, subject, stream).read(keep, &mut down);
                    Box::pin(reading).await?
                }
                Some(why) => {
                    let mut skipped = Reading::new(&world, subject, stream).report;
                    skipped.ended = Ended::Failed { why: why.clone() };
                    skipped
                }
            };
            report.streams.push(one);
        }
    }
    report.requests = asker.requests.load(Ordering::Relaxed);
    report.bytes = asker.bytes.load(Ordering::Relaxed);
    Ok(report)
}

/// Returns the values of a header.
pub(super) fn header(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers.get_all(name).iter();
    values.filter_map(|value| value.to_str().ok()).map(ToOwned::to_owned).collect()
}

/// All that the readings of one pull share.
struct World<'w> {
    source: &'w Source,
    pull: &'static Pull,
    target: &'w Target,
    context: &'w Context<'w>,
    asker: &'w Asker<'w>,
}

/// The reading of one list.
struct Reading<'w> {
    world: &'w World<'w>,
    subject: &'w str,
    stream: &'static Stream,
    cursor: Cursor,
    batch: Batch,
    report: StreamReport,
    problems: BTreeMap<String, Problem>,
    requests_before: u64,
    /// Items of this window that were read, where it may have to be read again.
    seen: HashSet<u64>,
    /// Whether this time something new was found.
    found_new: bool,
    total: Option<u64>,
    tag: Option<Tag>,
}

/// What is converted and not stored yet.
struct Batch {
    output: Output,
    bytes: usize,
    since: Timestamp,
}

/// How reading goes on behind a page.
enum Step {
    /// With this call.
    Page(Call),
    /// With the next window.
    Window,
    /// Not at all: the list is as it was.
    Unchanged,
    /// Not now.
    Stop(Stop),
}

impl<'w> Reading<'w> {
    fn new(world: &'w World<'w>, subject: &'w str, stream: &'static Stream) -> Self {
        let report = StreamReport {
            subject: subject.to_owned(),
            stream: stream.name,
            pages: 0,
            items: 0,
            requests: 0,
            problems: Vec::new(),
            ended: Ended::Done,
        };
        let since = world.asker.watch.clock.now();
        Self {
            world,
            subject,
            stream,
            cursor: Cursor::default(),
            batch: Batch { output: Output::default(), bytes: 0, since },
            report,
            problems: BTreeMap::new(),
            requests_before: world.asker.requests.load(Ordering::Relaxed),
            seen: HashSet::new(),
            found_new: false,
            total: None,
            tag: None,
        }
    }

    async fn read<K: Keep>(
        mut self,
        keep: &mut K,
        down: &mut Option<String>,
    ) -> Result<StreamReport, PullError> {
        let saved = keep.load(self.of()).await.map_err(PullError::Keep)?;
        if let Some(text) = saved {
            match Cursor::read(&text) {
                Ok(cursor) => self.cursor = cursor,
                Err(error) => {
                    self.tell(Problem::note(
                        self.place(),
                        format!("the saved cursor cannot be read, so reading begins anew: {error}"),
                    ));
                }
            }
        }
        let now = self.world.asker.watch.clock.now();
        let mut pass = self.cursor.pass(self.world.target, self.stream.cap.is_some(), now);
        let stop = self.pass(&mut pass, keep).await?;
        match stop {
            None => self.cursor.end(&pass),
            Some(_) => self.cursor.pass = Some(pass),
        }
        self.store(keep).await?;
        if let Some(Stop::Trouble(Trouble::Unreachable(why))) = &stop {
            *down = Some(why.clone());
        }
        self.report.ended = stop.map_or(Ended::Done, |stop| self.ended(stop));
        let requests = self.world.asker.requests.load(Ordering::Relaxed);
        self.report.requests = requests - self.requests_before;
        self.report.problems.extend(std::mem::take(&mut self.problems).into_values());
        Ok(self.report)
    }

    /// Reads all windows; returns why it stopped before the end.
    async fn pass<K: Keep>(
        &mut self,
        pass: &mut Pass,
        keep: &mut K,
    ) -> Result<Option<Stop>, PullError> {
        let mut is_resumed = pass.is_under_way();
        while let Some(window) = pass.window() {
            let Some(first) = self.first(window) else {
                pass.end_window();
                continue;
            };
            let mut call = pass.next(first);
            let mut trail = Trail::default();
            self.found_new = false;
            loop {
                if let Err(why) = trail.add(&call) {
                    return Ok(Some(Stop::Trouble(Trouble::Failed(why))));
                }
                match self.page(&call, window, pass).await {
                    Step::Page(next) => {
                        pass.done.clear();
                        pass.go_on(&next);
                        call = next;
                    }
                    Step::Window => break,
                    Step::Unchanged => {
                        // The tag stays: nothing was read that another could be made of.
                        pass.end_window();
                        return Ok(None);
                    }
                    Step::Stop(Stop::Trouble(Trouble::Refused(_) | Trouble::Failed(_)))
                        if is_resumed =>
                    {
                        // Addresses and tokens of pages do not last: the window is read anew.
                        is_resumed = false;
                        pass.begin_window();
                        break;
                    }
                    Step::Stop(stop) => {
                        pass.go_on(&call);
                        return Ok(Some(stop));
                    }
                }
                is_resumed = false;
                self.cursor.pass = Some(pass.clone());
                if self.batch.is_full(self.world.asker.watch) {
                    self.store(keep).await?;
                }
            }
        }
        self.cursor.etag = self.tag.take().filter(|_| !pass.has_open());
        Ok(None)
    }

    /// Reads one page, and decides how to go on. Ends or divides the window of `pass` itself.
    async fn page(&mut self, call: &Call, window: Window, pass: &mut Pass) -> Step {
        let asked = fingerprint(&format!("{call:?}"));
        let is_first = pass.pages == 0;
        let etag = self.cursor.etag.clone().filter(|tag| is_first && tag.asked == asked);
        let waits = self.waiting();
        let asker = self.world.asker;
        let answer =
            asker.ask(call, Expected::Json, etag.as_ref().map(|tag| tag.value.as_str()), &waits);
        let received = match answer.await {
            Ok(received) => received,
            Err(Trouble::Unchanged) if etag.is_some() => return Step::Unchanged,
            Err(trouble) => return Step::Stop(Stop::Trouble(trouble)),
        };
        let text = json_text(&received.body).unwrap_or_default();
        let raw = items(&text, self.stream.items);
        if is_first && pass.sweeps == 0 {
            self.seen.clear();
            self.total = self.stream.cap.and_then(|cap| at(&text, cap.total)).and_then(count_of);
            let over =
                self.stream.cap.zip(self.total).is_some_and(|(cap, total)| total > cap.items);
            if over && self.halve(pass) {
                return Step::Window;
            }
            let tag = header(&received.headers, ETAG.as_str()).into_iter().next();
            self.tag = tag.filter(|_| !pass.is_cut()).map(|value| Tag { asked, value });
        }
        pass.pages += 1;
        self.report.pages += 1;
        let values = |name: &str| header(&received.headers, name);
        let page =
            Page { header: &values, body: &text, items: raw.len(), last: raw.last().copied() };
        let next = next(self.stream.paging, call, &page);
        let count = u64::try_from(raw.len()).unwrap_or(u64::MAX);
        let mut wanted = Vec::with_capacity(raw.len());
        let mut is_past = !raw.is_empty();
        let mut last = None;
        for one in raw {
            let Some(item) = Item::read(one) else {
                self.tell(Problem::lost(self.place(), "an item that is no object was left out"));
                continue;
            };
            let at = item.time(self.stream.at);
            last = at.or(last);
            is_past &= at.zip(window.since()).is_some_and(|(at, since)| at < since);
            let print = fingerprint(&item.text);
            if window.has(at) && !pass.done.contains(&print) {
                let is_new = !self.rereads() || self.seen.insert(print);
                self.found_new |= is_new;
                if is_new || pass.sweeps == 0 {
                    wanted.push((item, print));
                }
            }
        }
        if let Some(stop) = self.convert(wanted, pass, &waits).await {
            pass.pages -= 1;
            return Step::Stop(stop);
        }
        pass.items += count;
        self.progress(window, pass, last);
        let ends = is_past && self.stream.order == Order::NewestFirst;
        match next {
            Some(next) if !ends => Step::Page(next),
            _ => self.end_window(pass),
        }
    }

    /// Completes, converts and remembers `wanted`, in order.
    async fn convert(
        &mut self,
        wanted: Vec<(Item, u64)>,
        pass: &mut Pass,
        waits: &(dyn Fn(Timestamp) + Sync),
    ) -> Option<Stop> {
        let World { asker, target, pull, .. } = *self.world;
        let details = Details::new(asker, target, self.subject, pull.concurrency, waits);
        let of_item = self.stream.details;
        let mut complete = futures::stream::iter(wanted)
            .map(|(item, print)| {
                let complete = details.complete(item, of_item);
                async move { (complete.await, print) }
            })
            .buffered(pull.concurrency.max(1));
        let mut stop = None;
        while let Some((result, print)) = complete.next().await {
            match result {
                Ok(Complete { item, is_lacking }) => {
                    let is_open = self.stream.open.is_some_and(|open| open(&item.value));
                    if is_open || is_lacking {
                        pass.keep_open(item.time(self.stream.at));
                    }
                    self.one(&item);
                    pass.done.push(print);
                }
                Err(why) => {
                    stop = Some(why);
                    break;
                }
            }
        }
        drop(complete);
        for note in details.notes() {
            self.tell(Problem::note(self.place(), note));
        }
        stop
    }

    /// Converts one item.
    fn one(&mut self, item: &Item) {
        let sealed = seal(self.stream.kind, self.subject, &item.text);
        let body = redact(sealed.as_bytes());
        let record = Record { place: self.place(), body: &body };
        let before = self.batch.output.payloads.len();
        self.world.source.convert(&record, self.world.context, &mut self.batch.output);
        self.batch.output.records += 1;
        let kept = self.batch.output.payloads.get(before..).unwrap_or_default();
        self.batch.bytes += kept.iter().map(|payload| payload.body.len()).sum::<usize>();
        self.report.items += 1;
        for problem in std::mem::take(&mut self.batch.output.problems) {
            self.tell(problem);
        }
    }

    fn end_window(&mut self, pass: &mut Pass) -> Step {
        let is_full = self.stream.cap.is_some_and(|cap| pass.items >= cap.items);
        if is_full && self.total.is_none() && self.halve(pass) {
            return Step::Window;
        }
        if self.rereads() && pass.pages > 1 && (pass.sweeps == 0 || self.found_new) {
            if pass.sweeps < SWEEPS {
                pass.sweep();
                return Step::Window;
            }
            self.tell(Problem::note(
                self.place(),
                "the list kept changing while it was read; the next pull reads it again",
            ));
        }
        pass.end_window();
        Step::Window
    }

    fn halve(&mut self, pass: &mut Pass) -> bool {
        let halved = pass.halve();
        if !halved {
            self.tell(Problem::lost(
                self.place(),
                "one second has more items than the API gives; some of them are missing",
            ));
        }
        halved
    }

    /// Returns whether the list can move while it is read such that an item slips from a page that is
    /// not read yet to one that is. Newest first, what is new pushes the others back: they come twice.
    fn rereads(&self) -> bool {
        counts(self.stream.paging) && self.stream.order != Order::NewestFirst
    }

    async fn store<K: Keep>(&mut self, keep: &mut K) -> Result<(), PullError> {
        let output = std::mem::take(&mut self.batch.output);
        self.batch.bytes = 0;
        let of = Of { subject: self.subject, stream: self.stream.name };
        keep.store(of, output, &self.cursor.text()).await.map_err(PullError::Keep)?;
        self.batch.since = self.world.asker.watch.clock.now();
        Ok(())
    }

    fn first(&self, window: Window) -> Option<crate::live::Request> {
        self.world.target.first(self.stream, self.subject, window.since(), window.until())
    }

    fn of(&self) -> Of<'w> {
        Of { subject: self.subject, stream: self.stream.name }
    }
}

impl Batch {
    fn is_full(&self, watch: &Watch<'_>) -> bool {
        self.output.records >= BATCH_RECORDS
            || self.bytes >= BATCH_BYTES
            || watch.clock.now().since(self.since) >= millis(BATCH_TIME)
    }
}
