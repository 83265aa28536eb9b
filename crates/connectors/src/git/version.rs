//! What the name of a tag or branch says: a pre-release, a release branch.
//!
//! Pure text; must not know repositories.

/// Words in the rest of a version that make it a pre-release.
const BEFORE: [&str; 20] = [
    "alpha",
    "beta",
    "rc",
    "cr",
    "pre",
    "preview",
    "dev",
    "nightly",
    "snapshot",
    "canary",
    "next",
    "milestone",
    "unstable",
    "experimental",
    "insider",
    "insiders",
    "ea",
    "test",
    "prerelease",
    "candidate",
];
/// Words in the rest of a version that say that it is the real one.
const FINAL: [&str; 12] = [
    "final",
    "ga",
    "release",
    "stable",
    "lts",
    "sp",
    "hotfix",
    "patch",
    "post",
    "build",
    "fix",
    "incubating",
];

/// Returns whether the tag `name` is a pre-release by its syntax; `None` where it cannot be told.
pub(super) fn prerelease(name: &str) -> Option<bool> {
    let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let Some((before, rest)) = split_version(&name) else {
        let floating = words(&name).any(|word| BEFORE.contains(&word));
        return floating.then_some(true);
    };
    let says = |text: &str, list: &[&str]| words(text).any(|word| list.contains(&word));
    if says(rest, &BEFORE) || says(before, &["nightly", "canary", "snapshot"]) {
        return Some(true);
    }
    // Python's and Maven's short forms: 1.0a1, 1.0b2, 2.0-M3.
    let short = rest.trim_start_matches(['-', '.', '_']);
    let mut letters = short.chars();
    if matches!(letters.next(), Some('a' | 'b' | 'm'))
        && letters.next().is_some_and(|next| next.is_ascii_digit())
    {
        return Some(true);
    }
    let plain = rest.split('+').next().unwrap_or_default();
    let known = plain.chars().all(|c| !c.is_ascii_alphabetic()) || says(plain, &FINAL);
    known.then_some(false)
}

/// Splits `shop-v1.2.3-rc.1` into what stands before the version and what stands behind it.
fn split_version(name: &str) -> Option<(&str, &str)> {
    let bytes = name.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let starts_here = byte.is_ascii_digit()
            && !at.checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        if !starts_here {
            continue;
        }
        let (before, version) = name.split_at_checked(at)?;
        let separators: &[char] = if version.contains('.') { &['.'] } else { &['_', '-'] };
        let mut length = 0;
        let mut numbers = 0;
        for part in version.split(separators) {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                break;
            }
            length += digits + usize::from(numbers > 0);
            numbers += 1;
            if digits < part.len() {
                break;
            }
        }
        let marked = before.ends_with('v') || before.is_empty() || before.ends_with("release-");
        if numbers >= 2 || marked {
            return Some((before, version.get(length..)?));
        }
    }
    None
}

/// Returns the runs of letters of `text`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty())
}

/// Returns whether the branch `name` (without remote) is one that releases are made from.
pub(super) fn is_release_branch(name: &str) -> bool {
    const OPENINGS: [&str; 9] = [
        "release/",
        "release-",
        "releases/",
        "releases-",
        "rel/",
        "rel-",
        "stable/",
        "stable-",
        "wmf/",
    ];
    if OPENINGS
        .iter()
        .any(|opening| name.strip_prefix(opening).is_some_and(|rest| !rest.is_empty()))
    {
        return true;
    }
    name.strip_suffix("-stable").is_some_and(|rest| !rest.is_empty()) || is_line(name)
}

/// Returns whether `name` is a line of versions: `1.2.x`, `v1.x`, `1.2`, `v1.2.3`.
fn is_line(name: &str) -> bool {
    let rest = name.strip_prefix('v').unwrap_or(name);
    let parts: Vec<&str> = rest.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let Some((last, first)) = parts.split_last() else { return false };
    !first.is_empty()
        && first.iter().all(is_number)
        && (is_number(last) || *last == "x" || *last == "X")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: Option<bool>, names: &[&str]) {
        for name in names {
            assert_eq!(prerelease(name), expected, "{name}");
        }
    }

    #[test]
    fn a_prerelease_is_known_by_its_syntax() {
        check(
            Some(true),
            &[
                "v1.2.3-rc.1",
                "1.2.3-RC1",
                "1.0.0rc1",
                "2.0.0-alpha",
                "v2.0-beta2",
                "1.0a1",
                "1.0b2",
                "6.0.0-M3",
                "4.0.0.dev3",
                "5.0.0-SNAPSHOT",
                "nightly",
                "nightly-2024-01-02",
                "0.98.1-nightly.5",
                "web-v1.0.0-preview.2",
                "apps/web/v1.0.0-canary.3",
                "3.9.0-rc0+build5",
                "v1.0.0-pre",
                "axum-v0.6.0-rc.5",
                "release-1.2.0-beta",
            ],
        );
        check(
            Some(false),
            &[
                "v1.2.3",
                "1.2",
                "v7",
                "release-1.2.0",
                "1.2.3+build5",
                "5.0.0.RELEASE",
                "5.0.0-GA",
                "1.2.3-1",
                "web-v1.0.0",
                "apps/web/v1.0.0",
                "axum-core-v0.2.1",
                "2024.01.02",
                "rel_1_4_2",
                "v1.0.0-final",
                "3.9.2-lts",
                "trunk-1.4",
            ],
        );
        check(None, &["deploy", "last-good", "", "v1.0.0-acme", "production"]);
    }

    #[test]
    fn release_branches_are_known_by_their_names() {
        for name in [
            "release/1.2",
            "release-1.2",
            "releases/v3",
            "rel/9",
            "v1.2.x",
            "1.2.x",
            "3.9",
            "2.x",
            "v1.4.2",
            "14-2-stable",
            "stable/2024.1",
            "wmf/1.44.0-wmf.5",
        ] {
            assert!(is_release_branch(name), "{name}");
        }
        for name in [
            "main",
            "master",
            "release",
            "release/",
            "feature/release-notes",
            "stable",
            "develop",
            "unstable",
            "fix-1.2",
            "v1",
            "12",
            "1..2",
            "x.1",
            "-stable",
            "renovate/serde-1.x",
        ] {
            assert!(!is_release_branch(name), "{name}");
        }
    }
}
