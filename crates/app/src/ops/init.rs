//! A first `aftercast.toml` for what is found in a repository.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use aftercast_connectors::git;

use super::Session;
use crate::config::FILE_NAME;

/// The file that would be written, and why.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// Where it belongs.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
    /// What was found, one line each.
    pub(crate) found: Vec<String>,
}

/// What tells of a system: a path in the repository, its name, how its traces are fetched.
struct Trace {
    path: &'static str,
    system: &'static str,
    fetch: &'static [&'static str],
}

static TRACES: &[Trace] = &[
    Trace {
        path: ".github/workflows",
        system: "GitHub Actions",
        fetch: &[
            "gh api --paginate 'repos/OWNER/NAME/actions/runs?per_page=100' > runs.json",
            "gh api --paginate 'repos/OWNER/NAME/pulls?state=all&per_page=100' > pulls.json",
            "gh api --paginate 'repos/OWNER/NAME/deployments?per_page=100' > deployments.json",
            "aftercast import github runs.json pulls.json deployments.json",
        ],
    },
    Trace {
        path: ".gitreview",
        system: "Gerrit",
        fetch: &[
            "curl 'https://HOST/changes/?q=project:NAME&o=MESSAGES&o=DETAILED_LABELS&o=ALL_REVISIONS' > changes.json",
            "aftercast import gerrit changes.json",
        ],
    },
    Trace { path: ".gitlab-ci.yml", system: "GitLab CI", fetch: &[] },
    Trace { path: "Jenkinsfile", system: "Jenkins", fetch: &[] },
];

/// Test reports of any pipeline.
const JUNIT: &str = "aftercast import junit target/reports/";

/// Drafts the file for the repository around the session's start, or for the folder itself.
pub(crate) fn draft(session: &Session) -> Draft {
    let root = session.repository.as_deref().unwrap_or(&session.start);
    let name = git::repository_name(root, None).ok();
    let mut found = Vec::new();
    match &name {
        Some(name) => found.push(format!("git repository `{name}`")),
        None => found.push("no git repository".to_owned()),
    }
    let systems: Vec<&Trace> =
        TRACES.iter().filter(|trace| root.join(trace.path).exists()).collect();
    found.extend(systems.iter().map(|trace| format!("{} (`{}`)", trace.system, trace.path)));
    let text = text(root, name.as_deref(), &systems);
    Draft { path: root.join(FILE_NAME), text, found }
}

fn text(root: &Path, name: Option<&str>, systems: &[&Trace]) -> String {
    let folder = root.file_name().map(|name| name.to_string_lossy().into_owned());
    let repo = name.map(str::to_owned).or(folder).unwrap_or_else(|| "service".to_owned());
    let service = repo.rsplit('/').next().unwrap_or(&repo);
    let mut text = String::from(
        "# Aftercast: after every release, five numbers, eight answers, one change.\n\
         # `aftercast config explain` shows every setting and where its value comes from.\n\n",
    );
    let _ = write!(
        text,
        "[[service]]\nname = {}\nrepo = {}\n\
         # paths = [\"apps/web\"]     # only this part of a monorepo\n\
         # tag_prefix = \"web-v\"     # only these tags\n\n\
         [review]\n\
         # deployed_branch = \"main\" # where a merge is a release; only used without deployments and tags\n\
         # comparison_window = 60   # earlier releases to compare with\n",
        quoted(service),
        quoted(&repo),
    );
    for trace in systems {
        let _ = write!(text, "\n# {} was found (`{}`).", trace.system, trace.path);
        if trace.fetch.is_empty() {
            text.push_str(" There is no source for it yet; its test reports can be read:\n");
            let _ = writeln!(text, "#   {JUNIT}");
            continue;
        }
        text.push_str(" To add its traces:\n");
        for line in trace.fetch {
            let _ = writeln!(text, "#   {}", line.replace("OWNER/NAME", &repo));
        }
    }
    text
}

/// A TOML string; foreign names may hold anything.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
