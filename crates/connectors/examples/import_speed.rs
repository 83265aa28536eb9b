//! How fast Gerrit changes become facts, beside bare JSON parsing, on one core.
//!
//! `cargo run --release -p aftercast-connectors --example import_speed -- FILE.ndjson.gz...`; without
//! files, those of `../shared/data/gerrit` beside the checkout. The text is repeated 20 times.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::path::PathBuf;
use std::time::Instant;

use aftercast_connectors::{
    Context, Import, Output, Record, Source, import_stream, redact, source_named,
};
use aftercast_model::{PersonKey, Place, ServiceMap};
use flate2::read::MultiGzDecoder;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

/// How often the text is repeated.
const REPEAT: usize = 20;
/// How often each way is measured; the best counts.
const ROUNDS: usize = 3;
/// After how many records the facts are thrown away, as a batch would be.
const BATCH: usize = 2_000;

/// A source that makes nothing of its records: what is left is reading.
static NOTHING: Source = Source {
    name: "nothing",
    about: "",
    reads: "",
    tells: aftercast_connectors::Tells::NOTHING,
    pull: None,
    webhook: None,
    import: Import::Json(|record, _, _| {
        black_box(record.body.len());
    }),
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if files.is_empty() {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/gerrit");
        for name in ["mwconfig-2015.ndjson.gz", "wikibase-2015.ndjson.gz"] {
            files.push(folder.join(name));
        }
    }
    let mut once = Vec::new();
    for file in files {
        MultiGzDecoder::new(File::open(file)?).read_to_end(&mut once)?;
    }
    let body = once.repeat(REPEAT);
    let lines: Vec<&[u8]> =
        body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let gerrit = source_named("gerrit").ok_or("no source `gerrit`")?;
    let (Import::Json(convert) | Import::JsonRecords { convert, .. }) = gerrit.import else {
        return Err("`gerrit` is not read record by record".into());
    };
    let (services, people) = (ServiceMap::default(), PersonKey::from_bytes([1; 32]));
    let context = Context {
        services: &services,
        people: &people,
        repo: None,
        rules: &aftercast_connectors::Rules::default(),
    };
    let import = |source: &Source| {
        let mut facts = 0;
        let done = import_stream(source, "in", &mut body.as_slice(), &context, &mut |output| {
            facts += output.facts.len();
            Ok::<(), ()>(())
        });
        black_box((done.is_ok(), facts));
    };
    println!(
        "{} MB, {} records, {ROUNDS} rounds, the best counts\n",
        body.len() / 1_000_000,
        lines.len()
    );
    println!("{:<46} {:>8}", "way", "MB/s");
    let show = |way: &str, run: &mut dyn FnMut()| {
        let mut best = f64::INFINITY;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            run();
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!("{way:<46} {:>8.0}", body.len() as f64 / 1e6 / best);
    };
    show("serde_json to IgnoredAny", &mut || {
        parse(&lines, |line| serde_json::from_slice::<IgnoredAny>(line).is_ok());
    });
    show("serde_json to RawValue", &mut || {
        parse(&lines, |line| serde_json::from_slice::<&RawValue>(line).is_ok());
    });
    show("serde_json to Value", &mut || {
        parse(&lines, |line| serde_json::from_slice::<Value>(line).is_ok());
    });
    show("ours: redact only", &mut || parse(&lines, |line| redact(line).len() > 1));
    show("ours: split and redact", &mut || import(&NOTHING));
    show("ours: convert only", &mut || {
        let mut output = Output::default();
        for (index, line) in lines.iter().enumerate() {
            convert(&Record { place: Place::default(), body: line }, &context, &mut output);
            if index % BATCH == BATCH - 1 {
                output = Output::default();
            }
        }
        black_box(output.facts.len());
    });
    show("ours: split, redact, keep raw, convert", &mut || import(gerrit));
    Ok(())
}

fn parse(lines: &[&[u8]], good: impl Fn(&[u8]) -> bool) {
    black_box(lines.iter().filter(|line| good(line)).count());
}
