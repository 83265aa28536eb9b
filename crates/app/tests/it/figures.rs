//! The figures that the issue names, each had by `aftercast sql`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::bench::{Bench, sample, shared};

const LEAD_TIME: &str = "CAST(merged_at AS BIGINT) - CAST(opened_at AS BIGINT)";

fn check(bench: &Bench, cases: &[(&str, &str, &[&str])]) {
    for (what, query, expected) in cases {
        let query = query.replace("LEAD_TIME", LEAD_TIME);
        assert_eq!(bench.sql(&query), *expected, "{what}: {query}");
    }
}

fn imported(path: &Path) -> Bench {
    let bench = Bench::new();
    bench.ok(["import", "gerrit", path.to_str().unwrap()]);
    bench
}

const APPROVALS: &str = "
    WITH approvals AS (
      SELECT c.number, min(CAST(g.decided_at AS BIGINT) - CAST(c.opened_at AS BIGINT))
               FILTER (WHERE g.decider_key <> c.author_key) AS wait_ms
      FROM change_requests c JOIN gate_evaluations g ON g.change_number = c.number
      WHERE c.state = 'merged' AND g.gate = 'Code-Review' AND g.verdict = 'pass'
        AND g.decided_at <= c.merged_at
      GROUP BY c.number)
    SELECT count(wait_ms), count(*) - count(wait_ms), median(wait_ms) FROM approvals";

const REFUSED_BY_CI: &str = "
    SELECT count(DISTINCT change_number) FROM gate_evaluations
    WHERE gate = 'Verified' AND decided_by_kind = 'bot' AND verdict = 'fail'";

#[test]
fn the_sample_shows_what_happened_to_wikipedias_configuration() {
    let bench = imported(&sample());
    check(
        &bench,
        &[
            ("changes", "SELECT count(*) FROM change_requests", &["2359"]),
            (
                "lead time of a change, median and 90th percentile",
                "SELECT median(LEAD_TIME), CAST(percentile_cont(0.9) WITHIN GROUP \
                 (ORDER BY CAST(LEAD_TIME AS DOUBLE)) AS BIGINT) \
                 FROM change_requests WHERE state = 'merged'",
                &["4403500,972065500"],
            ),
            ("changes with a CI Verified-1", REFUSED_BY_CI, &["148"]),
            (
                "CI job results",
                "SELECT native_status, count(*) FROM task_runs GROUP BY native_status \
                 ORDER BY count(*) DESC",
                &[
                    "SUCCESS,12193",
                    "Change has been deployed,1568",
                    "FAILURE,163",
                    "Failed deployment,32",
                    "NOT_REGISTERED,7",
                ],
            ),
            (
                "reverts, and those merged",
                "SELECT count(*), count(*) FILTER (WHERE state = 'merged') FROM change_requests \
                 WHERE revert_of IS NOT NULL",
                &["124,115"],
            ),
            (
                "approved by another person, by the author only, median wait",
                APPROVALS,
                &["1018,1198,124055000"],
            ),
        ],
    );
    let releases = bench.ok(["releases", "--limit", "100000", "--format", "csv"]);
    assert_eq!(releases.lines().count() - 1, 2216);
    let ledger = gate_ledger(&bench);
    assert_eq!((sum(&ledger, "by_another"), sum(&ledger, "by_author_only")), (1018, 1198));
    assert_eq!(ledger["taken_back"]["reverts"], 115, "merged, as by SQL above");
    assert!(says(&ledger, "1198 (54 %) went in without one"), "{:#}", ledger["take_home"]);
}

#[test]
fn wikibase_shows_failures_and_rechecks() {
    let Some(path) = shared("gerrit/wikibase-2015.ndjson.gz") else { return };
    let bench = imported(&path);
    check(
        &bench,
        &[
            (
                "changes, merged, median lead time",
                "SELECT count(*), count(*) FILTER (WHERE state = 'merged'), \
                 median(LEAD_TIME) FILTER (WHERE state = 'merged') FROM change_requests",
                &["2853,2616,36277500"],
            ),
            (
                "CI job results",
                "SELECT native_status, count(*) FROM task_runs \
                 WHERE native_status IN ('SUCCESS', 'FAILURE') GROUP BY 1 ORDER BY 2 DESC",
                &["SUCCESS,74353", "FAILURE,7394"],
            ),
            ("changes with a CI -1", REFUSED_BY_CI, &["933"]),
            ("rechecks", "SELECT count(*) FROM signals WHERE kind = 'recheck'", &["391"]),
            (
                "jobs that failed and passed on one patch set",
                "SELECT count(*) FROM (SELECT name, change_number, revision FROM task_runs \
                 GROUP BY 1, 2, 3 HAVING bool_or(native_status = 'FAILURE') \
                 AND bool_or(native_status = 'SUCCESS'))",
                &["508"],
            ),
        ],
    );
    let ledger = gate_ledger(&bench);
    let gates: BTreeMap<&str, String> = ledger["gates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gate| {
            (gate["gate"].as_str().unwrap(), format!("{},{}", gate["runs"], gate["changes"]))
        })
        .collect();
    // A cancelled run is no answer of a gate.
    let jobs = bench.sql(
        "SELECT name, count(*), count(DISTINCT change_number) FROM task_runs \
         WHERE outcome <> 'cancelled' GROUP BY name",
    );
    assert_eq!(jobs.len(), 81);
    for job in &jobs {
        let (name, counts) = job.split_once(',').unwrap();
        assert_eq!(gates.get(name).map(String::as_str), Some(counts), "{name}");
    }
    assert_eq!(ledger["flaky_pairs_total"], 508, "as by SQL above");
    let approvals = bench.sql(APPROVALS);
    assert!(approvals[0].starts_with("2187,429,"), "{approvals:?}");
    let by_another = sum(&ledger, "by_another");
    assert_eq!((by_another, sum(&ledger, "approved") - by_another), (2187, 429));
}

fn gate_ledger(bench: &Bench) -> Value {
    serde_json::from_str(&bench.ok(["gates", "--format", "json"])).unwrap()
}

/// The sum over all groups of approvals.
fn sum(ledger: &Value, field: &str) -> i64 {
    let groups = ledger["approvals"].as_array().unwrap();
    groups.iter().map(|group| group[field].as_i64().unwrap()).sum()
}

fn says(ledger: &Value, part: &str) -> bool {
    let sentences = ledger["take_home"].as_array().unwrap();
    sentences.iter().any(|sentence| sentence.as_str().unwrap().contains(part))
}
