//! Commits: what each row says, whatever the way it came in.

use aftercast_connectors::git::{Branches, Options};
use aftercast_model::{PersonKey, ServiceMap, ServiceRule, Timestamp};

use super::repository::{BEGIN, Repository, read_since, read_with};

const MISSING: [Option<i64>; 3] = [None, None, None];

#[test]
fn a_line_of_commits_is_read_newest_first() {
    let repo = Repository::new();
    repo.git(&["remote", "add", "origin", "git@example.org:acme/shop.git"]);
    let first = repo.commit("first", "a.txt", "1\n2\n3\n");
    let second = repo.commit("second", "a.txt", "1\nx\n3\n4\n");
    let empty = repo.commit("nothing", "a.txt", "1\nx\n3\n4\n");
    let read = repo.read();
    assert_eq!(read.shas(), [&empty[..], &second, &first]);
    assert_eq!(read.numbers(&first), [Some(3), Some(0), Some(1)]);
    assert_eq!(read.numbers(&second), [Some(2), Some(1), Some(1)]);
    assert_eq!(read.numbers(&empty), [Some(0), Some(0), Some(0)]);
    let row = read.commit(&second);
    assert_eq!(read.text(row.parents), first);
    assert_eq!((read.text(row.repo), read.text(row.service)), ("acme/shop", "acme/shop"));
    assert_eq!(read.text(row.source), "git");
    let author = PersonKey::from_bytes([1; 32]).pseudonym("git", "ann@example.org");
    assert_eq!(read.text(row.author_key), author);
    let seconds: i64 = repo.git(&["show", "-s", "--format=%ct", &second]).parse().unwrap();
    assert!(seconds > BEGIN);
    assert_eq!(row.committed_at, Some(Timestamp::from_millis(seconds * 1_000)));
    assert_eq!(row.authored_at, row.committed_at);
    assert_eq!(read.summary.commits, 3);
    assert_eq!(read.problems(), [""; 0]);
}

#[test]
fn a_merge_names_its_change_and_has_no_numbers_of_its_own() {
    let repo = Repository::new();
    let base = repo.commit("base", "a.txt", "1\n");
    repo.git(&["checkout", "-q", "-b", "fix"]);
    let fix = repo.commit("fix", "b.txt", "1\n2\n");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "fix", "-m", "Merge pull request #12 from acme/fix"]);
    let merge = repo.head();
    let read = repo.read();
    assert_eq!(read.numbers(&merge), MISSING);
    assert_eq!(read.numbers(&fix), [Some(2), Some(0), Some(1)]);
    assert_eq!(read.text(read.commit(&merge).parents), format!("{base} {fix}"));
    assert_eq!((read.key(&merge), read.key(&fix)), ("12", ""));
}

#[test]
fn an_octopus_keeps_all_its_parents() {
    let repo = Repository::new();
    repo.commit("base", "a.txt", "1\n");
    let mut arms = Vec::new();
    for arm in ["x", "y", "z"] {
        repo.git(&["checkout", "-q", "-b", arm, "main"]);
        arms.push(repo.commit(arm, arm, "1\n"));
    }
    repo.git(&["checkout", "-q", "x"]);
    repo.git(&["merge", "-q", "y", "z", "-m", "Merge branches"]);
    repo.git(&["branch", "-f", "main"]);
    let merge = repo.head();
    let read = repo.read();
    assert_eq!(read.text(read.commit(&merge).parents), arms.join(" "));
    assert_eq!(read.numbers(&merge), MISSING);
}

#[test]
fn squashed_and_rebased_changes_keep_their_key() {
    let repo = Repository::new();
    repo.commit("base", "a.txt", "1\n");
    repo.git(&["checkout", "-q", "-b", "fix"]);
    repo.write("b.txt", "1\n");
    repo.git(&["add", "-A"]);
    let id = "Change-Id: I0123456789abcdef0123456789abcdef01234567";
    repo.git(&["commit", "-q", "-m", "fix", "-m", id]);
    repo.git(&["checkout", "-q", "main"]);
    let squash = repo.commit("Add c (#34)", "c.txt", "1\n");
    repo.git(&["rebase", "-q", "main", "fix"]);
    let rebased = repo.head();
    repo.git(&["branch", "-f", "main"]);
    let read = repo.read();
    assert_eq!(read.key(&squash), "34");
    assert_eq!(read.key(&rebased), "I0123456789abcdef0123456789abcdef01234567");
    let row = read.commit(&rebased);
    assert!(row.authored_at < row.committed_at, "a rebase keeps the author's date");
}

#[test]
fn a_revert_names_what_it_takes_back_also_by_a_short_hash() {
    let repo = Repository::new();
    repo.commit("base", "a.txt", "1\n");
    let change = repo.commit("change (#5)", "a.txt", "2\n");
    repo.git(&["revert", "--no-edit", &change]);
    let revert = repo.head();
    repo.git(&["revert", "--no-edit", &revert]);
    let again = repo.head();
    let short = format!("Undo\n\nThis reverts commit {}.", &change[..9]);
    let by_hand = repo.commit(&short, "a.txt", "3\n");
    let unknown = repo.commit("Undo\n\nThis reverts commit 0000000.", "a.txt", "4\n");
    let read = repo.read();
    assert_eq!(read.reverts(&revert), change);
    assert_eq!(read.key(&revert), "", "the number in the quoted subject is not its own");
    assert_eq!(read.reverts(&again), revert);
    assert_eq!(read.reverts(&by_hand), change);
    assert_eq!(read.reverts(&unknown), "0000000");
    assert_eq!(read.reverts(&change), "");
}

#[test]
fn a_cherry_pick_is_a_commit_of_its_own_that_names_where_it_comes_from() {
    let repo = Repository::new();
    repo.commit("base", "a.txt", "1\n");
    repo.git(&["branch", "release/1.0"]);
    let fix = repo.commit("fix (#8)", "a.txt", "2\n");
    repo.git(&["checkout", "-q", "release/1.0"]);
    repo.git(&["cherry-pick", "-x", &fix]);
    let picked = repo.head();
    let read = repo.read();
    assert_ne!(picked, fix);
    assert_eq!((read.key(&picked), read.key(&fix)), ("8", "8"));
    assert_eq!((read.picked(&picked), read.picked(&fix)), (fix.as_str(), ""));
}

#[test]
fn a_split_repository_gives_each_service_its_share() {
    let repo = Repository::new();
    let rule = |service: &str, path: &str| ServiceRule {
        service: service.to_owned(),
        paths: vec![path.to_owned()],
        tag_prefix: Some(format!("{service}-v")),
        ..ServiceRule::default()
    };
    let services = ServiceMap { rules: vec![rule("web", "apps/web"), rule("api", "apps/api/")] };
    repo.write("apps/web/deep/main", "1\n2\n");
    repo.write("apps/website", "1\n");
    let both = repo.commit("both", "apps/api/main", "1\n2\n3\n");
    let api = repo.commit("api", "apps/api/main", "1\n3\n");
    repo.git(&["tag", "web-v1.0.0"]);
    repo.git(&["tag", "v9"]);
    repo.git(&["checkout", "-q", "-b", "side", "HEAD~1"]);
    repo.commit("side", "apps/web/deep/main", "1\n");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "side", "-m", "merge"]);
    let merge = repo.head();
    let read = read_with(&repo.path(), None, &Options::default(), &services);
    let rows = |sha: &str| {
        let mut rows: Vec<_> = read
            .commits()
            .into_iter()
            .filter(|row| read.text(row.sha) == sha)
            .map(|row| (read.text(row.service), row.additions, row.deletions, row.files_changed))
            .collect();
        rows.sort_unstable();
        rows
    };
    let whole = &read.summary.repo[..];
    let mut expected = vec![
        ("api", Some(3), Some(0), Some(1)),
        ("web", Some(2), Some(0), Some(1)),
        (whole, Some(1), Some(0), Some(1)),
    ];
    expected.sort_unstable();
    assert_eq!(rows(&both), expected);
    assert_eq!(rows(&api), [("api", Some(0), Some(1), Some(1))]);
    assert_eq!(rows(&merge), [("web", None, None, None)]);
    let mut ids: Vec<_> = read.commits().iter().map(|row| row.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), read.commits().len(), "each row has an id of its own");
    let tags = read.marks("tag");
    assert_eq!(read.text(tags["web-v1.0.0"].service), "web");
    assert_eq!(read.text(tags["v9"].service), whole);
}

#[test]
fn the_second_read_brings_only_what_is_new() {
    let repo = Repository::new();
    repo.commit("one", "a.txt", "1\n");
    repo.git(&["tag", "v1.0.0"]);
    let first = repo.read();
    let same = read_since(&repo.path(), Some(&first.cursor));
    assert!(same.outputs.is_empty(), "nothing new, nothing said");
    assert_eq!(same.cursor, first.cursor);
    let two = repo.commit("two", "a.txt", "2\n");
    repo.git(&["checkout", "-q", "-b", "side", "HEAD~1"]);
    let side = repo.commit("side", "b.txt", "2\n");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "side", "-m", "merge"]);
    let merge = repo.head();
    repo.git(&["tag", "v1.1.0"]);
    let second = read_since(&repo.path(), Some(&first.cursor));
    assert_eq!(second.shas(), [&merge[..], &side, &two]);
    assert_eq!(second.numbers(&two), [Some(1), Some(1), Some(1)]);
    assert_eq!(second.marks("tag").keys().collect::<Vec<_>>(), [&"v1.1.0"]);
    // The cursor is plain data.
    let stored = serde_json::to_string(&second.cursor).unwrap();
    assert_eq!(
        serde_json::from_str::<aftercast_connectors::git::Cursor>(&stored).unwrap(),
        second.cursor
    );
}

#[test]
fn after_a_force_push_the_new_line_is_read() {
    let repo = Repository::new();
    repo.commit("one", "a.txt", "1\n");
    repo.commit("two", "a.txt", "2\n");
    let first = repo.read();
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let other = repo.commit("other", "a.txt", "3\n");
    let second = read_since(&repo.path(), Some(&first.cursor));
    assert_eq!(second.shas(), [&other[..]]);
    // The old tip is gone altogether.
    repo.git(&["reflog", "expire", "--expire=now", "--all"]);
    repo.git(&["gc", "-q", "--prune=now"]);
    let third = read_since(&repo.path(), Some(&first.cursor));
    assert!(third.shas().contains(&&other[..]));
    assert_eq!(third.problems(), [""; 0]);
}

#[test]
fn unmerged_branches_are_read_only_when_asked_for() {
    let repo = Repository::new();
    let main = repo.commit("one", "a.txt", "1\n");
    repo.git(&["checkout", "-q", "-b", "idea"]);
    let idea = repo.commit("idea", "a.txt", "2\n");
    repo.git(&["checkout", "-q", "main"]);
    assert_eq!(repo.read().shas(), [&main[..]]);
    let all = Options { branches: Branches::All, ..Options::default() };
    let read = read_with(&repo.path(), None, &all, &ServiceMap::default());
    assert_eq!(read.shas(), [&idea[..], &main]);
}

#[test]
fn batches_are_bounded_and_a_full_sink_ends_the_reading() {
    let repo = Repository::new();
    for number in 0..300 {
        repo.git(&["commit", "-q", "--allow-empty", "-m", &format!("commit {number}")]);
    }
    let options = Options { batch_commits: 128, ..Options::default() };
    let services = ServiceMap::default();
    let read = read_with(&repo.path(), None, &options, &services);
    let sizes: Vec<_> = read.outputs.iter().map(|output| output.facts.commits.len()).collect();
    assert_eq!(sizes, [128, 128, 44]);
    let people = PersonKey::from_bytes([1; 32]);
    let context = aftercast_connectors::Context {
        services: &services,
        people: &people,
        repo: None,
        rules: &aftercast_connectors::Rules::default(),
    };
    let mut calls = 0;
    let full = aftercast_connectors::git::read(
        &repo.path(),
        None,
        &options,
        &context,
        &mut |_| (),
        &mut |_| {
            calls += 1;
            Err(std::io::Error::other("disk full"))
        },
    );
    assert!(matches!(full, Err(aftercast_connectors::git::ReadError::Sink(_))));
    assert_eq!(calls, 1);
}
