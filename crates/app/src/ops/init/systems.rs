//! Which systems a repository is connected to: by its remote, and by the files that they read.

use std::fmt::Write as _;
use std::path::Path;

use aftercast_connectors::{Source, source_named};

use super::{one_line, quoted, read};

/// A system that was found.
#[derive(Clone)]
pub(super) struct System {
    /// How people call it.
    pub(super) title: &'static str,
    /// Where it was seen.
    pub(super) seen: String,
    kind: &'static str,
    source: Option<&'static Source>,
    /// Where its API is, where that follows from what was seen.
    url: Option<String>,
    /// What to pull, where that follows from what was seen.
    subject: Option<String>,
    variable: &'static str,
}

/// What tells of a system: how people call it, the source, a path, the variable of its token.
type Trace = (&'static str, &'static str, &'static [&'static str], &'static str);

const TRACES: &[Trace] = &[
    ("GitHub Actions", "github", &[".github/workflows"], "GITHUB_TOKEN"),
    ("GitLab CI", "gitlab", &[".gitlab-ci.yml"], "GITLAB_TOKEN"),
    ("Gerrit", "gerrit", &[".gitreview"], "GERRIT_TOKEN"),
    ("Jenkins", "jenkins", &["Jenkinsfile"], "JENKINS_TOKEN"),
    ("CircleCI", "circleci", &[".circleci/config.yml", ".circleci/config.yaml"], "CIRCLECI_TOKEN"),
    (
        "Azure Pipelines",
        "azure_devops",
        &["azure-pipelines.yml", "azure-pipelines.yaml"],
        "AZURE_DEVOPS_TOKEN",
    ),
    ("Buildkite", "buildkite", &[".buildkite"], "BUILDKITE_TOKEN"),
    ("Bitbucket Pipelines", "bitbucket", &["bitbucket-pipelines.yml"], "BITBUCKET_TOKEN"),
];

/// Hosts by a part of their name.
const HOSTS: &[(&str, &str)] = &[
    ("github", "github"),
    ("gitlab", "gitlab"),
    ("bitbucket", "bitbucket"),
    ("dev.azure.com", "azure_devops"),
    ("visualstudio.com", "azure_devops"),
    ("gerrit", "gerrit"),
];
/// Hosts whose API is where the source looks anyway.
const USUAL_HOSTS: &[&str] = &["github.com", "gitlab.com", "bitbucket.org", "dev.azure.com"];

/// Finds what the repository at `root`, called `repo`, is connected to.
pub(super) fn find(root: &Path, repo: &str) -> Vec<System> {
    let mut systems: Vec<System> = Vec::new();
    let host = remote_host(root);
    if let Some(host) = &host {
        let kind = HOSTS.iter().find(|(part, _)| host.contains(part)).map(|(_, kind)| *kind);
        let trace = kind.and_then(|kind| TRACES.iter().find(|trace| trace.1 == kind));
        if let Some(trace) = trace {
            let mut system = system(trace, format!("remote at `{host}`"), repo);
            system.url = api(system.kind, host);
            systems.push(system);
        }
    }
    for trace in TRACES {
        let (_, kind, paths, _) = trace;
        let Some(path) = paths.iter().find(|path| root.join(path).exists()) else { continue };
        if let Some(known) = systems.iter_mut().find(|system| system.kind == *kind) {
            let _ = write!(known.seen, ", `{path}`");
            known.title = trace.0;
            continue;
        }
        systems.push(system(trace, format!("`{path}`"), repo));
    }
    if let Some(application) = argo_application(root) {
        systems.push(System {
            title: "Argo CD",
            seen: format!("an Application in `{application}`"),
            kind: "argocd",
            source: source_named("argocd"),
            url: None,
            subject: None,
            variable: "ARGOCD_TOKEN",
        });
    }
    systems
}

fn system(trace: &Trace, seen: String, repo: &str) -> System {
    let (title, kind, _, variable) = *trace;
    let subject = match kind {
        "github" | "gitlab" | "bitbucket" | "gerrit" => Some(repo.to_owned()),
        "circleci" => Some(format!("gh/{repo}")),
        _ => None,
    };
    System { title, seen, kind, source: source_named(kind), url: None, subject, variable }
}

impl System {
    /// Returns whether it can be pulled as it is written.
    pub(super) fn is_ready(&self) -> bool {
        let pull = self.source.and_then(|source| source.pull);
        pull.is_some_and(|pull| {
            (pull.base.is_some() || self.url.is_some())
                && (pull.subjects.optional || self.subject.is_some())
        })
    }

    /// Returns the variable of its token.
    pub(super) fn variable(&self) -> Option<&'static str> {
        let pull = self.source.and_then(|source| source.pull)?;
        (!pull.auth.is_empty()).then_some(self.variable)
    }

    /// Writes its `[[source]]`; what does not follow from what was seen stands in a comment.
    pub(super) fn write(&self, text: &mut String) {
        let seen = one_line(&self.seen);
        let _ = writeln!(text, "\n# {} was found ({seen}).", self.title);
        let Some((source, pull)) = self.source.and_then(|source| Some((source, source.pull?)))
        else {
            text.push_str(
                "# There is no live source for it; its exports and test reports can be read:\n\
                 #   aftercast import junit target/reports/\n",
            );
            return;
        };
        let mark = if self.is_ready() { "" } else { "# " };
        if !self.is_ready() {
            text.push_str("# Say where it is and what to read, then take the marks away.\n");
        }
        let _ = writeln!(text, "{mark}[[source]]\n{mark}kind = \"{}\"", self.kind);
        match (&self.url, pull.base) {
            (Some(url), _) => {
                let _ = writeln!(text, "{mark}url = {}", quoted(url));
            }
            (None, None) => {
                let _ = writeln!(text, "{mark}url = \"https://HOST\"");
            }
            (None, Some(_)) => {}
        }
        let subject = self.subject.as_deref().unwrap_or(pull.subjects.example);
        let _ = writeln!(text, "{mark}{} = [{}]", pull.subjects.key, quoted(subject));
        if let Some(variable) = self.variable() {
            let _ = writeln!(text, "{mark}token_env = \"{variable}\"");
        }
        if source.webhook.is_some() {
            let prefix = variable_prefix(self.variable);
            let _ = writeln!(
                text,
                "# webhook_secret_env = \"{prefix}_WEBHOOK_SECRET\"  # then `aftercast serve` takes \
                 them at /v1/hooks/{}",
                self.kind
            );
        }
    }
}

/// Returns what the token in `variable` must be allowed to do.
pub(super) fn permissions(systems: &[&System], variable: &str) -> Vec<&'static str> {
    let own = systems.iter().filter(|system| system.variable == variable);
    let pulls = own.filter_map(|system| system.source.and_then(|source| source.pull));
    let mut needs: Vec<&str> = pulls
        .flat_map(|pull| pull.streams)
        .filter(|stream| !stream.optional && !stream.needs.is_empty())
        .map(|stream| stream.needs)
        .collect();
    needs.sort_unstable();
    needs.dedup();
    needs
}

fn variable_prefix(variable: &str) -> &str {
    variable.strip_suffix("_TOKEN").unwrap_or(variable)
}

/// Returns where the API of a server of one's own is.
fn api(kind: &str, host: &str) -> Option<String> {
    if USUAL_HOSTS.contains(&host) {
        return None;
    }
    match kind {
        "github" => Some(format!("https://{host}/api/v3")),
        _ => Some(format!("https://{host}")),
    }
}

/// Returns the host of the remote, `origin` first.
fn remote_host(root: &Path) -> Option<String> {
    let config = read(&root.join(".git/config"))?;
    let mut section = "";
    let mut found: Option<&str> = None;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        } else if let Some(url) = line.strip_prefix("url").map(str::trim_start)
            && let Some(url) = url.strip_prefix('=')
            && section.starts_with("[remote ")
        {
            let is_origin = section == "[remote \"origin\"]";
            if is_origin || found.is_none() {
                found = Some(url.trim());
            }
            if is_origin {
                break;
            }
        }
    }
    host_of(found?)
}

/// Returns the host in `https://host/..`, `ssh://git@host:22/..`, `git@host:path`.
fn host_of(url: &str) -> Option<String> {
    let authority = match url.split_once("://") {
        Some((_, rest)) => rest.split('/').next()?,
        None => url.split_once(':')?.0,
    };
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let is_host =
        host.contains('.') && host.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    is_host.then(|| host.to_lowercase())
}

/// Returns a file that declares an Argo CD application, in the folders where they usually are.
fn argo_application(root: &Path) -> Option<String> {
    const FOLDERS: &[&str] =
        &["", "argocd", "argo-cd", "deploy", "k8s", "kubernetes", ".argocd", "manifests"];
    for folder in FOLDERS {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| matches!(name.rsplit_once('.'), Some((_, "yaml" | "yml"))))
            .collect();
        names.sort_unstable();
        for name in names.iter().take(50) {
            let path = Path::new(folder).join(name);
            let text = read(&root.join(&path)).unwrap_or_default();
            if text.contains("argoproj.io/") && text.contains("kind: Application") {
                return Some(path.display().to_string());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_from_every_form_of_remote() {
        for (url, host) in [
            ("git@github.com:acme/shop.git", Some("github.com")),
            ("https://ann:x@Git.Example.com:8443/acme/shop", Some("git.example.com")),
            ("ssh://git@gerrit.example.com:29418/shop", Some("gerrit.example.com")),
            ("/srv/git/shop.git", None),
            ("../shop", None),
            ("C:\\shop", None),
        ] {
            assert_eq!(host_of(url).as_deref(), host, "{url}");
        }
    }
}
