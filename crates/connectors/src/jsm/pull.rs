//! How Jira Service Management is pulled: incidents by their last change, each as a whole issue; alerts
//! where the settings ask for them.

use serde_json::Value;

use crate::live::{
    Answer, Auth, Detail, Order, Paging, Place, Pull, Request, Stream, Subjects, segment,
};

/// The type of issue that a service project makes incidents of.
const USUAL: &str = "issuetype = \"[System] Incident\"";
/// JQL is in the time zone of the account: a day more is asked for, whatever it is.
const ZONES_MS: i64 = 86_400_000;
const FIELDS: &str = "summary,description,issuetype,status,resolution,priority,components,labels,created,\
    updated,resolutiondate";

/// Jira Service Management as an API.
pub(super) static PULL: Pull = Pull {
    base: Some("https://api.atlassian.com"),
    auth: &[Auth::Basic, Auth::Bearer],
    headers: &[],
    subjects: Subjects {
        key: "clouds",
        example: "11223344-a1b2-3b33-c444-def123456789",
        optional: false,
    },
    streams: &[
        Stream {
            name: "incidents",
            kind: "incident",
            needs: "read:jira-work",
            gives: "incidents",
            optional: false,
            list: |place| Some(incidents(place)),
            paging: Paging::Token { parameter: "nextPageToken", from: "/nextPageToken" },
            items: "/issues",
            at: "/fields/updated",
            order: Order::NewestFirst,
            open: None,
            cap: None,
            details: &[Detail {
                under: "issue",
                needs: "read:jira-work",
                gives: "when somebody took an incident, and the fields that the site added",
                optional: false,
                request: issue,
                paging: Paging::Single,
                answer: Answer::Json(""),
                details: &[],
            }],
        },
        Stream {
            name: "alerts",
            kind: "alert",
            needs: "read:ops-alert:jira-service-management",
            gives: "incidents, where a team works by alerts",
            optional: true,
            list: alerts,
            paging: Paging::Offset { parameter: "offset", size: 100, more: "" },
            items: "/values",
            at: "/createdAt",
            order: Order::NewestFirst,
            open: Some(|alert| alert.get("status").and_then(Value::as_str) != Some("closed")),
            cap: None,
            details: &[
                Detail {
                    under: "alert",
                    needs: "read:ops-alert:jira-service-management",
                    gives: "addresses and causes in the description and details of an alert",
                    optional: true,
                    request: |place, alert| about(place, alert, ""),
                    paging: Paging::Single,
                    answer: Answer::Json(""),
                    details: &[],
                },
                Detail {
                    under: "logs",
                    needs: "read:ops-alert:jira-service-management",
                    gives: "when somebody took an alert and closed it",
                    optional: true,
                    request: |place, alert| {
                        let logs = about(place, alert, "/logs")?;
                        Some(
                            logs.with("size", Some("100".to_owned()))
                                .with("order", Some("asc".to_owned())),
                        )
                    },
                    paging: Paging::Single,
                    answer: Answer::Json("/values"),
                    details: &[],
                },
            ],
        },
    ],
    concurrency: 4,
    per_minute: None,
};

/// Asks for the issues of the setting `jql`, else for what service projects call incidents.
fn incidents(place: &Place<'_>) -> Request {
    let cloud = segment(place.subject);
    let which = (place.settings)("jql").unwrap_or_else(|| USUAL.to_owned());
    let since = place.since.map(|since| {
        let at = since.plus_millis(-ZONES_MS).to_string();
        let at = at.get(..16).unwrap_or_default().replace('-', "/").replace('T', " ");
        format!(" AND updated >= \"{at}\"")
    });
    let jql = format!("({which}){} ORDER BY updated DESC", since.unwrap_or_default());
    let request = Request::get(
        format!("/ex/jira/{cloud}/rest/api/3/search/jql"),
        [("fields", "updated,status,issuetype"), ("maxResults", "100")],
    );
    request.with("jql", Some(jql))
}

/// The setting `fields` names the fields of the site to read beside the usual ones.
fn issue(place: &Place<'_>, issue: &Value) -> Option<Request> {
    let (cloud, id) = (segment(place.subject), segment(issue.get("id")?.as_str()?));
    let more = (place.settings)("fields").map(|more| format!(",{more}")).unwrap_or_default();
    let path = format!("/ex/jira/{cloud}/rest/api/3/issue/{id}");
    let request = Request::get(path, [("expand", "names,changelog")]);
    Some(request.with("fields", Some(format!("{FIELDS}{more}"))))
}

/// Asks for the alerts of the setting `alerts`, and for none without it: an alert and the incident that
/// is made of it would count twice.
fn alerts(place: &Place<'_>) -> Option<Request> {
    let query = (place.settings)("alerts")?;
    let cloud = segment(place.subject);
    let request = Request::get(
        format!("/jsm/ops/api/{cloud}/v1/alerts"),
        [("size", "100"), ("sort", "createdAt"), ("order", "desc")],
    );
    Some(request.with("query", Some(query)))
}

fn about(place: &Place<'_>, alert: &Value, what: &str) -> Option<Request> {
    let (cloud, id) = (segment(place.subject), segment(alert.get("id")?.as_str()?));
    Some(Request::get(format!("/jsm/ops/api/{cloud}/v1/alerts/{id}{what}"), []))
}
