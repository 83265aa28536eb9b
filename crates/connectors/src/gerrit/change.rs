//! `ChangeInfo` as Gerrit's REST API gives it, borrowed from the record.
//!
//! Owns: names and types of fields. Unknown fields cost nothing; `null` is the same as missing.
//! Must not know what the fields mean to us.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use aftercast_model::Timestamp;
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

/// A change with its messages and revisions.
#[derive(Deserialize)]
pub(super) struct Change<'a> {
    #[serde(borrow, default)]
    pub project: Text<'a>,
    #[serde(borrow, default)]
    pub branch: Text<'a>,
    #[serde(borrow, default)]
    pub subject: Text<'a>,
    #[serde(borrow, default)]
    pub status: Text<'a>,
    #[serde(default)]
    pub created: Moment,
    #[serde(default)]
    pub updated: Moment,
    #[serde(default)]
    pub submitted: Moment,
    #[serde(borrow, default)]
    pub url: Text<'a>,
    #[serde(default, rename = "_number")]
    pub number: Option<i64>,
    #[serde(borrow, default)]
    pub owner: Option<Account<'a>>,
    #[serde(borrow, default)]
    pub labels: Pairs<'a, Option<Label<'a>>>,
    #[serde(borrow, default)]
    pub messages: Option<Vec<Message<'a>>>,
    #[serde(borrow, default)]
    pub current_revision: Text<'a>,
    #[serde(borrow, default)]
    pub revisions: Pairs<'a, Option<Revision>>,
    #[serde(default)]
    pub is_revert: Option<bool>,
    #[serde(default)]
    pub revert_of: Option<i64>,
    #[serde(default)]
    pub cherry_pick_of_change: Option<i64>,
    #[serde(default)]
    pub insertions: Option<i64>,
    #[serde(default)]
    pub deletions: Option<i64>,
}

/// A person or a program.
#[derive(Deserialize, Default)]
pub(super) struct Account<'a> {
    #[serde(borrow, default, rename = "_account_id")]
    pub id: Text<'a>,
    #[serde(borrow, default)]
    pub name: Text<'a>,
    #[serde(borrow, default)]
    pub tags: Option<Vec<Text<'a>>>,
}

/// A label, as far as it tells its range.
#[derive(Deserialize)]
pub(super) struct Label<'a> {
    #[serde(borrow, default)]
    pub values: Pairs<'a, de::IgnoredAny>,
    #[serde(default)]
    pub optional: Option<bool>,
}

/// A message, written by a person or by Gerrit for what happened.
#[derive(Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow, default)]
    pub id: Text<'a>,
    #[serde(borrow, default)]
    pub author: Option<Account<'a>>,
    #[serde(default)]
    pub date: Moment,
    #[serde(borrow, default)]
    pub message: Text<'a>,
    #[serde(default, rename = "_revision_number")]
    pub revision: Option<i64>,
}

/// A revision (patch set).
#[derive(Deserialize)]
pub(super) struct Revision {
    #[serde(default, rename = "_number")]
    pub number: Option<i64>,
    #[serde(default)]
    pub created: Moment,
}

impl Account<'_> {
    /// Returns whether a program uses the account.
    pub(super) fn is_bot(&self) -> bool {
        let tagged = self.tags.iter().flatten().any(|tag| tag.0 == "SERVICE_USER");
        if tagged || self.name.0.is_empty() {
            return tagged;
        }
        let name = self.name.0.to_ascii_lowercase();
        name.ends_with("bot")
            || name
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| matches!(word, "ci" | "zuul" | "jenkins" | "bot"))
    }
}

/// A text, borrowed where it has no escapes; empty where it is missing.
#[derive(Default)]
pub(super) struct Text<'a>(pub Cow<'a, str>);

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }
    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }
    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Text::default())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

/// A moment as Gerrit writes it (`2015-01-02 03:58:39.000000000`, UTC); missing where it is none.
#[derive(Default, Clone, Copy)]
pub(super) struct Moment(pub Option<Timestamp>);

struct MomentVisitor;

impl Visitor<'_> for MomentVisitor {
    type Value = Moment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date and time")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Moment(Timestamp::parse(text).ok()))
    }
    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Moment(None))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MomentVisitor)
    }
}

/// An object used as a map, in the order of the record.
pub(super) struct Pairs<'a, T>(pub Vec<(Text<'a>, T)>);

impl<T> Default for Pairs<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

struct PairsVisitor<'a, T>(PhantomData<(&'a (), T)>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<'a, T> {
    type Value = Pairs<'a, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Pairs::default())
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Pairs<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairsVisitor(PhantomData))
    }
}
