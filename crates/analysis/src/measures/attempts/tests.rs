//! The walks on attempts built by hand and at random.

use super::*;
use proptest::prelude::*;

fn job(id: u32, asked: i64, from: i64, to: i64) -> Attempt {
    Attempt {
        asked: Some(asked),
        from,
        to,
        kind: Kind::Machine,
        red: false,
        run: None,
        job: None,
        number: None,
        id: FactId::new("t", "task_runs", "job", id),
    }
}

/// The legs as `from-to attempt part`.
fn shown(attempts: &[Attempt], since: i64, until: i64) -> Vec<String> {
    walk_back(attempts, since, until, None, 0)
        .iter()
        .map(|leg| format!("{}-{} {} {:?}", leg.from, leg.to, leg.attempt, leg.part))
        .collect()
}

#[test]
fn the_path_goes_back_through_what_ended_last() {
    let jobs = [job(1, 0, 5, 20), job(2, 0, 5, 12), job(3, 20, 30, 60), job(4, 20, 25, 50)];
    assert_eq!(
        shown(&jobs, 0, 100),
        ["0-5 0 Queue", "5-20 0 Work", "20-30 2 Queue", "30-60 2 Work"]
    );
}

#[test]
fn an_attempt_that_is_repeated_is_rework_and_so_is_its_queue() {
    let unit = |attempt: Attempt, red| Attempt { job: Some(7), red, ..attempt };
    // `lint` ended later than the first `unit`, but the second `unit` is there because of the first.
    let jobs = [
        job(1, 0, 0, 10),
        unit(job(2, 10, 12, 20), true),
        job(3, 10, 10, 25),
        unit(job(4, 40, 45, 50), false),
    ];
    assert_eq!(
        shown(&jobs, 0, 50),
        [
            "0-10 0 Work",
            "10-12 1 Repeated",
            "12-20 1 Repeated",
            "20-40 3 BeforeRepeat",
            "40-45 3 Queue",
            "45-50 3 Work",
        ]
    );
    // Red and not repeated: nothing waited for it.
    let alone = [job(1, 0, 0, 10), unit(job(2, 10, 12, 20), true)];
    assert_eq!(shown(&alone, 0, 50), ["0-10 0 Work"]);
}

#[test]
fn a_decision_is_waited_for_and_takes_no_time() {
    let decision = |attempt: Attempt| Attempt { kind: Kind::Decision, ..attempt };
    // Asked at the start of the run: the wait begins when the build is done.
    let jobs = [job(1, 0, 0, 30), decision(job(2, 5, 80, 80)), job(3, 80, 85, 90)];
    assert_eq!(
        shown(&jobs, 0, 90),
        ["0-30 0 Work", "30-80 1 Decision", "80-85 2 Queue", "85-90 2 Work"]
    );
    // Decided before the build was done: nothing waited for it.
    let early = [job(1, 0, 0, 30), decision(job(2, 5, 20, 20)), job(3, 30, 30, 90)];
    assert_eq!(shown(&early, 0, 90), ["0-30 0 Work", "30-90 2 Work"]);
}

#[test]
fn a_step_by_hand_is_waited_for_since_it_could_begin() {
    let by_hand = Attempt { kind: Kind::Hand, ..job(2, 70, 75, 80) };
    assert_eq!(
        shown(&[job(1, 0, 0, 30), by_hand], 0, 80),
        ["0-30 0 Work", "30-70 1 Start", "70-75 1 Queue", "75-80 1 Work"]
    );
}

#[test]
fn within_a_run_the_time_between_jobs_is_told_apart() {
    let of_run = |attempt: Attempt, asked: Option<i64>| Attempt { run: Some(1), asked, ..attempt };
    let jobs = [
        of_run(job(1, 0, 0, 10), None),
        of_run(job(2, 0, 15, 20), None),
        of_run(job(3, 0, 40, 50), Some(38)),
    ];
    assert_eq!(
        shown(&jobs, 0, 50),
        [
            "0-10 0 Work",
            "10-15 1 Queue",
            "15-20 1 Work",
            "20-38 2 Between",
            "38-40 2 Queue",
            "40-50 2 Work"
        ]
    );
}

#[test]
fn what_streams_into_the_next_is_clipped() {
    let jobs = [job(1, 0, 0, 31), job(2, 30, 30, 60)];
    let legs = walk_back(&jobs, 0, 60, None, 1);
    assert_eq!(legs.iter().map(|leg| (leg.from, leg.to)).collect::<Vec<_>>(), [(0, 30), (30, 60)]);
    assert_eq!(walk_back(&jobs, 0, 60, None, 0).len(), 1);
}

#[test]
fn the_walk_can_begin_with_what_did_not_end_last() {
    let jobs = [job(1, 0, 0, 10), job(2, 12, 12, 30), job(3, 10, 25, 30)];
    let legs = walk_back(&jobs, 0, 30, Some(1), 0);
    assert_eq!(legs.iter().map(|leg| leg.attempt).collect::<Vec<_>>(), [0, 1]);
}

/// The worked example of docs/statistics/time.md: build, two suites side by side, deployment.
#[test]
fn a_job_beside_the_way_takes_up_a_saving() {
    let path = |slow: i64| {
        [(0, 10, 10), (10, 40, slow), (40, 45, 5)].map(|(from, to, kept)| Shortened {
            from,
            to,
            kept,
        })
    };
    let other = [(10, 36)];
    assert_eq!(saving(&path(30), &other, None), 0);
    assert_eq!(saving(&path(28), &other, None), 2);
    assert_eq!(saving(&path(15), &other, None), 4, "15 min less saves 4: the other suite takes 26");
    assert_eq!(saving(&path(15), &[], None), 15);
    // The lag before work beside the way stays: it began 3 after the build.
    let build_halved =
        [(0, 10, 5), (10, 40, 30)].map(|(from, to, kept)| Shortened { from, to, kept });
    assert_eq!(saving(&build_halved, &[(13, 38)], None), 5);
    // What happened whatever the way did: the last step waits for it still.
    let held = Held { at: 38, since: 35 };
    assert_eq!(saving(&path(15), &[], Some(held)), 2);
}

/// Attempts within a thousand milliseconds, of a few jobs and runs.
fn any_attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let one = (0_i64..500, 0_i64..40, 0_i64..90, 0_u8..6, any::<bool>(), 0_u32..4, 0_u32..6);
    prop::collection::vec(one, 1..14).prop_map(|all| {
        (0..)
            .zip(all)
            .map(|(id, (from, wait, length, kind, red, run, of))| {
                let kind = match kind {
                    0 => Kind::Decision,
                    1 => Kind::Hand,
                    _ => Kind::Machine,
                };
                let to = if kind == Kind::Decision { from } else { from + length };
                Attempt {
                    asked: (wait > 5).then_some(from - wait),
                    from,
                    to,
                    kind,
                    red: red && kind == Kind::Machine && of < 3,
                    run: (run > 0).then_some(run),
                    job: (of < 3).then_some(of),
                    number: (run > 1).then(|| i64::from(id)),
                    id: FactId::new("t", "task_runs", "job", id),
                }
            })
            .collect()
    })
}

fn extents(legs: &[Leg], part: Part) -> Vec<(i64, i64)> {
    legs.iter().filter(|leg| leg.part == part).map(|leg| (leg.from, leg.to)).collect()
}

proptest! {
    #[test]
    fn the_legs_are_disjoint_ordered_and_inside(
        attempts in any_attempts(), since in 0_i64..300, length in 1_i64..600, overlap in 0_i64..3
    ) {
        let until = since + length;
        let legs = walk_back(&attempts, since, until, None, overlap);
        for leg in &legs {
            prop_assert!(since <= leg.from && leg.from < leg.to && leg.to <= until);
        }
        for pair in legs.windows(2) {
            prop_assert!(pair[0].to <= pair[1].from);
        }
    }

    #[test]
    fn an_attempt_off_the_path_changes_nothing(
        attempts in any_attempts(), more in any_attempts(), at in 0_usize..14, overlap in 0_i64..3
    ) {
        let legs = walk_back(&attempts, 0, 600, None, overlap);
        let mut all = attempts.clone();
        // Of no job that is there already: to repeat one is to be on the path.
        let id = FactId::new("t", "task_runs", "more", 1);
        all.push(Attempt { id, job: None, ..more[at % more.len()] });
        let again = walk_back(&all, 0, 600, None, overlap);
        let on_path = again.iter().any(|leg| leg.attempt == attempts.len());
        // A decision that took no time leaves no leg of its own; what came before it is the same or earlier.
        let silent = all[attempts.len()].from == all[attempts.len()].to;
        if !on_path && !silent {
            prop_assert_eq!(again, legs);
        }
    }

    #[test]
    fn lengthening_a_job_off_the_path_within_its_slack_changes_nothing(
        mut attempts in any_attempts(), part in 0_i64..100
    ) {
        for attempt in &mut attempts {
            attempt.job = None;
        }
        let legs = walk_back(&attempts, 0, 600, None, 0);
        for at in 0..attempts.len() {
            let one = attempts[at];
            let inside = legs.iter().find(|leg| {
                leg.part == Part::Work && leg.from < one.to && one.to < leg.to && leg.attempt != at
            });
            let Some(leg) = inside.filter(|_| one.kind == Kind::Machine) else { continue };
            let slack = leg.to - one.to;
            let mut longer = attempts.clone();
            longer[at].to += slack * part / 100;
            prop_assert_eq!(&walk_back(&longer, 0, 600, None, 0), &legs);
        }
    }

    #[test]
    fn ids_and_the_order_of_rows_break_ties_only(attempts in any_attempts(), turn in 0_usize..14) {
        let mut attempts = attempts;
        for attempt in &mut attempts {
            attempt.job = None;
        }
        let work = extents(&walk_back(&attempts, 0, 600, None, 0), Part::Work);
        let turn = turn % attempts.len();
        attempts.rotate_left(turn);
        prop_assert_eq!(&extents(&walk_back(&attempts, 0, 600, None, 0), Part::Work), &work);
        for (id, attempt) in (0..).zip(&mut attempts) {
            attempt.id = FactId::new("other", "task_runs", "job", id);
        }
        prop_assert_eq!(&extents(&walk_back(&attempts, 0, 600, None, 0), Part::Work), &work);
    }

    #[test]
    fn a_saving_is_at_most_what_was_cut_and_all_of_it_where_nothing_is_beside(
        lengths in prop::collection::vec((1_i64..100, 0_i64..100), 1..10),
        beside in prop::collection::vec((0_i64..400, 1_i64..100), 0..10),
        held in prop::option::of((0_i64..400, 0_i64..400))
    ) {
        let mut at = 0;
        let path: Vec<Shortened> = lengths
            .iter()
            .map(|(length, kept)| {
                at += length;
                Shortened { from: at - length, to: at, kept: length * kept / 100 }
            })
            .collect();
        let cut: i64 = path.iter().map(|step| step.to - step.from - step.kept).sum();
        let beside: Vec<(i64, i64)> =
            beside.into_iter().map(|(from, length)| (from, from + length)).collect();
        let held = held.map(|(at, since)| Held { at, since });
        let saved = saving(&path, &beside, held);
        prop_assert!((0..=cut).contains(&saved), "{} of {}", saved, cut);
        prop_assert_eq!(saving(&path, &[], None), cut);
        let as_it_was: Vec<Shortened> =
            path.iter().map(|step| Shortened { kept: step.to - step.from, ..*step }).collect();
        prop_assert_eq!(saving(&as_it_was, &beside, held), 0);
    }
}
