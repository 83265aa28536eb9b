//! Reviews to render: a rich one, a poor one, and one full of text that wants to do harm.

use std::collections::BTreeMap;

use aftercast_analysis::review::{
    Answer, Basis, Candidate, Category, Comparison, EvidenceRow, Finding, FindingSeverity,
    GateLine, Layer, LayerShares, LayerSums, LeadTime, Number, Numbers, PreviousImprovement,
    ReleaseBasis, ReleaseHead, ReleaseLine, Review, SCHEMA_VERSION, Segment,
};
use aftercast_model::{FactId, Timestamp};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Ids of consecutive rows of a table.
fn rows(table: &str, from: u32, count: u32) -> Vec<FactId> {
    (from..from + count).map(|n| FactId::new("sample", table, &n.to_string(), 0)).collect()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn shares(process: f64, platform: f64, policy: f64) -> LayerShares {
    LayerShares { process, platform, policy }
}

/// Puts segments end to end, so that they end at `to_at`.
fn lead_time(
    to_at: Timestamp,
    from_says: &str,
    parts: &[(i64, Category, &str, LayerShares, Vec<FactId>)],
) -> LeadTime {
    let whole: i64 = parts.iter().map(|part| part.0).sum();
    let from_at = to_at.plus_millis(-whole);
    let mut segments = Vec::new();
    let mut by_category_ms = BTreeMap::new();
    let mut sums = LayerSums::default();
    let mut begin = from_at;
    for (length, category, step, layer, evidence) in parts {
        let end = begin.plus_millis(*length);
        segments.push(Segment {
            from_at: begin,
            to_at: end,
            category: *category,
            step: (*step).to_owned(),
            layer: *layer,
            evidence: evidence.clone(),
        });
        *by_category_ms.entry(*category).or_insert(0) += length;
        let total = layer.process + layer.platform + layer.policy;
        let part = |share: f64| (share * *length as f64).round() as i64;
        if total > 0.0 {
            sums.process += part(layer.process);
            sums.platform += part(layer.platform);
            sums.policy += length - part(layer.process) - part(layer.platform);
        } else if matches!(category, Category::Idle | Category::Batching) {
            sums.unexplained += length;
        } else {
            sums.work += length;
        }
        begin = end;
    }
    LeadTime {
        from_at,
        to_at,
        from_says: from_says.to_owned(),
        segments,
        by_category_ms,
        by_layer_ms: sums,
    }
}

fn compared(median: f64, low: f64, high: f64, unusual: Option<bool>, says: &str) -> Comparison {
    Comparison { median, low, high, n: 24, unusual, says: says.to_owned() }
}

fn missing(why: &str) -> Number {
    Number {
        value: None,
        basis: Basis::Missing,
        n: 0,
        why: why.to_owned(),
        compared: None,
        evidence: Vec::new(),
    }
}

fn answer(id: u8, question: &str, text: &str, details: &[&str], basis: Basis) -> Answer {
    Answer {
        id,
        question: question.to_owned(),
        answer: text.to_owned(),
        details: details.iter().map(|detail| (*detail).to_owned()).collect(),
        basis,
        findings: Vec::new(),
        evidence: Vec::new(),
    }
}

const QUESTIONS: [&str; 8] = [
    "What was the total lead time from commit to production?",
    "How many builds failed, and why?",
    "Which manual steps delayed the release?",
    "Did a verification gate fail to catch a real issue?",
    "Did a verification gate pass without checking anything useful?",
    "Was there an incident after the release, and could it have been caught earlier?",
    "What went better than expected, and why?",
    "Which one change would make the next release faster or safer?",
];

/// A release of which nearly everything is known.
pub(crate) fn rich() -> Review {
    let to_at = at("2026-07-14T14:32:00Z");
    let none = shares(0.0, 0.0, 0.0);
    let process = shares(1.0, 0.0, 0.0);
    let platform = shares(0.0, 1.0, 0.0);
    let lead = lead_time(
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
                title: "Approve on merge for changes under 50 lines".to_owned(),
                expected_saving_ms: Some(21 * HOUR),
                why: "61 approvals, none refused".to_owned(),
                effort: "small".to_owned(),
                target_metric: "time waiting for approval".to_owned(),
            },
            Candidate {
                id: "quarantine-payment-e2e".to_owned(),
                layer: Layer::Platform,
                title: "Quarantine `payment-e2e`, fix its clock".to_owned(),
                expected_saving_ms: Some(2 * HOUR),
                why: "14 of its 15 last failures passed on the same commit; 5 other teams report it".to_owned(),
                effort: "medium".to_owned(),
                target_metric: "failed builds".to_owned(),
            },
            Candidate {
                id: "migrate-in-pipeline".to_owned(),
                layer: Layer::Process,
                title: "Run the migration in the pipeline".to_owned(),
                expected_saving_ms: Some(38 * MINUTE),
                why: "by hand in 6 of the last 10 releases".to_owned(),
                effort: "medium".to_owned(),
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

/// A release from a bare git checkout: one tag, a long time, nothing else.
pub(crate) fn poor() -> Review {
    let to_at = at("2025-11-02T09:00:00Z");
    let connect_ci = "not known: connect the CI system";
    let mut questions: Vec<Answer> = QUESTIONS
        .iter()
        .zip(1..)
        .map(|(question, id)| answer(id, question, connect_ci, &[], Basis::Missing))
        .collect();
    questions[0] =
        answer(1, QUESTIONS[0], "163 d 2 h, from the oldest commit to the tag.", &[], Basis::Proxy);
    Review {
        schema_version: SCHEMA_VERSION,
        service: "ripgrep".to_owned(),
        release: ReleaseHead {
            id: "15.1.0".to_owned(),
            basis: ReleaseBasis::VersionTag,
            basis_says: "version tag; no deployments are known".to_owned(),
            at: to_at,
            sha: Some("af6b6c543b224d348a8876f0c06245d9ea7929c5".to_owned()),
            previous: None,
            next: None,
            position: 1,
            total: 1,
            url: None,
            commits: vec!["af6b6c543b224d348a8876f0c06245d9ea7929c5".to_owned()],
            changes: None,
        },
        numbers: Numbers {
            lead_time_ms: Number {
                value: Some(163 * 24 * HOUR + 2 * HOUR),
                basis: Basis::Proxy,
                n: 1,
                why: "to the tag, because no deployments are known".to_owned(),
                compared: Some(Comparison {
                    median: 0.0,
                    low: 0.0,
                    high: 0.0,
                    n: 0,
                    unusual: None,
                    says: "too few releases to judge".to_owned(),
                }),
                evidence: rows("commits", 9, 1),
            },
            failed_builds: missing("connect the CI system: `aftercast import github FILE`"),
            approval_wait_ms: missing(
                "connect the source of approvals: `aftercast import github FILE`",
            ),
            manual_steps: missing("connect the team's chat"),
            incidents: missing("connect an incident source"),
        },
        lead_time: Some(lead_time(
            to_at,
            "first commit written",
            &[
                (3 * HOUR, Category::Coding, "", LayerShares::default(), rows("commits", 9, 1)),
                (
                    163 * 24 * HOUR - 70 * MINUTE,
                    Category::Idle,
                    "",
                    LayerShares::default(),
                    Vec::new(),
                ),
                (10 * MINUTE, Category::Deploy, "15.1.0", LayerShares::default(), Vec::new()),
            ],
        )),
        questions,
        findings: Vec::new(),
        gates: Vec::new(),
        previous_improvement: None,
        candidates: Vec::new(),
        notes: vec!["History starts here: this is the first release that is known.".to_owned()],
        evidence: BTreeMap::new(),
    }
}

/// The first release of a service of which not even the beginning is known.
pub(crate) fn bare() -> Review {
    let mut review = poor();
    review.numbers.lead_time_ms =
        missing("no commit of this release is known; import the git repository");
    review.lead_time = None;
    review.questions[0] = answer(1, QUESTIONS[0], "import the git repository", &[], Basis::Missing);
    review.release.commits.clear();
    review
}

/// The rich review with one text in every place that can hold text from outside.
pub(crate) fn hostile(text: &str) -> Review {
    let mut review = rich();
    let put = |place: &mut String| text.clone_into(place);
    put(&mut review.service);
    put(&mut review.release.id);
    put(&mut review.release.basis_says);
    for place in [
        &mut review.release.sha,
        &mut review.release.previous,
        &mut review.release.next,
        &mut review.release.url,
    ] {
        *place = Some(text.to_owned());
    }
    review.release.commits.iter_mut().for_each(put);
    let numbers = &mut review.numbers;
    for number in [
        &mut numbers.lead_time_ms,
        &mut numbers.failed_builds,
        &mut numbers.approval_wait_ms,
        &mut numbers.manual_steps,
        &mut numbers.incidents,
    ] {
        put(&mut number.why);
        if let Some(compared) = &mut number.compared {
            put(&mut compared.says);
        }
    }
    if let Some(lead) = &mut review.lead_time {
        put(&mut lead.from_says);
        lead.segments.iter_mut().for_each(|segment| put(&mut segment.step));
    }
    for answer in &mut review.questions {
        put(&mut answer.question);
        put(&mut answer.answer);
        answer.details = vec![text.to_owned(); 3];
        answer.findings.iter_mut().for_each(put);
    }
    for finding in &mut review.findings {
        put(&mut finding.id);
        put(&mut finding.check);
        put(&mut finding.says);
        finding.suggestion = Some(text.to_owned());
    }
    for gate in &mut review.gates {
        put(&mut gate.gate);
        put(&mut gate.verdict);
        put(&mut gate.why);
    }
    if let Some(previous) = &mut review.previous_improvement {
        put(&mut previous.title);
        put(&mut previous.verdict);
        put(&mut previous.why);
    }
    for candidate in &mut review.candidates {
        put(&mut candidate.id);
        put(&mut candidate.title);
        put(&mut candidate.why);
        put(&mut candidate.effort);
        put(&mut candidate.target_metric);
    }
    review.notes.iter_mut().for_each(put);
    for row in review.evidence.values_mut() {
        put(&mut row.table);
        put(&mut row.says);
        row.url = Some(text.to_owned());
    }
    review
}

/// Texts that were seen to break pages, terminals and comments.
pub(crate) fn corpus() -> Vec<String> {
    let mut texts: Vec<String> = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "javascript:alert(1)",
        "JaVaScRiPt://x%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "https://ok.example/\"><script>alert(1)</script>",
        "https://user@evil.example/",
        "</style><script>alert(1)</script>",
        "</title></svg></details></summary></code>",
        "</details>\n\n# heading\n\n<details>",
        "@everyone @octocat see #1, GH-1, owner/repo#2, !3, ~label, $4",
        "`` @everyone `` ` @here",
        "`a|b` | c | d",
        "-->\n<script>alert(1)</script>",
        "```\n@everyone\n```mermaid\nclick a call alert()",
        "[click](javascript:alert(1)) ![x](https://evil.example/x.png) <https://evil.example>",
        "https://evil.example/ www.evil.example mailto:a@evil.example",
        "\u{1b}[31mred\u{1b}[0m\u{1b}]0;title\u{7}\u{9b}2J",
        "user\u{202e}gpj.exe\u{2066}x",
        "zero\u{200b}width\u{feff}\u{ad}",
        "a; b: c # d \"e\" %% f",
        "section x\nclick y href \"javascript:alert(1)\"",
        "%%{init: {\"securityLevel\": \"loose\"}}%%",
        "日本語の名前と絵文字 👩‍👩‍👧‍👦 العربية",
        "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}",
        "--output=/etc/passwd; rm -rf $(x) `y`",
        "",
        " ",
        "\0",
        "\r\n\r\n",
        "- list\n1. list\n> quote\n# heading\n\n    code",
        "$\\href{javascript:alert(1)}{x}$ ^[note] ~~x~~ :+1:",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    texts.push("x".repeat(10_000));
    texts.push("<b>|`@a ".repeat(1_250));
    texts.push("名".repeat(10_000));
    texts
}

/// A list of releases with what can be missing.
pub(crate) fn releases() -> Vec<ReleaseLine> {
    let line = |id: &str, when: &str, sha: Option<&str>, commits, lead_time_ms| ReleaseLine {
        id: id.to_owned(),
        basis: ReleaseBasis::Deployment,
        at: at(when),
        sha: sha.map(str::to_owned),
        commits,
        lead_time_ms,
    };
    vec![
        line(
            "4.31.0",
            "2026-07-14T14:32:00Z",
            Some("9f8e7d6c5b4a39281706"),
            Some(23),
            Some(76 * HOUR),
        ),
        line(
            "4.30.2",
            "2026-07-07T09:10:00Z",
            Some("1234567890abcdef1234"),
            Some(4),
            Some(45 * HOUR),
        ),
        line("4.30.1", "2026-07-01T16:45:00Z", None, None, None),
    ]
}
