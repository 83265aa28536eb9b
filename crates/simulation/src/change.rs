//! The life of a change request: written, opened, built, reviewed, revised, merged.

use aftercast_model::{
    ActorKind, ChangeRequest, ChangeState, Commit, GateEvaluation, GateKind, Name, SubjectKind,
    Verdict,
};

use crate::batch::{Batch, at, hash};
use crate::ci::{self, Revision};
use crate::dice::{Dice, exp, scaled};
use crate::site::{PEOPLE, Site};

/// A change before it lives.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) number: i64,
    /// The change that it takes back, and the commit.
    pub(crate) reverts: Option<(i64, String)>,
    /// Half of the changes of its kind have fewer lines.
    pub(crate) lines: f64,
    /// Whether it must be quick: a mend for something that burns.
    pub(crate) urgent: bool,
    /// The job that finds a real problem in its first revision.
    pub(crate) problem: Option<usize>,
}

/// A change that was merged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Merged {
    pub(crate) at: i64,
    pub(crate) flaky: u64,
}

/// Where the change goes in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// When it is opened, in working time.
    pub(crate) opened: i64,
    /// Nothing is merged before.
    pub(crate) merge_after: i64,
    /// The commit from which it branches off.
    pub(crate) base: &'a str,
    /// The newest commit of the main line.
    pub(crate) tip: &'a str,
}

/// The share of reviews that ask for another revision.
pub(crate) const REFUSED: f64 = 0.08;

/// Returns the hash of a commit of a change.
pub(crate) fn sha(site: &Site<'_>, change: i64, commit: u64) -> String {
    let number = u64::try_from(change).unwrap_or_default();
    let mut dice = Dice::new(site.plan.seed, u64::from(site.number), number << 8 | commit);
    hash(&mut dice)
}

/// The commit that a change becomes in the main line.
pub(crate) const MERGE: u64 = 255;

/// Lives through a change: writes its rows where there is a batch, else only finds out how long it
/// takes.
pub(crate) fn live(
    site: &Site<'_>,
    change: &Change,
    place: Place<'_>,
    mut out: Option<&mut Batch>,
) -> Merged {
    let calendar = &site.calendar;
    let number = u64::try_from(change.number).unwrap_or_default();
    let mut dice = Dice::new(site.plan.seed ^ 0xC4A6, u64::from(site.number), number);
    let haste = if change.urgent { 0.1 } else { 1.0 };
    let author = dice.below(PEOPLE);
    let coding = scaled(dice.duration(3 * 3_600_000, 0.8), haste);
    let additions = scaled(1, change.lines * exp(0.7 * dice.normal())).max(1);
    let deletions = scaled(additions, dice.uniform());
    let commits = if change.urgent { 1 } else { 1 + dice.below(3) };
    let opened = calendar.wall(place.opened);
    let authored = calendar.wall(place.opened - coding);
    let mut writer = Writer { site, change, author, first_look: None, commits, base: place.base };
    let mut pushed = opened;
    let mut revision = 1;
    let mut flaky = 0;
    if let Some(out) = out.as_deref_mut() {
        writer.branch(out, authored, opened);
    }
    let approved = loop {
        let problem = change.problem.filter(|_| revision == 1);
        let head = writer.head(revision, out.as_deref_mut());
        let on = Revision { change: change.number, number: revision, pushed, problem, sha: head };
        let ended = ci::run(site, on, &mut dice, out.as_deref_mut());
        flaky += ended.flaky;
        let mut work = calendar.work(ended.at);
        if problem.is_none() {
            let look = dice.duration(if revision == 1 { 7_200_000 } else { 3_600_000 }, 0.9);
            work += scaled(look, haste);
            let decided = calendar.wall(work).max(ended.at + 1);
            let refused = revision < 4 && dice.chance(REFUSED);
            let reviewer = (author + 1 + dice.below(PEOPLE - 1)) % PEOPLE;
            writer.first_look.get_or_insert(decided);
            if let Some(out) = out.as_deref_mut() {
                let verdict = if refused { Verdict::Fail } else { Verdict::Pass };
                writer.review(out, revision, (pushed, decided), verdict, reviewer);
            }
            if !refused {
                break decided;
            }
        }
        work += scaled(dice.duration(2_400_000, 0.7), haste);
        pushed = calendar.wall(work).max(pushed + 60_000);
        revision += 1;
        if let Some(out) = out.as_deref_mut() {
            writer.another(out, revision, pushed);
        }
    };
    let waits = scaled(dice.duration(900_000, 0.8), haste);
    let merged = calendar.wall(calendar.work(approved) + waits).max(place.merge_after);
    if let Some(out) = out {
        writer.policy(out, approved, merged);
        writer.merge(out, revision, merged, place.tip);
        writer.request(out, revision, (opened, approved, merged), (additions, deletions));
    }
    Merged { at: merged, flaky }
}

struct Writer<'a> {
    site: &'a Site<'a>,
    change: &'a Change,
    author: u64,
    first_look: Option<i64>,
    /// Of the first revision; each later one adds one.
    commits: u64,
    base: &'a str,
}

/// Returns the pseudonym of one of the fictional people: 24 digits, as real ones have.
fn person(out: &mut Batch, site: &Site<'_>, who: u64) -> Name {
    let mut dice = Dice::new(site.plan.seed ^ 0x9E0, u64::from(site.number), who);
    out.pseudonym(&mut dice)
}

impl Writer<'_> {
    /// Returns the last commit of a revision.
    fn head(&self, revision: i64, out: Option<&mut Batch>) -> Name {
        let Some(out) = out else { return Name::NONE };
        let last = self.commits + u64::try_from(revision).unwrap_or_default() - 1;
        out.facts.name(&sha(self.site, self.change.number, last))
    }

    fn commit(&self, out: &mut Batch, commit: u64, parents: &str, authored: i64, committed: i64) {
        let hash = sha(self.site, self.change.number, commit);
        let reverts = match &self.change.reverts {
            Some((_, reverted)) if commit == 1 => out.facts.name(reverted),
            _ => Name::NONE,
        };
        let row = Commit {
            id: Batch::id("commits", &hash, 0),
            source: out.words.source,
            service: out.words.service,
            observed_at: at(committed),
            repo: out.words.repo,
            sha: out.facts.name(&hash),
            parents: out.facts.name(parents),
            author_key: person(out, self.site, self.author),
            authored_at: at(authored),
            committed_at: at(committed),
            reverts_sha: reverts,
            ..Commit::default()
        };
        out.facts.commits.push(row);
    }

    /// Writes the commits of the first revision.
    fn branch(&self, out: &mut Batch, from: i64, to: i64) {
        let mut parent = self.base.to_owned();
        for commit in 1..=self.commits {
            let steps = i64::try_from(self.commits).unwrap_or(1);
            let when = from + (to - from) / steps * i64::try_from(commit - 1).unwrap_or_default();
            self.commit(out, commit, &parent, when, when);
            parent = sha(self.site, self.change.number, commit);
        }
    }

    /// Writes the commit of a later revision.
    fn another(&self, out: &mut Batch, revision: i64, pushed: i64) {
        let commit = self.commits + u64::try_from(revision).unwrap_or_default() - 1;
        let parent = sha(self.site, self.change.number, commit - 1);
        self.commit(out, commit, &parent, pushed - 30_000, pushed - 30_000);
    }

    fn merge(&self, out: &mut Batch, revision: i64, merged: i64, tip: &str) {
        let last = self.commits + u64::try_from(revision).unwrap_or_default() - 1;
        let head = sha(self.site, self.change.number, last);
        let parents = if tip.is_empty() { head } else { format!("{tip} {head}") };
        self.commit(out, MERGE, &parents, merged, merged);
    }

    fn review(
        &self,
        out: &mut Batch,
        revision: i64,
        (asked, decided): (i64, i64),
        verdict: Verdict,
        reviewer: u64,
    ) {
        let decider = person(out, self.site, reviewer);
        let status = if verdict == Verdict::Pass { "approved" } else { "changes_requested" };
        let gate = Gate { name: "review", kind: GateKind::Approval, status };
        let row = self.evaluation(out, gate, revision, (asked, decided), verdict);
        out.facts.gate_evaluations.push(GateEvaluation {
            decided_by_kind: ActorKind::Human,
            decider_key: decider,
            ..row
        });
    }

    fn policy(&self, out: &mut Batch, approved: i64, merged: i64) {
        let gate = Gate { name: "change-policy", kind: GateKind::Policy, status: "pass" };
        let when = (approved, (approved + 2_000).min(merged));
        let row = self.evaluation(out, gate, 0, when, Verdict::Pass);
        out.facts.gate_evaluations.push(row);
    }

    fn evaluation(
        &self,
        out: &mut Batch,
        gate: Gate,
        revision: i64,
        (asked, decided): (i64, i64),
        verdict: Verdict,
    ) -> GateEvaluation {
        let (site, change) = (self.site.number, self.change.number);
        let id = out.own(
            "gate_evaluations",
            0,
            &[site.into(), change.into(), revision.into(), gate.name.into()],
        );
        let subject = match revision {
            0 => out.name(&[change.into()]),
            _ => out.pair([change.into(), revision.into()], b'/'),
        };
        GateEvaluation {
            id,
            source: out.words.source,
            service: out.words.service,
            observed_at: at(decided),
            native_status: out.facts.name(gate.status),
            gate: out.facts.name(gate.name),
            gate_kind: gate.kind,
            subject_kind: SubjectKind::Change,
            subject,
            repo: out.words.repo,
            change_number: Some(change),
            revision: Some(revision).filter(|revision| *revision > 0),
            asked_at: at(asked),
            decided_at: at(decided),
            verdict,
            blocking: Some(true),
            could_fail: Some(true),
            decided_by_kind: ActorKind::System,
            method: out.facts.name("simulated"),
            confidence: Some(100),
            ..GateEvaluation::default()
        }
    }

    fn request(
        &self,
        out: &mut Batch,
        revision: i64,
        (opened, approved, merged): (i64, i64, i64),
        (additions, deletions): (i64, i64),
    ) {
        let (site, change) = (self.site, self.change.number);
        let id = out.own("change_requests", 0, &[site.number.into(), change.into()]);
        let revert_of = match &self.change.reverts {
            Some((number, _)) => out.name(&[(*number).into()]),
            None => Name::NONE,
        };
        let row = ChangeRequest {
            id,
            source: out.words.source,
            service: out.words.service,
            observed_at: at(merged),
            native_status: out.facts.name("merged"),
            repo: out.words.repo,
            number: Some(change),
            author_key: person(out, site, self.author),
            opened_at: at(opened),
            ready_at: at(opened),
            first_review_at: self.first_look.and_then(at),
            approved_at: at(approved),
            merged_at: at(merged),
            closed_at: at(merged),
            state: ChangeState::Merged,
            merge_sha: out.facts.name(&sha(site, change, MERGE)),
            head_sha: self.head(revision, Some(out)),
            target: out.words.main,
            additions: Some(additions),
            deletions: Some(deletions),
            files_changed: Some(1 + additions / 40),
            revert_of,
            ..ChangeRequest::default()
        };
        out.facts.change_requests.push(row);
    }
}

#[derive(Debug, Clone, Copy)]
struct Gate {
    name: &'static str,
    kind: GateKind,
    status: &'static str,
}
