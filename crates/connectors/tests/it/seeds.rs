//! The seeds of the fuzz targets (`fuzz/corpus`): what fake vendors answer and send, and our fixtures.
//! `AFTERCAST_BLESS=1 cargo test -p aftercast-connectors seeds` writes them anew; without that, the
//! test says whether every source has seeds that become facts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use aftercast_connectors::live::{Keep, KeepError, Of, Watch, pull};
use aftercast_connectors::{Context, Import, Output, SOURCES, Source, import, seal, source_named};
use aftercast_model::Payload;

use crate::vendors::scenario::{Known, TestClock, target};
use crate::vendors::server::Server;
use crate::vendors::{VENDORS, Vendor, World};

/// How many seeds of each kind are kept.
const OF_A_KIND: usize = 2;
/// Larger ones make fuzzing slow.
const LARGEST: usize = 16 * 1024;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

#[test]
fn every_source_has_seeds_that_become_facts() {
    if std::env::var_os("AFTERCAST_BLESS").is_some() {
        for vendor in VENDORS {
            write(vendor);
        }
        for source in SOURCES {
            copy_fixtures(source.name);
        }
    }
    let known = Known::default();
    for source in SOURCES.iter().filter(|source| !matches!(source.import, Import::Repository)) {
        let folder = root().join(source.name);
        assert!(folder.is_dir(), "no seeds for `{}` in fuzz/corpus", source.name);
        let context = Context { repo: Some("acme/shop"), ..known.context() };
        let mut facts = 0;
        let _ = import(source, &[folder], &context, &mut |_| {}, &mut |output| {
            facts += output.facts.len();
            Ok::<(), ()>(())
        });
        assert!(facts > 0, "the seeds of `{}` give no facts", source.name);
    }
}

/// Copies the fixtures of a source that are small enough.
fn copy_fixtures(name: &str) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures").join(name);
    for entry in fs::read_dir(from).into_iter().flatten().flatten() {
        let body = fs::read(entry.path()).unwrap_or_default();
        if !body.is_empty() && body.len() <= LARGEST {
            let folder = root().join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(entry.file_name()), body).unwrap();
        }
    }
}

/// Writes what `vendor` answers and sends, a few of each kind.
fn write(vendor: &'static Vendor) {
    let source: &Source = source_named(vendor.source).unwrap();
    let folder = root().join(source.name);
    fs::create_dir_all(&folder).unwrap();
    let world = Arc::new(World::new(40));
    let mut seeds: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut add = |kind: &str, body: &[u8]| {
        let kind: String =
            kind.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        for number in 0..OF_A_KIND {
            let name = format!("{kind}-{number}.json");
            if body.len() <= LARGEST && !seeds.contains_key(&name) {
                seeds.insert(name, body.to_vec());
                return;
            }
        }
    };
    if let Some(how) = source.pull {
        let auth = how.auth.first().copied();
        let server = Server::start(vendor, auth, Arc::clone(&world), [], (world.runs.len(), 1));
        let last = world.runs.last().unwrap().queued_at + 24 * 3600 * 1000;
        let clock = TestClock(AtomicI64::new(last));
        let (known, mut kept) = (Known::default(), Kept::default());
        let target = target(vendor, &server.url);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let context = known.context();
        let watch = Watch::new(&clock);
        let pulled = pull(source, &target, &context, &mut kept, &watch);
        runtime.block_on(pulled).unwrap();
        for payload in &kept.0 {
            add(&format!("pull-{}", payload.kind), &payload.body);
        }
    }
    for hook in (vendor.hooks)(&world) {
        let kind = hook.headers.iter().find(|(name, _)| name.contains("event"));
        let kind = kind.map_or("hook", |(_, kind)| kind.as_str());
        let body = String::from_utf8_lossy(&hook.body);
        add(&format!("hook-{kind}"), seal(kind, "", &body).as_bytes());
    }
    for (name, body) in seeds {
        fs::write(folder.join(name), body).unwrap();
    }
}

/// Keeps the payloads of a pull.
#[derive(Default)]
struct Kept(Vec<Payload>);

impl Keep for Kept {
    async fn load(&mut self, _: Of<'_>) -> Result<Option<String>, KeepError> {
        Ok(None)
    }

    async fn store(&mut self, _: Of<'_>, output: Output, _: &str) -> Result<(), KeepError> {
        self.0.extend(output.payloads);
        Ok(())
    }
}
