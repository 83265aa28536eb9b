//! One row as it came: names and scalar values, borrowed from the record.

use std::borrow::Cow;
use std::fmt;

use aftercast_model::Timestamp;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// From here on a number is taken for milliseconds since 1970 (1973; below, it would be seconds).
const LEAST_MILLIS: u64 = 100_000_000_000;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    Missing,
    Flag(bool),
    Count(i64),
    Other(String),
    Text(Cow<'a, str>),
}

impl Cell<'_> {
    /// Returns whether nothing is said.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing) || matches!(self, Self::Text(text) if text.is_empty())
    }

    /// Returns the value as text.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Count(count) => Some(Cow::Owned(count.to_string())),
            Self::Missing | Self::Flag(_) | Self::Other(_) => None,
        }
    }

    /// Returns the value as a time.
    pub(super) fn time(&self) -> Option<Timestamp> {
        match self {
            Self::Text(text) => {
                let millis =
                    || text.trim().parse().ok().and_then(|millis| Self::Count(millis).time());
                Timestamp::parse(text).ok().or_else(millis)
            }
            Self::Count(millis) if millis.unsigned_abs() >= LEAST_MILLIS => {
                Some(Timestamp::from_millis(*millis))
            }
            _ => None,
        }
    }

    /// Returns the value as a number.
    pub(super) fn count(&self) -> Option<i64> {
        match self {
            Self::Count(count) => Some(*count),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// Returns the value as a yes or no.
    pub(super) fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Text(text) => match text.trim() {
                "true" | "t" | "TRUE" | "True" => Some(true),
                "false" | "f" | "FALSE" | "False" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the value as a person would recognise it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Missing => String::new(),
            Self::Flag(flag) => flag.to_string(),
            Self::Count(count) => count.to_string(),
            Self::Other(text) => text.clone(),
            Self::Text(text) => format!("`{text}`"),
        }
    }
}

/// A row.
pub(super) struct Row<'a>(Vec<(Cow<'a, str>, Cell<'a>)>);

impl<'a> Row<'a> {
    /// Returns the value of the column `name`.
    pub(super) fn get(&self, name: &str) -> Option<&Cell<'a>> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, cell)| cell)
    }

    /// Returns the names of the columns that are there.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }
}

/// A name, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

struct RowVisitor;
struct KeyVisitor;
struct CellVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row as a JSON object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut cells = Vec::with_capacity(16);
        while let Some((key, cell)) = map.next_entry::<Key<'de>, Cell<'de>>()? {
            cells.push((key.0, cell));
        }
        Ok(Row(cells))
    }
}

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }
    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Borrowed(text)))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Owned(text.to_owned())))
    }
}

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cell::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cell::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Cell::Flag(flag))
    }
    fn visit_i64<E: de::Error>(self, count: i64) -> Result<Self::Value, E> {
        Ok(Cell::Count(count))
    }
    fn visit_u64<E: de::Error>(self, count: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(count).map_or_else(|_| Cell::Other(count.to_string()), Cell::Count))
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Cell::Other(number.to_string()))
    }
    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Cell::Missing)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell::Other("a list".to_owned()))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Other("an object".to_owned()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Row<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RowVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Cell<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}
