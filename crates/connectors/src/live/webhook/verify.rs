//! Whether a webhook is believed. Nothing of the body is looked at before its signature held.

use aftercast_model::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{Delivery, Incoming, Refusal, Signature, Told, WINDOW_SECONDS, Webhook};

/// Believes `incoming` or says why not; `secrets` are all that are active at the moment (rotation).
pub fn verify(
    webhook: &Webhook,
    incoming: &Incoming<'_>,
    secrets: &[&str],
) -> Result<Delivery, Refusal> {
    if webhook.body_limit < incoming.body.len() {
        return Err(Refusal::TooLarge);
    }
    let signed = webhook.signatures.iter().find_map(|scheme| read(*scheme, incoming));
    let signed = signed.ok_or(Refusal::Unsigned)?;
    if !secrets.iter().any(|secret| signed.is_by(secret, incoming.body)) {
        return Err(Refusal::Forged);
    }
    if let Some(at) = signed.at
        && WINDOW_SECONDS < at.abs_diff(incoming.now.millis() / 1000).cast_signed()
    {
        return Err(Refusal::Stale);
    }
    Ok(delivery(webhook, incoming, signed.id))
}

/// A signature, taken out of its headers.
struct Signed<'a> {
    /// What is signed before the body.
    before: String,
    /// When, in seconds since 1970, where the signature says so.
    at: Option<i64>,
    /// What the signature names the delivery.
    id: Option<&'a str>,
    proof: Proof<'a>,
}

/// What shows that the sender knows the secret.
enum Proof<'a> {
    /// Codes, each of which may be the one of the secret in use.
    Codes(Vec<Vec<u8>>),
    /// As [`Proof::Codes`], where the key is inside of the secret (`whsec_` and Base64).
    Standard(Vec<Vec<u8>>),
    /// The secret itself.
    Plain(&'a str),
    /// `Basic` credentials, of which the whole or the password is the secret.
    Basic(String),
}

/// Returns the signature of `scheme`, if its header is there.
fn read<'a>(scheme: Signature, incoming: &Incoming<'a>) -> Option<Signed<'a>> {
    let header = |name: &str| (incoming.header)(name);
    let plain = |proof| Signed { before: String::new(), at: None, id: None, proof };
    match scheme {
        Signature::Hex { header: name, prefix } => {
            let codes = header(name)?.split(',').map(str::trim);
            let codes = codes.filter_map(|part| part.strip_prefix(prefix)).filter_map(unhex);
            Some(plain(Proof::Codes(codes.collect())))
        }
        Signature::Pairs { header: name, time, digits, between } => {
            let text = header(name)?;
            let value = |key: &str| {
                let mut pairs = text.split(',').filter_map(|pair| pair.trim().split_once('='));
                pairs.find(|(name, _)| *name == key).map(|(_, value)| value)
            };
            let time = value(time).unwrap_or_default();
            let codes = text.split(',').filter_map(|pair| pair.trim().split_once('='));
            let codes =
                codes.filter(|(name, _)| *name == digits).filter_map(|(_, code)| unhex(code));
            Some(Signed {
                before: format!("{time}{between}"),
                at: Some(time.parse().unwrap_or(i64::MAX / 2)),
                id: None,
                proof: Proof::Codes(codes.collect()),
            })
        }
        Signature::Slack => {
            let code = header("x-slack-signature")?.strip_prefix("v0=").and_then(unhex);
            let time = header("x-slack-request-timestamp").unwrap_or_default();
            Some(Signed {
                before: format!("v0:{time}:"),
                at: Some(time.parse().unwrap_or(i64::MAX / 2)),
                id: None,
                proof: Proof::Codes(code.into_iter().collect()),
            })
        }
        Signature::Standard => {
            let named = |end: &str| {
                header(&format!("webhook-{end}")).or_else(|| header(&format!("svix-{end}")))
            };
            let codes = named("signature")?.split(' ').filter_map(|part| part.strip_prefix("v1,"));
            let codes = codes.filter_map(|code| STANDARD.decode(code).ok()).collect();
            let (id, time) =
                (named("id").unwrap_or_default(), named("timestamp").unwrap_or_default());
            Some(Signed {
                before: format!("{id}.{time}."),
                at: Some(time.parse().unwrap_or(i64::MAX / 2)),
                id: Some(id).filter(|id| !id.is_empty()),
                proof: Proof::Standard(codes),
            })
        }
        Signature::Token { header: name } => Some(plain(Proof::Plain(header(name)?))),
        Signature::Authorization => {
            let (scheme, rest) = header("authorization")?.split_once(' ')?;
            let rest = rest.trim();
            if scheme.eq_ignore_ascii_case("bearer") {
                return Some(plain(Proof::Plain(rest)));
            }
            if !scheme.eq_ignore_ascii_case("basic") {
                return None;
            }
            let credentials =
                STANDARD.decode(rest).ok().and_then(|raw| String::from_utf8(raw).ok());
            Some(plain(Proof::Basic(credentials.unwrap_or_default())))
        }
    }
}

impl Signed<'_> {
    fn is_by(&self, secret: &str, body: &[u8]) -> bool {
        if secret.is_empty() {
            return false;
        }
        match &self.proof {
            Proof::Plain(shown) => same(shown.as_bytes(), secret.as_bytes()),
            Proof::Basic(credentials) => {
                let password = credentials.split_once(':').map_or("", |(_, password)| password);
                let whole = same(credentials.as_bytes(), secret.as_bytes());
                whole | same(password.as_bytes(), secret.as_bytes())
            }
            Proof::Codes(codes) => {
                let code = code(secret.as_bytes(), &self.before, body);
                codes.iter().any(|shown| same(shown, &code))
            }
            Proof::Standard(codes) => {
                let code = code(&standard_key(secret), &self.before, body);
                codes.iter().any(|shown| same(shown, &code))
            }
        }
    }
}

/// Returns the key that is inside of a Standard Webhooks secret; one of another form is the key itself.
pub(super) fn standard_key(secret: &str) -> Vec<u8> {
    let inside = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
    inside.unwrap_or_else(|| secret.as_bytes().to_vec())
}

/// Returns HMAC-SHA256 of `before` and `body`.
pub(super) fn code(key: &[u8], before: &str, body: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(before.as_bytes());
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

/// Compares in a time that depends on the lengths alone; nothing equals the empty text.
fn same(shown: &[u8], expected: &[u8]) -> bool {
    !expected.is_empty() && bool::from(shown.ct_eq(expected))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() % 2 == 1 || !text.is_ascii() {
        return None;
    }
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok())
        .collect()
}

/// Returns `bytes` as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

/// Returns what the believed webhook is called and what it tells.
fn delivery(webhook: &Webhook, incoming: &Incoming<'_>, signed_id: Option<&str>) -> Delivery {
    let fields = [Some(webhook.event), Some(webhook.delivery)];
    let in_body = fields.iter().flatten().any(|told| matches!(told, Told::Field(_)));
    let body: Value = if in_body || webhook.challenge.is_some() {
        serde_json::from_slice(incoming.body).unwrap_or_default()
    } else {
        Value::Null
    };
    let text = |pointer: &str| match body.pointer(pointer)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let told = |told: Told| match told {
        Told::Header(name) => {
            (incoming.header)(name).filter(|text| !text.is_empty()).map(str::to_owned)
        }
        Told::Field(pointer) => text(pointer),
        Told::Nowhere => None,
    };
    Delivery {
        id: told(webhook.delivery)
            .or_else(|| signed_id.map(str::to_owned))
            .unwrap_or_else(|| hex(&Sha256::digest(incoming.body))),
        kind: told(webhook.event).unwrap_or_default(),
        challenge: webhook.challenge.and_then(text),
    }
}

/// Returns the present in whole seconds, as signatures tell it.
pub(super) fn seconds(now: Timestamp) -> i64 {
    now.millis() / 1000
}
