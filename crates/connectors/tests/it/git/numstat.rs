//! The numbers of commits are those of `git log --numstat --no-renames`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

use super::repository::{Read, Repository};

/// Returns added, deleted and files of each commit, as git counts them.
fn numbers_of_git(repo: &Repository) -> HashMap<String, [i64; 3]> {
    let said = repo.git(&["log", "--numstat", "--no-renames", "--format=commit %H %P"]);
    let mut numbers: HashMap<String, [i64; 3]> = HashMap::new();
    let mut now = None;
    for line in said.lines().filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix("commit ") {
            let hashes: Vec<&str> = rest.split(' ').collect();
            now = (hashes.len() <= 2).then(|| hashes[0].to_owned());
            numbers.extend(now.clone().map(|sha| (sha, [0; 3])));
            continue;
        }
        let Some(sums) = now.as_ref().and_then(|sha| numbers.get_mut(sha)) else { continue };
        let mut cells = line.split('\t');
        // A binary file has `-`.
        let mut cell = || cells.next().unwrap().parse::<i64>().unwrap_or_default();
        sums[0] += cell();
        sums[1] += cell();
        sums[2] += 1;
    }
    numbers
}

fn assert_agrees(repo: &Repository, read: &Read) {
    let expected = numbers_of_git(repo);
    assert!(!expected.is_empty());
    for (sha, numbers) in &expected {
        assert_eq!(read.numbers(sha), numbers.map(Some), "{}", repo.git(&["show", "--stat", sha]));
    }
}

#[test]
fn links_modules_modes_and_binaries_count_as_in_git() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let repo = Repository::new();
    let first = repo.commit("one", "a.txt", "1\n2");
    repo.write("binary", b"a\0b\n");
    symlink("a.txt", repo.path().join("link")).unwrap();
    repo.commit("links", "dir/file", "1\n");
    let module = format!("160000,{first},module");
    repo.git(&["update-index", "--add", "--cacheinfo", &module]);
    repo.git(&["commit", "-q", "-m", "module"]);
    let now = repo.head();
    repo.git(&["update-index", "--cacheinfo", &format!("160000,{now},module")]);
    repo.git(&["commit", "-q", "-m", "module moved"]);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(repo.path().join("a.txt"), mode).unwrap();
    repo.git(&["commit", "-q", "-a", "-m", "mode"]);
    // A link becomes a file, a file becomes a folder, and back.
    std::fs::remove_file(repo.path().join("link")).unwrap();
    repo.write("link", "1\n2\n");
    std::fs::remove_dir_all(repo.path().join("dir")).unwrap();
    repo.write("dir", "x\n");
    repo.write("binary", b"now text\n");
    repo.git(&["commit", "-q", "-a", "-m", "types"]);
    repo.git(&["add", "dir", "link"]);
    repo.git(&["commit", "-q", "-m", "types two", "--allow-empty"]);
    std::fs::remove_file(repo.path().join("dir")).unwrap();
    repo.commit("types back", "dir/file", "1\n2\n");
    assert_agrees(&repo, &repo.read());
}

/// A small generator with a seed: the same repository each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

fn line(random: &mut Random) -> String {
    const COMMON: [&str; 6] = ["}", "", "    }", "{", "return;", "// ---"];
    match random.below(3) {
        0 => COMMON[random.below(COMMON.len())].to_owned(),
        1 => format!("    call({});", random.below(12)),
        _ => format!("unique {}", random.below(1_000_000)),
    }
}

/// Changes a file the way people do: insert, delete, replace, move, rewrite.
fn edit(lines: &mut Vec<String>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = random.below(lines.len() + 1);
        let count = random.below(30).min(lines.len() - at);
        match random.below(5) {
            0 => drop(lines.drain(at..at + count)),
            1 => {
                let moved: Vec<String> = lines.drain(at..at + count).collect();
                let to = random.below(lines.len() + 1);
                lines.splice(to..to, moved);
            }
            2 => {
                let end = at + count;
                let new: Vec<String> = (0..random.below(30)).map(|_| line(random)).collect();
                lines.splice(at..end, new);
            }
            _ => {
                let new: Vec<String> = (0..random.below(60)).map(|_| line(random)).collect();
                lines.splice(at..at, new);
            }
        }
    }
}

#[test]
fn hundreds_of_random_edits_give_the_numbers_of_git() {
    let repo = Repository::new();
    let mut random = Random(0x5eed_cafe_f00d_1234);
    let mut files: Vec<Vec<String>> = vec![Vec::new(); 12];
    // One stream for fast-import: thousands of processes would take longer than the test.
    let mut stream = String::new();
    for number in 0..400 {
        let _ = write!(
            stream,
            "commit refs/heads/main\ncommitter A <a@x> {} +0000\ndata 1\nx\n",
            1_600_000_000 + number
        );
        for _ in 0..=random.below(4) {
            let at = random.below(files.len());
            edit(&mut files[at], &mut random);
            let mut content = files[at].join(if at == 3 { "\r\n" } else { "\n" });
            if random.below(5) > 0 {
                content.push('\n');
            }
            let _ = match random.below(25) {
                0 => writeln!(stream, "D dir{}/file{at}", at % 4),
                1 => write!(stream, "M 100644 inline dir{}/file{at}\ndata 3\na\0b\n", at % 4),
                _ => {
                    let size = content.len();
                    write!(
                        stream,
                        "M 100644 inline dir{}/file{at}\ndata {size}\n{content}\n",
                        at % 4
                    )
                }
            };
        }
        stream.push('\n');
    }
    let mut import = repo.command(&repo.path());
    let import = import.args(["fast-import", "--quiet"]).stdin(Stdio::piped());
    let mut import = import.spawn().unwrap();
    import.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    let read = repo.read();
    assert_eq!(read.summary.commits, 400);
    assert_agrees(&repo, &read);
    assert_eq!(read.problems(), [""; 0]);
}
