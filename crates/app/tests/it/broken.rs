//! Broken input of each kind ends in a clear message and the right exit code, never a panic.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::Command;

use crate::bench::{Bench, gzip, sample, sample_lines};
use crate::checkout::{commit, repository, run_in};

/// A home has its tables after this; what follows is about the input alone.
fn import(bench: &Bench, path: &Path) -> crate::bench::Run {
    bench.run(["import", "gerrit", path.to_str().unwrap()])
}

fn changes(bench: &Bench) -> String {
    bench.sql("SELECT count(*) FROM change_requests").concat()
}

#[test]
fn a_truncated_archive_keeps_what_was_readable() {
    let bench = Bench::new();
    let whole = std::fs::read(sample()).unwrap();
    let path = bench.write("cut.ndjson.gz", &whole[..whole.len() / 2]);
    import(&bench, &path).refused(3, "cut.ndjson.gz");
    let kept: usize = changes(&bench).parse().unwrap();
    assert!((500..2359).contains(&kept), "{kept} changes");
}

#[test]
fn text_that_is_not_unicode_loses_its_own_record_only() {
    let bench = Bench::new();
    let lines = sample_lines();
    let mut text = format!("{}\n", lines[0]).into_bytes();
    text.extend(b"{\"id\": \"\xff\xfe\xc3\x28\", \"project\": \n");
    text.extend(format!("{}\n", lines[1]).into_bytes());
    let path = bench.write("latin.ndjson", &text);
    import(&bench, &path).refused(3, "latin.ndjson:2");
    assert_eq!(changes(&bench), "2");
}

#[test]
fn a_line_without_end_is_left_out() {
    // 100 MB; AFTERCAST_LONG_LINE_MB makes it longer. A hole in the file: no disk is used.
    let megabytes = std::env::var("AFTERCAST_LONG_LINE_MB")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(100);
    let bench = Bench::new();
    let path = bench.path("long.ndjson");
    let mut file = File::create(&path).unwrap();
    file.write_all(b"{\"id\": \"").unwrap();
    file.seek(SeekFrom::Start(megabytes * 1024 * 1024)).unwrap();
    file.write_all(format!("\"}}\n{}\n", sample_lines()[0]).as_bytes()).unwrap();
    drop(file);
    import(&bench, &path).refused(3, "long.ndjson:1");
    assert_eq!(changes(&bench), "1");
}

#[test]
fn deep_nesting_is_left_out() {
    let bench = Bench::new();
    let deep =
        format!("{{\"a\":{}{}}}\n{}\n", "[".repeat(10_000), "]".repeat(10_000), sample_lines()[0]);
    let path = bench.write("deep.ndjson", deep.as_bytes());
    import(&bench, &path).refused(3, "deep.ndjson:1");
    assert_eq!(changes(&bench), "1");
}

#[test]
fn a_folder_is_read_file_by_file() {
    let bench = Bench::new();
    let lines = sample_lines();
    bench.write("export/a.ndjson", lines[0].as_bytes());
    bench.write("export/more/b.ndjson.gz", &gzip(lines[1].as_bytes()));
    bench.write("export/README.txt", b"what this is\n");
    let run = import(&bench, &bench.path("export"));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(changes(&bench), "2");
}

#[test]
fn what_is_not_there_or_not_it_is_told() {
    let bench = Bench::new();
    import(&bench, &bench.path("missing.json")).refused(3, "missing.json");
    let path = bench.write("empty.json", b"");
    import(&bench, &path).refused(3, "empty.json");
    let path = bench.write("prose.json", b"once upon a time\n");
    import(&bench, &path).refused(3, "prose.json:1");
    bench.run(["import", "git", bench.path("nothing").to_str().unwrap()]).refused(2, "nothing");
    bench.run(["import", "git", bench.work().to_str().unwrap()]).refused(2, "no git repository");
}

#[test]
fn a_file_without_permission_is_told() {
    let bench = Bench::new();
    let path = bench.write("secret.ndjson", sample_lines()[0].as_bytes());
    if !lock(&path, 0o000) {
        return;
    }
    import(&bench, &path).refused(3, "secret.ndjson");
}

#[test]
fn a_home_without_write_access_is_told() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("home")).unwrap();
    if !lock(&bench.path("home"), 0o555) {
        return;
    }
    let run = import(&bench, &sample());
    lock(&bench.path("home"), 0o755);
    run.refused(2, "home");
    assert!(run.stderr.contains("--home DIR"), "{}", run.stderr);
}

/// Takes permissions away; returns whether they mean anything to this user.
fn lock(path: &Path, mode: u32) -> bool {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if root {
        println!("skipped: permissions do not stop root");
    }
    !root
}

#[test]
fn a_home_that_is_a_file_or_read_only_is_told() {
    let bench = Bench::new();
    bench.write("home", b"a file");
    let run = import(&bench, &sample());
    run.refused(2, "cannot make the home");
    let Some(mount) = Mount::new(&bench, "size=64m,ro") else { return };
    let run = import_into(&bench, &mount, &sample());
    run.refused(2, "cannot");
    assert!(run.stderr.contains("--home DIR"), "{}", run.stderr);
}

#[test]
fn a_full_disk_is_told_and_what_was_stored_stays() {
    let bench = Bench::new();
    let Some(mount) = Mount::new(&bench, "size=3m") else { return };
    let lines = sample_lines();
    let few = bench.write("few.ndjson", lines[..20].join("\n").as_bytes());
    assert_eq!(import_into(&bench, &mount, &few).code, Some(0));
    // Noise that does not shrink, until nothing more fits.
    let mut filler = File::create(mount.0.join("filler")).unwrap();
    while filler.write_all(&[7; 4_096]).is_ok() {}
    drop(filler);
    let run = import_into(&bench, &mount, &sample());
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    assert_eq!(run.code, Some(2), "{}{}", run.stdout, run.stderr);
    let said = run.stderr.to_lowercase();
    assert!(said.contains("full") || said.contains("no space"), "{}", run.stderr);
    std::fs::remove_file(mount.0.join("filler")).unwrap();
    let home = mount.0.join("home");
    let count = ["--home", home.to_str().unwrap(), "sql", "SELECT count(*) FROM change_requests"];
    assert!(bench.ok(count).contains("20"));
}

#[test]
fn a_home_that_became_read_only_is_read_and_says_when_it_must_be_written() {
    let bench = Bench::new();
    let Some(mount) = Mount::new(&bench, "size=64m") else { return };
    let home = mount.0.join("home");
    let home = home.to_str().unwrap();
    let folder = repository(&bench);
    let review = || run_in(&bench, &folder, &["--home", home, "review"]);
    let first = review();
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    mount.remount("ro");
    let again = review();
    assert_eq!((again.code, again.stdout), (Some(0), first.stdout), "{}", again.stderr);
    let count = ["--home", home, "sql", "SELECT count(*) FROM commits", "--format", "csv"];
    assert_eq!(bench.ok(count), "count(*)\r\n4\r\n");
    bench.run(["--home", home, "doctor"]).refused(2, "");
    commit(&folder, 200, "five");
    let run = review();
    run.refused(2, "ead-only");
    assert!(run.stderr.contains("--home"), "{}", run.stderr);
    mount.remount("rw");
    assert_eq!(review().code, Some(0));
    assert_eq!(bench.ok(count), "count(*)\r\n5\r\n");
}

#[test]
fn a_server_that_does_not_answer_has_its_own_exit_code() {
    let bench = Bench::new();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://ann:s3cret@127.0.0.1:{port}/after");
    for command in [&["review"][..], &["sql", "SELECT 1"], &["releases"]] {
        let run = bench.run(["--database", &url].iter().chain(command));
        run.refused(5, "cannot be reached");
        assert!(run.stderr.contains("hint: check host and port"), "{}", run.stderr);
        assert!(!format!("{}{}", run.stdout, run.stderr).contains("s3cret"), "{command:?}");
    }
    let run = bench.run(["--database", &url, "doctor"]);
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    assert!(run.stdout.contains("home is broken: ") && run.stdout.contains("cannot be reached"));
    let Ok(server) = std::env::var("AFTERCAST_TEST_POSTGRES") else { return };
    let (_, host) = server.split_once('@').unwrap();
    let nobody = format!("postgres://nobody:s3cret@{host}");
    for command in [&["sql", "SELECT 1"][..], &["releases"]] {
        bench.run(["--database", &nobody].iter().chain(command)).refused(4, "refuses the login");
    }
}

fn import_into(bench: &Bench, mount: &Mount, path: &Path) -> crate::bench::Run {
    let home = mount.0.join("home");
    bench.run(["--home", home.to_str().unwrap(), "import", "gerrit", path.to_str().unwrap()])
}

/// A small file system of its own; only root can make one.
struct Mount(std::path::PathBuf);

impl Mount {
    fn new(bench: &Bench, options: &str) -> Option<Self> {
        let folder = bench.path("mount");
        std::fs::create_dir_all(&folder).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(&folder)
            .output()
            .is_ok_and(|output| output.status.success());
        if !mounted {
            println!("skipped: a small file system can be mounted by root only");
            return None;
        }
        Some(Self(folder))
    }
}

impl Mount {
    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let done = Command::new("mount").args(["-o", &options]).arg(&self.0).status().unwrap();
        assert!(done.success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: a test that failed may still hold a file.
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}
