//! Releases that only mend: reverts, cherry-picks beside the usual way, hotfixes.
//!
//! They go another way than the others and are compared among themselves, where there are enough.

use super::View;
use super::incidents::undone::{Sign, What, undone};

/// Returns, for each release from `from` to `to` (inclusive), whether all that it ships mends or takes
/// back something.
pub(super) fn mends(view: View<'_>, from: usize, to: usize) -> Vec<bool> {
    let (mut changes, mut commits) = (Vec::new(), Vec::new());
    for one in undone(view) {
        match one.fix {
            _ if one.sign == Sign::Rollback => {}
            What::Change(row) => changes.push(row),
            What::Commit(position) => commits.push(position),
            What::Deployment(_) => {}
        }
    }
    changes.sort_unstable();
    commits.sort_unstable();
    let all = |index: usize| {
        let (own, shipped) = (view.releases.changes(index), view.releases.commits(index));
        if own.is_empty() {
            return !shipped.is_empty()
                && shipped.iter().all(|at| commits.binary_search(at).is_ok());
        }
        own.iter().all(|row| changes.binary_search(row).is_ok())
    };
    (from..=to).map(all).collect()
}
