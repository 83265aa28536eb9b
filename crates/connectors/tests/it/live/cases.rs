//! Single cases of the loop: one thing goes wrong, or changes, at a time.

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

#[test]
fn killed_at_any_request_nothing_is_lost() {
    let auth = demo::SOURCE.pull.unwrap().auth.first().copied();
    let world = Arc::new(World::new(12));
    let play = |kill: Option<usize>| {
        let server = Server::start(&demo::VENDOR, auth, Arc::clone(&world), [], (12, 1));
        let killed = Arc::new(tokio::sync::Notify::new());
        if let Some(number) = kill {
            let killed = Arc::clone(&killed);
            server.at(number, move || killed.notify_one());
        }
        let (known, disk) = (Known::default(), Disk::default());
        let clock = TestClock(AtomicI64::new(BEGIN + 1000 * MINUTE));
        let target = target(&demo::VENDOR, &server.url);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            for _ in 0..2 {
                let (context, watch, mut keep) =
                    (known.context(), Watch::new(&clock), disk.clone());
                let pulling = pull(&demo::SOURCE, &target, &context, &mut keep, &watch);
                tokio::select! {
                    biased;
                    () = killed.notified() => {}
                    report = pulling => {
                        assert!(report.unwrap().is_complete());
                        return;
                    }
                }
            }
            panic!("not read");
        });
        (disk.rows(), server.requests())
    };
    let (rows, requests) = play(None);
    assert!(requests > 30, "{requests}");
    for kill in 1..=requests {
        assert!(play(Some(kill)).0 == rows, "killed at request {kill}");
    }
}

#[test]
fn a_limit_longer_than_patience_ends_the_pass_which_goes_on_later() {
    static PULL_HERE: Pull = Pull {
        streams: &[Stream { paging: Paging::Number { parameter: "page", size: 2 }, ..LIST }],
        ..PULL
    };
    static HERE: Vendor = Vendor {
        answer: |_, asked, _| {
            let page = asked.number("page", 1);
            Reply::json(&things((1..=5).rev().skip((page - 1) * 2).take(2)))
        },
        ..VENDOR
    };
    let limit = Fault::Status(429, vec![("retry-after", "3600")], "");
    let bench = Bench::new(&PULL_HERE, &HERE, vec![(2, limit)]);
    let until = bench.clock.0.load(Ordering::Relaxed) + 3_600_000;
    let Ended::Limited { until: told } = bench.ended() else { panic!("not limited") };
    assert_eq!(told.millis(), until);
    assert_eq!(bench.found(), numbered(4..=5));
    bench.clock.0.store(until, Ordering::Relaxed);
    assert_eq!(bench.ended(), Ended::Done);
    assert_eq!(bench.found(), numbered(1..=5));
    let expected = ["/things?", "/things?page=2", "/things?page=2", "/things?page=3"];
    assert_eq!(bench.server.log(), expected.map(|path| format!("GET {path}")));
}

#[test]
fn an_answer_that_never_comes_is_given_up_and_asked_for_again() {
    static HERE: Vendor = Vendor { answer: |_, _, _| Reply::json(&things(1..=2)), ..VENDOR };
    let mut bench = Bench::new(&PULL, &HERE, vec![(1, Fault::Stall)]);
    bench.limits.read = Duration::from_millis(150);
    assert_eq!(bench.ended(), Ended::Done);
    assert_eq!((bench.found(), bench.server.requests()), (numbered(1..=2), 2));
}

#[test]
fn an_outage_ends_every_list_at_once_and_costs_nothing_later() {
    static TWO: Pull = Pull { streams: &[LIST, Stream { name: "more", ..LIST }], ..PULL };
    static HERE: Vendor = Vendor { answer: |_, _, _| Reply::json(&things(1..=2)), ..VENDOR };
    let outage = (1..=8).map(|number| (number, Fault::Drop)).collect();
    let bench = Bench::new(&TWO, &HERE, outage);
    let report = bench.pull();
    assert!(report.streams.iter().all(|stream| matches!(stream.ended, Ended::Failed { .. })));
    assert_eq!(bench.server.requests(), 8);
    assert!(bench.pull().is_complete());
    assert_eq!(bench.found(), numbered(1..=2));
}

#[test]
fn what_is_no_json_or_too_large_fails_with_words() {
    static HERE: Vendor = Vendor { answer: |_, _, _| Reply::json(&things(1..=9)), ..VENDOR };
    let garbage = (1..=8).map(|number| (number, Fault::Garbage)).collect();
    let bench = Bench::new(&PULL, &HERE, garbage);
    assert_eq!(bench.ended(), Ended::Failed { why: "the answer is no JSON".to_owned() });
    let mut bench = Bench::new(&PULL, &HERE, Vec::new());
    bench.limits.body_bytes = 100;
    let why = "the answer has more than 100 bytes".to_owned();
    assert_eq!(bench.ended(), Ended::Failed { why });
    let wrong = Fault::Status(422, Vec::new(), "{\"message\":\n \"no\", \"password\":\"hunter2\"}");
    let bench = Bench::new(&PULL, &HERE, vec![(1, wrong)]);
    let why = "status 422: {\"message\": \"no\", \"password\":\"[redacted]\"}".to_owned();
    assert_eq!(bench.ended(), Ended::Failed { why });
    assert!(bench.found().is_empty());
}

#[test]
fn one_bad_item_never_stops_the_rest() {
    static HERE: Vendor = Vendor {
        answer: |_, _, _| {
            let body = format!(
                "{{\"list\":[null,7,\"x\",[],{{}},{{\"id\":\"\\ud800\"}},{},{{\"at\":{{}}}},{}]}}",
                thing(1),
                thing(2)
            );
            Reply { status: 200, headers: Vec::new(), body: body.into_bytes() }
        },
        ..VENDOR
    };
    let bench = Bench::new(&PULL, &HERE, Vec::new());
    let report = bench.pull();
    assert_eq!(bench.found(), numbered(1..=2));
    assert_eq!(
        Bench::said(&report),
        ["demo a things: an item that is no object was left out (and 3 more like it)"]
    );
}

#[test]
fn an_unchanged_list_costs_one_request_and_is_not_asked_about_while_something_is_open() {
    fn tagged(asked: &Asked, last: usize, open: bool) -> Reply {
        let page = asked.number("page", 1);
        let mut list = things((1..=last).rev().skip((page - 1) * 2).take(2));
        if open && page == 1 {
            list["list"][0]["open"] = json!(true);
        }
        Reply::json(&list).with("etag", format!("\"{last}{open}\""))
    }
    static PAGED: Pull = Pull {
        streams: &[Stream {
            paging: Paging::Number { parameter: "page", size: 2 },
            open: Some(|item| item["open"] == json!(true)),
            ..LIST
        }],
        ..PULL
    };
    static OPEN: Vendor = Vendor { answer: |_, asked, _| tagged(asked, 5, true), ..VENDOR };
    static SAME: Vendor = Vendor { answer: |_, asked, _| tagged(asked, 5, false), ..VENDOR };
    let bench = Bench::new(&PAGED, &SAME, Vec::new());
    bench.pull();
    assert_eq!(bench.server.requests(), 3);
    let again = bench.pull();
    assert_eq!((bench.server.requests(), again.streams[0].items), (4, 0));
    assert_eq!(again.streams[0].ended, Ended::Done);
    bench.pull();
    assert_eq!(bench.server.requests(), 5);
    let bench = Bench::new(&PAGED, &OPEN, Vec::new());
    bench.pull();
    let again = bench.pull();
    assert_eq!((bench.server.requests(), again.streams[0].items), (5, 1));
}

#[test]
fn newest_first_ends_at_what_is_too_old_and_an_open_item_is_read_again() {
    static PAGED: Pull = Pull {
        streams: &[Stream {
            paging: Paging::Number { parameter: "page", size: 10 },
            open: Some(|item| item["id"] == json!(75)),
            ..LIST
        }],
        ..PULL
    };
    static HERE: Vendor = Vendor {
        answer: |_, asked, _| {
            let page = asked.number("page", 1);
            Reply::json(&things((1..=100).rev().skip((page - 1) * 10).take(10)))
        },
        ..VENDOR
    };
    let mut bench = Bench::new(&PAGED, &HERE, Vec::new());
    let at = |id: i64| Some(aftercast_model::Timestamp::from_millis(BEGIN + MINUTE * id));
    bench.target.since = at(64);
    bench.target.until = at(98);
    let report = bench.pull();
    assert_eq!(bench.found(), numbered(64..98));
    // The fifth page is the first that is too old as a whole.
    assert_eq!((bench.server.requests(), report.streams[0].items), (5, 34));
    bench.target.until = None;
    let report = bench.pull();
    assert_eq!(bench.found(), numbered(64..=100));
    assert_eq!(report.streams[0].items, 26);
}

#[test]
fn a_list_that_moves_to_the_front_while_it_is_read_loses_nothing() {
    static PAGED: Pull = Pull {
        streams: &[Stream {
            paging: Paging::Number { parameter: "page", size: 5 },
            order: Order::OldestFirst,
            ..LIST
        }],
        ..PULL
    };
    /// Each request sees the list after its first item was changed and went to the end.
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static HERE: Vendor = Vendor {
        answer: |_, asked, _| {
            let moved = ASKED.fetch_add(1, Ordering::Relaxed).min(4);
            let order = (moved + 1..=23).chain(1..=moved);
            Reply::json(&things(order.skip((asked.number("page", 1) - 1) * 5).take(5)))
        },
        ..VENDOR
    };
    let bench = Bench::new(&PAGED, &HERE, Vec::new());
    assert_eq!(bench.ended(), Ended::Done);
    assert_eq!(bench.found(), numbered(1..=23));
}

#[test]
fn more_than_the_api_gives_is_asked_for_in_pieces_of_time_or_told() {
    static CAPPED: Pull = Pull {
        streams: &[Stream {
            list: |place| {
                let time =
                    |at: Option<aftercast_model::Timestamp>| at.unwrap().millis().to_string();
                let (from, to) = (time(place.since), time(place.until));
                Some(Request::get("/things", [("from", from.as_str()), ("to", to.as_str())]))
            },
            cap: Some(Cap { items: 7, total: "/none" }),
            ..LIST
        }],
        ..PULL
    };
    fn capped(asked: &Asked, at: impl Fn(usize) -> usize) -> Reply {
        let begin = usize::try_from(BEGIN).unwrap();
        let time = asked.number("from", 0)..asked.number("to", 0);
        let mut list = things((1..=50).filter(|id| time.contains(&(begin + at(*id)))).take(7));
        for item in list["list"].as_array_mut().unwrap() {
            let id = usize::try_from(item["id"].as_u64().unwrap()).unwrap();
            item["at"] = json!(begin + at(id));
        }
        Reply::json(&list)
    }
    static AT_ONCE: Vendor =
        Vendor { answer: |_, asked, _| capped(asked, |id| 5_000 + id), ..VENDOR };
    static SPREAD: Vendor =
        Vendor { answer: |_, asked, _| capped(asked, |id| id * 60_000), ..VENDOR };
    let bench = Bench::new(&CAPPED, &SPREAD, Vec::new());
    assert_eq!(bench.ended(), Ended::Done);
    assert_eq!(bench.found(), numbered(1..=50));
    let bench = Bench::new(&CAPPED, &AT_ONCE, Vec::new());
    let report = bench.pull();
    assert_eq!(bench.found().len(), 7);
    let told =
        "demo a things: one second has more items than the API gives; some of them are missing";
    assert_eq!(Bench::said(&report), [told]);
}

#[test]
fn a_refused_detail_costs_its_field_and_is_told_once_with_what_it_needs() {
    static DETAILED: Pull = Pull {
        streams: &[Stream {
            details: &[
                Detail {
                    under: "cost",
                    needs: "billing:read",
                    gives: "what it costs",
                    optional: true,
                    request: |_, _| Some(Request::get("/cost", [])),
                    paging: Paging::Single,
                    answer: Answer::Json(""),
                    details: &[],
                },
                Detail {
                    under: "gone",
                    needs: "x",
                    gives: "old things",
                    optional: false,
                    request: |_, _| Some(Request::get("/gone", [])),
                    paging: Paging::Single,
                    answer: Answer::Json(""),
                    details: &[],
                },
            ],
            ..LIST
        }],
        concurrency: 1,
        ..PULL
    };
    static HERE: Vendor = Vendor {
        answer: |_, asked, _| match asked.path.as_str() {
            "/things" => Reply::json(&things(1..=9)),
            "/cost" => Reply::status(403),
            _ => Reply::status(404),
        },
        ..VENDOR
    };
    let bench = Bench::new(&DETAILED, &HERE, Vec::new());
    let report = bench.pull();
    assert!(report.is_complete());
    assert_eq!(bench.found(), numbered(1..=9));
    assert_eq!(
        Bench::said(&report),
        [
            "demo a things: `cost` is refused (403): it needs `billing:read` and gives what it costs (and 2 more like it)",
            "demo a things: `gone` is not there (404); it gives old things (and 8 more like it)",
        ]
    );
    // Three refusals are enough.
    assert_eq!(bench.server.requests(), 1 + 3 + 9);
    let probed = run(probe(&bench.source, &bench.target, &bench.watch())).unwrap();
    let verdicts: Vec<_> =
        probed.iter().map(|one| (one.detail, one.needs, one.verdict.clone())).collect();
    assert_eq!(
        verdicts,
        [
            (None, "things:read", Verdict::Ok),
            (Some("cost"), "billing:read", Verdict::Refused(403)),
            (Some("gone"), "x", Verdict::Ok),
        ]
    );
}

#[test]
fn a_saved_page_that_is_not_served_any_more_is_read_for_from_the_beginning() {
    static PAGED: Pull = Pull {
        streams: &[Stream { paging: Paging::Token { parameter: "token", from: "/next" }, ..LIST }],
        ..PULL
    };
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static HERE: Vendor = Vendor {
        answer: |_, asked, _| {
            // Tokens are good for two requests.
            let now = ASKED.fetch_add(1, Ordering::Relaxed);
            let Some((page, made)) = asked.parameter("token").and_then(|text| text.split_once('-'))
            else {
                let mut page = things(1..=2);
                page["next"] = json!(format!("2-{now}"));
                return Reply::json(&page);
            };
            if now - made.parse::<usize>().unwrap() > 1 {
                return Reply::status(410);
            }
            let page: usize = page.parse().unwrap();
            let mut list = things(page * 2 - 1..=page * 2);
            list["next"] = json!((page < 3).then(|| format!("{}-{now}", page + 1)));
            Reply::json(&list)
        },
        ..VENDOR
    };
    let limit = Fault::Status(429, vec![("retry-after", "86400")], "");
    let bench = Bench::new(&PAGED, &HERE, vec![(3, limit)]);
    assert!(matches!(bench.ended(), Ended::Limited { .. }));
    assert_eq!(bench.found(), numbered(1..=4));
    ASKED.fetch_add(5, Ordering::Relaxed);
    assert_eq!(bench.ended(), Ended::Done);
    assert_eq!(bench.found(), numbered(1..=6));
}

#[test]
fn a_refused_list_ends_alone_with_what_it_needs() {
    static TWO: Pull = Pull {
        streams: &[
            Stream { name: "secret", list: |_| Some(Request::get("/secret", [])), ..LIST },
            LIST,
        ],
        ..PULL
    };
    static HERE: Vendor = Vendor {
        answer: |_, asked, _| match asked.path.as_str() {
            "/things" => Reply::json(&things(1..=2)),
            _ => Reply::status(404),
        },
        ..VENDOR
    };
    let bench = Bench::new(&TWO, &HERE, Vec::new());
    let report = bench.pull();
    let refused =
        Ended::Refused { status: 404, needs: "things:read", gives: "things", optional: false };
    assert_eq!(report.streams[0].ended, refused);
    assert_eq!(report.streams[1].ended, Ended::Done);
    assert!(!report.is_complete());
    assert_eq!(bench.found(), numbered(1..=2));
}

#[test]
fn the_secret_goes_nowhere_else_and_nothing_inside_is_reached() {
    /// What was asked for, with the secret and our own header, if it had them.
    static SEEN: Mutex<Vec<(String, bool, bool)>> = Mutex::new(Vec::new());
    static OPEN: Pull = Pull { auth: &[], ..PULL };
    static HERE: Vendor = Vendor {
        answer: |_, asked, _| {
            let has = |name| asked.header(name).is_some();
            SEEN.lock().unwrap().push((asked.path.clone(), has("authorization"), has("x-own")));
            let port = asked.origin.rsplit_once(':').unwrap().1;
            let to = match asked.path.as_str() {
                "/away/things" => format!("http://127.0.0.1:{port}/elsewhere"),
                "/home/things" => "/elsewhere".to_owned(),
                "/metadata/things" => "http://169.254.169.254/latest/meta-data".to_owned(),
                "/mapped/things" => "https://[::ffff:10.0.0.1]/".to_owned(),
                "/file/things" => "file:///etc/passwd".to_owned(),
                "/round/things" => "/round/things".to_owned(),
                _ => return Reply::json(&things(1..=1)),
            };
            Reply::status(302).with("location", to)
        },
        ..VENDOR
    };
    let mut bench = Bench::new(&OPEN, &HERE, Vec::new());
    bench.target.auth = Some(Auth::Bearer);
    let port = bench.server.url.rsplit_once(':').unwrap().1.to_owned();
    bench.target.allow.push("localhost".to_owned());
    let mut ask = |path: &str| {
        bench.target.url = Some(format!("http://localhost:{port}/{path}"));
        SEEN.lock().unwrap().clear();
        let ended = bench.ended();
        (ended, std::mem::take(&mut *SEEN.lock().unwrap()))
    };
    let seen = |path: &str, own: bool| (path.to_owned(), own, own);
    let (ended, asked) = ask("home");
    assert_eq!(
        (ended, asked),
        (Ended::Done, vec![seen("/home/things", true), seen("/elsewhere", true)])
    );
    let (ended, asked) = ask("away");
    assert_eq!(
        (ended, asked),
        (Ended::Done, vec![seen("/away/things", true), seen("/elsewhere", false)])
    );
    for (path, words) in [
        ("metadata", "a redirect to `169.254.169.254`: only `https:`"),
        (
            "mapped",
            "a redirect to `[::ffff:a00:1]`: `::ffff:10.0.0.1` is an address of a private network",
        ),
        ("file", "a redirect to ``"),
        ("round", "more than 3 redirects"),
    ] {
        let (ended, _) = ask(path);
        let Ended::Failed { why } = ended else { panic!("{path}: {ended:?}") };
        assert!(why.starts_with(words), "{path}: {why}");
    }
}

#[test]
fn a_next_page_on_another_host_is_not_asked_for() {
    static LINKED: Pull =
        Pull { streams: &[Stream { paging: Paging::Next("/next"), ..LIST }], ..PULL };
    static HERE: Vendor = Vendor {
        answer: |_, _, _| {
            let mut page = things(1..=2);
            page["next"] = json!("https://collector.example.org/things?page=2");
            Reply::json(&page)
        },
        ..VENDOR
    };
    let bench = Bench::new(&LINKED, &HERE, Vec::new());
    let why = "the next page is on another host, `collector.example.org`".to_owned();
    assert_eq!(bench.ended(), Ended::Failed { why });
    assert_eq!(bench.found(), numbered(1..=2));
}

#[test]
fn settings_that_cannot_work_are_told_before_any_request() {
    let mut bench = Bench::new(&PULL, &VENDOR, Vec::new());
    let url = bench.server.url.clone();
    let mut told = |change: &dyn Fn(&mut Target)| {
        bench.target = target(&VENDOR, &url);
        change(&mut bench.target);
        bench.try_pull().map(|_| ()).unwrap_err().to_string()
    };
    assert_eq!(told(&|target| target.url = None), "`url` is missing in the settings of `demo`");
    let private =
        format!("`{url}` cannot be asked: only `https:`, and `http:` to hosts in `allow`");
    assert_eq!(told(&|target| target.allow.clear()), private);
    assert_eq!(
        told(&|target| target.secret = Some(Secret::new("a\u{7}b"))),
        "the secret cannot be used: it has characters that no header may have"
    );
    assert_eq!(
        told(&|target| target.auth = Some(Auth::GitHubApp)),
        "the secret cannot be used: `app_id` of the GitHub App is missing"
    );
    assert_eq!(bench.server.requests(), 0);
    assert_eq!(format!("{:?}", Secret::new("hush")), "[secret]");
}

#[test]
fn a_github_app_asks_once_for_a_token_and_again_when_it_ends() {
    static HERE: Vendor = Vendor {
        secret: include_str!("../../fixtures/live/app-pkcs1.pem"),
        settings: &[("app_id", "5"), ("installation_id", "9")],
        answer: |_, asked, _| {
            let bearer = asked.header("authorization").unwrap_or_default();
            match asked.path.as_str() {
                "/app/installations/9/access_tokens"
                    if asked.method == "POST" && bearer.starts_with("Bearer eyJ") =>
                {
                    let end = crate::vendors::world::rfc3339(BEGIN + 1060 * MINUTE);
                    Reply::json(&json!({"token": "ghs_made", "expires_at": end}))
                }
                "/things" if bearer == "Bearer ghs_made" => Reply::json(&things(1..=2)),
                _ => Reply::status(401),
            }
        },
        ..VENDOR
    };
    static TWO: Pull = Pull {
        auth: &[Auth::GitHubApp],
        streams: &[LIST, Stream { name: "more", ..LIST }],
        ..PULL
    };
    let bench = Bench::new(&TWO, &HERE, Vec::new());
    assert!(bench.pull().is_complete());
    let token = "POST /app/installations/9/access_tokens?";
    assert_eq!(bench.server.log(), [token, "GET /things?", "GET /things?"]);
    assert_eq!(bench.found(), numbered(1..=2));
}

#[test]
fn a_plan_says_what_would_be_asked_and_sends_nothing() {
    let bench = Bench::new(&PULL, &VENDOR, Vec::new());
    let planned = plan(&bench.source, &bench.target, &bench.watch()).unwrap();
    let url = format!("{}/things", bench.server.url);
    assert_eq!((planned.len(), planned[0].method, &planned[0].url), (1, "GET", &url));
    assert_eq!(bench.server.requests(), 0);
}

#[test]
fn progress_is_told_after_every_page_and_before_every_wait() {
    static PAGED: Pull = Pull {
        streams: &[Stream {
            paging: Paging::Number { parameter: "page", size: 10 },
            cap: Some(Cap { items: 100, total: "/total" }),
            ..LIST
        }],
        ..PULL
    };
    static HERE: Vendor = Vendor {
        answer: |_, asked, _| {
            let page = asked.number("page", 1);
            let mut list = things((1..=40).rev().skip((page - 1) * 10).take(10));
            list["total"] = json!("40");
            Reply::json(&list)
        },
        ..VENDOR
    };
    let limit = Fault::Status(429, vec![("retry-after", "60")], "");
    let bench = Bench::new(&PAGED, &HERE, vec![(2, limit)]);
    let told: Mutex<Vec<String>> = Mutex::default();
    let note = |progress: &Progress<'_>| {
        let Progress { requests, pages, items, share, waiting_until, .. } = *progress;
        let waits = waiting_until.is_some();
        told.lock().unwrap().push(format!("{requests} {pages} {items} {share:?} {waits}"));
    };
    let (known, mut keep) = (Known::default(), bench.disk.clone());
    let watch = Watch { progress: &note, ..bench.watch() };
    run(pull(&bench.source, &bench.target, &known.context(), &mut keep, &watch)).unwrap();
    let told = told.into_inner().unwrap();
    let expected = [
        "1 1 10 Some(0.25) false",
        "2 1 10 None true",
        "3 2 20 Some(0.5) false",
        "4 3 30 Some(0.75) false",
        "5 4 40 Some(1.0) false",
        "6 5 40 Some(1.0) false",
    ];
    assert_eq!(told, expected);
}
