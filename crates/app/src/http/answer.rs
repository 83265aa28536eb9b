//! Answers: JSON, `{"errors":[{"detail":..}]}` where something is wrong.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    body: Value,
}

impl Answer {
    /// Returns an answer with data.
    pub(super) fn data(status: StatusCode, body: Value) -> Self {
        Self { status, body }
    }

    /// Returns an answer that says what is wrong.
    pub(super) fn error(status: StatusCode, detail: &str) -> Self {
        Self { status, body: json!({ "errors": [{ "detail": detail }] }) }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, axum::Json(self.body)).into_response();
        let headers = response.headers_mut();
        let plain = header::HeaderValue::from_static;
        headers.insert(header::CACHE_CONTROL, plain("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, plain("nosniff"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, plain("5"));
        }
        response
    }
}
