//! Every source that sends webhooks: what it signed is believed, what anybody changed is not.
//!
//! The vectors of single vendors were computed with Python's hmac, not with our code.

use aftercast_connectors::live::webhook::{
    Incoming, Refusal, Signature, Told, WINDOW_SECONDS, Webhook, sign, verify,
};
use aftercast_connectors::{SOURCES, Source};
use aftercast_model::Timestamp;
use proptest::prelude::*;

fn now() -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000)
}
const SECRET: &str = "s3cr3t-that-is-long-enough";
const BODY: &[u8] = br#"{"id":7,"event":{"id":"E1","event_type":"x"}}"#;

fn check(
    webhook: &Webhook,
    headers: &[(String, String)],
    body: &[u8],
    secrets: &[&str],
    now: Timestamp,
) -> Result<String, Refusal> {
    let header =
        |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    verify(webhook, &Incoming { header: &header, body, now }, secrets).map(|delivery| delivery.id)
}

fn hooks() -> impl Iterator<Item = (&'static Source, &'static Webhook)> {
    SOURCES.iter().filter_map(|source| Some((*source, source.webhook?)))
}

fn all_schemes() -> Vec<Webhook> {
    const SCHEMES: &[&[Signature]] = &[
        &[Signature::Hex { header: "x-hub-signature-256", prefix: "sha256=" }],
        &[Signature::Hex { header: "x-pagerduty-signature", prefix: "v1=" }],
        &[Signature::Hex { header: "x-gitea-signature", prefix: "" }],
        &[Signature::Pairs {
            header: "x-buildkite-signature",
            time: "timestamp",
            digits: "signature",
            between: ".",
        }],
        &[Signature::Pairs { header: "x-rootly-signature", time: "t", digits: "v1", between: "" }],
        &[Signature::Slack],
        &[Signature::Standard],
        &[Signature::Token { header: "x-gitlab-token" }],
        &[Signature::Authorization],
    ];
    SCHEMES
        .iter()
        .map(|signatures| Webhook {
            signatures,
            event: Told::Nowhere,
            delivery: Told::Nowhere,
            body_limit: 1000,
            events: &[],
            challenge: None,
        })
        .collect()
}

#[test]
fn what_is_signed_is_believed_with_any_active_secret_and_no_other() {
    let of_sources = hooks().map(|(_, webhook)| webhook);
    for webhook in all_schemes().iter().chain(of_sources) {
        for scheme in webhook.signatures {
            let headers = sign(*scheme, SECRET, BODY, "msg_1", now());
            let checked = |secrets: &[&str]| check(webhook, &headers, BODY, secrets, now());
            assert!(checked(&[SECRET]).is_ok(), "{scheme:?}");
            assert!(checked(&["old", SECRET]).is_ok(), "{scheme:?}: rotation");
            assert_eq!(checked(&["other"]), Err(Refusal::Forged), "{scheme:?}");
            assert_eq!(checked(&[""]), Err(Refusal::Forged), "{scheme:?}");
            assert_eq!(checked(&[]), Err(Refusal::Forged), "{scheme:?}");
            assert_eq!(check(webhook, &[], BODY, &[SECRET], now()), Err(Refusal::Unsigned));
        }
    }
}

#[test]
fn a_flipped_bit_anywhere_is_a_forgery() {
    let of_sources = hooks().map(|(_, webhook)| webhook);
    for webhook in all_schemes().iter().chain(of_sources) {
        for scheme in webhook.signatures {
            let signs_body = !matches!(scheme, Signature::Token { .. } | Signature::Authorization);
            let headers = sign(*scheme, SECRET, BODY, "msg_1", now());
            for bit in 0..BODY.len() * 8 {
                let mut body = BODY.to_vec();
                body[bit / 8] ^= 1 << (bit % 8);
                let believed = check(webhook, &headers, &body, &[SECRET], now()).is_ok();
                assert_eq!(believed, !signs_body, "{scheme:?}: bit {bit} of the body");
            }
            for index in 0..headers.len() {
                for at in 0..headers[index].1.len() {
                    let mut changed = headers.clone();
                    let mut value = changed[index].1.clone().into_bytes();
                    value[at] ^= 1;
                    changed[index].1 = String::from_utf8(value).unwrap();
                    let name = &headers[index].0;
                    // The name of a scheme may be written in any case, and `bearer` is not the secret.
                    let refused = check(webhook, &changed, BODY, &[SECRET], now()).is_err();
                    assert!(refused, "{scheme:?}: character {at} of `{name}`");
                }
            }
        }
    }
}

#[test]
fn what_was_signed_long_ago_or_in_the_future_is_stale() {
    for webhook in all_schemes() {
        let scheme = webhook.signatures[0];
        let timed =
            matches!(scheme, Signature::Pairs { .. } | Signature::Slack | Signature::Standard);
        for (seconds, stale) in [
            (0, false),
            (WINDOW_SECONDS, false),
            (-WINDOW_SECONDS, false),
            (WINDOW_SECONDS + 1, timed),
            (-WINDOW_SECONDS - 1, timed),
        ] {
            let headers = sign(scheme, SECRET, BODY, "msg_1", now());
            let checked =
                check(&webhook, &headers, BODY, &[SECRET], now().plus_millis(seconds * 1000));
            assert_eq!(checked.is_err(), stale, "{scheme:?} {seconds}: {checked:?}");
        }
    }
}

#[test]
fn a_body_beyond_the_limit_is_refused_before_its_signature_is_looked_at() {
    for webhook in all_schemes() {
        let body = vec![b' '; webhook.body_limit + 1];
        assert_eq!(check(&webhook, &[], &body, &[SECRET], now()), Err(Refusal::TooLarge));
    }
}

#[test]
fn vectors_that_were_not_computed_here_hold() {
    let header = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let schemes = all_schemes();
    // The example of GitHub's manual.
    let github = header(
        "x-hub-signature-256",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
    );
    let secret = ["It's a Secret to Everybody"];
    assert!(check(&schemes[0], &github, b"Hello, World!", &secret, now()).is_ok());
    // The example of the Standard Webhooks specification's reference libraries.
    let standard = [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let secret = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
    let at = Timestamp::from_millis(1_614_265_330_000);
    let checked = check(&schemes[6], &standard, b"{\"test\": 2432232314}", &secret, at);
    assert_eq!(checked.as_deref(), Ok("msg_p5jXN8AQM9LWM0D4loKWxJek"));
    // The example of Slack's manual.
    let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let slack = [
        (
            "x-slack-signature",
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        ),
        ("x-slack-request-timestamp", "1531420618"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let secret = ["8f742231b10e8888abcd99yyyzzz85a5"];
    let at = Timestamp::from_millis(1_531_420_618_000);
    assert!(check(&schemes[5], &slack, body, &secret, at).is_ok());
}

proptest! {
    #[test]
    fn no_header_or_body_makes_it_panic_or_believe(
        values in proptest::collection::vec(".{0,60}", 4),
        body in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        const NAMES: &[&str] = &[
            "x-hub-signature-256", "x-pagerduty-signature", "x-gitea-signature",
            "x-buildkite-signature", "x-rootly-signature", "x-slack-signature",
            "x-slack-request-timestamp", "webhook-id", "webhook-timestamp", "webhook-signature",
            "x-gitlab-token", "authorization",
        ];
        for webhook in all_schemes() {
            let headers: Vec<(String, String)> = NAMES
                .iter()
                .zip(values.iter().cycle())
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect();
            prop_assert!(check(&webhook, &headers, &body, &[SECRET], now()).is_err());
        }
    }
}
