//! SonarQube: verdicts of quality gates, by webhook and by its API.
//!
//! Owns: an analysis of a project as one verdict, the same however it arrived. Must not know issues,
//! measures and rules beside those that a condition names.

mod pull;

use aftercast_model::{ActorKind, GateEvaluation, GateKind, SubjectKind, Timestamp, Verdict};

use crate::envelope::Envelope;
use crate::json::{Fields, Lenient, List, Text, Time, object};
use crate::live::webhook::{Signature, Told as Where, Webhook};
use crate::rules::Clue;
use crate::sink::Sink;
use crate::{Context, Import, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "sonarqube";

/// SonarQube as a source.
pub(crate) static SONARQUBE: Source = Source {
    name: SOURCE,
    about: "verdicts of quality gates",
    reads: "webhook bodies, and analyses of the API with their gate's status",
    tells: Tells {
        failure_reason: Told::With("the conditions that did not hold"),
        retention: "all analyses of the main branch, thinned out by housekeeping; 30 days of other branches",
        ..Tells::NOTHING
    },
    import: Import::JsonRecords {
        records_have: &["qualityGate", "quality_gate", "aftercast"],
        convert,
    },
    pull: Some(&pull::PULL),
    webhook: Some(&Webhook {
        signatures: &[
            Signature::Hex { header: "x-sonar-webhook-hmac-sha256", prefix: "" },
            Signature::Authorization,
        ],
        event: Where::Nowhere,
        // A task is told again when somebody reviews its issues: only the same body is the same.
        delivery: Where::Nowhere,
        body_limit: 1024 * 1024,
        events: &["quality gate"],
        challenge: None,
    }),
};

object! {'de:
    /// A webhook.
    Hook {
        analysed_at as "analysedAt": Time,
        changed_at as "changedAt": Time,
        revision: Text<'de>,
        status: Text<'de>,
        project: Lenient<Project<'de>>,
        branch: Lenient<Branch<'de>>,
        gate as "qualityGate": Lenient<Gate<'de>>,
    }
    /// A project.
    Project {
        key: Text<'de>,
    }
    /// What was analysed.
    Branch {
        name: Text<'de>,
        kind as "type": Text<'de>,
        url: Text<'de>,
    }
    /// A quality gate's answer.
    Gate {
        status: Text<'de>,
        conditions: List<Condition<'de>>,
    }
    /// A condition; the API and webhooks name its fields otherwise.
    Condition {
        status: Text<'de>,
        metric: Text<'de>,
        metric_key as "metricKey": Text<'de>,
        operator: Text<'de>,
        comparator: Text<'de>,
        value: Text<'de>,
        actual as "actualValue": Text<'de>,
        threshold as "errorThreshold": Text<'de>,
    }
    /// An analysis of the API, its gate's status put into it.
    Analysis {
        date: Time,
        revision: Text<'de>,
        project: Text<'de>,
        gate as "quality_gate": Lenient<Gate<'de>>,
    }
}

/// An analysis, however it arrived.
struct Analysed<'a> {
    project: &'a str,
    at: Option<Timestamp>,
    observed_at: Option<Timestamp>,
    revision: Option<&'a str>,
    change: Option<i64>,
    url: Option<&'a str>,
    gate: Option<&'a Gate<'a>>,
}

/// Converts a webhook or an analysis.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let text = String::from_utf8_lossy(record.body);
    let mut sink = Sink::new(SOURCE, record, context, output);
    let opened = Envelope::open(&text);
    let fields: Fields<'_> = match serde_json::from_str(opened.body) {
        Ok(fields) => fields,
        Err(error) => return sink.malformed(&error),
    };
    if fields.has(&["analysedAt"]) || fields.has(&["qualityGate"]) {
        let Some(hook) = sink.read::<Hook<'_>>(opened.body, "webhook") else { return };
        let branch = hook.branch.get();
        let is_pull = branch.and_then(|branch| branch.kind.text()) == Some("PULL_REQUEST");
        let name = branch.and_then(|branch| branch.name.text());
        let analysed = Analysed {
            project: hook.project.get().and_then(|project| project.key.text()).unwrap_or_default(),
            at: hook.analysed_at.copied(),
            // The address is known here only; a later review of issues changes the verdict.
            observed_at: hook
                .changed_at
                .copied()
                .max(hook.analysed_at.copied())
                .map(|at| at.plus_millis(2)),
            revision: hook.revision.text(),
            change: name.filter(|_| is_pull).and_then(|name| name.parse().ok()),
            url: branch.and_then(|branch| branch.url.text()),
            gate: hook.gate.get(),
        };
        if analysed.gate.is_none() && hook.status.text().is_some_and(|status| status != "SUCCESS") {
            sink.nothing("an analysis that failed", "no gate was asked");
        } else {
            keep(&analysed, &mut sink);
        }
        return sink.keep("webhook", analysed.observed_at);
    }
    if fields.has(&["date"]) {
        let Some(found) = sink.read::<Analysis<'_>>(opened.body, "analysis") else { return };
        let known = found.gate.get().is_some();
        let analysed = Analysed {
            project: found.project.text().or(opened.subject).unwrap_or_default(),
            at: found.date.copied(),
            observed_at: found.date.copied().map(|at| at.plus_millis(i64::from(known))),
            revision: found.revision.text(),
            change: None,
            url: None,
            gate: found.gate.get(),
        };
        keep(&analysed, &mut sink);
        return sink.keep("analysis", analysed.observed_at);
    }
    sink.lost("neither a webhook of SonarQube (`analysedAt`) nor an analysis (`date`)");
}

/// Returns the status and the conditions that did not hold, in the same words for all.
fn says(gate: &Gate<'_>) -> Option<String> {
    let status = gate.status.text()?;
    let failed = gate
        .conditions
        .items()
        .filter(|condition| matches!(condition.status.text(), Some("ERROR" | "WARN")));
    let mut failed: Vec<String> = failed
        .map(|condition| {
            let metric = condition.metric.text().or(condition.metric_key.text()).unwrap_or("?");
            let sign = match condition.operator.text().or(condition.comparator.text()) {
                Some("LESS_THAN" | "LT") => "<",
                Some("GREATER_THAN" | "GT") => ">",
                _ => "against",
            };
            let value = condition.value.text().or(condition.actual.text()).unwrap_or("?");
            format!("{metric} {value} {sign} {}", condition.threshold.text().unwrap_or("?"))
        })
        .collect();
    failed.sort_unstable();
    Some(if failed.is_empty() {
        status.to_owned()
    } else {
        format!("{status}: {}", failed.join(", "))
    })
}

fn keep(analysed: &Analysed<'_>, sink: &mut Sink<'_>) {
    let Some(at) = analysed.at else { return sink.lost("an analysis without a time") };
    let Some(gate) = analysed.gate else {
        return sink.note("an analysis without its quality gate's status says nothing");
    };
    let clue = Clue { kind: "project", name: analysed.project };
    let repo = sink.repo(None);
    let home = sink.home_by_name(repo, &clue);
    let status = gate.status.text();
    let said = says(gate);
    let native_id = format!("{}|{}", analysed.project, at.millis());
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", &native_id, None),
        source: home.source,
        service: home.service,
        observed_at: analysed.observed_at,
        url: sink.name(analysed.url),
        native_status: sink.name(said.as_deref()),
        gate: sink.name(Some("quality gate")),
        gate_kind: GateKind::Quality,
        subject_kind: match analysed.revision {
            Some(_) => SubjectKind::Sha,
            None => SubjectKind::Unknown,
        },
        subject: sink.name(analysed.revision),
        repo: home.repo,
        sha: sink.name(analysed.revision),
        change_number: analysed.change,
        decided_at: Some(at),
        verdict: match status {
            Some("OK") => Verdict::Pass,
            Some("WARN") => Verdict::Warn,
            Some("ERROR") => Verdict::Fail,
            Some("NONE") => Verdict::Skip,
            _ => Verdict::Unknown,
        },
        // A gate without conditions passes whatever it sees.
        could_fail: gate.conditions.get().map(|conditions| !conditions.is_empty()),
        decided_by_kind: ActorKind::System,
        method: sink.name(Some("quality gate")),
        confidence: Some(100),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}
