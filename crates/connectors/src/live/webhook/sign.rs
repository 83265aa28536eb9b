//! Signing as each scheme does: for our own outgoing hooks, and for tests of the receiver.

use aftercast_model::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Signature;
use super::verify::{code, hex, seconds, standard_key};

/// Returns the headers that sign `body` with `secret` as `scheme` does; `id` names the delivery where
/// the scheme signs that too.
pub fn sign(
    scheme: Signature,
    secret: &str,
    body: &[u8],
    id: &str,
    now: Timestamp,
) -> Vec<(String, String)> {
    let time = seconds(now);
    let key = secret.as_bytes();
    let header = |name: &str, value: String| (name.to_owned(), value);
    match scheme {
        Signature::Hex { header: name, prefix } => {
            vec![header(name, format!("{prefix}{}", hex(&code(key, "", body))))]
        }
        Signature::Pairs { header: name, time: time_key, digits, between } => {
            let code = hex(&code(key, &format!("{time}{between}"), body));
            vec![header(name, format!("{time_key}={time},{digits}={code}"))]
        }
        Signature::Slack => {
            let code = hex(&code(key, &format!("v0:{time}:"), body));
            vec![
                header("x-slack-request-timestamp", time.to_string()),
                header("x-slack-signature", format!("v0={code}")),
            ]
        }
        Signature::Standard => {
            let code = code(&standard_key(secret), &format!("{id}.{time}."), body);
            vec![
                header("webhook-id", id.to_owned()),
                header("webhook-timestamp", time.to_string()),
                header("webhook-signature", format!("v1,{}", STANDARD.encode(code))),
            ]
        }
        Signature::Token { header: name } => vec![header(name, secret.to_owned())],
        Signature::Authorization => vec![header("authorization", format!("Bearer {secret}"))],
    }
}
