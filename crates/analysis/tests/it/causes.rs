//! Which release an incident belongs to, by what its tracker calls the cause.

use aftercast_analysis::review::Basis;

use crate::build::Shop;
use crate::reviews::reviewed;

/// Incidents at minute 60 that name `cause`; two tags, `v1.0.0` at 10 and `v1.1.0` at 50, and a
/// later incident so that silence is known.
fn incidents_of(release: &str, cause: &str) -> (Option<i64>, Basis) {
    let mut shop = Shop::default();
    let (a, b) = ("a".repeat(40), "b0c1d2e3".repeat(5));
    shop.commit(&a, "", 0).commit(&b, &a, 1).tag("v1.0.0", &a, 10).tag("v1.1.0", &b, 50);
    shop.incident(60).incident(20_000);
    shop.facts.incidents.caused_by[0] = shop.facts.name(cause);
    let numbers = reviewed(shop.facts(), release).numbers;
    (numbers.incidents.value, numbers.incidents.basis)
}

#[test]
fn a_cause_is_known_by_version_and_by_the_beginning_of_a_hash() {
    for cause in ["v1.0.0", "1.0.0", "V1.0.0", "aaaaaaa", "AAAAAAAAAA"] {
        assert_eq!(incidents_of("v1.0.0", cause), (Some(1), Basis::Exact), "{cause}");
        assert_eq!(incidents_of("v1.1.0", cause), (Some(0), Basis::Inferred), "{cause}");
    }
}

#[test]
fn a_cause_that_names_no_known_release_leaves_it_to_the_time() {
    for cause in ["", "CHG0030007", "abc", "v9.9.9", "https://git.example/acme/shop/pull/7"] {
        assert_eq!(incidents_of("v1.0.0", cause).0, Some(0), "{cause}");
        assert_eq!(incidents_of("v1.1.0", cause), (Some(1), Basis::Inferred), "{cause}");
    }
}

#[test]
fn a_change_names_the_release_that_shipped_it() {
    for cause in ["https://git.example/acme/shop/pull/1", "acme/shop#1", "!1"] {
        let mut shop = Shop::default();
        shop.change(1, 0, 10).change(2, 20, 100).incident(150).incident(20_000);
        shop.facts.incidents.caused_by[0] = shop.facts.name(cause);
        assert_eq!(reviewed(shop.facts(), "1").numbers.incidents.value, Some(1), "{cause}");
        assert_eq!(reviewed(shop.facts(), "2").numbers.incidents.value, Some(0), "{cause}");
    }
}
