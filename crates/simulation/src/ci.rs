//! What runs on one revision of a change: attempts of `ci`, red and green.

use aftercast_model::{
    ActorKind, FailureClass, Name, Outcome, PipelineRun, StepRun, TestOutcome, TestResult,
};

use crate::batch::{Batch, Ran, at};
use crate::dice::{Dice, scaled};
use crate::jobs::{
    BROKEN, BUILD, CASES, CI, CONTRACT, E2E, FLAKY_CASE, INTEGRATION, LICENCE, QUEUE_MS,
    SKIPPED_CASE,
};
use crate::site::Site;

/// A revision of a change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Revision {
    pub(crate) change: i64,
    pub(crate) number: i64,
    /// When it was pushed.
    pub(crate) pushed: i64,
    /// The job that finds a real problem in it.
    pub(crate) problem: Option<usize>,
    pub(crate) sha: Name,
}

/// How the last attempt ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    pub(crate) at: i64,
    /// In how many attempts the flaky job failed without a reason.
    pub(crate) flaky: u64,
}

/// How one job of one attempt goes.
#[derive(Debug, Clone, Copy)]
struct Play {
    queue: i64,
    run: i64,
    outcome: Outcome,
    flaky: bool,
}

/// Runs `ci` on a revision until it is green, or until a person looks at what it found.
pub(crate) fn run(
    site: &Site<'_>,
    revision: Revision,
    dice: &mut Dice,
    mut out: Option<&mut Batch>,
) -> Ended {
    let mut asked = revision.pushed + 2_000 + 1_000 * i64::from(dice.chance(0.5));
    let all: [bool; CI.len()] = std::array::from_fn(|job| job < site.jobs);
    let mut wanted = all;
    let mut flaky = 0;
    let mut attempt = 1;
    loop {
        let plays = play(site, revision, attempt, wanted, dice);
        let (end, failed) =
            write(site, revision, attempt, asked, wanted, &plays, out.as_deref_mut());
        flaky += u64::from(plays.iter().zip(&failed).any(|(play, red)| play.flaky && *red));
        let real = revision.problem.is_some_and(|job| failed.get(job) == Some(&true));
        let red = failed.iter().any(|red| *red);
        // Somebody hopes that it goes away.
        let hopes = !real || (attempt == 1 && dice.chance(0.2));
        if !red || !hopes || attempt == 4 {
            return Ended { at: end, flaky };
        }
        // A build that broke held the others back: they run now.
        wanted = if failed.first() == Some(&true) { all } else { failed };
        let reaction = dice.duration(600_000, 0.7);
        asked = site.calendar.wall(site.calendar.work(end) + reaction).max(end + 30_000);
        attempt += 1;
    }
}

/// Draws how the jobs of an attempt go.
fn play(
    site: &Site<'_>,
    revision: Revision,
    attempt: u32,
    wanted: [bool; CI.len()],
    dice: &mut Dice,
) -> [Play; CI.len()] {
    std::array::from_fn(|job| {
        let none = Play { queue: 0, run: 0, outcome: Outcome::Success, flaky: false };
        let (Some(kind), Some(true)) = (CI.get(job), wanted.get(job)) else { return none };
        let echo = job == LICENCE && site.plan.plants.vacuous_checks;
        let flaky = job == E2E
            && attempt < 4
            && site.plan.plants.flaky_job.is_some_and(|share| dice.chance(share));
        let outcome = if revision.problem == Some(job) || flaky {
            Outcome::Failure
        } else if attempt < 4 && dice.chance(BROKEN) {
            Outcome::Error
        } else {
            Outcome::Success
        };
        Play {
            queue: dice.duration(QUEUE_MS, 0.6),
            run: dice.duration(if echo { 500 } else { kind.median_ms }, kind.sigma),
            outcome,
            flaky,
        }
    })
}

/// Puts an attempt on the clock, and its rows into the batch; returns its end and what failed.
fn write(
    site: &Site<'_>,
    revision: Revision,
    attempt: u32,
    asked: i64,
    wanted: [bool; CI.len()],
    plays: &[Play; CI.len()],
    mut out: Option<&mut Batch>,
) -> (i64, [bool; CI.len()]) {
    let run = out
        .as_deref_mut()
        .map(|out| out.name(&[site.number.into(), revision.change.into(), revision.number.into()]));
    let run = run.unwrap_or_default();
    let mut failed = [false; CI.len()];
    let (mut ready, mut end, mut first) = (asked, asked, i64::MAX);
    for (job, play) in plays.iter().enumerate().filter(|(job, _)| wanted.get(*job) == Some(&true)) {
        // Everything but `lint` waits for `build`.
        if failed.first() == Some(&true) && job != 1 {
            continue;
        }
        let queued = if job == 1 { asked } else { ready };
        let started = queued + scaled(play.queue, site.scarcity(queued));
        let finished = started + scaled(play.run, site.slowness(job, started)).max(200);
        end = end.max(finished);
        first = first.min(started);
        if job == BUILD {
            ready = finished;
        }
        if let Some(slot) = failed.get_mut(job) {
            *slot = play.outcome.is_red();
        }
        let (Some(out), Some(kind)) = (out.as_deref_mut(), CI.get(job)) else { continue };
        let empty = job == CONTRACT && site.plan.plants.vacuous_checks;
        let broken = play.outcome == Outcome::Error;
        let ran = Ran {
            names: out.words.ci.get(job),
            run,
            attempt,
            sha: revision.sha,
            change: Some((revision.change, revision.number)),
            queued,
            started,
            finished,
            outcome: play.outcome,
            class: match play.outcome {
                Outcome::Failure => kind.finds,
                Outcome::Error => FailureClass::Infrastructure,
                _ => FailureClass::Unknown,
            },
            tests: if empty { Some(0) } else { kind.tests.filter(|_| !broken) },
        };
        let key = (site.number, revision.change, revision.number, attempt, job);
        let (service, change, number, _, _) = key;
        let task = out
            .job(ran, &[service.into(), change.into(), number.into(), attempt.into(), job.into()]);
        if (job == INTEGRATION || job == E2E)
            && !broken
            && kept(site, key, site.plan.recorded_tests)
        {
            cases(out, site, job, play, &ran, key);
        }
        let sampled = (service, change, number, attempt, job + 100);
        let told = job == LICENCE && site.plan.recorded_steps > 0.0;
        if told || kept(site, sampled, site.plan.recorded_steps) {
            steps(out, site, job, task, &ran, key);
        }
    }
    if let Some(out) = out {
        let red = failed.iter().any(|red| *red);
        let outcome = if red { Outcome::Failure } else { Outcome::Success };
        let by_hand = attempt > 1;
        let id = out.own(
            "pipeline_runs",
            attempt,
            &[site.number.into(), revision.change.into(), revision.number.into()],
        );
        let trigger = out.facts.name(if by_hand { "rerun" } else { "pull_request" });
        let git_ref = out.pair(["change".into(), revision.change.into()], b'/');
        let row = PipelineRun {
            id,
            source: out.words.source,
            service: out.words.service,
            observed_at: at(end),
            native_status: out.status(outcome),
            repo: out.words.repo,
            run_id: run,
            attempt: Some(i64::from(attempt)),
            pipeline: out.words.ci.pipeline,
            trigger,
            actor_kind: ActorKind::Human,
            sha: revision.sha,
            git_ref,
            change_number: Some(revision.change),
            queued_at: at(asked),
            started_at: at(first.min(end)),
            finished_at: at(end),
            outcome,
            ..PipelineRun::default()
        };
        out.facts.pipeline_runs.push(row);
    }
    (end, failed)
}

/// Service, change, revision, attempt, job.
type Key = (u32, i64, i64, u32, usize);

fn dice_of(site: &Site<'_>, key: Key) -> Dice {
    let (service, change, revision, attempt, job) = key;
    let change = u64::try_from(change).unwrap_or_default();
    let revision = u64::try_from(revision).unwrap_or_default();
    let place = change << 24 | revision << 16 | u64::from(attempt) << 12 | job as u64;
    Dice::new(site.plan.seed ^ 0xCA5E, u64::from(service), place)
}

/// Returns whether a job is in the sample of which more is recorded.
fn kept(site: &Site<'_>, key: Key, share: f64) -> bool {
    share >= 1.0 || (share > 0.0 && dice_of(site, key).chance(share))
}

/// Writes the cases of a test job.
fn cases(out: &mut Batch, site: &Site<'_>, job: usize, play: &Play, ran: &Ran, key: Key) {
    let red = ran.outcome == Outcome::Failure;
    // Whoever tries again meets the same problem.
    let mut dice = dice_of(site, (key.0, key.1, key.2, 0, key.4));
    // Integration tests fail in pairs that share a fixture; the last pair never fails.
    let pair = usize::try_from(dice.below(5)).unwrap_or_default();
    let (suite, class) = if job == E2E { ("e2e", "Shop") } else { ("integration", "Orders") };
    let (suite, class) = (out.facts.name(suite), out.facts.name(class));
    let failure = out.facts.name("expected 200, got 500");
    let (service, change, revision, attempt, job) = key;
    let whole = ran.finished - ran.started;
    for case in 0..CASES.len() {
        let skipped = job == E2E && case == SKIPPED_CASE;
        let failed = red
            && match (job == E2E, play.flaky) {
                (true, true) => case == FLAKY_CASE,
                (true, false) => case == 2 * pair % SKIPPED_CASE,
                (false, _) => case / 2 == pair,
            };
        let share = if case == 6 { 0.4 } else { 0.04 };
        let id = out.own(
            "test_results",
            attempt,
            &[service.into(), change.into(), revision.into(), job.into(), case.into()],
        );
        let (outcome, status) = match (skipped, failed) {
            (true, _) => (TestOutcome::Skipped, "skipped"),
            (_, true) => (TestOutcome::Failed, "failed"),
            _ => (TestOutcome::Passed, "passed"),
        };
        let row = TestResult {
            id,
            source: out.words.source,
            service: out.words.service,
            observed_at: at(ran.finished),
            native_status: out.facts.name(status),
            run_id: ran.run,
            suite,
            class,
            name: out.words.cases.get(case).copied().unwrap_or_default(),
            outcome,
            flaky: Some(false),
            started_at: at(ran.started),
            duration_ms: Some(if skipped { 0 } else { scaled(whole, share).max(1) }),
            failure_text: if failed { failure } else { Name::NONE },
            ..TestResult::default()
        };
        out.facts.test_results.push(row);
    }
}

/// Writes the steps of a job: it gets the code, does its work, and says what came out; an echo is all
/// in one.
fn steps(out: &mut Batch, site: &Site<'_>, job: usize, task: Name, ran: &Ran, key: Key) {
    let echo = job == LICENCE && site.plan.plants.vacuous_checks;
    let (service, change, revision, attempt, _) = key;
    let whole = ran.finished - ran.started;
    let all = [("checkout", scaled(whole, 0.1)), ("make", scaled(whole, 0.95)), ("report", whole)];
    let one = [("echo \"licences are fine\"", whole)];
    let mut begin = ran.started;
    for (number, (name, end)) in if echo { &one[..] } else { &all[..] }.iter().copied().enumerate()
    {
        let id = out.own(
            "step_runs",
            attempt,
            &[service.into(), change.into(), revision.into(), job.into(), number.into()],
        );
        let outcome = match (number, ran.outcome) {
            (1, outcome) => outcome,
            (0, outcome) if echo => outcome,
            (2, outcome) if outcome.is_red() => Outcome::Skipped,
            _ => Outcome::Success,
        };
        let row = StepRun {
            id,
            source: out.words.source,
            service: out.words.service,
            observed_at: at(ran.finished),
            native_status: out.facts.name(aftercast_model::Code::word(outcome)),
            task_id: task,
            number: i64::try_from(number + 1).ok(),
            name: out.facts.name(name),
            started_at: at(begin),
            finished_at: at(ran.started + end),
            outcome,
            ..StepRun::default()
        };
        begin = ran.started + end;
        out.facts.step_runs.push(row);
    }
}
