//! The test cases of a build.
//!
//! Owns: Jenkins' words for how a case ended. Must not know report files.

use std::collections::HashMap;

use aftercast_model::{TestOutcome, TestResult};

use crate::jenkins::builds::Shared;
use crate::sink::Sink;
use crate::words::first_words;

/// Keeps the test cases of a build that came with them.
pub(super) fn tests(shared: &Shared<'_>, sink: &mut Sink<'_>) {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for suite in shared.build.test_report.get().into_iter().flat_map(|report| report.suites.items())
    {
        for case in suite.cases.items() {
            let (suite, class) = (suite.name.text(), case.class.text());
            let name = case.name.text().unwrap_or_default();
            let key = format!(
                "{}/{}/{}/{name}",
                shared.native_id,
                suite.unwrap_or_default(),
                class.unwrap_or_default()
            );
            let nth = seen.entry(key.clone()).or_default();
            *nth += 1;
            let words = case.details.text().map(first_words);
            let row = TestResult {
                id: sink.id("test_results", &key, Some(i64::from(*nth))),
                source: shared.run.source,
                service: shared.run.service,
                observed_at: shared.run.observed_at,
                url: shared.run.url,
                native_status: sink.name(case.status.text()),
                run_id: shared.run.run_id,
                suite: sink.name(suite),
                class: sink.name(class),
                name: sink.name(Some(name)),
                outcome: outcome(case.status.text()),
                duration_ms: case.duration.copied().map(|duration| duration.0),
                failure_text: sink.name(words.as_deref()),
                ..TestResult::default()
            };
            sink.facts().test_results.push(row);
        }
    }
}

fn outcome(status: Option<&str>) -> TestOutcome {
    match status {
        Some("PASSED" | "FIXED") => TestOutcome::Passed,
        Some("FAILED" | "REGRESSION") => TestOutcome::Failed,
        Some("SKIPPED") => TestOutcome::Skipped,
        _ => TestOutcome::Unknown,
    }
}
