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
const MIRRORED: f64 = 0.6;
/// The median of the lags between a commit and its revert, in milliseconds, and the spread of their
/// logarithm: measured on the same histories.
const LAG: (f64, f64) = (2.0 * 86_400_000.0, 2.4);

/// Returns the places of the pieces that a revert of this size may take back with their posteriors,
/// the likeliest first.
pub(crate) fn likeliest(revert: Size, pieces: &[Piece]) -> Vec<(usize, f64)> {
    let mirrors = |piece: &Piece| {
        piece.size.is_some_and(|size| {
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
            lag + if mirrors(piece) { with } else { without }
        })
        .collect();
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = weights.iter().sum();
    let mut found: Vec<(usize, f64)> =
        weights.iter().map(|weight| weight / sum).enumerate().collect();
    found.sort_by(|(a, a_share), (b, b_share)| b_share.total_cmp(a_share).then(b.cmp(a)));
    found
}
