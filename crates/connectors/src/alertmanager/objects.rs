//! The fields of Alertmanager's and Grafana's objects that are read, all lenient.

use std::borrow::Cow;

use serde::de::MapAccess;

use crate::incidents::texts::Pairs;
use crate::json::{Int, Key, Lenient, List, Shape, Text, Time, object};

object! { 'a:
    /// What a webhook sends.
    Notification {
        alerts: List<Alert<'a>>,
        truncated as "truncatedAlerts": Int,
    }

    /// An alert.
    Alert {
        status: Lenient<State<'a>>,
        labels: Lenient<Pairs<'a>>,
        annotations: Lenient<Pairs<'a>>,
        starts_at as "startsAt": Time,
        ends_at as "endsAt": Time,
        generator_url as "generatorURL": Text<'a>,
        dashboard_url as "dashboardURL": Text<'a>,
        panel_url as "panelURL": Text<'a>,
        fingerprint: Text<'a>,
    }
}

/// The state of an alert: a word in webhooks, an object with the word in the API.
#[derive(Debug)]
pub(super) struct State<'a>(pub(super) Cow<'a, str>);

impl<'a> Shape<'a> for State<'a> {
    fn from_text(value: Cow<'a, str>) -> Option<Self> {
        Some(Self(value))
    }

    fn from_map<A: MapAccess<'a>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut state = None;
        while let Some(Key(key)) = map.next_key::<Key<'a>>()? {
            let value: Text<'a> = map.next_value()?;
            if let (true, Lenient::Value(value)) = (key == "state", value) {
                state = Some(Self(value));
            }
        }
        Ok(state)
    }
}
