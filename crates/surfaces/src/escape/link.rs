//! Links: only the web, only what survives in an attribute and between angle brackets.

use std::fmt::Write as _;

/// Longer links are not links that a person follows.
const MAX_LENGTH: usize = 2_000;

/// Returns `url` as a link that is safe in HTML and Markdown, or `None` where it does not lead to
/// the web: every scheme but `http` and `https`, a control character, a name or a password before
/// the host.
pub fn http(url: &str) -> Option<String> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") || url.len() > MAX_LENGTH {
        return None;
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() || host.contains(['@', '\\']) || rest.chars().any(char::is_control) {
        return None;
    }
    let mut link = format!("{scheme}://");
    for byte in rest.bytes() {
        match byte {
            b'!'
            | b'#'..=b'&'
            | b'*'..=b';'
            | b'='
            | b'?'..=b'['
            | b']'
            | b'_'
            | b'a'..=b'z'
            | b'~' => link.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => _ = write!(link, "%{byte:02X}"),
        }
    }
    Some(link)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: Option<&str>) {
        assert_eq!(http(url).as_deref(), expected, "{url}");
    }

    #[test]
    fn only_the_web_is_linked() {
        check("https://ci.example/42?a=b&c=d#e", Some("https://ci.example/42?a=b&c=d#e"));
        check("HTTP://ci.example/(1)", Some("http://ci.example/%281%29"));
        check("https://ci.example/a b\"><x>", Some("https://ci.example/a%20b%22%3E%3Cx%3E"));
        check("https://ci.example/é|`", Some("https://ci.example/%C3%A9%7C%60"));
        for url in [
            "javascript:alert(1)",
            "javascript://x%0aalert(1)",
            "data:text/html,x",
            " java\nscript:x",
            "//ci.example",
            "https://",
            "https:///x",
            "https://a@b.example",
            "https://ci.example/\u{7}",
            "",
        ] {
            check(url, None);
        }
    }
}
