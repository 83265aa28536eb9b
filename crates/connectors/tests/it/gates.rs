//! Verdicts of scanners, quality gates and policies: `sarif`, `sonarqube`, `opa`.

use std::fmt::Write as _;
use std::io::Write as _;

use aftercast_connectors::live::webhook::{Incoming, Signature, sign, verify};
use aftercast_connectors::standards::opa;
use aftercast_connectors::{conformance, source_named};
use aftercast_model::Timestamp;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::rows::rows;

fn shown(source: &str, body: &str) -> String {
    let mut text = String::new();
    for output in conformance::outputs(source_named(source).unwrap(), "in", body.as_bytes()) {
        text.push_str(&rows(&output.facts));
        for problem in &output.problems {
            writeln!(text, "{:?}: {}", problem.severity, problem.what).unwrap();
        }
    }
    text
}

const SARIF: &str = r#"{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [
{"tool": {"driver": {"name": "CodeQL", "rules": [{"id": "js/xss", "defaultConfiguration": {"level": "error"}}, {"id": "js/todo", "defaultConfiguration": {"level": "note"}}]}},
 "automationDetails": {"id": "security/js/run-7"},
 "invocations": [{"executionSuccessful": true, "startTimeUtc": "2026-09-01T09:00:00Z", "endTimeUtc": "2026-09-01T09:04:00Z"}],
 "versionControlProvenance": [{"repositoryUri": "https://github.com/acme/shop", "revisionId": "ab12"}],
 "results": [{"ruleIndex": 0, "baselineState": "new", "message": {"text": "a"}}, {"ruleIndex": 0, "baselineState": "unchanged"}, {"ruleIndex": 1},
  {"level": "warning"}, {}, {"level": "error", "suppressions": [{"kind": "inSource"}]}, {"level": "error", "suppressions": [{"kind": "external", "status": "rejected"}]},
  {"level": "error", "kind": "pass"}, {"level": "error", "baselineState": "absent"}]},
{"tool": {"driver": {"name": "trivy"}}, "results": [], "versionControlProvenance": [{"revisionId": "ab12"}]},
{"tool": {"driver": {"name": "semgrep"}}, "invocations": [{"executionSuccessful": false}], "results": [], "automationDetails": {"guid": "g-1"}},
{"tool": {"driver": {"name": "eslint"}}, "results": [{"level": "warning"}]}]}"#;

#[test]
fn sarif_counts_what_is_new_and_holds() {
    insta::assert_snapshot!("gates__sarif", shown("sarif", SARIF));
}

const HOOK: &str = r#"{"serverUrl": "https://sonar.acme.example", "taskId": "AU-1", "status": "SUCCESS", "analysedAt": "2026-09-01T11:00:00+0200", "changedAt": "2026-09-01T11:00:00+0200",
 "revision": "ab12", "project": {"key": "shop", "name": "Shop", "url": "https://sonar.acme.example/dashboard?id=shop"},
 "branch": {"name": "7", "type": "PULL_REQUEST", "isMain": false, "url": "https://sonar.acme.example/dashboard?id=shop&pullRequest=7"},
 "qualityGate": {"name": "Sonar way", "status": "ERROR", "conditions": [{"metric": "new_coverage", "operator": "LESS_THAN", "value": "75.4", "errorThreshold": "80", "status": "ERROR"},
  {"metric": "new_bugs", "operator": "GREATER_THAN", "value": "0", "errorThreshold": "0", "status": "OK"}]}, "properties": {}}"#;
const ANALYSIS: &str = r#"{"aftercast":{"kind":"analysis","subject":"shop"},"body":{"key": "A1", "date": "2026-09-01T09:00:00+0000", "revision": "ab12", "events": [],
 "quality_gate": {"status": "ERROR", "conditions": [{"status": "ERROR", "metricKey": "new_coverage", "comparator": "LT", "errorThreshold": "80", "actualValue": "75.4"}]}}}"#;
const BARE: &str = r#"{"key": "A2", "date": "2026-09-02T09:00:00+0000", "revision": "ab13", "project": "shop", "quality_gate": {"status": "OK", "conditions": []}}"#;

#[test]
fn sonarqube_gives_one_verdict_an_analysis_however_it_arrived() {
    let text = [
        HOOK,
        ANALYSIS,
        BARE,
        r#"{"analysedAt": "2026-09-03T09:00:00Z", "status": "FAILED", "taskId": "x"}"#,
        r#"{"key": "A3", "date": "2026-09-04T09:00:00Z"}"#,
    ]
    .join("\n");
    insta::assert_snapshot!("gates__sonarqube", shown("sonarqube", &text));
    let source = source_named("sonarqube").unwrap();
    let both = conformance::settled(source, "in", [HOOK, ANALYSIS].join("\n").as_bytes());
    assert_eq!(both.len(), 1);
    assert!(both.into_values().next().unwrap().contains("pullRequest=7"));
}

#[test]
fn sonarqube_signs_its_webhooks() {
    let webhook = source_named("sonarqube").unwrap().webhook.unwrap();
    let now = Timestamp::from_millis(1_788_253_200_000);
    let headers = sign(webhook.signatures[0], "secret", HOOK.as_bytes(), "id", now);
    assert!(matches!(
        webhook.signatures[0],
        Signature::Hex { header: "x-sonar-webhook-hmac-sha256", .. }
    ));
    let believed = |body: &[u8], secret: &str| {
        let header = |name: &str| {
            let found = headers.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str())
        };
        verify(webhook, &Incoming { header: &header, body, now }, &[secret]).is_ok()
    };
    assert!(believed(HOOK.as_bytes(), "secret"));
    assert!(!believed(HOOK.as_bytes(), "other"));
    assert!(!believed(&HOOK.as_bytes()[1..], "secret"));
}

const DECISIONS: &str = r#"[
{"labels": {"app": "shop", "id": "1"}, "decision_id": "d-1", "path": "deploy/allow", "input": {"commit": "0123456789abcdef0123456789abcdef01234567", "password": "hunter2"}, "result": true, "timestamp": "2026-09-01T09:00:00Z", "requested_by": "10.0.0.1", "metrics": {"timer": 1}},
{"labels": {}, "decision_id": "d-2", "path": "deploy/violation", "input": {"sha": "not hunter2 a hash"}, "result": ["image hunter2 has no digest"], "timestamp": "2026-09-01T09:00:01.5Z"},
{"labels": {}, "decision_id": "d-3", "path": "deploy/deny", "result": [], "timestamp": "2026-09-01T09:00:02Z"},
{"labels": {}, "decision_id": "d-4", "path": "deploy", "result": {"allow": true, "deny": ["hunter2"], "user": "hunter2"}, "timestamp": "2026-09-01T09:00:03Z"},
{"labels": {}, "decision_id": "d-5", "path": "deploy/allow", "error": {"message": "hunter2"}, "timestamp": "2026-09-01T09:00:04Z"},
{"labels": {}, "decision_id": "d-6", "path": "deploy/reason", "result": "hunter2", "timestamp": "2026-09-01T09:00:05Z"}]"#;
const CONFTEST: &str = r#"[{"filename": "deploy.yaml", "namespace": "main", "successes": 5, "warnings": [], "failures": [{"msg": "hunter2 must not be root"}], "exceptions": []},
{"filename": "svc.yaml", "namespace": "main", "successes": 2}]"#;

#[test]
fn opa_decides_and_nothing_of_its_input_is_kept() {
    let text = format!("{}\n{}", shown("opa", DECISIONS), shown("opa", CONFTEST));
    insta::assert_snapshot!("gates__opa", text);
    let source = source_named("opa").unwrap();
    for body in [DECISIONS, CONFTEST] {
        for output in conformance::outputs(source, "in", body.as_bytes()) {
            assert!(!output.payloads.is_empty());
            for payload in &output.payloads {
                let kept = String::from_utf8_lossy(&payload.body);
                assert!(!kept.contains("hunter2"), "{kept}");
            }
            assert!(!rows(&output.facts).contains("hunter2"));
        }
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(DECISIONS.as_bytes()).unwrap();
    let received = opa::receive("gzip", &encoder.finish().unwrap()).unwrap();
    assert_eq!(received.len(), 6);
    assert!(!received.join("").contains("hunter2"));
    let rows = |body: &str| conformance::settled(source, "in", body.as_bytes());
    assert_eq!(rows(&received.join("\n")), rows(DECISIONS));
}

#[test]
fn a_decision_log_that_is_none_is_refused() {
    for (encoding, body, refused) in [
        ("br", &b"[]"[..], opa::Refused::NotSupported),
        ("", b"{}", opa::Refused::Malformed),
        ("", b"[{}]", opa::Refused::Malformed),
        ("gzip", b"[]", opa::Refused::Malformed),
        ("", &vec![b' '; 33 * 1024 * 1024], opa::Refused::TooLarge),
    ] {
        assert_eq!(opa::receive(encoding, body), Err(refused));
    }
    assert_eq!(opa::receive("identity", b"[]"), Ok(vec![]));
}

#[test]
fn the_contract_of_a_source_holds() {
    conformance::check(source_named("sarif").unwrap(), &[("a.sarif", SARIF.as_bytes())]);
    let hooks = [HOOK, BARE].map(|text| text.replace('\n', " ")).join("\n");
    conformance::check(
        source_named("sonarqube").unwrap(),
        &[("a.ndjson", hooks.as_bytes()), ("b.json", ANALYSIS.as_bytes())],
    );
    conformance::check(
        source_named("opa").unwrap(),
        &[("a.json", DECISIONS.as_bytes()), ("b.json", CONFTEST.as_bytes())],
    );
}

proptest::proptest! {
    #[test]
    fn nothing_that_comes_panics(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        for source in ["sarif", "sonarqube", "opa"] {
            let _ = conformance::outputs(source_named(source).unwrap(), "in", &body);
        }
        for encoding in ["", "gzip"] {
            let _ = opa::receive(encoding, &body);
        }
    }
}
