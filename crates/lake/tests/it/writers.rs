//! Several writers at once, and writers that die.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aftercast_lake::{DataLocation, Lake, LakeOptions, Selection};
use aftercast_model::Facts;

use crate::bench::{Bench, facts, rows_of};

const BATCHES: u32 = 5;
const BATCH_ROWS: u32 = 40;

/// Appends everything in batches, beginning at another one for each writer.
async fn import(lake: &Lake, first: u32) {
    for batch in (0..BATCHES).map(|batch| (batch + first) % BATCHES) {
        let start = batch * BATCH_ROWS;
        let revision = i64::from(first);
        lake.append(&facts(start..start + BATCH_ROWS, revision), &[]).await.unwrap();
    }
}

async fn assert_whole(lake: &Lake, revision: i64) {
    let stored = lake.facts(&Selection::everything()).await.unwrap();
    let all = facts(0..BATCHES * BATCH_ROWS, revision);
    for spec in Facts::TABLES {
        assert_eq!(rows_of(&stored, spec.name), rows_of(&all, spec.name), "{}", spec.name);
    }
}

async fn two_tasks(bench: &Bench) {
    let (one, two) = (bench.open().await, bench.open().await);
    tokio::join!(import(&one, 0), import(&two, 3));
    assert_whole(&bench.open().await, 3).await;
    bench.judge(&one, "after two writers").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tasks_give_the_same_lake_as_one() {
    two_tasks(&Bench::sqlite()).await;
    if let Some(bench) = Bench::postgres().await {
        two_tasks(&bench).await;
    }
}

fn spawn(bench: &Bench, first: u32) -> Child {
    let DataLocation::Local(data) = &bench.options.data else { unreachable!("a local lake") };
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writers::a_process_that_imports"])
        .env("AFTERCAST_LAKE_CHILD", &bench.options.catalogue)
        .env("AFTERCAST_LAKE_CHILD_DATA", data)
        .env("AFTERCAST_LAKE_CHILD_FIRST", first.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Not a test of its own: the other tests start this program again to run it as a process.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_imports() {
    let Ok(catalogue) = std::env::var("AFTERCAST_LAKE_CHILD") else { return };
    let data = std::env::var_os("AFTERCAST_LAKE_CHILD_DATA").unwrap();
    let first = std::env::var("AFTERCAST_LAKE_CHILD_FIRST").unwrap().parse().unwrap();
    let options = LakeOptions { catalogue, data: DataLocation::Local(data.into()) };
    import(&Lake::open(&options).await.unwrap(), first).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_also_make_the_lake_give_the_same_lake_as_one() {
    for bench in [Some(Bench::sqlite()), Bench::postgres().await].into_iter().flatten() {
        let children = [spawn(&bench, 0), spawn(&bench, 4)];
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        assert_whole(&bench.open().await, 4).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_import_that_runs_again_loses_and_doubles_nothing() {
    let bench = Bench::sqlite();
    let began = Instant::now();
    assert!(spawn(&bench, 0).wait().unwrap().success());
    let whole = began.elapsed();
    assert_whole(&bench.open().await, 0).await;
    for moment in 1..=6_u32 {
        let bench = Bench::sqlite();
        let mut child = spawn(&bench, 0);
        let began = Instant::now();
        // The moment is what is tested: there is no event to wait for.
        while began.elapsed() < whole * moment / 7 && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let lake = bench.open().await;
        import(&lake, 0).await;
        assert_whole(&lake, 0).await;
        lake.clean(Duration::ZERO).await.unwrap();
        assert_whole(&lake, 0).await;
        if moment == 5 {
            bench.judge(&lake, "after a killed import").await;
        }
    }
}
