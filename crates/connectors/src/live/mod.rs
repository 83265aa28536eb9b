//! Live sources: what a source must say so that the shared loop can pull from it.
//!
//! A source says, as data and pure functions, which lists its API has, how they are paged and what
//! else belongs to each item. The loop (`pull`) owns everything that all sources share: requests,
//! retries, budgets, cursors, what is attached to what. So a source is tested without a network, and
//! the loop without a source. Must not know: lake, ledger, single sources.

//!
//! [`pull()`] reads every stream of a source for every subject of a [`Target`] and hands what it found
//! to a [`Keep`], data before cursor; [`plan`] says what it would ask first, [`probe`] what it may ask.
//! What it needs of the world (time, patience, who looks on) is a [`Watch`].

mod ask;
mod auth;
mod budget;
mod client;
mod clock;
mod cursor;
mod details;
mod guard;
mod item;
mod keep;
mod pages;
mod probe;
mod pull;
mod report;
mod retry;
mod target;
pub mod webhook;

use aftercast_model::Timestamp;
use serde_json::Value;

pub use auth::Secret;
pub use clock::{Clock, SystemClock};
pub use keep::{Keep, KeepError, Of};
pub use probe::{Planned, Probed, Verdict, plan, probe};
pub use pull::pull;
pub use report::{Ended, Limits, Progress, PullError, PullReport, StreamReport, Watch};
pub use target::Target;

/// How a source is pulled.
pub struct Pull {
    /// Where the API is where the settings give no `url`; `None` where they must.
    pub base: Option<&'static str>,
    /// How requests are authorised; the first is the usual one.
    pub auth: &'static [Auth],
    /// Headers of every request.
    pub headers: &'static [(&'static str, &'static str)],
    /// What is pulled for: repositories, projects, services, channels.
    pub subjects: Subjects,
    /// The lists of the API, read one after the other for each subject.
    pub streams: &'static [Stream],
    /// Requests under way at once, at most.
    pub concurrency: usize,
    /// Requests a minute that the vendor allows where no header says more; `None`: no limit known.
    pub per_minute: Option<u32>,
}

/// What a source is pulled for.
pub struct Subjects {
    /// The key in the settings (`repos`, `projects`, `jobs`, `channels`).
    pub key: &'static str,
    /// One, as an example (`acme/shop`).
    pub example: &'static str,
    /// Whether the source may be pulled without any; the subject is then the empty text.
    pub optional: bool,
}

/// How requests are authorised. The secret itself comes from the settings and is never shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// `Authorization: Bearer SECRET`.
    Bearer,
    /// `Authorization: PREFIX SECRET` (`Token token=`, `GenieKey `), the prefix with its blank.
    Prefixed(&'static str),
    /// A header of its own.
    Header(&'static str),
    /// `Authorization: Basic`, the secret as `user:password`.
    Basic,
    /// A GitHub App: the secret is its private key; settings give `app_id` and `installation_id`.
    GitHubApp,
}

/// One list of an API.
pub struct Stream {
    /// Its name in messages and cursors (`runs`).
    pub name: &'static str,
    /// The kind that its records have in their envelopes (`run`).
    pub kind: &'static str,
    /// The permission that it needs, in the vendor's words (`Actions: read`).
    pub needs: &'static str,
    /// What is not known without it, in ours (`failed builds, queue times`).
    pub gives: &'static str,
    /// Whether a refusal (401, 403, 404) costs only this list and is no failure: paid tiers, rights
    /// that few tokens have.
    pub optional: bool,
    /// The first request; `None` where there is nothing to ask for this subject.
    pub list: fn(&Place<'_>) -> Option<Request>,
    /// How the next page is found.
    pub paging: Paging,
    /// Where the items are: a JSON pointer to a list, or to one object that is the only item.
    pub items: &'static str,
    /// Where an item says when it was made or changed: the time that the list is ordered and cut by.
    pub at: &'static str,
    /// The order of the list.
    pub order: Order,
    /// Whether an item is not finished, so that the next pull must look at it again.
    pub open: Option<fn(&Value) -> bool>,
    /// How many items the API gives for one question, at most.
    pub cap: Option<Cap>,
    /// What belongs to each item and is fetched and put into it before it is converted.
    pub details: &'static [Detail],
}

/// Something that belongs to an item, fetched with a request of its own.
pub struct Detail {
    /// The field of the item that it becomes (`jobs`, `statuses`).
    pub under: &'static str,
    /// As for a stream.
    pub needs: &'static str,
    /// As for a stream.
    pub gives: &'static str,
    /// Whether a refusal costs only this field; a 404 never costs more.
    pub optional: bool,
    /// The request for an item (with the details before this one in it); `None` where there is none.
    pub request: fn(&Place<'_>, &Value) -> Option<Request>,
    /// How the next page is found.
    pub paging: Paging,
    /// What the answer is.
    pub answer: Answer,
    /// What belongs to each of the detail's own items.
    pub details: &'static [Detail],
}

/// What becomes of the answer to a detail's request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// JSON: a pointer to a list (of all pages together) or to a value.
    Json(&'static str),
    /// Text, of which the last so many bytes are kept (logs).
    TextTail(usize),
}

/// For what a request is made.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The subject, as the settings name it.
    pub subject: &'a str,
    /// What is asked for: from, if there is a limit, inclusive.
    pub since: Option<Timestamp>,
    /// And until, exclusive; always given where the stream has a cap.
    pub until: Option<Timestamp>,
    /// The settings of the source: what it asks for beyond the usual (`environment`, `query`).
    pub settings: &'a dyn Fn(&str) -> Option<String>,
}

/// A request: GET, unless it has a body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// The path below the base, escaped, with a slash in front.
    pub path: String,
    /// The query, not escaped.
    pub query: Vec<(String, String)>,
    /// `Accept`, where it is not `application/json`.
    pub accept: Option<&'static str>,
    /// JSON to POST (GraphQL).
    pub body: Option<String>,
}

/// How the next page is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// There is only one.
    Single,
    /// `Link: <...>; rel="next"`.
    Link,
    /// A number of the page in this parameter, from 1, until a page has fewer items than `size`.
    Number {
        /// The parameter.
        parameter: &'static str,
        /// Items a page.
        size: usize,
    },
    /// An offset of items in this parameter, until a page has fewer items than `size`.
    Offset {
        /// The parameter.
        parameter: &'static str,
        /// Items a page.
        size: usize,
        /// A pointer to the flag that says whether there is more; empty: told by the size.
        more: &'static str,
    },
    /// A token in the answer (a JSON pointer) that goes into this parameter.
    Token {
        /// The parameter of the next request.
        parameter: &'static str,
        /// Where the answer has it.
        from: &'static str,
    },
    /// A token in a header of the answer that goes into this parameter.
    HeaderToken {
        /// The parameter of the next request.
        parameter: &'static str,
        /// The header of the answer.
        header: &'static str,
    },
    /// The address of the next page, whole or as a path, in the answer (a JSON pointer).
    Next(&'static str),
    /// Jenkins: the parameter ends in `{0,SIZE}`, a range of items from, exclusive to; further pages
    /// ask for `{SIZE,2*SIZE}` and so on, until a page has fewer items than asked for.
    Range {
        /// The parameter.
        parameter: &'static str,
        /// Items a page.
        size: usize,
    },
    /// Gerrit: `S` counts items, the last item of a page says `_more_changes`.
    Gerrit,
}

/// How a list is ordered by its `at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Newest first: reading ends at the first page that is older than `since` as a whole.
    NewestFirst,
    /// Oldest first.
    OldestFirst,
    /// Not at all.
    Unordered,
}

/// How many items an API gives for one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// So many; beyond, the time asked for is halved.
    pub items: u64,
    /// Where the answer tells how many there are (a JSON pointer); a number, or a text like `2,500+`.
    pub total: &'static str,
}

impl Request {
    /// Returns the request for `path` with `query`.
    pub fn get<const N: usize>(path: impl Into<String>, query: [(&str, &str); N]) -> Self {
        let query = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Self { path: path.into(), query: query.collect(), ..Self::default() }
    }

    /// Adds a parameter, where it has a value.
    #[must_use]
    pub fn with(mut self, key: &str, value: Option<String>) -> Self {
        self.query.extend(value.map(|value| (key.to_owned(), value)));
        self
    }
}

/// Returns `text` for one segment of a path: what is not unreserved is escaped (RFC 3986, 2.3), also
/// the slash.
pub fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            for digit in [byte >> 4, byte & 15] {
                let digit = char::from_digit(u32::from(digit), 16).unwrap_or('0');
                escaped.push(digit.to_ascii_uppercase());
            }
        }
    }
    escaped
}
