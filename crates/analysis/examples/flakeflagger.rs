//! Do the bounds of rates hold on tests whose true rates are known? `just flakeflagger PATH`, where PATH
//! is `test-rerun-scripts/test_results.csv` of the public repository AlshammariA/FlakeFlagger: 22,245
//! tests of 24 projects, each run 10,000 times. The figures stand in docs/statistics/tests.md.
//!
//! The share of failures in 10,000 runs is taken as a test's true rate; k of its runs are drawn, and the
//! upper bound of its rate from these k is compared with the truth.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::error::Error;

use aftercast_analysis::stats::{Simulated, jeffreys_interval};

/// How often the runs of each test are drawn.
const ROUNDS: usize = 40;
const DRAWS: [usize; 6] = [5, 20, 100, 298, 299, 1000];
/// "Not flaky" says that it fails less often than this.
const BAR: f64 = 0.01;

/// A test: whether it is flaky, and its true rate of failures.
struct Test {
    flaky: bool,
    rate: f64,
}

#[derive(Default)]
struct Seen {
    drawn: usize,
    held: usize,
    /// Where the bound lies below [`BAR`].
    said: usize,
    /// Where the truth does not.
    wrongly: usize,
}

impl Seen {
    fn take(&mut self, truth: f64, high: f64) {
        self.drawn += 1;
        self.held += usize::from(truth <= high);
        self.said += usize::from(high < BAR);
        self.wrongly += usize::from(high < BAR && truth >= BAR);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("say the path of test_results.csv")?;
    let tests = read(&std::fs::read_to_string(path)?)?;
    let flaky = tests.iter().filter(|test| test.flaky).count();
    println!("{} tests, {flaky} flaky; {ROUNDS} rounds\n", tests.len());
    println!(
        "| k | bound held, all | bound held, flaky | \"not flaky\" said, flaky | of these wrongly |"
    );
    println!("|--:|--:|--:|--:|--:|");
    let mut random = Simulated::seeded(4);
    for k in DRAWS {
        let highs: Vec<f64> = (0..=k)
            .map(|failures| jeffreys_interval(failures, k).map_or(1.0, |interval| interval.1))
            .collect();
        let (mut all, mut of_flaky) = (Seen::default(), Seen::default());
        for test in &tests {
            for _ in 0..ROUNDS {
                let failures = drawn(test.rate, k, &mut random);
                let high = highs.get(failures).copied().unwrap_or(1.0);
                all.take(test.rate, high);
                if test.flaky {
                    of_flaky.take(test.rate, high);
                }
            }
        }
        println!(
            "| {k} | {:.2} % | {:.2} % | {} of {} | {:.1} % |",
            percent(all.held, all.drawn),
            percent(of_flaky.held, of_flaky.drawn),
            of_flaky.said,
            of_flaky.drawn,
            percent(of_flaky.wrongly, of_flaky.said.max(1)),
        );
    }
    Ok(())
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

/// Reads `Project,Test,IsFlaky,NumFailingRuns,NumPassingRuns,...`; a test's name may hold commas.
fn read(text: &str) -> Result<Vec<Test>, Box<dyn Error>> {
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let place = |name: &str| {
        let at = head.iter().position(|column| *column == name);
        at.map(|at| head.len() - at).ok_or_else(|| format!("no column `{name}`"))
    };
    let (flaky, failing, passing) =
        (place("IsFlaky")?, place("NumFailingRuns")?, place("NumPassingRuns")?);
    lines
        .map(|line| {
            let cells: Vec<&str> = line.rsplitn(head.len(), ',').collect();
            let cell = |from_end: usize| -> Result<f64, Box<dyn Error>> {
                Ok(cells.get(from_end - 1).ok_or("too few columns")?.parse::<f64>()?)
            };
            let (failed, passed) = (cell(failing)?, cell(passing)?);
            Ok(Test { flaky: cell(flaky)? > 0.0, rate: failed / (failed + passed).max(1.0) })
        })
        .collect()
}

/// Returns how many of `k` runs fail, where each does with probability `rate`.
fn drawn(rate: f64, k: usize, random: &mut Simulated) -> usize {
    if rate > 0.5 {
        return k - drawn(1.0 - rate, k, random);
    }
    if rate <= 0.0 {
        return 0;
    }
    // Inversion: the distribution is walked until it passes a uniform number.
    let uniform = random.uniform();
    let odds = rate / (1.0 - rate);
    let mut chance = (k as f64 * (-rate).ln_1p()).exp();
    let mut sum = chance;
    let mut failures = 0;
    while sum < uniform && failures < k {
        chance *= (k - failures) as f64 / (failures + 1) as f64 * odds;
        sum += chance;
        failures += 1;
    }
    failures
}
