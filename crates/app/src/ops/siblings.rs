//! The commits between a service's own, where its repository is split by path.

use std::collections::BTreeSet;

use aftercast_lake::{Lake, Selection};
use aftercast_model::{Commit, Facts, ServiceMap};

use crate::error::Outcome;

/// What the way through a commit of another service needs.
const COLUMNS: &[&str] =
    &["id", "service", "repo", "sha", "parents", "authored_at", "committed_at", "change_key"];

/// Adds the commits of the other services of the repositories of `service`: its own commits have
/// parents among them, and its tags may name them. Reads nothing where no repository is split.
pub(super) async fn add_siblings(
    lake: &Lake,
    rules: &ServiceMap,
    service: &str,
    facts: &mut Facts,
) -> Outcome<()> {
    let wanted = Selection::nothing().columns("commits", COLUMNS);
    for sibling in siblings(rules, service, facts) {
        let others = lake.service_facts(&sibling, &wanted).await?;
        for row in 0..others.commits.len() {
            let other = others.commits.row(row);
            let mut name = |name| facts.names.intern(others.text(name));
            let commit = Commit {
                id: other.id,
                service: name(other.service),
                repo: name(other.repo),
                sha: name(other.sha),
                parents: name(other.parents),
                change_key: name(other.change_key),
                authored_at: other.authored_at,
                committed_at: other.committed_at,
                ..Commit::default()
            };
            facts.commits.push(commit);
        }
    }
    Ok(())
}

/// Returns the other services of the repositories that `service` has commits or tags in.
fn siblings(rules: &ServiceMap, service: &str, facts: &Facts) -> BTreeSet<String> {
    let repos: BTreeSet<&str> = [&facts.commits.repo, &facts.release_tags.repo]
        .into_iter()
        .flatten()
        .map(|repo| facts.text(*repo))
        .filter(|repo| !repo.is_empty())
        .collect();
    let mut found: BTreeSet<String> = BTreeSet::new();
    for repo in repos {
        found.extend(rules.parts_of(repo).map(|rule| rule.service.clone()));
        found.insert(rules.of_repo(repo).to_owned());
    }
    found.remove(service);
    found
}
