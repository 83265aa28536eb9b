//! The fields of incident.io's objects that are read, all lenient.

use crate::json::{Lenient, List, Text, Time, object};

object! { 'a:
    /// An incident.
    Incident {
        id: Text<'a>,
        name: Text<'a>,
        summary: Text<'a>,
        permalink: Text<'a>,
        mode: Text<'a>,
        created_at: Time,
        updated_at: Time,
        incident_status: Lenient<Status<'a>>,
        severity: Lenient<Named<'a>>,
        incident_timestamp_values: List<TimestampValue<'a>>,
        custom_field_entries: List<CustomField<'a>>,
        external_issue_reference: Lenient<Issue<'a>>,
        postmortem_document_url: Text<'a>,
        updates: List<Update<'a>>,
        attachments: List<Attachment<'a>>,
    }

    /// What has a name.
    Named {
        name: Text<'a>,
    }

    /// A state, in the team's word and in one of incident.io's.
    Status {
        name: Text<'a>,
        category: Text<'a>,
    }

    /// A time that the team keeps.
    TimestampValue {
        incident_timestamp: Lenient<Named<'a>>,
        value: Lenient<Moment<'a>>,
    }

    /// A time, in an object of its own.
    Moment {
        value: Time,
        name: Text<'a>,
    }

    /// A field that the team defined.
    CustomField {
        custom_field: Lenient<Named<'a>>,
        values: List<FieldValue<'a>>,
    }

    /// One value of it.
    FieldValue {
        value_text: Text<'a>,
        value_link: Text<'a>,
        value_numeric: Text<'a>,
        value_option: Lenient<FieldOption<'a>>,
        value_catalog_entry: Lenient<Named<'a>>,
    }

    /// A value out of a list.
    FieldOption {
        value: Text<'a>,
    }

    /// The ticket that goes with an incident.
    Issue {
        issue_permalink: Text<'a>,
    }

    /// What was said about an incident, and which state it reached.
    Update {
        message: Text<'a>,
        created_at: Time,
        new_incident_status: Lenient<Status<'a>>,
    }

    /// Something that was attached to an incident.
    Attachment {
        resource: Lenient<Resource<'a>>,
    }

    /// Where it is.
    Resource {
        permalink: Text<'a>,
    }
}
