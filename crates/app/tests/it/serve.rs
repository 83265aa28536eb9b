//! Webhooks from outside: believed, durable before they are acknowledged, facts in the end.

use aftercast_connectors::live::webhook::{Signature, sign};
use aftercast_connectors::source_named;
use aftercast_model::Timestamp;

use crate::bench::{Bench, finished};
use crate::serving::Serving;
use crate::vendors::{Hook, VENDORS, Vendor, World};

const SECRET: &str = "the-secret-of-the-test";
const CONFIG: &str = "[[source]]\nkind = \"pagerduty\"\nname = \"pager\"\nwebhook_secret_env = \
                      [\"PAGER_OLD\", \"PAGER_NEW\"]\n[[source]]\nkind = \"incident_io\"\n\
                      webhook_secret_env = \"INCIDENT\"\n";
const VARIABLES: &[(&str, &str)] =
    &[("PAGER_OLD", "an-older-secret"), ("PAGER_NEW", SECRET), ("INCIDENT", SECRET)];

fn vendor(name: &str) -> &'static Vendor {
    VENDORS.iter().find(|vendor| vendor.source == name).unwrap()
}

fn scheme(source: &str) -> Signature {
    source_named(source).unwrap().webhook.unwrap().signatures[0]
}

fn present() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
}

/// The headers of a hook with its signature.
fn signed(source: &str, hook: &Hook, secret: &str, now: Timestamp) -> Vec<(String, String)> {
    let mut headers = hook.headers.clone();
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    headers.extend(sign(scheme(source), secret, &hook.body, "one", now));
    headers
}

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("work/aftercast.toml", CONFIG.as_bytes());
    bench
}

fn incidents(bench: &Bench) -> Vec<String> {
    bench.sql("SELECT count(*) FROM incidents WHERE source = 'pagerduty'")
}

#[test]
fn a_webhook_is_taken_once_and_becomes_a_fact() {
    let bench = bench();
    let serving = Serving::start(&bench, VARIABLES);
    let hooks = (vendor("pagerduty").hooks)(&World::new(40));
    let headers = signed("pagerduty", &hooks[0], SECRET, present());
    let sent = serving.post("/v1/hooks/pager", &headers, &hooks[0].body);
    assert_eq!(sent, (202, "{\"state\":\"accepted\"}".to_owned()));
    let again = serving.post("/v1/hooks/pager", &headers, &hooks[0].body);
    assert_eq!(again, (200, "{\"state\":\"known\"}".to_owned()));
    let other = signed("pagerduty", &hooks[1], "an-older-secret", present());
    assert_eq!(serving.post("/v1/hooks/pager", &other, &hooks[1].body).0, 202, "both are active");
    serving.wait_until_converted();
    assert_ne!(incidents(&bench), ["0"]);
    let (code, said) = serving.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("converted what came in"), "{said}");
    for hidden in [SECRET, "an-older-secret", "Checkout is slow"] {
        assert!(!said.contains(hidden), "`{hidden}` is in the log: {said}");
    }
}

#[test]
fn what_is_not_believed_leaves_nothing_behind() {
    let bench = bench();
    let serving = Serving::start(&bench, VARIABLES);
    let hook = (vendor("pagerduty").hooks)(&World::new(40)).remove(0);
    let good = signed("pagerduty", &hook, SECRET, present());
    let path = "/v1/hooks/pager";
    let forged = signed("pagerduty", &hook, "another", present());
    assert_eq!(serving.post(path, &forged, &hook.body).0, 401);
    let json = ("content-type".to_owned(), "application/json".to_owned());
    let unsigned = serving.post(path, std::slice::from_ref(&json), &hook.body);
    assert_eq!(unsigned, (401, "{\"errors\":[{\"detail\":\"not believed\"}]}".to_owned()));
    for at in [0, hook.body.len() / 2, hook.body.len() - 1] {
        let mut flipped = hook.body.clone();
        flipped[at] ^= 1;
        assert_eq!(serving.post(path, &good, &flipped).0, 401, "a bit of byte {at}");
    }
    assert_eq!(serving.post("/v1/hooks/pagr", &good, &hook.body).0, 404);
    assert_eq!(serving.post("/v1/hooks/pagerduty", &good, &hook.body).0, 404, "by name only");
    let mut form = good.clone();
    form.iter_mut().filter(|(name, _)| name == "content-type").for_each(|header| {
        "application/x-www-form-urlencoded".clone_into(&mut header.1);
    });
    assert_eq!(serving.post(path, &form, &hook.body).0, 415);
    assert_eq!(serving.send("GET", path, &good, b"").0, 405);
    // Larger than the source sends: refused by what it says, before anything is read, ...
    let says = ("content-length".to_owned(), (1 << 30).to_string());
    assert_eq!(serving.send("POST", path, [&json, &says], b"{").0, 413);
    // ... and by what it is.
    let chunked = ("transfer-encoding".to_owned(), "chunked".to_owned());
    let body = format!("200000\r\n{}\r\n0\r\n\r\n", "x".repeat(0x0020_0000));
    assert_eq!(serving.send("POST", path, [&json, &chunked], body.as_bytes()).0, 413);
    // Nothing of all that was stored: the same delivery is new.
    assert_eq!(serving.post(path, &good, &hook.body).0, 202);
    let (code, said) = serving.end();
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn what_was_signed_at_another_time_is_refused() {
    let bench = bench();
    let serving = Serving::start(&bench, VARIABLES);
    let hook = (vendor("incident_io").hooks)(&World::new(40)).remove(0);
    let send = |now| {
        let headers = signed("incident_io", &hook, SECRET, now);
        serving.post("/v1/hooks/incident_io", &headers, &hook.body).0
    };
    assert_eq!(send(present().plus_millis(-600_000)), 401);
    assert_eq!(send(present().plus_millis(600_000)), 401);
    assert_eq!(send(present()), 202);
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let bench = bench();
    let hooks = (vendor("pagerduty").hooks)(&World::new(200));
    let serving = Serving::start(&bench, VARIABLES);
    for hook in &hooks {
        let headers = signed("pagerduty", hook, SECRET, present());
        assert_eq!(serving.post("/v1/hooks/pager", &headers, &hook.body).0, 202);
    }
    serving.kill();
    // The next server finishes what the first began.
    let serving = Serving::start(&bench, VARIABLES);
    serving.wait_until_converted();
    let expected = bench.sql("SELECT count(DISTINCT id) FROM incidents")[0].clone();
    assert_ne!(expected, "0");
    for hook in &hooks {
        let headers = signed("pagerduty", hook, SECRET, present());
        assert_eq!(serving.post("/v1/hooks/pager", &headers, &hook.body).0, 200, "still known");
    }
    serving.end();
}

#[test]
fn events_that_come_one_by_one_make_one_whole_row() {
    let bench = Bench::new();
    let config = "[[source]]\nkind = \"cloudevents\"\nwebhook_secret_env = \"EVENTS\"\n";
    bench.write("work/aftercast.toml", config.as_bytes());
    let serving = Serving::start(&bench, &[("EVENTS", SECRET)]);
    let event = |id: &str, kind: &str, at: &str, content: &str| {
        format!(
            "{{\"specversion\":\"1.0\",\"id\":\"{id}\",\"source\":\"/ci\",\"type\":\"dev.cdevents.{kind}\",\
             \"time\":\"{at}\",\"data\":{{\"context\":{{\"version\":\"0.4.1\",\"id\":\"{id}\",\"source\":\"/ci\",\
             \"type\":\"dev.cdevents.{kind}\",\"timestamp\":\"{at}\"}},\"subject\":{{\"id\":\"run-7\",\
             \"source\":\"/ci\",\"type\":\"pipelineRun\",\"content\":{content}}}}}}}"
        )
    };
    let send = |body: &str, secret: &str| {
        let headers = [
            ("content-type".to_owned(), "application/cloudevents+json".to_owned()),
            ("authorization".to_owned(), format!("Bearer {secret}")),
        ];
        serving.post("/v1/events", &headers, body.as_bytes()).0
    };
    let pipeline = "{\"pipelineName\":\"shop\",\"uri\":\"https://ci/7\"}";
    let started = event("1", "pipelinerun.started.0.2.0", "2026-11-01T12:00:00Z", pipeline);
    assert_eq!(send(&started, "wrong"), 401);
    assert_eq!(send("nonsense", SECRET), 400);
    assert_eq!(send(&started, SECRET), 202);
    assert_eq!(send(&started, SECRET), 200);
    serving.wait_until_converted();
    let ended = "{\"pipelineName\":\"shop\",\"outcome\":\"success\"}";
    let finished = event("2", "pipelinerun.finished.0.2.0", "2026-11-01T12:09:00Z", ended);
    assert_eq!(send(&finished, SECRET), 202);
    serving.wait_until_converted();
    assert_eq!(
        bench.sql("SELECT started_at, finished_at, outcome FROM pipeline_runs"),
        ["2026-11-01T12:00:00Z,2026-11-01T12:09:00Z,success"]
    );
    assert_eq!(serving.post("/v1/traces", &[], b"{}").0, 404, "no source of that kind");
}

#[test]
fn a_server_without_its_secrets_does_not_start() {
    let bench = bench();
    let mut command = bench.command();
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    finished(command.spawn().unwrap()).refused(4, "the variable `PAGER_OLD` is not set");
}
