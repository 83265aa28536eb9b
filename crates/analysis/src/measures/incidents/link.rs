//! Which release caused an incident: candidates, scores in log-odds, posteriors (methods H;
//! docs/statistics/incidents.md).

use aftercast_model::{FactId, Timestamp, human_duration};

use super::lag::Lag;
use super::undone::{Sign, Undone, undone};
use crate::Confirmation;
use crate::history::{Row, cell};
use crate::measures::View;
use crate::review::types::{Basis, LinkVerdict};

/// Log-odds of the kinds of evidence (methods H).
mod odds {
    pub(super) const LINKED: f64 = 6.0;
    pub(super) const REVERTED: f64 = 5.0;
    pub(super) const HOTFIX: f64 = 2.2;
    pub(super) const SAME_SERVICE: f64 = 2.0;
}

/// From this part of the score on a release is said to have caused an incident.
const SURE: f64 = 0.8;
/// From this part on it probably did.
const LIKELY: f64 = 0.5;

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) kind: &'static str,
    pub(crate) log_odds: f64,
    pub(crate) says: String,
    pub(crate) evidence: Vec<FactId>,
}

/// A release that may have caused an incident.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Suspect {
    pub(crate) release: usize,
    pub(crate) lag_ms: i64,
    pub(crate) score: f64,
    pub(crate) posterior: f64,
    pub(crate) parts: Vec<Part>,
}

/// What can be said about the cause of one incident.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Link {
    /// A row of `incidents`.
    pub(crate) row: Row,
    pub(crate) onset: Option<Timestamp>,
    pub(crate) onset_basis: Basis,
    pub(crate) verdict: LinkVerdict,
    /// The part of the score on "no release".
    pub(crate) no_release: f64,
    /// The candidates, most score first.
    pub(crate) suspects: Vec<Suspect>,
}

impl Link {
    /// Returns the release that the incident counts for: confirmed, named, or with at least half of
    /// the score.
    pub(crate) fn release(&self) -> Option<usize> {
        let counts = matches!(
            self.verdict,
            LinkVerdict::Confirmed
                | LinkVerdict::Named
                | LinkVerdict::CausedBy
                | LinkVerdict::Probably
        );
        self.suspects.first().filter(|_| counts).map(|suspect| suspect.release)
    }

    /// Whether a source or people say it, not the score.
    pub(crate) fn is_told(&self) -> bool {
        matches!(self.verdict, LinkVerdict::Confirmed | LinkVerdict::Named)
    }
}

/// What a source or people say of the cause of an incident.
enum Told {
    Release(usize),
    /// People said that no release caused it.
    NoRelease,
    Nothing,
}

/// What is needed to judge the incidents of a service; made once for all of them.
pub(crate) struct Judge<'a> {
    view: View<'a>,
    pub(crate) lag: Lag,
    pub(crate) undone: Vec<Undone>,
    /// By incident.
    confirmed: Vec<&'a Confirmation>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(view: View<'a>) -> Self {
        let mut confirmed: Vec<&Confirmation> = view.settings.incidents.confirmed.iter().collect();
        confirmed.sort_by_key(|confirmation| confirmation.incident);
        let mut judge = Self {
            view,
            lag: Lag::learn(&[], view.settings.incident_window_ms),
            undone: if view.history.incidents.is_empty() { Vec::new() } else { undone(view) },
            confirmed,
        };
        let known = view.history.incidents.iter().filter_map(|row| {
            let (onset, basis) = judge.onset(*row);
            let Told::Release(release) = judge.told(*row) else { return None };
            let release = view.releases.list.get(release)?;
            let lag = onset?.since(release.at);
            // The lag is the one to the onset; detection may be much later.
            (basis == Basis::Exact && lag >= 0).then_some(lag)
        });
        let known: Vec<i64> = known.collect();
        judge.lag = Lag::learn(&known, view.settings.incident_window_ms);
        judge
    }

    /// When the incident began, else when it was noticed.
    pub(crate) fn onset(&self, row: Row) -> (Option<Timestamp>, Basis) {
        let columns = &self.view.history.facts().incidents;
        match (cell(&columns.started_at, row), cell(&columns.detected_at, row)) {
            (Some(at), _) => (Some(at), Basis::Exact),
            (None, Some(at)) => (Some(at), Basis::Proxy),
            (None, None) => (None, Basis::Missing),
        }
    }

    /// What people said, where they did; else what the tracker says.
    fn told(&self, row: Row) -> Told {
        let release = match self.confirmation(row).map(|confirmation| &confirmation.release) {
            Some(None) => return Told::NoRelease,
            // A release that is no longer known leaves the question open.
            Some(Some(name)) => self.find(name),
            None => {
                let facts = self.view.history.facts();
                let cause = facts.text(cell(&facts.incidents.caused_by, row));
                self.view.releases.named(self.view.history, cause)
            }
        };
        release.map_or(Told::Nothing, Told::Release)
    }

    fn find(&self, name: &str) -> Option<usize> {
        let (releases, history) = (self.view.releases, self.view.history);
        releases.find(history, name).or_else(|| releases.named(history, name))
    }

    fn confirmation(&self, row: Row) -> Option<&'a Confirmation> {
        let id = cell(&self.view.history.facts().incidents.id, row);
        let end = self.confirmed.partition_point(|confirmation| confirmation.incident <= id);
        let last = self.confirmed.get(end.checked_sub(1)?)?;
        (last.incident == id).then_some(*last)
    }

    /// Returns the incidents that may belong to the release at `index`, judged.
    pub(crate) fn of_release(&self, index: usize) -> Vec<Link> {
        let Some(release) = self.view.releases.list.get(index) else { return Vec::new() };
        let until = release.at.plus_millis(self.lag.window_ms);
        let caused_by = &self.view.history.facts().incidents.caused_by;
        let rows = self.view.history.incidents.iter().copied();
        rows.filter(|row| {
            let in_time =
                self.onset(*row).0.is_some_and(|onset| release.at <= onset && onset <= until);
            in_time || cell(caused_by, *row).is_some() || !self.confirmed.is_empty()
        })
        .map(|row| self.judge(row))
        .filter(|link| link.suspects.iter().any(|suspect| suspect.release == index))
        .collect()
    }

    /// Returns what can be said about the incident at `row`.
    pub(crate) fn judge(&self, row: Row) -> Link {
        let (onset, onset_basis) = self.onset(row);
        let mut link = Link {
            row,
            onset,
            onset_basis,
            verdict: LinkVerdict::NotKnown,
            no_release: 0.0,
            suspects: Vec::new(),
        };
        let by_people = self.confirmation(row).is_some();
        let verdict = if by_people { LinkVerdict::Confirmed } else { LinkVerdict::Named };
        match self.told(row) {
            Told::NoRelease => {
                (link.verdict, link.no_release) = (verdict, 1.0);
                return link;
            }
            Told::Release(release) => {
                link.verdict = verdict;
                link.suspects = vec![self.told_suspect(row, release, by_people)];
                return link;
            }
            Told::Nothing => {}
        }
        let Some(onset) = onset else { return link };
        let from = onset.plus_millis(-self.lag.window_ms);
        let candidates = self.view.releases.between(self.view.history, from, onset);
        let candidates = candidates.collect::<Vec<usize>>();
        let mut suspects: Vec<Suspect> =
            candidates.iter().filter_map(|release| self.suspect(row, *release, onset)).collect();
        share_the_prior(&mut suspects);
        // "No release" is a candidate with the score 0.
        let most = suspects.iter().map(|suspect| suspect.score).fold(0.0, f64::max);
        let weight = |score: f64| (score - most).exp();
        let sum = weight(0.0) + suspects.iter().map(|suspect| weight(suspect.score)).sum::<f64>();
        for suspect in &mut suspects {
            suspect.posterior = weight(suspect.score) / sum;
        }
        suspects.sort_by(|a, b| {
            b.posterior.total_cmp(&a.posterior).then_with(|| b.release.cmp(&a.release))
        });
        link.no_release = weight(0.0) / sum;
        link.verdict = match suspects.first().map(|suspect| suspect.posterior) {
            None => LinkVerdict::NotKnown,
            Some(best) if best >= SURE => LinkVerdict::CausedBy,
            Some(best) if best >= LIKELY => LinkVerdict::Probably,
            Some(_) if link.no_release >= LIKELY => LinkVerdict::NoRelease,
            Some(_) => LinkVerdict::Suspects,
        };
        link.suspects = suspects;
        link
    }

    fn told_suspect(&self, row: Row, release: usize, by_people: bool) -> Suspect {
        let facts = self.view.history.facts();
        let at = self.view.releases.list.get(release).map(|release| release.at);
        let lag_ms = self.onset(row).0.zip(at).map_or(0, |(onset, released)| onset.since(released));
        let says = if by_people {
            "people confirmed it".to_owned()
        } else {
            format!("the tracker names `{}`", facts.text(cell(&facts.incidents.caused_by, row)))
        };
        let part = Part {
            kind: "named",
            log_odds: odds::LINKED,
            says,
            evidence: vec![cell(&facts.incidents.id, row)],
        };
        Suspect { release, lag_ms, score: odds::LINKED, posterior: 1.0, parts: vec![part] }
    }

    /// The evidence for the release at `index`, which came before `onset`.
    fn suspect(&self, row: Row, index: usize, onset: Timestamp) -> Option<Suspect> {
        let facts = self.view.history.facts();
        let columns = &facts.incidents;
        let release = self.view.releases.list.get(index)?;
        let lag_ms = onset.since(release.at);
        let id = cell(&columns.id, row);
        let mut parts = Vec::new();
        let links = facts.text(cell(&columns.links, row)).split_ascii_whitespace();
        let linked = |link: &&str| self.view.releases.named(self.view.history, link) == Some(index);
        if let Some(link) = links.clone().find(linked) {
            parts.push(Part {
                kind: "linked",
                log_odds: odds::LINKED,
                says: format!("it links to `{link}`"),
                evidence: vec![id],
            });
        }
        parts.extend(self.put_right(row, index, onset));
        let service = cell(&columns.service, row);
        if service.is_some() && facts.text(service) == self.view.history.service() {
            parts.push(Part {
                kind: "service",
                log_odds: odds::SAME_SERVICE,
                says: "the same service".to_owned(),
                evidence: vec![id],
            });
        }
        parts.push(Part {
            kind: "lag",
            log_odds: self.lag.log_odds(lag_ms),
            says: format!("it began {} after", human_duration(lag_ms)),
            evidence: vec![release.fact(self.view.history)],
        });
        let score = parts.iter().map(|part| part.log_odds).sum();
        Some(Suspect { release: index, lag_ms, score, posterior: 0.0, parts })
    }

    /// The rollbacks, reverts and hotfixes of the release between the onset and the end of the
    /// incident (a window later, where nobody knows the end): the strongest of each kind.
    fn put_right(&self, row: Row, index: usize, onset: Timestamp) -> Vec<Part> {
        let columns = &self.view.history.facts().incidents;
        let ended = cell(&columns.resolved_at, row).or(cell(&columns.mitigated_at, row));
        let until = onset.plus_millis(self.lag.window_ms).max(ended.unwrap_or(onset));
        let from = self.undone.partition_point(|undone| undone.at < onset);
        let mut parts: Vec<Part> = Vec::new();
        for undone in self.undone.iter().skip(from).take_while(|undone| undone.at <= until) {
            if undone.release != Some(index) || undone.got_through == Some(false) {
                continue;
            }
            let (kind, log_odds) = match undone.sign {
                Sign::Rollback => ("rollback", odds::LINKED),
                Sign::Revert => ("revert", odds::REVERTED),
                Sign::Hotfix => ("hotfix", odds::HOTFIX),
            };
            if let Some(part) = parts.iter_mut().find(|part| part.kind == kind) {
                part.evidence.push(undone.fact);
                continue;
            }
            let says = match undone.sign {
                Sign::Rollback => "it was rolled back",
                Sign::Revert => "something of it was reverted",
                Sign::Hotfix => "a hotfix followed it",
            };
            let after = human_duration(undone.at.since(onset));
            parts.push(Part {
                kind,
                log_odds,
                says: format!("{says}, {after} into the incident"),
                evidence: vec![undone.fact],
            });
        }
        parts
    }
}

/// "A release caused it" is one hypothesis, whatever the number of candidates: they share its prior.
/// Without this, one of many releases is always near, and always guilty (measured in
/// docs/statistics/incidents.md).
fn share_the_prior(suspects: &mut [Suspect]) {
    let n = suspects.len();
    if n < 2 {
        return;
    }
    let log_odds = -(n as f64).ln();
    for suspect in suspects {
        suspect.score += log_odds;
        suspect.parts.push(Part {
            kind: "prior",
            log_odds,
            says: String::new(),
            evidence: Vec::new(),
        });
    }
}
