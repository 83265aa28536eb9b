//! The next page of a list: pure, from the request and its answer.
//!
//! Guarantees: a page that was read is never asked for twice in one list ([`Trail`]). Must not know:
//! how requests are sent, what items are.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;
use serde_json::value::RawValue;

use crate::live::item::{at, plain_text};
use crate::live::{Paging, Request};

/// The largest number of pages of one list.
const MOST_PAGES: usize = 100_000;

/// A request for a page: made by the source, or at an address that the page before gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) request: Request,
    /// Whole, or a path with query; instead of the request's own.
    pub(super) address: Option<String>,
}

/// What the page before told.
pub(super) struct Page<'a> {
    /// A header's values, by its name in lower case.
    pub(super) header: &'a dyn Fn(&str) -> Vec<String>,
    /// The body, without what protects it from scripts.
    pub(super) body: &'a str,
    /// How many items it has.
    pub(super) items: usize,
    /// The last of them.
    pub(super) last: Option<&'a RawValue>,
}

impl Call {
    pub(super) fn new(request: Request) -> Self {
        Self { request, address: None }
    }

    /// Returns the call with `parameter` set, in the query or in the variables of a GraphQL body.
    fn with(&self, parameter: &str, value: &str) -> Self {
        let mut next = self.clone();
        if let Some(body) = &self.request.body {
            if let Ok(mut body) = serde_json::from_str::<Value>(body) {
                let place = match body.get_mut("variables") {
                    Some(variables) => variables,
                    None => &mut body,
                };
                if let Value::Object(fields) = place {
                    fields.insert(parameter.to_owned(), Value::String(value.to_owned()));
                }
                next.request.body = Some(body.to_string());
            }
            return next;
        }
        let query = &mut next.request.query;
        match query.iter_mut().find(|(key, _)| key == parameter) {
            Some((_, old)) => value.clone_into(old),
            None => query.push((parameter.to_owned(), value.to_owned())),
        }
        next
    }

    fn at(&self, address: String) -> Self {
        Self { request: self.request.clone(), address: Some(address) }
    }

    fn number(&self, parameter: &str, first: usize) -> usize {
        let query = &self.request.query;
        let found = query.iter().find(|(key, _)| key == parameter);
        found.and_then(|(_, value)| value.parse().ok()).unwrap_or(first)
    }
}

/// Returns the call for the page behind `page`, which `call` asked for; `None` behind the last.
pub(super) fn next(paging: Paging, call: &Call, page: &Page<'_>) -> Option<Call> {
    match paging {
        Paging::Single => None,
        Paging::Link => {
            let links = (page.header)("link");
            links.iter().find_map(|value| next_link(value)).map(|address| call.at(address))
        }
        Paging::Number { parameter, size } => {
            let next = call.number(parameter, 1) + 1;
            (page.items > 0 && page.items >= size).then(|| call.with(parameter, &next.to_string()))
        }
        Paging::Offset { parameter, size, more } => {
            let is_more = match (more, at(page.body, more)) {
                ("", _) | (_, None) => page.items >= size,
                (_, Some(flag)) => matches!(flag.get(), "true" | "\"true\""),
            };
            let next = call.number(parameter, 0) + page.items;
            (is_more && page.items > 0).then(|| call.with(parameter, &next.to_string()))
        }
        Paging::Token { parameter, from } => {
            let token = at(page.body, from).and_then(plain_text).filter(|token| !token.is_empty());
            token.map(|token| call.with(parameter, &token))
        }
        Paging::HeaderToken { parameter, header } => {
            let token = (page.header)(&header.to_ascii_lowercase()).into_iter().next();
            token.filter(|token| !token.is_empty()).map(|token| call.with(parameter, &token))
        }
        Paging::Next(from) => {
            let address = at(page.body, from).and_then(plain_text);
            address.filter(|address| !address.is_empty()).map(|address| call.at(address))
        }
        Paging::Range { parameter, size } => {
            let (_, value) = call.request.query.iter().find(|(key, _)| key == parameter)?;
            let (fields, range) = value.rsplit_once('{')?;
            let (_, end) = range.strip_suffix('}')?.split_once(',')?;
            let end: usize = end.trim().parse().ok()?;
            let next = format!("{fields}{{{end},{}}}", end + size);
            (page.items > 0 && page.items >= size).then(|| call.with(parameter, &next))
        }
        Paging::Gerrit => {
            let flag = page.last.and_then(|last| at(last.get(), "/_more_changes"));
            let next = call.number("S", 0) + page.items;
            flag.is_some_and(|flag| flag.get() == "true").then(|| call.with("S", &next.to_string()))
        }
    }
}

/// Returns the target of `rel="next"` in a `Link` header (RFC 8288).
fn next_link(value: &str) -> Option<String> {
    let mut rest = value;
    while let Some(start) = rest.find('<') {
        let (target, behind) = rest.get(start + 1..)?.split_once('>')?;
        let end = behind.find(", <").or_else(|| behind.find(",<")).unwrap_or(behind.len());
        let parameters = behind.get(..end)?;
        let is_next = parameters.split(';').any(|parameter| {
            let Some((name, value)) = parameter.split_once('=') else { return false };
            let value = value.trim().trim_matches(['"', ',', ' ']);
            name.trim().eq_ignore_ascii_case("rel")
                && value.split(' ').any(|rel| rel.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(target.to_owned());
        }
        rest = behind.get(end..)?;
    }
    None
}

/// Returns whether what is read later can move to where was read already, unseen: lists that are
/// counted from their beginning.
pub(super) fn counts(paging: Paging) -> bool {
    match paging {
        Paging::Link
        | Paging::Number { .. }
        | Paging::Offset { .. }
        | Paging::Range { .. }
        | Paging::Gerrit => true,
        Paging::Single | Paging::Token { .. } | Paging::HeaderToken { .. } | Paging::Next(_) => {
            false
        }
    }
}

/// The pages of one list that were asked for.
#[derive(Debug, Default)]
pub(super) struct Trail(HashSet<u64>);

impl Trail {
    /// Adds `call`; returns why it may not be sent, where it leads in circles or nowhere.
    pub(super) fn add(&mut self, call: &Call) -> Result<(), String> {
        if self.0.len() >= MOST_PAGES {
            return Err(format!("the list has more than {MOST_PAGES} pages"));
        }
        let mut hasher = DefaultHasher::new();
        (&call.address, &call.request.path, &call.request.query, &call.request.body)
            .hash(&mut hasher);
        if self.0.insert(hasher.finish()) {
            Ok(())
        } else {
            Err("the list leads back to a page that was read".to_owned())
        }
    }
}
