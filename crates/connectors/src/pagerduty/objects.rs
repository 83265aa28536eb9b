//! The fields of PagerDuty's objects that are read, all lenient.

use crate::incidents::texts::{Pairs, Texts};
use crate::json::{Int, Lenient, List, Text, Time, object};

object! { 'a:
    /// An incident, of the REST API or of a webhook.
    Incident {
        id: Text<'a>,
        kind as "type": Text<'a>,
        title: Text<'a>,
        summary: Text<'a>,
        status: Text<'a>,
        urgency: Text<'a>,
        priority: Lenient<Reference<'a>>,
        service: Lenient<Reference<'a>>,
        html_url: Text<'a>,
        number: Int,
        created_at: Time,
        updated_at: Time,
        last_status_change_at: Time,
        resolved_at: Time,
        body: Lenient<Body<'a>>,
        log_entries: List<LogEntry<'a>>,
        custom_fields: List<CustomField<'a>>,
        related_change_events: List<ChangeEvent<'a>>,
    }

    /// What names something else.
    Reference {
        summary: Text<'a>,
        name: Text<'a>,
    }

    /// The description of an incident.
    Body {
        details: Lenient<Texts<'a>>,
    }

    /// Something that happened to an incident.
    LogEntry {
        kind as "type": Text<'a>,
        created_at: Time,
        channel: Lenient<Channel<'a>>,
    }

    /// How it came about; for a trigger, what the monitoring sent.
    Channel {
        details: Lenient<Pairs<'a>>,
        cef_details: Lenient<CommonEvent<'a>>,
        client_url: Text<'a>,
        contexts: Lenient<Texts<'a>>,
        subject: Text<'a>,
        body: Text<'a>,
    }

    /// What the monitoring sent, in PagerDuty's common form.
    CommonEvent {
        details: Lenient<Pairs<'a>>,
        contexts: Lenient<Texts<'a>>,
        client_url: Text<'a>,
    }

    /// A field that the customer defined.
    CustomField {
        name: Text<'a>,
        display_name: Text<'a>,
        value: Lenient<Texts<'a>>,
    }

    /// A change that PagerDuty knows from shortly before.
    ChangeEvent {
        links: Lenient<Texts<'a>>,
    }

    /// A webhook's event.
    Event {
        event_type: Text<'a>,
        occurred_at: Time,
        data: Lenient<Incident<'a>>,
    }
}
