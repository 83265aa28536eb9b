//! `aftercast event`.

use std::io::Read as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::global::Global;
use super::import::tell_problems;
use crate::error::{Failure, Kind, Outcome};
use crate::ops::tell;

/// Tell of a deployment, an incident or a step done by hand, from any script
///
/// Telling the same twice changes nothing. What is told later about the same --id (of a deployment
/// also service, environment and version) is added to it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aftercast event deployed --service web --environment production \
                        --sha $SHA --id $RUN_ID\n  aftercast event incident --service web --id INC-7 \
                        --title 'Checkout is slow'\n  aftercast event resolved --id INC-7\n  aftercast \
                        event step --service web --name 'switch traffic' --started \
                        2026-11-01T12:00:00Z\n  echo '{\"event\":\"resolved\",\"id\":\"INC-7\"}' | \
                        aftercast event json"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A deployment began
    #[command(disable_version_flag = true)]
    Started(Deployment),
    /// A deployment ended
    #[command(disable_version_flag = true)]
    Deployed(Deployment),
    /// An incident began
    Incident(Incident),
    /// An incident is over
    Resolved(Resolved),
    /// Somebody did something by hand
    Step(Step),
    /// Read events as JSON objects from stdin: {"event":"deployed","service":"web",..}
    Json,
}

#[derive(Debug, Args)]
struct Deployment {
    /// Service that is deployed
    #[arg(long, value_name = "NAME")]
    service: String,
    /// Environment that it reaches
    #[arg(long, visible_alias = "env", value_name = "NAME")]
    environment: String,
    /// Commit
    #[arg(long, value_name = "SHA")]
    sha: Option<String>,
    /// Branch or tag
    #[arg(long = "ref", value_name = "REF")]
    git_ref: Option<String>,
    /// Version
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// What names this deployment [default: service, environment, version or commit]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// When it began
    #[arg(long, value_name = "TIME")]
    started: Option<String>,
    /// When it ended [default: now]
    #[arg(long, value_name = "TIME")]
    finished: Option<String>,
    /// How it ended: success, failure, cancelled, `timed_out` [default: success]
    #[arg(long, value_name = "WORD")]
    outcome: Option<String>,
    /// Deployment that this one takes back
    #[arg(long, value_name = "ID")]
    rollback_of: Option<String>,
    #[command(flatten)]
    both: Both,
}

#[derive(Debug, Args)]
struct Incident {
    /// Service that it is about
    #[arg(long, value_name = "NAME")]
    service: String,
    /// What names it; `resolved` names it again
    #[arg(long, value_name = "ID")]
    id: String,
    /// What users felt
    #[arg(long, value_name = "TEXT")]
    title: String,
    /// How bad it is, in your words
    #[arg(long, value_name = "WORD")]
    severity: Option<String>,
    /// When users began to feel it [default: now]
    #[arg(long, value_name = "TIME")]
    started: Option<String>,
    /// Release or commit that caused it
    #[arg(long, value_name = "RELEASE")]
    caused_by: Option<String>,
    #[command(flatten)]
    both: Both,
}

#[derive(Debug, Args)]
struct Resolved {
    /// The incident
    #[arg(long, value_name = "ID")]
    id: String,
    #[command(flatten)]
    both: Both,
}

#[derive(Debug, Args)]
struct Step {
    /// Service that it was done for
    #[arg(long, value_name = "NAME")]
    service: String,
    /// What was done
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// Commit that it was done for
    #[arg(long, value_name = "SHA")]
    sha: Option<String>,
    /// What names it [default: service, name and beginning]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// When it began
    #[arg(long, value_name = "TIME")]
    started: Option<String>,
    /// When it ended [default: now]
    #[arg(long, value_name = "TIME")]
    finished: Option<String>,
    /// How it ended [default: success]
    #[arg(long, value_name = "WORD")]
    outcome: Option<String>,
    #[command(flatten)]
    both: Both,
}

#[derive(Debug, Args)]
struct Both {
    /// When it happened, where nothing else says so [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Page that tells more
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let events = match &arguments.command {
        Command::Started(deployment) => vec![deployed("started", deployment)],
        Command::Deployed(deployment) => vec![deployed("deployed", deployment)],
        Command::Incident(incident) => {
            let own = [
                ("service", Some(&incident.service)),
                ("id", Some(&incident.id)),
                ("title", Some(&incident.title)),
                ("severity", incident.severity.as_ref()),
                ("started", incident.started.as_ref()),
                ("caused_by", incident.caused_by.as_ref()),
            ];
            vec![event("incident", &own, &incident.both)]
        }
        Command::Resolved(resolved) => {
            vec![event("resolved", &[("id", Some(&resolved.id))], &resolved.both)]
        }
        Command::Step(step) => {
            let own = [
                ("service", Some(&step.service)),
                ("name", Some(&step.name)),
                ("sha", step.sha.as_ref()),
                ("id", step.id.as_ref()),
                ("started", step.started.as_ref()),
                ("finished", step.finished.as_ref()),
                ("outcome", step.outcome.as_ref()),
            ];
            vec![event("step", &own, &step.both)]
        }
        Command::Json => read_events()?,
    };
    let session = global.session()?;
    let tally = Box::pin(tell(&session, events)).await?;
    tell_problems(global, &tally, None)?;
    let facts = tally.facts();
    let told = if facts.stored + facts.updated == 0 { "known already" } else { "stored" };
    global.say(told);
    Ok(ExitCode::from(if tally.lost == 0 { 0 } else { Kind::Data.exit_code() }))
}

fn deployed(word: &str, deployment: &Deployment) -> Value {
    let own = [
        ("service", Some(&deployment.service)),
        ("environment", Some(&deployment.environment)),
        ("sha", deployment.sha.as_ref()),
        ("ref", deployment.git_ref.as_ref()),
        ("version", deployment.version.as_ref()),
        ("id", deployment.id.as_ref()),
        ("started", deployment.started.as_ref()),
        ("finished", deployment.finished.as_ref()),
        ("outcome", deployment.outcome.as_ref()),
        ("rollback_of", deployment.rollback_of.as_ref()),
    ];
    event(word, &own, &deployment.both)
}

fn event(word: &str, own: &[(&str, Option<&String>)], both: &Both) -> Value {
    let all = own.iter().copied().chain([("at", both.at.as_ref()), ("url", both.url.as_ref())]);
    let mut fields: Map<String, Value> = all
        .filter_map(|(key, text)| Some((key.to_owned(), Value::String(text?.clone()))))
        .collect();
    fields.insert("event".to_owned(), word.into());
    Value::Object(fields)
}

/// Objects one after the other, or an array of them.
fn read_events() -> Outcome<Vec<Value>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("cannot read stdin")?;
    let mut events = Vec::new();
    for value in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
        match value {
            Ok(Value::Array(list)) => events.extend(list),
            Ok(value) => events.push(value),
            Err(error) => return Err(Failure::usage(format!("stdin is no JSON: {error}"))),
        }
    }
    Ok(events)
}
