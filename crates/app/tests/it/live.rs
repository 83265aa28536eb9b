//! The whole way from outside: the built binary pulls from fake vendors that break, is killed twice,
//! and takes their webhooks doubled, out of order and again; in the end the lake holds the truth.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Child;
use std::sync::{Arc, Mutex};

use aftercast_connectors::live::webhook::{Webhook, sign};
use aftercast_connectors::{Source, source_named};
use aftercast_model::Timestamp;

use crate::bench::{Bench, TABLES, finished};
use crate::serving::Serving;
use crate::vendors::server::{Fault, Server};
use crate::vendors::{Hook, VENDORS, Vendor, World, scenario};

/// Runs of the world.
const RUNS: usize = 1000;
/// Requests at which the process is killed.
const KILLS: [usize; 2] = [7, 31];
/// Pulls after which everything must have been read.
const MOST_PULLS: usize = 8;
/// Different webhooks that are sent, at most; each comes at least twice.
const MOST_HOOKS: usize = 600;
/// Senders of webhooks at once.
const SENDERS: usize = 16;
const SECRET: &str = "whsec_YWZ0ZXJjYXN0LXNlY3JldC1vZi10aGUtdGVzdHM=";

#[test]
fn every_source_comes_to_the_truth_from_outside() {
    let mut left: Vec<&'static Vendor> = VENDORS.to_vec();
    // `AFTERCAST_VENDOR=jenkins cargo test ...` plays only one.
    if let Ok(only) = std::env::var("AFTERCAST_VENDOR") {
        left.retain(|vendor| vendor.source == only);
    }
    assert!(!left.is_empty(), "no vendor of that name");
    let (left, broken) = (Mutex::new(left), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let Some(vendor) = left.lock().unwrap().pop() else { return };
                    let begun = std::time::Instant::now();
                    if std::panic::catch_unwind(|| play(vendor)).is_err() {
                        broken.lock().unwrap().push(vendor.source);
                    }
                    println!("{}: {:.1} s", vendor.source, begun.elapsed().as_secs_f64());
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "sources whose lake is not the truth (see above): {broken:?}");
}

fn play(vendor: &'static Vendor) {
    let source = source_named(vendor.source).unwrap();
    let world = Arc::new(World::new(RUNS));
    let bench = Bench::new();
    let pulls = backfill(&bench, source, vendor, &world);
    let hooks = webhooks(&bench, source, vendor, &world);
    let rows = rows(&bench);
    println!("{}: {pulls} pulls, {hooks} webhooks, {} rows", vendor.source, rows.len());
    scenario::compare(vendor, &rows, &(vendor.truth)(&world));
}

/// Reads all of the history with an outage in the middle; the process is killed twice.
fn backfill(bench: &Bench, source: &Source, vendor: &'static Vendor, world: &Arc<World>) -> usize {
    let Some(api) = source.pull else {
        configure(bench, vendor, "https://alerts.invalid");
        return 0;
    };
    let auth = api.auth.first().copied();
    let mut faults = vec![
        (3, Fault::Status(500, Vec::new(), "oops")),
        (5, Fault::Cut),
        (12, Fault::Status(429, vec![("retry-after", "1")], "")),
        (14, Fault::Garbage),
    ];
    faults.extend((18..21).map(|number| (number, Fault::Drop)));
    let server = Server::start(vendor, auth, Arc::clone(world), faults, (world.runs.len(), 1));
    configure(bench, vendor, &server.url);
    let running: Arc<Mutex<Option<Child>>> = Arc::default();
    for number in KILLS {
        let running = Arc::clone(&running);
        server.at(number, move || {
            // It may just have ended by itself.
            if let Some(child) = running.lock().unwrap().as_mut() {
                let _ = child.kill();
            }
        });
    }
    let mut last = String::new();
    for pull in 1..=MOST_PULLS {
        let mut command = bench.command();
        command.env("AFTERCAST_TEST_TOKEN", vendor.secret).args(["sync", "--format", "json"]);
        *running.lock().unwrap() = Some(command.spawn().unwrap());
        let code = wait(&running);
        let child = running.lock().unwrap().take().unwrap();
        let run = finished(child);
        if code == Some(0) {
            return pull;
        }
        last = format!("{code:?}: {}{}", run.stdout, run.stderr);
        assert!(!run.stderr.contains("panicked"), "{last}");
    }
    panic!("{}: not read after {MOST_PULLS} pulls: {last}", vendor.source);
}

/// Waits for the child without holding the lock that a kill needs.
fn wait(running: &Mutex<Option<Child>>) -> Option<i32> {
    loop {
        if let Some(ended) = running.lock().unwrap().as_mut().unwrap().try_wait().unwrap() {
            return ended.code();
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn configure(bench: &Bench, vendor: &Vendor, url: &str) {
    let source = source_named(vendor.source).unwrap();
    let mut text = format!("[[source]]\nkind = \"{}\"\nname = \"theirs\"\n", vendor.source);
    if let Some(api) = source.pull {
        writeln!(text, "url = \"{url}\"\nallow = [\"127.0.0.1\"]\nper_minute = 1000000").unwrap();
        if !vendor.subject.is_empty() {
            writeln!(text, "{} = [\"{}\"]", api.subjects.key, vendor.subject).unwrap();
        }
        if !api.auth.is_empty() {
            text.push_str("token_env = \"AFTERCAST_TEST_TOKEN\"\n");
        }
    }
    if source.webhook.is_some() {
        text.push_str("webhook_secret_env = \"AFTERCAST_TEST_HOOK\"\n");
    }
    for (key, value) in vendor.settings {
        writeln!(text, "{key} = \"{value}\"").unwrap();
    }
    bench.write("work/aftercast.toml", text.as_bytes());
}

/// Sends every webhook twice, out of order, and some of them again; the server is killed in the middle.
fn webhooks(bench: &Bench, source: &Source, vendor: &Vendor, world: &World) -> usize {
    let mut hooks = (vendor.hooks)(world);
    // Some of the whole length of the history: the facts are there already, and must stay as they are.
    let step = hooks.len().div_ceil(MOST_HOOKS).max(1);
    hooks = hooks.into_iter().step_by(step).collect();
    let Some(webhook) = source.webhook.filter(|_| !hooks.is_empty()) else { return 0 };
    let mut order: Vec<usize> = (0..hooks.len()).chain(0..hooks.len()).collect();
    scenario::shuffle(&mut order, 11);
    let again: Vec<usize> = order.iter().copied().step_by(10).collect();
    order.extend(again);
    let variables = [("AFTERCAST_TEST_HOOK", SECRET), ("AFTERCAST_TEST_TOKEN", vendor.secret)];
    let mut accepted: BTreeMap<usize, usize> = BTreeMap::new();
    let (first, second) = order.split_at(order.len() / 2);
    for part in [first, second] {
        let serving = Serving::start(bench, &variables);
        for (index, status) in post(&serving, webhook, &hooks, part) {
            assert!([200, 202].contains(&status), "{}: webhook {index}: {status}", vendor.source);
            *accepted.entry(index).or_default() += usize::from(status == 202);
        }
        if part == first {
            serving.kill();
            continue;
        }
        serving.wait_until_converted();
        let (code, said) = serving.end();
        assert_eq!(code, Some(0), "{said}");
    }
    // Two events may have one body; what was "busy" may have been stored all the same.
    assert!(accepted.values().all(|count| *count <= 1), "{}: taken twice", vendor.source);
    order.len()
}

/// Posts the hooks of `order` from several senders at once; returns the status of each.
fn post(
    serving: &Serving,
    webhook: &Webhook,
    hooks: &[Hook],
    order: &[usize],
) -> Vec<(usize, u16)> {
    let send = |index: usize| {
        let hook = &hooks[index];
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let now = Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap());
        let mut headers = hook.headers.clone();
        headers.retain(|(name, _)| name != "content-type");
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
        let id = format!("delivery-{index}");
        if let Some(scheme) = webhook.signatures.first() {
            headers.extend(sign(*scheme, SECRET, &hook.body, &id, now));
        }
        loop {
            let (status, _) = serving.post("/v1/hooks/theirs", &headers, &hook.body);
            // Busy: every sender sends it again.
            if status != 503 {
                return (index, status);
            }
        }
    };
    std::thread::scope(|scope| {
        let senders: Vec<_> = order
            .chunks(order.len().div_ceil(SENDERS))
            .map(|part| scope.spawn(|| part.iter().map(|index| send(*index)).collect::<Vec<_>>()))
            .collect();
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    })
}

/// Every row of the lake, as the comparison wants them.
fn rows(bench: &Bench) -> BTreeMap<String, String> {
    let mut rows = BTreeMap::new();
    for table in TABLES {
        let text = bench.ok(["export", table, "--format", "ndjson", "-o", "-", "-q"]);
        for (number, line) in text.lines().enumerate() {
            // What has no word yet is said in the lake, and left out in the truth.
            let mut row: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(line).unwrap();
            row.retain(|_, value| value != "unknown");
            row.insert("table".to_owned(), (*table).into());
            rows.insert(format!("{table} {number}"), serde_json::to_string(&row).unwrap());
        }
    }
    rows
}
