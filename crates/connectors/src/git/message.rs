//! What a commit message says about its change: which one it is, and what it takes back.
//!
//! Owns: the phrases of git and of the forges. Pure text; must not know repositories.

/// What a commit message tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Told {
    /// What names the same change over rebases: a Gerrit `Change-Id`, or the number of a pull or
    /// merge request, without sign.
    pub change_key: Option<String>,
    /// The hash, perhaps abbreviated, of the commit that it says it reverts.
    pub reverts: Option<String>,
    /// The hash, perhaps abbreviated, of the commit that it says it was picked from.
    pub picked: Option<String>,
}

/// Reads a commit message.
pub(super) fn read(message: &str) -> Told {
    let mut lines = message.lines();
    let subject = lines.by_ref().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let mut gerrit = None;
    let mut merge_request = None;
    let mut reverts = None;
    let mut picked = None;
    for line in lines.map(str::trim) {
        if let Some(key) = line.strip_prefix("Change-Id:").map(str::trim).filter(|key| is_id(key)) {
            // The last trailer is the commit's own; earlier ones are quoted.
            gerrit = Some(key.to_owned());
        } else if let Some(rest) = line.strip_prefix("See merge request ") {
            merge_request = rest.rsplit_once('!').and_then(|(_, rest)| leading_number(rest));
        } else if let Some(hash) = picked_from(line) {
            // The last line is the last pick; earlier ones tell where that one came from.
            picked = Some(hash);
        } else if reverts.is_none() {
            reverts = reverted(line);
        }
    }
    let change_key = gerrit.or(merge_request).or_else(|| number_in_subject(subject));
    Told { change_key, reverts: reverts.or_else(|| reverted(subject)), picked }
}

/// Returns whether `key` is a Gerrit Change-Id.
fn is_id(key: &str) -> bool {
    key.strip_prefix('I').is_some_and(|digits| digits.len() == 40 && is_hex(digits))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns the hash in `This reverts commit HASH`.
fn reverted(line: &str) -> Option<String> {
    let rest = line.strip_prefix("This reverts commit ").or_else(|| {
        line.strip_prefix("this reverts commit ").or_else(|| line.strip_prefix("Reverts commit "))
    })?;
    leading_hash(rest)
}

/// Returns the hash in `(cherry picked from commit HASH)`, the line that `git cherry-pick -x` adds.
fn picked_from(line: &str) -> Option<String> {
    leading_hash(line.strip_prefix("(cherry picked from commit ")?)
}

/// Returns the hash at the start of `text`, where it is long enough to be one.
fn leading_hash(text: &str) -> Option<String> {
    let hash: String = text.chars().take_while(char::is_ascii_hexdigit).collect();
    (7..=64).contains(&hash.len()).then(|| hash.to_ascii_lowercase())
}

/// Returns the digits at the start of `text`, where they are a number that a forge could have given.
fn leading_number(text: &str) -> Option<String> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let sure = (1..=9).contains(&digits.len()) && !digits.starts_with('0');
    sure.then_some(digits)
}

/// Returns the number of the pull request that the subject names as its own.
fn number_in_subject(subject: &str) -> Option<String> {
    // GitHub; bors, homu, bors-ng; Bitbucket Server; Azure DevOps.
    const OPENINGS: [&str; 8] = [
        "Merge pull request #",
        "Auto merge of #",
        "auto merge of #",
        "Rollup merge of #",
        "Merge #",
        "Merge PR #",
        "Pull request #",
        "Merged PR ",
    ];
    for opening in OPENINGS {
        if let Some(number) = subject.strip_prefix(opening).and_then(leading_number) {
            return Some(number);
        }
    }
    // Gitea: Merge pull request 'title' (#12) from branch into branch.
    if subject.starts_with("Merge pull request '") {
        let (_, rest) = subject.rsplit_once("' (#")?;
        return leading_number(rest);
    }
    // Bitbucket Cloud: Merged in branch (pull request #12).
    if subject.starts_with("Merged in ") {
        let (_, rest) = subject.rsplit_once("(pull request #")?;
        return leading_number(rest);
    }
    // A squash: title (#12), or title (!12).
    let (_, rest) = subject.strip_suffix(')')?.rsplit_once('(')?;
    let digits = rest.strip_prefix(['#', '!'])?;
    leading_number(digits).filter(|number| number.len() == digits.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(message: &str, expected: Option<&str>) {
        assert_eq!(read(message).change_key.as_deref(), expected, "{message:?}");
    }

    fn reverts(message: &str, expected: Option<&str>) {
        assert_eq!(read(message).reverts.as_deref(), expected, "{message:?}");
    }

    #[test]
    fn each_forge_names_its_change() {
        key("Merge pull request #123 from acme/fix\n\nFix it", Some("123"));
        key("Fix the login (#123)\n\n* a\n* b", Some("123"));
        key("Fix the login (!77)", Some("77"));
        key("Auto merge of #9001 - dev:branch, r=other", Some("9001"));
        key("auto merge of #9001 : dev/branch, r=other", Some("9001"));
        key("Merge #12 #13", Some("12"));
        key("Merged PR 812: Fix it", Some("812"));
        key("Pull request #5: Fix it", Some("5"));
        key("Merged in fix/login (pull request #31)\n\nFix", Some("31"));
        key("Merge pull request 'Fix (really)' (#44) from fix into main", Some("44"));
        key("Merge branch 'x' into 'y'\n\nFix\n\nSee merge request acme/shop!12", Some("12"));
        let id = "I0123456789abcdef0123456789abcdef01234567";
        key(&format!("Fix (#1)\n\nBug: 5\nChange-Id: {id}\n"), Some(id));
    }

    #[test]
    fn what_only_looks_like_a_number_is_left_alone() {
        for message in [
            "",
            "Fix #123",
            "Fix the login (#123), again",
            "Revert \"Fix the login (#123)\"",
            "Merge branch 'main' into fix",
            "Fix (see #12)",
            "Fix (#0)",
            "Fix (#12345678901)",
            "Fix\n\nChange-Id: Ixyz",
            "Fix ()",
            ")",
        ] {
            key(message, None);
        }
        key("Revert \"Fix the login (#123)\" (#130)", Some("130"));
    }

    #[test]
    fn a_revert_names_the_commit() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        reverts(&format!("Revert \"x\"\n\nThis reverts commit {hash}.\n"), Some(hash));
        reverts("Revert x\n\nThis reverts commit 0123ABC, reversing\nchanges", Some("0123abc"));
        reverts("This reverts commit 0123abc", Some("0123abc"));
        reverts("x\n\nThis reverts commit of ours", None);
        reverts("x\n\nSays: This reverts commit 0123abc", None);
        reverts("Revert \"x\"", None);
    }
}
