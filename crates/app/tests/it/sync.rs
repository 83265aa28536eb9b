//! Pulling from outside: results, exit codes, what would be asked, and converting again.

use std::sync::Arc;

use crate::bench::{Bench, Run, finished};
use crate::vendors::server::Server;
use crate::vendors::{VENDORS, Vendor, World};

fn vendor() -> &'static Vendor {
    VENDORS.iter().find(|vendor| vendor.source == "jenkins").unwrap()
}

fn connected(bench: &Bench, url: &str, more: &str) {
    let text = format!(
        "[[source]]\nkind = \"jenkins\"\nurl = \"{url}\"\njobs = [\"{}\"]\nallow = \
         [\"127.0.0.1\"]\ntoken_env = \"CI_TOKEN\"\n{more}",
        vendor().subject
    );
    bench.write("work/aftercast.toml", text.as_bytes());
}

fn run(bench: &Bench, token: &str, arguments: &[&str]) -> Run {
    finished(bench.command().env("CI_TOKEN", token).args(arguments).spawn().unwrap())
}

fn server(runs: usize) -> Server {
    let auth = aftercast_connectors::source_named("jenkins").unwrap().pull.unwrap().auth;
    let world = Arc::new(World::new(runs));
    Server::start(vendor(), auth.first().copied(), world, [], (runs, 1))
}

#[test]
fn what_is_new_is_pulled_and_told() {
    let (bench, server) = (Bench::new(), server(40));
    connected(&bench, &server.url, "");
    let planned = run(&bench, vendor().secret, &["sync", "--dry-run"]);
    assert_eq!(planned.code, Some(0), "{}", planned.stderr);
    assert!(planned.stdout.contains("GET http://127.0.0.1"), "{}", planned.stdout);
    assert!(!planned.stdout.contains(vendor().secret), "{}", planned.stdout);
    assert_eq!(server.requests(), 0, "nothing was asked");
    let first = run(&bench, vendor().secret, &["sync"]);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    assert!(first.stdout.contains("builds") && first.stdout.contains("done"), "{}", first.stdout);
    let facts = bench.facts();
    let again = run(&bench, vendor().secret, &["sync", "--format", "json"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert_eq!(bench.facts(), facts);
    // The doctor asks the same lists.
    let doctor = run(&bench, vendor().secret, &["doctor", "--format", "json"]);
    assert_eq!(doctor.code, Some(0), "{}", doctor.stdout);
    assert!(doctor.stdout.contains("source jenkins: builds"), "{}", doctor.stdout);
}

#[test]
fn a_refusal_says_which_permission_and_which_number() {
    let (bench, server) = (Bench::new(), server(10));
    connected(&bench, &server.url, "");
    let refused = run(&bench, "wrong:token", &["sync"]);
    refused.refused(4, "it needs `Job/Read`, without it these are not known: builds");
    let doctor = run(&bench, "wrong:token", &["doctor"]);
    assert_eq!(doctor.code, Some(4), "{}", doctor.stderr);
    assert!(doctor.stdout.contains("give the token `Job/Read`"), "{}", doctor.stdout);
    let mut missing = bench.command();
    missing.env_remove("CI_TOKEN").arg("sync");
    finished(missing.spawn().unwrap()).refused(4, "the variable `CI_TOKEN` is not set");
    run(&bench, "x", &["sync", "jenkin"]).refused(2, "did you mean `jenkins`?");
    run(&bench, "x", &["sync", "--since", "yesterday"]).refused(2, "is no time");
    run(&Bench::new(), "x", &["sync"]).refused(2, "no source is connected");
}

#[test]
fn what_is_kept_is_converted_again_under_todays_rules() {
    let (bench, server) = (Bench::new(), server(30));
    connected(&bench, &server.url, "");
    assert_eq!(run(&bench, vendor().secret, &["sync"]).code, Some(0));
    let before = bench.facts();
    let requests = server.requests();
    let replayed = run(&bench, "", &["sync", "--replay", "jenkins"]);
    assert_eq!(replayed.code, Some(0), "{}", replayed.stderr);
    assert_eq!(bench.facts(), before, "the same rules give the same facts");
    let more = "[[service]]\nname = \"renamed\"\n";
    connected(&bench, &server.url, more);
    assert_eq!(run(&bench, "", &["sync", "--replay", "jenkins"]).code, Some(0));
    let services = "SELECT DISTINCT service FROM pipeline_runs";
    assert_eq!(bench.sql(services), ["renamed"], "no row of the old rules is left");
    assert_eq!(server.requests(), requests, "nobody was asked");
    run(&bench, "", &["sync", "--replay", "gerrit"]).refused(3, "no records of `gerrit` are kept");
}
