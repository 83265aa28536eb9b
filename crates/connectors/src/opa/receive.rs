//! The decision log as a service: `POST /logs`.
//!
//! Owns: packing and limits. Pure and total. Nothing that comes is stored before it is masked.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use serde_json::Value;

/// How large a body may be, also unpacked.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// Why a body was not accepted. Nothing of it may be stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Packed in a way that we do not unpack.
    #[error("send JSON, plain or with gzip")]
    NotSupported,
    /// Larger than is accepted, as it came or unpacked.
    #[error("more than 32 MiB")]
    TooLarge,
    /// Not a list of decisions.
    #[error("not a list of decisions in JSON")]
    Malformed,
}

impl Refused {
    /// Returns the HTTP status that says so.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotSupported => 415,
            Self::TooLarge => 413,
            Self::Malformed => 400,
        }
    }
}

/// Returns the decisions in the body of a request, each as masked JSON.
pub fn receive(content_encoding: &str, body: &[u8]) -> Result<Vec<String>, Refused> {
    let mut unpacked = Vec::new();
    let limit = MOST_BYTES as u64 + 1;
    let read = match content_encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => body.take(limit).read_to_end(&mut unpacked),
        "gzip" => MultiGzDecoder::new(body).take(limit).read_to_end(&mut unpacked),
        _ => return Err(Refused::NotSupported),
    };
    read.map_err(|_| Refused::Malformed)?;
    if unpacked.len() > MOST_BYTES {
        return Err(Refused::TooLarge);
    }
    let decisions: Vec<Value> =
        serde_json::from_slice(&unpacked).map_err(|_| Refused::Malformed)?;
    let masked = |decision: &Value| {
        let decision = decision.as_object().filter(|one| one.contains_key("decision_id"))?;
        Some(Value::Object(super::masked(decision)).to_string())
    };
    decisions.iter().map(|one| masked(one).ok_or(Refused::Malformed)).collect()
}
