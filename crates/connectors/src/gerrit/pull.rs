//! How Gerrit is pulled: one search a project, newest change first, each change with everything in it.
//!
//! Owns: the query, its options, its times. Must not know what becomes of the answers.

use std::fmt::Write as _;

use aftercast_model::Timestamp;

use crate::live::{Auth, Order, Paging, Place, Pull, Request, Stream, Subjects};

/// How Gerrit is pulled. Every server has an address of its own.
pub(super) static PULL: Pull = Pull {
    base: None,
    auth: &[Auth::Basic, Auth::Bearer],
    headers: &[],
    subjects: Subjects { key: "projects", example: "operations/mediawiki-config", optional: false },
    streams: STREAMS,
    concurrency: 1,
    per_minute: None,
};

static STREAMS: &[Stream] = &[Stream {
    name: "changes",
    kind: "change",
    needs: "Read on `refs/*` of the project",
    gives: "lead time, approval wait, failed builds",
    optional: false,
    list: |place| Some(changes(place)),
    paging: Paging::Gerrit,
    items: "",
    at: "/updated",
    // What happens to a change moves it to the front, so that no state of it needs a second look.
    order: Order::NewestFirst,
    open: None,
    cap: None,
    details: &[],
}];

/// What a change must hold: its messages tell what CI and people said.
const OPTIONS: &[&str] = &["MESSAGES", "DETAILED_ACCOUNTS", "DETAILED_LABELS", "ALL_REVISIONS"];

fn changes(place: &Place<'_>) -> Request {
    // Below `/a` a server asks who comes; without it everybody is anonymous.
    let is_anonymous = (place.settings)("anonymous").is_some_and(|value| value == "true");
    let path = if is_anonymous { "/changes/" } else { "/a/changes/" };
    let project: String = place.subject.chars().filter(|c| !matches!(c, '"' | '\\')).collect();
    let mut query = format!("project:\"{project}\"");
    if let Some(since) = place.since {
        let _ = write!(query, " after:\"{}\"", moment(since));
    }
    if let Some(until) = place.until {
        let _ = write!(query, " before:\"{}\"", moment(until.plus_millis(999)));
    }
    if let Some(more) = (place.settings)("query") {
        let _ = write!(query, " {more}");
    }
    let mut request = Request::get(path, [("q", query.as_str()), ("n", "100")]);
    for option in OPTIONS {
        request = request.with("o", Some((*option).to_owned()));
    }
    request
}

/// Returns a moment as queries take it, in UTC and whole seconds: `2026-09-01 08:00:00`.
fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(..19).unwrap_or(&text).replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(settings: &[(&str, &str)], since: Option<Timestamp>) -> Request {
        let settings = |name: &str| {
            let found = settings.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let until = since.map(|at| at.plus_millis(1_500));
        changes(&Place { subject: "acme/\"shop", since, until, settings: &settings })
    }

    #[test]
    fn a_search_names_project_time_and_what_else_was_wanted() {
        let request = asked(&[], Some(Timestamp::from_millis(1_788_249_600_250)));
        assert_eq!(request.path, "/a/changes/");
        let expected =
            "project:\"acme/shop\" after:\"2026-09-01 08:00:00\" before:\"2026-09-01 08:00:02\"";
        assert_eq!(request.query[0].1, expected);
        let request = asked(&[("anonymous", "true"), ("query", "branch:master")], None);
        assert_eq!(request.path, "/changes/");
        assert_eq!(request.query[0].1, "project:\"acme/shop\" branch:master");
        assert_eq!(request.query.iter().filter(|(key, _)| key == "o").count(), 4);
    }
}
