//! Open Policy Agent: its decision log, and what Conftest prints.
//!
//! Owns: what a result says, and the mask: `input` may hold anything, so of a decision only what is
//! listed in [`MASKED`] is ever stored. Must not know policies.

mod receive;

use aftercast_model::{
    ActorKind, FactId, GateEvaluation, GateKind, SubjectKind, Timestamp, Verdict,
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::envelope::Envelope;
use crate::live::webhook::{Signature, Told as Where, Webhook};
use crate::rules::Clue;
use crate::sink::Sink;
use crate::{Context, Import, Output, Record, Source, Tells, Told};

pub use receive::{Refused, receive};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "opa";
/// What is stored of a decision, beside its result and its subject.
const MASKED: &[&str] = &["decision_id", "labels", "path", "timestamp", "bundles", "revision"];
/// Where an input says what it is about, in this order.
const SUBJECTS: &[&str] = &["sha", "commit", "revision", "git_sha", "commit_sha"];
/// What a result that is an object says with.
const ALLOWS: &[&str] = &["allow", "allowed", "pass", "passed"];
const DENIES: &[&str] = &["deny", "denied", "violation", "violations", "failures"];

/// Open Policy Agent as a source.
pub(crate) static OPA: Source = Source {
    name: SOURCE,
    about: "decisions of policies",
    reads: "decision logs of Open Policy Agent, and Conftest's JSON",
    tells: Tells {
        retention: "nothing: decisions are sent once",
        approval_answered: Told::No,
        ..Tells::NOTHING
    },
    import: Import::JsonRecords {
        records_have: &["decision_id", "filename", "aftercast"],
        convert,
    },
    pull: None,
    webhook: Some(&Webhook {
        signatures: &[Signature::Authorization],
        event: Where::Nowhere,
        delivery: Where::Nowhere,
        body_limit: 8 * 1024 * 1024,
        events: &["decision"],
        challenge: None,
    }),
};

/// Returns the decision without what may not be stored: of its input only the commit, of its result
/// only what it says.
fn masked(decision: &Map<String, Value>) -> Map<String, Value> {
    let mut kept = Map::new();
    for name in MASKED {
        if let Some(value) = decision.get(*name) {
            kept.insert((*name).to_owned(), value.clone());
        }
    }
    // An error may quote the input.
    if decision.get("error").is_some_and(|error| !error.is_null()) {
        kept.insert("error".to_owned(), Value::Bool(true));
    }
    let sha = |value: &Value| value.as_str().filter(|text| is_sha(text)).map(str::to_owned);
    let said = decision
        .get("input")
        .and_then(|input| SUBJECTS.iter().find_map(|name| input.get(*name).and_then(sha)));
    let before = || decision.get("aftercast_subject").and_then(sha);
    if let Some(sha) = said.or_else(before) {
        kept.insert("aftercast_subject".to_owned(), Value::String(sha));
    }
    let result = match decision.get("result") {
        Some(Value::Bool(flag)) => Some(Value::Bool(*flag)),
        Some(Value::Object(object)) => {
            let part =
                |name: &&str| object.get(*name).map(|value| ((*name).to_owned(), short(value)));
            Some(Value::Object(ALLOWS.iter().chain(DENIES).filter_map(part).collect()))
        }
        Some(Value::Array(items)) => Some(Value::from(items.len())),
        Some(Value::Number(number)) => Some(Value::Number(number.clone())),
        _ => None,
    };
    if let Some(result) = result {
        kept.insert("result".to_owned(), result);
    }
    kept
}

/// Returns a flag as it is, of a list its length.
fn short(value: &Value) -> Value {
    match value {
        Value::Bool(flag) => Value::Bool(*flag),
        Value::Array(items) => Value::from(items.len()),
        Value::Object(items) => Value::from(items.len()),
        Value::Number(number) => Value::Number(number.clone()),
        Value::Null | Value::String(_) => Value::Null,
    }
}

fn is_sha(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns what a masked decision says: a flag, what an object allows or denies, how many it found.
fn verdict(decision: &Map<String, Value>) -> Verdict {
    if decision.get("error").is_some_and(|error| !error.is_null()) {
        return Verdict::Error;
    }
    let allowed = |allows: bool| if allows { Verdict::Pass } else { Verdict::Fail };
    let path = decision.get("path").and_then(Value::as_str).unwrap_or_default();
    let last = path.rsplit(['/', '.']).next().unwrap_or_default();
    let denies = DENIES.contains(&last);
    match decision.get("result") {
        Some(Value::Bool(flag)) => allowed(*flag != denies),
        Some(Value::Number(found)) if denies => allowed(found.as_u64() == Some(0)),
        Some(Value::Object(result)) => {
            let none = |value: &Value| match value {
                Value::Bool(flag) => Some(!flag),
                Value::Number(found) => Some(found.as_u64() == Some(0)),
                _ => None,
            };
            let denied = DENIES.iter().find_map(|name| none(result.get(*name)?));
            let said = ALLOWS.iter().find_map(|name| result.get(*name)?.as_bool());
            match (said, denied) {
                (Some(false), _) | (_, Some(false)) => Verdict::Fail,
                (Some(true), _) | (None, Some(true)) => Verdict::Pass,
                (None, None) => Verdict::Unknown,
            }
        }
        _ => Verdict::Unknown,
    }
}

/// Converts a decision, or what Conftest says of one file.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let text = String::from_utf8_lossy(record.body);
    let body = Envelope::open(&text).body;
    let objects: Vec<Value> = match serde_json::from_str(body) {
        Ok(Value::Array(items)) => items,
        Ok(one) => vec![one],
        Err(error) => {
            output.problems.push(record.malformed(&error));
            return;
        }
    };
    for object in &objects {
        let Some(object) = object.as_object() else {
            Sink::new(SOURCE, record, context, output).lost("a value that is no object");
            continue;
        };
        let is_decision = object.contains_key("decision_id");
        if !is_decision && !object.contains_key("filename") {
            Sink::new(SOURCE, record, context, output)
                .lost("neither a decision (`decision_id`) nor a result of Conftest (`filename`)");
            continue;
        }
        let (kind, stored) =
            if is_decision { ("decision", masked(object)) } else { ("conftest", counted(object)) };
        let kept = Value::Object(stored.clone()).to_string();
        let masked = Record { place: record.place.clone(), body: kept.as_bytes() };
        let mut sink = Sink::new(SOURCE, &masked, context, output);
        let at =
            if is_decision { decision(&stored, &mut sink) } else { conftest(&stored, &mut sink) };
        sink.keep(kind, at);
    }
}

fn text<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v str> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn decision(decision: &Map<String, Value>, sink: &mut Sink<'_>) -> Option<Timestamp> {
    let Some(id) = text(decision, "decision_id") else {
        sink.lost("a decision without a `decision_id` that is a text");
        return None;
    };
    let said = text(decision, "timestamp");
    let at = said.and_then(|text| Timestamp::parse(text).ok());
    if at.is_none() {
        sink.note("`timestamp` is missing or no time");
    }
    let app = decision.get("labels").and_then(|labels| labels.get("app")?.as_str());
    let repo = sink.repo(None);
    let home = match app {
        Some(name) => sink.home_by_name(repo, &Clue { kind: "app", name }),
        None => sink.home(repo),
    };
    let sha = text(decision, "aftercast_subject");
    let result = decision.get("result").map(Value::to_string);
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", id, None),
        source: home.source,
        service: home.service,
        observed_at: at,
        native_status: sink.name(result.as_deref().or(Some("undefined"))),
        gate: sink.name(text(decision, "path").or(Some("query"))),
        gate_kind: GateKind::Policy,
        subject_kind: if sha.is_some() { SubjectKind::Sha } else { SubjectKind::Unknown },
        subject: sink.name(sha),
        repo: home.repo,
        sha: sink.name(sha),
        decided_at: at,
        verdict: verdict(decision),
        decided_by_kind: ActorKind::System,
        method: sink.name(Some("decision log")),
        confidence: at.map(|_| 100),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
    at
}

/// Returns what Conftest says of a file with the lengths of its lists: messages may quote secrets.
fn counted(result: &Map<String, Value>) -> Map<String, Value> {
    let mut kept = Map::new();
    for name in ["filename", "namespace"] {
        if let Some(value) = result.get(name).filter(|value| value.is_string()) {
            kept.insert(name.to_owned(), value.clone());
        }
    }
    for name in ["successes", "warnings", "failures", "exceptions", "skipped"] {
        if let Some(value) = result.get(name) {
            kept.insert(name.to_owned(), short(value));
        }
    }
    kept
}

fn conftest(result: &Map<String, Value>, sink: &mut Sink<'_>) -> Option<Timestamp> {
    let count = |name: &str| result.get(name).and_then(Value::as_u64).unwrap_or_default();
    let file = text(result, "filename");
    let namespace = text(result, "namespace").unwrap_or("main");
    let says = format!(
        "{} passed, {} warnings, {} failures, {} exceptions",
        count("successes"),
        count("warnings"),
        count("failures"),
        count("exceptions")
    );
    // There is no time and no run: the same result of the same file is one fact.
    let digest = Sha256::digest(Value::Object(result.clone()).to_string().as_bytes());
    let native_id = FactId::new(SOURCE, "conftest", &format!("{digest:?}"), 0).to_string();
    let repo = sink.repo(None);
    let home = sink.home(repo);
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", &native_id, None),
        source: home.source,
        service: home.service,
        native_status: sink.name(Some(&says)),
        gate: sink.name(Some(&format!("conftest {namespace}"))),
        gate_kind: GateKind::Policy,
        subject_kind: SubjectKind::Artifact,
        subject: sink.name(file),
        repo: home.repo,
        verdict: match (count("failures"), count("exceptions"), count("warnings")) {
            (1.., ..) => Verdict::Fail,
            (0, 1.., _) => Verdict::Bypass,
            (0, 0, 1..) => Verdict::Warn,
            (0, 0, 0) if count("successes") == 0 => Verdict::Skip,
            (0, 0, 0) => Verdict::Pass,
        },
        decided_by_kind: ActorKind::System,
        method: sink.name(Some("conftest")),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
    None
}
