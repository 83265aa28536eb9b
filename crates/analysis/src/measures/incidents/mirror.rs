//! Which change a revert takes back, by its size turned around and its time: for reverts that do not
//! say what they revert (docs/statistics/incidents.md).

use super::lag::log_density;

/// The lines and files of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) added: i64,
    pub(crate) deleted: i64,
    pub(crate) files: Option<i64>,
}

/// Something that may have been reverted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) size: Option<Size>,
    /// From it to the revert.
    pub(crate) lag_ms: i64,
}

/// How often a revert is exactly as large as what it reverts, turned around: measured on public
/// histories (docs/statistics/incidents.md).
const MIRRORED: f64 = 0.8;
/// The median of the lags between a commit and its revert, in milliseconds, and the spread of their
/// logarithm: measured on the same histories.
const LAG: (f64, f64) = (3.0 * 86_400_000.0, 2.6);
/// How many pieces before a revert are looked at.
pub(crate) const MOST: usize = 2_000;

/// A piece that a revert may take back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Likely {
    /// Its place among the pieces.
    pub(crate) at: usize,
    /// Beside all others, from 0 to 1.
    pub(crate) posterior: f64,
    /// Whether it has the size of the revert, turned around.
    pub(crate) mirrors: bool,
}

/// Returns the places of the pieces that a revert of this size may take back with their posteriors,
/// the likeliest first. Where no size is known time alone tells.
pub(crate) fn likeliest(revert: Option<Size>, pieces: &[Piece]) -> Vec<Likely> {
    let mirrors = |piece: &Piece| {
        piece.size.zip(revert).is_some_and(|(size, revert)| {
            size.added == revert.deleted
                && size.deleted == revert.added
                && (size.files.is_none() || revert.files.is_none() || size.files == revert.files)
        })
    };
    let (mut alike, mut all) = (0.0, 0.0);
    for piece in pieces {
        all += 1.0;
        alike += f64::from(u8::from(mirrors(piece)));
    }
    // How often a piece has this size by chance; the culprit itself is one of those counted.
    let chance: f64 = (alike + 1.0) / (all + 2.0);
    let with = (MIRRORED / chance).ln();
    let without = ((1.0 - MIRRORED) / (1.0 - chance)).ln();
    let scores: Vec<f64> = pieces
        .iter()
        .map(|piece| {
            let lag = log_density(piece.lag_ms, LAG.0, LAG.1);
            lag + if mirrors(piece) {
                with
            } else if revert.is_some() && piece.size.is_some() {
                without
            } else {
                0.0
            }
        })
        .collect();
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = weights.iter().sum();
    let likely = |(at, (weight, piece)): (usize, (&f64, &Piece))| Likely {
        at,
        posterior: weight / sum,
        mirrors: mirrors(piece),
    };
    let mut found: Vec<Likely> = weights.iter().zip(pieces).enumerate().map(likely).collect();
    found.sort_by(|a, b| b.posterior.total_cmp(&a.posterior).then(a.at.cmp(&b.at)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn size(added: i64, deleted: i64) -> Size {
        Size { added, deleted, files: Some(1) }
    }

    /// docs/statistics/incidents.md, "Reverts that do not say what they revert".
    #[test]
    fn the_size_turned_around_outweighs_time() {
        let other = |hours: i64| Piece { size: Some(size(3, 1)), lag_ms: hours * HOUR };
        let mut pieces: Vec<Piece> = (1..=18).map(other).collect();
        pieces.insert(9, Piece { size: Some(size(12, 40)), lag_ms: 30 * HOUR });
        let found = likeliest(Some(size(40, 12)), &pieces);
        assert_eq!((found[0].at, found[0].mirrors), (9, true));
        assert!((found[0].posterior - 0.403).abs() < 0.001, "{:?}", found[0]);
    }

    #[test]
    fn without_sizes_the_latest_is_likeliest_and_far_from_sure() {
        let pieces: Vec<Piece> =
            (1..=20).map(|hours| Piece { size: None, lag_ms: hours * HOUR }).collect();
        let found = likeliest(None, &pieces);
        assert_eq!((found[0].at, found[0].mirrors), (0, false));
        assert!(found[0].posterior < 0.3, "{:?}", found[0]);
        assert!(likeliest(Some(size(1, 1)), &[]).is_empty());
    }
}
