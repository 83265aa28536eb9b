//! Notes of one input, equal ones told once: where the first stands, and how many more there are.
//!
//! Owns: what counts as equal. What was left out is never gathered: each place must be found again.

use std::collections::HashMap;
use std::mem;

use aftercast_model::{Place, Problem, Severity};

/// The notes of the input at hand.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// By what they say and their hint.
    told: HashMap<(String, Option<String>), First>,
}

#[derive(Debug)]
struct First {
    place: Place,
    /// How many different notes came before it.
    rank: usize,
    more: u64,
}

impl Notes {
    /// Returns the number of different notes.
    pub(super) fn len(&self) -> usize {
        self.told.len()
    }

    /// Takes the notes that stand in `problems` from `start` on.
    pub(super) fn take(&mut self, problems: &mut Vec<Problem>, start: usize) {
        if problems.len() <= start {
            return;
        }
        for problem in problems.split_off(start) {
            if problem.severity == Severity::Note {
                self.add(problem);
            } else {
                problems.push(problem);
            }
        }
    }

    fn add(&mut self, note: Problem) {
        let (rank, more) = (self.told.len(), note.more);
        let place = note.place;
        self.told
            .entry((note.what, note.hint))
            .and_modify(|first| first.more += more + 1)
            .or_insert(First { place, rank, more });
    }

    /// Moves all notes to `problems`, in the order of their first places.
    pub(super) fn tell(&mut self, problems: &mut Vec<Problem>) {
        let mut told: Vec<_> = mem::take(&mut self.told).into_iter().collect();
        told.sort_unstable_by_key(|(_, first)| first.rank);
        problems.extend(told.into_iter().map(|((what, hint), first)| {
            let severity = Severity::Note;
            Problem { place: first.place, severity, what, hint, more: first.more }
        }));
    }
}
