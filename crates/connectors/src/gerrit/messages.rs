//! What the messages of a change say, in the words of Gerrit, Zuul and Jenkins.
//!
//! Owns: the text patterns. Pure; borrows from the message. Must not know facts.

/// A vote on a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Vote<'m> {
    /// The label's name.
    pub label: &'m str,
    /// The vote's value.
    pub value: i64,
}

/// What CI said about a revision.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Report<'m> {
    /// The pipeline, where the words name it.
    pub stage: Option<String>,
    /// `succeeded` or `failed`, where it says so for the whole.
    pub word: Option<&'static str>,
    /// The lines about single jobs.
    pub results: Vec<JobResult<'m>>,
}

/// One line about a job.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct JobResult<'m> {
    /// The job's name.
    pub job: &'m str,
    /// Where a person can look at it.
    pub url: Option<&'m str>,
    /// The result in the source's words (`SUCCESS`, `Change has been deployed`, ...).
    pub word: &'m str,
    /// Where it was deployed, if it says so (`the EQIAD beta cluster`).
    pub target: Option<&'m str>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// Whether the change can go on without it.
    pub voting: bool,
}

/// What deployments say, before the words that say where.
const DEPLOYMENTS: &[&str] = &["Change has been deployed", "Failed deployment"];

/// Splits `Patch Set 2: Code-Review+2` into the revision and what follows the colon.
pub(super) fn heading(message: &str) -> Option<(i64, &str)> {
    let rest = message.strip_prefix("Patch Set ")?;
    let (number, rest) = rest.split_once(':')?;
    let line = rest.lines().next().unwrap_or_default();
    Some((number.parse().ok()?, line.trim()))
}

/// Returns the votes behind the heading; a removed vote (`-Verified`) is none.
pub(super) fn votes(line: &str) -> impl Iterator<Item = Vote<'_>> {
    line.split_whitespace().map_while(vote).filter(|vote| vote.value != 0)
}

/// Reads a vote, or its removal as a vote of 0; `None` for what is neither.
fn vote(word: &str) -> Option<Vote<'_>> {
    let is_label = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic());
    if let Some(label) = word.strip_prefix('-') {
        return is_label(label).then_some(Vote { label, value: 0 });
    }
    let (label, value) = word.split_at_checked(word.rfind(['+', '-'])?)?;
    let value = value.parse().ok()?;
    is_label(label).then_some(Vote { label, value })
}

/// Returns the lines behind the heading.
pub(super) fn body(message: &str) -> impl Iterator<Item = &str> {
    message.lines().skip(1).map(str::trim).filter(|line| !line.is_empty())
}

/// Returns whether a person asks CI to run again.
pub(super) fn is_recheck(message: &str) -> bool {
    body(message).any(|line| line == "recheck" || line.starts_with("recheck "))
}

/// Returns the pipeline whose start the message tells (`Starting gate-and-submit jobs.`).
pub(super) fn started_stage(message: &str) -> Option<&str> {
    body(message).find_map(|line| line.strip_prefix("Starting ")?.strip_suffix(" jobs."))
}

/// Returns what CI reports, if the message is a report: lines about jobs, behind a verdict on the
/// whole, which only programs may leave out.
pub(super) fn report(message: &str, is_bot: bool) -> Option<Report<'_>> {
    // Most messages are talk: looking for jobs first is the cheaper way to know.
    let results: Vec<_> = body(message).filter_map(job_result).collect();
    if results.is_empty() {
        return None;
    }
    let (stage, word) = match body(message).find_map(verdict) {
        Some((stage, word)) => (stage, Some(word)),
        None if is_bot => (None, None),
        None => return None,
    };
    Some(Report { stage, word, results })
}

/// Reads `Gate pipeline build succeeded.` and `Build failed (check pipeline).`
fn verdict(line: &str) -> Option<(Option<String>, &'static str)> {
    if line.starts_with("- ") {
        return None;
    }
    let lower = line.to_ascii_lowercase();
    for (phrase, word) in [("build succeeded", "succeeded"), ("build failed", "failed")] {
        let Some(at) = lower.find(phrase) else { continue };
        let before = lower.get(..at).unwrap_or_default().trim();
        let behind = lower
            .get(at..)
            .and_then(|rest| rest.split_once('(')?.1.split_once(" pipeline"))
            .map(|(name, _)| name);
        let stage = match before.strip_suffix(" pipeline").unwrap_or(before) {
            "main test" => Some("test"),
            "gate" => Some("gate-and-submit"),
            "" => behind,
            other => Some(other),
        };
        return Some((stage.map(|stage| stage.replace(' ', "-")), word));
    }
    None
}

/// Reads `- JOB URL : RESULT in 1m 47s (non-voting)`.
fn job_result(line: &str) -> Option<JobResult<'_>> {
    let (subject, result) = line.strip_prefix("- ")?.split_once(" : ")?;
    let (job, url) = match subject.trim().split_once(' ') {
        Some((job, url)) => (job, Some(url.trim()).filter(|url| url.contains("://"))),
        None => (subject.trim(), None),
    };
    let (result, voting) = match result.trim().strip_suffix("(non-voting)") {
        Some(result) => (result.trim_end(), false),
        None => (result.trim(), true),
    };
    let timed =
        result.rsplit_once(" in ").and_then(|(word, text)| Some((word, duration_ms(text)?)));
    let (said, duration_ms) = match timed {
        Some((word, duration)) => (word, Some(duration)),
        None => (result, None),
    };
    let deployed = DEPLOYMENTS.iter().find_map(|word| Some((word, said.strip_prefix(word)?)));
    let (word, target) = match deployed {
        Some((word, rest)) => (*word, rest.trim_start().strip_prefix("on ")),
        None => (said, None),
    };
    (!job.is_empty() && !word.is_empty()).then_some(JobResult {
        job,
        url,
        word,
        target,
        duration_ms,
        voting,
    })
}

/// Reads `1h 02m 03s`.
fn duration_ms(text: &str) -> Option<i64> {
    let mut total = 0_i64;
    for part in text.split_whitespace() {
        let unit_at = part.find(|c: char| !c.is_ascii_digit())?;
        let (digits, unit) = part.split_at_checked(unit_at)?;
        let count: i64 = digits.parse().ok()?;
        let unit_ms = match unit {
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "ms" => 1,
            _ => return None,
        };
        total = total.checked_add(count.checked_mul(unit_ms)?)?;
    }
    (!text.trim().is_empty()).then_some(total)
}

/// Returns the environment's name in `the EQIAD beta cluster`: a word that names an environment, else
/// the words themselves.
pub(super) fn environment(target: &str) -> String {
    const KNOWN: &[&str] = &[
        "beta",
        "staging",
        "stage",
        "test",
        "testing",
        "canary",
        "preprod",
        "production",
        "prod",
        "live",
    ];
    // What follows the name is advice to people.
    let name =
        target.split(" :").next().unwrap_or_default().split(['.', ',']).next().unwrap_or_default();
    let words: Vec<String> = name
        .split_whitespace()
        .map(str::to_ascii_lowercase)
        .filter(|word| !matches!(word.as_str(), "the" | "cluster" | "environment"))
        .collect();
    let known = words.iter().find(|word| KNOWN.contains(&word.as_str()));
    known.cloned().unwrap_or_else(|| words.join("-"))
}

/// Returns what the text says it reverts, `yes` where it only says that it reverts something.
pub(super) fn reverts(subject: &str) -> Option<&str> {
    if let Some(at) = subject.find("revert of change ") {
        let rest = subject.get(at + "revert of change ".len()..)?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        return rest.get(..end).filter(|number| !number.is_empty()).or(Some("yes"));
    }
    subject.starts_with("Revert \"").then_some("yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_votes(line: &str, expected: &[(&str, i64)]) {
        let found: Vec<_> = votes(line).map(|vote| (vote.label, vote.value)).collect();
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn votes_are_read_and_removals_are_none() {
        check_votes("Code-Review+2", &[("Code-Review", 2)]);
        check_votes("Verified+2 Code-Review-1", &[("Verified", 2), ("Code-Review", -1)]);
        check_votes("Verified+1 -Code-Review", &[("Verified", 1)]);
        check_votes("-Verified", &[]);
        check_votes("Patch-Set was rebased", &[]);
        check_votes("Published edit on patch set 1.", &[]);
        check_votes("", &[]);
        check_votes("+2 -1", &[]);
    }

    #[test]
    fn headings_name_the_revision() {
        assert_eq!(heading("Patch Set 12: Verified+2\nMain"), Some((12, "Verified+2")));
        assert_eq!(heading("Patch Set 1:\nrecheck"), Some((1, "")));
        assert_eq!(heading("Patch Set x: y"), None);
        assert_eq!(heading("Uploaded patch set 1."), None);
    }

    #[test]
    fn reports_name_pipeline_jobs_and_results() {
        let message = "Patch Set 1:\nPost-merge build failed.\n\
            - lint https://ci/job/lint/7/console : SUCCESS in 1m 47s (non-voting)\n\
            - unit : FAILURE\n\
            - deploy https://ci/job/deploy/2/console : Failed deployment on the EQIAD beta cluster :-/ Please contact us. in 8s";
        let report = report(message, false).unwrap();
        assert_eq!((report.stage.as_deref(), report.word), (Some("post-merge"), Some("failed")));
        let shown: Vec<_> = report
            .results
            .iter()
            .map(|r| {
                (r.job, r.url.is_some(), r.word, r.target.map(environment), r.duration_ms, r.voting)
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("lint", true, "SUCCESS", None, Some(107_000), false),
                ("unit", false, "FAILURE", None, None, true),
                ("deploy", true, "Failed deployment", Some("beta".into()), Some(8_000), true),
            ]
        );
    }

    #[test]
    fn pipelines_have_the_names_of_their_messages() {
        for (line, expected) in [
            ("Main test build succeeded.", Some("test")),
            ("Gate pipeline build failed. For information see x", Some("gate-and-submit")),
            ("Build succeeded (check pipeline).", Some("check")),
            ("Experimental build succeeded.", Some("experimental")),
            ("Build succeeded.", None),
        ] {
            assert_eq!(verdict(line).unwrap().0.as_deref(), expected, "{line}");
        }
        assert!(verdict("Merge Failed.").is_none());
    }

    #[test]
    fn only_a_program_reports_without_a_verdict() {
        let message =
            "Patch Set 4: Verified+1\n- lint https://ci/job/lint/7/console : SUCCESS in 0s";
        assert_eq!(report(message, true).unwrap().word, None);
        assert_eq!(report(message, false), None);
        assert_eq!(report("Patch Set 4: Verified-1\nMerge Failed.", true), None);
    }

    #[test]
    fn durations_are_whole_or_nothing() {
        for (text, expected) in
            [("2s", Some(2_000)), ("1h 02m 03s", Some(3_723_000)), ("a hurry", None), ("", None)]
        {
            assert_eq!(duration_ms(text), expected, "{text}");
        }
    }

    #[test]
    fn a_revert_says_what_or_only_that() {
        assert_eq!(reverts("revert of change 182430"), Some("182430"));
        assert_eq!(reverts("Revert \"Enable it\""), Some("yes"));
        assert_eq!(reverts("Do not revert this"), None);
    }

    #[test]
    fn commands_to_ci_are_told_from_talk() {
        assert!(is_recheck("Patch Set 3:\n\nrecheck"));
        assert!(!is_recheck("Patch Set 3:\n\nplease recheck the spelling"));
        assert_eq!(
            started_stage("Patch Set 1: -Verified\nStarting gate-and-submit jobs."),
            Some("gate-and-submit")
        );
    }
}
