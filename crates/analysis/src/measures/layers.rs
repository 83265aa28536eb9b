//! Which layer a delay belongs to (R5): a table of rules that anybody can read and change, and sums
//! that add up exactly. docs/statistics/time.md shows the same table.

use super::partition::Cause;
use crate::review::types::{Category, LayerShares, LayerSums};
use crate::{Layers, Shares};

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its name, the same in settings, segments and documents.
    pub name: &'static str,
    /// Which stretches it is for, in words.
    pub when: &'static str,
    /// Why it gives these shares.
    pub because: &'static str,
    /// What it gives.
    pub gives: Gives,
    categories: &'static [Category],
    cause: Option<Cause>,
}

/// What a rule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// A delay: process, platform and policy, in percent; they add up to 100.
    Delay(u8, u8, u8),
    /// Work: no delay.
    Work,
    /// Nothing explains it.
    Unexplained,
}

/// The table; the first rule that is for a stretch is taken.
pub static RULES: &[Rule] = &[
    Rule {
        name: "flaky",
        when: "rework and the wait for it, where the same job passed on the same input",
        because: "nothing was wrong but the check",
        gives: Gives::Delay(0, 100, 0),
        categories: &[Category::Rework, Category::ReworkWait],
        cause: Some(Cause::Flaky),
    },
    Rule {
        name: "machinery-failed",
        when: "rework and the wait for it, where runner, network or disk failed",
        because: "the machinery failed, not the change",
        gives: Gives::Delay(0, 100, 0),
        categories: &[Category::Rework, Category::ReworkWait],
        cause: Some(Cause::Infrastructure),
    },
    Rule {
        name: "revision",
        when: "a pause in a review, until the author's next revision",
        because: "a hand-off between people, and it was the author's turn",
        gives: Gives::Delay(100, 0, 0),
        categories: &[Category::ReworkWait],
        cause: Some(Cause::Revision),
    },
    Rule {
        name: "rework",
        when: "other rework and the wait for the next attempt",
        because: "the order of steps found the problem late",
        gives: Gives::Delay(100, 0, 0),
        categories: &[Category::Rework, Category::ReworkWait],
        cause: None,
    },
    Rule {
        name: "lock",
        when: "waiting until another delivery is through",
        because: "one at a time is a rule; how long one takes is the platform's",
        gives: Gives::Delay(0, 50, 50),
        categories: &[Category::Queue],
        cause: Some(Cause::Lock),
    },
    Rule {
        name: "queue",
        when: "waiting for a machine",
        because: "too few machines, or too much at once",
        gives: Gives::Delay(0, 100, 0),
        categories: &[Category::Queue],
        cause: None,
    },
    Rule {
        name: "slow-run",
        when: "what a job took beyond its usual time, from twice of it on",
        because: "the same job usually needs less: machine, cache or network",
        gives: Gives::Delay(0, 100, 0),
        categories: &[Category::Run],
        cause: Some(Cause::Slow),
    },
    Rule {
        name: "timer",
        when: "a fixed wait before a deployment",
        because: "a rule asks for it, whatever is deployed",
        gives: Gives::Delay(0, 0, 100),
        categories: &[Category::ApprovalWait],
        cause: Some(Cause::Timer),
    },
    Rule {
        name: "freeze",
        when: "a time in which nothing may go out",
        because: "a rule asks for it, whatever is deployed",
        gives: Gives::Delay(0, 0, 100),
        categories: &[Category::Batching],
        cause: Some(Cause::Freeze),
    },
    Rule {
        name: "approval-late-and-never-no",
        when: "an approval after two nights or more, by a gate that never said no in 59 answers or more",
        because: "a person answered late (process) to a question whose answer is always yes (policy)",
        gives: Gives::Delay(50, 0, 50),
        categories: &[Category::ApprovalWait],
        cause: Some(Cause::NeverNoNights),
    },
    Rule {
        name: "approval-never-no",
        when: "an approval by a gate that never said no in 59 answers or more",
        because: "a rule asks a question whose answer is always yes",
        gives: Gives::Delay(0, 0, 100),
        categories: &[Category::ApprovalWait],
        cause: Some(Cause::NeverNo),
    },
    Rule {
        name: "approval-late",
        when: "an approval after two nights or more (a weekend is one)",
        because: "a rule may ask, but nobody answered for two nights or more",
        gives: Gives::Delay(100, 0, 0),
        categories: &[Category::ApprovalWait],
        cause: Some(Cause::Nights),
    },
    Rule {
        name: "approval",
        when: "any other wait for a decision",
        because: "a person is waited for (process) because a rule asks for one (policy)",
        gives: Gives::Delay(50, 0, 50),
        categories: &[Category::ApprovalWait],
        cause: None,
    },
    Rule {
        name: "unstarted",
        when: "waiting for a person to start a step",
        because: "a hand-off (process) that the pipeline could do (platform)",
        gives: Gives::Delay(50, 50, 0),
        categories: &[Category::Manual],
        cause: Some(Cause::Unstarted),
    },
    Rule {
        name: "manual",
        when: "a step by hand",
        because: "a step of the process that a machine could do",
        gives: Gives::Delay(50, 50, 0),
        categories: &[Category::Manual],
        cause: None,
    },
    Rule {
        name: "batching",
        when: "on the main line, waiting for the release",
        because: "the rhythm of releases is habit and rule",
        gives: Gives::Delay(50, 0, 50),
        categories: &[Category::Batching],
        cause: None,
    },
    Rule {
        name: "review",
        when: "waiting for a look, review, and waiting for the merge",
        because: "hand-offs between people; nothing tells who was acting between look and approval",
        gives: Gives::Delay(100, 0, 0),
        categories: &[Category::ReviewWait, Category::Review, Category::MergeWait],
        cause: None,
    },
    Rule {
        name: "git-alone",
        when: "writing and review, where git is all there is",
        because: "git cannot tell writing from waiting",
        gives: Gives::Unexplained,
        categories: &[Category::Coding],
        cause: Some(Cause::Untold),
    },
    Rule {
        name: "work",
        when: "writing, building, testing, going out",
        because: "work, no delay",
        gives: Gives::Work,
        categories: &[Category::Coding, Category::Run, Category::Deploy],
        cause: None,
    },
    Rule {
        name: "idle",
        when: "time of which no source tells anything",
        because: "nothing explains it",
        gives: Gives::Unexplained,
        categories: &[Category::Idle],
        cause: None,
    },
];

/// What a rule gives where none is for a stretch; the tests show that one always is.
static NO_RULE: Rule = Rule {
    name: "none",
    when: "",
    because: "no rule is for it",
    gives: Gives::Unexplained,
    categories: &[],
    cause: None,
};

/// Returns the names of the rules that settings can change: those for delays.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    RULES.iter().filter(|rule| matches!(rule.gives, Gives::Delay(..))).map(|rule| rule.name)
}

/// Returns the rule for a stretch.
pub(super) fn rule(category: Category, cause: Cause) -> &'static Rule {
    let is_for = |rule: &&Rule| {
        rule.categories.contains(&category) && rule.cause.is_none_or(|own| own == cause)
    };
    RULES.iter().find(is_for).unwrap_or(&NO_RULE)
}

/// Hundredths of a stretch: work, process, platform, policy, unexplained.
pub(super) type Split = [u8; 5];

/// Returns what a rule gives, with the settings' own shares.
pub(super) fn split(rule: &Rule, settings: &Layers) -> Split {
    match rule.gives {
        Gives::Work => [100, 0, 0, 0, 0],
        Gives::Unexplained => [0, 0, 0, 0, 100],
        Gives::Delay(process, platform, policy) => {
            let own = settings.shares.get(rule.name).copied().filter(|own| own.add_up());
            let shares = own.unwrap_or(Shares { process, platform, policy });
            [0, shares.process, shares.platform, shares.policy, 0]
        }
    }
}

/// Returns whether a stretch was a delay.
pub(super) fn is_delay(split: Split) -> bool {
    let [work, _, _, _, unexplained] = split;
    work == 0 && unexplained == 0
}

/// Returns the shares of a delay; all zero for work and for what nothing explains.
pub(super) fn shares(split: Split) -> LayerShares {
    let [_, process, platform, policy, _] = split.map(|part| f64::from(part) / 100.0);
    LayerShares { process, platform, policy }
}

/// Returns the sums by layer of stretches (length, split), divided by `n`; they add up to the sum
/// of the lengths divided by `n`, rounded down, to the millisecond (largest remainder).
pub(super) fn sums(stretches: impl Iterator<Item = (i128, Split)>, n: i128) -> LayerSums {
    let mut hundredths = [0_i128; 5];
    for (length, split) in stretches {
        for (sum, share) in hundredths.iter_mut().zip(split) {
            *sum += length * i128::from(share);
        }
    }
    let parts = rounded(&hundredths, 100 * n.max(1));
    let part = |at: usize| parts.get(at).copied().unwrap_or_default();
    LayerSums {
        work: part(0),
        process: part(1),
        platform: part(2),
        policy: part(3),
        unexplained: part(4),
    }
}

/// Returns the values divided by `n` in whole numbers that add up to their sum divided by `n`,
/// rounded down: what is left goes to the largest remainders, of equal ones to the first.
pub(super) fn rounded(values: &[i128], n: i128) -> Vec<i64> {
    let mut floors: Vec<i128> = values.iter().map(|value| value.div_euclid(n)).collect();
    let whole = values.iter().sum::<i128>().div_euclid(n);
    let left = usize::try_from(whole - floors.iter().sum::<i128>()).unwrap_or(0);
    let mut by_remainder: Vec<(i128, usize)> =
        values.iter().zip(0..).map(|(value, at)| (-value.rem_euclid(n), at)).collect();
    by_remainder.sort_unstable();
    for (_, at) in by_remainder.into_iter().take(left) {
        if let Some(floor) = floors.get_mut(at) {
            *floor += 1;
        }
    }
    floors.into_iter().map(|floor| i64::try_from(floor).unwrap_or(i64::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Category; 13] = [
        Category::Coding,
        Category::ReviewWait,
        Category::Review,
        Category::MergeWait,
        Category::Queue,
        Category::Run,
        Category::ApprovalWait,
        Category::Manual,
        Category::Rework,
        Category::ReworkWait,
        Category::Batching,
        Category::Deploy,
        Category::Idle,
    ];

    #[test]
    fn every_stretch_has_a_rule_and_every_rule_adds_up() {
        for category in ALL {
            assert_ne!(rule(category, Cause::Ordinary).name, "none", "{category:?}");
        }
        for (at, rule) in RULES.iter().enumerate() {
            let whole: u32 =
                split(rule, &Layers::default()).iter().map(|part| u32::from(*part)).sum();
            assert_eq!(whole, 100, "{}", rule.name);
            assert!(RULES[..at].iter().all(|other| other.name != rule.name), "{}", rule.name);
            // No rule stands behind one that takes everything from it.
            let category = rule.categories[0];
            let cause = rule.cause.unwrap_or(Cause::Ordinary);
            assert_eq!(super::rule(category, cause).name, rule.name);
        }
    }

    #[test]
    fn settings_change_the_shares_of_a_rule_where_they_add_up() {
        let own = |process, platform, policy| {
            let shares = Shares { process, platform, policy };
            Layers { shares: [("queue".to_owned(), shares)].into() }
        };
        let queue = rule(Category::Queue, Cause::Ordinary);
        assert_eq!(split(queue, &own(20, 80, 0)), [0, 20, 80, 0, 0]);
        assert_eq!(split(queue, &own(20, 90, 0)), [0, 0, 100, 0, 0]);
        assert!(names().all(|name| name != "work") && names().any(|name| name == "queue"));
    }

    #[test]
    fn what_cannot_be_halved_goes_to_the_first_of_equal_remainders() {
        let odd = [(3, split(rule(Category::ApprovalWait, Cause::Ordinary), &Layers::default()))];
        let found = sums(odd.into_iter(), 1);
        assert_eq!((found.process, found.policy), (2, 1));
        assert_eq!(rounded(&[1, 1, 1], 2), [1, 0, 0]);
        assert_eq!(rounded(&[5, 2, 4], 3), [2, 0, 1]);
    }

    proptest! {
        #[test]
        fn the_layers_add_up(
            lengths in prop::collection::vec((0_i128..1_000_003, 0..RULES.len()), 0..50),
            n in 1_i128..9
        ) {
            let whole: i128 = lengths.iter().map(|(length, _)| length).sum();
            let stretches = lengths
                .iter()
                .map(|(length, at)| (*length, split(&RULES[*at], &Layers::default())));
            let found = sums(stretches, n);
            let sum = found.work + found.process + found.platform + found.policy + found.unexplained;
            prop_assert_eq!(i128::from(sum), whole / n);
        }
    }
}
