//! Webhooks: how a source signs them, and whether one that came is believed.
//!
//! Owns: the signature schemes as data, their verification on the raw bytes in constant time, the
//! replay window. Pure: time and secrets are passed in. Must not know: HTTP servers, storage.

mod sign;
mod verify;

use aftercast_model::Timestamp;

pub use sign::sign;
pub use verify::verify;

/// How far the time of a signature may lie from the present, in seconds (Slack, Standard Webhooks and
/// Buildkite all say five minutes).
pub const WINDOW_SECONDS: i64 = 300;

/// How a source sends webhooks.
pub struct Webhook {
    /// How they are signed; the first scheme whose header is there decides.
    pub signatures: &'static [Signature],
    /// Where the kind of the event is told.
    pub event: Told,
    /// Where the delivery is named, so that a repetition is known; else the body's hash names it.
    pub delivery: Told,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// Which events to subscribe to, for the manual.
    pub events: &'static [&'static str],
    /// A challenge that must be answered instead of stored (Slack's `url_verification`): a JSON
    /// pointer to the text to send back.
    pub challenge: Option<&'static str>,
}

/// Where a webhook tells something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// In a header.
    Header(&'static str),
    /// In a field of the body (a JSON pointer).
    Field(&'static str),
    /// Nowhere.
    Nowhere,
}

/// How a body is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// HMAC-SHA256 of the body, in hexadecimal digits, behind `prefix`; several in a list with
    /// commas.
    Hex {
        /// The header.
        header: &'static str,
        /// What stands before the digits (`sha256=`, `v1=`).
        prefix: &'static str,
    },
    /// HMAC-SHA256 of time and body, both time and digits in one header as `key=value` pairs
    /// (`timestamp=..,signature=..`, `t=..,v1=..`).
    Pairs {
        /// The header.
        header: &'static str,
        /// The key of the time, in seconds.
        time: &'static str,
        /// The key of the digits.
        digits: &'static str,
        /// What stands between time and body in what is signed.
        between: &'static str,
    },
    /// Slack: `v0=` and HMAC-SHA256 of `v0:TIME:BODY`, the time in a header of its own.
    Slack,
    /// Standard Webhooks and Svix: `webhook-id`, `webhook-timestamp`, `webhook-signature` (or `svix-*`),
    /// `v1,` and Base64 of HMAC-SHA256 of `ID.TIME.BODY`; the secret is `whsec_` and Base64.
    Standard,
    /// No signature: the secret itself in a header.
    Token {
        /// The header.
        header: &'static str,
    },
    /// No signature: the secret as `Authorization: Bearer SECRET`, or as the password of `Basic`.
    Authorization,
}

/// A webhook as it came.
#[derive(Clone, Copy)]
pub struct Incoming<'a> {
    /// The value of a header, by its name in lower case.
    pub header: &'a (dyn Fn(&str) -> Option<&'a str> + Sync),
    /// The raw bytes of the body.
    pub body: &'a [u8],
    /// The present.
    pub now: Timestamp,
}

/// A webhook that is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Names this delivery, the same when it is repeated.
    pub id: String,
    /// The kind of the event; empty where none is told.
    pub kind: String,
    /// The text to send back instead of storing anything.
    pub challenge: Option<String>,
}

/// Why a webhook is not believed. Nothing of it may be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No header of a scheme that the source knows.
    #[error("not signed")]
    Unsigned,
    /// The signature is not that of any active secret.
    #[error("the signature is wrong")]
    Forged,
    /// Signed too long ago, or in the future.
    #[error("signed at another time")]
    Stale,
    /// Larger than the source sends.
    #[error("the body is too large")]
    TooLarge,
}

impl Refusal {
    /// Returns the HTTP status that says so.
    pub fn status(self) -> u16 {
        match self {
            Self::Unsigned | Self::Forged | Self::Stale => 401,
            Self::TooLarge => 413,
        }
    }
}
