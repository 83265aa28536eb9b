//! Why there is no review, and the way out.

use std::fmt;

use crate::history::ServiceHistory;
use crate::releases::Releases;

/// Why there is no review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewError {
    /// Nothing among the facts could be a release.
    NoReleases {
        /// The service.
        service: String,
        /// What is there and why it is not enough.
        why: String,
        /// What to connect or do.
        hint: String,
    },
    /// No release has the name asked for.
    UnknownRelease {
        /// The name asked for.
        asked: String,
        /// The closest names, closest first.
        closest: Vec<String>,
        /// How many releases there are.
        total: usize,
    },
}

impl fmt::Display for ReviewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReleases { service, why, .. } => {
                write!(f, "`{service}` has no releases: {why}")
            }
            Self::UnknownRelease { asked, closest, total } => {
                write!(f, "unknown release `{asked}` among {total}")?;
                let names: Vec<String> = closest.iter().map(|name| format!("`{name}`")).collect();
                if names.is_empty() {
                    Ok(())
                } else {
                    write!(f, " (closest: {})", names.join(", "))
                }
            }
        }
    }
}

impl std::error::Error for ReviewError {}

pub(super) fn no_releases(history: &ServiceHistory) -> ReviewError {
    let (changes, tags) = (history.changes.len(), history.tags.len());
    let why = if history.facts().is_empty() {
        "no facts were imported".to_owned()
    } else if changes > 0 {
        format!("{changes} change requests, but none is known to be merged to the deployed branch")
    } else if tags > 0 {
        format!("{tags} tags, but none is a version with a time")
    } else {
        "no production deployment, release, version tag, merged change or commit is known"
            .to_owned()
    };
    ReviewError::NoReleases {
        service: history.service().to_owned(),
        why,
        hint:
            "connect git, the code review or the deployments, or name the deployed branch in the \
               settings"
                .to_owned(),
    }
}

pub(super) fn unknown_release(
    history: &ServiceHistory,
    releases: &Releases,
    asked: &str,
) -> ReviewError {
    const SHOWN: usize = 3;
    /// Older names are not worth the time.
    const LATEST: usize = 5_000;
    let total = releases.len();
    let mut names: Vec<(usize, String)> = (total.saturating_sub(LATEST)..total)
        .rev()
        .map(|index| releases.id(history, index))
        .map(|name| (distance(&name, asked), name))
        .collect();
    names.sort_by_key(|(distance, _)| *distance);
    names.dedup();
    let closest = names.into_iter().take(SHOWN).map(|(_, name)| name).collect();
    ReviewError::UnknownRelease { asked: asked.to_owned(), closest, total }
}

/// Returns how many letters must change (Levenshtein), over at most 64 letters.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=a.len()).collect();
    for (line, letter) in b.chars().take(64).enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, other) in row.iter_mut().skip(1).zip(&a) {
            let replaced = diagonal + usize::from(*other != letter);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (a, b, expected) in
            [("", "", 0), ("v1.2.3", "1.2.3", 1), ("kitten", "sitting", 3), ("abc", "", 3)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }
}
