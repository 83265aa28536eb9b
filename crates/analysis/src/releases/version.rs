//! What a tag's name says: a version, a pre-release, a nightly build, or nothing.

/// How final a version tag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// `1.2.3`, `axum-v0.7.1`, `v4.0.0.Final`.
    Final,
    /// A single number: `v1`, often moved along.
    Major,
    /// `3.7.0-rc1`, `1.0.0-beta.2`, `3.0.0a1`.
    Candidate,
    /// `nightly-2024-01-02`, `1.2.0-SNAPSHOT`, or no version at all.
    Other,
}

const NIGHTLY: [&str; 4] = ["nightly", "canary", "snapshot", "latest"];
const CANDIDATE: [&str; 13] = [
    "alpha",
    "beta",
    "rc",
    "candidate",
    "pre",
    "preview",
    "dev",
    "milestone",
    "next",
    "cr",
    "ea",
    "test",
    "unstable",
];

/// Returns how final the version in `tag` is, and how long the text before it is.
pub(crate) fn classify(tag: &str) -> (Stage, usize) {
    let lower = tag.to_ascii_lowercase();
    if NIGHTLY.iter().any(|word| lower.contains(word)) {
        return (Stage::Other, 0);
    }
    let Some((from, to, parts)) = version_span(&lower) else { return (Stage::Other, 0) };
    let before = lower.get(..from).unwrap_or_default();
    let after = lower.get(to..).unwrap_or_default();
    let named_candidate =
        before.split(|c: char| !c.is_ascii_alphabetic()).any(|word| CANDIDATE.contains(&word));
    if named_candidate || is_candidate(after) {
        return (Stage::Candidate, from);
    }
    if parts < 2 { (Stage::Major, from) } else { (Stage::Final, from) }
}

/// Returns the numbers of the version in `tag`, for comparing: `v3.14.0` is newer than `v0.314.0`.
pub(crate) fn numbers(tag: &str) -> Vec<u64> {
    let Some((from, to, _)) = version_span(tag) else { return Vec::new() };
    let parts = tag.get(from..to).unwrap_or_default().split(['.', '_']);
    parts.map(|digits| digits.parse().unwrap_or(u64::MAX)).collect()
}

/// Finds the first run of at least two numbers joined by `.` or `_`, else the first number.
fn version_span(text: &str) -> Option<(usize, usize, usize)> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut single = None;
    let mut at = 0;
    while at < bytes.len() {
        if !digit(at) {
            at += 1;
            continue;
        }
        let (from, mut parts) = (at, 1);
        loop {
            while digit(at) {
                at += 1;
            }
            if matches!(bytes.get(at), Some(b'.' | b'_')) && digit(at + 1) {
                parts += 1;
                at += 1;
            } else {
                break;
            }
        }
        if parts >= 2 {
            return Some((from, at, parts));
        }
        single.get_or_insert((from, at, parts));
    }
    single
}

/// Returns whether what follows the numbers marks a pre-release.
fn is_candidate(after: &str) -> bool {
    let after = after.trim_start_matches(['-', '.', '_']);
    let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
    let (word, rest) = after.split_at_checked(letters).unwrap_or((after, ""));
    let numbered = rest.starts_with(|c: char| c.is_ascii_digit());
    let mut words = after.split(|c: char| !c.is_ascii_alphabetic());
    words.any(|word| CANDIDATE.contains(&word))
        || (numbered && matches!(word, "a" | "b" | "c" | "m"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_many_habits_are_read() {
        for (tag, stage) in [
            ("v1.2.3", Stage::Final),
            ("1.2.3", Stage::Final),
            ("0.80.0", Stage::Final),
            ("axum-core-v0.4.3", Stage::Final),
            ("log4j-2.17.1", Stage::Final),
            ("curl-8_4_0", Stage::Final),
            ("OpenSSL_1_1_1k", Stage::Final),
            ("5.6.15.Final", Stage::Final),
            ("1.2.3+build.5", Stage::Final),
            ("kafka-0.7.0-incubating", Stage::Final),
            ("v2", Stage::Major),
            ("kafka-0.7.2-incubating-candidate-5", Stage::Candidate),
            ("3.7.0-rc1", Stage::Candidate),
            ("3.7.0-RC1", Stage::Candidate),
            ("v1.0.0-beta.2", Stage::Candidate),
            ("3.0.0a1", Stage::Candidate),
            ("v6.0.0-M2", Stage::Candidate),
            ("1.0.0-pre", Stage::Candidate),
            ("rc-1.2.3", Stage::Candidate),
            ("nightly-2024-01-02", Stage::Other),
            ("1.2.0-SNAPSHOT", Stage::Other),
            ("0.99.1-nightly.3+abc", Stage::Other),
            ("latest", Stage::Other),
            ("", Stage::Other),
            ("üñí", Stage::Other),
        ] {
            assert_eq!(classify(tag).0, stage, "{tag}");
        }
    }

    #[test]
    fn versions_compare_by_their_numbers() {
        // One commit of Prometheus: its own version, and that of its Go module.
        assert!(numbers("v3.14.0") > numbers("v0.314.0"));
        assert!(numbers("1.10.0") > numbers("1.9.9"));
        assert_eq!(numbers("curl-8_4_0"), [8, 4, 0]);
        assert!(numbers("latest").is_empty());
    }

    #[test]
    fn the_prefix_ends_where_the_version_begins() {
        assert_eq!(classify("axum-v0.7.1").1, "axum-v".len());
        assert_eq!(classify("0.80.0").1, 0);
    }
}
