//! SARIF 2.1.0: what a scanner found, as the verdict of a gate.
//!
//! Owns: counting results by level, what is new and what is suppressed, and the verdict. Must not know:
//! what the findings say; their texts and places are not facts.

use aftercast_model::{
    ActorKind, FactId, GateEvaluation, GateKind, SubjectKind, Timestamp, Verdict,
};
use sha2::{Digest, Sha256};

use crate::json::{Flag, Int, Lenient, List, Text, Time, object};
use crate::naming::repo_in_remote;
use crate::sink::Sink;
use crate::{Context, Import, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "sarif";

/// SARIF as a source.
pub(crate) static SARIF: Source = Source {
    name: SOURCE,
    about: "verdicts of scanners, with their counts of results",
    reads: "SARIF 2.1.0 logs",
    tells: Tells {
        approval_answered: Told::No,
        failure_reason: Told::With("counts of results by level"),
        ..Tells::NOTHING
    },
    import: Import::JsonRecords { records_have: &["runs", "$schema"], convert },
    pull: None,
    webhook: None,
};

object! {'de:
    /// A log.
    Log {
        version: Text<'de>,
        runs: List<Run<'de>>,
    }
    /// A run of a tool.
    Run {
        tool: Lenient<Tool<'de>>,
        automation as "automationDetails": Lenient<Automation<'de>>,
        invocations: List<Invocation>,
        provenance as "versionControlProvenance": List<Provenance<'de>>,
        results: List<Finding<'de>>,
    }
    /// A tool.
    Tool {
        driver: Lenient<Driver<'de>>,
    }
    /// The tool itself.
    Driver {
        name: Text<'de>,
        rules: List<Rule<'de>>,
    }
    /// A rule of the tool.
    Rule {
        configuration as "defaultConfiguration": Lenient<Configuration<'de>>,
    }
    /// How a rule is set up.
    Configuration {
        level: Text<'de>,
    }
    /// What names the run.
    Automation {
        id: Text<'de>,
        guid: Text<'de>,
    }
    /// The commit that was looked at.
    Provenance {
        uri as "repositoryUri": Text<'de>,
        revision as "revisionId": Text<'de>,
    }
    /// A result.
    Finding {
        rule as "ruleIndex": Int,
        kind: Text<'de>,
        level: Text<'de>,
        baseline as "baselineState": Text<'de>,
        suppressions: List<Suppression<'de>>,
    }
    /// Why a result does not count.
    Suppression {
        status: Text<'de>,
    }
}

/// How the tool ran; no lifetime, so written out.
#[derive(Debug, Default)]
pub(crate) struct Invocation {
    successful: Flag,
    start: Time,
    end: Time,
}

impl<'de> crate::json::Shape<'de> for Invocation {
    fn from_map<A: serde::de::MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut found = Self::default();
        while let Some(key) = map.next_key::<crate::json::Key<'de>>()? {
            match key.0.as_ref() {
                "executionSuccessful" => found.successful = map.next_value()?,
                "startTimeUtc" => found.start = map.next_value()?,
                "endTimeUtc" => found.end = map.next_value()?,
                _ => {
                    map.next_value::<serde::de::IgnoredAny>()?;
                }
            }
        }
        Ok(Some(found))
    }

    fn wrong(&self, paths: &mut Vec<String>) {
        self.successful.wrong("executionSuccessful", paths);
        self.start.wrong("startTimeUtc", paths);
        self.end.wrong("endTimeUtc", paths);
    }
}

/// Results by level; those that are suppressed or were there before count apart.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    errors: u64,
    warnings: u64,
    notes: u64,
    before: u64,
    suppressed: u64,
}

impl Counts {
    fn of(run: &Run<'_>) -> Self {
        let rules = run.tool.get().and_then(|tool| tool.driver.get()).map(|driver| &driver.rules);
        let mut counts = Self::default();
        for result in run.results.items() {
            if result.kind.text().is_some_and(|kind| kind != "fail") {
                continue;
            }
            // Under review or rejected, a suppression does not hold.
            let holds = |one: &Suppression<'_>| one.status.text().is_none_or(|s| s == "accepted");
            if result.suppressions.items().any(holds) {
                counts.suppressed += 1;
                continue;
            }
            match result.baseline.text() {
                Some("unchanged" | "updated") => {
                    counts.before += 1;
                    continue;
                }
                Some("absent") => continue,
                _ => {}
            }
            let index = result.rule.copied().and_then(|index| usize::try_from(index).ok());
            let rule = index.and_then(|index| rules?.get()?.get(index)?.get());
            let usual = rule.and_then(|rule| rule.configuration.get()?.level.text());
            match result.level.text().or(usual).unwrap_or("warning") {
                "error" => counts.errors += 1,
                "note" | "none" => counts.notes += 1,
                _ => counts.warnings += 1,
            }
        }
        counts
    }

    fn says(&self) -> String {
        let mut parts = Vec::new();
        for (count, what) in [
            (self.errors, "errors"),
            (self.warnings, "warnings"),
            (self.notes, "notes"),
            (self.before, "known before"),
            (self.suppressed, "suppressed"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        if parts.is_empty() { "no results".to_owned() } else { parts.join(", ") }
    }
}

/// Converts one log.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let text = String::from_utf8_lossy(record.body);
    let mut sink = Sink::new(SOURCE, record, context, output);
    let body = crate::envelope::Envelope::open(&text).body;
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(body) {
        return sink.malformed(&error);
    }
    let Some(log) = sink.read::<Log<'_>>(body, "log") else { return };
    if log.runs.get().is_none() {
        return sink.lost("not a SARIF log: no `runs`");
    }
    if log.version.text().is_some_and(|version| version != "2.1.0") {
        sink.note("a SARIF version other than 2.1.0");
    }
    let mut newest = None;
    for (index, run) in log.runs.items().enumerate() {
        newest = newest.max(keep_run(run, index, body, &mut sink));
    }
    sink.keep("sarif", newest);
}

/// Keeps a run as a verdict, and returns when it ended.
fn keep_run(run: &Run<'_>, index: usize, body: &str, sink: &mut Sink<'_>) -> Option<Timestamp> {
    let counts = Counts::of(run);
    let provenance = run.provenance.items().next();
    let sha = provenance.and_then(|provenance| provenance.revision.text());
    let uri = provenance.and_then(|provenance| provenance.uri.text());
    let repo = sink.repo(uri.and_then(repo_in_remote)).map(str::to_owned);
    let home = sink.home(repo.as_deref());
    let tool = run.tool.get().and_then(|tool| tool.driver.get()?.name.text()).unwrap_or("scan");
    let automation = run.automation.get();
    let id = automation.and_then(|automation| automation.id.text()).unwrap_or_default();
    // What follows the last slash tells one run from the next; the category stands before.
    let category = id.rsplit_once('/').map_or("", |(category, _)| category);
    let start = run.invocations.items().filter_map(|one| one.start.copied()).min();
    let end = run.invocations.items().filter_map(|one| one.end.copied()).max();
    let failed = run.invocations.items().any(|one| one.successful.copied() == Some(false));
    let native_id = match (automation.and_then(|one| one.guid.text()), sha) {
        (Some(guid), _) => guid.to_owned(),
        (None, Some(sha)) => format!("{}|{tool}|{id}|{sha}", repo.as_deref().unwrap_or_default()),
        (None, None) => {
            // However it is indented, it is the same log.
            let plain: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            let digest = Sha256::digest(plain.as_bytes());
            format!("{}|{index}", FactId::new(SOURCE, "log", &format!("{digest:?}"), 0))
        }
    };
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", &native_id, None),
        source: home.source,
        service: home.service,
        observed_at: end.or(start),
        native_status: sink.name(Some(&counts.says())),
        gate: sink.name(Some(&match category {
            "" => tool.to_owned(),
            category => format!("{tool} {category}"),
        })),
        gate_kind: GateKind::Scan,
        subject_kind: if sha.is_some() { SubjectKind::Sha } else { SubjectKind::Unknown },
        subject: sink.name(sha),
        repo: home.repo,
        sha: sink.name(sha),
        asked_at: start,
        decided_at: end,
        verdict: match (failed, counts.errors, counts.warnings) {
            (true, ..) => Verdict::Error,
            (false, 1.., _) => Verdict::Fail,
            (false, 0, 1..) => Verdict::Warn,
            (false, 0, 0) => Verdict::Pass,
        },
        decided_by_kind: ActorKind::System,
        method: sink.name(Some("SARIF results")),
        confidence: end.map(|_| 100),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
    end.or(start)
}
