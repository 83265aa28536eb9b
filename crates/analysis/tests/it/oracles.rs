//! The statistics beside scipy, statsmodels and ruptures, on seeded series. One Python process answers
//! all; the versions stand in scripts/requirements.txt.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use aftercast_analysis::stats::{self, RankSum, Simulated};
use serde_json::{Value, json};

/// What is asked, and what Python answered; `None` without a Python that has the packages.
static ASKED: LazyLock<(Asked, Option<Value>)> = LazyLock::new(|| {
    let asked = Asked::seeded(4);
    let answers = answers(&asked);
    (asked, answers)
});

struct Asked {
    series: Vec<Vec<f64>>,
    sides: Vec<(Vec<f64>, Vec<f64>)>,
    shares: Vec<f64>,
    betas: Vec<(f64, f64, f64)>,
    tables: Vec<[u64; 4]>,
    /// k1 of n1 and k2 of n2.
    proportions: Vec<[u64; 4]>,
    p_values: Vec<Vec<f64>>,
    /// Series with steps, penalty, least size.
    steps: Vec<(Vec<f64>, f64, usize)>,
}

impl Asked {
    fn seeded(seed: u64) -> Self {
        let mut random = Simulated::seeded(seed);
        // Rounded, so that values tie.
        let series = |random: &mut Simulated, n: usize| -> Vec<f64> {
            random.correlated(n, 0.3).iter().map(|value| (value * 4.0).round()).collect()
        };
        let count = |random: &mut Simulated, limit: usize| random.below(limit) as u64;
        Self {
            series: (1..=30).map(|n| series(&mut random, n)).collect(),
            sides: (1..=30)
                .map(|n| (series(&mut random, n), series(&mut random, n % 7 + 4)))
                .collect(),
            shares: (0..40).map(|_| random.uniform()).chain([1e-12, 0.5, 0.999_999]).collect(),
            betas: (0..40)
                .map(|at| {
                    let (a, b) = (random.uniform() * 200.0, random.uniform() * 10_f64.powi(at / 8));
                    (random.uniform() * 0.98 + 0.01, a + 0.5, b + 0.5)
                })
                .collect(),
            tables: (0..40)
                .map(|at| {
                    let limit = if at < 20 { 12 } else { 3_000 };
                    [(); 4].map(|()| count(&mut random, limit) + 1)
                })
                .collect(),
            proportions: (0..40)
                .map(|at| {
                    let (n1, n2) = (1 + count(&mut random, 30 + at), 1 + count(&mut random, 500));
                    let limit = |n: u64| usize::try_from(n + 1).unwrap();
                    [count(&mut random, limit(n1)), n1, count(&mut random, limit(n2)), n2]
                })
                .collect(),
            p_values: (1..=20)
                .map(|n| (0..n).map(|_| random.uniform().powi(3)).collect())
                .collect(),
            steps: (0..20)
                .map(|at| {
                    let n = 40 + 8 * at;
                    let mut series = random.correlated(n, 0.2);
                    for _ in 0..=at % 4 {
                        let (from, by) = (random.below(n), 3.0 * random.normal());
                        series.iter_mut().skip(from).for_each(|value| *value += by);
                    }
                    (series, 3.0 * (n as f64).ln(), 2 + at % 5)
                })
                .collect(),
        }
    }

    fn json(&self) -> Value {
        json!({
            "series": self.series, "sides": self.sides, "shares": self.shares, "betas": self.betas,
            "tables": self.tables, "proportions": self.proportions, "p_values": self.p_values,
            "steps": self.steps,
        })
    }
}

#[expect(clippy::print_stdout, reason = "says why it compared nothing")]
fn answers(asked: &Asked) -> Option<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("AFTERCAST_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or_else(|| folder.join("../../.venv/bin/python"));
    if !python.is_file() {
        let why = format!("no Python with scipy at `{}` (AFTERCAST_PYTHON)", python.display());
        assert!(std::env::var_os("CI").is_none(), "{why}, and CI must run everything");
        println!("skipped: {why}");
        return None;
    }
    let mut child = Command::new(python)
        .arg(folder.join("tests/it/oracles.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(asked.json().to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "Python could not answer");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Compares each case of one question with its answer.
fn check<T>(question: &str, cases: &[T], tolerance: f64, ours: impl Fn(&T) -> Vec<f64>) {
    let Some(answers) = &ASKED.1 else { return };
    let answers = answers[question].as_array().unwrap();
    assert_eq!(answers.len(), cases.len());
    for (at, (case, answer)) in cases.iter().zip(answers).enumerate() {
        let expected: Vec<f64> = match answer {
            Value::Array(values) => values.iter().map(|value| value.as_f64().unwrap()).collect(),
            value => vec![value.as_f64().unwrap()],
        };
        let found = ours(case);
        assert_eq!(found.len(), expected.len(), "{question} {at}");
        for (found, expected) in found.iter().zip(&expected) {
            let off = (found - expected).abs();
            assert!(
                off <= tolerance * expected.abs().max(1e-3),
                "{question} {at}: {found} is not {expected}"
            );
        }
    }
}

#[test]
fn ranks_and_the_rank_sum_test_are_scipys() {
    let (asked, _) = &*ASKED;
    check("midranks", &asked.series, 1e-12, |values| stats::midranks(values));
    check("rank_sum", &asked.sides, 1e-9, |(before, after)| {
        let RankSum { u, p, .. } = stats::rank_sum(before, after).unwrap();
        vec![u, p]
    });
    check("hodges_lehmann", &asked.sides, 1e-12, |(before, after)| {
        vec![stats::hodges_lehmann(before, after).unwrap()]
    });
}

#[test]
fn distributions_are_scipys() {
    let (asked, _) = &*ASKED;
    check("normal_quantile", &asked.shares, 1e-9, |p| vec![stats::normal_quantile(*p)]);
    check("normal_cdf", &asked.series[0], 1e-9, |x| vec![stats::normal_cdf(*x)]);
    check("beta_quantile", &asked.betas, 1e-8, |(p, a, b)| vec![stats::beta_quantile(*p, *a, *b)]);
    check("beta_binomial_tail", &asked.proportions, 1e-9, |[k, n, earlier_k, earlier_n]| {
        vec![stats::beta_binomial_tail(*k, *n, *earlier_k, *earlier_n)]
    });
}

#[test]
fn tables_and_many_tests_are_those_of_scipy_and_statsmodels() {
    let (asked, _) = &*ASKED;
    check("fisher", &asked.tables, 1e-6, |[a, b, c, d]| vec![stats::fisher_exact(*a, *b, *c, *d)]);
    check("risk_difference", &asked.proportions, 1e-7, |[k1, n1, k2, n2]| {
        let (estimate, low, high) = stats::risk_difference(*k1, *n1, *k2, *n2).unwrap();
        vec![estimate, low, high]
    });
    check("benjamini_hochberg", &asked.p_values, 1e-12, |p| stats::benjamini_hochberg(p));
}

#[test]
fn the_reference_mode_finds_the_change_points_of_ruptures() {
    let (asked, _) = &*ASKED;
    check("pelt", &asked.steps, 0.0, |(series, penalty, min_size)| {
        let found = stats::pelt_l2(series, *penalty, *min_size);
        found.into_iter().map(|at| at as f64).collect()
    });
    let found: usize = asked.steps.iter().map(|(s, p, m)| stats::pelt_l2(s, *p, *m).len()).sum();
    assert!(found >= 20, "only {found} change points in twenty series: nothing is compared");
}
