//! A first `aftercast.toml` for what is found in a repository: what it is connected to, which services
//! are in it, and the commands that come next.

mod services;
mod systems;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use aftercast_connectors::git;

use self::services::Service;
use self::systems::System;
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
    /// The commands that come next.
    pub(crate) next: Vec<String>,
}

/// Drafts the file for the repository around the session's start, or for the folder itself.
pub(crate) fn draft(session: &Session) -> Draft {
    let root = session.repository.as_deref().unwrap_or(&session.start);
    let name = git::repository_name(root, None).ok();
    let mut found = Vec::new();
    match &name {
        Some(name) => found.push(format!("git repository `{name}`")),
        None => found.push("no git repository".to_owned()),
    }
    let folder = root.file_name().map(|name| name.to_string_lossy().into_owned());
    let repo = name.clone().or(folder).unwrap_or_else(|| "service".to_owned());
    let systems = systems::find(root, &repo);
    found.extend(systems.iter().map(|system| format!("{} ({})", system.title, system.seen)));
    let parts = services::find(root);
    found.extend(parts.iter().map(|part| format!("service `{}` ({})", part.name, part.seen)));
    let text = text(&repo, &systems, &parts);
    Draft { path: root.join(FILE_NAME), text, found, next: next(&systems) }
}

fn text(repo: &str, systems: &[System], parts: &[Service]) -> String {
    let mut text = String::from(
        "# Aftercast: after every release, five numbers, eight answers, one change.\n\
         # `aftercast config explain` shows every setting and where its value comes from,\n\
         # `aftercast doctor` what can be answered with it. No secret stands in this file.\n",
    );
    if parts.is_empty() {
        let service = repo.rsplit('/').next().unwrap_or(repo);
        let _ = write!(
            text,
            "\n[[service]]\nname = {}\nrepo = {}\n\
             # paths = [\"apps/web\"]     # only this part of a monorepo\n\
             # tag_prefix = \"web-v\"     # only these tags\n\
             # names = [\"pagerduty:Web\"]  # how other systems call it\n",
            quoted(service),
            quoted(repo),
        );
    }
    for part in parts {
        let _ = write!(
            text,
            "\n[[service]]\nname = {}\nrepo = {}\npaths = [{}]\n",
            quoted(&part.name),
            quoted(repo),
            quoted(&part.path)
        );
        if let Some(team) = &part.team {
            let _ = writeln!(text, "team = {}", quoted(team));
        }
    }
    for system in systems {
        system.write(&mut text);
    }
    text.push_str(
        "\n[environments]\n# production = [\"production\"]  # default: production, prod, live, prd\n\
         \n[review]\n\
         # deployed_branch = \"main\" # where a merge is a release; only used without deployments and tags\n\
         # comparison_window = 60   # earlier releases to compare with\n",
    );
    text
}

fn next(systems: &[System]) -> Vec<String> {
    let mut next = Vec::new();
    let ready: Vec<&System> = systems.iter().filter(|system| system.is_ready()).collect();
    next.extend(ready.iter().filter_map(|system| system.variable()).map(|name| {
        format!("export {name}=...   # needs {}", systems::permissions(&ready, name).join(", "))
    }));
    next.dedup();
    if !ready.is_empty() {
        next.push(
            "aftercast doctor       # what the tokens may read, and what will be known".into(),
        );
        next.push("aftercast sync         # the history, then what is new".into());
    }
    next.push("aftercast review".into());
    next
}

/// A TOML string; foreign names may hold anything.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Text for a comment.
fn one_line(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}

/// Reads a file of the repository that is not suspiciously large.
fn read(path: &Path) -> Option<String> {
    let small = std::fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() < 1 << 20);
    if small { std::fs::read_to_string(path).ok() } else { None }
}
