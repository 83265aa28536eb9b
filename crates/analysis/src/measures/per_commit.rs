//! The lead time of each shipped commit: the release's own partition from the commit's time on.

use std::collections::BTreeMap;

use aftercast_model::Timestamp;

use super::View;
use super::layers;
use super::path::Way;
use crate::history::cell;
use crate::review::types::{Category, LayerSums, MedianCommit, PerCommit};

/// Returns the mean and the median lead time of the commits that the release at `index` shipped, cut
/// as the release's is; of its changes where no commit has a time.
pub(super) fn per_commit(view: View<'_>, index: usize, way: &Way) -> Option<PerCommit> {
    let (history, releases) = (view.history, view.releases);
    let commits = if index > 0 { releases.commits(index) } else { &[] };
    let authored = commits.iter().filter_map(|at| history.authored_at(*at));
    let mut begins: Vec<i64> = authored.map(Timestamp::millis).collect();
    let mut of = "commit";
    if begins.is_empty() {
        let opened = &history.facts().change_requests.opened_at;
        let changes = releases.changes(index).iter();
        begins = changes.filter_map(|row| cell(opened, *row)).map(Timestamp::millis).collect();
        of = "change";
    }
    let (from, to) = (way.lead_time.from_at.millis(), way.lead_time.to_at.millis());
    for begin in &mut begins {
        *begin = (*begin).clamp(from, to.max(from));
    }
    begins.sort_unstable();
    let median = begins.get(begins.len() / 2).copied()?;
    let n = i128::try_from(begins.len()).ok()?;
    let (mean_ms, by_category_ms, by_layer_ms) = clipped(way, &begins, n);
    let (lead_time_ms, of_median, layers_of_median) = clipped(way, &[median], 1);
    Some(PerCommit {
        of,
        n: begins.len(),
        mean_ms,
        by_category_ms,
        by_layer_ms,
        median: MedianCommit {
            from_at: Timestamp::from_millis(median),
            lead_time_ms,
            by_category_ms: of_median,
            by_layer_ms: layers_of_median,
        },
    })
}

/// Returns the mean length, by category and by layer, of the partition clipped at each of the
/// moments `begins`, which are in order.
fn clipped(way: &Way, begins: &[i64], n: i128) -> (i64, BTreeMap<Category, i64>, LayerSums) {
    let mut sums: BTreeMap<Category, i128> = BTreeMap::new();
    let mut parts = Vec::with_capacity(way.splits.len());
    let mut later = begins.iter().copied().peekable();
    let mut before = 0_i128;
    for (segment, split) in way.lead_time.segments.iter().zip(&way.splits) {
        let (from, to) = (i128::from(segment.from_at.millis()), i128::from(segment.to_at.millis()));
        while later.next_if(|begin| i128::from(*begin) <= from).is_some() {
            before += 1;
        }
        let mut sum = before * (to - from);
        while let Some(begin) = later.next_if(|begin| i128::from(*begin) < to) {
            before += 1;
            sum += to - i128::from(begin);
        }
        *sums.entry(segment.category).or_insert(0) += sum;
        parts.push((sum, *split));
    }
    let (categories, sums): (Vec<Category>, Vec<i128>) =
        sums.into_iter().filter(|(_, sum)| *sum > 0).unzip();
    let means = layers::rounded(&sums, n);
    let mean = means.iter().fold(0_i64, |sum, part| sum.saturating_add(*part));
    (mean, categories.into_iter().zip(means).collect(), layers::sums(parts.into_iter(), n))
}
