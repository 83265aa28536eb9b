//! Single cases of the loop: one thing goes wrong, or changes, at a time.

mod lists;
mod words;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use aftercast_connectors::Source;
use aftercast_connectors::live::{
    Answer, Auth, Cap, Detail, Ended, Limits, Order, Paging, Progress, Pull, PullError, PullReport,
    Request, Secret, Stream, Subjects, Target, Verdict, Watch, plan, probe, pull,
};
use serde_json::{Value, json};

use super::demo;
use crate::vendors::scenario::{Disk, Known, TestClock, target};
use crate::vendors::server::{Fault, Server};
use crate::vendors::world::BEGIN;
use crate::vendors::{Asked, Reply, Vendor, World};

const MINUTE: i64 = 60_000;

/// Releases, as a list with one question.
const LIST: Stream = Stream {
    name: "things",
    kind: "deployment",
    needs: "things:read",
    gives: "things",
    optional: false,
    list: |_| Some(Request::get("/things", [])),
    paging: Paging::Single,
    items: "/list",
    at: "/at",
    order: Order::NewestFirst,
    open: None,
    cap: None,
    details: &[],
};

const PULL: Pull = Pull {
    base: None,
    auth: &[Auth::Bearer],
    headers: &[("x-own", "1")],
    subjects: Subjects { key: "things", example: "a", optional: true },
    streams: &[LIST],
    concurrency: 3,
    per_minute: None,
};

const VENDOR: Vendor = Vendor {
    source: "demo",
    subject: "a",
    secret: "hush",
    settings: &[],
    answer: |_, _, _| Reply::status(404),
    hooks: |_| Vec::new(),
    truth: |_| Vec::new(),
};

fn source(pull: &'static Pull) -> Source {
    Source { pull: Some(pull), ..demo_source() }
}

fn demo_source() -> Source {
    let Source { name, about, reads, tells, .. } = demo::SOURCE;
    Source {
        name,
        about,
        reads,
        tells,
        import: aftercast_connectors::Import::Json(demo::convert),
        pull: None,
        webhook: None,
    }
}

fn thing(id: usize) -> Value {
    json!({"id": id, "sha": format!("s{id}"), "at": BEGIN + MINUTE * i64::try_from(id).unwrap()})
}

fn things(ids: impl IntoIterator<Item = usize>) -> Value {
    json!({ "list": ids.into_iter().map(thing).collect::<Vec<_>>() })
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

/// A vendor on a socket, a disk and a clock.
struct Bench {
    source: Source,
    server: Server,
    disk: Disk,
    clock: TestClock,
    target: Target,
    limits: Limits,
}

impl Bench {
    fn new(pull: &'static Pull, vendor: &'static Vendor, faults: Vec<(usize, Fault)>) -> Self {
        let auth = pull.auth.first().copied();
        let world = Arc::new(World::new(12));
        let server = Server::start(vendor, auth, world, faults, (12, 1));
        let target = target(vendor, &server.url);
        let clock = TestClock(AtomicI64::new(BEGIN + 1000 * MINUTE));
        let limits = Limits::default();
        Self { source: source(pull), server, disk: Disk::default(), clock, target, limits }
    }

    fn watch(&self) -> Watch<'_> {
        Watch { seed: 1, limits: self.limits, ..Watch::new(&self.clock) }
    }

    fn try_pull(&self) -> Result<PullReport, PullError> {
        let (known, watch) = (Known::default(), self.watch());
        let mut keep = self.disk.clone();
        run(pull(&self.source, &self.target, &known.context(), &mut keep, &watch))
    }

    fn pull(&self) -> PullReport {
        self.try_pull().unwrap()
    }

    /// Pulls, and returns how the first list ended.
    fn ended(&self) -> Ended {
        self.pull().streams.remove(0).ended
    }

    /// Returns the `sha` of every row, in order.
    fn found(&self) -> Vec<String> {
        let rows = self.disk.rows();
        let rows = rows.values().map(|row| serde_json::from_str::<Value>(row).unwrap());
        let mut found: Vec<String> =
            rows.filter_map(|row| row["sha"].as_str().map(ToOwned::to_owned)).collect();
        found.sort_by_key(|text| text[1..].parse::<usize>().unwrap_or(0));
        found
    }

    fn said(report: &PullReport) -> Vec<String> {
        let problems = report.streams.iter().flat_map(|stream| &stream.problems);
        problems.map(ToString::to_string).collect()
    }
}

fn numbered(ids: impl IntoIterator<Item = usize>) -> Vec<String> {
    ids.into_iter().map(|id| format!("s{id}")).collect()
}
