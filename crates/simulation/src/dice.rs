//! Chance, the same on every machine: integers and the four operations only, no library's `ln`.

/// A stream of random numbers: `SplitMix64` (Steele, Lea, Flood 2014).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Dice {
    /// Returns the stream of `seed` for one place of the company: what happens at another place
    /// does not change it.
    pub(crate) fn new(seed: u64, service: u64, place: u64) -> Self {
        let seed = mix(seed.wrapping_add(GOLDEN));
        let service = mix(service.wrapping_add(GOLDEN.rotate_left(17)) ^ seed);
        Self(mix(place.wrapping_add(GOLDEN.rotate_left(31)) ^ service))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// Returns a number in `[0, 1)`.
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Returns `true` with probability `share`.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.uniform() < share
    }

    /// Returns a number below `sides`; 0 where there are no sides.
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(sides);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// Returns a number of mean 0 and deviation 1: the sum of eight uniform numbers, nearly normal
    /// and never beyond 4.9.
    pub(crate) fn normal(&mut self) -> f64 {
        let mut sum = 0;
        for word in [self.next(), self.next()] {
            sum += (word & 0xFFFF) + (word >> 16 & 0xFFFF) + (word >> 32 & 0xFFFF) + (word >> 48);
        }
        // Eight numbers of mean 32,767.5 and variance (2^32 - 1) / 12.
        (sum as f64 - 262_140.0) / 53_509.919_9
    }

    /// Returns a log-normal duration of median `median` milliseconds; at least one.
    pub(crate) fn duration(&mut self, median: i64, sigma: f64) -> i64 {
        scaled(median, exp(sigma * self.normal())).max(1)
    }
}

/// Returns `millis` times `factor`, in whole milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "durations are far below 2^53")]
pub(crate) fn scaled(millis: i64, factor: f64) -> i64 {
    (millis as f64 * factor) as i64
}

/// Returns e^x to 12 digits, for |x| below 40: a power of two times a polynomial.
#[expect(clippy::cast_possible_truncation, reason = "|x| is below 40")]
pub(crate) fn exp(x: f64) -> f64 {
    /// 1/n!, the highest first.
    const TERMS: [f64; 12] = [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
    ];
    let x = x.clamp(-40.0, 40.0);
    let whole = (x * std::f64::consts::LOG2_E + 0.5).floor();
    let rest = x - whole * std::f64::consts::LN_2;
    let sum = TERMS.iter().fold(0.0, |sum, term| sum * rest + term) * rest + 1.0;
    sum * 2_f64.powi(whole as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_the_exponential() {
        for x in [-20.0, -3.3, -0.1, 0.0, 0.5, 1.0, 2.7, 19.5] {
            let off = exp(x) / f64::exp(x) - 1.0;
            assert!(off.abs() < 1e-12, "{x}: {off}");
        }
    }

    #[test]
    fn numbers_have_the_moments_that_they_should() {
        let mut dice = Dice::new(7, 1, 2);
        let all: Vec<f64> = (0..100_000).map(|_| dice.normal()).collect();
        let mean = all.iter().sum::<f64>() / 1e5;
        let variance = all.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 1e5;
        assert!(mean.abs() < 0.015, "{mean}");
        assert!((variance - 1.0).abs() < 0.02, "{variance}");
        let hits = (0..100_000).filter(|_| dice.chance(0.03)).count();
        // Five standard deviations of a binomial number.
        assert!((2_730..3_270).contains(&hits), "{hits}");
        let mut faces = [0_usize; 6];
        for _ in 0..60_000 {
            faces[usize::try_from(dice.below(6)).unwrap()] += 1;
        }
        assert!(faces.iter().all(|face| (9_540..10_460).contains(face)), "{faces:?}");
    }

    #[test]
    fn places_have_streams_of_their_own() {
        let mut first: Vec<u64> = (0..1000)
            .flat_map(|at| [Dice::new(1, at, 0), Dice::new(1, 0, at + 1), Dice::new(at + 2, 0, 0)])
            .map(|mut dice| dice.next())
            .collect();
        first.sort_unstable();
        first.dedup();
        assert_eq!(first.len(), 3000);
    }
}
