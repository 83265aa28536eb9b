//! What the name of a job, stage or step says: what it does, and where it deploys to.
//!
//! Owns: the words that leave no doubt. Must not know any source.

use crate::rules::Rules;

/// Words that name an environment wherever they stand behind `deploy`.
const ENVIRONMENTS: &[&str] = &[
    "production",
    "prod",
    "prd",
    "live",
    "staging",
    "stage",
    "stg",
    "preprod",
    "preproduction",
    "canary",
    "qa",
    "uat",
    "dev",
    "development",
    "sandbox",
    "demo",
    "integration",
    "test",
];
/// Words that turn the environment behind them into another one.
const BEFORE: &[&str] = &["pre", "non", "not"];

/// Returns what a job called `name` does, where the name leaves no doubt.
pub(crate) fn kind_by_name(name: &str) -> Option<&'static str> {
    // A matrix adds its values in parentheses; a called workflow its job behind a slash.
    let name = name.split(" (").next().unwrap_or(name).to_ascii_lowercase();
    let mut kinds =
        name.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(|word| match word {
            "deploy" | "deployment" => Some("deploy"),
            "build" | "compile" => Some("build"),
            "test" | "tests" => Some("test"),
            _ => None,
        });
    let first = kinds.next()?;
    kinds.all(|kind| kind == first).then_some(first)
}

/// Returns the environment that a job called `name` deploys to: it says that it deploys, and names
/// one environment.
pub(crate) fn deploys_to(name: &str, rules: &Rules) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let words: Vec<&str> =
        name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if !words.iter().any(|word| matches!(*word, "deploy" | "deployment" | "deploying")) {
        return None;
    }
    // A name that holds dashes itself (`eu-prod-1`) is known only as a whole.
    let whole = name.split_whitespace().find(|word| names_production(word, rules));
    if let Some(whole) = whole {
        return Some(whole.to_owned());
    }
    let mut found = None;
    for (index, word) in words.iter().enumerate() {
        if !ENVIRONMENTS.contains(word) && !names_production(word, rules) {
            continue;
        }
        let before = index.checked_sub(1).and_then(|index| words.get(index));
        let environment = match before.filter(|before| BEFORE.contains(before)) {
            Some(before) => format!("{before}-{word}"),
            None => (*word).to_owned(),
        };
        if found.as_ref().is_some_and(|found| *found != environment) {
            return None;
        }
        found = Some(environment);
    }
    found
}

/// Returns whether the settings, if they say anything, call `word` production.
fn names_production(word: &str, rules: &Rules) -> bool {
    !rules.production.is_empty() && rules.is_production(word)
}

/// Returns `owner/name` from the address of a git repository: `git@host:owner/name.git`,
/// `https://host/owner/name.git`, `ssh://git@host:22/owner/name`; all of the path where groups lie in
/// groups.
pub(crate) fn repo_in_remote(remote: &str) -> Option<&str> {
    let path = match remote.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => remote.split_once(':')?.1,
    };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    // Bitbucket Server says `/scm/` before the project.
    let path = path.strip_prefix("scm/").unwrap_or(path);
    (path.contains('/') && !path.contains(char::is_whitespace)).then_some(path)
}

/// Returns whether `git_ref` is written like a version: `v1.2`, `2024.1.0-rc1`.
pub(crate) fn looks_like_version(git_ref: &str) -> bool {
    let digits = git_ref.strip_prefix('v').unwrap_or(git_ref);
    let mut parts = digits.split('.');
    let number = |part: Option<&str>| {
        part.is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit()))
    };
    number(parts.next()) && number(parts.next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_kind_only_without_doubt() {
        for (name, expected) in [
            ("Deploy to production", Some("deploy")),
            ("build (ubuntu-latest, 20)", Some("build")),
            ("build-and-test", None),
            ("unit tests", Some("test")),
            ("latest", None),
            ("lint", None),
        ] {
            assert_eq!(kind_by_name(name), expected, "{name}");
        }
    }

    #[test]
    fn a_deployment_names_one_environment() {
        let usual = Rules::default();
        let own = Rules { production: vec!["eu-*".into()], ..Rules::default() };
        for (name, rules, expected) in [
            ("Deploy to production", &usual, Some("production")),
            ("deploy-prod", &usual, Some("prod")),
            ("Deploy (staging)", &usual, Some("staging")),
            ("deploy pre-prod", &usual, Some("pre-prod")),
            ("Deploy web to eu-west", &own, Some("eu-west")),
            ("deploy staging, then production", &usual, None),
            ("deploy", &usual, None),
            ("production smoke test", &usual, None),
        ] {
            assert_eq!(deploys_to(name, rules).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_remote_names_its_repository() {
        for (remote, expected) in [
            ("git@github.com:acme/shop.git", Some("acme/shop")),
            ("https://gitlab.example/acme/web/shop.git", Some("acme/web/shop")),
            ("ssh://git@bitbucket.example:7999/acme/shop.git", Some("acme/shop")),
            ("https://bitbucket.example/scm/acme/shop.git", Some("acme/shop")),
            ("/srv/git/shop.git", None),
            ("", None),
        ] {
            assert_eq!(repo_in_remote(remote), expected, "{remote}");
        }
    }

    #[test]
    fn a_branch_is_no_version() {
        for (git_ref, expected) in
            [("v1.2.3", true), ("2024.10", true), ("main", false), ("v2", false), ("1.x", false)]
        {
            assert_eq!(looks_like_version(git_ref), expected, "{git_ref}");
        }
    }
}
