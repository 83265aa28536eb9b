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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: usize = 4;

    /// Answers `call` from a list of `length` items: header, body, items.
    fn serve(paging: Paging, call: &Call, length: usize, cut: &[usize]) -> (Vec<String>, String) {
        let asked = |key: &str| {
            let found = call.request.query.iter().find(|(name, _)| name == key);
            let from_body = call.request.body.as_deref().and_then(|body| {
                let body: Value = serde_json::from_str(body).unwrap();
                body["variables"][key].as_str().map(ToOwned::to_owned)
            });
            found.map(|(_, value)| value.clone()).or(from_body)
        };
        let at_address = || {
            let (_, offset) = call.address.as_deref()?.rsplit_once('=')?;
            offset.parse().ok()
        };
        // Who counts for itself is served pages of any size.
        let free = |start: usize| (start, start + cut[start % cut.len()]);
        let number = |key: &str| asked(key).and_then(|text| text.parse::<usize>().ok());
        let (start, end) = match paging {
            Paging::Single => (0, length),
            Paging::Number { parameter, .. } => {
                let page = number(parameter).unwrap_or(1);
                ((page - 1) * SIZE, page * SIZE)
            }
            Paging::Offset { parameter, more, .. } => {
                let start = number(parameter).unwrap_or(0);
                if more.is_empty() { (start, start + SIZE) } else { free(start) }
            }
            Paging::Token { parameter, .. } | Paging::HeaderToken { parameter, .. } => {
                free(number(parameter).unwrap_or(0))
            }
            Paging::Link | Paging::Next(_) => free(at_address().unwrap_or(0)),
            Paging::Range { parameter, .. } => {
                let range = asked(parameter).unwrap();
                let (start, end) = range[2..range.len() - 1].split_once(',').unwrap();
                (start.parse().unwrap(), end.parse().unwrap())
            }
            Paging::Gerrit => free(number("S").unwrap_or(0)),
        };
        let (start, end) = (start.min(length), end.min(length));
        let more = end < length;
        let mut items: Vec<Value> =
            (start..end).map(|item| serde_json::json!({ "n": item })).collect();
        if let (Paging::Gerrit, true, Some(last)) = (paging, more, items.last_mut()) {
            last["_more_changes"] = Value::Bool(true);
        }
        let token = if more { Value::from(end.to_string()) } else { Value::from("") };
        let next = more.then(|| format!("https://h/x?s={end}"));
        let body =
            serde_json::json!({ "items": items, "more": more, "token": token, "next": next });
        let header = match paging {
            Paging::Link if more => {
                vec![format!(
                    "<https://h/x,y>; rel=\"prev\"; title=\"a\", <https://h/x?s={end}>; rel=\"next\", <https://h/z>; rel=last"
                )]
            }
            Paging::HeaderToken { .. } if more => vec![end.to_string()],
            _ => Vec::new(),
        };
        (header, body.to_string())
    }

    fn check(paging: Paging, first: Request, length: usize, cut: &[usize]) {
        let mut call = Call::new(first);
        let (mut read, mut trail) = (Vec::new(), Trail::default());
        loop {
            trail.add(&call).unwrap();
            let (header, body) = serve(paging, &call, length, cut);
            let items = crate::live::item::items(&body, "/items");
            for item in &items {
                let item: Value = serde_json::from_str(item.get()).unwrap();
                read.push(usize::try_from(item["n"].as_u64().unwrap()).unwrap());
            }
            let header = |_: &str| header.clone();
            let page = Page {
                header: &header,
                body: &body,
                items: items.len(),
                last: items.last().copied(),
            };
            match next(paging, &call, &page) {
                Some(next) => call = next,
                None => break,
            }
        }
        assert_eq!(read, (0..length).collect::<Vec<_>>(), "{paging:?}");
    }

    proptest! {
        #[test]
        fn a_list_in_any_pages_is_read_without_loss_or_doubling(
            length in 0_usize..40,
            cut in prop::collection::vec(1_usize..7, 1..5),
        ) {
            let plain = || Request::get("/x", [("other", "1")]);
            let graph = Request { body: Some(r#"{"query":"q","variables":{"a":1}}"#.to_owned()), ..plain() };
            let range = format!("a{{0,{SIZE}}}");
            check(Paging::Single, plain(), length, &cut);
            check(Paging::Link, plain(), length, &cut);
            check(Paging::Number { parameter: "p", size: SIZE }, plain(), length, &cut);
            check(Paging::Offset { parameter: "o", size: SIZE, more: "" }, plain(), length, &cut);
            check(Paging::Offset { parameter: "o", size: 9, more: "/more" }, plain(), length, &cut);
            check(Paging::Token { parameter: "t", from: "/token" }, plain(), length, &cut);
            check(Paging::Token { parameter: "t", from: "/token" }, graph, length, &cut);
            check(Paging::HeaderToken { parameter: "t", header: "X-Next" }, plain(), length, &cut);
            check(Paging::Next("/next"), plain(), length, &cut);
            check(Paging::Range { parameter: "r", size: SIZE }, Request::get("/x", [("r", &range)]), length, &cut);
            check(Paging::Gerrit, plain(), length, &cut);
        }

        #[test]
        fn any_answer_has_a_next_page_or_none(header in ".{0,60}", body in ".{0,60}", items in 0_usize..9) {
            let call = Call::new(Request::get("/x", [("r", "{0,4}")]));
            let values = |_: &str| vec![header.clone()];
            let page = Page { header: &values, body: &body, items, last: None };
            for paging in [Paging::Link, Paging::Next("/a/0"), Paging::Gerrit,
                Paging::Token { parameter: "t", from: "/a" }, Paging::Range { parameter: "r", size: 4 }] {
                let _ = next(paging, &call, &page);
            }
        }
    }

    #[test]
    fn a_list_that_leads_in_circles_ends() {
        let mut trail = Trail::default();
        let call = Call::new(Request::get("/x", []));
        assert!(trail.add(&call).is_ok());
        assert!(trail.add(&call.with("page", "2")).is_ok());
        assert!(trail.add(&call.with("page", "2")).is_err());
    }
}
