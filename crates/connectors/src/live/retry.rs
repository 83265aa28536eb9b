//! What an answer means for the request: there, refused, to be asked again, or over the limit.
//!
//! Pure. Must not know: who asks, who waits.

use std::time::Duration;

use aftercast_model::Timestamp;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::live::clock::{millis, moment_of, until};

/// The shortest wait before a repetition.
const SHORTEST: Duration = Duration::from_millis(500);
/// The longest.
const LONGEST: Duration = Duration::from_mins(1);
/// How long GitHub wants a caller over its secondary limit to wait who is not told how long.
const UNTOLD_LIMIT: Duration = Duration::from_mins(1);

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// As asked for.
    There,
    /// The list is as it was (304).
    Unchanged,
    /// Elsewhere (30x).
    Moved,
    /// Not for us, or not there.
    Refused,
    /// The same, told with another status.
    RefusedAs(u16),
    /// Ask again, after so long if the answer says so.
    Again(Option<Duration>),
    /// Over the limit: ask again after so long.
    Limited(Duration),
    /// Wrong whoever asks.
    Wrong,
}

/// Returns what an answer means.
pub(super) fn meaning(status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Meaning {
    let told = retry_after(headers, now);
    match status {
        304 => Meaning::Unchanged,
        200..=299 => Meaning::There,
        301 | 302 | 303 | 307 | 308 => Meaning::Moved,
        429 => Meaning::Limited(told.or_else(|| reset(headers, now)).unwrap_or(SHORTEST * 4)),
        403 if is_limit(headers, body) => {
            Meaning::Limited(told.or_else(|| reset(headers, now)).unwrap_or(UNTOLD_LIMIT))
        }
        401 | 403 | 404 | 410 | 451 => Meaning::Refused,
        408 | 425 | 500..=599 => Meaning::Again(told),
        _ => Meaning::Wrong,
    }
}

/// Returns what a body with status 200 means that tells of an error itself: GraphQL's `errors` without
/// `data`, Slack's `"ok": false`. The words of a refusal become a status; other errors are told.
pub(super) fn told_inside(text: &str) -> Option<Result<Meaning, String>> {
    // A page of items is never that short; nothing else is looked at twice.
    if text.len() > 8192 || !(text.contains("\"errors\"") || text.contains("\"ok\"")) {
        return None;
    }
    let body: Value = serde_json::from_str(text).ok()?;
    let word = if body.get("ok") == Some(&Value::Bool(false)) {
        body.get("error")?.as_str()?.to_owned()
    } else {
        let error = body.get("errors")?.as_array()?.first()?;
        if body.get("data").is_some_and(|data| !data.is_null()) {
            return None;
        }
        let kind = error.get("type").or(error.pointer("/extensions/code")).and_then(Value::as_str);
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        if message.to_lowercase().contains("rate limit") {
            return Some(Ok(Meaning::Limited(UNTOLD_LIMIT)));
        }
        kind.unwrap_or(message).to_owned()
    };
    Some(match word.to_lowercase().as_str() {
        "ratelimited" | "rate_limited" => Ok(Meaning::Limited(UNTOLD_LIMIT)),
        "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked" | "token_expired"
        | "unauthenticated" | "unauthorized" => Ok(Meaning::RefusedAs(401)),
        "missing_scope"
        | "not_in_channel"
        | "access_denied"
        | "no_permission"
        | "forbidden"
        | "insufficient_scopes"
        | "not_allowed_token_type"
        | "ekm_access_denied" => Ok(Meaning::RefusedAs(403)),
        "channel_not_found" | "not_found" | "thread_not_found" => Ok(Meaning::RefusedAs(404)),
        "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" => {
            Ok(Meaning::Again(None))
        }
        _ => Err(word),
    })
}

/// Returns whether a 403 says that there were too many requests (GitHub).
fn is_limit(headers: &HeaderMap, body: &[u8]) -> bool {
    let spent = remaining(headers).is_some_and(|remaining| remaining == 0);
    let text = String::from_utf8_lossy(body.get(..body.len().min(2000)).unwrap_or_default());
    let text = text.to_lowercase();
    spent || text.contains("rate limit") || text.contains("abuse detection")
}

/// Returns how long to wait before the next request of anyone, where the budget is spent.
pub(super) fn pause(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    match remaining(headers) {
        Some(0) => reset(headers, now),
        // Azure DevOps slows callers down before it refuses them.
        _ => retry_after(headers, now),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn remaining(headers: &HeaderMap) -> Option<u64> {
    for name in ["x-ratelimit-remaining", "ratelimit-remaining"] {
        if let Some(remaining) = text(headers, name).and_then(|text| text.parse().ok()) {
            return Some(remaining);
        }
    }
    parameter(headers, "r")
}

/// Returns the time until the budget is filled up again.
fn reset(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    for name in ["x-ratelimit-reset", "ratelimit-reset"] {
        let Some(said) = text(headers, name) else { continue };
        if let Ok(number) = said.parse::<f64>() {
            // Seconds since 1970 in some, from now in others.
            return if number > 1e9 {
                moment_of(number).map(|at| until(now, at))
            } else {
                Duration::try_from_secs_f64(number).ok()
            };
        }
        if let Ok(at) = Timestamp::parse(said) {
            return Some(until(now, at));
        }
    }
    parameter(headers, "t").map(Duration::from_secs)
}

/// Returns a parameter of `RateLimit: "name";r=50;t=30`.
fn parameter(headers: &HeaderMap, key: &str) -> Option<u64> {
    let said = text(headers, "ratelimit")?;
    said.split([';', ',']).find_map(|part| {
        let (name, value) = part.trim().split_once('=')?;
        (name == key).then(|| value.parse().ok()).flatten()
    })
}

/// Returns what `Retry-After` says: seconds, or a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let said = text(headers, "retry-after")?;
    if let Ok(seconds) = said.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(said).ok()?;
    Some(until(now, Timestamp::from_millis(date.as_millisecond())))
}

/// Random numbers to spread waits; nothing secret depends on them (`SplitMix64`).
#[derive(Debug, Clone)]
pub(super) struct Random(pub(super) u64);

impl Random {
    /// Returns the next number, from 0 to 1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as f64 / u64::MAX as f64
    }

    /// Returns how long to wait after having waited `before`: decorrelated jitter (M. Brooker,
    /// "Exponential Backoff And Jitter", 2015).
    pub(super) fn backoff(&mut self, before: Duration) -> Duration {
        let most = (before * 3).clamp(SHORTEST, LONGEST);
        SHORTEST + most.saturating_sub(SHORTEST).mul_f64(self.share())
    }
}

/// Returns the moment `wait` from `now`.
pub(super) fn moment(now: Timestamp, wait: Duration) -> Timestamp {
    now.plus_millis(millis(wait))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    const NOW: i64 = 1_790_000_000;

    fn check(status: u16, headers: &[(&str, &str)], body: &str, expected: Meaning) {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap())
            })
            .collect();
        let found = meaning(status, &headers, body.as_bytes(), Timestamp::from_seconds(NOW));
        assert_eq!(found, expected, "{status} {headers:?} {body}");
    }

    #[test]
    fn a_refusal_a_limit_and_an_outage_are_told_apart() {
        let seconds = Duration::from_secs;
        let at = (NOW + 90).to_string();
        check(200, &[], "", Meaning::There);
        check(304, &[], "", Meaning::Unchanged);
        check(302, &[], "", Meaning::Moved);
        for status in [401, 403, 404, 410] {
            check(status, &[("x-ratelimit-remaining", "12")], "no", Meaning::Refused);
        }
        for status in [408, 425, 500, 502, 503, 504] {
            check(status, &[], "", Meaning::Again(None));
        }
        check(422, &[], "", Meaning::Wrong);
        check(503, &[("retry-after", "7")], "", Meaning::Again(Some(seconds(7))));
        check(429, &[("retry-after", "30")], "", Meaning::Limited(seconds(30)));
        check(
            429,
            &[("retry-after", "Mon, 21 Sep 2026 14:14:20 GMT")],
            "",
            Meaning::Limited(seconds(60)),
        );
        check(429, &[], "", Meaning::Limited(seconds(2)));
        check(429, &[("ratelimit-reset", "40")], "", Meaning::Limited(seconds(40)));
        check(429, &[("ratelimit", "\"default\";r=0;t=25")], "", Meaning::Limited(seconds(25)));
        let spent = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", at.as_str())];
        check(403, &spent, "no", Meaning::Limited(seconds(90)));
        let body = "You have exceeded a secondary rate limit.";
        check(403, &[], body, Meaning::Limited(seconds(60)));
        check(403, &[("retry-after", "5")], body, Meaning::Limited(seconds(5)));
    }

    #[test]
    fn errors_inside_of_an_answer_are_seen() {
        let check = |text: &str, expected| assert_eq!(told_inside(text), expected, "{text}");
        check(r#"{"ok":true,"messages":[]}"#, None);
        check(r#"{"ok": false,"error":"missing_scope"}"#, Some(Ok(Meaning::RefusedAs(403))));
        check(r#"{"ok":false,"error":"invalid_auth"}"#, Some(Ok(Meaning::RefusedAs(401))));
        check(r#"{"ok":false,"error":"bad_cursor"}"#, Some(Err("bad_cursor".to_owned())));
        check(r#"{"errors":[{"message":"no such field"}]}"#, Some(Err("no such field".to_owned())));
        let limited =
            r#"{"data":null,"errors":[{"type":"RATE_LIMITED","message":"API rate limit"}]}"#;
        check(limited, Some(Ok(Meaning::Limited(UNTOLD_LIMIT))));
        check(r#"{"data":{"a":1},"errors":[{"message":"part"}]}"#, None);
        check(r#"[{"errors":[{"message":"a job's"}]}]"#, None);
        check(r#"{"errors":["a text"]}"#, Some(Err(String::new())));
    }

    #[test]
    fn waits_grow_are_spread_and_bounded() {
        let mut random = Random(7);
        let mut waits = vec![Duration::ZERO];
        for _ in 0..100 {
            waits.push(random.backoff(*waits.last().unwrap()));
        }
        assert!(waits[1..].iter().all(|wait| (SHORTEST..=LONGEST).contains(wait)));
        assert!(waits.iter().any(|wait| *wait > LONGEST / 4));
        assert_ne!(Random(1).backoff(LONGEST), Random(2).backoff(LONGEST));
    }
}
