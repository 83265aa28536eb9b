//! Measures reading a git history: `cargo run --release -p aftercast-connectors --example git_history -- PATH [--list]`.

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::convert::Infallible;
use std::path::Path;
use std::time::Instant;

use aftercast_connectors::git::{Options, read};
use aftercast_connectors::{Context, Output};
use aftercast_model::{PersonKey, ServiceMap};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let list = std::env::args().nth(2).is_some_and(|word| word == "--list");
    let services = ServiceMap::default();
    let people = PersonKey::from_bytes([1; 32]);
    let context = Context {
        services: &services,
        people: &people,
        repo: None,
        rules: &aftercast_connectors::Rules::default(),
    };
    let (mut facts, mut additions, mut deletions, mut files, mut unknown) = (0, 0, 0, 0, 0);
    let mut problems = Vec::new();
    let begin = Instant::now();
    let mut sink = |output: Output| {
        facts += output.facts.len();
        let commits = &output.facts.commits;
        additions += commits.additions.iter().flatten().sum::<i64>();
        deletions += commits.deletions.iter().flatten().sum::<i64>();
        files += commits.files_changed.iter().flatten().sum::<i64>();
        unknown += commits.additions.iter().filter(|count| count.is_none()).count();
        if list {
            for row in commits.rows() {
                let sha = output.facts.text(row.sha);
                println!("{sha} {:?} {:?} {:?}", row.additions, row.deletions, row.files_changed);
            }
        }
        problems.extend(output.problems);
        Ok::<(), Infallible>(())
    };
    let options = Options::default();
    let (cursor, summary) =
        read(Path::new(&path), None, &options, &context, &mut |_| (), &mut sink)?;
    let seconds = begin.elapsed().as_secs_f64();
    println!("{summary:?}");
    println!("time {seconds:.3} s, {:.0} commits/s", summary.commits as f64 / seconds);
    println!(
        "facts {facts}, +{additions} -{deletions} in {files} files, {unknown} without numbers"
    );
    for problem in problems.iter().take(10) {
        println!("{problem}");
    }
    let begin = Instant::now();
    let again =
        read(Path::new(&path), Some(&cursor), &options, &context, &mut |_| (), &mut |_| {
            Ok::<(), Infallible>(())
        })?;
    println!("again {:.1} ms, {} commits", begin.elapsed().as_secs_f64() * 1e3, again.1.commits);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status.lines().filter(|line| line.starts_with("VmHWM")) {
        println!("peak memory {}", line.trim_start_matches("VmHWM:").trim());
    }
    Ok(())
}
