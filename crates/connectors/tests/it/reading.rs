//! Files, archives and packings, seen through a source that only keeps what it gets.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use aftercast_connectors::{
    Context, Import, ImportSummary, Limits, Output, Record, Source, import_stream, import_within,
};
use aftercast_model::{PersonKey, Problem, ServiceMap, Severity};
use proptest::prelude::*;
use serde_json::Value;

static ECHO: Source = Source {
    name: "echo",
    about: "keeps what it gets",
    reads: "JSON objects",
    tells: aftercast_connectors::Tells::NOTHING,
    pull: None,
    webhook: None,
    import: Import::Json(keep),
};

static WHOLE: Source = Source { import: Import::Document(keep), ..ECHO };

fn keep(record: &Record<'_>, _: &Context<'_>, output: &mut Output) {
    match serde_json::from_slice::<serde::de::IgnoredAny>(record.body) {
        Ok(_) => output.keep("echo", &record.place.to_string(), None, record),
        Err(error) => output.problems.push(record.malformed(&error)),
    }
}

struct Seen {
    /// `file:line body`
    records: Vec<String>,
    /// `file:line: what`
    problems: Vec<String>,
    summary: ImportSummary,
    batches: usize,
}

fn gather(
    run: impl FnOnce(&Context<'_>, &mut dyn FnMut(Output) -> Result<(), ()>) -> ImportSummary,
) -> Seen {
    let (services, people) = (ServiceMap::default(), PersonKey::from_bytes([1; 32]));
    let context = Context {
        services: &services,
        people: &people,
        repo: None,
        rules: &aftercast_connectors::Rules::default(),
    };
    let (mut records, mut problems, mut batches) = (Vec::new(), Vec::new(), 0);
    let summary = run(&context, &mut |output: Output| {
        batches += 1;
        for payload in output.payloads {
            records.push(format!("{} {}", payload.kind, String::from_utf8_lossy(&payload.body)));
        }
        for problem in output.problems {
            assert!(problem.hint.is_some() || problem.what.starts_with("record not understood"));
            let place = problem.place.to_string();
            let note = if problem.severity == Severity::Note { " (note)" } else { "" };
            problems.push(format!("{place}: {}{note}", problem.what));
        }
        Ok(())
    });
    Seen { records, problems, summary, batches }
}

fn stream(source: &Source, mut body: impl Read) -> Seen {
    gather(|context, sink| import_stream(source, "in", &mut body, context, sink).unwrap())
}

fn paths(limits: &Limits, inputs: &[PathBuf]) -> Seen {
    gather(|context, sink| {
        import_within(limits, &ECHO, inputs, context, &mut |_| {}, sink).unwrap()
    })
}

/// Paths below the folder of the test only.
fn in_folder(folder: &Path, seen: Vec<String>) -> Vec<String> {
    let prefix = format!("{}/", folder.display());
    seen.into_iter().map(|line| line.replace(&prefix, "")).collect()
}

fn check(body: &str, records: &[&str], problems: &[&str]) {
    let seen = stream(&ECHO, body.as_bytes());
    assert_eq!(seen.records, records, "{body}");
    assert_eq!(seen.problems, problems, "{body}");
}

#[test]
fn every_packing_of_records_is_read_with_its_lines() {
    let two = [r#"in:1 {"id":1}"#, r#"in:2 {"id":2}"#];
    check("{\"id\":1}\n{\"id\":2}\n", &two, &[]);
    check("{\"id\":1}\r\n{\"id\":2}", &two, &[]);
    check("[{\"id\":1},\n{\"id\":2}]", &two, &[]);
    check("\u{feff}{\"id\":1}\n{\"id\":2}", &two, &[]);
    check(
        "{\"id\":1} {\"id\":2}{\"id\":3}",
        &[r#"in:1 {"id":1}"#, r#"in:1 {"id":2}"#, r#"in:1 {"id":3}"#],
        &[],
    );
    check(
        ")]}'\n[{\"id\":1}]\n\n)]}'\n[{\"id\":2}]",
        &[r#"in:2 {"id":1}"#, r#"in:5 {"id":2}"#],
        &[],
    );
    check(
        "\n\n{\n \"id\": 1\n}\n\n{\"id\":2}",
        &["in:3 {\n \"id\": 1\n}", r#"in:7 {"id":2}"#],
        &[],
    );
    check(
        "{\"total_count\":2,\"workflow_runs\":[{\"id\":1},\n{\"id\":2}],\"x\":{\"a\":[1]}}\n{\"id\":9}",
        &[r#"in:1 {"id":1}"#, r#"in:2 {"id":2}"#, r#"in:3 {"id":9}"#],
        &[],
    );
    check(
        "[{\"jobs\":[{\"id\":1}]},{\"jobs\":[{\"id\":2}]}]",
        &[r#"in:1 {"id":1}"#, r#"in:1 {"id":2}"#],
        &[],
    );
    check("{\"widgets\":[{\"id\":1}],\"next\":null}", &[r#"in:1 {"id":1}"#], &[]);
    check("{\"total_count\":0,\"jobs\":[]}", &[], &["in: no records: the file is empty"]);
    check("[[{\"id\":1}],[{\"id\":2}]]", &[r#"in:1 {"id":1}"#, r#"in:1 {"id":2}"#], &[]);
}

#[test]
fn what_is_broken_costs_only_itself() {
    let good = [r#"in:1 {"id":1}"#, r#"in:3 {"id":3}"#];
    for (bad, what) in [
        ("garbage", "in:2: no JSON"),
        ("{\"id\":", "in:2: the input ends inside of what begins here"),
        ("{\"id\":\"open", "in:2: record not understood: EOF while parsing a string"),
        ("{\"id\":[}", "in:2: record not understood: expected value"),
        (
            "{\"id\":\"\u{1}\"}",
            "in:2: record not understood: control character (\\u0000-\\u001F) found while parsing a string",
        ),
        ("{\"id\":tru}", "in:2: record not understood: expected ident"),
        ("{\"id\":[1,", "in:2: the input ends inside of what begins here"),
    ] {
        let body = format!("{{\"id\":1}}\n{bad}\n{{\"id\":3}}\n");
        check(&body, &good, &[what]);
    }
    check(
        "[{\"id\":1},null,{\"id\":3}]",
        &[r#"in:1 {"id":1}"#, r#"in:1 {"id":3}"#],
        &["in:1: a value that is no object"],
    );
    check(
        "[\n  {\"id\":1},\n  {\"id\":[}},\n  {\"id\":3}\n]",
        &[r#"in:2 {"id":1}"#, r#"in:4 {"id":3}"#],
        &["in:3: no JSON"],
    );
    check(
        "[{\"id\":1},{\"id\":",
        &[r#"in:1 {"id":1}"#],
        &["in:1: the input ends inside of what begins here"],
    );
    check(
        "[{\"id\":1},",
        &[r#"in:1 {"id":1}"#],
        &["in:1: the input ends inside of what begins here"],
    );
    check("", &[], &["in: no records: the file is empty"]);
    check(" \n\n", &[], &["in: no records: the file is empty"]);
    check("<xml/>\n<more/>\n", &[], &["in:1: no JSON"]);
    let wide = [0xFF, 0xFE, b'{', 0, b'}', 0];
    assert_eq!(stream(&ECHO, wide.as_slice()).problems, ["in:1: text in UTF-16"]);
}

#[test]
fn text_that_is_not_utf8_is_one_bad_record() {
    let seen = stream(&WHOLE, b"{\"a\":\"\xFF\"}".as_slice());
    assert_eq!(seen.summary.records, 1);
    let strict: Source = Source {
        import: Import::Json(|record, _, output| {
            match serde_json::from_slice::<Value>(record.body) {
                Ok(_) => output.keep("echo", &record.place.to_string(), None, record),
                Err(error) => output.problems.push(record.malformed(&error)),
            }
        }),
        ..ECHO
    };
    let seen = stream(&strict, b"{\"a\":1}\n{\"a\":\"\xFF\"}\n{\"a\":3}".as_slice());
    assert_eq!(seen.records, [r#"in:1 {"a":1}"#, r#"in:3 {"a":3}"#]);
    assert_eq!(seen.problems, ["in:2: record not understood: invalid unicode code point"]);
}

#[test]
fn deep_nesting_needs_no_stack() {
    let deep = format!("{{\"a\":{}{}}}\n{{\"id\":2}}\n", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(stream(&ECHO, deep.as_bytes()).summary.records, 2);
    let open = format!("{}\n{{\"id\":2}}\n", "[{\"a\":".repeat(10_000));
    let seen = stream(&ECHO, open.as_bytes());
    assert_eq!(seen.records, [r#"in:2 {"id":2}"#]);
}

/// A stream of one byte, and its end.
fn repeated(byte: u8, count: u64, end: &'static [u8]) -> impl Read {
    io::repeat(byte).take(count).chain(end)
}

#[test]
fn a_line_beyond_the_limit_is_left_out_and_the_rest_goes_on() {
    let head: &[u8] = b"{\"id\":1}\n{\"id\":\"";
    let body = head.chain(repeated(b'x', 70 * 1024 * 1024, b"\"}\n{\"id\":3}\n"));
    let seen = stream(&ECHO, body);
    assert_eq!(seen.records, [r#"in:1 {"id":1}"#, r#"in:3 {"id":3}"#]);
    assert_eq!(seen.problems, ["in:2: record larger than 67108864 bytes"]);
}

#[test]
fn batches_are_bounded() {
    let line = format!("{{\"id\":\"{}\"}}\n", "x".repeat(1 << 20));
    let seen = stream(&ECHO, line.repeat(20).as_bytes());
    assert_eq!((seen.summary.records, seen.batches), (20, 3));
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(body).unwrap();
    packer.finish().unwrap()
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, body) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(body).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn folders_and_archives_are_read_by_content() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("in/b")).unwrap();
    fs::write(at("in/.hidden"), "{\"id\":0}").unwrap();
    fs::write(at("in/b/plain.json"), "{\"id\":1}").unwrap();
    fs::write(at("in/a.packed"), gzip(b"{\"id\":2}\n{\"id\":3}")).unwrap();
    fs::write(at("in/c.zst"), zstd::encode_all(b"{\"id\":4}".as_slice(), 1).unwrap()).unwrap();
    fs::write(at("in/read-me"), "not data").unwrap();
    let inner = gzip(b"{\"id\":6}");
    fs::write(
        at("in/d.zip"),
        zipped(&[("x/y.json", b"{\"id\":5}"), ("z.gz", &inner), (".git/c", b"{}")]),
    )
    .unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(at("in/b/plain.json"), at("in/link.json")).unwrap();
    let seen = paths(&Limits::default(), &[at("in")]);
    assert_eq!(
        in_folder(folder.path(), seen.records),
        [
            r#"in/a.packed:1 {"id":2}"#,
            r#"in/a.packed:2 {"id":3}"#,
            r#"in/b/plain.json:1 {"id":1}"#,
            r#"in/c.zst:1 {"id":4}"#,
            r#"in/d.zip:x/y.json:1 {"id":5}"#,
            r#"in/d.zip:z.gz:1 {"id":6}"#,
        ]
    );
    assert_eq!(in_folder(folder.path(), seen.problems), ["in/read-me:1: no JSON (note)"]);
    assert_eq!(seen.summary.files, 6);
}

#[test]
fn archives_that_mean_harm_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, body: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, body).unwrap();
        path
    };
    let good: &[u8] = b"{\"id\":1}";
    let traversal = write("a.zip", &zipped(&[("../out.json", good), ("in.json", good)]));
    let layers = write("b.gz", &gzip(&gzip(&gzip(good))));
    let zeros = gzip(&[b"{\"id\":1}\n".as_slice(), &vec![b' '; 4 << 20]].concat());
    let bomb = write("c.gz", &zeros);
    let many: Vec<(String, &[u8])> = (0..50).map(|index| (format!("{index}.json"), good)).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, body)| (name.as_str(), *body)).collect();
    let many = write("d.zip", &zipped(&many));
    let tar = write("e.tar", &[vec![b'x'; 257], b"ustar\x0000".to_vec(), vec![0; 300]].concat());
    let limits = Limits { ratio: 100, ratio_from_bytes: 1 << 20, entries: 10, ..Limits::default() };
    let seen = paths(&limits, &[traversal, layers, bomb, many, tar]);
    assert_eq!(
        in_folder(folder.path(), seen.records),
        [r#"a.zip:in.json:1 {"id":1}"#, r#"c.gz:1 {"id":1}"#]
    );
    assert_eq!(
        in_folder(folder.path(), seen.problems),
        [
            "a.zip:../out.json: a path that leads out of the archive",
            "b.gz: an archive in an archive in an archive",
            "c.gz:2: unpacks to more than 100 times its size",
            "d.zip: an archive of more than 10 files",
            "e.tar: a tar file",
        ]
    );
}

#[test]
fn what_cannot_be_opened_is_said_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let lines: Vec<String> = (0..2_000).map(|id| format!("{{\"id\":{}}}\n", id * 7_919)).collect();
    let lines = lines.concat();
    let packed = gzip(lines.as_bytes());
    fs::write(at("cut.gz"), &packed[..packed.len() / 2]).unwrap();
    fs::write(at("cut.zip"), &zipped(&[("a", b"{}")])[..20]).unwrap();
    fs::write(at("empty"), "").unwrap();
    fs::create_dir(at("nothing")).unwrap();
    fs::write(at("good"), "{\"id\":1}").unwrap();
    let inputs: Vec<_> = ["missing", "cut.gz", "cut.zip", "empty", "nothing", "good"]
        .iter()
        .map(|name| at(name))
        .collect();
    let seen = paths(&Limits::default(), &inputs);
    let cut = seen.records.iter().filter(|record| record.contains("cut.gz")).count();
    assert!(cut > 500, "{cut} records before the cut");
    assert!(seen.records.last().unwrap().ends_with("good:1 {\"id\":1}"));
    let problems = in_folder(folder.path(), seen.problems);
    assert_eq!(problems[0], "missing: no such file or folder");
    assert!(
        problems[1].starts_with("cut.gz:") && problems[1].ends_with("the file is cut off"),
        "{}",
        problems[1]
    );
    assert!(problems[2].starts_with("cut.zip: a damaged zip archive"), "{}", problems[2]);
    assert_eq!(problems[3], "empty: no records: the file is empty");
    assert_eq!(problems[4], "nothing: the folder holds no files");
    assert_eq!(problems.len(), 5);
}

/// A source that has the same word, and one of its own, for every record.
static NOTES: Source = Source {
    import: Import::Json(|record, _, output| {
        output.problems.push(Problem::note(record.place.clone(), "nothing to keep").hint("none"));
        if record.body.len() > 8 {
            output.problems.push(Problem::lost(record.place.clone(), "too long").hint("cut it"));
        }
    }),
    ..ECHO
};

#[test]
fn equal_notes_of_an_input_are_told_once_and_all_are_counted() {
    let seen = stream(&NOTES, "{\"id\":1}\n".repeat(10_000).as_bytes());
    assert_eq!(seen.problems, ["in:1: nothing to keep (note)"]);
    assert_eq!((seen.summary.records, seen.summary.notes), (10_000, 10_000));
    // What was left out is told place by place.
    let seen = stream(&NOTES, "{\"id\":12}\n{\"id\":1}\n{\"id\":12}\n".as_bytes());
    assert_eq!(seen.problems, ["in:1: too long", "in:3: too long", "in:1: nothing to keep (note)"]);
    assert_eq!((seen.summary.lost, seen.summary.notes), (2, 3));
    let folder = tempfile::tempdir().unwrap();
    let inputs = ["a", "b"].map(|name| folder.path().join(name));
    for input in &inputs {
        fs::create_dir(input).unwrap();
        fs::write(input.join("1.json"), "{\"id\":1}").unwrap();
        fs::write(input.join("2.json"), "{\"id\":2}").unwrap();
    }
    let seen = gather(|context, sink| {
        import_within(&Limits::default(), &NOTES, &inputs, context, &mut |_| {}, sink).unwrap()
    });
    assert_eq!(
        in_folder(folder.path(), seen.problems),
        ["a/1.json:1: nothing to keep (note)", "b/1.json:1: nothing to keep (note)"]
    );
    assert_eq!(seen.summary.notes, 4);
}

#[test]
fn an_error_of_the_sink_ends_the_import() {
    let (services, people) = (ServiceMap::default(), PersonKey::from_bytes([1; 32]));
    let context = Context {
        services: &services,
        people: &people,
        repo: None,
        rules: &aftercast_connectors::Rules::default(),
    };
    let result = import_stream(&ECHO, "in", &mut b"{}".as_slice(), &context, &mut |_| Err("full"));
    assert_eq!(result, Err("full"));
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[\\x00-\\x7f\u{e9}\u{1f600}\"\\\\{}\\[\\]]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z\"\\\\{}]{0,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// An object that no rule takes for a page.
fn record() -> impl Strategy<Value = Value> {
    json().prop_map(|inner| serde_json::json!({ "id": 1, "inner": inner }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_records_are_those_that_serde_sees(
        records in prop::collection::vec(record(), 1..6),
        pretty in any::<bool>(),
        packing in 0..5,
    ) {
        let texts: Vec<String> = records
            .iter()
            .map(|record| if pretty { format!("{record:#}") } else { record.to_string() })
            .collect();
        let body = match packing {
            0 => texts.join("\n"),
            1 => texts.join(""),
            2 => format!("[{}]", texts.join(",")),
            3 => format!("{{\"total\":3,\"items\":[{}],\"next\":\"}}]\"}}", texts.join(" ,\n")),
            _ => serde_json::to_string_pretty(&records).unwrap(),
        };
        let seen = stream(&ECHO, body.as_bytes());
        prop_assert_eq!(&seen.problems, &Vec::<String>::new());
        let found: Vec<Value> = seen
            .records
            .iter()
            .map(|record| serde_json::from_str(record.split_once(' ').unwrap().1).unwrap())
            .collect();
        prop_assert_eq!(found, records);
    }

    #[test]
    fn any_bytes_are_read_to_their_end(body in prop::collection::vec(any::<u8>(), 0..400)) {
        stream(&ECHO, body.as_slice());
        stream(&WHOLE, body.as_slice());
    }

    #[test]
    fn any_brackets_are_read_to_their_end(body in "[\\[\\]{}\",:\\\\\n a1]{0,120}") {
        stream(&ECHO, body.as_bytes());
    }

    #[test]
    fn packed_nonsense_is_read_to_its_end(
        magic in prop::sample::select(vec![&b"\x1F\x8B\x08"[..], b"\x28\xB5\x2F\xFD", b"PK\x03\x04"]),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        stream(&ECHO, [magic, &body].concat().as_slice());
    }
}
