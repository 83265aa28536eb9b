//! What is kept of Teams.

use aftercast_connectors::live::Place as Asked;
use aftercast_connectors::{
    ChatRules, Context, Output, Record, Rules, conformance, seal, source_named,
};
use aftercast_model::{PersonKey, Place, ServiceMap, Timestamp};
use serde_json::{Value, json};

use crate::rows::rows;

const THREAD: &[u8] = include_bytes!("fixtures/teams/thread.json");
const SUBJECT: &str = "t-shop/19:abc@thread.tacv2:deploys";

fn read(file: &str, body: &[u8], channels: &[&str]) -> Output {
    let channels = channels.iter().map(|channel| (*channel).to_owned()).collect();
    let chat = ChatRules { channels, ..ChatRules::default() };
    let rules = Rules { chat, ..Rules::default() };
    let people = PersonKey::from_bytes([7; 32]);
    let services = ServiceMap::default();
    let context = Context { services: &services, people: &people, repo: None, rules: &rules };
    let mut output = Output::default();
    let place = Place { file: file.into(), line: None };
    source_named("teams").unwrap().convert(&Record { place, body }, &context, &mut output);
    output
}

fn said(html: &str) -> Value {
    json!({"id": "1788249600000", "messageType": "message", "createdDateTime": "2026-09-01T08:00:00Z",
        "from": {"user": {"id": "u-ben", "displayName": "Ben"}},
        "body": {"contentType": "html", "content": html},
        "channelIdentity": {"teamId": "t-shop", "channelId": "19:abc@thread.tacv2"}})
}

#[test]
fn the_contract_holds() {
    conformance::check(source_named("teams").unwrap(), &[("thread.json", THREAD)]);
}

#[test]
fn a_question_and_its_answer_are_one_wait() {
    let output = read("thread.json", THREAD, &[]);
    insta::assert_snapshot!("thread", rows(&output.facts));
    assert!(output.problems.is_empty(), "{:?}", output.problems);
    let kept = String::from_utf8(output.payloads[0].body.clone()).unwrap();
    for gone in ["u-ben", "u-cleo", "Ben B", "lunch", "acme.example"] {
        assert!(!kept.contains(gone), "{gone} in {kept}");
    }
    assert_eq!(rows(&read("replay", kept.as_bytes(), &[]).facts), rows(&output.facts));
}

#[test]
fn a_reaction_answers_at_its_time() {
    let mut question = said("<p>ok to deploy shop to prod?</p>");
    question["reactions"] = json!([
        {"reactionType": "heart", "createdDateTime": "2026-09-01T08:01:00Z", "user": {"user": {"id": "u-cleo"}}},
        {"reactionType": "like", "createdDateTime": "2026-09-01T08:05:00Z", "user": {"user": {"id": "u-cleo"}}},
        {"reactionType": "👍", "createdDateTime": "2026-09-01T08:03:00Z", "user": {"user": {"id": "u-dora"}}},
        {"reactionType": "like", "createdDateTime": "2026-09-01T08:00:30Z", "user": {"user": {"id": "u-ben"}}},
    ]);
    let body = seal("thread", SUBJECT, &question.to_string());
    let row = read("pull", body.as_bytes(), &[]).facts.gate_evaluations.row(0);
    let at = Timestamp::parse("2026-09-01T08:03:00Z").unwrap();
    assert_eq!((row.decided_at, row.confidence), (Some(at), Some(60)));
}

#[test]
fn quotations_in_html_are_not_heard() {
    let read = |html: &str| {
        read("pull", seal("thread", SUBJECT, &said(html).to_string()).as_bytes(), &[])
            .facts
            .signals
            .len()
    };
    assert_eq!(read("<p>rolled back shop</p>"), 1);
    assert_eq!(read("<blockquote><p>rolled back shop</p></blockquote><p>why</p>"), 0);
    assert_eq!(read("<attachment id=\"1\">rolled back shop</attachment>"), 0);
    assert_eq!(read("<pre>rolled back shop</pre>"), 0);
}

#[test]
fn what_was_deleted_or_written_by_the_system_is_not_heard() {
    for (field, value) in
        [("deletedDateTime", "2026-09-01T09:00:00Z"), ("messageType", "systemEventMessage")]
    {
        let mut message = said("<p>prod is down</p>");
        message[field] = json!(value);
        let output = read("pull", seal("thread", SUBJECT, &message.to_string()).as_bytes(), &[]);
        assert!(output.facts.is_empty(), "{field}");
    }
}

#[test]
fn a_channel_that_is_not_named_is_not_read() {
    let body = said("<p>prod is down</p>").to_string();
    let refused = read("export.json", body.as_bytes(), &[]);
    assert!(refused.facts.is_empty() && refused.payloads.is_empty());
    assert!(refused.problems[0].hint.as_ref().unwrap().contains("channels"));
    assert!(read("export.json", body.as_bytes(), &["t-x/19:x@thread.tacv2"]).facts.is_empty());
    for named in
        [SUBJECT, "19:abc@thread.tacv2:deploys", "t-shop/19:abc@thread.tacv2", "export", "*"]
    {
        assert_eq!(
            read("export.json", body.as_bytes(), &[named]).facts.signals.len(),
            1,
            "{named}"
        );
    }
}

#[test]
fn team_and_channel_are_asked_for() {
    let stream = &source_named("teams").unwrap().pull.unwrap().streams[0];
    let asked = |subject: &str| {
        (stream.list)(&Asked { subject, since: None, until: None, settings: &|_| None })
    };
    let path = asked(SUBJECT).unwrap().path;
    assert_eq!(path, "/teams/t-shop/channels/19%3Aabc%40thread.tacv2/messages");
    assert!(asked("deploys").is_none());
    assert!(stream.open.unwrap()(&said("<p>can I get approval to deploy 4.1?</p>")));
    assert!(!stream.open.unwrap()(&said("<p>hello</p>")));
}
