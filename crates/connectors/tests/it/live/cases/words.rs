//! What is refused, kept inside and told.

use super::*;

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
        secret: include_str!("../../../fixtures/live/app-pkcs1.pem"),
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
