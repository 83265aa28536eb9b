//! `aftercast sync`.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use aftercast_connectors::live::Ended;
use aftercast_model::Timestamp;
use aftercast_surfaces::table::{Align, Table};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::global::Global;
use super::import::tell_problems;
use super::output::{options, printable, talk, write_text};
use super::time::{duration, moment};
use crate::error::Outcome;
use crate::ops::{
    ListSynced, SyncRequest, Synced, Tally, grouped, plan_sync, present, replay, sync,
};

/// Pull what is new from the connected sources
///
/// Reads each list of each source in aftercast.toml from where the last pull stopped, all sources
/// at once. What was stored stays stored, however it ends; the next pull goes on there.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aftercast sync --dry-run\n  aftercast sync github --since 90d\n  \
                        aftercast sync --every 10m\n  aftercast sync --replay github"
)]
pub(crate) struct Arguments {
    /// Names of sources [default: all]
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Read nothing older than a date, a time, or so long ago
    #[arg(long, value_name = "WHEN", value_parser = when)]
    since: Option<When>,
    /// Read nothing from a date, a time, or so long ago on
    #[arg(long, value_name = "WHEN", value_parser = when)]
    until: Option<When>,
    /// Say what would be asked first, without asking
    #[arg(long)]
    dry_run: bool,
    /// Pull again and again with this pause, until Ctrl-C
    #[arg(long, value_name = "PAUSE", value_parser = duration, conflicts_with = "dry_run")]
    every: Option<Duration>,
    /// Convert what is kept of the sources again, under today's mapping and rules, without asking
    #[arg(long, requires = "sources", conflicts_with_all = ["since", "until", "dry_run", "every"])]
    replay: bool,
    /// Form of the result
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table
    Terminal,
    /// For programs
    Json,
}

#[derive(Debug, Clone, Copy)]
struct When(Timestamp);

fn when(text: &str) -> Result<When, String> {
    moment(text, present()).map(When)
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let request = SyncRequest {
        sources: arguments.sources.clone(),
        since: arguments.since.map(|when| when.0),
        until: arguments.until.map(|when| when.0),
    };
    if arguments.dry_run {
        return dry_run(global, arguments, &request);
    }
    if arguments.replay {
        return Box::pin(again(global, arguments)).await;
    }
    loop {
        let code = match Box::pin(once(global, arguments, &request)).await {
            Ok(code) => code,
            // Who pulls again and again is not stopped by what may be over the next time.
            Err(failure) if arguments.every.is_some() => {
                talk(&failure.shown());
                ExitCode::SUCCESS
            }
            Err(failure) => return Err(failure),
        };
        let Some(pause) = arguments.every else { return Ok(code) };
        tokio::time::sleep(pause).await;
    }
}

async fn once(global: &Global, arguments: &Arguments, request: &SyncRequest) -> Outcome<ExitCode> {
    let session = global.session()?;
    let synced = sync(&session, request).await?;
    let text = match arguments.format {
        Format::Json => json_text(&synced),
        Format::Terminal => table(&synced).render(&options(&session.config, None, session.now)),
    };
    write_text(None, &text)?;
    let mut problems = synced.received.clone();
    let lists = synced.sources.iter().flat_map(|source| source.lists.iter().flatten());
    for list in lists {
        problems.merge(list.tally.clone());
    }
    tell_problems(global, &problems, None)?;
    talk(&missing(&synced));
    let code = synced.failure().map_or(0, crate::error::Kind::exit_code);
    Ok(ExitCode::from(code))
}

fn dry_run(global: &Global, arguments: &Arguments, request: &SyncRequest) -> Outcome<ExitCode> {
    let session = global.session()?;
    let planned = plan_sync(&session, request)?;
    let text = match arguments.format {
        Format::Json => {
            let requests: Vec<Value> = planned
                .iter()
                .flat_map(|(name, requests)| requests.iter().map(move |one| (name, one)))
                .map(|(name, one)| {
                    json!({ "source": name, "subject": one.subject, "list": one.stream,
                            "method": one.method, "url": one.url })
                })
                .collect();
            format!("{:#}\n", json!({ "schema_version": 1, "requests": requests }))
        }
        Format::Terminal => {
            let mut text = String::new();
            for (name, requests) in &planned {
                for one in requests {
                    let what = format!("{name} {} {}", one.subject, one.stream);
                    let url = printable(&one.url);
                    let _ = writeln!(text, "{}\n    {} {url}", printable(&what), one.method);
                }
            }
            text
        }
    };
    write_text(None, &text)?;
    Ok(ExitCode::SUCCESS)
}

async fn again(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let session = global.session()?;
    let mut lost = false;
    for replayed in replay(&session, &arguments.sources).await? {
        let tally = &replayed.tally;
        let text = match arguments.format {
            Format::Json => format!(
                "{}\n",
                json!({ "schema_version": 1, "source": replayed.source, "records": tally.records,
                        "removed": replayed.removed, "stored": tally.facts().stored,
                        "lost": tally.lost, "notes": tally.notes })
            ),
            Format::Terminal => format!(
                "{} records of `{}` converted again: {} facts instead of {}\n",
                grouped(tally.records),
                replayed.source,
                grouped(tally.facts().stored),
                grouped(replayed.removed)
            ),
        };
        write_text(None, &text)?;
        tell_problems(global, tally, None)?;
        lost |= 0 < tally.lost;
    }
    Ok(if lost { ExitCode::from(crate::error::Kind::Data.exit_code()) } else { ExitCode::SUCCESS })
}

fn table(synced: &Synced) -> Table {
    let mut rows = Vec::new();
    if 0 < synced.received.records {
        rows.push(row(
            "inbox",
            "",
            "received",
            synced.received.records,
            None,
            &synced.received,
            "done",
        ));
    }
    for source in &synced.sources {
        match &source.lists {
            Ok(lists) => rows.extend(lists.iter().map(|list| {
                let ended = ended_word(&list.ended);
                let requests = Some(list.requests);
                row(
                    &source.name,
                    &list.subject,
                    list.stream,
                    list.items,
                    requests,
                    &list.tally,
                    ended,
                )
            })),
            Err(failure) => {
                let what = vec![source.name.clone(), failure.told()];
                let cells = what.into_iter().chain(std::iter::repeat_n(String::new(), 5));
                let cells = cells.chain(["failed".to_owned()]);
                rows.push(cells.map(Some).collect());
            }
        }
    }
    Table {
        columns: vec![
            ("source", Align::Left),
            ("for", Align::Left),
            ("list", Align::Left),
            ("items", Align::Right),
            ("new", Align::Right),
            ("known", Align::Right),
            ("requests", Align::Right),
            ("ended", Align::Left),
        ],
        rows,
    }
}

fn row(
    name: &str,
    subject: &str,
    stream: &str,
    items: u64,
    requests: Option<u64>,
    tally: &Tally,
    ended: &str,
) -> Vec<Option<String>> {
    let facts = tally.facts();
    let cells = [
        name.to_owned(),
        subject.to_owned(),
        stream.to_owned(),
        grouped(items),
        grouped(facts.stored + facts.updated),
        grouped(facts.known),
        requests.map_or_else(|| "-".to_owned(), grouped),
        ended.to_owned(),
    ];
    cells.map(Some).to_vec()
}

fn ended_word(ended: &Ended) -> &'static str {
    match ended {
        Ended::Done => "done",
        Ended::Refused { optional: true, .. } => "not allowed",
        Ended::Refused { .. } => "refused",
        Ended::Limited { .. } => "limited",
        Ended::Failed { .. } => "failed",
    }
}

/// What is not known now, and what to do: whole sentences, which a table would cut.
fn missing(synced: &Synced) -> String {
    let mut text = String::new();
    for source in &synced.sources {
        let name = &source.name;
        match &source.lists {
            Err(failure) => {
                let _ = write!(text, "{name}: {}", failure.shown());
            }
            Ok(lists) => {
                for list in lists {
                    if let Some(why) = why(list) {
                        let what = format!("{name} {} {}", list.subject, list.stream);
                        let _ = writeln!(text, "{}: {}", printable(&what), printable(&why));
                    }
                }
            }
        }
    }
    text
}

fn why(list: &ListSynced) -> Option<String> {
    match &list.ended {
        Ended::Done => None,
        Ended::Refused { status, needs, gives, .. } => Some(format!(
            "refused with status {status}; it needs `{needs}`, without it these are not known: {gives}"
        )),
        Ended::Limited { until } => {
            Some(format!("the budget of requests is spent until {until}; sync again then"))
        }
        Ended::Failed { why } => Some(format!("{why}; sync again to go on where it stopped")),
    }
}

fn json_text(synced: &Synced) -> String {
    let sources: Vec<Value> = synced
        .sources
        .iter()
        .map(|source| match &source.lists {
            Ok(lists) => {
                let lists: Vec<Value> = lists.iter().map(list_json).collect();
                json!({ "source": source.name, "lists": lists })
            }
            Err(failure) => json!({ "source": source.name, "error": failure.told() }),
        })
        .collect();
    let received = synced.received.records;
    let value = json!({ "schema_version": 1, "received": received, "sources": sources });
    format!("{value:#}\n")
}

fn list_json(list: &ListSynced) -> Value {
    let facts = list.tally.facts();
    json!({
        "subject": list.subject,
        "list": list.stream,
        "items": list.items,
        "requests": list.requests,
        "stored": facts.stored,
        "updated": facts.updated,
        "known": facts.known,
        "lost": list.tally.lost,
        "notes": list.tally.notes,
        "ended": ended_word(&list.ended),
        "why": why(list),
    })
}
