//! What a message says, without what it only repeats: markup, quotations and code.
//!
//! Owns: how chat systems write mentions, links, quotations and code; sentences and words. Guarantees:
//! no text makes it fail; work is bounded by [`LONGEST`]. Must not know what any word means.

use std::sync::LazyLock;

use regex::Regex;

use crate::chat::sayings::JOINED;

/// So many characters of a message are looked at.
const LONGEST: usize = 8_000;

/// What stands for something that was taken out.
const MENTION: char = '\u{E000}';
const LINK: char = '\u{E001}';
const REVIEW: char = '\u{E002}';
const QUOTED: char = '\u{E003}';

/// A message, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// Its own sentences, in order.
    pub(super) sentences: Vec<Sentence>,
    /// Lines with a shell prompt: host and command.
    pub(super) prompts: Vec<Prompt>,
    /// Whether it leads to a code review.
    pub(super) links_review: bool,
}

/// A sentence.
#[derive(Debug, Default)]
pub(super) struct Sentence {
    /// Its words in lower case.
    pub(super) tokens: Vec<Token>,
    /// Its emoji, as `:name:` or as the character.
    pub(super) emoji: Vec<String>,
    /// Whether it ends like a question.
    pub(super) question: bool,
    /// Itself, cleaned, for a quote.
    pub(super) text: String,
}

/// A word, or what separates words.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// In lower case.
    Word(String),
    /// A comma, colon, bracket or dash.
    Pause,
    /// Something that is no word: a mention, a link, a quotation.
    Other,
}

/// A line with a shell prompt.
#[derive(Debug)]
pub(super) struct Prompt {
    /// What stands before the sign.
    pub(super) host: String,
    /// The command, in lower case.
    pub(super) command: String,
    /// The line.
    pub(super) line: String,
}

impl Token {
    /// Returns the word.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Pause | Self::Other => None,
        }
    }
}

/// Takes a message apart.
pub(crate) fn read(raw: &str) -> Said {
    let text: String = raw
        .chars()
        .take(LONGEST)
        .filter(|c| !(MENTION..=QUOTED).contains(c))
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' => '\'',
            '\t' | '\u{a0}' | '\r' => ' ',
            c => c,
        })
        .collect();
    let mut said = Said::default();
    for (index, part) in own_lines(&text).split("```").enumerate() {
        if index % 2 == 1 {
            said.prompts.extend(part.lines().filter_map(prompt));
        } else {
            prose(part, &mut said);
        }
    }
    said
}

/// Returns the lines that do not quote somebody.
fn own_lines(text: &str) -> String {
    let mut own = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line.trim_start();
        // Three signs quote everything that follows.
        if line.starts_with(">>>") || line.starts_with("&gt;&gt;&gt;") {
            break;
        }
        if !line.starts_with('>') && !line.starts_with("&gt;") {
            own.push_str(line);
            own.push('\n');
        }
    }
    own
}

/// Reads what is no code.
fn prose(part: &str, said: &mut Said) {
    for line in part.lines() {
        let line = line.trim();
        if let Some(prompt) = prompt(line) {
            said.prompts.push(prompt);
            continue;
        }
        let clean = clean(line);
        said.links_review |= clean.contains(REVIEW);
        sentences(&clean, &mut said.sentences);
    }
}

/// `lena@prod-1:~$ ls`, `root@db # ls`, `$ ls`.
static PROMPT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^\s*(?:\[?([\w.-]+@[\w.-]+)[^\s#$%]*\]?\s?[#$%]|(\$))\s+(\S.*)$").ok()
});

/// Returns the prompt and command of a line that has both.
fn prompt(line: &str) -> Option<Prompt> {
    let found = PROMPT.as_ref()?.captures(line)?;
    let host = found.get(1).map(|host| host.as_str());
    let command = found.get(3)?.as_str().trim();
    // "$ 200 for the hotel" is no command.
    let begins = command.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '.');
    begins.then(|| Prompt {
        host: host.unwrap_or_default().to_lowercase(),
        command: command.to_lowercase(),
        line: unescape(&clean_links(command)),
    })
}

/// Replaces mentions, links, quotations and code that is no command; undoes escapes.
fn clean(line: &str) -> String {
    let line = clean_links(line);
    let line = unescape(&line);
    let mut clean = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some(c) = rest.chars().next() {
        let behind = rest.get(c.len_utf8()..).unwrap_or_default();
        let begins_word = clean.chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        let closing = match c {
            '"' => Some('"'),
            '“' | '„' => Some('”'),
            '«' => Some('»'),
            '`' => Some('`'),
            '\'' if begins_word => Some('\''),
            _ => None,
        };
        let end = closing.and_then(|closing| close(behind, c, closing));
        match end {
            Some((inside, after)) if c == '`' && is_command(inside) => {
                clean.push_str(inside);
                rest = after;
            }
            Some((_, after)) => {
                clean.push(QUOTED);
                rest = after;
            }
            None => {
                clean.push(c);
                rest = behind;
            }
        }
    }
    clean
}

/// Returns what a quotation holds and what follows it.
fn close(behind: &str, opening: char, closing: char) -> Option<(&str, &str)> {
    let ends = |(_, c): &(usize, char)| *c == closing || (closing == '”' && matches!(c, '“' | '"'));
    let mut ends = behind.char_indices().filter(ends);
    let (at, c) = if opening == '\'' {
        // An apostrophe inside of a word closes nothing.
        ends.find(|(at, _)| {
            let after = behind.get(at + 1..).and_then(|after| after.chars().next());
            after.is_none_or(|c| !c.is_alphanumeric())
        })?
    } else {
        ends.next()?
    };
    Some((behind.get(..at)?, behind.get(at + c.len_utf8()..)?))
}

/// Returns whether `code` is a command rather than something said.
fn is_command(code: &str) -> bool {
    let first = code.split_whitespace().next().unwrap_or_default();
    crate::chat::words::is_command(&first.to_lowercase())
}

/// `<@U1|lena>`, `<!here>`, `<#C1|general>`, `<https://..|label>`, bare addresses, `@lena`, e-mail
/// addresses.
static MARKUP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"<(?:[@!][^<>\s]*)>",
        r"|<#[^<>|\s]*(?:\|([^<>\s]*))?>",
        r"|<((?:https?|mailto|tel):[^<>|\s]*)(?:\|[^<>]*)?>",
        r"|((?:https?)://[^\s<>]+)",
        r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
        r"|(?:^|[^\w@])(@[\w.-]*\w)",
    ))
    .ok()
});

fn clean_links(line: &str) -> String {
    let Some(markup) = MARKUP.as_ref() else { return line.to_owned() };
    let replaced = markup.replace_all(line, |found: &regex::Captures<'_>| {
        let whole = found.get(0).map_or("", |whole| whole.as_str());
        if let Some(channel) = found.get(1) {
            return format!("#{}", channel.as_str());
        }
        if let Some(address) = found.get(2).or(found.get(3)) {
            let address = address.as_str();
            let mark = if address.starts_with("http") { LINK } else { MENTION };
            return if is_review(address) { REVIEW } else { mark }.to_string();
        }
        if let Some(name) = found.get(4) {
            let before = whole.strip_suffix(name.as_str()).unwrap_or_default();
            return format!("{before}{MENTION}");
        }
        MENTION.to_string()
    });
    replaced.into_owned()
}

/// Returns whether an address leads to a code review.
fn is_review(address: &str) -> bool {
    ["/pull/", "/pulls/", "/merge_requests/", "/pull-requests/", "/pullrequest/", "/+/"]
        .iter()
        .any(|part| address.contains(part))
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Returns what may be shown of a cleaned text.
pub(super) fn shown(clean: &str) -> String {
    let mut shown = String::with_capacity(clean.len());
    for c in clean.chars() {
        match c {
            MENTION => shown.push_str("@…"),
            LINK | REVIEW => shown.push_str("[link]"),
            QUOTED => shown.push('…'),
            c if c.is_control() => shown.push(' '),
            c => shown.push(c),
        }
    }
    shown
}

/// Divides a line into sentences.
fn sentences(line: &str, into: &mut Vec<Sentence>) {
    let mut begin = 0;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let ends = match c {
            ';' => true,
            '.' | '!' | '?' | '…' => {
                chars.peek().is_none_or(|(_, next)| !next.is_alphanumeric() && !is_mark(*next))
                    && chars.peek().is_none_or(|(_, next)| !matches!(next, '.' | '!' | '?' | ')'))
            }
            _ => false,
        };
        if ends {
            let end = at + c.len_utf8();
            push(line.get(begin..end).unwrap_or_default(), into);
            begin = end;
        }
    }
    push(line.get(begin..).unwrap_or_default(), into);
}

fn is_mark(c: char) -> bool {
    matches!(c, '/' | '_' | '-')
}

fn push(text: &str, into: &mut Vec<Sentence>) {
    let text = text.trim();
    let mut sentence = Sentence { text: text.to_owned(), ..Sentence::default() };
    let tail = text.trim_end_matches(|c: char| !c.is_alphanumeric());
    sentence.question = text.get(tail.len()..).is_some_and(|tail| tail.contains('?'));
    for chunk in text.split_whitespace() {
        tokens(chunk, &mut sentence);
    }
    join(&mut sentence.tokens);
    match into.last_mut() {
        // Emoji behind the end of a sentence belong to it.
        Some(last) if sentence.tokens.is_empty() => last.emoji.append(&mut sentence.emoji),
        _ if sentence.tokens.is_empty() && sentence.emoji.is_empty() => {}
        _ => into.push(sentence),
    }
}

/// Reads what stands between blanks.
fn tokens(chunk: &str, sentence: &mut Sentence) {
    if let Some(name) = chunk.strip_prefix(':').and_then(|rest| rest.split_once(':')).map(|of| of.0)
        && !name.is_empty()
    {
        return sentence.emoji.push(format!(":{name}:"));
    }
    let word = |c: char| c.is_alphanumeric();
    let inner_start = chunk.find(word);
    let Some(start) = inner_start else {
        for c in chunk.chars() {
            match c {
                MENTION..=QUOTED => sentence.tokens.push(Token::Other),
                ',' | ':' | '(' | ')' | '-' | '–' | '—' | '→' | '|' | '[' | ']' => {
                    pause(&mut sentence.tokens);
                }
                // Variants and skin tones change nothing.
                '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{200D}' => {}
                c if !c.is_ascii() && !c.is_control() => sentence.emoji.push(c.to_string()),
                _ => {}
            }
        }
        return;
    };
    let end = chunk.rfind(word).map_or(start, |at| {
        at + chunk.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
    });
    let (before, inner, after) = (
        chunk.get(..start).unwrap_or_default(),
        chunk.get(start..end).unwrap_or_default(),
        chunk.get(end..).unwrap_or_default(),
    );
    around(before, sentence);
    for piece in inner.split(|c| (MENTION..=QUOTED).contains(&c)) {
        if piece.len() < inner.len() {
            sentence.tokens.push(Token::Other);
        }
        if !piece.is_empty() {
            sentence.tokens.push(Token::Word(piece.to_lowercase()));
        }
    }
    around(after, sentence);
}

/// Reads the signs around a word.
fn around(signs: &str, sentence: &mut Sentence) {
    for c in signs.chars() {
        match c {
            MENTION..=QUOTED => sentence.tokens.push(Token::Other),
            ',' | ':' | '(' | ')' | '–' | '—' | '[' | ']' => pause(&mut sentence.tokens),
            '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{200D}' => {}
            c if u32::from(c) >= 0x2190 => sentence.emoji.push(c.to_string()),
            _ => {}
        }
    }
}

fn pause(tokens: &mut Vec<Token>) {
    if !matches!(tokens.last(), None | Some(Token::Pause)) {
        tokens.push(Token::Pause);
    }
}

/// Makes one word of words that mean one thing together (`roll back`).
fn join(tokens: &mut Vec<Token>) {
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens.drain(..) {
        if let (Some(Token::Word(last)), Token::Word(word)) = (joined.last_mut(), &token)
            && JOINED.iter().any(|(first, second)| first == last && second == word)
        {
            last.push('-');
            last.push_str(word);
            continue;
        }
        joined.push(token);
    }
    *tokens = joined;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let said = read(text);
        let tokens = said.sentences.iter().flat_map(|sentence| &sentence.tokens);
        tokens.map(|token| token.word().unwrap_or("_").to_owned()).collect()
    }

    #[test]
    fn quotations_and_code_are_not_said() {
        for text in
            ["> done", "&gt; done", "```done```", ">>> a\nb", "```\ndone", "&gt;&gt;&gt;a\nb"]
        {
            assert!(words(text).is_empty(), "{text}");
        }
        for text in ["\"done it\"", "“done it”", "«done»", "'done it'", "`done it`"] {
            assert_eq!(words(text), ["_"], "{text}");
        }
        assert_eq!(words("don't, it's \"fine\" 4.1"), ["don't", "_", "it's", "_", "4.1"]);
        assert_eq!(words("ran `helm upgrade`"), ["ran", "helm", "upgrade"]);
    }

    #[test]
    fn people_and_addresses_leave_no_trace() {
        let text = "<@U1|lena> hi @bob, see <https://x.example/a?b=c|here> or a.b@c.example";
        let said = read(text);
        assert_eq!(shown(&said.sentences[0].text), "@… hi @…, see [link] or @…");
    }

    #[test]
    fn a_prompt_needs_a_command() {
        let said =
            read("```\n$ helm upgrade shop\nOK\n```\nroot@prod-1:~# reboot\n$ 200 for lunch");
        let found: Vec<(&str, &str)> =
            said.prompts.iter().map(|p| (p.host.as_str(), p.command.as_str())).collect();
        assert_eq!(found, [("", "helm upgrade shop"), ("root@prod-1", "reboot")]);
    }

    #[test]
    fn a_question_ends_with_its_sign() {
        let said = read("done? v4.1 is up!? see https://x.example/?q=1 ok. 👍🏽");
        let questions: Vec<bool> = said.sentences.iter().map(|s| s.question).collect();
        assert_eq!(questions, [true, true, false]);
        assert_eq!(said.sentences[2].emoji, ["👍"]);
    }
}
