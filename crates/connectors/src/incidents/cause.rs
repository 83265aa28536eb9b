//! What a source says caused an incident: a field, label or tag with a commit, version or change.
//!
//! Owns: which names of fields mean that, which values are believed, which of several is best. Only
//! what somebody wrote down as such counts; nothing is guessed from texts or times.

/// The best cause so far.
#[derive(Debug, Default)]
pub(crate) struct Causes(Option<(u8, String)>);

/// What a value must look like.
#[derive(Clone, Copy)]
enum Like {
    Anything,
    Commit,
    Version,
    Change,
}

/// Names of fields, in small letters and digits only, by how much they are believed.
const NAMES: &[(&[&str], Like)] = &[
    (
        &[
            "causedby",
            "causedbychange",
            "causedbycommit",
            "causedbydeployment",
            "causedbyrelease",
            "causingchange",
            "causingcommit",
            "causingdeployment",
            "causingpr",
            "causingpullrequest",
            "causingrelease",
            "causingversion",
            "rootcausechange",
            "rootcausecommit",
            "rootcausedeployment",
            "rootcausepr",
            "rootcausepullrequest",
            "rootcauserelease",
        ],
        Like::Anything,
    ),
    (
        &[
            "sha",
            "commit",
            "commithash",
            "commitid",
            "commitsha",
            "commiturl",
            "gitcommit",
            "gitrevision",
            "gitsha",
            "headsha",
            "revision",
            "vcsrefheadrevision",
        ],
        Like::Commit,
    ),
    (
        &[
            "version",
            "appversion",
            "buildversion",
            "deployedversion",
            "imagetag",
            "release",
            "releasename",
            "releasetag",
            "releaseversion",
            "serviceversion",
            "softwareversion",
        ],
        Like::Version,
    ),
    (
        &[
            "pr",
            "prnumber",
            "prurl",
            "pullrequest",
            "pullrequesturl",
            "mergerequest",
            "mergerequesturl",
            "deployment",
            "deploymentid",
            "deploymenturl",
        ],
        Like::Change,
    ),
];
/// How long a cause may be.
const LONGEST: usize = 200;

impl Causes {
    /// Takes what the field `name` says, if that is a cause.
    pub(crate) fn said(&mut self, name: &str, value: Option<&str>) {
        let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) else { return };
        if value.len() > LONGEST {
            return;
        }
        let plain: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let Some(rank) = NAMES.iter().position(|(names, _)| names.contains(&plain.as_str())) else {
            return;
        };
        let believed = NAMES.get(rank).is_some_and(|(_, like)| like.fits(value));
        let rank = u8::try_from(rank).unwrap_or(u8::MAX);
        let is_better = self.0.as_ref().is_none_or(|(best, _)| rank < *best);
        if believed && is_better {
            self.0 = Some((rank, commit_in(value).unwrap_or(value).to_owned()));
        }
    }

    /// Takes what a tag like `version:1.2.3` or `sha=0a1b2c3` says.
    pub(crate) fn tagged(&mut self, tag: &str) {
        if let Some((name, value)) = tag.split_once([':', '=']) {
            self.said(name, Some(value));
        }
    }

    /// Returns the cause that is believed most.
    pub(crate) fn best(&self) -> Option<&str> {
        self.0.as_ref().map(|(_, cause)| cause.as_str())
    }
}

impl Like {
    fn fits(self, value: &str) -> bool {
        match self {
            Self::Anything => true,
            Self::Commit => is_hash(value) || commit_in(value).is_some(),
            Self::Version => is_version(value) || is_hash(value),
            Self::Change => {
                let number = value.trim_start_matches(['#', '!']);
                value.starts_with("http://")
                    || value.starts_with("https://")
                    || (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
            }
        }
    }
}

/// Returns the commit in the address of one: `https://HOST/OWNER/NAME/commit/SHA`.
fn commit_in(value: &str) -> Option<&str> {
    let (_, path) = value.split_once("://")?;
    let mut segments = path.split(['/', '?', '#']);
    segments.find(|segment| matches!(*segment, "commit" | "commits"))?;
    segments.next().filter(|segment| is_hash(segment))
}

fn is_hash(value: &str) -> bool {
    (7..=64).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Returns whether `value` is written like a version: `v1.2`, `shop-2024.1.0-rc1`.
fn is_version(value: &str) -> bool {
    let dotted = |part: &str| {
        let digits = part.strip_prefix('v').unwrap_or(part);
        let mut numbers = digits.split('.');
        let number = |part: Option<&str>| {
            part.is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit()))
        };
        number(numbers.next()) && number(numbers.next())
    };
    !value.contains(char::is_whitespace) && value.split(['-', '@', '/', '+']).any(dotted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(said: &[(&str, &str)], expected: Option<&str>) {
        let mut causes = Causes::default();
        for (name, value) in said {
            causes.said(name, Some(value));
        }
        assert_eq!(causes.best(), expected, "{said:?}");
    }

    #[test]
    fn only_fields_that_mean_it_are_causes() {
        check(&[("Caused by", "the deploy of Tuesday")], Some("the deploy of Tuesday"));
        check(&[("git_sha", "0a1b2c3")], Some("0a1b2c3"));
        check(&[("commit", "https://git.acme.example/a/b/commit/0a1b2c3d")], Some("0a1b2c3d"));
        check(&[("service.version", "v1.2.3")], Some("v1.2.3"));
        check(
            &[("Pull request", "https://git.acme.example/a/b/pull/7")],
            Some("https://git.acme.example/a/b/pull/7"),
        );
        check(&[("release", "kube-prometheus-stack")], None);
        check(&[("version", "latest")], None);
        check(&[("sha", "unknown")], None);
        check(&[("pr", "soon")], None);
        check(&[("team", "1.2.3"), ("", "1.2.3"), ("version", " ")], None);
        check(&[("caused_by", &"x".repeat(500))], None);
    }

    #[test]
    fn the_more_certain_one_stays_in_any_order() {
        let (version, sha, caused) =
            (("version", "1.2"), ("sha", "0a1b2c3"), ("caused_by", "CHG7"));
        check(&[version, sha], Some("0a1b2c3"));
        check(&[sha, version], Some("0a1b2c3"));
        check(&[sha, caused, version], Some("CHG7"));
    }

    #[test]
    fn tags_are_read_as_name_and_value() {
        let mut causes = Causes::default();
        for tag in ["urgent", "team:shop", "version=2.1.0"] {
            causes.tagged(tag);
        }
        assert_eq!(causes.best(), Some("2.1.0"));
    }
}
