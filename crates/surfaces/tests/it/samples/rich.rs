//! A release of which nearly everything is known: the one that the pages are designed with.

use std::collections::BTreeMap;

use aftercast_analysis::review::{
    Basis, Candidate, Category, EvidenceRow, Finding, FindingSeverity, GateLine, Layer, LayerSums,
    MedianCommit, Number, Numbers, PerCommit, PreviousImprovement, ProposalKind, ReleaseBasis,
    ReleaseHead, Review, SCHEMA_VERSION, Saving,
};

use super::{HOUR, MINUTE, QUESTIONS, answer, at, compared, lead_time, missing, rows, shares};

/// A release of which nearly everything is known.
pub(crate) fn rich() -> Review {
    let to_at = at("2026-07-14T14:32:00Z");
    let none = shares(0.0, 0.0, 0.0);
    let process = shares(1.0, 0.0, 0.0);
    let platform = shares(0.0, 1.0, 0.0);
    let mut lead = lead_time(
        to_at,
        "first commit written",
        &[
            (8 * HOUR, Category::Coding, "#4127 Retry card payments", none, rows("commits", 1, 1)),
            (11 * HOUR, Category::ReviewWait, "#4127", process, rows("change_requests", 1, 1)),
            (HOUR, Category::Queue, "integration", platform, rows("task_runs", 1, 1)),
            (HOUR, Category::Run, "integration", none, rows("task_runs", 1, 1)),
            (2 * HOUR, Category::Rework, "payment-e2e", platform, rows("task_runs", 2, 3)),
            (HOUR, Category::Run, "payment-e2e", none, rows("task_runs", 5, 1)),
            (
                33 * HOUR,
                Category::ApprovalWait,
                "release-approval",
                shares(0.3, 0.0, 0.7),
                rows("gate_evaluations", 1, 1),
            ),
            (18 * HOUR, Category::Batching, "Tuesday's slot", none, rows("deployments", 1, 1)),
            (38 * MINUTE, Category::Manual, "database migration", process, rows("signals", 1, 1)),
            (22 * MINUTE, Category::Deploy, "production", none, rows("deployments", 1, 1)),
        ],
    );
    let saving = |category: Category, step: &str, time: i64, halved_ms: i64| Saving {
        category,
        step: step.to_owned(),
        time_ms: time,
        halved_ms,
        removed_ms: 2 * halved_ms,
    };
    lead.savings = vec![
        saving(Category::ApprovalWait, "release-approval", 33 * HOUR, 33 * HOUR / 2),
        saving(Category::ReviewWait, "#4127", 11 * HOUR, 11 * HOUR / 2),
        saving(Category::Run, "integration", 2 * HOUR, 20 * MINUTE),
    ];
    let half = |by: &BTreeMap<Category, i64>| by.iter().map(|(of, time)| (*of, time / 2)).collect();
    let sums = lead.by_layer_ms;
    let by_layer_ms = LayerSums {
        work: sums.work / 2,
        process: sums.process / 2,
        platform: sums.platform / 2,
        policy: sums.policy / 2,
        unexplained: sums.unexplained / 2,
    };
    lead.per_commit = Some(PerCommit {
        of: "commit",
        n: 14,
        mean_ms: 38 * HOUR,
        by_category_ms: half(&lead.by_category_ms),
        by_layer_ms,
        median: MedianCommit {
            from_at: to_at.plus_millis(-38 * HOUR),
            lead_time_ms: 38 * HOUR,
            by_category_ms: half(&lead.by_category_ms),
            by_layer_ms,
        },
    });
    let mut evidence = BTreeMap::new();
    let mut put = |table: &str, n: u32, says: &str, when: &str, url: Option<&str>| {
        for id in rows(table, n, 1) {
            let row = EvidenceRow {
                table: table.to_owned(),
                says: says.to_owned(),
                at: Some(at(when)),
                url: url.map(str::to_owned),
            };
            evidence.insert(id.to_string(), row);
        }
    };
    let ci = "https://ci.example/checkout/runs";
    put(
        "commits",
        1,
        "`a1b2c3d4e5` Retry card payments",
        "2026-07-11T10:32:00Z",
        Some("https://git.example/checkout/commit/a1b2c3d4e5"),
    );
    put(
        "change_requests",
        1,
        "change `#4127` merged",
        "2026-07-12T10:32:00Z",
        Some("https://git.example/checkout/pull/4127"),
    );
    put(
        "gate_evaluations",
        1,
        "`release-approval` asked Sunday, given Monday",
        "2026-07-12T11:32:00Z",
        Some("https://git.example/checkout/deployments/831"),
    );
    put(
        "deployments",
        1,
        "`4.31.0` to production, succeeded",
        "2026-07-14T14:32:00Z",
        Some("https://git.example/checkout/deployments/831"),
    );
    put("signals", 1, "\"running the migration by hand now\"", "2026-07-14T13:41:00Z", None);
    for n in 1..=7 {
        let (job, why) = match n {
            2..=4 => ("payment-e2e", "failed, passed on re-run"),
            5 => ("unit", "failed, passed on re-run"),
            6 | 7 => ("lint", "failed, code changed"),
            _ => ("integration", "failed, runner lost"),
        };
        put(
            "task_runs",
            n,
            &format!("`{job}` {why}"),
            &format!("2026-07-12T0{n}:10:00Z"),
            Some(&format!("{ci}/{}", 9_000 + n)),
        );
    }
    let mut questions = vec![
        answer(
            1,
            QUESTIONS[0],
            "3 d 4 h, of it 1 d 9 h waiting for one approval.",
            &["11 changes, the slowest is `#4127`"],
            Basis::Exact,
        ),
        answer(
            2,
            QUESTIONS[1],
            "7 of 31. Four passed on a re-run of the same commit.",
            &[
                "`payment-e2e` failed 3 of those 4",
                "two times the code was wrong, one runner was lost",
            ],
            Basis::Exact,
        ),
        answer(
            3,
            QUESTIONS[2],
            "The migration was run by hand, 38 min.",
            &["in 6 of the last 10 releases"],
            Basis::Inferred,
        ),
        answer(4, QUESTIONS[3], "not known: connect an incident source", &[], Basis::Missing),
        answer(
            5,
            QUESTIONS[4],
            "`licence-scan`: no files matched in 212 runs.",
            &["never failed, 9 s each"],
            Basis::Exact,
        ),
        answer(6, QUESTIONS[5], "not known: connect an incident source", &[], Basis::Missing),
        answer(
            7,
            QUESTIONS[6],
            "Build and unit tests were in the fastest tenth.",
            &["went together with small changes (median 44 lines)"],
            Basis::Exact,
        ),
        answer(
            8,
            QUESTIONS[7],
            "Approve on merge for changes under 50 lines: about 21 h a release.",
            &[],
            Basis::Inferred,
        ),
    ];
    questions[0].evidence = rows("change_requests", 1, 1);
    questions[0].findings = vec!["slow-approval".to_owned()];
    questions[1].evidence = rows("task_runs", 1, 7);
    questions[2].evidence = rows("signals", 1, 1);
    questions[4].findings = vec!["vacuous-gate".to_owned()];
    let finding =
        |id: &str, layer, severity, says: &str, suggestion: Option<&str>, evidence| Finding {
            id: id.to_owned(),
            check: id.to_owned(),
            layer,
            severity,
            says: says.to_owned(),
            evidence,
            confidence: 0.9,
            suggestion: suggestion.map(str::to_owned),
        };
    let gate =
        |name: &str, runs, caught, flaky, vacuous, wait_ms, verdict: &str, why: &str, interval| {
            GateLine {
                gate: name.to_owned(),
                runs,
                caught,
                flaky,
                infra: Some(1),
                bypassed: Some(0),
                escaped: None,
                vacuous,
                wait_ms,
                verdict: verdict.to_owned(),
                why: why.to_owned(),
                interval,
            }
        };
    Review {
        schema_version: SCHEMA_VERSION,
        service: "checkout".to_owned(),
        release: ReleaseHead {
            id: "4.31.0".to_owned(),
            basis: ReleaseBasis::Deployment,
            basis_says: "deployment to `production`".to_owned(),
            at: to_at,
            sha: Some("9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c".to_owned()),
            previous: Some("4.30.2".to_owned()),
            next: None,
            position: 48,
            total: 48,
            url: Some("https://git.example/checkout/releases/4.31.0".to_owned()),
            commits: (0..23).map(|n| format!("{n:040x}")).collect(),
            changes: Some(11),
        },
        numbers: Numbers {
            lead_time_ms: Number {
                value: Some(76 * HOUR),
                basis: Basis::Exact,
                n: 23,
                why: "from the oldest commit first shipped".to_owned(),
                compared: Some(compared(45.0 * HOUR as f64, 20.0 * HOUR as f64, 70.0 * HOUR as f64, Some(true), "2nd slowest of the last 24")),
                evidence: [rows("commits", 1, 1), rows("deployments", 1, 1)].concat(),
            },
            failed_builds: Number {
                value: Some(7),
                basis: Basis::Exact,
                n: 31,
                why: "4 flaky, 2 code, 1 runner lost".to_owned(),
                compared: Some(compared(5.0, 1.0, 9.0, Some(false), "as usual")),
                evidence: rows("task_runs", 1, 7),
            },
            approval_wait_ms: Number {
                value: Some(33 * HOUR),
                basis: Basis::Exact,
                n: 1,
                why: "one approval, asked on a Sunday".to_owned(),
                compared: Some(compared(5.0 * HOUR as f64, HOUR as f64, 16.0 * HOUR as f64, Some(true), "the longest of the last 24")),
                evidence: rows("gate_evaluations", 1, 1),
            },
            manual_steps: Number {
                value: Some(2),
                basis: Basis::Inferred,
                n: 2,
                why: "seen in chat: migration, 38 min; cache flush".to_owned(),
                compared: None,
                evidence: rows("signals", 1, 1),
            },
            incidents: missing("connect an incident source: `aftercast import pagerduty FILE`"),
        },
        lead_time: Some(lead),
        questions,
        findings: vec![
            finding("slow-approval", Some(Layer::Policy), FindingSeverity::Warning, "`release-approval` took 1 d 9 h; 61 asked, none refused (a refusal rate above 4.8 % is ruled out)", Some("approve on merge for changes under 50 lines"), rows("gate_evaluations", 1, 1)),
            finding("flaky-job", Some(Layer::Platform), FindingSeverity::Warning, "`payment-e2e` failed 15 times in 24 releases; 14 passed on a re-run of the same commit", Some("quarantine it and fix its clock"), rows("task_runs", 2, 3)),
            finding("vacuous-gate", Some(Layer::Policy), FindingSeverity::Notice, "`licence-scan` passed 212 times without matching a file", None, Vec::new()),
            finding("small-changes", None, FindingSeverity::Good, "Changes were small: median 44 lines, fastest tenth of 24 releases", None, rows("change_requests", 1, 1)),
        ],
        gates: vec![
            gate("release-approval", 61, Some(0), None, None, Some(302 * HOUR), "fix", "never refused; waits 5 h at the median", Some((0.0, 0.048))),
            gate("payment-e2e", 212, Some(1), Some(14), Some(0), Some(26 * HOUR), "fix", "14 of 15 failures passed on a re-run", Some((0.001, 0.026))),
            gate("unit", 212, Some(19), Some(1), Some(0), Some(9 * HOUR), "keep", "caught 19 real problems", Some((0.056, 0.136))),
            gate("licence-scan", 212, Some(0), Some(0), Some(212), Some(32 * MINUTE), "prune", "matched no file in 212 runs", Some((0.0, 0.014))),
            gate("smoke", 6, Some(0), Some(0), None, None, "not_enough_yet", "6 runs are too few to say", None),
        ],
        previous_improvement: Some(PreviousImprovement {
            title: "run integration tests in four shards".to_owned(),
            verdict: "helped".to_owned(),
            why: "the integration stage took 41 min at the median before, 19 min after (-54 %, interval -63 to -38 %), over 9 releases".to_owned(),
        }),
        candidates: vec![
            Candidate {
                id: "approve-on-merge".to_owned(),
                layer: Layer::Policy,
                kind: ProposalKind::Remove,
                title: "Approve on merge for changes under 50 lines".to_owned(),
                expected_saving_ms: Some(21 * HOUR),
                confidence: 0.9,
                confidence_why: "measured over 72 releases".to_owned(),
                why: "61 approvals, none refused".to_owned(),
                effort: "small".to_owned(),
                stage: "waiting for approval".to_owned(),
                target_metric: "time waiting for approval".to_owned(),
            },
            Candidate {
                id: "quarantine-payment-e2e".to_owned(),
                layer: Layer::Platform,
                kind: ProposalKind::Change,
                title: "Quarantine `payment-e2e`, fix its clock".to_owned(),
                expected_saving_ms: Some(2 * HOUR),
                confidence: 0.6,
                confidence_why: "measured over 12 releases".to_owned(),
                why: "14 of its 15 last failures passed on the same commit; 5 other teams report it".to_owned(),
                effort: "medium".to_owned(),
                stage: "failed builds".to_owned(),
                target_metric: "failed builds".to_owned(),
            },
            Candidate {
                id: "migrate-in-pipeline".to_owned(),
                layer: Layer::Process,
                kind: ProposalKind::Add,
                title: "Run the migration in the pipeline".to_owned(),
                expected_saving_ms: Some(38 * MINUTE),
                confidence: 0.56,
                confidence_why: "measured over 10 releases".to_owned(),
                why: "by hand in 6 of the last 10 releases".to_owned(),
                effort: "medium".to_owned(),
                stage: "steps by hand".to_owned(),
                target_metric: "manual steps".to_owned(),
            },
        ],
        notes: vec![
            "The history of runs starts on 1 March 2026; older releases are compared by commits only.".to_owned(),
            "No incident source is connected.".to_owned(),
        ],
        evidence,
    }
}
