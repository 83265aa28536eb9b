//! JSON values that never fail a record: each is there, missing, or of a type that nobody expected.
//!
//! Owns: [`Lenient`], what can be inside of it ([`Shape`]), and `object!`, which declares an object
//! whose fields are all lenient. Must not know what GitHub sends. A field of the wrong type is lost
//! and can be named afterwards; unknown and repeated fields cost nothing.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use aftercast_model::Timestamp;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A value that may be missing (absent or `null`) or of the wrong type.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Lenient<T> {
    /// Absent or `null`.
    #[default]
    Missing,
    /// Of a type that we do not expect.
    Wrong,
    /// As expected.
    Value(T),
}

/// A text, borrowed from the record where it has no escapes.
pub(crate) type Text<'a> = Lenient<Cow<'a, str>>;
/// A whole number.
pub(crate) type Int = Lenient<i64>;
/// A yes or no.
pub(crate) type Flag = Lenient<bool>;
/// A moment, as RFC 3339 or seconds since 1970.
pub(crate) type Time = Lenient<Timestamp>;
/// A duration as seconds, with or without a fraction; kept as milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seconds(pub(crate) i64);
/// A moment as milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Millis(pub(crate) Timestamp);
/// A list whose elements are lenient too.
pub(crate) type List<T> = Lenient<Vec<Lenient<T>>>;

impl<T> Lenient<T> {
    /// Returns the value, if it is there.
    pub(crate) fn get(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing | Self::Wrong => None,
        }
    }
}

impl<T: Copy> Lenient<T> {
    /// Returns a copy of the value, if it is there.
    pub(crate) fn copied(&self) -> Option<T> {
        self.get().copied()
    }
}

impl Text<'_> {
    /// Returns the text, if it is there and not empty.
    pub(crate) fn text(&self) -> Option<&str> {
        self.get().map(AsRef::as_ref).filter(|text| !text.is_empty())
    }
}

impl<T> List<T> {
    /// Returns the elements that are there.
    pub(crate) fn items(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.get().into_iter().flatten().filter_map(Lenient::get)
    }

    /// Returns the elements that are there, owned.
    pub(crate) fn into_items(self) -> Vec<T> {
        let Self::Value(items) = self else { return Vec::new() };
        let there = items.into_iter().filter_map(|item| match item {
            Lenient::Value(item) => Some(item),
            Lenient::Missing | Lenient::Wrong => None,
        });
        there.collect()
    }
}

/// What can be read from one JSON value; every way that is not implemented is a wrong type.
pub(crate) trait Shape<'de>: Sized {
    /// Reads a boolean.
    fn from_bool(_value: bool) -> Option<Self> {
        None
    }
    /// Reads a whole number.
    fn from_int(_value: i64) -> Option<Self> {
        None
    }
    /// Reads a number with a fraction.
    fn from_float(_value: f64) -> Option<Self> {
        None
    }
    /// Reads a text.
    fn from_text(_value: Cow<'de, str>) -> Option<Self> {
        None
    }
    /// Reads a list.
    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    /// Reads an object.
    fn from_map<A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    /// Appends the paths of the fields inside that had a wrong type.
    fn wrong(&self, _paths: &mut Vec<String>) {}
}

impl<'de, T: Shape<'de>> Lenient<T> {
    /// Appends `at` where this value has a wrong type, or what is wrong inside of it.
    pub(crate) fn wrong(&self, at: &str, paths: &mut Vec<String>) {
        match self {
            Self::Missing => {}
            Self::Wrong => paths.push(at.to_owned()),
            Self::Value(value) => {
                let before = paths.len();
                value.wrong(paths);
                for path in paths.iter_mut().skip(before) {
                    *path = format!("{at}.{path}");
                }
            }
        }
    }
}

impl<'de, T: Shape<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LenientVisitor(PhantomData))
    }
}

struct LenientVisitor<T>(PhantomData<T>);

fn found<T>(value: Option<T>) -> Lenient<T> {
    value.map_or(Lenient::Wrong, Lenient::Value)
}

impl<'de, T: Shape<'de>> Visitor<'de> for LenientVisitor<T> {
    type Value = Lenient<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Lenient::Missing)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(found(T::from_bool(value)))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(found(T::from_int(value)))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(found(i64::try_from(value).ok().and_then(T::from_int)))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(found(T::from_float(value)))
    }
    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(found(T::from_text(Cow::Borrowed(value))))
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(found(T::from_text(Cow::Owned(value.to_owned()))))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        T::from_list(list).map(found)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::from_map(map).map(found)
    }
}

impl<'de> Shape<'de> for Cow<'de, str> {
    fn from_text(value: Cow<'de, str>) -> Option<Self> {
        Some(value)
    }
}

impl Shape<'_> for i64 {
    fn from_int(value: i64) -> Option<Self> {
        Some(value)
    }
}

impl Shape<'_> for Seconds {
    fn from_int(value: i64) -> Option<Self> {
        value.checked_mul(1000).map(Self)
    }
    fn from_float(value: f64) -> Option<Self> {
        const CENTURY_MS: f64 = 3.2e12;
        let millis = value * 1000.0;
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
        (-CENTURY_MS..CENTURY_MS).contains(&millis).then(|| Self(millis.round() as i64))
    }
}

impl Shape<'_> for Millis {
    fn from_int(value: i64) -> Option<Self> {
        Some(Self(Timestamp::from_millis(value)))
    }
}

impl Shape<'_> for bool {
    fn from_bool(value: bool) -> Option<Self> {
        Some(value)
    }
}

impl<'de> Shape<'de> for Timestamp {
    fn from_text(value: Cow<'de, str>) -> Option<Self> {
        Self::parse(&value).ok()
    }
    fn from_int(value: i64) -> Option<Self> {
        Some(Self::from_seconds(value))
    }
}

impl<'de, T: Shape<'de>> Shape<'de> for Vec<Lenient<T>> {
    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut items = Self::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Some(items))
    }
    fn wrong(&self, paths: &mut Vec<String>) {
        for item in self {
            item.wrong("*", paths);
        }
    }
}

impl<'de, T: Shape<'de>> Shape<'de> for Box<T> {
    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        Ok(T::from_map(map)?.map(Self::new))
    }
    fn wrong(&self, paths: &mut Vec<String>) {
        T::wrong(self, paths);
    }
}

/// The key of a field, borrowed where it has no escapes.
pub(crate) struct Key<'a>(pub(crate) Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a field")
            }
            fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(value)))
            }
            fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(value.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// The fields of an object, unread.
pub(crate) struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// Returns the text of the field `name`, unless it is `null`.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        Some(value.get()).filter(|raw| *raw != "null")
    }

    /// Returns the names of the fields, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    /// Returns whether all of `names` are there.
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.0.iter().any(|(key, _)| key == name))
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;
        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(40);
                while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
                    fields.push((key, map.next_value()?));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// Declares an object of which we read some fields, all lenient.
macro_rules! object {
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
    ($life:lifetime: $($(#[$doc:meta])* $name:ident { $($field:ident $(as $key:literal)?: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(crate) struct $name<$life> {
            $(pub(crate) $field: $type,)*
        }

        impl<$life> $crate::json::Shape<$life> for $name<$life> {
            fn from_map<A: serde::de::MapAccess<$life>>(
                mut map: A,
            ) -> Result<Option<Self>, A::Error> {
                let mut object = Self::default();
                while let Some(key) = map.next_key::<$crate::json::Key<$life>>()? {
                    match key.0.as_ref() {
                        $(object! { @key $field $($key)? } => object.$field = map.next_value()?,)*
                        _ => {
                            map.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Some(object))
            }

            fn wrong(&self, paths: &mut Vec<String>) {
                $(self.$field.wrong(object! { @key $field $($key)? }, paths);)*
            }
        }
    )*};
}
pub(crate) use object;
