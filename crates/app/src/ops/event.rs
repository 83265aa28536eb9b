//! What scripts and people tell: deployments, incidents and steps done by hand, from any pipeline.
//!
//! Guarantees: telling the same twice changes nothing; what is told later about the same thing is
//! added to what is known of it, and wins where both say something.

use aftercast_connectors::{Context, Output, Record, Rules};
use aftercast_lake::{Lake, SqlValue};
use aftercast_model::{FactId, Place, Timestamp};
use serde_json::{Map, Value, json};

use super::home::Store;
use super::ingest::Tally;
use super::{Home, Session, import};
use crate::closest::did_you_mean;
use crate::error::{Failure, Outcome};

/// The `source` of what is told.
const SOURCE: &str = "event";
/// What can be told, each with what it needs.
const EVENTS: &[(&str, &str, &[&str])] = &[
    ("started", "deployments", &["service", "environment"]),
    ("deployed", "deployments", &["service", "environment"]),
    ("incident", "incidents", &["service", "id", "title"]),
    ("resolved", "incidents", &["id"]),
    ("step", "task_runs", &["service", "name"]),
];
/// What can be said of it.
const KEYS: &[&str] = &[
    "event",
    "service",
    "environment",
    "id",
    "sha",
    "ref",
    "version",
    "name",
    "title",
    "severity",
    "outcome",
    "started",
    "finished",
    "at",
    "url",
    "repo",
    "caused_by",
    "rollback_of",
];

/// Stores what is told; each event is an object whose keys are named like the options.
pub(crate) async fn tell(session: &Session, events: Vec<Value>) -> Outcome<Tally> {
    let store = Home::find(session)?.open(session).await?;
    let rules = session.config.rules()?;
    let services = session.config.services();
    let people = store.person_key(session).await?;
    let mut tally = Tally::default();
    for event in events {
        let Some(row) = row(session, &store, &rules, event).await? else {
            tally.records += 1;
            continue;
        };
        let mut output = Output { records: 1, ..Output::default() };
        let context = Context { services: &services, people: &people, repo: None, rules: &rules };
        let place = Place { file: "event".to_owned(), line: None };
        let body = row.to_string();
        import::find_source("facts")?.convert(
            &Record { place, body: body.as_bytes() },
            &context,
            &mut output,
        );
        tally.store(&store.lake, output).await?;
    }
    store.ledger.close().await;
    Ok(tally)
}

/// Returns the row to store; `None` where everything was told before.
async fn row(
    session: &Session,
    store: &Store,
    rules: &Rules,
    event: Value,
) -> Outcome<Option<Value>> {
    let told = Told::read(event)?;
    let native = told.native_id()?;
    let id = FactId::new(SOURCE, told.table, &native, 0).to_string();
    let known = known(&store.lake, told.table, &id).await?;
    let at = told.time("at")?.unwrap_or(session.now);
    let mut row = known.clone();
    for (column, value) in told.columns(&known, rules, &native, at)? {
        row.insert(column.to_owned(), value);
    }
    row.retain(|_, value| !value.is_null());
    if !known.is_empty() && row == known {
        return Ok(None);
    }
    let last = ["finished_at", "resolved_at", "started_at"];
    let natural = last.iter().find_map(|column| millis(row.get(*column))).unwrap_or(at.millis());
    let before = millis(known.get("observed_at")).map(|before| before.saturating_add(1));
    row.insert("observed_at".to_owned(), natural.max(before.unwrap_or(natural)).into());
    row.insert("table".to_owned(), told.table.into());
    row.insert("id".to_owned(), id.into());
    row.insert("source".to_owned(), SOURCE.into());
    Ok(Some(Value::Object(row)))
}

/// Returns what is known of a fact, by column; times in milliseconds.
async fn known(lake: &Lake, table: &str, id: &str) -> Outcome<Map<String, Value>> {
    let mut rows = lake.sql(&format!("SELECT * FROM {table} WHERE id = '{id}'")).await?;
    let names: Vec<String> = rows.columns().iter().map(|column| column.name.clone()).collect();
    let Some(row) = rows.next().await?.and_then(|batch| batch.into_iter().next()) else {
        return Ok(Map::new());
    };
    let cells = names.into_iter().zip(row).filter(|(name, _)| name != "day");
    let cells = cells.map(|(name, value)| match value {
        SqlValue::Time(at) => (name, at.millis().into()),
        value => (name, value.to_json()),
    });
    Ok(cells.filter(|(_, value)| !value.is_null()).collect())
}

fn millis(value: Option<&Value>) -> Option<i64> {
    value.and_then(Value::as_i64)
}

/// An event, checked.
struct Told {
    word: &'static str,
    table: &'static str,
    fields: Map<String, Value>,
}

impl Told {
    fn read(event: Value) -> Outcome<Self> {
        let Value::Object(mut fields) = event else {
            return Err(Failure::usage("an event is a JSON object"));
        };
        fields.retain(|_, value| !value.is_null());
        if let Some(wrong) = fields.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let meant = did_you_mean(wrong, KEYS.iter().copied());
            return Err(Failure::usage(format!("unknown key `{wrong}` of an event{meant}"))
                .hint(format!("keys are `{}`", KEYS.join("`, `"))));
        }
        let word = fields.get("event").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some((word, table, needs)) = EVENTS.iter().find(|(known, ..)| *known == word) else {
            let known: Vec<&str> = EVENTS.iter().map(|(word, ..)| *word).collect();
            let meant = did_you_mean(&word, known.iter().copied());
            return Err(Failure::usage(format!("unknown event `{word}`{meant}"))
                .hint(format!("events are `{}`", known.join("`, `"))));
        };
        let told = Self { word, table, fields };
        match needs.iter().find(|key| told.text(key).is_none()) {
            Some(key) => Err(Failure::usage(format!("`{word}` needs `{key}`"))
                .hint(format!("add --{key} VALUE, or the key `{key}` in JSON"))),
            None => Ok(told),
        }
    }

    fn text(&self, key: &str) -> Option<String> {
        match self.fields.get(key)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn time(&self, key: &str) -> Outcome<Option<Timestamp>> {
        let Some(text) = self.text(key) else { return Ok(None) };
        let parsed = text.parse().ok().map(Timestamp::from_millis);
        match parsed.or_else(|| Timestamp::parse(&text).ok()) {
            Some(at) => Ok(Some(at)),
            None => Err(Failure::usage(format!("`{key}` is no time: `{text}`"))
                .hint("write RFC 3339 in UTC: `2026-11-01T12:00:00Z`")),
        }
    }

    /// What names the thing, the same each time it is told of.
    fn native_id(&self) -> Outcome<String> {
        if let Some(id) = self.text("id") {
            return Ok(id);
        }
        let part = |key: &str| self.text(key).unwrap_or_default();
        if self.table == "deployments" {
            let what = self.text("version").or_else(|| self.text("sha"));
            return match what {
                Some(what) => Ok(format!("{}/{}/{what}", part("service"), part("environment"))),
                None => {
                    Err(Failure::usage(format!("`{}` needs `id`, `version` or `sha`", self.word))
                        .hint("without one of them, telling it twice would be two deployments"))
                }
            };
        }
        match self.time("started")?.or(self.time("at")?) {
            Some(at) => Ok(format!("{}/{}/{}", part("service"), part("name"), at.millis())),
            None => Err(Failure::usage(format!("`{}` needs `id` or `started`", self.word))
                .hint("without one of them, telling it twice would be two steps")),
        }
    }

    /// Returns the columns that it says, or that follow from it where nothing is known.
    fn columns(
        &self,
        known: &Map<String, Value>,
        rules: &Rules,
        native: &str,
        at: Timestamp,
    ) -> Outcome<Vec<(&'static str, Value)>> {
        let mut columns: Vec<(&'static str, Value)> = Vec::new();
        let own: &[(&'static str, &str)] = match self.table {
            "deployments" => &[
                ("service", "service"),
                ("environment", "environment"),
                ("sha", "sha"),
                ("ref", "ref"),
                ("version", "version"),
                ("url", "url"),
                ("rollback_of", "rollback_of"),
            ],
            "incidents" => &[
                ("service", "service"),
                ("title", "title"),
                ("severity", "severity"),
                ("url", "url"),
                ("caused_by", "caused_by"),
            ],
            _ => &[
                ("service", "service"),
                ("repo", "repo"),
                ("name", "name"),
                ("sha", "sha"),
                ("url", "url"),
            ],
        };
        let said = own.iter().filter_map(|(column, key)| Some((*column, self.text(key)?.into())));
        columns.extend(said);
        let mut time = |column: &'static str, key: &str, default: Option<Timestamp>| {
            let default = default.filter(|_| !known.contains_key(column));
            let at = self.time(key)?.or(default);
            columns.extend(at.map(|at| (column, at.millis().into())));
            Outcome::Ok(())
        };
        match self.word {
            "started" => time("started_at", "started", Some(at))?,
            "deployed" | "step" => {
                time("started_at", "started", None)?;
                time("finished_at", "finished", Some(at))?;
            }
            "incident" => {
                time("started_at", "started", Some(at))?;
                time("detected_at", "at", None)?;
            }
            _ => time("resolved_at", "at", Some(at))?,
        }
        if self.table != "incidents" {
            let ended = known.get("outcome").and_then(Value::as_str);
            let ended = ended.filter(|outcome| *outcome != "running").map(str::to_owned);
            let usual = if self.word == "started" { "running" } else { "success" };
            let outcome = self.text("outcome").or(ended).unwrap_or_else(|| usual.to_owned());
            columns.push(("outcome", outcome.into()));
        }
        if let Some(environment) = self.text("environment") {
            columns.push(("production", rules.is_production(&environment).into()));
        }
        if self.word == "step" {
            columns.extend([("kind", json!("manual")), ("task_id", native.into())]);
        }
        Ok(columns)
    }
}
