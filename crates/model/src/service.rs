//! Which service a repository, or a part of one, belongs to.

/// One mapping; the first rule that matches wins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceRule {
    /// The service's name.
    pub service: String,
    /// The repository as the source names it (`owner/name`); `None` matches every repository.
    pub repo: Option<String>,
    /// Path prefixes inside the repository (a monorepo); empty means the whole repository.
    pub paths: Vec<String>,
    /// Prefix of this service's tags (`web-v` for `web-v1.2.0`), for a monorepo.
    pub tag_prefix: Option<String>,
}

/// All mappings of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceMap {
    /// In order of precedence.
    pub rules: Vec<ServiceRule>,
}

impl ServiceMap {
    /// Returns the service of `repo` as a whole: the first rule for it without paths, else the
    /// repository's own name.
    pub fn of_repo<'a>(&'a self, repo: &'a str) -> &'a str {
        self.rules
            .iter()
            .find(|rule| rule.paths.is_empty() && rule.covers(repo))
            .map_or(repo, |rule| &rule.service)
    }

    /// Returns the rules that split `repo` by path, in order.
    pub fn parts_of<'a>(&'a self, repo: &'a str) -> impl Iterator<Item = &'a ServiceRule> {
        self.rules.iter().filter(move |rule| !rule.paths.is_empty() && rule.covers(repo))
    }
}

impl ServiceRule {
    fn covers(&self, repo: &str) -> bool {
        self.repo.as_deref().is_none_or(|own| own == repo)
    }

    /// Returns whether `path` lies in this part of the repository.
    pub fn owns_path(&self, path: &str) -> bool {
        self.paths.iter().any(|prefix| {
            let prefix = prefix.trim_end_matches('/');
            path == prefix || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_prefix_ends_at_a_slash() {
        let web = ServiceRule { paths: vec!["apps/web/".into()], ..ServiceRule::default() };
        assert!(web.owns_path("apps/web/main.rs"));
        assert!(web.owns_path("apps/web"));
        assert!(!web.owns_path("apps/website/main.rs"));
    }

    #[test]
    fn a_repository_without_a_rule_is_its_own_service() {
        let map = ServiceMap {
            rules: vec![ServiceRule {
                service: "shop".into(),
                repo: Some("acme/shop-backend".into()),
                ..ServiceRule::default()
            }],
        };
        assert_eq!(map.of_repo("acme/shop-backend"), "shop");
        assert_eq!(map.of_repo("acme/mail"), "acme/mail");
    }
}
