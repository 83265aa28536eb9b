//! The fields of Jira's issues and of alerts that are read, all lenient.

use std::borrow::Cow;

use aftercast_model::Timestamp;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use crate::incidents::texts::{Pairs, Texts};
use crate::json::{Flag, Int, Key, Lenient, List, Shape, Text, Time, object};

object! { 'a:
    /// An alert of Opsgenie or of the operations part of Jira Service Management.
    Alert {
        id: Text<'a>,
        alert_id as "alertId": Text<'a>,
        message: Text<'a>,
        description: Text<'a>,
        status: Text<'a>,
        priority: Text<'a>,
        entity: Text<'a>,
        tags: List<Cow<'a, str>>,
        acknowledged: Flag,
        created_at as "createdAt": Lenient<Moment>,
        updated_at as "updatedAt": Lenient<Moment>,
        ack_time as "ackTime": Lenient<Moment>,
        close_time as "closeTime": Lenient<Moment>,
        report: Lenient<Report<'a>>,
        details: Lenient<Pairs<'a>>,
        extra as "extraProperties": Lenient<Pairs<'a>>,
        whole as "alert": Lenient<WholeAlert<'a>>,
        logs: List<Log<'a>>,
    }

    /// What only the whole alert has, fetched beside what the list says.
    WholeAlert {
        description: Text<'a>,
        report: Lenient<Report<'a>>,
        details: Lenient<Pairs<'a>>,
        extra as "extraProperties": Lenient<Pairs<'a>>,
    }

    /// How long it took, in milliseconds since the alert was made.
    Report {
        ack_time as "ackTime": Int,
        close_time as "closeTime": Int,
        acknowledged_by as "acknowledgedBy": Text<'a>,
    }

    /// Something that happened to an alert.
    Log {
        log: Text<'a>,
        created_at as "createdAt": Lenient<Moment>,
    }

    /// What a webhook says of an alert.
    AlertEvent {
        action: Text<'a>,
        alert: Lenient<Alert<'a>>,
    }

    /// What a webhook says beside its issue.
    IssueEvent {
        event as "webhookEvent": Text<'a>,
        timestamp: Lenient<Moment>,
    }

    /// A Jira issue; its fields are read by name.
    Issue {
        id: Text<'a>,
        key: Text<'a>,
        url as "self": Text<'a>,
        fields: Lenient<IssueFields<'a>>,
        names: Lenient<Pairs<'a>>,
        changelog: Lenient<Changelog<'a>>,
    }

    /// The fields that every issue has.
    IssueFields {
        summary: Text<'a>,
        description: Lenient<Texts<'a>>,
        issuetype: Lenient<Words<'a>>,
        status: Lenient<Words<'a>>,
        resolution: Lenient<Words<'a>>,
        priority: Lenient<Words<'a>>,
        components: Lenient<Words<'a>>,
        labels: List<Cow<'a, str>>,
        created: Time,
        updated: Time,
        resolved as "resolutiondate": Time,
    }

    /// The history of an issue.
    Changelog {
        histories: List<History<'a>>,
    }

    /// What somebody changed at once.
    History {
        created: Time,
        items: List<HistoryItem<'a>>,
    }

    /// One field that was changed.
    HistoryItem {
        field: Text<'a>,
        to as "toString": Text<'a>,
    }
}

/// A time as RFC 3339, or since 1970 in milli-, micro- or nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl<'a> Shape<'a> for Moment {
    fn from_text(value: Cow<'a, str>) -> Option<Self> {
        Timestamp::parse(&value).ok().map(Self)
    }
    fn from_int(value: i64) -> Option<Self> {
        // Up to the year 5138 each of the units has its own range.
        let millis = match value {
            100_000_000_000_000_000.. => value / 1_000_000,
            100_000_000_000_000.. => value / 1000,
            _ => value,
        };
        Some(Self(Timestamp::from_millis(millis)))
    }
}

impl Lenient<Moment> {
    /// Returns the time, if it is there.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        self.copied().map(|moment| moment.0)
    }
}

/// What a field says: a text, what the choice in it is called, several of these, or rich text.
#[derive(Debug, Default)]
pub(crate) struct Words<'a>(Vec<Cow<'a, str>>);

impl Words<'_> {
    /// Returns what it says.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref).filter(|word| !word.is_empty())
    }
}

impl<'a> Shape<'a> for Words<'a> {
    fn from_bool(_: bool) -> Option<Self> {
        Some(Self::default())
    }
    fn from_int(value: i64) -> Option<Self> {
        Some(Self(vec![value.to_string().into()]))
    }
    fn from_text(value: Cow<'a, str>) -> Option<Self> {
        Some(Self(vec![value]))
    }
    fn from_list<A: SeqAccess<'a>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut words = Self::default();
        while let Some(item) = list.next_element::<Lenient<Self>>()? {
            if let Lenient::Value(item) = item {
                words.0.extend(item.0);
            }
        }
        Ok(Some(words))
    }
    fn from_map<A: MapAccess<'a>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut words = Self::default();
        while let Some(Key(key)) = map.next_key::<Key<'a>>()? {
            match key.as_ref() {
                "value" | "name" => {
                    if let Lenient::Value(word) = map.next_value::<Text<'a>>()? {
                        words.0.push(word);
                    }
                }
                "content" => {
                    if let Lenient::Value(texts) = map.next_value::<Lenient<Texts<'a>>>()? {
                        words.0.extend(texts.into_texts());
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Some(words))
    }
}
