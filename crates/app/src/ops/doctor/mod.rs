//! What this installation can answer now, from which source, and what to connect for the rest.

mod names;
mod sources;

use std::collections::BTreeMap;
use std::io::Write as _;

use aftercast_lake::{Lake, SqlValue};
use aftercast_model::Facts;

use super::{Home, Session};
use crate::error::{Failure, Kind, Outcome};

/// One line of the doctor.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    /// What is looked at.
    pub(crate) subject: String,
    /// Whether it is well.
    pub(crate) state: State,
    /// What was found, or from which sources it is known.
    pub(crate) says: String,
    /// What to do.
    pub(crate) advice: String,
}

/// How well it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It works; the question can be answered.
    Yes,
    /// It cannot be answered: no source tells.
    No,
    /// It is broken, and what kind of failure it is.
    Broken(Kind),
}

impl State {
    /// Returns the word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Broken(_) => "broken",
        }
    }
}

/// A number or question, and the rows of which any can answer it.
struct Need {
    subject: &'static str,
    /// Tables, each with a condition where not every row will do.
    any_of: &'static [&'static str],
    connect: &'static str,
}

const HISTORY: &str = "a git repository: `aftercast review` in its checkout";
const BUILDS: &str =
    "a CI system: `aftercast import github FILES` or `aftercast import gerrit FILES`";
const GATES: &str =
    "a system with approvals: `aftercast import github FILES` or `aftercast import gerrit FILES`";
const MANUAL: &str = "steps done by hand: `aftercast import facts signals.ndjson`";
const INCIDENTS: &str = "incidents: `aftercast import facts incidents.ndjson`";

const SAID_BY_HAND: &str = "signals WHERE kind = 'manual_step'";
const JOB_BY_HAND: &str = "task_runs WHERE kind = 'manual'";
const APPROVAL: &str = "gate_evaluations WHERE gate_kind = 'approval'";

static NEEDS: &[Need] = &[
    Need {
        subject: "releases",
        any_of: &["deployments", "release_tags", "change_requests"],
        connect: HISTORY,
    },
    Need {
        subject: "number: lead time",
        any_of: &["commits", "change_requests"],
        connect: HISTORY,
    },
    Need {
        subject: "number: failed builds",
        any_of: &["task_runs", "pipeline_runs"],
        connect: BUILDS,
    },
    Need { subject: "number: approval wait", any_of: &["gate_evaluations"], connect: GATES },
    Need { subject: "number: manual steps", any_of: &[SAID_BY_HAND, JOB_BY_HAND], connect: MANUAL },
    Need { subject: "number: incidents", any_of: &["incidents"], connect: INCIDENTS },
    Need {
        subject: "1 total lead time",
        any_of: &["commits", "change_requests"],
        connect: HISTORY,
    },
    Need {
        subject: "2 failed builds, and why",
        any_of: &["task_runs", "pipeline_runs"],
        connect: BUILDS,
    },
    Need {
        subject: "3 manual steps that delayed",
        any_of: &[SAID_BY_HAND, JOB_BY_HAND],
        connect: MANUAL,
    },
    Need { subject: "4 a gate that let a problem through", any_of: &[APPROVAL], connect: GATES },
    Need {
        subject: "5 a gate that checked nothing",
        any_of: &["gate_evaluations", "test_results"],
        connect: GATES,
    },
    Need { subject: "6 an incident after the release", any_of: &["incidents"], connect: INCIDENTS },
    Need {
        subject: "7 what went better",
        any_of: &["commits", "change_requests"],
        connect: HISTORY,
    },
    Need {
        subject: "8 the one change",
        any_of: &["task_runs", "gate_evaluations", "change_requests", "release_tags"],
        connect: BUILDS,
    },
];

/// Looks at home, database, lake and disk, then at what can be answered.
pub(crate) async fn diagnose(session: &Session) -> Outcome<Vec<Check>> {
    let home = Home::find(session)?;
    let mut checks = Vec::new();
    let store = match home.open(session).await {
        Ok(store) => store,
        Err(failure) => {
            checks.push(broken("home", &home.shown_folder(), failure));
            return Ok(checks);
        }
    };
    checks.push(well("home", home.shown_folder()));
    checks.push(well("database", home.shown_database()));
    checks.push(match write_probe(&home) {
        Ok(()) => well("disk", "can be written".to_owned()),
        Err(failure) => broken("disk", &home.shown_folder(), failure),
    });
    let (rows, sources) = match sources(&store.lake).await {
        Ok(found) => found,
        Err(failure) => {
            checks.push(broken("lake", &home.shown_data(), failure));
            return Ok(checks);
        }
    };
    checks.push(well("lake", format!("{}, {} facts", home.shown_data(), grouped(rows))));
    let waiting = store.ledger.count_waiting().await?;
    if 0 < waiting {
        let says = format!("{} deliveries wait to become facts", grouped(waiting));
        checks.push(Check { advice: "run `aftercast sync`".to_owned(), ..well("inbox", says) });
    }
    checks.extend(sources::look_at(session).await);
    checks.extend(NEEDS.iter().map(|need| answerable(session, need, &sources)));
    checks.extend(names::look_at(session, &store.lake).await?);
    store.ledger.close().await;
    Ok(checks)
}

/// Sources, by the rows that they have.
type Sources = BTreeMap<&'static str, Vec<String>>;

async fn sources(lake: &Lake) -> Outcome<(u64, Sources)> {
    let counts = lake.table_counts().await?;
    let facts = counts.iter().filter(|count| Facts::table_spec(count.table).is_some());
    let total = facts.clone().map(|count| count.rows).sum();
    let filled: Vec<&str> = facts.filter(|count| 0 < count.rows).map(|count| count.table).collect();
    let mut sources = Sources::new();
    for rows in NEEDS.iter().flat_map(|need| need.any_of) {
        let table = rows.split(' ').next().unwrap_or_default();
        if !filled.contains(&table) || sources.contains_key(rows) {
            continue;
        }
        let mut found = lake.sql(&format!("SELECT DISTINCT source FROM {rows}")).await?;
        let names: &mut Vec<String> = sources.entry(rows).or_default();
        while let Some(batch) = found.next().await? {
            names.extend(batch.iter().flatten().map(SqlValue::to_string));
        }
    }
    Ok((total, sources))
}

fn answerable(session: &Session, need: &Need, sources: &Sources) -> Check {
    let mut from: Vec<&str> = need
        .any_of
        .iter()
        .filter_map(|rows| sources.get(rows))
        .flatten()
        .map(String::as_str)
        .collect();
    from.sort_unstable();
    from.dedup();
    let subject = need.subject.to_owned();
    if from.is_empty() {
        let number = need.subject.strip_prefix("number: ").unwrap_or_default();
        if let Some(says) = sources::would_tell(session, number) {
            return Check {
                subject,
                state: State::No,
                says,
                advice: "run `aftercast sync`".to_owned(),
            };
        }
        let could = sources::could_tell(number);
        let live = if could.is_empty() {
            String::new()
        } else {
            format!("; live: a [[source]] of kind {}", could.join(", "))
        };
        let advice = format!("connect {}{live}", need.connect);
        return Check { subject, state: State::No, says: "no source".to_owned(), advice };
    }
    let says = format!("from `{}`", from.join("`, `"));
    Check { subject, state: State::Yes, says, advice: String::new() }
}

fn write_probe(home: &Home) -> Outcome<()> {
    let mut file = tempfile::NamedTempFile::new_in(home.folder())?;
    file.write_all(&[0; 4096])?;
    file.as_file().sync_all()?;
    Ok(())
}

/// `36164` as `36,164`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if 0 < position && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn well(subject: &str, says: String) -> Check {
    Check { subject: subject.to_owned(), state: State::Yes, says, advice: String::new() }
}

fn broken(subject: &str, place: &str, failure: Failure) -> Check {
    Check {
        subject: subject.to_owned(),
        state: State::Broken(failure.kind),
        says: format!("{place}: {}", failure.told()),
        advice: failure.hint.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_grouped() {
        for (count, expected) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (36_164, "36,164"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(count), expected);
        }
    }
}
