//! OTLP over HTTP (1.10): `POST /v1/traces`.
//!
//! Owns: encodings, limits, and the answers that the protocol asks for. Pure and total. Must not know:
//! HTTP servers, storage, what spans mean.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;
use serde_json::json;

use crate::otlp::wire::{sort_json, sort_protobuf};

/// How large a body may be, also unpacked.
const MOST_BYTES: usize = 32 * 1024 * 1024;
const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What to store before answering: JSON with the spans that tell of deliveries.
    pub records: Vec<String>,
    /// What to answer with status 200.
    pub answer: Answer,
    /// How many spans were about something else and are dropped.
    pub others: u64,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its media type, the request's own.
    pub content_type: &'static str,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// Why a request was not accepted. Nothing of it may be stored, and it must not be sent again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Neither protobuf nor JSON, or packed in a way that we do not unpack.
    #[error("send `application/x-protobuf` or `application/json`, plain or with gzip")]
    NotSupported,
    /// Larger than is accepted, as it came or unpacked.
    #[error("more than 32 MiB")]
    TooLarge,
    /// The bytes are not what the headers say.
    #[error("the body cannot be read")]
    Malformed,
}

/// The body of a refusal (`google.rpc.Status`).
#[derive(Clone, PartialEq, Eq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

impl Refused {
    /// Returns the HTTP status that says so; none of them is one to try again with.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotSupported => 415,
            Self::TooLarge => 413,
            Self::Malformed => 400,
        }
    }

    /// Returns what to answer to a request with `content_type`.
    pub fn answer(&self, content_type: &str) -> Answer {
        // 3 is INVALID_ARGUMENT.
        let status = Status { code: 3, message: self.to_string() };
        if media(content_type) == Some(PROTOBUF) {
            return Answer { content_type: PROTOBUF, body: status.encode_to_vec() };
        }
        let body = json!({"code": status.code, "message": status.message}).to_string();
        Answer { content_type: JSON, body: body.into_bytes() }
    }
}

fn media(content_type: &str) -> Option<&'static str> {
    let media = content_type.split(';').next().unwrap_or_default().trim();
    [PROTOBUF, JSON].into_iter().find(|known| known.eq_ignore_ascii_case(media))
}

/// Returns what to store of the body of a request, and what to answer. Spans that tell of no delivery
/// are dropped and counted, with a warning; spans without valid ids are rejected (partial success).
pub fn receive(
    content_type: &str,
    content_encoding: &str,
    body: &[u8],
) -> Result<Received, Refused> {
    let media = media(content_type).ok_or(Refused::NotSupported)?;
    let unpacked;
    let body = match content_encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" if body.len() <= MOST_BYTES => body,
        "" | "identity" => return Err(Refused::TooLarge),
        "gzip" => {
            unpacked = gunzip(body, MOST_BYTES)?;
            &unpacked
        }
        _ => return Err(Refused::NotSupported),
    };
    let sorted = if media == PROTOBUF { sort_protobuf(body) } else { sort_json(body) };
    let sorted = sorted.ok_or(Refused::Malformed)?;
    let mut says = Vec::new();
    if sorted.invalid > 0 {
        says.push(format!(
            "{} spans without a valid trace and span id were rejected",
            sorted.invalid
        ));
    }
    if sorted.others > 0 {
        let kept = sorted.kept;
        says.push(format!(
            "{} spans that are no part of a delivery were dropped, {kept} kept",
            sorted.others
        ));
    }
    let rejected = i64::try_from(sorted.invalid).unwrap_or(i64::MAX);
    let answer = answer(media, rejected, &says.join("; "));
    Ok(Received { records: sorted.records, answer, others: sorted.others })
}

fn answer(media: &'static str, rejected: i64, says: &str) -> Answer {
    let body = if media == PROTOBUF {
        let partial =
            ExportTracePartialSuccess { rejected_spans: rejected, error_message: says.to_owned() };
        let partial_success = (!says.is_empty()).then_some(partial);
        ExportTraceServiceResponse { partial_success }.encode_to_vec()
    } else if says.is_empty() {
        b"{}".to_vec()
    } else {
        let partial = json!({"rejectedSpans": rejected.to_string(), "errorMessage": says});
        json!({"partialSuccess": partial}).to_string().into_bytes()
    };
    Answer { content_type: media, body }
}

/// Unpacks `body`, to `most` bytes at most.
fn gunzip(body: &[u8], most: usize) -> Result<Vec<u8>, Refused> {
    let mut unpacked = Vec::new();
    let mut reader = MultiGzDecoder::new(body).take(most as u64 + 1);
    reader.read_to_end(&mut unpacked).map_err(|_| Refused::Malformed)?;
    if unpacked.len() > most { Err(Refused::TooLarge) } else { Ok(unpacked) }
}
