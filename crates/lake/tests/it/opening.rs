//! Opening: what is refused, and what readers ask first.

use aftercast_lake::{DataLocation, Lake, LakeError, LakeOptions, Selection};

use crate::bench::{Bench, facts, rows_of};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_our_lake_is_refused_with_the_way_out() {
    let bench = Bench::sqlite();
    drop(bench.open().await);
    for (change, expected) in [
        ("UPDATE ducklake_metadata SET value = '2.0' WHERE key = 'version'", "update aftercast"),
        ("UPDATE ducklake_metadata SET value = '1.0' WHERE key = 'version'", ""),
        (
            "UPDATE ducklake_column SET column_name = 'later' WHERE column_name = 'url'",
            "update aftercast",
        ),
        (
            "UPDATE ducklake_metadata SET value = 'DuckDB' WHERE key = 'created_by'",
            "choose another",
        ),
    ] {
        let pool = sqlx::SqlitePool::connect(&bench.options.catalogue).await.unwrap();
        sqlx::query(change).execute(&pool).await.unwrap();
        pool.close().await;
        match Lake::open(&bench.options).await {
            Ok(_) => assert_eq!(expected, "", "{change}"),
            Err(error) => {
                assert!(matches!(error, LakeError::Foreign { .. }), "{error:?}");
                assert!(!expected.is_empty() && error.to_string().contains(expected), "{error}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_database_and_addresses_that_are_none_are_refused() {
    let bench = Bench::sqlite();
    std::fs::write(
        bench.folder.path().join("lake.db"),
        "not a database, but long enough".repeat(99),
    )
    .unwrap();
    let error = Lake::open(&bench.options).await.unwrap_err().to_string();
    assert!(error.contains("not an SQLite database"), "{error}");
    let data = bench.options.data.clone();
    let error =
        Lake::open(&LakeOptions { catalogue: "mysql://h/d".into(), data }).await.unwrap_err();
    assert!(matches!(error, LakeError::Address { .. }), "{error}");
    let data = DataLocation::Url("s3://bucket/x".into());
    let catalogue = bench.options.catalogue.clone();
    let error = Lake::open(&LakeOptions { catalogue, data }).await.unwrap_err();
    assert!(matches!(error, LakeError::Address { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn services_and_their_facts_are_found() {
    let bench = Bench::sqlite();
    let lake = bench.open().await;
    lake.append(&facts(0..60, 0), &[]).await.unwrap();
    lake.append(&facts(40..100, 4), &[]).await.unwrap();
    let services = lake.services().await.unwrap();
    let names: Vec<&str> = services.iter().map(|service| service.service.as_str()).collect();
    assert_eq!(names, ["", "Zahlung ü", "a'b\"c", "shop", "shop-api"]);
    let shop = &services[3];
    assert_eq!(shop.rows, [("commits", 20), ("task_runs", 20)]);
    assert!(shop.first_day < shop.last_day);
    let all = lake.facts(&Selection::everything()).await.unwrap();
    let expected = rows_of(&all, "task_runs");
    for service in &services {
        let found = lake.service_facts(&service.service, &Selection::everything()).await.unwrap();
        let own: Vec<_> = expected
            .iter()
            .filter(|row| row[2].as_str().unwrap_or_default() == service.service)
            .cloned()
            .collect();
        assert_eq!(rows_of(&found, "task_runs"), own, "{}", service.service);
        assert!(found.task_runs.queued_at.iter().filter(|at| at.is_some()).is_sorted());
    }
    let narrow = Selection::nothing().columns("task_runs", &["name", "outcome"]);
    let found = lake.service_facts("shop", &narrow).await.unwrap();
    assert_eq!((found.task_runs.len(), found.commits.len()), (20, 0));
    assert!(found.task_runs.id.is_empty() && found.task_runs.name.len() == 20);
    let counts = lake.table_counts().await.unwrap();
    assert_eq!(counts.iter().map(|count| count.rows).sum::<u64>(), 210);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_told_from_one_that_refuses() {
    let bench = Bench::sqlite();
    let open = |catalogue: String| {
        let options = LakeOptions { catalogue, data: bench.options.data.clone() };
        async move { Lake::open(&options).await.unwrap_err() }
    };
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = open(format!("postgres://ann:s3cret@127.0.0.1:{port}/after")).await;
    assert!(matches!(error, LakeError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("refused") && !error.to_string().contains("s3cret"));
    let Some(logins) = crate::bench::refused_logins().await else { return };
    for login in logins {
        let error = open(login).await;
        assert!(matches!(error, LakeError::NotAuthorised { .. }), "{error:?}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
