//! Secrets out of payloads, before anything else sees them.
//!
//! Owns: what a secret looks like. Guarantees: JSON and XML stay what they are (nothing but the inside
//! of a text is replaced, no escape is cut); redacting twice changes nothing; a body without
//! anything suspicious is handed back as it is, after two searches at the speed of memory. A hash, an
//! id or a word that only looks a bit like a secret stays: facts are made of those.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::{memchr_iter, memmem};
use regex::bytes::Regex;

/// What stands in the place of a secret.
const REDACTED: &[u8] = b"[redacted]";

/// How the rest of a secret looks behind the words by which it is found.
enum Rest {
    /// At least so many of the characters of a token follow.
    Token { at_least: usize, also: &'static [u8] },
    /// Exactly so many capital letters and digits follow, and nothing stands around them.
    KeyId { length: usize },
    /// A JSON Web Token: three parts, the second a JSON object too.
    Jwt,
    /// A block up to its end line.
    PrivateKey,
    /// What follows the name of a scheme in an `Authorization` header.
    Credentials { at_least: usize },
    /// The value of a query parameter or setting.
    Value,
    /// The text that belongs to a JSON field, or what follows `=` or `:`.
    Field,
}

const TOKEN: Rest = Rest::Token { at_least: 20, also: b"_" };
const DASHED: Rest = Rest::Token { at_least: 16, also: b"_-" };

/// The words by which secrets are found. A word keeps its place in the payload where it only names
/// the secret, and goes with it where it is a part of it.
const WORDS: &[(&str, Rest)] = &[
    ("ghp_", TOKEN),
    ("gho_", TOKEN),
    ("ghu_", TOKEN),
    ("ghs_", TOKEN),
    ("ghr_", TOKEN),
    ("github_pat_", TOKEN),
    ("glpat-", DASHED),
    ("gldt-", DASHED),
    ("glrt-", DASHED),
    ("xoxb-", Rest::Token { at_least: 10, also: b"-" }),
    ("xoxp-", Rest::Token { at_least: 10, also: b"-" }),
    ("xoxa-", Rest::Token { at_least: 10, also: b"-" }),
    ("xoxr-", Rest::Token { at_least: 10, also: b"-" }),
    ("xoxs-", Rest::Token { at_least: 10, also: b"-" }),
    ("xoxe-", Rest::Token { at_least: 10, also: b"-" }),
    ("xapp-", Rest::Token { at_least: 10, also: b"-" }),
    ("npm_", Rest::Token { at_least: 36, also: b"" }),
    ("hooks.slack.com/services/", Rest::Token { at_least: 20, also: b"/" }),
    ("AKIA", Rest::KeyId { length: 16 }),
    ("ASIA", Rest::KeyId { length: 16 }),
    ("eyJ", Rest::Jwt),
    ("-----BEGIN ", Rest::PrivateKey),
    ("Bearer ", Rest::Credentials { at_least: 16 }),
    ("bearer ", Rest::Credentials { at_least: 16 }),
    ("Basic ", Rest::Credentials { at_least: 8 }),
    ("basic ", Rest::Credentials { at_least: 8 }),
    ("assword", Rest::Field),
    ("ASSWORD", Rest::Field),
    ("asswd", Rest::Field),
    ("token=", Rest::Value),
    ("TOKEN=", Rest::Value),
    ("secret=", Rest::Value),
    ("SECRET=", Rest::Value),
    ("apikey=", Rest::Value),
    ("api_key", Rest::Field),
    ("API_KEY", Rest::Field),
    ("ecret_access_key", Rest::Field),
    ("ECRET_ACCESS_KEY", Rest::Field),
    ("ecretAccessKey", Rest::Field),
    ("client_secret", Rest::Field),
    ("access_token", Rest::Field),
    ("refresh_token", Rest::Field),
    ("private_key", Rest::Field),
];

/// All words at once. An alternation of plain texts is one vectorised search.
static SUSPICIOUS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words: Vec<String> = WORDS.iter().map(|(word, _)| regex::escape(word)).collect();
    Regex::new(&words.join("|")).ok()
});

/// Returns `body` with everything that looks like a secret replaced by `[redacted]`.
pub fn redact(body: &[u8]) -> Cow<'_, [u8]> {
    let mut secrets = Vec::new();
    if let Some(suspicious) = SUSPICIOUS.as_ref() {
        for found in suspicious.find_iter(body) {
            let word = found.as_bytes();
            let rest =
                WORDS.iter().find(|(known, _)| known.as_bytes() == word).map(|(_, rest)| rest);
            secrets.extend(rest.and_then(|rest| secret(body, found.start(), found.end(), rest)));
        }
    }
    secrets.extend(memchr_iter(b'@', body).filter_map(|at| userinfo(body, at)));
    if secrets.is_empty() {
        return Cow::Borrowed(body);
    }
    secrets.sort_unstable_by_key(|secret| (secret.start, secret.end));
    let mut clean = Vec::with_capacity(body.len());
    let mut kept = 0;
    for secret in secrets {
        if secret.end <= kept {
            continue;
        }
        let start = secret.start.max(kept);
        clean.extend_from_slice(body.get(kept..start).unwrap_or_default());
        if secret.start >= kept {
            clean.extend_from_slice(REDACTED);
        }
        kept = secret.end;
    }
    clean.extend_from_slice(body.get(kept..).unwrap_or_default());
    Cow::Owned(clean)
}

/// Returns where the secret is whose word stands at `start..end`.
fn secret(body: &[u8], start: usize, end: usize, rest: &Rest) -> Option<Range<usize>> {
    let behind = body.get(end..)?;
    match rest {
        Rest::Token { at_least, also } => {
            let length = run(behind, |byte| byte.is_ascii_alphanumeric() || also.contains(&byte));
            (length >= *at_least && begins_word(body, start)).then_some(start..end + length)
        }
        Rest::KeyId { length } => {
            let found = run(behind, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            let ends = !behind
                .get(found)
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
            (found == *length && ends && begins_word(body, start)).then_some(start..end + found)
        }
        Rest::Jwt => {
            let part = |text: &[u8]| run(text, is_base64_url);
            let head = part(behind);
            let payload = behind.get(head..)?.strip_prefix(b".")?;
            let payload_length = part(payload);
            let last = payload.get(payload_length..)?.strip_prefix(b".")?;
            let good = head >= 8 && payload.starts_with(b"eyJ") && begins_word(body, start);
            good.then(|| start..end + head + 1 + payload_length + 1 + part(last))
        }
        Rest::PrivateKey => {
            let title = run(behind, |byte| {
                byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' '
            });
            let is_key = behind.get(..title)?.ends_with(b"PRIVATE KEY");
            is_key.then(|| start..end + private_key_length(behind))
        }
        Rest::Credentials { at_least } => {
            let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
            let length = run(behind, token);
            let text = behind.get(..length)?;
            // "basic understanding" and "Bearer authentication" are words.
            let in_header = body.get(start.saturating_sub(24)..start)?.to_ascii_lowercase();
            let in_header = memmem::find(&in_header, b"authorization").is_some();
            let mixed =
                text.iter().any(u8::is_ascii_digit) && text.iter().any(u8::is_ascii_alphabetic);
            // `name=[redacted]` is a setting that lost its value already, no padding.
            let padded = text.ends_with(b"=") && !behind.get(length..)?.starts_with(REDACTED);
            let looks_so = in_header || (length >= 16 && (mixed || padded));
            (length >= *at_least && looks_so && begins_word(body, start))
                .then_some(end..end + length)
        }
        Rest::Value => value(behind, end),
        Rest::Field => field(behind, end),
    }
}

/// Returns where the value is in `"key": "value"` or `key=value`, also inside of a JSON text
/// (`\"key\": \"value\"`); `behind` begins after the key, at `start` of the body.
fn field(behind: &[u8], start: usize) -> Option<Range<usize>> {
    let blanks = |at: usize| {
        at + run(behind.get(at..).unwrap_or_default(), |byte| byte == b' ' || byte == b'\t')
    };
    let quoted_key = quote(behind, 0);
    let sign = blanks(quoted_key.map_or(0, |(end, _)| end));
    match (behind.get(sign)?, quoted_key) {
        // Without quotes, a colon is more often talk than a setting.
        (b'=', _) | (b':', Some(_)) => {}
        _ => return None,
    }
    let begin = blanks(sign + 1);
    let Some((begin, escapes)) = quote(behind, begin) else {
        // A number, `null` or `true` must stay what it is.
        return if quoted_key.is_some() {
            None
        } else {
            value(behind.get(begin..)?, start + begin)
        };
    };
    let mut slashes = 0;
    for (at, byte) in behind.get(begin..)?.iter().enumerate() {
        match byte {
            b'\\' => slashes += 1,
            b'"' if slashes <= escapes || (escapes == 0 && slashes % 2 == 0) => {
                let text = behind.get(begin..begin + at - slashes.min(escapes))?;
                return is_secret_value(text).then(|| start + begin..start + begin + text.len());
            }
            b'\n' => return None,
            _ => slashes = 0,
        }
    }
    None
}

/// Returns what follows a quote at `at`, and how many backslashes escape it.
fn quote(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let escapes = run(text.get(at..)?, |byte| byte == b'\\');
    (text.get(at + escapes) == Some(&b'"')).then_some((at + escapes + 1, escapes))
}

/// Returns whether the text may be a secret: `${TOKEN}`, `***` and what was redacted are none.
fn is_secret_value(text: &[u8]) -> bool {
    let known = text.starts_with(b"$") || text.starts_with(b"*") || text.starts_with(b"[redacted");
    text.len() >= 3 && !known && !matches!(text, b"null" | b"true" | b"false")
}

/// Returns where the value is that begins with `text`, at `start` of the body.
fn value(text: &[u8], start: usize) -> Option<Range<usize>> {
    let length =
        run(text, |byte| !byte.is_ascii_whitespace() && !b"&\"'\\<>,;)}]`".contains(&byte));
    is_secret_value(text.get(..length)?).then_some(start..start + length)
}

/// Returns the length of a private key behind its first words: to the end of its last line, else to
/// the end of the text that it stands in.
fn private_key_length(behind: &[u8]) -> usize {
    let mut slashes = 0;
    let text = behind.iter().position(|byte| {
        let escaped = slashes % 2 == 1;
        slashes = if *byte == b'\\' { slashes + 1 } else { 0 };
        *byte == b'<' || (*byte == b'"' && !escaped)
    });
    let text = behind.get(..text.unwrap_or(behind.len())).unwrap_or(behind);
    let Some(last) = memmem::find(text, b"-----END ") else {
        return text.len() - text.iter().rev().take_while(|byte| **byte == b'\\').count();
    };
    let title = last + b"-----END ".len();
    let rest = text.get(title..).unwrap_or_default();
    title
        + run(rest, |byte| {
            byte.is_ascii_uppercase() || byte.is_ascii_digit() || b" -".contains(&byte)
        })
}

/// Returns where `user:password` is in an address whose `@` stands at `at`.
fn userinfo(body: &[u8], at: usize) -> Option<Range<usize>> {
    let before = body.get(at.saturating_sub(256)..at)?;
    let inside = |byte: u8| !byte.is_ascii_whitespace() && !b"/\"'\\<>@,()[]{}".contains(&byte);
    let length = before.iter().rev().take_while(|byte| inside(**byte)).count();
    let start = at - length;
    let in_address =
        body.get(..start)?.ends_with(b"://") || body.get(..start)?.ends_with(b":\\/\\/");
    // A user alone (`ssh://git@host`) is no secret; what GitHub's tokens look like is found apart.
    let has_password = body.get(start..at)?.contains(&b':');
    (in_address && has_password).then_some(start..at)
}

/// Returns how many bytes of `text` are `good` from its begin on.
fn run(text: &[u8], good: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|byte| !good(*byte)).unwrap_or(text.len())
}

fn is_base64_url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Returns whether no letter or digit stands before `start`, unless it belongs to an escape (`\n`).
fn begins_word(body: &[u8], start: usize) -> bool {
    let before = |back: usize| start.checked_sub(back).and_then(|at| body.get(at)).copied();
    match before(1) {
        Some(byte) if byte.is_ascii_alphanumeric() => before(2) == Some(b'\\'),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        let found = redact(text.as_bytes());
        assert_eq!(String::from_utf8_lossy(&found), expected);
        assert_eq!(redact(&found), found, "redacting twice changes nothing");
        if serde_json::from_str::<serde_json::Value>(text).is_ok() {
            assert!(serde_json::from_slice::<serde_json::Value>(&found).is_ok(), "{expected}");
        }
    }

    // The planted secrets are put together here, so that no scanner takes this file for a leak.
    fn planted(prefix: &str, length: usize) -> String {
        let letters = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";
        format!("{prefix}{}", letters.get(..length).unwrap())
    }

    #[test]
    fn tokens_are_found_in_any_place() {
        for token in [
            planted("ghp_", 36),
            planted("gho_", 36),
            planted("ghs_", 36),
            planted("github_pat_", 40),
            planted("glpat-", 20),
            planted("xoxb-", 24),
            planted("npm_", 36),
            format!("AK{}", "IA2E4G6I8K0M2O4Q6S"),
        ] {
            check(&format!("{{\"a\":\"{token}\"}}"), "{\"a\":\"[redacted]\"}");
            check(
                &format!("{{\"a\":\"log\\n{token}\\nend\"}}"),
                "{\"a\":\"log\\n[redacted]\\nend\"}",
            );
            check(&format!("<out>{token}</out>"), "<out>[redacted]</out>");
        }
        let jwt = format!("ey{}.ey{}.{}", "JhbGciOiJIUzI1NiJ9", "JzdWIiOiIxIn0", "c2lnbmF0dXJl-_");
        check(&format!("{{\"a\":\"{jwt}\"}}"), "{\"a\":\"[redacted]\"}");
    }

    #[test]
    fn keys_go_from_begin_to_end() {
        let (begin, end) = ("-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----");
        check(
            &format!("{{\"a\":\"x {begin}\\nMIIE\\n{end}\\ny\"}}"),
            "{\"a\":\"x [redacted]\\ny\"}",
        );
        check(
            &format!("{{\"a\":\"{begin}\\nMIIE\\n\",\"b\":1}}"),
            "{\"a\":\"[redacted]\",\"b\":1}",
        );
        check(&format!("{begin}\nMIIE\n{end}\n"), "[redacted]\n");
    }

    #[test]
    fn addresses_headers_and_values_lose_their_secret_only() {
        check("https://me:hunter2@host/x", "https://[redacted]@host/x");
        check(r#"{"u":"https:\/\/me:hunter2@host"}"#, r#"{"u":"https:\/\/[redacted]@host"}"#);
        check("Authorization: Bearer abcdef0123456789abcdef", "Authorization: Bearer [redacted]");
        check("Authorization: Basic bWU6aHVudGVyMg==", "Authorization: Basic [redacted]");
        check(
            "https://h/x?user=1&password=hunter2&y=2",
            "https://h/x?user=1&password=[redacted]&y=2",
        );
        check("Bearer github_pat_token=hunter", "Bearer github_pat_token=[redacted]");
        check("https://h/x?access_token=hunter22", "https://h/x?access_token=[redacted]");
        check(r#"{"password": "hunter2", "b": 1}"#, r#"{"password": "[redacted]", "b": 1}"#);
        check(
            r#"{"aws_secret_access_key":"wJalrXUtnFEMI/K7MDENG/bPx"}"#,
            r#"{"aws_secret_access_key":"[redacted]"}"#,
        );
        check(r#"{"password":"a\\b\"c","d":"e"}"#, r#"{"password":"[redacted]","d":"e"}"#);
        check("PGPASSWORD=hunter2 psql", "PGPASSWORD=[redacted] psql");
        check(
            "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPx",
            "AWS_SECRET_ACCESS_KEY=[redacted]",
        );
        check(
            r#"{"a":"{\"client_secret\":\"hunter22\"}"}"#,
            r#"{"a":"{\"client_secret\":\"[redacted]\"}"}"#,
        );
    }

    #[test]
    fn what_only_looks_a_bit_like_a_secret_stays() {
        for text in [
            r#"{"sha":"abbe462458aee668cfadbd779024a38309d443d5"}"#,
            r#"{"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}"#,
            r#"{"change_id":"I9f3ea5500708a5a7d4dee467ffe52b9ccda57824"}"#,
            r#"{"id":"7d444840-9dc0-11d1-b245-5ffdce74fad2"}"#,
            r#"{"password":null,"token":"","access_token":null}"#,
            "ghp_short and github_pat_ alone",
            "MAKIA0000000000000000 and AKIA and ASIAN",
            "a basic understanding of Bearer authentication",
            "Basic functionality works",
            "mail me@host or ssh://git@host/x, see https://h/@scope/name",
            "https://h:8080/a@b",
            "your password: ask for it; {\"password\": 12345}",
            "password=*** token=${TOKEN} secret=",
            "eyJ is how it begins; eyJhbGciOiJIUzI1NiJ9.x.y",
            "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        ] {
            check(text, text);
        }
    }

    proptest! {
        #[test]
        fn any_json_stays_json(
            parts in prop::collection::vec(prop_oneof![
                prop::sample::select(WORDS.iter().map(|(word, _)| (*word).to_owned()).collect::<Vec<_>>()),
                Just("-----BEGIN RSA PRIVATE KEY-----".to_owned()),
                Just("https://a:b@c".to_owned()),
                "[a-zA-Z0-9+/=._\\-\"\\\\\n :@<]{0,30}",
            ], 0..8),
        ) {
            let text = parts.concat();
            let body = serde_json::json!({ "a": text, "password": text, text.clone(): [text] }).to_string();
            let found = redact(body.as_bytes());
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&found).is_ok(), "{}", String::from_utf8_lossy(&found));
            prop_assert_eq!(redact(&found).into_owned(), found.into_owned());
        }

        #[test]
        fn any_bytes_are_read(body in prop::collection::vec(any::<u8>(), 0..300)) {
            redact(&body);
        }
    }
}
