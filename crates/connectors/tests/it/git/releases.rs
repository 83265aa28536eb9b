//! Tags and release branches.

use aftercast_model::Timestamp;

use super::repository::{Repository, read_at, read_since};

fn seconds(repo: &Repository, format: &str, name: &str) -> Timestamp {
    let said = repo.git(&["for-each-ref", &format!("--format=%({format}:unix)"), name]);
    Timestamp::from_millis(said.parse::<i64>().unwrap() * 1_000)
}

#[test]
fn tags_say_when_they_were_made_and_what_they_name() {
    let repo = Repository::new();
    let one = repo.commit("one", "a.txt", "1\n");
    repo.git(&["tag", "v1.0.0-rc.1"]);
    repo.git(&["tag", "-a", "v1.0.0", "-m", "first"]);
    repo.git(&["tag", "-a", "wrapped", "-m", "a tag of a tag", "v1.0.0"]);
    repo.git(&["tag", "tree", "HEAD^{tree}"]);
    let read = repo.read();
    let tags = read.marks("tag");
    assert_eq!(tags.keys().copied().collect::<Vec<_>>(), ["v1.0.0", "v1.0.0-rc.1", "wrapped"]);
    for tag in tags.values() {
        assert_eq!(read.text(tag.sha), one);
    }
    let status = |tag: &str| read.text(tags[tag].native_status);
    assert_eq!((status("v1.0.0"), status("v1.0.0-rc.1")), ("annotated", "lightweight"));
    let made = seconds(&repo, "taggerdate", "refs/tags/v1.0.0");
    assert_eq!(tags["v1.0.0"].tagged_at, Some(made));
    assert_eq!(tags["v1.0.0-rc.1"].tagged_at, read.commit(&one).committed_at);
    let prerelease = |tag: &str| tags[tag].prerelease;
    assert_eq!(prerelease("v1.0.0"), Some(false));
    assert_eq!(prerelease("v1.0.0-rc.1"), Some(true));
    assert_eq!(prerelease("wrapped"), None);
    assert_eq!(read.problems(), ["tag `tree` names no commit that is here"]);
    assert_eq!(read.summary.tags, 3);
}

#[test]
fn a_moved_tag_keeps_its_id() {
    let repo = Repository::new();
    repo.commit("one", "a.txt", "1\n");
    repo.git(&["tag", "latest"]);
    let first = repo.read();
    let two = repo.commit("two", "a.txt", "2\n");
    repo.git(&["tag", "-f", "latest"]);
    let second = read_since(&repo.path(), Some(&first.cursor));
    let (old, new) = (first.marks("tag")["latest"], second.marks("tag")["latest"]);
    assert_eq!(old.id, new.id);
    assert!(old.observed_at < new.observed_at, "the later one wins");
    assert_eq!(second.text(new.sha), two);
}

#[test]
fn a_release_branch_is_cut_where_it_leaves_the_main_line() {
    let repo = Repository::new();
    repo.commit("one", "a.txt", "1\n");
    let cut = repo.commit("two", "a.txt", "2\n");
    repo.git(&["checkout", "-q", "-b", "release/1.0"]);
    let fix = repo.commit("fix", "fix.txt", "1\n");
    repo.git(&["checkout", "-q", "main"]);
    let three = repo.commit("three", "a.txt", "3\n");
    // Merging back does not move the cut.
    repo.git(&["merge", "-q", "--no-ff", "release/1.0", "-m", "Merge back"]);
    repo.git(&["branch", "2.x", &three]);
    repo.git(&["branch", "feature/release-notes"]);
    let read = repo.read();
    let branches = read.marks("branch");
    assert_eq!(branches.keys().copied().collect::<Vec<_>>(), ["2.x", "release/1.0"]);
    let branch = branches["release/1.0"];
    assert_eq!(read.text(branch.sha), cut);
    assert_eq!(branch.tagged_at, read.commit(&cut).committed_at);
    assert_eq!(read.text(branch.native_status), "diverged");
    assert_eq!(branch.prerelease, None);
    assert_eq!(read.text(branches["2.x"].sha), three);
    assert_eq!(read.text(branches["2.x"].native_status), "not diverged");
    assert!(read.shas().contains(&&fix[..]));

    // A clone has the branch at the remote only; the cut is the same.
    let clone = repo.clone_to(&[]);
    let cloned = read_at(clone.path());
    assert_eq!(cloned.text(cloned.marks("branch")["release/1.0"].sha), cut);
    assert_eq!(cloned.summary.default_branch.as_deref(), Some("main"));
    assert_eq!(cloned.shas().len(), read.shas().len());
}

#[test]
fn what_a_release_branch_alone_has_is_read() {
    let repo = Repository::new();
    repo.commit("one", "a.txt", "1\n");
    repo.git(&["checkout", "-q", "-b", "v1.2.x"]);
    let fix = repo.commit("fix", "a.txt", "2\n");
    repo.git(&["checkout", "-q", "main"]);
    assert!(repo.read().shas().contains(&&fix[..]));
}
