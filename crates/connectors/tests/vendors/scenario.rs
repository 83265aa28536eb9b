//! One and the same story for every fake vendor: history is read while it grows, the vendor breaks in
//! every way, the process is killed, webhooks come twice, out of order and again; in the end the facts
//! are the truth, row for row.
//!
//! Knows no vendor. Panics with the vendor, the table and the first rows that are missing or too many.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::future::Future;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aftercast_connectors::live::webhook::{Incoming, sign, verify};
use aftercast_connectors::live::{
    Clock, Ended, Keep, KeepError, Of, PullError, PullReport, Secret, Target, Watch, pull,
};
use aftercast_connectors::{Context, Output, Record, Rules, Settled, Source, redact, seal};
use aftercast_model::{PersonKey, Place, ServiceMap, Timestamp};
use serde_json::{Map, Value};

use super::server::{Fault, Server};
use super::world::BEGIN;
use super::{Vendor, World};

/// A clock on which sleeping takes no time.
pub struct TestClock(pub AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn sleep(&self, time: Duration) -> futures_boxed::Boxed {
        self.0.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
        Box::pin(tokio::task::yield_now())
    }
}

/// The type that `Clock::sleep` returns, without naming the crate that has a name for it.
mod futures_boxed {
    use std::future::Future;
    use std::pin::Pin;

    pub type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// What outlives a crash.
#[derive(Default, Clone)]
pub struct Disk(Arc<Mutex<Stored>>);

#[derive(Default)]
struct Stored {
    facts: Settled,
    cursors: BTreeMap<(String, String), String>,
    stores: usize,
}

impl Disk {
    /// Returns how often something was stored.
    pub fn stores(&self) -> usize {
        self.0.lock().unwrap().stores
    }

    /// Returns the facts by table and id, as JSON.
    pub fn rows(&self) -> BTreeMap<String, String> {
        self.0.lock().unwrap().facts.rows()
    }

    /// Adds facts that came another way.
    pub fn add(&self, output: &Output) {
        self.0.lock().unwrap().facts.add(&output.facts);
    }
}

impl Keep for Disk {
    fn load(
        &mut self,
        of: Of<'_>,
    ) -> impl Future<Output = Result<Option<String>, KeepError>> + Send {
        let key = (of.subject.to_owned(), of.stream.to_owned());
        let cursor = self.0.lock().unwrap().cursors.get(&key).cloned();
        async move { Ok(cursor) }
    }

    fn store(
        &mut self,
        of: Of<'_>,
        output: Output,
        cursor: &str,
    ) -> impl Future<Output = Result<(), KeepError>> + Send {
        let key = (of.subject.to_owned(), of.stream.to_owned());
        let cursor = cursor.to_owned();
        async move {
            {
                let mut stored = self.0.lock().unwrap();
                stored.facts.add(&output.facts);
                stored.stores += 1;
            }
            // A crash between data and cursor is a crash here.
            tokio::task::yield_now().await;
            self.0.lock().unwrap().cursors.insert(key, cursor);
            Ok(())
        }
    }
}

/// What conversions may know in these tests.
pub struct Known {
    services: ServiceMap,
    people: PersonKey,
    rules: Rules,
}

impl Default for Known {
    fn default() -> Self {
        let people = PersonKey::from_bytes([7; 32]);
        Self { services: ServiceMap::default(), people, rules: Rules::default() }
    }
}

impl Known {
    /// Returns it as conversions get it.
    pub fn context(&self) -> Context<'_> {
        Context { services: &self.services, people: &self.people, repo: None, rules: &self.rules }
    }
}

/// Returns the settings for `vendor` at `url`.
pub fn target(vendor: &Vendor, url: &str) -> Target {
    let settings = vendor.settings.iter();
    Target {
        url: Some(url.to_owned()),
        secret: Some(Secret::new(vendor.secret)),
        subjects: vec![vendor.subject.to_owned()],
        settings: settings.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        allow: vec!["127.0.0.1".to_owned()],
        ..Target::default()
    }
}

/// What goes wrong, by request.
pub fn faults() -> Vec<(usize, Fault)> {
    let later = vec![("retry-after", "7")];
    let tomorrow = vec![("retry-after", "86400")];
    let spent = vec![("x-ratelimit-remaining", "0"), ("retry-after", "30")];
    let mut faults = vec![
        (2, Fault::Status(500, Vec::new(), "oops")),
        (3, Fault::Status(429, later.clone(), "")),
        (4, Fault::Garbage),
        (5, Fault::Status(403, spent, "API rate limit exceeded")),
        (7, Fault::Cut),
        (8, Fault::Slow),
        (10, Fault::Status(502, Vec::new(), "")),
        (13, Fault::Status(503, later, "")),
        (17, Fault::Drop),
        (23, Fault::Status(429, tomorrow, "")),
        (30, Fault::Status(403, Vec::new(), "You have exceeded a secondary rate limit")),
        (51, Fault::Slow),
        (52, Fault::Cut),
        (53, Fault::Garbage),
    ];
    // An outage, longer than patience with a single request.
    faults.extend((80..110).map(|number| (number, Fault::Drop)));
    faults
}

/// When the process is killed, by request.
const KILLS: &[usize] = &[9, 47, 601];
/// Pulls after which everything must have been read.
const MOST_PULLS: usize = 25;

/// Plays the story with so many runs.
pub fn play(source: &'static Source, vendor: &'static Vendor, runs: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = Arc::new(World::new(runs));
    let disk = Disk::default();
    let begun = std::time::Instant::now();
    // What has no API tells everything by webhook.
    let (requests, pulls) = if source.pull.is_some() {
        runtime.block_on(refused(source, vendor, &world));
        runtime.block_on(history(source, vendor, &world, &disk))
    } else {
        (0, 0)
    };
    let read = begun.elapsed().as_secs_f64();
    let hooks = webhooks(source, vendor, &world, &disk);
    let heard = begun.elapsed().as_secs_f64() - read;
    let rows = disk.rows();
    compare(vendor, &rows, &(vendor.truth)(&world));
    println!(
        "{}: {requests} requests, {pulls} pulls, {} stores in {read:.1} s, {hooks} webhooks in {heard:.1} s, {} rows",
        vendor.source,
        disk.stores(),
        rows.len()
    );
}

/// A wrong secret reads nothing and says what is missing.
async fn refused(source: &Source, vendor: &'static Vendor, world: &Arc<World>) {
    let auth = source.pull.unwrap().auth.first().copied();
    let server = Server::start(vendor, auth, Arc::clone(world), [], (world.runs.len(), 1));
    let known = Known::default();
    let clock = TestClock(AtomicI64::new(BEGIN));
    let mut disk = Disk::default();
    let mut target = target(vendor, &server.url);
    target.secret = auth.map(|_| Secret::new("wrong:secret"));
    let report = pull(source, &target, &known.context(), &mut disk, &Watch::new(&clock)).await;
    let report = report.unwrap();
    if auth.is_some() {
        assert!(disk.rows().is_empty(), "{}: facts without the secret", vendor.source);
        assert!(
            report.streams.iter().any(|stream| {
                matches!(stream.ended, Ended::Refused { status: 401, needs, gives, .. }
                    if !needs.is_empty() && !gives.is_empty())
            }),
            "{}: a wrong secret is not told: {:?}",
            vendor.source,
            report.streams
        );
    }
}

/// Reads the history while it grows and everything breaks; returns how many requests and pulls it took.
async fn history(
    source: &'static Source,
    vendor: &'static Vendor,
    world: &Arc<World>,
    disk: &Disk,
) -> (usize, usize) {
    let runs = world.runs.len();
    let auth = source.pull.unwrap().auth.first().copied();
    let start = (runs * 9 / 10, 3);
    let server = Server::start(vendor, auth, Arc::clone(world), faults(), start);
    let killed = Arc::new(tokio::sync::Notify::new());
    for number in KILLS {
        let killed = Arc::clone(&killed);
        server.at(*number, move || killed.notify_one());
    }
    let known = Known::default();
    let target = target(vendor, &server.url);
    // Behind the newest thing that the vendor shows by some hours: nothing may depend on our clock.
    let present = |visible: usize| world.runs[visible - 1].queued_at - 3 * 3600 * 1000;
    let clock = TestClock(AtomicI64::new(present(server.visible())));
    let mut pulls = 0;
    let mut last = String::new();
    let mut is_last = false;
    while pulls < MOST_PULLS {
        pulls += 1;
        let context = known.context();
        let mut keep = disk.clone();
        let watch = Watch { seed: 7, ..Watch::new(&clock) };
        let pulling = pull(source, &target, &context, &mut keep, &watch);
        let report = tokio::select! {
            biased;
            () = killed.notified() => continue,
            report = pulling => report,
        };
        let report: PullReport = match report {
            Ok(report) => report,
            Err(PullError::Keep(error)) => panic!("{}: {error}", vendor.source),
            Err(error) => panic!("{}: cannot be pulled: {error}", vendor.source),
        };
        last = format!("{:#?}", report.streams);
        let limited = report.streams.iter().filter_map(|stream| match stream.ended {
            Ended::Limited { until } => Some(until.millis()),
            _ => None,
        });
        if let Some(until) = limited.max() {
            clock.0.fetch_max(until, Ordering::Relaxed);
        }
        if is_last && report.is_complete() {
            return (server.requests(), pulls);
        }
        if report.is_complete() {
            // One more, a day later, finds all the rest.
            server.show_all();
            clock.0.fetch_max(present(runs) + 30 * 3600 * 1000, Ordering::Relaxed);
            is_last = true;
        }
    }
    panic!("{}: not read after {MOST_PULLS} pulls: {last}", vendor.source);
}

/// Every webhook signed, twice, out of order, and some of them again: believed and converted.
fn webhooks(source: &Source, vendor: &Vendor, world: &World, disk: &Disk) -> usize {
    let hooks = (vendor.hooks)(world);
    let Some(webhook) = source.webhook else {
        assert!(hooks.is_empty(), "{} sends webhooks that nobody accepts", vendor.source);
        return 0;
    };
    let mut order: Vec<usize> = (0..hooks.len()).chain(0..hooks.len()).collect();
    shuffle(&mut order, 11);
    let replayed: Vec<usize> = order.iter().copied().step_by(10).collect();
    order.extend(replayed);
    let known = Known::default();
    let context = known.context();
    let now = Timestamp::from_millis(BEGIN);
    let secret = "whsec_YWZ0ZXJjYXN0LXNlY3JldC1vZi10aGUtdGVzdHM=";
    let mut seen: BTreeSet<(String, usize)> = BTreeSet::new();
    let mut output = Output::default();
    for index in &order {
        let hook = &hooks[*index];
        let mut headers = hook.headers.clone();
        let id = format!("delivery-{index}");
        if let Some(scheme) = webhook.signatures.first() {
            headers.extend(sign(*scheme, secret, &hook.body, &id, now));
        }
        let header = |name: &str| {
            headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
        };
        let incoming = Incoming { header: &header, body: &hook.body, now };
        let delivery = match verify(webhook, &incoming, &[secret]) {
            Ok(delivery) => delivery,
            Err(refusal) => panic!("{}: webhook {index} refused: {refusal}", vendor.source),
        };
        seen.insert((delivery.id, *index));
        let body = String::from_utf8_lossy(&hook.body);
        let sealed = seal(&delivery.kind, "", &body);
        let place = Place { file: format!("{} webhook", vendor.source), line: None };
        let record = Record { place, body: &redact(sealed.as_bytes()) };
        source.convert(&record, &context, &mut output);
        if output.facts.len() > 5_000 {
            disk.add(&std::mem::take(&mut output));
        }
    }
    disk.add(&output);
    assert!(seen.len() == hooks.len(), "{}: a repeated webhook has another id", vendor.source);
    order.len()
}

/// Compares the columns that `truth` names of all rows of the tables that it names.
pub fn compare(vendor: &Vendor, rows: &BTreeMap<String, String>, truth: &[Value]) {
    let mut columns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in truth {
        let table = row["table"].as_str().expect("a row of the truth has a `table`");
        let named = row.as_object().unwrap().keys().cloned();
        columns.entry(table.to_owned()).or_default().extend(named);
    }
    let mut difference: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in truth {
        let table = row["table"].as_str().unwrap();
        let text = plain(row.as_object().unwrap(), &columns[table]);
        *difference.entry((table.to_owned(), text)).or_default() += 1;
    }
    for row in rows.values() {
        let row: Map<String, Value> = serde_json::from_str(row).unwrap();
        let table = row["table"].as_str().unwrap();
        if let Some(columns) = columns.get(table) {
            *difference.entry((table.to_owned(), plain(&row, columns))).or_default() -= 1;
        }
    }
    let mut said = String::new();
    for table in columns.keys() {
        for (what, sign) in [("missing", 1), ("surplus", -1)] {
            let wrong: Vec<&str> = difference
                .iter()
                .filter(|((of, _), count)| of == table && **count * sign > 0)
                .map(|((_, text), _)| text.as_str())
                .collect();
            if !wrong.is_empty() {
                let _ = write!(said, "\n{}: `{table}`: {} {what}:", vendor.source, wrong.len());
                for row in wrong.iter().take(5) {
                    let _ = write!(said, "\n  {row}");
                }
            }
        }
    }
    assert!(said.is_empty(), "the facts are not the truth{said}");
}

/// Returns a row with these columns as a text, times as milliseconds, missing ones left out.
fn plain(row: &Map<String, Value>, columns: &BTreeSet<String>) -> String {
    let mut kept = BTreeMap::new();
    for column in columns {
        let value = match row.get(column) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) if column.ends_with("_at") => {
                let at = Timestamp::parse(text).expect("a time that can be read");
                Value::from(at.millis())
            }
            Some(value) => value.clone(),
        };
        kept.insert(column, value);
    }
    serde_json::to_string(&kept).unwrap()
}

/// Puts `items` into another order, always the same for one seed.
pub fn shuffle<T>(items: &mut [T], mut seed: u64) {
    for last in (1..items.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(seed >> 33).unwrap() % (last + 1);
        items.swap(last, other);
    }
}
