//! The `junit` source on reports of many tools, and on reports written by hand.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use aftercast_connectors::{Context, Import, Output, Record, source_named};
use aftercast_model::{PersonKey, Place, ServiceMap, TestOutcome};

fn convert(file: &str, body: &[u8]) -> Output {
    let services = ServiceMap::default();
    let people = PersonKey::from_bytes([7; 32]);
    let context = Context {
        services: &services,
        people: &people,
        repo: Some("acme/shop"),
        rules: &aftercast_connectors::Rules::default(),
    };
    let record = Record { place: Place { file: file.into(), line: None }, body };
    let Import::Document(convert) = source_named("junit").unwrap().import else {
        panic!("junit reads documents");
    };
    let mut output = Output::default();
    convert(&record, &context, &mut output);
    output
}

/// Cases, failures, errors, skipped.
type Counts = [i64; 4];

fn counts(outcomes: impl Iterator<Item = TestOutcome>) -> Counts {
    outcomes.fold([0; 4], |[all, failed, errors, skipped], outcome| {
        let is = |of: TestOutcome| i64::from(outcome == of);
        [
            all + 1,
            failed + is(TestOutcome::Failed),
            errors + is(TestOutcome::Error),
            skipped + is(TestOutcome::Skipped),
        ]
    })
}

/// Each row as it is.
fn by_row(output: &Output) -> Counts {
    counts(output.facts.test_results.outcome.iter().copied())
}

/// Rows of one class and name as one, the worst outcome of them, whatever the suite.
fn by_name(output: &Output) -> Counts {
    let mut worst: BTreeMap<String, TestOutcome> = BTreeMap::new();
    let rank = |outcome: TestOutcome| match outcome {
        TestOutcome::Error => 4,
        TestOutcome::Failed => 3,
        TestOutcome::Passed => 2,
        TestOutcome::Skipped => 1,
        TestOutcome::Unknown => 0,
    };
    for row in output.facts.test_results.rows() {
        let text = |name| output.facts.text(name);
        let key = format!("{}\n{}\n{}", text(row.class), text(row.name), text(row.parameters));
        let outcome = worst.entry(key).or_insert(row.outcome);
        if rank(row.outcome) > rank(*outcome) {
            *outcome = row.outcome;
        }
    }
    counts(worst.into_values())
}

/// What another tool counted in the report, by run and by test.
fn oracle(path: &Path) -> Option<(Counts, Counts)> {
    let text = std::fs::read_to_string(path).ok()?;
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let of = |prefix: &str| {
        let stat = |name: &str| value["stats"][format!("{prefix}{name}")].as_i64().unwrap();
        [stat(""), stat("_fail"), stat("_error"), stat("_skip")]
    };
    Some((of("runs"), of("tests")))
}

#[test]
fn every_report_gives_its_cases_or_says_what_it_is_not() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/junit");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped, data not here");
        return;
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (mut with_cases, mut refused, mut agreed) = (0, 0, 0);
    let mut disagreeing = Vec::new();
    for path in &paths {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let short = file.rsplit("__").next().unwrap();
        let output = convert(&file, &std::fs::read(path).unwrap());
        let said: Vec<_> = output.problems.iter().map(|problem| problem.what.as_str()).collect();
        let rows = by_row(&output);
        assert!(rows[0] > 0 || !said.is_empty(), "{file} is silent");
        let dialect = output.payloads.first().map_or("-", |payload| payload.kind.as_str());
        if dialect == "-" {
            refused += 1;
        } else {
            with_cases += 1;
        }
        let stem = file.rsplit_once('.').unwrap().0;
        let agreement = match oracle(&folder.join(format!("{stem}.results.json"))) {
            _ if file.ends_with(".results.json") => "",
            None => "no oracle",
            Some((runs, _)) if runs == rows => "runs agree",
            Some((_, tests)) if tests == by_name(&output) => "tests agree",
            Some((runs, _))
                if said.contains(
                    &format!("says that it holds {} tests, holds 0", runs[0]).as_str(),
                ) =>
            {
                "says what agrees"
            }
            Some((runs, tests)) => {
                disagreeing.push(format!(
                    "{file}: runs {runs:?}, tests {tests:?}; ours {rows:?}, {:?}",
                    by_name(&output)
                ));
                "DISAGREES"
            }
        };
        agreed += usize::from(agreement.contains("agree"));
        println!("{short:<48} {dialect:<7} {rows:?} {agreement} {}", said.join("; "));
    }
    println!("{} files: {with_cases} reports, {refused} refused, {agreed} agree", paths.len());
    assert!(disagreeing.is_empty(), "{}", disagreeing.join("\n"));
    assert!(agreed >= 39, "only {agreed} reports have an oracle");
}

fn rows(file: &str, body: &str) -> String {
    let output = convert(file, body.as_bytes());
    let mut text = crate::rows::rows(&output.facts);
    for problem in &output.problems {
        writeln!(text, "{:?}: {}", problem.severity, problem.what).unwrap();
    }
    text
}

const NEXTEST: &str = r#"<?xml version="1.0"?>
<testsuites name="nextest-run" tests="3" failures="1" errors="0" timestamp="2026-03-01T10:00:00.000+01:00" time="1.5">
  <testsuite name="shop::tax" tests="3" disabled="0" errors="0" failures="1">
    <testcase name="rounds" classname="shop::tax" timestamp="2026-03-01T10:00:00.250+01:00" time="0.5">
      <flakyFailure timestamp="2026-03-01T10:00:00.000+01:00" time="0.2" message="off by one" type="test failure"><system-out>x</system-out></flakyFailure>
    </testcase>
    <testcase name="refunds" classname="shop::tax" timestamp="2026-03-01T10:00:01+01:00" time="0,25">
      <failure message="" type="test failure">&#27;[31massertion&#27;[0m
  failed</failure>
      <rerunFailure message="again" type="test failure"/>
    </testcase>
    <testcase name="adds[1-2]" classname="shop::tax" time=""><skipped message="slow"/></testcase>
  </testsuite>
</testsuites>"#;

const NESTED: &str = r#"<report xmlns:x="urn:x"><x:testsuite name="all" timestamp="2026-03-01T10:00:00" time="1,234.5"><properties>
<property name="GITHUB_RUN_ID" value="4242"/></properties>
<testsuite name="inner"><testcase name="same" class="C" time="1,000.5"><failure/></testcase><testcase name="same" class="C" time="2"/></testsuite>
<testcase name="same" class="C" status="notrun"/><testcase/>
</x:testsuite></report>"#;

#[test]
fn retries_nesting_and_odd_numbers_are_understood() {
    insta::assert_snapshot!("nextest", rows("nextest/junit.xml", NEXTEST));
    insta::assert_snapshot!("nested", rows("runs/77/artifacts/report.xml", NESTED));
}

const NUNIT: &str = r#"<test-run id="2" testcasecount="3" start-time="2026-03-01 10:00:00Z" end-time="2026-03-01 10:00:03Z">
 <test-suite type="Assembly" name="C:\work\Shop.Tests.dll"><test-suite type="TestFixture" name="Tax">
  <test-case name="Adds(1,2)" fullname="Shop.Tax.Adds(1,2)" classname="Shop.Tax" result="Passed" start-time="2026-03-01 10:00:01Z" duration="0.25"/>
  <test-case name="Fails" fullname="Shop.Tax.Fails" classname="Shop.Tax" result="Failed" label="Error"><failure><message><![CDATA[it broke]]></message></failure></test-case>
  <test-case name="Later" fullname="Shop.Tax.Later" result="Skipped" label="Ignored"><reason><message>not now</message></reason></test-case>
 </test-suite></test-suite></test-run>"#;

const TRX: &str = r#"<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Times finish="2026-03-01T10:00:03Z"/>
<Results><UnitTestResult testId="1" testName="Shop.Tax.Adds" outcome="Passed" duration="00:00:01.5000000" startTime="2026-03-01T10:00:01Z"/>
<UnitTestResult testId="2" testName="Rows" outcome="Failed"><InnerResults>
<UnitTestResult testId="2" testName="Rows (row 1)" outcome="Passed"/><UnitTestResult testId="2" testName="Rows (row 2)" outcome="Failed"><Output><ErrorInfo><Message>no</Message></ErrorInfo></Output></UnitTestResult>
</InnerResults></UnitTestResult></Results>
<TestDefinitions><UnitTest id="1" storage="d:\a\shop.tests.dll"><TestMethod className="Shop.Tax, Shop, Version=1.0" name="Adds"/></UnitTest></TestDefinitions></TestRun>"#;

const XUNIT: &str = r#"<assemblies><assembly name="/src/shop.dll" run-date="2026-03-01" run-time="10:00:00" total="2"><collection name="c">
<test name="Shop.Tax.Adds(a: 1)" type="Shop.Tax" method="Adds" time="0.5" result="Pass"/>
<test name="Shop.Tax.Later" type="Shop.Tax" time="0" result="Skip"><reason><![CDATA[on purpose]]></reason></test></collection></assembly></assemblies>"#;

#[test]
fn the_dialects_of_dotnet_are_understood() {
    insta::assert_snapshot!("nunit", rows("nunit.xml", NUNIT));
    insta::assert_snapshot!("trx", rows("a.trx", TRX));
    insta::assert_snapshot!("xunit", rows("xunit.xml", XUNIT));
}

const GO: &str = r#"{"Time":"2026-03-01T10:00:00Z","Action":"run","Package":"shop/tax","Test":"TestAdds"}
{"Time":"2026-03-01T10:00:01Z","Action":"output","Package":"shop/tax","Test":"TestAdds","Output":"    tax_test.go:9: off by one\n"}
{"Time":"2026-03-01T10:00:01Z","Action":"fail","Package":"shop/tax","Test":"TestAdds","Elapsed":0.5}
{"Time":"2026-03-01T10:00:01Z","Action":"run","Package":"shop/tax","Test":"TestHangs/deep"}
no JSON
{"Time":"2026-03-01T10:00:02Z","Action":"output","Package":"shop/cart","Output":"cart.go:3: undefined: x\n"}
{"Time":"2026-03-01T10:00:02Z","Action":"fail","Package":"shop/cart","Elapsed":0}
"#;

const DART: &str = r#"{"protocolVersion":"0.1.1","type":"start","time":0}
{"suite":{"id":0,"path":"test\\tax_test.dart"},"type":"suite","time":0}
{"test":{"id":1,"name":"loading test/tax_test.dart","suiteID":0,"groupIDs":[]},"type":"testStart","time":1}
{"testID":1,"result":"success","skipped":false,"hidden":true,"type":"testDone","time":2}
{"group":{"id":2,"suiteID":0,"name":"tax"},"type":"group","time":3}
{"test":{"id":3,"name":"tax adds","suiteID":0,"groupIDs":[2]},"type":"testStart","time":4}
{"testID":3,"error":"Expected: <1>","stackTrace":"","isFailure":true,"type":"error","time":5}
{"testID":3,"result":"failure","skipped":false,"hidden":false,"type":"testDone","time":54}
"#;

const MOCHA: &str = r#"{"stats":{"tests":2,"start":"2026-03-01T10:00:00Z","end":"2026-03-01T10:00:02Z"},"pending":[{"fullTitle":"tax later","file":"tax.js"}],"failures":[],"passes":[],
"tests":[{"title":"adds","fullTitle":"tax adds","file":"tax.js","duration":3,"currentRetry":1,"err":{}},{"title":"later","fullTitle":"tax later","file":"tax.js","err":{}}]}"#;

const CTRF: &str = r#"{"reportFormat":"CTRF","results":{"tool":{"name":"x"},"summary":{"tests":2,"start":1772359200000,"stop":1772359203000},
"tests":[{"name":"adds","status":"passed","duration":12,"flaky":true,"suite":["tax","fast"]},{"name":"other","status":"other","duration":1}]}}"#;

#[test]
fn the_dialects_in_json_are_understood() {
    insta::assert_snapshot!("go", rows("go.json", GO));
    insta::assert_snapshot!("dart", rows("dart.json", DART));
    insta::assert_snapshot!("mocha", rows("mocha.json", MOCHA));
    insta::assert_snapshot!("ctrf", rows("ctrf.json", CTRF));
}

#[test]
fn what_is_no_report_is_named() {
    for (body, expected) in [
        ("", "the file is empty"),
        ("hello", "neither XML, JSON nor TAP"),
        ("<html><body/></html>", "XML whose root is `html`, without test suites"),
        ("<!-- only words -->", "XML that has no element"),
        ("[]", "JSON without fields"),
        (r#"{"a": 1}"#, "JSON with the fields `a`"),
        (r#"{"a": "#, "broken JSON: EOF while parsing a value"),
        (
            r#"{"title":"","conclusion":"","stats":{},"check_url":""}"#,
            "the summary that another tool made of reports",
        ),
    ] {
        let output = convert("a", body.as_bytes());
        assert!(output.facts.is_empty());
        assert_eq!(output.problems[0].what, format!("not a test report: {expected}"));
    }
}

#[test]
fn the_same_report_of_two_runs_is_two_results_and_of_one_run_one() {
    let id = |file: &str, body: &str| convert(file, body.as_bytes()).facts.test_results.id[0];
    let moved = NEXTEST.replace("10:00:00", "11:00:00");
    assert_eq!(id("a/r.xml", NEXTEST), id("b/r.xml", NEXTEST));
    assert_ne!(id("a/r.xml", NEXTEST), id("a/r.xml", &moved));
    assert_ne!(id("runs/1/r.xml", NEXTEST), id("runs/2/r.xml", NEXTEST));
    assert_eq!(id("x/runs/1/r.xml", NEXTEST), id("runs/1/r.xml", NEXTEST));
}

#[test]
fn entities_and_depth_are_bounded() {
    let bomb = r#"<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/hostname">]>
<testsuite><testcase name="t"><failure>&b; &f; &lt;</failure></testcase></testsuite>"#;
    let output = convert("bomb.xml", bomb.as_bytes());
    let failure = output.facts.text(output.facts.test_results.failure_text[0]);
    assert_eq!(failure, "&b; &f; <");
    let deep = format!(
        "{}<testcase name=\"in\"/>{}",
        "<testsuite name=\"s\">".repeat(200),
        "</testsuite>".repeat(200)
    );
    assert_eq!(convert("deep.xml", deep.as_bytes()).facts.test_results.len(), 1);
    let deeper = "<testsuite name=\"s\">".repeat(100_000);
    assert!(!convert("deeper.xml", deeper.as_bytes()).problems.is_empty());
    let wide =
        format!("<testsuite><testcase name=\"a\"{}/></testsuite>", " b=\"c\"".repeat(100_000));
    assert_eq!(convert("wide.xml", wide.as_bytes()).facts.test_results.len(), 1);
}

#[test]
fn utf_16_is_read_and_broken_bytes_are_said() {
    let wide: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(
            "<testsuite><testcase name=\"ä\"/></testsuite>"
                .encode_utf16()
                .flat_map(u16::to_le_bytes),
        )
        .collect();
    let output = convert("wide.xml", &wide);
    assert_eq!(output.facts.text(output.facts.test_results.name[0]), "ä");
    let output = convert("latin1.xml", b"<testsuite><testcase name=\"\xE4\"/></testsuite>");
    assert_eq!(output.facts.test_results.len(), 1);
    assert_eq!(output.problems[0].what, "bytes that are not UTF-8 were replaced");
}

#[test]
fn a_report_may_end_anywhere() {
    for text in [NEXTEST, NUNIT, TRX, XUNIT, GO, DART, MOCHA, CTRF] {
        let whole = convert("whole", text.as_bytes()).facts.test_results.len();
        for end in 0..text.len() {
            let output = convert("cut", &text.as_bytes()[..end]);
            assert!(output.facts.test_results.len() <= whole, "{end}: {}", &text[..end]);
            assert!(!output.facts.is_empty() || !output.problems.is_empty(), "silent at {end}");
        }
    }
}

const TAP: &str = r"TAP version 14
1..6
# Subtest: cart
    # Subtest: prices
        ok 1 - adds \# 1
        not ok 2 - rounds # TODO later
        1..2
    ok 1 - prices
    not ok 2 - empties
      ---
      duration_ms: 12.5
      severity: fail
      message: |-
        expected 0
        found 1
      ...
    1..2
not ok 1 - cart
ok 2 - reads # SKIP no network
ok 3 - writes
  ---
  duration_ms: 7
  ...
not ok 4 - deletes
ok 5
ok nonsense that is no number
";

const LIBTEST: &str = r#"{"type":"suite","event":"started","test_count":4}
{"type":"test","event":"started","name":"cart::adds"}
{"type":"test","name":"cart::adds","event":"ok","exec_time":0.0015}
{"type":"test","event":"started","name":"cart::rounds"}
{"type":"test","name":"cart::rounds","event":"failed","exec_time":0.5,"stdout":"thread 'cart::rounds' panicked\nleft: 1"}
{"type":"test","name":"shop::cli$slow","event":"ignored","message":"needs a network"}
{"type":"test","event":"started","name":"cart::dies"}
"#;

#[test]
fn tap_tells_subtests_todo_skip_and_yaml() {
    let text = |output: &Output| {
        let mut text = crate::rows::rows(&output.facts);
        for problem in &output.problems {
            writeln!(text, "{}", problem.what).unwrap();
        }
        text
    };
    insta::assert_snapshot!("junit__tap", text(&convert("a.tap", TAP.as_bytes())));
    insta::assert_snapshot!("junit__libtest", text(&convert("a.json", LIBTEST.as_bytes())));
    let broken = convert("b.tap", b"1..3\nok 1 - a\nBail out! no disk\n");
    assert_eq!(broken.facts.test_results.len(), 1);
    let said: Vec<&str> = broken.problems.iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(said, ["the run broke off: no disk", "says that it holds 3 tests, holds 1"]);
    let deep: String =
        (0..200).flat_map(|depth| ["    ".repeat(depth), "ok 1 - a\n".to_owned()]).collect();
    assert!(convert("c.tap", deep.as_bytes()).facts.test_results.len() <= 200);
}

#[test]
fn reports_conform_to_the_contract_of_a_source() {
    let source = source_named("junit").unwrap();
    let fixtures: Vec<(&str, &[u8])> = vec![
        ("nextest.xml", NEXTEST.as_bytes()),
        ("nested.xml", NESTED.as_bytes()),
        ("nunit.xml", NUNIT.as_bytes()),
        ("a.trx", TRX.as_bytes()),
        ("xunit.xml", XUNIT.as_bytes()),
        ("go.json", GO.as_bytes()),
        ("dart.json", DART.as_bytes()),
        ("mocha.json", MOCHA.as_bytes()),
        ("ctrf.json", CTRF.as_bytes()),
        ("a.tap", TAP.as_bytes()),
        ("libtest.json", LIBTEST.as_bytes()),
    ];
    aftercast_connectors::conformance::check(source, &fixtures);
}

fn fragment() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let piece = prop_oneof![
        Just("<testsuite name=\"s\" tests=\"9\">".to_owned()),
        Just("</testsuite>".to_owned()),
        Just("<testcase name=\"a[1]\" time=\"1,5\">".to_owned()),
        Just("</testcase>".to_owned()),
        Just("<failure message=\"m\">".to_owned()),
        Just("<![CDATA[ x ]]>".to_owned()),
        Just("<test-run><test-suite name=\"x\"><test-case".to_owned()),
        Just("<TestRun><Results><UnitTestResult outcome=\"Passed\">".to_owned()),
        Just("<assemblies><test result=\"Pass\"/>".to_owned()),
        Just("&amp;&#27;&#x0;&nope;&".to_owned()),
        Just("<!DOCTYPE a [".to_owned()),
        Just("<!--".to_owned()),
        Just("-->".to_owned()),
        Just("/>".to_owned()),
        Just("{\"Action\":\"run\",\"Test\":\"T\"}\n".to_owned()),
        Just("{\"type\":\"testStart\",\"time\":1,\"test\":{\"id\":1}}\n".to_owned()),
        "\\PC{0,12}",
        "[<>&;\"'=/a ]{0,8}",
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest::proptest! {
    #[test]
    fn any_bytes_give_cases_or_a_word(body in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        let output = convert("random", &body);
        proptest::prop_assert!(!output.facts.is_empty() || !output.problems.is_empty());
    }

    #[test]
    fn any_fragments_give_cases_or_a_word(text in fragment()) {
        let output = convert("random", text.as_bytes());
        proptest::prop_assert!(!output.facts.is_empty() || !output.problems.is_empty());
    }
}
