//! The server: one file a group of paths, each thin: request in, a use case of `ops`, answer out.
//!
//! Guarantees: a body is never read beyond its limit; every answer comes in seconds; no secret, no
//! payload and no header of a request stands in the log.

mod answer;
mod health;
mod hooks;
mod standards;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};

use crate::ops::{Intake, Receiving};
use answer::Answer;

/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// What every path may use.
#[derive(Clone)]
pub(crate) struct App {
    /// The way into the inbox.
    pub(crate) intake: Arc<Intake>,
    /// How far the inbox is emptied.
    pub(crate) receiving: Arc<Receiving>,
}

/// Every path: a group is a file and a line here.
pub(crate) fn routes(app: App) -> Router {
    Router::new()
        .merge(health::routes())
        .merge(hooks::routes())
        .merge(standards::routes())
        .fallback(async || Answer::error(StatusCode::NOT_FOUND, "there is nothing here"))
        .with_state(app)
}

/// Reads a body up to `limit` bytes; one that says that it is larger is not read at all.
async fn body(request: Request, limit: usize) -> Result<(HeaderMap, Bytes), Answer> {
    let too_large = || Answer::error(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");
    let (parts, body) = request.into_parts();
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|text| text.to_str().ok());
    if length.and_then(|text| text.parse::<usize>().ok()).is_some_and(|length| limit < length) {
        return Err(too_large());
    }
    let reading = axum::body::to_bytes(body, limit);
    match tokio::time::timeout(BODY_PATIENCE, reading).await {
        Ok(Ok(bytes)) => Ok((parts.headers, bytes)),
        Ok(Err(error)) if is_limit(&error) => Err(too_large()),
        Ok(Err(_)) => Err(Answer::error(StatusCode::BAD_REQUEST, "the body broke off")),
        Err(_) => Err(Answer::error(StatusCode::REQUEST_TIMEOUT, "the body took too long")),
    }
}

fn is_limit(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Returns the media type without its parameters, in lower case; empty where none is told.
fn media_type(headers: &HeaderMap) -> String {
    let told = headers.get(header::CONTENT_TYPE).and_then(|text| text.to_str().ok());
    told.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_lowercase()
}
