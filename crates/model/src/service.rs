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
    /// How other systems call it: `name`, or `source:name` for one source; `*` stands for anything
    /// (`argocd:shop-*`, `Checkout (PagerDuty)`).
    pub names: Vec<String>,
    /// The team that owns it; never a person.
    pub team: Option<String>,
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

    /// Returns the service that `source` calls `name`: the first rule that names it, else the rule
    /// whose service has that name; `None` where no rule does. `kind` is what it is there
    /// (`application`, `job`), for rules that name that too (`jenkins:job:shop`).
    pub fn of_clue<'a>(&'a self, source: &str, kind: &str, name: &str) -> Option<&'a str> {
        let named = self.rules.iter().find(|rule| {
            rule.names.iter().any(|pattern| {
                let pattern =
                    match pattern.strip_prefix(source).and_then(|rest| rest.strip_prefix(':')) {
                        Some(rest) => rest
                            .strip_prefix(kind)
                            .and_then(|rest| rest.strip_prefix(':'))
                            .unwrap_or(rest),
                        None => pattern,
                    };
                name_matches(pattern, name)
            })
        });
        let same = || self.rules.iter().find(|rule| rule.service.eq_ignore_ascii_case(name));
        named.or_else(same).map(|rule| rule.service.as_str())
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

/// Returns whether `name` is as `pattern` says: `*` stands for any text, case does not matter.
pub fn name_matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
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
    fn a_star_stands_for_any_text() {
        for (pattern, name, expected) in [
            ("shop", "Shop", true),
            ("shop", "shop-web", false),
            ("shop-*", "shop-web", true),
            ("*-prod", "shop-prod", true),
            ("*-prod", "shop-prod-2", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(name_matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn other_systems_names_lead_to_services() {
        let map = ServiceMap {
            rules: vec![ServiceRule {
                service: "shop".into(),
                names: vec![
                    "argocd:shop-*".into(),
                    "Checkout".into(),
                    "jenkins:job:web/main".into(),
                ],
                ..ServiceRule::default()
            }],
        };
        assert_eq!(map.of_clue("argocd", "application", "shop-eu"), Some("shop"));
        assert_eq!(map.of_clue("pagerduty", "service", "shop-eu"), None);
        assert_eq!(map.of_clue("pagerduty", "service", "checkout"), Some("shop"));
        assert_eq!(map.of_clue("jenkins", "job", "web/main"), Some("shop"));
        assert_eq!(map.of_clue("pagerduty", "service", "Shop"), Some("shop"));
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
