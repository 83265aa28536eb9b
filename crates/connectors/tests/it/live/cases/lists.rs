//! What lists do while they are read: break, move, end, begin again.

use super::*;

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
