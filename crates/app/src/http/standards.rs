//! `POST /v1/events` (CloudEvents), `POST /v1/traces` (OTLP) and `POST /logs` (decisions of Open Policy
//! Agent): standards with forms of their own.
//!
//! Each needs a `[[source]]` of its kind with a secret for webhooks.

use aftercast_connectors::live::webhook::Incoming;
use aftercast_connectors::standards::{cloudevents, opa, otlp};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde_json::json;

use super::answer::Answer;
use super::hooks::refused;
use super::{App, body};
use crate::ops::{Refused, Taken, present};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/events", post(events))
        .route("/v1/traces", post(traces))
        .route("/logs", post(decisions))
}

/// A request that is believed, of the source that is called `name`.
struct Believed {
    name: String,
    headers: HeaderMap,
    body: Bytes,
}

async fn events(State(app): State<App>, request: Request) -> Response {
    let took = async {
        let believed = believe(&app, "cloudevents", request).await?;
        let headers: Vec<(&str, &str)> = believed
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let events = cloudevents::receive(&headers, &believed.body).map_err(|error| {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
            Answer::error(status, &error.to_string())
        })?;
        let stored = app.intake.store_all(&believed.name, "event", &events, present()).await;
        Ok(match stored.map_err(refused)? {
            Taken::Accepted => Answer::data(StatusCode::ACCEPTED, json!({ "state": "accepted" })),
            Taken::Known | Taken::Challenge(_) => {
                Answer::data(StatusCode::OK, json!({ "state": "known" }))
            }
        })
    };
    took.await.unwrap_or_else(|answer: Answer| answer).into_response()
}

async fn traces(State(app): State<App>, request: Request) -> Response {
    let took = async {
        let believed = believe(&app, "otlp", request).await?;
        let told = |name| {
            believed.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        let kind = told(header::CONTENT_TYPE);
        match otlp::receive(kind, told(header::CONTENT_ENCODING), &believed.body) {
            Ok(received) => {
                let records = &received.records;
                let stored = app.intake.store_all(&believed.name, "traces", records, present());
                stored.await.map_err(refused)?;
                Ok(in_its_form(StatusCode::OK, received.answer))
            }
            Err(error) => {
                let status = StatusCode::from_u16(error.status());
                Ok(in_its_form(status.unwrap_or(StatusCode::BAD_REQUEST), error.answer(kind)))
            }
        }
    };
    took.await.unwrap_or_else(|answer: Answer| answer.into_response())
}

async fn decisions(State(app): State<App>, request: Request) -> Response {
    let took = async {
        let believed = believe(&app, "opa", request).await?;
        let coding = believed.headers.get(header::CONTENT_ENCODING);
        let coding = coding.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let records = opa::receive(coding, &believed.body).map_err(|error| {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
            Answer::error(status, &error.to_string())
        })?;
        let stored = app.intake.store_all(&believed.name, "decision", &records, present()).await;
        stored.map_err(refused)?;
        // The agent takes any 2xx as done.
        Ok(Answer::data(StatusCode::OK, json!({ "state": "accepted" })))
    };
    took.await.unwrap_or_else(|answer: Answer| answer).into_response()
}

/// Answers as the protocol wants it, in the form of the request.
fn in_its_form(status: StatusCode, answer: otlp::Answer) -> Response {
    (status, [(header::CONTENT_TYPE, answer.content_type)], answer.body).into_response()
}

async fn believe(app: &App, kind: &str, request: Request) -> Result<Believed, Answer> {
    let Some(name) = app.intake.of_kind(kind).map(str::to_owned) else {
        return Err(refused(Refused::Unknown));
    };
    let limit = app.intake.body_limit(&name).unwrap_or_default();
    let (headers, body) = body(request, limit).await?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let incoming = Incoming { header: &header, body: &body, now: present() };
    app.intake.believe(&name, &incoming).map_err(refused)?;
    Ok(Believed { name, headers, body })
}
