//! Values whose form a customer decides: labels, details, custom fields, rich text.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use crate::json::{Key, Lenient, Shape};

/// How many texts of one value are kept.
const MOST: usize = 500;

/// The names and values of an object; a value that is no text, number or yes-or-no is left out.
#[derive(Debug, Default)]
pub(crate) struct Pairs<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Pairs<'_> {
    /// Returns the value of `name`, if it is there and not empty.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Returns names and values in order, without empty ones.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_ref(), value.as_ref()))
            .filter(|(_, v)| !v.is_empty())
    }
}

impl<'a> Shape<'a> for Pairs<'a> {
    fn from_text(_: Cow<'a, str>) -> Option<Self> {
        Some(Self::default())
    }

    fn from_map<A: MapAccess<'a>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(Key(key)) = map.next_key::<Key<'a>>()? {
            let value: Lenient<Scalar<'a>> = map.next_value()?;
            if let Lenient::Value(Scalar(value)) = value
                && pairs.len() < MOST
            {
                pairs.push((key, value));
            }
        }
        Ok(Some(Self(pairs)))
    }
}

/// A text, a whole number or a yes or no, as a text.
struct Scalar<'a>(Cow<'a, str>);

impl<'a> Shape<'a> for Scalar<'a> {
    fn from_bool(value: bool) -> Option<Self> {
        Some(Self(value.to_string().into()))
    }
    fn from_int(value: i64) -> Option<Self> {
        Some(Self(value.to_string().into()))
    }
    fn from_text(value: Cow<'a, str>) -> Option<Self> {
        Some(Self(value))
    }
}

/// Every text inside of a value, however deep (a text, a list, rich text as a tree).
#[derive(Debug, Default)]
pub(crate) struct Texts<'a>(Vec<Cow<'a, str>>);

impl Texts<'_> {
    /// Returns the texts in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }
}

impl<'a> Texts<'a> {
    /// Returns the texts in order, to keep.
    pub(crate) fn into_texts(self) -> Vec<Cow<'a, str>> {
        self.0
    }

    fn take(&mut self, more: Lenient<Self>) {
        if let Lenient::Value(more) = more {
            self.0.extend(more.0);
            self.0.truncate(MOST);
        }
    }
}

impl<'a> Shape<'a> for Texts<'a> {
    fn from_bool(_: bool) -> Option<Self> {
        Some(Self::default())
    }
    fn from_int(_: i64) -> Option<Self> {
        Some(Self::default())
    }
    fn from_text(value: Cow<'a, str>) -> Option<Self> {
        Some(Self(vec![value]))
    }
    fn from_list<A: SeqAccess<'a>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut texts = Self::default();
        while let Some(item) = list.next_element()? {
            texts.take(item);
        }
        Ok(Some(texts))
    }
    fn from_map<A: MapAccess<'a>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut texts = Self::default();
        while map.next_key::<IgnoredAny>()?.is_some() {
            texts.take(map.next_value()?);
        }
        Ok(Some(texts))
    }
}
