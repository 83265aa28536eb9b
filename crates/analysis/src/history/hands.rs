//! What people start by hand, as the sources say it: jobs of the kind `manual`, and pipelines that
//! nobody but people starts.

use aftercast_model::{ActorKind, Facts, Name};

use super::{Row, cell};

/// What sources call a run that somebody asked for by hand (GitHub, GitLab, Azure DevOps,
/// Buildkite, Bitbucket, Jenkins), in small letters.
const HAND_WORDS: [&str; 5] = ["workflow_dispatch", "web", "manual", "ui", "userid"];

/// What people start by hand.
#[derive(Debug, Default)]
pub(crate) struct ByHand {
    /// Rows of `task_runs` of the kind `manual`, in order of time.
    pub(crate) tasks: Vec<Row>,
    /// Pipelines of which every run was asked for by hand, by a person: with how many runs.
    pipelines: Vec<(Name, usize)>,
    words: Vec<Name>,
}

impl ByHand {
    /// Reads the rows of `pipeline_runs` and `task_runs` of a service.
    pub(crate) fn new(facts: &Facts, runs: &[Row], tasks: &[Row]) -> Self {
        let kind = facts.names.find("manual").unwrap_or_default();
        let by_hand = |row: &&Row| kind.is_some() && cell(&facts.task_runs.kind, **row) == kind;
        let mut words: Vec<Name> = Vec::new();
        let columns = &facts.pipeline_runs;
        let mut others: Vec<Name> = Vec::new();
        let mut hands: Vec<Name> = Vec::new();
        let mut found = Self::default();
        if columns.actor_kind.contains(&ActorKind::Human) {
            words = words_of(facts, runs);
        }
        found.words = words;
        for row in runs.iter().copied() {
            let pipeline = cell(&columns.pipeline, row);
            if found.is_hand_started(facts, row) {
                hands.push(pipeline);
            } else if others.last() != Some(&pipeline) {
                others.push(pipeline);
            }
        }
        others.sort_unstable();
        others.dedup();
        hands.sort_unstable();
        found.pipelines = hands
            .chunk_by(|a, b| a == b)
            .filter_map(|all| Some((*all.first()?, all.len())))
            .filter(|(name, _)| name.is_some() && others.binary_search(name).is_err())
            .collect();
        found.tasks = tasks.iter().filter(by_hand).copied().collect();
        found
    }

    /// Returns whether a person asked for the run at `row` by hand, in the source's word.
    pub(crate) fn is_hand_started(&self, facts: &Facts, row: Row) -> bool {
        let columns = &facts.pipeline_runs;
        cell(&columns.actor_kind, row) == ActorKind::Human
            && self.words.contains(&cell(&columns.trigger, row))
    }

    /// Returns in how many runs a pipeline that only people start was started; `None` for others.
    pub(crate) fn runs_of(&self, pipeline: Name) -> Option<usize> {
        let at = self.pipelines.binary_search_by_key(&pipeline, |(name, _)| *name).ok()?;
        self.pipelines.get(at).map(|(_, runs)| *runs)
    }

    /// Returns whether no source tells of anything started by hand.
    pub(crate) fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.pipelines.is_empty()
    }
}

/// The words among the triggers of `runs` that stand for a start by hand.
fn words_of(facts: &Facts, runs: &[Row]) -> Vec<Name> {
    let mut triggers: Vec<Name> = Vec::new();
    for row in runs.iter().copied() {
        let trigger = cell(&facts.pipeline_runs.trigger, row);
        if triggers.last() != Some(&trigger) && !triggers.contains(&trigger) {
            triggers.push(trigger);
        }
    }
    triggers.retain(|trigger| {
        let word = facts.text(*trigger).to_ascii_lowercase();
        HAND_WORDS.contains(&word.as_str())
    });
    triggers
}
