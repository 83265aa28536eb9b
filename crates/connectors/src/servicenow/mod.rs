//! ServiceNow: incidents, change requests and their approvals, from the Table API and business rules.
//!
//! Owns: the source, and telling records of its tables apart. Must not know the network.

mod changes;
mod incident;
mod objects;
mod pull;

use crate::incidents::record::{Opened, Reader};
use crate::json::Text;
use crate::live::webhook::{Signature, Told as Where, Webhook};
use crate::servicenow::objects::{Approval, Cell, Change, Incident};
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// ServiceNow as a source.
pub(crate) static SERVICENOW: Source = Source {
    name: READER.source,
    about: "incidents, change requests, and who was asked to approve them and when",
    reads: "records or pages of the Table API (`incident`, `change_request`, `sysapproval_approver`), and what a business rule sends",
    tells: Tells {
        approval_asked: Told::With("yes: when the approval was made out"),
        approval_answered: Told::With("when the approval was last changed (confidence 80)"),
        who: Told::With("approver"),
        retention: "as long as the instance keeps its records; archives move old ones away",
        numbers: Numbers {
            approval_wait: Told::With("of changes that name their commit, or by service and time"),
            incidents: Told::Yes,
            ..Numbers::NONE
        },
        ..Tells::NOTHING
    },
    import: Import::JsonRecords { records_have: &["sys_id", "record", "sys_updated_on"], convert },
    pull: Some(&pull::PULL),
    webhook: Some(&WEBHOOK),
};

static WEBHOOK: Webhook = Webhook {
    signatures: &[Signature::Authorization],
    event: Where::Field("/table"),
    delivery: Where::Nowhere,
    body_limit: 1024 * 1024,
    events: &["a business rule on `incident`, `change_request` and `sysapproval_approver`"],
    challenge: None,
};

const READER: Reader = Reader {
    source: "servicenow",
    product: "ServiceNow",
    wrappers: &["result", "records"],
    object,
    nothing: &[
        ("user", &["user_name"], "people are pseudonyms"),
        ("record", &["sys_id"], "only incidents, change requests and approvals are read"),
        ("error", &["error", "status"], "ServiceNow refused the request"),
    ],
};

fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    READER.read(record, context, output);
}

/// Which table a record is of.
#[derive(Clone, Copy)]
enum Table {
    Incident,
    Change,
    Approval,
}

fn object(opened: &Opened<'_, '_>, sink: &mut Sink<'_>) -> Option<&'static str> {
    if opened.has(&["table", "record"]) {
        let named: Option<Text<'_>> =
            opened.fields.raw("table").and_then(|raw| serde_json::from_str(raw).ok());
        let name = named.as_ref().and_then(|name| name.text()).unwrap_or_default();
        let Some(table) = table_named(name) else {
            sink.nothing(name, "only incidents, change requests and approvals are read");
            return Some("record");
        };
        return Some(keep(opened.fields.raw("record")?, table, sink));
    }
    if !opened.has(&["sys_id"]) {
        return None;
    }
    // A record says its class, the call that brought it its table; else its own fields tell.
    let class: Option<Cell<'_>> = opened.read_in("sys_class_name", sink);
    let said = class.as_ref().and_then(Cell::value).and_then(table_named);
    let table = said.or_else(|| opened.kind.and_then(table_named)).or_else(|| {
        let marks = [
            (Table::Approval, ["sysapproval", "approver"]),
            (Table::Change, ["approval", "type"]),
            (Table::Incident, ["opened_at", "severity"]),
            (Table::Incident, ["opened_at", "incident_state"]),
        ];
        marks.into_iter().find(|(_, marks)| opened.has(marks)).map(|(table, _)| table)
    })?;
    Some(keep(opened.text, table, sink))
}

fn table_named(name: &str) -> Option<Table> {
    match name {
        "incident" => Some(Table::Incident),
        "change_request" => Some(Table::Change),
        "sysapproval_approver" => Some(Table::Approval),
        _ => None,
    }
}

fn keep(text: &str, table: Table, sink: &mut Sink<'_>) -> &'static str {
    match table {
        Table::Incident => {
            if let Some(incident) = sink.read::<Incident<'_>>(text, "incident") {
                incident::incident(&incident, text, sink);
            }
            "incident"
        }
        Table::Change => {
            if let Some(change) = sink.read::<Change<'_>>(text, "change_request") {
                changes::change(&change, text, sink);
            }
            "change_request"
        }
        Table::Approval => {
            if let Some(approval) = sink.read::<Approval<'_>>(text, "sysapproval_approver") {
                changes::approval(&approval, None, sink);
            }
            "sysapproval_approver"
        }
    }
}
