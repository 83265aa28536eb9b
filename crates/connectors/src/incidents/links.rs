//! The addresses that texts mention.

use std::borrow::Cow;

/// How many addresses of one incident are kept.
const MOST: usize = 20;
/// How long one may be.
const LONGEST: usize = 500;

/// Addresses in the order in which they were mentioned, each once.
#[derive(Debug, Default)]
pub(crate) struct Links<'c>(Vec<Cow<'c, str>>);

impl<'c> Links<'c> {
    /// Adds the addresses in `text`.
    pub(crate) fn read(&mut self, text: Option<&'c str>) {
        let Some(mut rest) = text else { return };
        while let Some(at) = next(rest) {
            let (_, from) = rest.split_at(at);
            let end = from.find(ends).unwrap_or(from.len());
            let (link, after) = from.split_at(end);
            rest = after;
            self.add(link.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_']));
        }
    }

    /// Adds the addresses in all of `texts`.
    pub(crate) fn read_all(&mut self, texts: impl IntoIterator<Item = &'c str>) {
        texts.into_iter().for_each(|text| self.read(Some(text)));
    }

    fn add(&mut self, link: &'c str) {
        let names_a_host = link.split_once("://").is_some_and(|(_, rest)| !rest.is_empty());
        let is_new = !self.0.iter().any(|known| known == link);
        if names_a_host && is_new && link.len() <= LONGEST && self.0.len() < MOST {
            self.0.push(Cow::Borrowed(link));
        }
    }

    /// Returns them with blanks between; `None` where there are none.
    pub(crate) fn joined(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(" "))
    }
}

/// Returns where the next address begins.
fn next(text: &str) -> Option<usize> {
    [text.find("https://"), text.find("http://")].into_iter().flatten().min()
}

/// Returns whether `c` ends an address in running text, Markdown, HTML or Slack's `<address|text>`.
fn ends(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '<' | '>' | '"' | '\'' | '`' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '\\' | '^'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let mut links = Links::default();
        links.read(Some(text));
        assert_eq!(links.joined().as_deref(), expected, "{text}");
    }

    #[test]
    fn addresses_are_found_in_any_markup() {
        check(
            "see https://a.example/x?y=1#z, then http://b.example.",
            Some("https://a.example/x?y=1#z http://b.example"),
        );
        check(
            "[run](https://a.example/1) and <https://a.example/2|two>",
            Some("https://a.example/1 https://a.example/2"),
        );
        check("\"https://a.example/1\" twice: https://a.example/1", Some("https://a.example/1"));
        check("https://", None);
        check("no address: example.com", None);
        check("", None);
    }

    #[test]
    fn only_so_many_are_kept() {
        let many: Vec<String> = (0..50).map(|n| format!("https://a.example/{n}")).collect();
        let many = many.join(" ");
        let mut links = Links::default();
        links.read(Some(&many));
        assert_eq!(links.0.len(), MOST);
        check(&format!("https://a.example/{}", "x".repeat(LONGEST)), None);
    }
}
