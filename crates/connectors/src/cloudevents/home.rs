//! Whose a thing is: repositories and services as events name them.
//!
//! Must not know single types of events.

use crate::cloudevents::event::Story;
use crate::naming::repo_in_remote;
use crate::rules::Clue;
use crate::sink::{Home, Sink};

/// Parts of host names that show that a path below is a repository.
const FORGES: &[&str] = &["github", "gitlab", "bitbucket", "gitea", "forgejo", "codeberg"];

/// Returns the repository that `text` names: an address, or a name with a slash.
pub(super) fn repo_named(text: &str) -> Option<&str> {
    if text.contains("://") || text.starts_with("git@") {
        return repo_in_remote(text);
    }
    let name = text.trim_matches('/');
    (!name.is_empty()).then_some(name)
}

/// Returns the repository of an address at a forge: the first two segments of the path.
fn repo_at_forge(source: &str) -> Option<&str> {
    let (host, path) = source.split_once("://")?.1.split_once('/')?;
    if !FORGES.iter().any(|forge| host.contains(forge)) {
        return None;
    }
    let slash = path.find('/')?;
    let rest = path.get(slash + 1..)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    path.get(..slash + 1 + end).filter(|repo| slash > 0 && repo.len() > slash + 1)
}

/// Returns the shared columns for the rows of `story`. Its repository is what the producer added,
/// what the content says, the command line, the source's address at a forge; else only `clue` tells.
pub(super) fn home(story: &Story<'_, '_>, clue: &Clue<'_>, sink: &mut Sink<'_>) -> Home {
    let content = || {
        let repository = story.said(|content| content.repository.get())?;
        repository.id.text().or(repository.name.text()).and_then(repo_named)
    };
    let source = || story.last().and_then(|event| repo_at_forge(&event.source));
    let said = story.extra(|extra| extra.repo.text()).or_else(content);
    let repo = sink.repo(said).or_else(source);
    match story.extra(|extra| extra.service.text()) {
        Some(name) => sink.home_by_name(repo, &Clue { kind: "service", name }),
        None if clue.kind == "repository" => sink.home(repo),
        // A service is a service whatever the repository; a pipeline or task only where nothing else
        // tells.
        None if clue.kind == "service" || repo.is_none() => sink.home_by_name(repo, clue),
        None => sink.home(repo),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_an_address_or_a_name() {
        for (text, expected) in [
            ("https://git.acme.example/acme/shop.git", Some("acme/shop")),
            ("acme/shop", Some("acme/shop")),
            ("/shop/", Some("shop")),
            ("", None),
        ] {
            assert_eq!(repo_named(text), expected, "{text}");
        }
    }

    #[test]
    fn only_the_address_of_a_forge_is_a_repository() {
        for (source, expected) in [
            ("https://github.com/acme/shop/actions", Some("acme/shop")),
            ("https://gitlab.acme.example/acme/shop", Some("acme/shop")),
            ("https://ci.acme.example/acme/shop", None),
            ("https://github.com/acme", None),
            ("/event/source/123", None),
        ] {
            assert_eq!(repo_at_forge(source), expected, "{source}");
        }
    }
}
