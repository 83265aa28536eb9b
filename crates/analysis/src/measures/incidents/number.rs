//! The number of incidents after a release.

use aftercast_model::{FactId, Timestamp, human_duration};

use super::link::Judge;
use crate::history::cell;
use crate::measures::{Measure, View, counted};
use crate::review::types::Basis;

/// Returns the incidents that count for the release at `index`.
pub(crate) fn measure(view: View<'_>, judge: &Judge<'_>, index: usize) -> Measure {
    let facts = view.history.facts();
    let columns = &facts.incidents;
    if view.history.incidents.is_empty() {
        return Measure::missing("not known: connect an incident source");
    }
    let Some(release) = view.releases.list.get(index) else {
        return Measure::missing("no such release");
    };
    let links = judge.of_release(index);
    let own = || links.iter().filter(|link| link.release() == Some(index));
    let told = own().filter(|link| link.is_told()).count();
    let evidence: Vec<FactId> = own().map(|link| cell(&columns.id, link.row)).collect();
    let n = evidence.len();
    // A candidate with less than half of the score, and at least a tenth.
    let suspected = links.iter().filter(|link| link.release() != Some(index)).filter(|link| {
        let own = link.suspects.iter().find(|suspect| suspect.release == index);
        own.is_some_and(|own| own.posterior >= 0.1)
    });
    let suspected = suspected.count();
    if n == 0 && suspected == 0 && last_told(view).is_none_or(|last| last < release.at) {
        // Silence after the last incident may be a quiet service or an export that ends there.
        return Measure::missing(
            "not known: the incidents known here end before this release; import newer ones",
        );
    }
    let basis = if n > 0 && told == n { Basis::Exact } else { Basis::Inferred };
    let mut why = format!(
        "{told} named or confirmed as caused by this release, {} by evidence and time (at most {} \
         after it)",
        n - told,
        human_duration(judge.lag.window_ms)
    );
    if suspected > 0 {
        why = format!("{why}; {} more may be its", counted(suspected, "incident"));
    }
    Measure::known(i64::try_from(n).unwrap_or(i64::MAX), basis, n, why, evidence)
}

/// Until when incidents are known.
fn last_told(view: View<'_>) -> Option<Timestamp> {
    let columns = &view.history.facts().incidents;
    let mut last = view.settings.incidents_known_until;
    for row in view.history.incidents.iter().copied() {
        let began = cell(&columns.started_at, row).or(cell(&columns.detected_at, row));
        let ended = cell(&columns.resolved_at, row).or(cell(&columns.observed_at, row));
        last = last.max(began).max(ended);
    }
    last
}
