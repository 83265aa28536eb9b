//! The test report of a pipeline.
//!
//! Owns: its cases as rows. GitLab merges what the jobs uploaded; a suite is a job.

use std::collections::BTreeMap;

use aftercast_model::{PipelineRun, TestOutcome, TestResult};

use crate::gitlab::objects::TestReport;
use crate::sink::Sink;
use crate::words::first_words;

/// Returns how many tests the job called `name` ran.
pub(super) fn run_by(report: &TestReport<'_>, name: Option<&str>) -> Option<i64> {
    let suite = report.test_suites.items().find(|suite| suite.name.text() == name)?;
    suite.total_count.copied()
}

/// Keeps the cases of a report of the pipeline `of`.
pub(super) fn report(report: &TestReport<'_>, of: &PipelineRun, sink: &mut Sink<'_>) {
    let run_id = sink.facts().names.get(of.run_id).unwrap_or_default().to_owned();
    // A name that comes again is another case.
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for suite in report.test_suites.items() {
        for case in suite.test_cases.items() {
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            let named = format!(
                "{}\n{}\n{}",
                text(suite.name.text()),
                text(case.classname.text()),
                text(case.name.text())
            );
            let count = seen.entry(named.clone()).or_default();
            *count += 1;
            let native_id = format!("{run_id}\n{named}\n{count}");
            let failure = case.system_output.text().or(case.stack_trace.text()).map(first_words);
            let outcome = match case.status.text() {
                Some("success") => TestOutcome::Passed,
                Some("failed") => TestOutcome::Failed,
                Some("skipped") => TestOutcome::Skipped,
                Some("error") => TestOutcome::Error,
                _ => TestOutcome::Unknown,
            };
            let red = matches!(outcome, TestOutcome::Failed | TestOutcome::Error);
            let row = TestResult {
                id: sink.id("test_results", &native_id, None),
                source: of.source,
                service: of.service,
                observed_at: of.observed_at,
                url: of.url,
                native_status: sink.name(case.status.text()),
                run_id: of.run_id,
                suite: sink.name(suite.name.text()),
                class: sink.name(case.classname.text()),
                name: sink.name(case.name.text()),
                outcome,
                duration_ms: case.execution_time.copied().map(|took| took.0),
                failure_text: sink.name(failure.as_deref().filter(|_| red)),
                ..TestResult::default()
            };
            sink.facts().test_results.push(row);
        }
    }
}
