//! `POST /v1/hooks/{source}`: webhooks, signed as their source signs them.

use aftercast_connectors::live::webhook::{Incoming, Refusal};
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde_json::json;

use super::answer::Answer;
use super::{App, body, media_type};
use crate::ops::{Refused, Taken, present};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/hooks/{source}", post(hook))
}

async fn hook(State(app): State<App>, Path(source): Path<String>, request: Request) -> Response {
    match receive(&app, &source, request).await {
        Ok(response) => response,
        Err(answer) => answer.into_response(),
    }
}

async fn receive(app: &App, source: &str, request: Request) -> Result<Response, Answer> {
    let Some(limit) = app.intake.body_limit(source) else { return Err(refused(Refused::Unknown)) };
    if !is_json(request.headers()) {
        let says = "webhooks are JSON, not compressed: choose `application/json` at the sender";
        return Err(Answer::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, says));
    }
    let (headers, body) = body(request, limit).await?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let incoming = Incoming { header: &header, body: &body, now: present() };
    let taken = app.intake.take(source, incoming).await;
    tracing::debug!(source, bytes = body.len(), ?taken, "webhook");
    match taken.map_err(refused)? {
        Taken::Accepted => Ok(state(StatusCode::ACCEPTED, "accepted")),
        Taken::Known => Ok(state(StatusCode::OK, "known")),
        Taken::Challenge(text) => Ok(text.into_response()),
    }
}

/// Senders that tell no type send JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = media_type(headers);
    let plain = headers.get("content-encoding").is_none_or(|coding| coding == "identity");
    plain && (kind.is_empty() || kind == "application/json" || kind.ends_with("+json"))
}

fn state(status: StatusCode, state: &str) -> Response {
    Answer::data(status, json!({ "state": state })).into_response()
}

pub(super) fn refused(refused: Refused) -> Answer {
    match refused {
        Refused::Unknown => {
            Answer::error(StatusCode::NOT_FOUND, "no source of this name takes webhooks here")
        }
        Refused::Disbelieved(refusal) => {
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::UNAUTHORIZED);
            // Whoever forges need not learn which part was wrong.
            let says = match refusal {
                Refusal::TooLarge => "the body is too large",
                Refusal::Unsigned | Refusal::Forged | Refusal::Stale => "not believed",
            };
            Answer::error(status, says)
        }
        Refused::Busy => Answer::error(StatusCode::SERVICE_UNAVAILABLE, "busy, send it again"),
    }
}
