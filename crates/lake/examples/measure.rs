//! Measures the lake: `cargo run --release -p aftercast-lake --example measure [ROWS] [postgres://...]`.
//!
//! Each line is one operation with its time; docs/decisions/0001-lake-catalogue.md holds the
//! numbers that were taken.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program for people")]

use std::time::Instant;

use aftercast_lake::{DataLocation, Lake, LakeOptions, Selection};
use aftercast_model::{FactId, Facts, Outcome, TaskRun, Timestamp};

/// Job attempts of 100 services, 40 job names, two years: like real ones in width.
fn task_runs(from: u32, rows: u32) -> Facts {
    let mut facts = Facts::new();
    let names: Vec<_> = (0..40).map(|job| facts.name(&format!("test-suite-{job}"))).collect();
    let services: Vec<_> = (0..100).map(|one| facts.name(&format!("service-{one:03}"))).collect();
    let (source, repo, stage) = (facts.name("github"), facts.name("shop/web"), facts.name("test"));
    for number in from..from + rows {
        let mixed = number.wrapping_mul(2_654_435_761);
        let queued = 1_700_000_000_000 + i64::from(number) * 631_000;
        let started = queued + i64::from(mixed % 90_000);
        let key = number.to_string();
        let pick = |from: &[aftercast_model::Name], at: u32| {
            from.get(at as usize % from.len()).copied().unwrap_or_default()
        };
        let row = TaskRun {
            id: FactId::new("github", "task_runs", &key, 1),
            source,
            service: pick(&services, mixed >> 8),
            observed_at: Some(Timestamp::from_millis(started + 600_000)),
            repo,
            run_id: facts.name(&(number / 10).to_string()),
            attempt: Some(1),
            task_id: facts.name(&key),
            name: pick(&names, number),
            stage,
            sha: facts.name(&format!(
                "{:040x}",
                u128::from(number / 30).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C)
            )),
            queued_at: Some(Timestamp::from_millis(queued)),
            started_at: Some(Timestamp::from_millis(started)),
            finished_at: Some(Timestamp::from_millis(started + i64::from(mixed % 900_000))),
            outcome: if mixed % 17 == 0 { Outcome::Failure } else { Outcome::Success },
            ..TaskRun::default()
        };
        facts.task_runs.push(row);
    }
    facts
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let rows: u32 = arguments.next().and_then(|rows| rows.parse().ok()).unwrap_or(100_000);
    let folder = std::env::temp_dir().join(format!("aftercast-measure-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let catalogue = arguments
        .next()
        .unwrap_or_else(|| format!("sqlite://{}", folder.join("lake.db").display()));
    let options = LakeOptions { catalogue, data: DataLocation::Local(folder.join("data")) };
    let profile = if cfg!(debug_assertions) { "debug build" } else { "release build" };
    println!("{rows} rows, {profile}");
    let clock = Instant::now();
    let lake = Lake::open(&options).await.expect("a lake");
    say("make the lake", clock);
    let all = task_runs(0, rows);
    let clock = Instant::now();
    let done = lake.append(&all, &[]).await.expect("an append");
    say(&format!("append {} rows", done.facts().stored), clock);
    let clock = Instant::now();
    let done = lake.append(&all, &[]).await.expect("an append");
    say(&format!("the same again: {} known", done.facts().known), clock);
    for round in 0..5 {
        let ten = task_runs(rows + 20_000 + round * 10, 10);
        let clock = Instant::now();
        let done = lake.append(&ten, &[]).await.expect("an append");
        say(&format!("append 10 rows: {} stored", done.facts().stored), clock);
    }
    let narrow = Selection::nothing()
        .columns("task_runs", &["name", "queued_at", "started_at", "finished_at", "outcome"]);
    for (what, selection) in [("five columns", &narrow), ("all columns", &Selection::everything())]
    {
        for _ in 0..2 {
            let clock = Instant::now();
            let found = lake.service_facts("service-042", selection).await.expect("facts");
            say(&format!("one service, {what}: {} rows", found.len()), clock);
        }
    }
    let clock = Instant::now();
    let found = lake.facts(&narrow).await.expect("facts");
    say(&format!("all services, five columns: {} rows", found.len()), clock);
    let clock = Instant::now();
    let services = lake.services().await.expect("services");
    say(&format!("list {} services", services.len()), clock);
    for _ in 0..2 {
        let clock = Instant::now();
        let mut rows = lake
            .sql("SELECT service, count(*), percentile_cont(0.9) WITHIN GROUP (ORDER BY day) FROM task_runs GROUP BY service")
            .await
            .expect("a query");
        while rows.next().await.expect("rows").is_some() {}
        say("SQL: count and percentile by service", clock);
    }
    let clock = Instant::now();
    let done = lake.compact().await.expect("a compaction");
    say(&format!("compact {} files into {}", done.files_before, done.files_after), clock);
    let clock = Instant::now();
    drop(Lake::open(&options).await.expect("a lake"));
    say("open the lake again", clock);
    for count in lake.table_counts().await.expect("counts").iter().filter(|count| count.rows > 0) {
        let bytes = count.size_bytes as f64 / count.rows as f64;
        println!("{:>10.1} bytes a row of {}", bytes, count.table);
    }
    let _ = std::fs::remove_dir_all(&folder);
}

fn say(what: &str, clock: Instant) {
    println!("{:>10.1} ms  {what}", clock.elapsed().as_secs_f64() * 1e3);
}
