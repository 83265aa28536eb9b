//! The gate ledger as a page: readable at 100 columns, everything in CSV.

use aftercast_analysis::Settings;
use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::gate_ledger;
use aftercast_model::{
    ActorKind, ChangeRequest, ChangeState, FactId, Facts, GateEvaluation, GateKind, Outcome,
    TaskRun, Timestamp, Verdict,
};
use aftercast_surfaces::{Options, sheet};

const MINUTE: i64 = 60_000;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(1_709_251_200_000 + minute * MINUTE)
}

/// Sixty changes: two jobs that see the same, one of them sometimes for nothing, and approvals.
fn facts() -> Facts {
    let mut facts = Facts::new();
    let (shop, main, ann) = (facts.name("shop"), facts.name("main"), facts.name("ann"));
    let review = facts.name("Code-Review");
    let jobs = ["unit-tests-with-a-long-name-mysql", "unit-tests-with-a-long-name-sqlite", "lint"];
    let mut row = 0;
    let mut id = || {
        row += 1;
        FactId::new("hand", "row", "", row)
    };
    for number in 0..60 {
        let from = number * 600;
        facts.change_requests.push(ChangeRequest {
            id: id(),
            service: shop,
            number: Some(number),
            author_key: ann,
            opened_at: Some(at(from)),
            merged_at: Some(at(from + 300)),
            state: ChangeState::Merged,
            target: main,
            ..ChangeRequest::default()
        });
        for (place, name) in (0..).zip(jobs) {
            let name = facts.name(name);
            let red = number % 2 == 0 && place < 2;
            let flaky = number % 10 == 1 && place == 0;
            for (revision, attempt, fails) in [(1, 1, red || flaky), (1, 2, red), (2, 1, false)] {
                if attempt == 2 && !flaky {
                    continue;
                }
                let start = from + 10 + revision * 100 + attempt * 30;
                facts.task_runs.push(TaskRun {
                    id: id(),
                    service: shop,
                    name,
                    attempt: Some(attempt),
                    change_number: Some(number),
                    revision: Some(revision),
                    started_at: Some(at(start)),
                    finished_at: Some(at(start + 20 - place * 9)),
                    outcome: if fails { Outcome::Failure } else { Outcome::Success },
                    ..TaskRun::default()
                });
            }
        }
        let decider_key = facts.name(if number % 3 == 0 { "ann" } else { "bob" });
        facts.gate_evaluations.push(GateEvaluation {
            id: id(),
            service: shop,
            gate: review,
            gate_kind: GateKind::Approval,
            change_number: Some(number),
            revision: Some(2),
            asked_at: Some(at(from + 210)),
            decided_at: Some(at(from + 270)),
            verdict: Verdict::Pass,
            decided_by_kind: ActorKind::Human,
            decider_key,
            ..GateEvaluation::default()
        });
    }
    facts
}

#[test]
fn a_ledger_is_a_page_of_tables() {
    let ledger = gate_ledger(&ServiceHistory::new("shop", facts()), &Settings::default());
    let page = sheet::gates(&ledger);
    let options = Options { width: 100, ..Options::default() };
    let text = sheet::render(&page, "terminal", &options).unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    insta::assert_snapshot!(text);
    let csv = sheet::render(&page, "csv", &options).unwrap();
    assert!(csv.starts_with("gate,verdict,runs,changes,caught,flaky,infra,bypassed,caught_alone,"));
    assert_eq!(csv.lines().count(), 1 + ledger.gates.len());
}
