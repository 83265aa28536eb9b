//! Text that wants to do harm, on every surface: the structure stays what it is without it.

use std::collections::BTreeMap;

use aftercast_surfaces::{Options, html, json, markdown, terminal};
use pulldown_cmark::{CodeBlockKind, Event, Options as Extensions, Parser, Tag, TagEnd};
use scraper::{Html, Node};

use crate::samples::hostile::{corpus, hostile};

fn options() -> Options {
    Options { colour: true, ..Options::default() }
}

/// The elements of a page and how many of each, with their attributes' names.
fn structure(page: &Html) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for node in page.tree.values() {
        if let Node::Element(element) = node {
            let mut attributes: Vec<&str> = element.attrs().map(|(name, _)| name).collect();
            attributes.sort_unstable();
            *counts.entry(format!("{} {attributes:?}", element.name())).or_insert(0) += 1;
        }
    }
    counts
}

#[test]
fn a_page_has_the_same_elements_whatever_the_text_says() {
    let plain = Html::parse_document(&html::render(&hostile("plain"), &options()));
    // These come and go with links, names and marks in the text; none of them can do harm.
    let comes_and_goes = |kind: &str| {
        ["code ", "a ", "td ", "tr ", "small ", "p ", "span "]
            .iter()
            .any(|name| kind.starts_with(name))
    };
    let fixed = |page: &Html| {
        structure(page)
            .into_iter()
            .filter(|(kind, _)| !comes_and_goes(kind))
            .collect::<BTreeMap<_, _>>()
    };
    for text in corpus() {
        let page = Html::parse_document(&html::render(&hostile(&text), &options()));
        assert_eq!(page.errors, Vec::<String>::new(), "{text:.80}");
        assert_eq!(fixed(&page), fixed(&plain), "{text:.80}");
        for node in page.tree.values() {
            let Node::Element(element) = node else { continue };
            for (name, value) in element.attrs() {
                assert!(!name.starts_with("on") && name != "style" && name != "src", "{name}");
                if name == "href" {
                    let web = value.starts_with("https://") || value.starts_with("http://");
                    assert!(web || value.starts_with('#'), "{value}");
                }
            }
        }
    }
}

#[test]
fn a_terminal_receives_only_its_own_sequences() {
    for text in corpus() {
        let screen = terminal::render(&hostile(&text), &options());
        let mut rest = screen.as_str();
        let mut visible = String::new();
        while let Some((before, sequence)) = rest.split_once('\u{1b}') {
            visible.push_str(before);
            let (parameters, behind) = sequence.split_once('m').unwrap();
            let parameters = parameters.strip_prefix('[').unwrap();
            assert!(parameters.chars().all(|c| c.is_ascii_digit() || c == ';'), "{parameters}");
            rest = behind;
        }
        visible.push_str(rest);
        for character in visible.chars() {
            let steers = (character.is_control() && character != '\n')
                || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
            assert!(!steers, "{character:?} in {text:.80}");
        }
    }
}

#[test]
fn json_keeps_the_text_and_steers_no_terminal() {
    for text in corpus() {
        let json = json::render(&hostile(&text), &options());
        assert!(!json.chars().any(|c| c.is_control() && c != '\n'), "{text:.80}");
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["service"], text.as_str());
    }
}

/// The kinds of what a comment is made of, without words, names and links.
fn events(markdown: &str) -> Vec<String> {
    let mut extensions = Extensions::empty();
    extensions.insert(Extensions::ENABLE_TABLES);
    extensions.insert(Extensions::ENABLE_STRIKETHROUGH);
    extensions.insert(Extensions::ENABLE_TASKLISTS);
    extensions.insert(Extensions::ENABLE_FOOTNOTES);
    extensions.insert(Extensions::ENABLE_MATH);
    let mut kinds = Vec::new();
    let mut in_code = false;
    let mut words = String::new();
    for event in Parser::new_ext(markdown, extensions) {
        match event {
            Event::Text(text) if in_code => assert_no_mermaid_statement(&text),
            Event::Text(text) => words.push_str(&text),
            Event::Code(_) => words.push(' '),
            // Both come with text that is there or not.
            Event::Start(Tag::Emphasis) | Event::End(TagEnd::Emphasis | TagEnd::Link) => {}
            Event::Start(Tag::Link { dest_url, .. }) => {
                assert!(dest_url.starts_with("https://"), "{dest_url}");
                words.push(' ');
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                words.push(' ');
                let html = html.trim();
                let ours = html.starts_with("<details><summary>")
                    || html.starts_with("<!-- aftercast:review:")
                    || matches!(html, "</details>" | "<br>" | "<sub>" | "</sub>" | "");
                assert!(ours, "{html}");
                kinds.push(
                    html.split_once('(')
                        .map_or(html, |(before, _)| before)
                        .chars()
                        .take(16)
                        .collect(),
                );
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                assert_eq!(kind, CodeBlockKind::Fenced("mermaid".into()));
                in_code = true;
            }
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Start(tag) => {
                assert!(!matches!(tag, Tag::Image { .. } | Tag::FootnoteDefinition(_)), "{tag:?}");
                words.push(' ');
                kinds.push(format!("{tag:?}"));
            }
            Event::End(tag) => words.push_str(if tag == TagEnd::Paragraph { " " } else { "" }),
            other => panic!("{other:?}"),
        }
    }
    assert_no_reference(&words);
    kinds
}

/// Each line of a diagram is one of ours, with one colon and nothing behind the times.
fn assert_no_mermaid_statement(diagram: &str) {
    for line in diagram.lines().map(str::trim) {
        let ours = ["gantt", "dateFormat ", "axisFormat ", "todayMarker off", "section "]
            .iter()
            .any(|start| line.starts_with(start));
        let bar = line.split_once(" :").is_some_and(|(label, data)| {
            label.starts_with(|c: char| c.is_ascii_digit())
                && !label.contains([':', ';', '#', '"', '<', '%', '`'])
                && data.rsplit(", ").take(2).all(|time| time.len() == 19)
        });
        assert!(ours || bar, "{line}");
    }
}

/// No word of a comment mentions, refers or becomes a link by itself.
fn assert_no_reference(words: &str) {
    for (at, character) in words.char_indices() {
        let next = words[at + character.len_utf8()..].chars().next();
        let joined = next.is_some_and(char::is_alphanumeric);
        assert!(
            !(joined && "@#!~$".contains(character)),
            "{}",
            &words[at..].chars().take(20).collect::<String>()
        );
    }
    for scheme in ["://", "www.", "mailto:a", "GH-1"] {
        assert!(!words.contains(scheme), "{scheme}");
    }
}

#[test]
fn a_comment_has_the_same_structure_whatever_the_text_says() {
    let plain = events(&markdown::render(&hostile("plain"), &options()));
    assert!(plain.len() > 100);
    for text in corpus() {
        let comment = markdown::render(&hostile(&text), &options());
        assert!(comment.chars().count() <= markdown::MAX_CHARACTERS);
        let blank = text.chars().all(|c| c.is_whitespace() || c.is_control());
        let found = events(&comment);
        if !blank && text.len() < 1_000 {
            assert_eq!(found, plain, "{text:.80}");
        }
    }
}
