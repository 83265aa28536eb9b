//! How SonarQube is pulled: the analyses of a project, each with its gate's status.

use serde_json::Value;

use crate::live::{Answer, Auth, Detail, Order, Paging, Place, Pull, Request, Stream, Subjects};

/// SonarQube as an API.
pub(super) static PULL: Pull = Pull {
    base: None,
    auth: &[Auth::Bearer, Auth::Basic],
    headers: &[],
    subjects: Subjects { key: "projects", example: "acme_shop", optional: false },
    streams: &[Stream {
        name: "analyses",
        kind: "analysis",
        needs: "Browse on the project",
        gives: "verdicts of the quality gate",
        optional: false,
        list: |place| {
            let request = Request::get(
                "/api/project_analyses/search",
                [("project", place.subject), ("ps", "100")],
            );
            // A date alone: the day is asked for as a whole, in the server's time zone.
            let day = place.since.map(|at| at.plus_millis(-86_400_000).to_string());
            let day = day.and_then(|text| text.get(..10).map(str::to_owned));
            Some(request.with("branch", (place.settings)("branch")).with("from", day))
        },
        paging: Paging::Number { parameter: "p", size: 100 },
        items: "/analyses",
        at: "/date",
        order: Order::NewestFirst,
        open: None,
        cap: None,
        details: &[Detail {
            under: "quality_gate",
            needs: "Browse on the project",
            gives: "verdicts of the quality gate",
            optional: false,
            request: gate_of,
            paging: Paging::Single,
            answer: Answer::Json("/projectStatus"),
            details: &[],
        }],
    }],
    concurrency: 2,
    per_minute: None,
};

fn gate_of(_place: &Place<'_>, analysis: &Value) -> Option<Request> {
    let key = analysis.get("key")?.as_str()?;
    Some(Request::get("/api/qualitygates/project_status", [("analysisId", key)]))
}
