//! `GET /healthz`: whether the server takes what comes in, and how much waits to become facts.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use serde_json::json;

use super::App;
use super::answer::Answer;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/healthz", get(health))
}

async fn health(State(app): State<App>) -> Answer {
    match app.receiving.waiting().await {
        Ok(waiting) => Answer::data(StatusCode::OK, json!({ "state": "ok", "waiting": waiting })),
        Err(_) => Answer::error(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}
