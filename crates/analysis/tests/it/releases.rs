//! What is a release, and what it shipped.

use aftercast_analysis::Settings;
use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{ReleaseBasis, release_lines, review};
use aftercast_model::{Facts, Outcome};

use crate::build::{MINUTE, Shop};

/// Shows each release as `id:commits:lead time in minutes`.
fn lines(facts: Facts, settings: &Settings) -> Vec<String> {
    let history = ServiceHistory::new("shop", facts);
    release_lines(&history, settings)
        .iter()
        .map(|line| {
            let commits = line.commits.map_or("?".to_owned(), |commits| commits.to_string());
            let lead = line.lead_time_ms.map_or("?".to_owned(), |lead| (lead / MINUTE).to_string());
            format!("{}:{commits}:{lead}", line.id)
        })
        .collect()
}

fn check(shop: &Shop, expected: &[&str]) {
    assert_eq!(lines(shop.facts(), &Settings::default()), expected);
}

/// a - b - c - d - e on the main line; f, written early, merged by g.
fn history() -> Shop {
    let mut shop = Shop::default();
    shop.commit("a", "", 0).commit("b", "a", 10).commit("f", "a", 11).commit("c", "b", 20);
    shop.commit("d", "c", 30).commit("g", "d f", 40).commit("e", "g", 50);
    shop
}

#[test]
fn commits_belong_to_a_release_by_ancestry() {
    let mut shop = history();
    // f is older than the first tag, and ships with the second.
    shop.tag("v1.0.0", "c", 25).tag("v1.1.0", "e", 60);
    check(&shop, &["v1.0.0:?:?", "v1.1.0:4:49"]);
}

#[test]
fn pre_releases_and_nightly_builds_are_no_releases_beside_versions() {
    let mut shop = history();
    shop.tag("3.7.0", "b", 15).tag("3.8.0-rc1", "c", 25).tag("nightly-2024-03-01", "d", 35);
    shop.tag("v3", "e", 55).tag("3.8.0", "e", 60);
    check(&shop, &["3.7.0:?:?", "3.8.0:5:49"]);
    let mut young = history();
    young.tag("0.1.0-rc1", "b", 15).tag("0.1.0-rc2", "c", 25).tag("nightly", "d", 30);
    check(&young, &["0.1.0-rc1:?:?", "0.1.0-rc2:1:5"]);
}

#[test]
fn tags_on_one_commit_are_one_release() {
    let mut shop = history();
    shop.tag("v1.0.0", "b", 15).tag("1.0.0", "b", 14).tag("v1.1.0", "e", 60);
    check(&shop, &["1.0.0:?:?", "v1.1.0:5:49"]);
}

#[test]
fn tags_of_parts_are_no_releases_of_the_whole() {
    let mut shop = history();
    shop.tag("axum-v0.7.0", "b", 15).tag("axum-core-v0.4.0", "b", 14);
    shop.tag("axum-extra-v0.9.1", "c", 25).tag("axum-v0.7.1", "e", 60);
    check(&shop, &["axum-v0.7.0:?:?", "axum-v0.7.1:5:49"]);
    let part = Settings { tag_prefix: Some("axum-extra-v".to_owned()), ..Settings::default() };
    assert_eq!(lines(shop.facts(), &part), ["axum-extra-v0.9.1:?:?"]);

    let mut ripgrep = history();
    ripgrep.tag("14.0.0", "b", 15).tag("globset-0.4.20", "c", 25).tag("release-15.0.0", "e", 60);
    check(&ripgrep, &["14.0.0:?:?", "release-15.0.0:5:49"]);
    // The habit moved from bare versions to named ones.
    let mut moved = history();
    moved.tag("v0.4.0", "a", 5).tag("axum-v0.5.0", "b", 15).tag("axum-core-v0.1.0", "c", 25);
    moved.tag("axum-v0.6.0", "e", 60);
    check(&moved, &["v0.4.0:?:?", "axum-v0.5.0:1:5", "axum-v0.6.0:5:49"]);
    // Two parts of equal rank: both are releases of the repository.
    let mut pair = history();
    pair.tag("web-v1.0.0", "b", 15).tag("api-v1.0.0", "c", 25);
    check(&pair, &["web-v1.0.0:?:?", "api-v1.0.0:1:5"]);
}

#[test]
fn a_backport_ships_its_own_commits_only() {
    let mut shop = history();
    shop.commit("fix", "b", 70);
    shop.tag("1.0.0", "b", 15).tag("2.0.0", "e", 60).tag("1.0.1", "fix", 80);
    check(&shop, &["1.0.0:?:?", "2.0.0:5:49", "1.0.1:1:10"]);
}

#[test]
fn a_failed_deployment_is_no_release_and_a_rollback_is_none_either() {
    let mut shop = history();
    shop.tag("v1.0.0", "c", 25);
    shop.deployment("b", 15, Outcome::Success).deployment("c", 25, Outcome::Failure);
    shop.deployment("d", 35, Outcome::Success).deployment("b", 45, Outcome::Success);
    shop.deployment("e", 60, Outcome::Success).deployment("e", 70, Outcome::Success);
    check(&shop, &["b:?:?", "d:2:15", "e:3:49"]);
    let history = ServiceHistory::new("shop", shop.facts());
    let found = review(&history, Some("d"), &Settings::default()).unwrap();
    assert_eq!(found.release.basis, ReleaseBasis::Deployment);
    let says: Vec<&str> = found.findings.iter().map(|finding| finding.says.as_str()).collect();
    assert_eq!(
        says,
        [
            "The release was rolled back.",
            "1 deployment failed or stopped before this release was in production."
        ]
    );
}

#[test]
fn merges_to_the_most_common_target_are_the_last_resort() {
    let mut shop = Shop::default();
    shop.change(1, 0, 10).change(2, 5, 30).change(3, 20, 25);
    let mut facts = shop.facts();
    let branch = facts.name("wmf/1.2");
    facts.change_requests.target[2] = branch;
    assert_eq!(lines(facts.clone(), &Settings::default()), ["1:?:10", "2:?:25"]);
    let asked = Settings { deployed_branch: Some("wmf/1.2".to_owned()), ..Settings::default() };
    assert_eq!(lines(facts, &asked), ["3:?:5"]);
}

#[test]
fn git_alone_gives_the_main_line() {
    check(&history(), &["a:?:?", "b:1:0", "c:1:0", "d:1:0", "g:2:29", "e:1:0"]);
}

#[test]
fn a_release_is_found_by_name_or_hash_and_a_wrong_name_gets_close_ones() {
    let mut shop = history();
    shop.commit("0123456789abcdef", "e", 90);
    shop.tag("v1.0.0", "c", 25).tag("v1.1.0", "0123456789abcdef", 95);
    let history = ServiceHistory::new("shop", shop.facts());
    let id = |asked: &str| {
        review(&history, Some(asked), &Settings::default()).map(|found| found.release.id)
    };
    assert_eq!(id("v1.0.0").unwrap(), "v1.0.0");
    assert_eq!(id("0123456").unwrap(), "v1.1.0");
    assert_eq!(
        id("v1.2.0").unwrap_err().to_string(),
        "unknown release `v1.2.0` among 2 (closest: `v1.1.0`, `v1.0.0`)"
    );
}

#[test]
fn without_releases_the_error_says_what_is_missing() {
    let history = ServiceHistory::new("shop", Facts::new());
    let error = review(&history, None, &Settings::default()).unwrap_err();
    assert_eq!(error.to_string(), "`shop` has no releases: no facts were imported");
}

#[test]
fn another_service_does_not_count() {
    let mut shop = history();
    let mut facts = shop.tag("v1.0.0", "c", 25).tag("v1.1.0", "e", 60).facts();
    let other = facts.name("mail");
    facts.release_tags.service[0] = other;
    assert_eq!(lines(facts, &Settings::default()), ["v1.1.0:?:?"]);
}
