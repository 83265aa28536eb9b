//! Every kind of repository, whole or broken.

use std::path::Path;

use aftercast_connectors::git::{OpenError, Options, ReadError};
use aftercast_model::{PersonKey, ServiceMap, Timestamp};

use super::repository::{Repository, read_at};

const MISSING: [Option<i64>; 3] = [None, None, None];

#[test]
fn a_repository_is_found_from_any_place_in_it() {
    let repo = Repository::new();
    repo.git(&["remote", "add", "origin", "https://example.org/acme/shop"]);
    repo.write("deep/er/file", "1\n");
    repo.commit("one", "a.txt", "1\n");
    repo.git(&["worktree", "add", "-q", "-b", "other", "linked"]);
    let expected = repo.read().commits();
    assert_eq!(expected.len(), 1);
    for place in ["deep/er", ".git", "linked"] {
        let read = read_at(&repo.path().join(place));
        assert_eq!(read.commits(), expected, "{place}");
    }
    let bare = repo.clone_to(&["--bare"]);
    let read = read_at(bare.path());
    assert_eq!(read.shas(), repo.read().shas());
    assert_eq!(read.summary.default_branch.as_deref(), Some("main"));
}

#[test]
fn a_detached_head_is_read_with_the_default_branch() {
    let repo = Repository::new();
    let one = repo.commit("one", "a.txt", "1\n");
    repo.commit("two", "a.txt", "2\n");
    repo.git(&["checkout", "-q", "--detach", &one]);
    let hot = repo.commit("hot", "b.txt", "1\n");
    let read = repo.read();
    assert_eq!(read.summary.head.as_deref(), Some(&hot[..]));
    assert_eq!(read.summary.default_branch.as_deref(), Some("main"));
    assert_eq!(read.shas().len(), 3);
}

#[test]
fn an_empty_repository_has_no_facts() {
    let read = Repository::new().read();
    assert!(read.outputs.is_empty());
    assert_eq!((read.summary.commits, read.summary.head), (0, None));
}

#[test]
fn what_is_no_repository_is_said() {
    let refused = |path: &Path| {
        let services = ServiceMap::default();
        let people = PersonKey::from_bytes([1; 32]);
        let context = aftercast_connectors::Context {
            services: &services,
            people: &people,
            repo: None,
            rules: &aftercast_connectors::Rules::default(),
        };
        let options = Options::default();
        let read = aftercast_connectors::git::read(
            path,
            None,
            &options,
            &context,
            &mut |_| (),
            &mut |_| Ok::<(), std::convert::Infallible>(()),
        );
        match read {
            Err(ReadError::Open(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(refused(folder.path()), OpenError::NoRepository { .. }));
    assert!(matches!(refused(&folder.path().join("gone")), OpenError::NotThere { .. }));
    let broken = folder.path().join("broken");
    std::fs::create_dir_all(broken.join(".git/objects")).unwrap();
    std::fs::write(broken.join(".git/HEAD"), "nonsense").unwrap();
    refused(&broken);
}

#[test]
fn a_shallow_clone_says_where_its_history_starts() {
    let repo = Repository::new();
    repo.commit("one", "a.txt", "1\n");
    let two = repo.commit("two", "a.txt", "1\n2\n");
    let three = repo.commit("three", "a.txt", "1\n2\n3\n");
    let clone = repo.clone_to(&["--depth=2"]);
    let read = read_at(clone.path());
    assert_eq!(read.shas(), [&three[..], &two]);
    assert_eq!(read.numbers(&two), MISSING, "it is no root: what it changed is not known");
    assert_eq!(read.numbers(&three), [Some(1), Some(0), Some(1)]);
    assert!(read.summary.shallow);
    let problems = read.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("history starts here: shallow clone"));
}

#[test]
fn odd_commits_are_read_as_far_as_they_go() {
    let repo = Repository::new();
    repo.commit("one", "a.txt", "1\n");
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    let parent = repo.head();
    let head = format!("tree {tree}\nparent {parent}\n");
    let body = b"author J\xf6rg <J\xd6rg@Example.org> 0 -0730\n\
        committer J\xf6rg <x> 4294967295 +0000\n\nGr\xfc\xdfe (#7)\n";
    let latin = repo.raw_commit(&[head.as_bytes(), body].concat());
    let head = format!("tree {tree}\nparent {latin}\n");
    let odd = b"author Nobody\ncommitter Nobody <> 99999999999999999999 +9999\n\n";
    let odd = repo.raw_commit(&[head.as_bytes(), odd].concat());
    let read = repo.read();
    let row = read.commit(&latin);
    assert_eq!(row.authored_at, Some(Timestamp::from_millis(0)));
    assert_eq!(row.committed_at, Some(Timestamp::from_millis(4_294_967_295_000)));
    assert_eq!(read.key(&latin), "7");
    assert!(row.author_key.is_some());
    let row = read.commit(&odd);
    assert_eq!((row.authored_at, row.committed_at), (None, None));
    assert!(row.author_key.is_none());
    assert_eq!(read.numbers(&odd), [Some(0), Some(0), Some(0)]);
}

#[test]
fn a_replaced_commit_is_read_as_git_shows_it() {
    let repo = Repository::new();
    repo.commit("one", "a.txt", "1\n");
    let two = repo.commit("two", "a.txt", "1\n2\n");
    repo.commit("three", "a.txt", "1\n2\n3\n");
    repo.git(&["replace", "--graft", &two]);
    let read = repo.read();
    assert_eq!(read.shas().len(), 2);
    assert_eq!(read.numbers(&two), [Some(2), Some(0), Some(1)], "a root now");
}

fn loose(repo: &Repository, id: &str) -> std::path::PathBuf {
    repo.path().join(".git/objects").join(&id[..2]).join(&id[2..])
}

fn overwrite(path: &Path, content: &[u8]) {
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, content).unwrap();
}

#[test]
fn a_clone_without_files_has_unknown_lines() {
    let repo = Repository::new();
    repo.commit("one", "a.txt", "1\n");
    let two = repo.commit("two", "b.txt", "1\n2\n");
    let three = repo.commit("three", "c.txt", "1\n2\n3\n");
    let blob = repo.git(&["rev-parse", "HEAD~1:b.txt"]);
    std::fs::remove_file(loose(&repo, &blob)).unwrap();
    let read = repo.read();
    assert_eq!(read.numbers(&two), [None, None, Some(1)]);
    assert_eq!(read.numbers(&three), [Some(3), Some(0), Some(1)]);
    let problems = read.problems();
    assert_eq!(problems.len(), 1, "one note for all: {problems:?}");
    assert!(problems[0].starts_with("lines of 1 commits are unknown: files are missing"));
}

#[test]
fn a_broken_object_costs_only_itself() {
    for content in [&b""[..], b"nonsense", b"x\x9c\x03\0\0\0\0\x01"] {
        for kind in ["^{tree}", ":a.txt", ""] {
            let repo = Repository::new();
            let one = repo.commit("one", "a.txt", "1\n");
            let two = repo.commit("two", "a.txt", "2\n");
            let three = repo.commit("three", "b.txt", "1\n");
            repo.git(&["tag", "v1", &three]);
            let id = repo.git(&["rev-parse", &format!("{two}{kind}")]);
            overwrite(&loose(&repo, &id), content);
            let read = repo.read();
            assert!(!read.problems().is_empty(), "{kind:?}");
            assert!(read.shas().contains(&&three[..]), "{kind:?}");
            assert_eq!(read.shas().contains(&&one[..]), !kind.is_empty(), "{kind:?}");
            if kind == ":a.txt" {
                assert_eq!(read.numbers(&two), [None, None, Some(1)]);
            }
        }
    }
}

#[test]
fn a_broken_pack_is_a_problem_and_no_panic() {
    let repo = Repository::new();
    for number in 0..40 {
        let lines: Vec<String> = (0..=number).map(|line| format!("line {line}\n")).collect();
        repo.commit(&format!("commit {number}"), "a.txt", &lines.concat());
    }
    repo.git(&["gc", "-q"]);
    let packs = repo.path().join(".git/objects/pack");
    let pack = std::fs::read_dir(&packs).unwrap().flatten().map(|entry| entry.path());
    let pack = pack.into_iter().find(|path| path.extension().is_some_and(|x| x == "pack")).unwrap();
    let whole = std::fs::read(&pack).unwrap();
    for at in (12..whole.len() - 20).step_by(97) {
        let mut broken = whole.clone();
        broken[at] ^= 0x55;
        overwrite(&pack, &broken);
        let read = read_at(&repo.path());
        assert!(read.summary.commits <= 40);
    }
}
