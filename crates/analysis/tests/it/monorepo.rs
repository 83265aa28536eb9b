//! A repository that is split by path: each service ships its own commits, found through all of them.

use aftercast_analysis::Settings;
use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{release_lines, review};
use aftercast_model::{Commit, Facts, ReleaseTag, Timestamp};

use crate::build::{Shop, at};

/// A commit with the services that it touches.
fn push(shop: &mut Shop, sha: &str, parents: &str, minute: i64, services: &[&str]) {
    for service in services {
        let row = Commit {
            id: shop.id(),
            service: shop.facts.name(service),
            repo: shop.facts.name("acme/all"),
            sha: shop.facts.name(sha),
            parents: shop.facts.name(parents),
            authored_at: Some(at(minute)),
            committed_at: Some(at(minute)),
            ..Commit::default()
        };
        shop.facts.commits.push(row);
    }
}

fn tag(shop: &mut Shop, tag: &str, sha: &str, minute: i64, service: &str) {
    let row = ReleaseTag {
        id: shop.id(),
        service: shop.facts.name(service),
        repo: shop.facts.name("acme/all"),
        kind: shop.facts.name("tag"),
        tag: shop.facts.name(tag),
        sha: shop.facts.name(sha),
        tagged_at: Some(at(minute)),
        ..ReleaseTag::default()
    };
    shop.facts.release_tags.push(row);
}

/// a(web,api) - b(api) - c(web) - m(all: merges s(web) from b) - d(api) - e(web,api) - f(all)
fn split() -> Shop {
    let mut shop = Shop::default();
    let s = &mut shop;
    push(s, "a", "", 0, &["web", "api"]);
    push(s, "b", "a", 10, &["api"]);
    push(s, "c", "b", 20, &["web"]);
    push(s, "s", "b", 25, &["web"]);
    push(s, "m", "c s", 30, &["all"]);
    push(s, "d", "m", 40, &["api"]);
    push(s, "e", "d", 50, &["api", "web"]);
    push(s, "f", "e", 60, &["all"]);
    shop
}

fn tagged() -> Facts {
    let mut shop = split();
    tag(&mut shop, "web-v1", "b", 11, "web");
    tag(&mut shop, "web-v2", "d", 41, "web");
    tag(&mut shop, "web-v3", "d", 45, "web");
    tag(&mut shop, "web-v4", "f", 61, "web");
    tag(&mut shop, "api-v1", "c", 21, "api");
    tag(&mut shop, "api-v2", "f", 62, "api");
    shop.facts()
}

/// Checks which commits each release of `service` ships, newest first.
#[track_caller]
fn check(service: &str, facts: Facts, expected: &[(&str, &[&str])]) {
    let history = ServiceHistory::new(service, facts);
    let lines = release_lines(&history, &Settings::default());
    let found: Vec<(String, Vec<String>)> = lines
        .iter()
        .map(|line| {
            let review = review(&history, Some(&line.id), &Settings::default()).unwrap();
            assert_eq!(line.commits.unwrap_or_default(), review.release.commits.len());
            (line.id.clone(), review.release.commits)
        })
        .collect();
    let expected: Vec<(String, Vec<String>)> = expected
        .iter()
        .map(|(id, commits)| {
            ((*id).to_owned(), commits.iter().map(|sha| (*sha).to_owned()).collect())
        })
        .collect();
    assert_eq!(found, expected, "{service}");
}

#[test]
fn each_service_ships_its_own_commits_and_a_shared_one_once() {
    // The first release of a history has no commits of its own; two tags on one commit are one.
    check("web", tagged(), &[("web-v1", &[]), ("web-v3", &["s", "c"]), ("web-v4", &["e"])]);
    check("api", tagged(), &[("api-v1", &[]), ("api-v2", &["e", "d"])]);
}

#[test]
fn a_release_may_ship_nothing_of_its_own() {
    let mut shop = split();
    tag(&mut shop, "web-v1", "c", 20, "web");
    tag(&mut shop, "web-v2", "d", 41, "web");
    tag(&mut shop, "api-v1", "b", 20, "api");
    tag(&mut shop, "api-v2", "m", 31, "api");
    check("web", shop.facts(), &[("web-v1", &[]), ("web-v2", &["s"])]);
    check("api", shop.facts(), &[("api-v1", &[]), ("api-v2", &[])]);
    let history = ServiceHistory::new("api", shop.facts());
    let review = review(&history, Some("api-v2"), &Settings::default()).unwrap();
    let lead_time = &review.numbers.lead_time_ms;
    assert_eq!(lead_time.value, None);
    assert_eq!(lead_time.why, "no commit first reached production with this release");
}

#[test]
fn the_way_to_the_main_line_leads_through_a_merge_of_another_service() {
    let mut shop = split();
    tag(&mut shop, "web-v1", "c", 21, "web");
    tag(&mut shop, "web-v2", "d", 41, "web");
    let review =
        review(&ServiceHistory::new("web", shop.facts()), Some("web-v2"), &Settings::default())
            .unwrap();
    // s was written at 25, merged by m at 30, tagged at 41; nothing says that history is cut.
    let lead_time = review.lead_time.unwrap();
    let ends: Vec<Timestamp> = lead_time.segments.iter().map(|segment| segment.to_at).collect();
    assert_eq!((lead_time.from_at, ends), (at(25), vec![at(30), at(41)]));
    assert!(review.notes.iter().all(|note| !note.contains("shallow")), "{:?}", review.notes);
}

#[test]
fn without_tags_the_main_line_has_what_brought_something() {
    let web: &[(&str, &[&str])] = &[("a", &[]), ("c", &["c"]), ("m", &["s"]), ("e", &["e"])];
    check("web", split().facts(), web);
}

#[test]
fn commits_of_another_repository_are_no_way() {
    let mut shop = split();
    tag(&mut shop, "web-v1", "c", 21, "web");
    tag(&mut shop, "web-v2", "e", 51, "web");
    let mut facts = shop.facts();
    let elsewhere = facts.name("acme/other");
    for row in 0..facts.commits.len() {
        if facts.text(facts.commits.service[row]) != "web" {
            facts.commits.repo[row] = elsewhere;
        }
    }
    check("web", facts, &[("web-v1", &[]), ("web-v2", &["e"])]);
}
