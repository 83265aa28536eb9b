//! What is kept of Slack.

use std::io::Write as _;

use aftercast_connectors::live::Place as Asked;
use aftercast_connectors::{
    ChatRules, Context, Output, Record, Rules, conformance, import_stream, seal, source_named,
};
use aftercast_model::{PersonKey, Place, ServiceMap, ServiceRule, Severity};
use serde_json::{Value, json};

use crate::incidents::{check_signed_body, check_webhook};
use crate::rows::rows;

const THREAD: &[u8] = include_bytes!("fixtures/slack/thread.json");
const DAY: &str = include_str!("fixtures/slack/day.json");

fn rules(channels: &[&str]) -> Rules {
    let channels = channels.iter().map(|channel| (*channel).to_owned()).collect();
    let workspace = Some("https://acme.slack.com/".to_owned());
    Rules { chat: ChatRules { channels, workspace, ..ChatRules::default() }, ..Rules::default() }
}

fn with_context<T>(rules: &Rules, then: impl FnOnce(&Context<'_>) -> T) -> T {
    let rule = ServiceRule {
        service: "shop".into(),
        names: vec!["slack:channel:deploys".into()],
        ..ServiceRule::default()
    };
    let services = ServiceMap { rules: vec![rule] };
    let people = PersonKey::from_bytes([7; 32]);
    then(&Context { services: &services, people: &people, repo: None, rules })
}

fn read(file: &str, body: &[u8], rules: &Rules) -> Output {
    let mut output = Output::default();
    with_context(rules, |context| {
        let place = Place { file: file.into(), line: None };
        source_named("slack").unwrap().convert(&Record { place, body }, context, &mut output);
    });
    output
}

fn pulled(message: &Value) -> Vec<u8> {
    seal("thread", "C024BE91L:deploys", &message.to_string()).into_bytes()
}

fn event(event: &Value) -> Vec<u8> {
    let body =
        json!({"type": "event_callback", "event_id": "Ev1", "team_id": "T1", "event": event});
    seal("message", "", &body.to_string()).into_bytes()
}

fn told(output: &Output) -> Vec<String> {
    output.problems.iter().map(|problem| problem.what.clone()).collect()
}

#[test]
fn the_contract_holds() {
    conformance::check(source_named("slack").unwrap(), &[("thread.json", THREAD)]);
}

#[test]
fn a_question_and_its_answer_are_one_wait() {
    let output = read("thread.json", THREAD, &rules(&["C024BE91L:deploys"]));
    insta::assert_snapshot!("thread", rows(&output.facts));
    assert_eq!(told(&output), Vec::<String>::new());
}

#[test]
fn nothing_but_signals_is_kept() {
    let output = read("thread.json", THREAD, &rules(&["C024BE91L:deploys"]));
    assert_eq!(output.payloads.len(), 1);
    let kept = String::from_utf8(output.payloads[0].body.clone()).unwrap();
    for gone in
        ["U0BEN", "U0CLEO", "lunch", "lena@acme", "hunter2", "ghp_", "170 1234567", "blocks"]
    {
        assert!(!kept.contains(gone), "{gone} in {kept}");
    }
    let again = read("replay", kept.as_bytes(), &Rules::default());
    assert_eq!(rows(&again.facts), rows(&output.facts), "what is kept converts to the same rows");
    assert_eq!(again.payloads, output.payloads);
    let silent = read(
        "x",
        &pulled(&json!({"ts": "1788249600.000100", "user": "U1", "text": "hello"})),
        &rules(&["*"]),
    );
    assert!(silent.payloads.is_empty() && silent.facts.is_empty());
}

#[test]
fn a_message_gives_the_same_row_however_it_arrived() {
    let said = json!({"type": "message", "user": "U0BEN", "text": "rolling back shop", "ts": "1788249600.000100"});
    let rules = rules(&["C024BE91L:deploys"]);
    let by_pull = rows(&read("pull", &pulled(&said), &rules).facts);
    assert!(
        by_pull.contains("\"kind\": \"rollback\"") || by_pull.contains("rollback"),
        "{by_pull}"
    );
    assert!(
        by_pull.contains("https://acme.slack.com/archives/C024BE91L/p1788249600000100"),
        "{by_pull}"
    );
    let mut sent = said.clone();
    sent["channel"] = json!("C024BE91L");
    assert_eq!(by_pull, rows(&read("hook", &event(&sent), &rules).facts));
    let day = json!([said]).to_string();
    let file = "export.zip:deploys/2026-09-01.json";
    assert_eq!(by_pull, rows(&read(file, day.as_bytes(), &rules).facts));
    let changed = json!({"type": "message", "subtype": "message_changed", "channel": "C024BE91L", "message": said});
    assert_eq!(by_pull, rows(&read("hook", &event(&changed), &rules).facts));
}

#[test]
fn a_channel_that_is_not_named_is_not_read() {
    let said = json!({"type": "message", "user": "U1", "text": "prod is down", "ts": "1788249600.1", "channel": "C0RANDOM1"});
    let output = read("hook", &event(&said), &rules(&["C024BE91L:deploys"]));
    assert!(output.facts.is_empty() && output.payloads.is_empty());
    let day = json!([said]).to_string();
    let output = read("e.zip:random/2026-09-01.json", day.as_bytes(), &rules(&["deploys"]));
    assert!(output.facts.is_empty() && output.payloads.is_empty());
    assert_eq!(
        told(&output),
        ["nothing to keep of `messages`: their channel is not among `channels`"]
    );
    let output = read("e.zip:random/2026-09-01.json", day.as_bytes(), &rules(&["*"]));
    assert_eq!(output.facts.signals.len(), 1);
}

#[test]
fn an_export_without_named_channels_is_refused_with_the_way_out() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, body) in [
        ("channels.json", "[{\"id\":\"C024BE91L\",\"name\":\"deploys\"}]"),
        (
            "users.json",
            "[{\"id\":\"U0BEN\",\"name\":\"ben\",\"profile\":{\"email\":\"ben@acme.example\"}}]",
        ),
        ("deploys/2026-09-01.json", DAY),
        ("random/2026-09-01.json", DAY),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(body.as_bytes()).unwrap();
    }
    let zip = zip.finish().unwrap().into_inner();
    let imported = |rules: &Rules| {
        let mut all = Output::default();
        with_context(rules, |context| {
            let slack = source_named("slack").unwrap();
            let keep = &mut |output: Output| {
                all = output;
                Ok::<(), ()>(())
            };
            import_stream(slack, "export.zip", &mut zip.as_slice(), context, keep).unwrap();
        });
        all
    };
    let refused = imported(&Rules::default());
    assert!(refused.facts.is_empty() && refused.payloads.is_empty());
    let lost: Vec<_> =
        refused.problems.iter().filter(|one| one.severity == Severity::Lost).collect();
    assert_eq!(lost.len(), 2);
    assert!(lost[0].hint.as_ref().unwrap().contains("channels = [\"deploys\"]"));
    let read = imported(&rules(&["deploys"]));
    insta::assert_snapshot!("export", rows(&read.facts));
    assert!(
        read.payloads.iter().all(|payload| !String::from_utf8_lossy(&payload.body).contains("ben"))
    );
}

#[test]
fn programs_are_echoes_but_for_incident_bots() {
    let bot = |name: &str, text: &str| {
        let message = json!({"type": "message", "subtype": "bot_message", "bot_id": "B1", "text": "",
            "bot_profile": {"name": name}, "ts": "1788249600.1", "attachments": [{"fallback": text}]});
        rows(&read("pull", &pulled(&message), &rules(&[])).facts)
    };
    assert_eq!(bot("deploybot", "rolled back shop"), "");
    assert!(bot("PagerDuty", "Triggered: checkout errors").contains("incident"));
}

#[test]
fn a_reaction_answers_without_a_time() {
    let mut question = json!({"type": "message", "user": "U0BEN", "ts": "1788249600.000100",
        "text": "ok to deploy shop to prod?",
        "reactions": [{"name": "eyes", "count": 1, "users": ["U0ANNA"]},
            {"name": "white_check_mark", "count": 2, "users": ["U0BEN", "U0CLEO"]}]});
    let output = read("pull", &pulled(&question), &rules(&[]));
    let row = output.facts.gate_evaluations.row(0);
    assert_eq!((row.decided_at, row.confidence), (None, Some(40)));
    // One's own sign is no answer.
    question["reactions"] = json!([{"name": "+1", "users": ["U0BEN"]}]);
    assert_eq!(read("pull", &pulled(&question), &rules(&[])).facts.gate_evaluations.len(), 0);
    let added = json!({"type": "reaction_added", "reaction": "+1", "item": {"channel": "C024BE91L", "ts": "1788249600.000100"}});
    let output = read("hook", &event(&added), &rules(&["*"]));
    assert_eq!(told(&output), ["a reaction is read with its message, by the next pull"]);
}

#[test]
fn a_question_is_looked_at_again_until_it_is_approved() {
    let open = source_named("slack").unwrap().pull.unwrap().streams[0].open.unwrap();
    let question =
        json!({"ts": "1788249600.1", "user": "U1", "text": "can I get approval to deploy 4.1?"});
    assert!(open(&question));
    let mut thread = question.clone();
    thread["thread"] = json!([{"ts": "1788249700.1", "thread_ts": "1788249600.1", "user": "U2", "text": "not yet"}]);
    assert!(open(&thread));
    thread["thread"][0]["text"] = json!("yes");
    assert!(!open(&thread));
    assert!(!open(&json!({"ts": "1788249600.1", "user": "U1", "text": "hello"})));
    assert!(!open(&json!(7)));
}

#[test]
fn the_id_of_the_channel_is_asked_for() {
    let stream = &source_named("slack").unwrap().pull.unwrap().streams[0];
    let settings = |_: &str| None;
    let place =
        Asked { subject: "C024BE91L:deploys", since: None, until: None, settings: &settings };
    let request = (stream.list)(&place).unwrap();
    assert!(request.query.contains(&("channel".into(), "C024BE91L".into())));
}

#[test]
fn webhooks_are_believed_by_their_signature() {
    let body = json!({"type": "event_callback", "event_id": "Ev1", "event": {"type": "message"}})
        .to_string();
    check_webhook("slack", body.as_bytes(), "message");
    check_signed_body("slack", body.as_bytes());
}
