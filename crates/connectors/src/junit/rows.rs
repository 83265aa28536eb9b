//! From a report to rows: identity, retries, the run that it belongs to.

use std::collections::HashMap;
use std::fmt::Write as _;

use aftercast_model::{FactId, Name, TestOutcome, TestResult};
use sha2::{Digest, Sha256};

use crate::junit::SOURCE;
use crate::junit::report::{Case, Report, UNNAMED};
use crate::junit::text::split_parameters;
use crate::{Context, Output, Record};

/// A case with its attempts folded into one.
struct Folded<'r> {
    case: &'r Case,
    occurrence: usize,
    outcome: TestOutcome,
    flaky: bool,
    failure: &'r str,
}

/// Appends the rows of `report`.
pub(super) fn store(
    report: &Report,
    record: &Record<'_>,
    context: &Context<'_>,
    output: &mut Output,
) {
    let found = run_in_path(&record.place.file);
    // Where no run is known, the content tells one run's `report.xml` from the next one's.
    let scope = match found {
        Some((run, below)) => format!("{run}/{below}"),
        None => digest(record.body),
    };
    let run_id = report.run_id.as_deref().or(found.map(|(run, _)| run));
    let facts = &mut output.facts;
    let source = facts.name(SOURCE);
    let service = facts.name_option(context.repo.map(|repo| context.services.of_repo(repo)));
    let run_id = facts.name_option(run_id);
    let mut native_id = String::new();
    for folded in folded(&report.cases) {
        let case = folded.case;
        native_id.clear();
        let _ = write!(
            native_id,
            "{scope}\n{}\n{}\n{}\n{}",
            case.suite, case.class, case.name, folded.occurrence
        );
        let (name, parameters) = split_parameters(&case.name);
        let knows = matches!(
            folded.outcome,
            TestOutcome::Passed | TestOutcome::Failed | TestOutcome::Error
        );
        let row = TestResult {
            id: FactId::new(SOURCE, "test_results", &native_id, 0),
            source,
            service,
            observed_at: report.at.or(case.started_at),
            url: Name::NONE,
            native_status: facts.name(&case.native),
            run_id,
            suite: facts.name(&case.suite),
            class: facts.name(&case.class),
            name: facts.name(name),
            parameters: facts.name(parameters),
            outcome: folded.outcome,
            flaky: knows.then_some(folded.flaky),
            started_at: case.started_at,
            duration_ms: case.duration_ms,
            failure_text: facts.name(folded.failure),
        };
        facts.test_results.push(row);
    }
}

/// Folds retries: a case that comes again after it was red is its next attempt; after it passed it is
/// another case of the same name, because nobody repeats a test that passed.
fn folded(cases: &[Case]) -> Vec<Folded<'_>> {
    let mut folded: Vec<Folded<'_>> = Vec::with_capacity(cases.len());
    let mut last: HashMap<(&str, &str, &str), usize> = HashMap::with_capacity(cases.len());
    for case in cases {
        let key = (case.suite.as_str(), case.class.as_str(), case.name.as_str());
        let before = last.get(&key).and_then(|at| folded.get_mut(*at));
        let occurrence = before.as_ref().map_or(0, |before| before.occurrence + 1);
        // A case without a name is nobody's attempt.
        if let Some(before) = before
            && case.name != UNNAMED
            && matches!(before.outcome, TestOutcome::Failed | TestOutcome::Error)
            && case.outcome != TestOutcome::Skipped
        {
            before.flaky |= case.outcome == TestOutcome::Passed || case.flaky;
            before.outcome = case.outcome;
            before.case = case;
            if !case.failure.is_empty() {
                before.failure = &case.failure;
            }
            continue;
        }
        last.insert(key, folded.len());
        folded.push(Folded {
            case,
            occurrence,
            outcome: case.outcome,
            flaky: case.flaky,
            failure: &case.failure,
        });
    }
    folded
}

/// Returns the run that a folder of `path` names beyond doubt, and the path below it: a number behind
/// `runs` or before `artifacts`, or one of eleven digits, which are neither a date nor a time.
fn run_in_path(path: &str) -> Option<(&str, &str)> {
    let folders: Vec<&str> = path.split(['/', '\\', ':']).collect();
    let at = (0..folders.len().saturating_sub(1)).find(|at| {
        let folder = |at: Option<usize>| at.and_then(|at| folders.get(at)).copied();
        let Some(name) = folder(Some(*at)) else { return false };
        let number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        let before = folder(at.checked_sub(1));
        number
            && (name.len() == 11
                || matches!(before, Some("runs" | "run"))
                || (name.len() >= 6 && folder(Some(at + 1)) == Some("artifacts")))
    })?;
    let run = folders.get(at).copied()?;
    let start = folders.iter().take(at + 1).map(|folder| folder.len() + 1).sum();
    Some((run, path.get(start..).unwrap_or_default()))
}

fn digest(body: &[u8]) -> String {
    Sha256::digest(body).iter().take(16).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_taken_from_a_folder_only_beyond_doubt() {
        for (path, expected) in [
            ("runs/42/report.xml", Some(("42", "report.xml"))),
            (
                "runs-with-tests/11236784732/artifacts/a/r.xml",
                Some(("11236784732", "artifacts/a/r.xml")),
            ),
            ("out/1123678/artifacts/r.xml", Some(("1123678", "artifacts/r.xml"))),
            ("20240131/r.xml", None),
            ("1700000000/r.xml", None),
            ("11236784732", None),
            ("r.xml", None),
        ] {
            assert_eq!(run_in_path(path), expected, "{path}");
        }
    }

    #[test]
    fn only_what_comes_after_red_is_a_retry() {
        use TestOutcome::{Failed, Passed, Skipped};
        for (outcomes, expected) in [
            (vec![Failed, Passed], vec![(Passed, true)]),
            (vec![Failed, Failed], vec![(Failed, false)]),
            (vec![Passed, Passed], vec![(Passed, false), (Passed, false)]),
            (vec![Passed, Failed], vec![(Passed, false), (Failed, false)]),
            (vec![Failed, Skipped], vec![(Failed, false), (Skipped, false)]),
        ] {
            let cases: Vec<Case> = outcomes
                .iter()
                .map(|outcome| Case { outcome: *outcome, ..Case::default() })
                .collect();
            let got: Vec<_> =
                folded(&cases).iter().map(|case| (case.outcome, case.flaky)).collect();
            assert_eq!(got, expected, "{outcomes:?}");
        }
    }
}
