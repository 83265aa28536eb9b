//! The loop against fake vendors on sockets.

mod cases;
mod demo;

use std::sync::Mutex;

use aftercast_connectors::{Source, source_named};

use crate::vendors::{VENDORS, Vendor, scenario};

/// Runs of the world of every story.
const RUNS: usize = 1000;

#[test]
fn every_vendor_is_read_to_the_truth_whatever_breaks() {
    let mut left: Vec<(&'static Source, &'static Vendor)> = vec![(&demo::SOURCE, &demo::VENDOR)];
    for vendor in VENDORS {
        let source = source_named(vendor.source);
        left.push((source.unwrap_or_else(|| panic!("no source `{}`", vendor.source)), vendor));
    }
    // `AFTERCAST_VENDOR=jenkins cargo test ...` plays only one.
    if let Ok(only) = std::env::var("AFTERCAST_VENDOR") {
        left.retain(|(source, _)| source.name == only);
    }
    assert!(!left.is_empty(), "no vendor of that name");
    let (left, broken) = (Mutex::new(left), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().pop();
                    let Some((source, vendor)) = next else { return };
                    let begun = std::time::Instant::now();
                    let played = std::panic::catch_unwind(|| scenario::play(source, vendor, RUNS));
                    println!("{}: {:.1} s", vendor.source, begun.elapsed().as_secs_f64());
                    if played.is_err() {
                        broken.lock().unwrap().push(vendor.source);
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "vendors whose facts are not the truth (see above): {broken:?}");
}
