//! What must hold for every message.

use aftercast_connectors::{ChatRules, Spoken, heard};
use proptest::prelude::*;

use super::{Labelled, everything};

fn firing() -> Vec<Labelled> {
    everything().into_iter().filter(|one| !one.heard().is_empty()).collect()
}

/// Sentences of one clause that say something: what a word in front of them reaches.
fn plain() -> Vec<Labelled> {
    let prose = |one: &Labelled| {
        !one.how.starts_with("bot")
            && !one.text.contains([',', ':', ';', '`', '?', '!', '\n', '$', '→', '~', '('])
            && !one.text.contains(" but ")
            && !one.text.trim_end_matches('.').contains(". ")
    };
    firing().into_iter().filter(prose).collect()
}

fn silent(one: &Labelled, text: &str) {
    let spoken = Spoken { text, ..one.spoken() };
    let heard = heard(&spoken, &ChatRules::default());
    assert!(heard.is_empty(), "{text:?}: {heard:?}");
}

#[test]
fn what_is_denied_is_not_heard() {
    let plain = plain();
    assert!(plain.len() > 60, "{}", plain.len());
    for one in plain {
        for denial in ["it is not true that", "nobody said", "it isn't the case that"] {
            silent(&one, &format!("{denial} {}", one.text));
        }
    }
}

#[test]
fn what_is_quoted_is_not_heard() {
    for one in firing() {
        if one.how.starts_with("bot") || one.text.contains('"') {
            continue;
        }
        silent(&one, &format!("> {}", one.text.replace('\n', "\n> ")));
        silent(&one, &format!("&gt;&gt;&gt; {}", one.text));
        if !one.text.contains('`') {
            let text = one.text.replace('\n', " ");
            silent(&one, &format!("the note says \"{text}\" somewhere"));
            silent(&one, &format!("“{text}”"));
            if !text.contains('$') && !text.contains('#') {
                silent(&one, &format!("```\n{text}\n```"));
            }
        }
    }
}

#[test]
fn what_is_asked_is_not_heard_but_for_approvals() {
    for one in firing() {
        let asked = one.signals.contains(&"approval_asked");
        if asked || one.how.starts_with("bot") || one.text.contains(['`', '$', '#', '.', '!', '\n'])
        {
            continue;
        }
        for text in [format!("did they say {}?", one.text), format!("is it true that {}", one.text)]
        {
            // Who asks whether it is approved may well ask for it.
            let heard = heard(&Spoken { text: &text, ..one.spoken() }, &ChatRules::default());
            assert!(
                heard.iter().all(|heard| heard.kind == "approval_asked"),
                "{text:?}: {heard:?}"
            );
        }
    }
}

#[test]
fn what_a_program_says_is_not_heard_but_for_incident_bots() {
    for one in firing() {
        let spoken = Spoken { by_program: true, program: "deploybot", ..one.spoken() };
        assert!(heard(&spoken, &ChatRules::default()).is_empty(), "{}", one.text);
    }
}

/// Words and signs that rules look at, in any order, with anything between.
fn message() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(vec![
            "rolled back", "prod", "approve", "deploy", "release", "?", "not", "```", "`", "\"", ">", "\n",
            "<@U1|lena.meyer>", "<https://a.example/pull/3|x>", "@lena", "lena@acme.example", ":+1:", "👍🏽",
            "$ kubectl delete pod", "root@prod-1:~# reboot", "SEV1:", "all clear", "+49 170 1234567",
            "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "hold", "<", "&gt;", "\u{E000}", "'",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_message_fails_and_no_quote_tells_too_much(
        text in message(),
        answers in any::<bool>(),
        by_program in any::<bool>(),
    ) {
        let spoken = Spoken { text: &text, channel: "inc-1", by_program, program: "PagerDuty", answers };
        for heard in heard(&spoken, &ChatRules::default()) {
            prop_assert!(heard.quote.chars().count() <= 200);
            for secret in ["ghp_abc", "lena@acme", "@lena", "lena.meyer", "170 1234567", "a.example"] {
                prop_assert!(!heard.quote.contains(secret), "{secret} in {:?}", heard.quote);
            }
        }
    }
}
