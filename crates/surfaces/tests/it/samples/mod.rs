//! Reviews to render: a rich one, a poor one, and one full of text that wants to do harm.

pub(crate) mod hostile;
mod rich;

pub(crate) use rich::rich;

use std::collections::BTreeMap;

use aftercast_analysis::review::{
    Answer, Basis, Category, Comparison, LayerShares, LayerSums, LeadTime, Number, Numbers,
    ReleaseBasis, ReleaseHead, ReleaseLine, Review, SCHEMA_VERSION, Segment, WorkingTime,
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
            working_ms: length / 4,
            rule: "rule",
            because: "the sample says so",
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
        working: WorkingTime {
            says: "Monday to Friday 09:00-18:00 UTC".to_owned(),
            inside_ms: whole / 4,
            outside_ms: whole - whole / 4,
            by_category_ms: BTreeMap::new(),
            delay_inside_ms: whole / 8,
            delay_outside_ms: whole / 2,
        },
        clocks_disagree: 0,
        per_commit: None,
        savings: Vec::new(),
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
