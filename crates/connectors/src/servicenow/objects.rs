//! The fields of ServiceNow's records that are read, all lenient.
//!
//! Owns: the forms that a field may have. The Table API writes `"6"`, or `{"value":"6",
//! "display_value":"Resolved"}`, or `{"value":"<sys_id>","link":...}`; empty texts stand for nothing;
//! times are UTC without saying so.

use std::borrow::Cow;

use aftercast_model::Timestamp;
use serde::de::{IgnoredAny, MapAccess};

use crate::incidents::cause::Causes;
use crate::incidents::links::Links;
use crate::json::{Fields, Key, Lenient, List, Shape, Text, object};

object! { 'a:
    /// An incident.
    Incident {
        sys_id: Lenient<Cell<'a>>,
        number: Lenient<Cell<'a>>,
        short_description: Lenient<Cell<'a>>,
        description: Lenient<Cell<'a>>,
        close_notes: Lenient<Cell<'a>>,
        state: Lenient<Cell<'a>>,
        priority: Lenient<Cell<'a>>,
        severity: Lenient<Cell<'a>>,
        opened_at: Lenient<Cell<'a>>,
        work_start: Lenient<Cell<'a>>,
        resolved_at: Lenient<Cell<'a>>,
        closed_at: Lenient<Cell<'a>>,
        sys_created_on: Lenient<Cell<'a>>,
        sys_updated_on: Lenient<Cell<'a>>,
        cmdb_ci: Lenient<Cell<'a>>,
        business_service: Lenient<Cell<'a>>,
        service_offering: Lenient<Cell<'a>>,
        caused_by: Lenient<Cell<'a>>,
        correlation_id: Lenient<Cell<'a>>,
    }

    /// A change request.
    Change {
        sys_id: Lenient<Cell<'a>>,
        number: Lenient<Cell<'a>>,
        kind as "type": Lenient<Cell<'a>>,
        approval: Lenient<Cell<'a>>,
        approval_set: Lenient<Cell<'a>>,
        opened_at: Lenient<Cell<'a>>,
        sys_created_on: Lenient<Cell<'a>>,
        sys_updated_on: Lenient<Cell<'a>>,
        cmdb_ci: Lenient<Cell<'a>>,
        business_service: Lenient<Cell<'a>>,
        service_offering: Lenient<Cell<'a>>,
        correlation_id: Lenient<Cell<'a>>,
        approvals: List<Approval<'a>>,
    }

    /// That somebody was asked to approve something, and what they answered.
    Approval {
        sys_id: Lenient<Cell<'a>>,
        state: Lenient<Cell<'a>>,
        approver: Lenient<Cell<'a>>,
        sysapproval: Lenient<Cell<'a>>,
        sys_created_on: Lenient<Cell<'a>>,
        sys_updated_on: Lenient<Cell<'a>>,
    }
}

/// What the fields that a customer added (`u_...`) and the id in another system say.
#[derive(Default)]
pub(super) struct Custom(Vec<(String, String)>);

impl Custom {
    /// Reads the record `text`.
    pub(super) fn of(text: &str) -> Self {
        let Ok(fields) = serde_json::from_str::<Fields<'_>>(text) else { return Self::default() };
        let mut custom = Self::default();
        for name in fields.names() {
            let name_of = match name.strip_prefix("u_") {
                Some(name) => name,
                None if name == "correlation_id" => "commit",
                None => continue,
            };
            let cell: Option<Lenient<Cell<'_>>> =
                fields.raw(name).and_then(|raw| serde_json::from_str(raw).ok());
            if let Some(shown) = cell.as_ref().and_then(|cell| cell.shown()) {
                custom.0.push((name_of.to_owned(), shown.to_owned()));
            }
        }
        custom
    }

    /// The same of the record in the field `inside`.
    pub(super) fn inside(text: &str, inside: &str) -> Self {
        let fields = serde_json::from_str::<Fields<'_>>(text).ok();
        fields.and_then(|fields| fields.raw(inside).map(Self::of)).unwrap_or_default()
    }

    /// Adds addresses and causes that they name.
    pub(super) fn tell<'c>(&'c self, links: &mut Links<'c>, causes: &mut Causes) {
        for (name, value) in &self.0 {
            links.read(Some(value));
            causes.said(name, Some(value));
        }
    }
}

/// A field of a record.
#[derive(Debug, Default)]
pub(super) struct Cell<'a> {
    value: Option<Cow<'a, str>>,
    display: Option<Cow<'a, str>>,
}

impl Cell<'_> {
    /// Returns what the database holds, unless it is empty.
    pub(super) fn value(&self) -> Option<&str> {
        self.value.as_deref().filter(|value| !value.is_empty())
    }

    /// Returns what people read, else what the database holds.
    pub(super) fn shown(&self) -> Option<&str> {
        self.display.as_deref().filter(|display| !display.is_empty()).or(self.value())
    }
}

impl Lenient<Cell<'_>> {
    /// Returns what the database holds, unless it is empty.
    pub(super) fn value(&self) -> Option<&str> {
        self.get().and_then(Cell::value)
    }

    /// Returns what people read, else what the database holds.
    pub(super) fn shown(&self) -> Option<&str> {
        self.get().and_then(Cell::shown)
    }

    /// Returns the time that it is; ServiceNow's database is in UTC.
    pub(super) fn time(&self) -> Option<Timestamp> {
        self.value().and_then(|value| Timestamp::parse(value).ok())
    }
}

impl<'a> Shape<'a> for Cell<'a> {
    fn from_bool(value: bool) -> Option<Self> {
        Some(Self { value: Some(value.to_string().into()), display: None })
    }
    fn from_int(value: i64) -> Option<Self> {
        Some(Self { value: Some(value.to_string().into()), display: None })
    }
    fn from_text(value: Cow<'a, str>) -> Option<Self> {
        Some(Self { value: Some(value), display: None })
    }
    fn from_map<A: MapAccess<'a>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut cell = Self::default();
        let text = |text: Text<'a>| match text {
            Lenient::Value(text) => Some(text),
            Lenient::Missing | Lenient::Wrong => None,
        };
        while let Some(Key(key)) = map.next_key::<Key<'a>>()? {
            match key.as_ref() {
                "value" => cell.value = text(map.next_value()?),
                "display_value" => cell.display = text(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Some(cell))
    }
}
