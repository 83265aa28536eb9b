//! What is planted in steps, releases and incidents.

use aftercast_analysis::review::{
    CandidateKind, Direction, LinkVerdict, StepChange, StepPart, incident_links, patterns,
    release_lines, review, step_changes,
};
use aftercast_model::Timestamp;
use aftercast_simulation::ChangeTruth;

use super::{Known, Scores};

pub(super) fn judge(known: &Known<'_>, scores: &mut Scores) {
    steps(known, scores);
    good_releases(known, scores);
    incidents(known, scores);
    latest(known, scores);
}

const WEEK: i64 = 7 * 86_400_000;

fn near(change: &StepChange, at: Timestamp) -> bool {
    // A day has one point, and the weekend none.
    change.low.millis() - WEEK / 2 <= at.millis() && at.millis() <= change.high.millis() + WEEK / 2
}

fn steps(known: &Known<'_>, scores: &mut Scores) {
    let page = step_changes(known.history, known.settings);
    let mut explained = vec![false; page.changes.len()];
    let mut judge = |planted: &ChangeTruth, direction: Direction, what, with_cause| {
        let at = page.changes.iter().position(|change| {
            change.step == planted.job
                && change.part == StepPart::JobRun
                && change.direction == direction
                && near(change, planted.at)
        });
        scores.plant(what, at.is_some());
        let Some(at) = at else { return };
        explained[at] = true;
        let cause = page.changes[at].candidates.iter().any(|candidate| {
            candidate.kind == CandidateKind::Rollout && candidate.says.contains(&planted.rollout)
        });
        scores.plant(with_cause, cause);
    };
    if let Some(slower) = &known.truth.slower {
        judge(
            slower,
            Direction::Slower,
            "step that got slower, and since when",
            "its cause, where it was found",
        );
    }
    if let Some(rollout) = &known.truth.rollout {
        judge(
            rollout,
            Direction::Faster,
            "step that a rollout made faster",
            "the rollout, where it was found",
        );
    }
    if let Some(shortage) = &known.truth.shortage {
        let queue = |change: &StepChange| {
            matches!(change.part, StepPart::JobQueue | StepPart::DeployQueue)
                && near(
                    change,
                    if change.direction == Direction::Slower { shortage.from } else { shortage.to },
                )
        };
        for (at, change) in page.changes.iter().enumerate() {
            explained[at] |= queue(change);
        }
        scores.plant("weeks of long queues, begin or end", page.changes.iter().any(queue));
    }
    let what = "step that got slower, and since when";
    let others = explained.iter().filter(|explained| !**explained).count();
    if known.null {
        scores.alarm(what, others, page.looked_at);
    } else {
        scores.wrong(what, others);
    }
}

fn good_releases(known: &Known<'_>, scores: &mut Scores) {
    let page = patterns(known.history, known.settings);
    let kept = |id: &str| page.features.iter().any(|feature| feature.id == id && feature.kept);
    let size = ["small_change", "few_files", "few_commits", "few_changes"];
    if known.truth.sizes.is_some() {
        scores.plant("small releases went well", size.into_iter().any(kept));
    } else {
        let claims = page.features.iter().filter(|feature| feature.kept).count();
        scores.alarm("small releases went well", claims.min(1), 1);
    }
}

fn incidents(known: &Known<'_>, scores: &mut Scores) {
    let page = incident_links(known.history, known.settings);
    let (caused, alone) = ("incident that a release caused", "incident that no release caused");
    for truth in &known.truth.incidents {
        // Where the tracker says so, there is nothing to find.
        let Some(line) = page.incidents.iter().find(|line| line.id.to_string() == truth.id) else {
            panic!("incident {} is on no page", truth.id)
        };
        if truth.named {
            continue;
        }
        let blamed = matches!(line.verdict, LinkVerdict::CausedBy | LinkVerdict::Probably);
        let blamed = line.candidates.first().filter(|_| blamed).map(|first| &first.release);
        if let Some(release) = &truth.release {
            scores.plant(caused, blamed == Some(release));
            scores.wrong(caused, usize::from(blamed.is_some_and(|blamed| blamed != release)));
        } else {
            scores.plant(alone, blamed.is_none());
            scores.wrong(alone, usize::from(blamed.is_some()));
        }
    }
    let count = |kind: &str| page.undone.iter().filter(|line| line.kind == kind).count();
    if known.null {
        scores.alarm("changes taken back", page.undone.len(), 1);
    } else {
        let number = |count: u64| usize::try_from(count).unwrap();
        // A release of its own that takes a change back is a hotfix and a revert.
        let reverts = count("revert") + count("hotfix");
        let (least, most) = (known.truth.reverts, known.truth.reverts + known.truth.hotfixes);
        scores.plant("changes taken back", (number(least)..=number(most)).contains(&reverts));
        scores.plant("rollbacks", count("rollback") == number(known.truth.rollbacks));
    }
}

/// What the review of the latest release and those before it say.
fn latest(known: &Known<'_>, scores: &mut Scores) {
    let lines = release_lines(known.history, known.settings);
    let line = lines.last().unwrap();
    let page = review(known.history, Some(&line.id), known.settings).unwrap();
    assert!(page.notes.iter().any(|note| note.starts_with("Simulated:")), "{:?}", page.notes);
    let found = |check: &str| page.findings.iter().filter(|found| found.check == check).count();
    let steps = ["manual_step_recurs", "hidden_manual_step"].map(found).iter().sum::<usize>();
    match &known.truth.manual {
        Some(manual) if manual.declared => {
            scores.plant("declared manual step", page.numbers.manual_steps.value == Some(1));
        }
        Some(_) => scores.plant("hidden manual step", steps > 0),
        None => scores.alarm("hidden manual step", steps, 1),
    }
    let board = known.truth.gates.iter().any(|gate| gate.gate == "change-board");
    let waits = page.candidates.iter().any(|candidate| {
        let all = format!("{} {}", candidate.title, candidate.why);
        all.contains("approval") || all.contains("change-board")
    });
    if board {
        scores.plant("board that answers in the morning: a candidate", waits);
    }
    let unusual =
        [&page.numbers.lead_time_ms, &page.numbers.approval_wait_ms, &page.numbers.failed_builds];
    let flagged = unusual
        .into_iter()
        .filter(|number| number.compared.as_ref().is_some_and(|all| all.unusual == Some(true)))
        .count();
    if known.null {
        scores.alarm("an unusual number of the latest release", flagged, 3);
    }
}
