//! Standards that come over HTTP in forms of their own: what an HTTP service calls before it stores.
//!
//! Each function is pure and total: headers and bytes in, records to store (and the answer to send)
//! out. The records are what the source of the same name converts.

/// CloudEvents, source `cloudevents`: `POST /v1/events`.
pub mod cloudevents {
    pub use crate::cloudevents::{Refused, gather, receive, thing};
}

/// Traces over OTLP/HTTP, source `otlp`: `POST /v1/traces`.
pub mod otlp {
    pub use crate::otlp::{Answer, Received, Refused, receive};
}

/// Decision logs of Open Policy Agent, source `opa`: `POST /logs`.
pub mod opa {
    pub use crate::opa::{Refused, receive};
}
