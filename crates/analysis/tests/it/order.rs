//! The modules only look left, and the crate knows neither IO nor a clock.

use std::fs;
use std::path::{Path, PathBuf};

const ORDER: [&str; 6] = ["stats", "history", "releases", "measures", "findings", "review"];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

/// The modules of the crate that `text` names, without the plain types of the review.
fn named(text: &str) -> Vec<&str> {
    text.match_indices("crate::")
        .map(|(at, found)| &text[at + found.len()..])
        .filter(|rest| !rest.starts_with("review::types"))
        .map(|rest| rest.split(|c: char| !c.is_ascii_lowercase()).next().unwrap())
        .collect()
}

#[test]
fn modules_only_look_left() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut looked = 0;
    for (place, module) in ORDER.iter().enumerate() {
        let mut files = Vec::new();
        sources(&root.join(module), &mut files);
        assert!(!files.is_empty(), "{module} has no files");
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            for name in named(&text) {
                let Some(other) = ORDER.iter().position(|known| *known == name) else { continue };
                looked += 1;
                assert!(other <= place, "{} looks right, at `{name}`", file.display());
            }
            if file.parent().is_some_and(|folder| folder.ends_with("review/types")) {
                assert_eq!(named(&text), Vec::<&str>::new(), "the types know no module");
            }
        }
    }
    assert!(looked > 30, "only {looked} uses were seen: does the test still read the sources?");
}

#[test]
fn the_crate_knows_neither_io_nor_a_clock() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let dependencies = manifest.split("[dependencies]").nth(1).unwrap();
    let dependencies: Vec<&str> = dependencies
        .split("[dev-dependencies]")
        .next()
        .unwrap()
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .collect();
    assert_eq!(
        dependencies,
        ["aftercast-model", "serde", "serde_json", "statrs", "rand_chacha"],
        "pure arithmetic and plain data only"
    );
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for word in [
            "std::fs",
            "std::net",
            "std::io",
            "std::env",
            "std::process",
            "std::time",
            "std::thread",
            "SystemTime",
            "Instant::",
            "async ",
            "tracing",
            "println!",
        ] {
            assert!(!text.contains(word), "{} knows `{word}`", file.display());
        }
    }
}
