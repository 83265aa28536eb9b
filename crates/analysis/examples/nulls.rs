//! What the statistics claim where there is nothing: `just nulls`, and the table they rest on:
//! `just nulls table`. The figures stand in docs/statistics/{unusual,change-points,patterns}.md.
#![expect(clippy::print_stdout, reason = "a program for people")]

use aftercast_analysis::review::test_patterns;
use aftercast_analysis::stats::{Nulls, Simulated, change_points, judge_duration};

fn main() {
    if std::env::args().nth(1).as_deref() == Some("table") {
        table();
        return;
    }
    unusual();
    changes();
    patterns();
}

/// Lengths of the table, with how many series each rests on.
const LENGTHS: [(usize, usize); 29] = [
    (10, 40_000),
    (11, 40_000),
    (12, 40_000),
    (13, 40_000),
    (14, 40_000),
    (15, 40_000),
    (16, 40_000),
    (18, 40_000),
    (20, 40_000),
    (22, 40_000),
    (24, 40_000),
    (27, 40_000),
    (30, 40_000),
    (33, 40_000),
    (36, 40_000),
    (40, 40_000),
    (50, 20_000),
    (60, 20_000),
    (80, 20_000),
    (100, 20_000),
    (130, 20_000),
    (160, 20_000),
    (200, 20_000),
    (300, 10_000),
    (500, 10_000),
    (1_000, 5_000),
    (2_000, 3_000),
    (5_000, 2_000),
    (10_000, 2_000),
];

/// Prints `crates/analysis/src/stats/null_table.rs`.
fn table() {
    println!(
        "//! The limits of the rank-CUSUM in series without a change, in thousandths. Written by `just nulls
//! table`; what they are is said in `nulls.rs` and docs/statistics/change-points.md.

use super::nulls::Row;

/// Limits of Z by length: for each autocorrelation from 0 to 0.7 those of `LEVELS`.
#[rustfmt::skip]
pub(super) const ROWS: [(usize, Row); {}] = [",
        LENGTHS.len()
    );
    for (n, series) in LENGTHS {
        println!("    ({n}, [");
        for tenths in 0..8 {
            let limits = Nulls::simulate(n, tenths, series);
            println!("        {limits:?},");
        }
        println!("    ]),");
    }
    println!("];");
}

/// Distributions of logarithms of durations.
#[derive(Clone, Copy)]
enum Tails {
    Normal(f64),
    Student3,
    Stuck,
}

fn series(simulated: &mut Simulated, tails: Tails, n: usize, rho: f64) -> Vec<i64> {
    let mut previous = 0.0;
    let scale = (1.0 - rho * rho).sqrt();
    // The first values only let the series forget where it began.
    let logs = (0..n + 20).map(|at| {
        let step = match tails {
            Tails::Normal(sigma) => sigma * simulated.normal(),
            Tails::Student3 => 0.6 * simulated.normal() / (chi_square3(simulated) / 3.0).sqrt(),
            Tails::Stuck => {
                let stuck = if simulated.uniform() < 0.08 { 5.0_f64.ln() } else { 0.0 };
                0.6 * simulated.normal() + stuck
            }
        };
        previous = rho * previous + scale * step;
        (at, previous)
    });
    let logs: Vec<f64> = logs.filter(|(at, _)| *at >= 20).map(|(_, log)| log).collect();
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    logs.into_iter().map(|log| ((10.0 + log).exp() * 1_000.0) as i64).collect()
}

fn chi_square3(simulated: &mut Simulated) -> f64 {
    (0..3).map(|_| simulated.normal().powi(2)).sum()
}

fn unusual() {
    println!("unusual though nothing is: share of 40,000 releases, by the releases before");
    println!("{:<28}{:>7}{:>7}{:>7}{:>7}{:>7}", "", "n=8", "12", "24", "40", "60");
    for (name, tails) in [
        ("log-normal, sigma 0.6", Tails::Normal(0.6)),
        ("log-normal, sigma 1.0", Tails::Normal(1.0)),
        ("t with 3 degrees of freedom", Tails::Student3),
        ("8 % stuck five times as long", Tails::Stuck),
    ] {
        for rho in [0.0, 0.2, 0.4] {
            print!("{name:<28} {rho} ");
            for n in [8, 12, 24, 40, 60] {
                let mut simulated = Simulated::seeded(n as u64);
                let rounds = 40_000;
                let flagged = (0..rounds)
                    .filter(|_| {
                        let series = series(&mut simulated, tails, n + 1, rho);
                        let Some((new, earlier)) = series.split_last() else { return false };
                        judge_duration(earlier, *new).is_some_and(|j| j.unusual == Some(true))
                    })
                    .count();
                print!("{:>6.2}%", 100.0 * flagged as f64 / f64::from(rounds));
            }
            println!();
        }
    }
}

fn changes() {
    println!(
        "\nchange points of series of durations (log-normal, sigma 0.35, 4 % take four times as long)"
    );
    println!(
        "rho   n    false   +30 % found   +65 % found   (within 5, step at 2/3), 90 % set holds it"
    );
    let nulls = Nulls::new();
    for n in [60, 150] {
        for rho in [0.0, 0.2, 0.4] {
            let rounds = 4_000;
            let share = |count: usize| 100.0 * count as f64 / f64::from(rounds);
            let mut simulated = Simulated::seeded(n as u64);
            let false_alarms = (0..rounds)
                .filter(|_| !change_points(&simulated.durations(n, rho), &nulls).is_empty())
                .count();
            print!("{rho:.1} {n:>4} {:>6.1}%", share(false_alarms));
            for step in [1.30_f64, 1.65] {
                let at = n * 2 / 3;
                let (mut hits, mut found, mut held) = (0, 0, 0);
                for _ in 0..rounds {
                    let mut logs = simulated.durations(n, rho);
                    logs.iter_mut().skip(at).for_each(|log| *log += step.ln());
                    let points = change_points(&logs, &nulls);
                    let nearest = points.iter().min_by_key(|point| point.at.abs_diff(at));
                    if let Some(point) = nearest {
                        found += 1;
                        held += u32::from((point.low..=point.high).contains(&at));
                        hits += usize::from(point.at.abs_diff(at) <= 5);
                    }
                }
                print!(
                    "   {:>5.1}% ({:.0}% of {found})",
                    share(hits),
                    100.0 * f64::from(held) / f64::from(found.max(1))
                );
            }
            println!();
        }
    }
}

/// Twelve features of releases, a third of which went well whatever their features.
fn patterns() {
    println!("\nhistories with a pattern claimed, of 1,000 with random labels; twelve features");
    println!("                                   n=30     60    120    300");
    for (name, kin, drift) in [
        ("independent features", 0.0, 0.0),
        ("features that go together (0.5)", 0.5, 0.0),
        ("labels and features that drift", 0.0, 0.5),
    ] {
        print!("{name:<32}");
        for n in [30, 60, 120, 300] {
            let mut simulated = Simulated::seeded(n as u64);
            let claimed = (0..1_000)
                .filter(|_| {
                    let (labels, features) = random_history(&mut simulated, n, kin, drift);
                    let tested = test_patterns(&labels, &features, 30);
                    tested.iter().any(|tested| tested.stopped_by.is_none())
                })
                .count();
            print!("{:>6.1}%", claimed as f64 / 10.0);
        }
        println!();
    }
}

type History = (Vec<bool>, Vec<Vec<Option<bool>>>);

/// Labels and features of `n` releases; features share `kin` of their scatter, and all become more
/// frequent by `drift` from the first release to the last.
fn random_history(simulated: &mut Simulated, n: usize, kin: f64, drift: f64) -> History {
    let trend = |at: usize| drift * (at as f64 / n as f64 - 0.5);
    let labels: Vec<bool> =
        (0..n).map(|at| simulated.uniform() < (1.0 / 3.0 + trend(at)).clamp(0.05, 0.95)).collect();
    let shared: Vec<f64> = (0..n).map(|_| simulated.normal()).collect();
    let features = (0..12)
        .map(|feature| {
            // From a common feature to a rare one.
            let limit = (f64::from(feature) - 5.5) / 6.0;
            shared
                .iter()
                .enumerate()
                .map(|(at, shared)| {
                    let own = kin.sqrt() * shared + (1.0 - kin).sqrt() * simulated.normal();
                    Some(limit < own + 2.0 * trend(at))
                })
                .collect()
        })
        .collect();
    (labels, features)
}
