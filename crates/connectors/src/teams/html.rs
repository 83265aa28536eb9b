//! The text of a message in HTML, as chat writes it: quotations behind `>`, code between backticks.
//!
//! Guarantees: any text is read to its end, in one pass. Must not know messages.

/// Elements that begin a line.
const BLOCKS: &[&str] =
    &["p", "div", "br", "li", "ul", "ol", "tr", "h1", "h2", "h3", "hr", "table"];

/// Returns the text of `html`.
pub(super) fn text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut quoted = 0_u32;
    let mut rest = html;
    // Inside of these elements, what stands there is not said: mentions and attachments.
    let mut silent: Option<&str> = None;
    let mut in_block = false;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, behind) = rest.split_at(at);
        push(&mut text, before, quoted, silent);
        if behind.starts_with('&') {
            let (character, after) = entity(behind);
            push(&mut text, character.encode_utf8(&mut [0; 4]), quoted, silent);
            rest = after;
            continue;
        }
        let Some((tag, after)) = behind.strip_prefix('<').and_then(|tag| tag.split_once('>'))
        else {
            // No tag: a sign of its own.
            push(&mut text, "<", quoted, silent);
            rest = behind.get(1..).unwrap_or_default();
            continue;
        };
        rest = after;
        let (closes, tag) = match tag.strip_prefix('/') {
            Some(tag) => (true, tag),
            None => (false, tag),
        };
        let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let name = name.to_ascii_lowercase();
        match (name.as_str(), closes) {
            (own, true) if silent == Some(own) => silent = None,
            _ if silent.is_some() => {}
            ("at", false) => {
                push(&mut text, " @mention ", quoted, None);
                silent = Some("at");
            }
            ("attachment", false) => silent = (!tag.ends_with('/')).then_some("attachment"),
            ("blockquote", false) => {
                quoted += 1;
                line(&mut text);
            }
            ("blockquote", true) => {
                quoted = quoted.saturating_sub(1);
                line(&mut text);
            }
            ("pre" | "codeblock", _) => {
                in_block = !closes;
                line(&mut text);
                push(&mut text, "```", quoted, None);
                line(&mut text);
            }
            ("code", _) if !in_block => push(&mut text, "`", quoted, None),
            ("emoji", false) => {
                push(&mut text, attribute(tag, "alt").unwrap_or_default(), quoted, None);
            }
            ("a", false) => {
                let address = attribute(tag, "href").unwrap_or_default();
                if address.starts_with("http") {
                    push(&mut text, &format!(" {address} "), quoted, None);
                }
            }
            (block, _) if BLOCKS.contains(&block) => line(&mut text),
            _ => {}
        }
    }
    push(&mut text, rest, quoted, silent);
    text.trim().to_owned()
}

/// Appends what was said, behind `>` inside of a quotation.
fn push(text: &mut String, said: &str, quoted: u32, silent: Option<&str>) {
    if silent.is_some() {
        return;
    }
    for c in said.chars() {
        if quoted > 0 && (text.is_empty() || text.ends_with('\n')) && c != '\n' {
            text.push_str("> ");
        }
        text.push(c);
    }
}

/// Begins a line.
fn line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

/// Returns the value of an attribute in quotation marks.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let behind = tag.split_once(&format!("{name}=\""))?.1;
    behind.split_once('"').map(|(value, _)| value)
}

/// Returns the character of the entity that `text` begins with, and what follows.
fn entity(text: &str) -> (char, &str) {
    let plain = ('&', text.get(1..).unwrap_or_default());
    let Some((name, after)) = text.get(1..).and_then(|behind| behind.split_once(';')) else {
        return plain;
    };
    let number =
        |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let character = match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => match name.strip_prefix('#') {
            Some(digits) => match digits.strip_prefix(['x', 'X']) {
                Some(digits) => number(digits, 16),
                None => number(digits, 10),
            },
            None => None,
        },
    };
    character.map_or(plain, |character| (character, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_read_as_chat_is_written() {
        for (html, expected) in [
            ("<div><p>a &lt;b&gt; &amp;&nbsp;c</p><p>d</p></div>", "a <b> & c\nd"),
            ("<blockquote><p>old</p></blockquote><p>new</p>", "> old\nnew"),
            ("<p><at id=\"0\">Anna A</at> ok?</p>", "@mention  ok?"),
            ("<attachment id=\"1\"></attachment>x", "x"),
            ("ran <code>helm rollback</code> now", "ran `helm rollback` now"),
            ("<pre><code>$ helm ls</code></pre>x", "```\n$ helm ls\n```\nx"),
            (
                "<a href=\"https://x.example/pull/1\" title=\"x\">PR</a>",
                "https://x.example/pull/1 PR",
            ),
            ("<emoji id=\"yes\" alt=\"👍\" title=\"Yes\"></emoji>", "👍"),
            ("1 < 2 &copy &#65;&#x42;", "1 < 2 &copy AB"),
            ("<", "<"),
            ("&", "&"),
        ] {
            assert_eq!(text(html), expected, "{html}");
        }
    }
}
