//! The fields of Statuspage's objects that are read, all lenient.

use std::borrow::Cow;

use crate::incidents::texts::Pairs;
use crate::json::{Lenient, List, Text, Time, object};

object! { 'a:
    /// An incident of the API, the public page or a webhook.
    Incident {
        id: Text<'a>,
        name: Text<'a>,
        status: Text<'a>,
        impact: Text<'a>,
        shortlink: Text<'a>,
        created_at: Time,
        updated_at: Time,
        started_at: Time,
        monitoring_at: Time,
        resolved_at: Time,
        scheduled_for: Time,
        postmortem_body: Text<'a>,
        metadata: Lenient<Pairs<'a>>,
        components: List<Component<'a>>,
        incident_updates: List<Update<'a>>,
    }

    /// A part of the page.
    Component {
        name: Text<'a>,
    }

    /// What was said about an incident, and when.
    Update {
        body: Text<'a>,
        display_at: Time,
        created_at: Time,
        affected_components: List<Component<'a>>,
    }

    /// An incident of an archive, made from the page's history feed.
    Archived {
        id: Text<'a>,
        title: Text<'a>,
        url: Text<'a>,
        impact: Text<'a>,
        started_at: Time,
        resolved_at: Time,
        updated_at: Time,
        published_at: Time,
        impact_window: Lenient<Window<'a>>,
        status_sequence: List<Cow<'a, str>>,
        updates: List<ArchivedUpdate<'a>>,
        components: List<Cow<'a, str>>,
    }

    /// When users felt it, as its report says.
    Window {
        context: Text<'a>,
        start_at: Time,
        end_at: Time,
    }

    /// What was said about an incident, and when.
    ArchivedUpdate {
        at: Time,
        status: Text<'a>,
        message: Text<'a>,
    }
}
