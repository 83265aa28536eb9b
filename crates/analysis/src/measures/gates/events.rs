//! What one gate did on one change: the deterministic classes of methods C, before any statistics.
//!
//! A class is a fact about a change, not about a run: ten re-runs of one change count once. A change
//! can be in more than one class (a problem caught on its first revision, a flip on its third).

use aftercast_model::{FactId, Name};

use super::trials::{Said, Trial};

/// A revision, or a commit where revisions are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Input {
    pub(super) revision: Option<i64>,
    pub(super) sha: Name,
}

impl Input {
    fn of(trial: &Trial) -> Self {
        // A revision is one commit: its name is not needed beside it.
        let sha = if trial.revision.is_some() { Name::NONE } else { trial.sha };
        Self { revision: trial.revision, sha }
    }

    /// Whether anything tells what it is: two runs on nobody knows what are not comparable.
    fn is_known(self) -> bool {
        self.revision.is_some() || self.sha.is_some()
    }
}

/// What a gate said on one revision.
#[derive(Debug, Clone, Copy)]
pub(super) struct OnInput {
    pub(super) input: Input,
    pub(super) yes: u32,
    pub(super) no: u32,
    pub(super) broken: u32,
    overruled: bool,
    /// A pass that checked something.
    real_pass: bool,
    /// The stage of its first pass.
    passed_in: Option<Name>,
    first_asked: Option<i64>,
    answered: Option<i64>,
    first_no: Option<i64>,
    pass_after_no: Option<i64>,
    red_ms: i64,
    /// Whether its last word came before the merge.
    before_merge: bool,
}

impl OnInput {
    fn new(input: Input) -> Self {
        Self {
            input,
            yes: 0,
            no: 0,
            broken: 0,
            overruled: false,
            real_pass: false,
            passed_in: None,
            first_asked: None,
            answered: None,
            first_no: None,
            pass_after_no: None,
            red_ms: 0,
            before_merge: true,
        }
    }

    pub(super) fn only_no(&self) -> bool {
        self.no > 0 && self.yes == 0
    }

    pub(super) fn flipped(&self) -> bool {
        self.no > 0 && self.yes > 0 && self.input.is_known()
    }

    /// Returns what the flip cost: time of machines that said no, and the delay from the first no to
    /// the first yes behind it.
    pub(super) fn flip_cost(&self) -> (i64, i64) {
        let delay = self.pass_after_no.zip(self.first_no);
        (self.red_ms, delay.map_or(0, |(yes, no)| yes.saturating_sub(no).max(0)))
    }

    /// Returns from the asking to the first answer.
    fn wait_ms(&self) -> Option<i64> {
        Some(self.answered?.saturating_sub(self.first_asked?).max(0))
    }
}

/// What one gate did on one change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "classes are not exclusive")]
pub(super) struct OnChange {
    /// It answered at all.
    pub(super) answered: bool,
    pub(super) refused: bool,
    pub(super) caught: bool,
    pub(super) flaky: bool,
    pub(super) infra: bool,
    pub(super) bypassed: bool,
    /// Failed on the last input that it looked at, and never passed.
    pub(super) only_red: bool,
    pub(super) passed: bool,
    /// Every pass checked nothing.
    pub(super) vacuous: bool,
    /// Runs on an input that had passed in another stage, and how many of them said no.
    pub(super) again: (usize, usize),
    pub(super) again_ms: i64,
    /// People: from asking to the first answer, summed over revisions, each at most a pause.
    pub(super) waited_ms: i64,
    /// The last answer was yes, before the merge.
    pub(super) let_in: bool,
}

/// What must be known of a change to say what a gate did on it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct About {
    pub(super) merged_at: Option<i64>,
    /// The last revision that anything ran on (of people: that anybody or anything answered on).
    pub(super) last_revision: Option<i64>,
    /// People who change their minds on one revision are not flaky.
    pub(super) by_people: bool,
    /// No wait counts for longer than this.
    pub(super) longest_wait_ms: i64,
}

/// Counts the answers of one gate on one change, in order of time; leaves the inputs in `inputs`.
pub(super) fn on_change(
    trials: &[Trial],
    about: About,
    inputs: &mut Vec<OnInput>,
    refusals: &mut Vec<(i64, FactId)>,
) -> OnChange {
    let mut found = OnChange::default();
    inputs.clear();
    for trial in trials {
        if matches!(trial.said, Said::Nothing | Said::Skipped) {
            continue;
        }
        found.answered = true;
        let input = Input::of(trial);
        // Attempts on one revision follow each other, but an old one may be run again.
        let at = inputs.iter().rposition(|on| on.input == input).unwrap_or(inputs.len());
        if at == inputs.len() {
            inputs.push(OnInput::new(input));
        }
        let Some(on) = inputs.get_mut(at) else { continue };
        if let Some(stage) = on.passed_in
            && stage != trial.stage
        {
            found.again.0 += 1;
            found.again.1 += usize::from(trial.said == Said::No);
            found.again_ms = found.again_ms.saturating_add(trial.run_ms.unwrap_or_default());
        }
        on.before_merge = about.merged_at.is_none_or(|merged| trial.at <= merged);
        on.first_asked = [on.first_asked, trial.asked].into_iter().flatten().min();
        on.answered = on.answered.or(Some(trial.at));
        match trial.said {
            Said::Yes => {
                on.yes += 1;
                on.real_pass |= trial.empty.is_none();
                on.passed_in = on.passed_in.or(Some(trial.stage));
                if on.no > 0 {
                    on.pass_after_no = on.pass_after_no.or(Some(trial.at));
                }
            }
            Said::No => {
                on.no += 1;
                on.first_no = on.first_no.or(Some(trial.at));
                on.red_ms = on.red_ms.saturating_add(trial.run_ms.unwrap_or_default());
                refusals.push((trial.at, trial.id));
            }
            Said::Broken => {
                on.broken += 1;
                refusals.push((trial.at, trial.id));
            }
            Said::Overruled => on.overruled = true,
            Said::Nothing | Said::Skipped => {}
        }
    }
    let Some(last) = inputs.last() else { return found };
    found.refused = inputs.iter().any(|on| on.no + on.broken > 0);
    // An objection that was followed by a new revision changed something, whoever let it in then.
    let first_no = inputs.iter().position(|on| on.only_no() && on.input.is_known());
    found.caught = if about.by_people {
        about.merged_at.is_some()
            && inputs.iter().any(|on| {
                on.no > 0 && on.input.revision.is_some() && on.input.revision < about.last_revision
            })
    } else {
        first_no.is_some_and(|at| inputs.iter().skip(at + 1).any(|on| on.yes > 0))
    };
    found.flaky = !about.by_people && inputs.iter().any(OnInput::flipped);
    found.infra = inputs.iter().any(|on| on.broken > 0);
    found.passed = inputs.iter().any(|on| on.yes > 0);
    found.vacuous = found.passed && !inputs.iter().any(|on| on.real_pass);
    found.only_red = last.only_no();
    let on_last = match (last.input.revision, about.last_revision) {
        (Some(own), Some(latest)) => own >= latest,
        _ => true,
    };
    let shipped_red = last.only_no() && about.merged_at.is_some() && last.before_merge && on_last;
    found.bypassed = shipped_red || inputs.iter().any(|on| on.overruled);
    found.let_in = last.yes > 0 && last.before_merge && about.merged_at.is_some();
    if about.by_people {
        let waits = inputs.iter().filter_map(OnInput::wait_ms);
        found.waited_ms =
            waits.fold(0, |sum, wait| sum.saturating_add(wait.min(about.longest_wait_ms)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const MERGED: About = About {
        merged_at: Some(100),
        last_revision: Some(2),
        by_people: false,
        longest_wait_ms: 50,
    };

    /// `1y 2n`: on revision 1 yes, on revision 2 no; `b` broken, `v` a pass that checked nothing,
    /// `!` overruled, `s` skipped; one a moment, `+` behind it for after the merge.
    fn check(said: &str, about: About, expected: &str) {
        let trials: Vec<Trial> = (1_i64..)
            .zip(said.split_whitespace())
            .map(|(at, word)| {
                let mut letters = word.chars();
                let revision = letters.next().and_then(|c| c.to_digit(10)).map(i64::from);
                let letter = letters.next().unwrap_or('?');
                let said = match letter {
                    'y' | 'v' => Said::Yes,
                    'n' => Said::No,
                    'b' => Said::Broken,
                    '!' => Said::Overruled,
                    's' => Said::Skipped,
                    _ => Said::Nothing,
                };
                let late = if letters.next() == Some('+') { 1_000 } else { 0 };
                Trial {
                    id: FactId::new("hand", "trial", word, u32::try_from(at).unwrap_or(0)),
                    row: 0,
                    at: at + late,
                    revision,
                    sha: Name::NONE,
                    stage: Name::NONE,
                    said,
                    empty: (letter == 'v').then_some(crate::review::types::Mechanism::NoTests),
                    run_ms: Some(7),
                    asked: Some(0),
                }
            })
            .collect();
        let found = on_change(&trials, about, &mut Vec::new(), &mut Vec::new());
        let words: Vec<&str> = [
            (found.caught, "caught"),
            (found.flaky, "flaky"),
            (found.infra, "infra"),
            (found.bypassed, "bypassed"),
            (found.vacuous, "vacuous"),
            (found.passed, "passed"),
        ]
        .into_iter()
        .filter_map(|(is, word)| is.then_some(word))
        .collect();
        assert_eq!(words.join(" "), expected, "{said}");
    }

    #[test]
    fn each_change_falls_into_its_classes() {
        check("1y", MERGED, "passed");
        check("1n 2y", MERGED, "caught passed");
        check("1n 1n 2y", MERGED, "caught passed");
        check("1n 1y", MERGED, "flaky passed");
        check("1y 1n", MERGED, "flaky passed");
        check("1n 1y 2n 2y", MERGED, "flaky passed");
        check("1b 1y", MERGED, "infra passed");
        check("1b 2y", MERGED, "infra passed");
        check("1n 1b 2y", MERGED, "caught infra passed");
        check("1y 2n", MERGED, "bypassed passed");
        check("1n", MERGED, "");
        check("2v", MERGED, "vacuous passed");
        check("1v 2y", MERGED, "passed");
        check("2s", MERGED, "");
        check("2!", MERGED, "bypassed");
        check("", MERGED, "");
    }

    #[test]
    fn a_no_after_the_merge_bypasses_nothing() {
        check("2n+", MERGED, "");
        check("2n", MERGED, "bypassed");
        check("2n", About { merged_at: None, ..MERGED }, "");
    }

    #[test]
    fn an_objection_of_people_counts_when_a_new_revision_came() {
        check("2n 2y", About { by_people: true, ..MERGED }, "passed");
        check("1n 2y", About { by_people: true, ..MERGED }, "caught passed");
        check("1n", About { by_people: true, ..MERGED }, "caught");
        check("2n", About { by_people: true, ..MERGED }, "bypassed");
    }

    #[test]
    fn runs_on_nobody_knows_what_are_not_compared() {
        check("?n ?y", MERGED, "passed");
    }
}
