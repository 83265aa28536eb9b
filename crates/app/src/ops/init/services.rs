//! Which services are in a repository: by catalogue files (Backstage), else by who owns which folder.

use std::path::{Path, PathBuf};

use super::read;

/// A service in a part of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Service {
    /// Its name.
    pub(super) name: String,
    /// Its folder.
    pub(super) path: String,
    /// Who owns it.
    pub(super) team: Option<String>,
    /// Where it was seen.
    pub(super) seen: String,
}

/// Files of catalogues.
const CATALOGUES: &[&str] = &["catalog-info.yaml", "catalog-info.yml"];
/// How deep services lie.
const DEEPEST: usize = 4;
/// Folders that are looked into, at most.
const MOST_FOLDERS: usize = 2_000;
/// Folders in which each folder is a service, where owners are named for them.
const PARENTS: &[&str] = &["apps", "services", "packages", "cmd", "projects", "modules"];
/// More than these nobody wants to read.
const MOST: usize = 60;

/// Finds the services of the repository at `root`; none where it is one service as a whole.
pub(super) fn find(root: &Path) -> Vec<Service> {
    let mut services = catalogued(root);
    if services.is_empty() {
        services = owned(root);
    }
    services.truncate(MOST);
    services
}

fn catalogued(root: &Path) -> Vec<Service> {
    let mut found = Vec::new();
    let mut folders = vec![(PathBuf::new(), 0)];
    let mut looked = 0;
    while let Some((folder, depth)) = folders.pop() {
        looked += 1;
        if looked > MOST_FOLDERS {
            break;
        }
        let file = CATALOGUES.iter().map(|name| folder.join(name));
        let file = file.into_iter().find(|file| root.join(file).is_file());
        // A catalogue at the top is about all of it.
        if let Some(file) = file.filter(|_| depth > 0) {
            let text = read(&root.join(&file)).unwrap_or_default();
            if let Some((name, team)) = component(&text) {
                let path = slashed(&folder);
                found.push(Service { name, path, team, seen: format!("`{}`", slashed(&file)) });
            }
        }
        if depth == DEEPEST {
            continue;
        }
        let Ok(entries) = std::fs::read_dir(root.join(&folder)) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && !name.starts_with('.') && name != "node_modules" && name != "target" {
                folders.push((folder.join(name), depth + 1));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Returns name and owner of the first component. The few lines that are needed are plain in every
/// catalogue; whatever is written in another way is left out.
fn component(text: &str) -> Option<(String, Option<String>)> {
    let document =
        text.split("\n---").find(|part| value(part, "kind", 0).as_deref() == Some("Component"))?;
    let name = value(document, "name", 2)?;
    Some((name, value(document, "owner", 2)))
}

/// Returns the plain value of `key` that is indented by `indent` blanks or more, if any at all.
fn value(text: &str, key: &str, indent: usize) -> Option<String> {
    text.lines().find_map(|line| {
        let inner = line.trim_start();
        let depth = line.len() - inner.len();
        let value = inner.strip_prefix(key)?.strip_prefix(':')?;
        let value = value.split(" #").next()?.trim().trim_matches(['"', '\'']);
        let fits = (depth == 0) == (indent == 0);
        (fits && !value.is_empty()).then(|| value.to_owned())
    })
}

fn owned(root: &Path) -> Vec<Service> {
    let file = ["CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS"]
        .into_iter()
        .find(|file| root.join(file).is_file());
    let Some(file) = file else { return Vec::new() };
    let text = read(&root.join(file)).unwrap_or_default();
    let mut found: Vec<Service> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '['])) {
        let mut words = line.split_whitespace();
        let Some(pattern) = words.next() else { continue };
        let path = pattern.trim_start_matches('/').trim_end_matches("/**").trim_end_matches("/*");
        let path = path.trim_end_matches('/');
        let mut parts = path.split('/');
        let parent = parts.next().unwrap_or_default();
        let (Some(name), None) = (parts.next(), parts.next()) else { continue };
        let is_part = PARENTS.contains(&parent) && !name.contains('*') && root.join(path).is_dir();
        if !is_part || found.iter().any(|known| known.path == path) {
            continue;
        }
        // A team has a slash (`@acme/web`); who else owns it is a person and none of our business.
        let owners = words.take_while(|word| !word.starts_with('#'));
        let mut teams = owners.filter_map(|word| Some(word.strip_prefix('@')?.split_once('/')?.1));
        found.push(Service {
            name: name.to_owned(),
            path: path.to_owned(),
            team: teams.next().map(ToOwned::to_owned),
            seen: format!("`{file}`"),
        });
    }
    found
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn catalogues_name_services_with_their_folders_and_teams() {
        let folder = tempfile::tempdir().unwrap();
        let text = "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata:\n  name: all\n---\nkind: \
                    Component\nmetadata:\n  name: \"web\" # ours\nspec:\n  type: service\n  owner: \
                    team-web\n";
        write(folder.path(), "apps/web/catalog-info.yaml", text);
        write(folder.path(), "catalog-info.yaml", "kind: Component\nmetadata:\n  name: whole\n");
        write(folder.path(), "node_modules/x/catalog-info.yaml", text);
        let found = find(folder.path());
        assert_eq!(
            found,
            [Service {
                name: "web".into(),
                path: "apps/web".into(),
                team: Some("team-web".into()),
                seen: "`apps/web/catalog-info.yaml`".into(),
            }]
        );
    }

    #[test]
    fn owners_of_folders_name_services_where_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "services/mail/main.go", "");
        write(folder.path(), "services/shop/main.go", "");
        let owners = "# all\n* @acme/all\n/services/mail/ @acme/mail\n/services/shop/** @acme/shop @ann\n\
                      /services/gone/ @acme/gone\n/docs/ @acme/docs\n";
        write(folder.path(), ".github/CODEOWNERS", owners);
        let found = find(folder.path());
        let names: Vec<_> =
            found.iter().map(|one| (one.name.as_str(), one.team.as_deref())).collect();
        assert_eq!(names, [("mail", Some("mail")), ("shop", Some("shop"))]);
    }
}
