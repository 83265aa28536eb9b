//! The borders of the workspace, checked: which crate may know which (docs/architecture.md).
//!
//! Stands in the crate at the bottom because it must run in seconds, without DataFusion.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may stop")]

#[path = "workspace/tables.rs"]
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(
        output.status.success(),
        "cargo {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Returns for each crate of the workspace the names of its normal dependencies.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let text = cargo(&["metadata", "--format-version", "1", "--no-deps", "--locked", "--offline"]);
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let normal = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
                .collect();
            (package["name"].as_str().unwrap().to_owned(), normal)
        })
        .collect()
}

/// What each crate must not know (design.md, section 1).
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("aftercast-model", &["aftercast-*", "tokio", "arrow*", "parquet", "datafusion*", "sqlx"]),
    (
        "aftercast-connectors",
        &[
            "aftercast-lake",
            "aftercast-ledger",
            "aftercast-analysis",
            "aftercast-surfaces",
            "axum",
            "clap",
        ],
    ),
    (
        "aftercast-lake",
        &[
            "aftercast-connectors",
            "aftercast-analysis",
            "aftercast-ledger",
            "aftercast-surfaces",
            "axum",
            "clap",
        ],
    ),
    (
        "aftercast-ledger",
        &[
            "aftercast-lake",
            "aftercast-connectors",
            "aftercast-analysis",
            "aftercast-surfaces",
            "axum",
            "clap",
        ],
    ),
    (
        "aftercast-analysis",
        &[
            "aftercast-lake",
            "aftercast-ledger",
            "aftercast-connectors",
            "aftercast-surfaces",
            "tokio",
            "reqwest",
            "sqlx",
            "tracing",
            "log",
            "arrow*",
            "parquet",
            "datafusion*",
            "jiff",
            "chrono",
        ],
    ),
    (
        "aftercast-surfaces",
        &[
            "aftercast-lake",
            "aftercast-ledger",
            "aftercast-connectors",
            "axum",
            "clap",
            "tokio",
            "sqlx",
        ],
    ),
    (
        "aftercast-simulation",
        &[
            "aftercast-lake",
            "aftercast-ledger",
            "aftercast-connectors",
            "aftercast-analysis",
            "aftercast-surfaces",
            "tokio",
            "arrow*",
            "parquet",
            "datafusion*",
            "sqlx",
            "jiff",
        ],
    ),
];

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |prefix| name.starts_with(prefix))
}

#[test]
fn data_flows_one_way() {
    let dependencies = dependencies();
    assert_eq!(dependencies.len(), 8, "eight crates: {:?}", dependencies.keys());
    for (name, forbidden) in FORBIDDEN {
        for dependency in &dependencies[*name] {
            for pattern in *forbidden {
                assert!(!matches(pattern, dependency), "`{name}` must not know `{dependency}`");
            }
        }
    }
}

#[test]
fn storage_is_named_in_one_crate() {
    for (name, dependencies) in dependencies() {
        for dependency in &dependencies {
            let storage = ["arrow*", "parquet", "datafusion*", "object_store", "ballista*"];
            if storage.iter().any(|pattern| matches(pattern, dependency)) {
                assert_eq!(name, "aftercast-lake", "`{name}` names `{dependency}`");
            }
            if dependency == "sqlx" {
                assert!(
                    ["aftercast-lake", "aftercast-ledger"].contains(&name.as_str()),
                    "`{name}` names sqlx"
                );
            }
        }
    }
}

/// Two feature sets of DataFusion would compile it twice: minutes each.
#[test]
fn every_crate_above_datafusion_resolves_the_same_features() {
    let resolved = |package: &str| -> BTreeSet<String> {
        let tree = [
            "tree",
            "--locked",
            "--offline",
            "-e",
            "normal",
            "--prefix",
            "none",
            "-f",
            "{p} {f}",
            "-p",
        ];
        cargo(&[&tree[..], &[package]].concat())
            .lines()
            .map(|line| line.trim_end_matches(" (*)").to_owned())
            .filter(|line| {
                ["datafusion", "arrow", "parquet", "sqlx", "object_store"]
                    .iter()
                    .any(|name| line.starts_with(name))
            })
            .collect()
    };
    let lake = resolved("aftercast-lake");
    assert!(lake.iter().any(|line| line.starts_with("datafusion v")), "the lake uses DataFusion");
    let app = resolved("aftercast");
    assert_eq!(lake, app, "the application resolves other features than the lake alone");
}

#[test]
fn rooms_have_names_and_walls() {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "*.rs"])
        .current_dir(root())
        .output()
        .unwrap();
    for file in String::from_utf8(listed.stdout).unwrap().lines() {
        let vague = ["utils", "util", "common", "helpers", "helper", "misc"];
        let parts = file.trim_end_matches(".rs").split('/');
        assert!(
            !parts.clone().any(|part| vague.contains(&part)),
            "`{file}` is a room without a name"
        );
        let Ok(text) = std::fs::read_to_string(root().join(file)) else { continue };
        let lines = text.lines().count();
        assert!(lines <= 500, "`{file}` has {lines} lines: split it by responsibility");
        if file.contains("/src/") {
            assert!(text.trim_start().starts_with("//!"), "`{file}` does not say what it owns");
        }
    }
}
