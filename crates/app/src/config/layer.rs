//! One layer of configuration: a TOML file, the environment or the flags, checked key by key.

use std::collections::BTreeMap;
use std::fmt;

use aftercast_model::ServiceRule;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::duration::duration;
use super::hours::{minute_of_day, offset_minutes};
use super::layers::{self, LAYERS, LayerRule};
use super::settings::{Holds, SERVICE, SERVICE_KEYS, Setting, names_in, setting};
use super::sources::{self, SOURCE, SourceRule};
use crate::closest::did_you_mean;
use crate::error::Failure;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `default.toml`.
    Default,
    /// A file and a line.
    File(String, usize),
    /// An environment variable.
    Environment(String),
    /// An option of the command line.
    Flag(String),
}

/// A value with its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    /// As text; counts are checked already.
    pub(crate) text: String,
    /// Where it came from.
    pub(crate) origin: Origin,
}

/// What one place says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layer {
    /// By the name of the setting.
    pub(crate) values: BTreeMap<&'static str, Value>,
    /// The services that it names.
    pub(crate) services: Vec<(ServiceRule, Origin)>,
    /// The systems that it connects.
    pub(crate) sources: Vec<SourceRule>,
    /// The shares that it gives to rules of the table of layers.
    pub(crate) layers: Vec<LayerRule>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(file, line) => write!(f, "{file}:{line}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "option {name}"),
        }
    }
}

impl Layer {
    /// Sets a value after checking it.
    pub(crate) fn set(
        &mut self,
        setting: &'static Setting,
        text: String,
        origin: Origin,
    ) -> Result<(), Failure> {
        check(setting, &text, &origin)?;
        self.values.insert(setting.key, Value { text, origin });
        Ok(())
    }

    /// Reads a file; `file` is its name for messages.
    pub(crate) fn from_toml(file: &str, text: &str) -> Result<Self, Failure> {
        let reader = Reader { file, text };
        let document = DeTable::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| reader.line(span.start));
            Failure::usage(format!("{file}:{line}: {}", error.message()))
        })?;
        let mut layer = Self::default();
        for (key, value) in document.get_ref() {
            match value.get_ref() {
                DeValue::Array(list) if key.get_ref() == SERVICE => {
                    for entry in list {
                        layer.services.push(reader.service(entry)?);
                    }
                }
                DeValue::Array(list) if key.get_ref() == SOURCE => {
                    for entry in list {
                        layer.sources.push(sources::read(&reader, entry)?);
                    }
                    sources::all_different(&layer.sources)?;
                }
                DeValue::Table(table) if key.get_ref() == LAYERS => {
                    layer.layers = layers::read(&reader, table)?;
                }
                DeValue::Table(table) if !names_in(key.get_ref()).is_empty() => {
                    for (inner, value) in table {
                        reader.value(&mut layer, key.get_ref(), inner, value)?;
                    }
                }
                _ => reader.value(&mut layer, "", key, value)?,
            }
        }
        Ok(layer)
    }

    /// Reads the environment: `AFTERCAST_HOME`, `AFTERCAST_REVIEW__COMPARISON_WINDOW`.
    ///
    /// Variables that no setting has are left alone, unless `__` shows that a setting was meant.
    pub(crate) fn from_environment(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Failure> {
        let mut layer = Self::default();
        for (name, text) in variables {
            let Some(rest) = name.strip_prefix("AFTERCAST_") else { continue };
            let key = rest.to_lowercase().replace("__", ".");
            if let Some(setting) = setting(&key) {
                if !text.is_empty() {
                    layer.set(setting, text, Origin::Environment(name))?;
                }
                continue;
            }
            if key.contains('.') {
                let known = super::settings::SETTINGS.iter().map(|setting| setting.key);
                let hint = did_you_mean(&key, known).replace('.', "__");
                return Err(Failure::usage(format!("unknown setting in `{name}`{hint}")));
            }
        }
        Ok(layer)
    }
}

fn check(setting: &Setting, text: &str, origin: &Origin) -> Result<(), Failure> {
    let wrong = |wanted: String| {
        let key = setting.key;
        Err(Failure::usage(format!("{origin}: `{key}` is {wanted}, not `{text}`")))
    };
    match setting.holds {
        Holds::List | Holds::Words(_) if list_of(text).next().is_none() => {
            wrong("a list of texts".to_owned())
        }
        Holds::Words(words) if list_of(text).all(|word| words.contains(&word)) => Ok(()),
        Holds::Words(words) => wrong(format!("a list of some of `{}`", words.join("`, `"))),
        Holds::Duration if duration(text).is_ok() => Ok(()),
        Holds::Duration => wrong("a length of time such as `10m`, `2h` or `30d`".to_owned()),
        Holds::Clock if minute_of_day(text).is_some() => Ok(()),
        Holds::Clock => wrong("a time of day such as `09:00`".to_owned()),
        Holds::Offset if offset_minutes(text).is_some() => Ok(()),
        Holds::Offset => wrong("a distance from UTC such as `+01:00`".to_owned()),
        Holds::Text if text.is_empty() => wrong("a text that is not empty".to_owned()),
        Holds::List | Holds::Text => Ok(()),
        Holds::Count if text.parse::<u32>().is_ok_and(|count| 0 < count) => Ok(()),
        Holds::Count => wrong("a whole number from 1".to_owned()),
        Holds::Number if text.parse::<f64>().is_ok_and(|number| (0.0..1e12).contains(&number)) => {
            Ok(())
        }
        Holds::Number => wrong("a number from 0".to_owned()),
        Holds::Word(words) if words.contains(&text) => Ok(()),
        Holds::Word(words) => wrong(format!("one of `{}`", words.join("`, `"))),
    }
}

/// Returns the texts of a list, which stand with commas between them.
pub(crate) fn list_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|one| !one.is_empty())
}

/// Knows where in a file something stands.
pub(super) struct Reader<'a> {
    file: &'a str,
    text: &'a str,
}

impl Reader<'_> {
    fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    /// Returns where something stands.
    pub(super) fn origin<T>(&self, at: &Spanned<T>) -> Origin {
        Origin::File(self.file.to_owned(), self.line(at.span().start))
    }

    fn value(
        &self,
        layer: &mut Layer,
        section: &str,
        key: &Spanned<impl AsRef<str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), Failure> {
        let name = key.get_ref().as_ref();
        let full = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
        let origin = self.origin(key);
        let Some(setting) = setting(&full) else {
            return Err(unknown_key(&origin, name, section, &names_in(section)));
        };
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Array(_) if matches!(setting.holds, Holds::List | Holds::Words(_)) => {
                texts(name, value.get_ref(), &origin)?.join(",")
            }
            _ => {
                return Err(Failure::usage(format!(
                    "{origin}: `{full}` is a text or a number, not {}",
                    value.get_ref().type_str()
                )));
            }
        };
        layer.set(setting, text, origin)
    }

    fn service(&self, entry: &Spanned<DeValue<'_>>) -> Result<(ServiceRule, Origin), Failure> {
        let origin = self.origin(entry);
        let DeValue::Table(table) = entry.get_ref() else {
            return Err(Failure::usage(format!("{origin}: a service is a table: [[service]]")));
        };
        let mut rule = ServiceRule::default();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let at = self.origin(key);
            let text = || match value.get_ref() {
                DeValue::String(text) if !text.is_empty() => Ok(text.to_string()),
                _ => Err(Failure::usage(format!("{at}: `{name}` is a text that is not empty"))),
            };
            match name {
                "name" => rule.service = text()?,
                "repo" => rule.repo = Some(text()?),
                "team" => rule.team = Some(text()?),
                "tag_prefix" => rule.tag_prefix = Some(text()?),
                "paths" => rule.paths = texts(name, value.get_ref(), &at)?,
                "names" => rule.names = texts(name, value.get_ref(), &at)?,
                _ => return Err(unknown_key(&at, name, "[service]", SERVICE_KEYS)),
            }
        }
        if rule.service.is_empty() {
            return Err(Failure::usage(format!("{origin}: a service needs a `name`")));
        }
        Ok((rule, origin))
    }
}

fn texts(name: &str, value: &DeValue<'_>, at: &Origin) -> Result<Vec<String>, Failure> {
    let wrong = || Failure::usage(format!("{at}: `{name}` is a list of texts"));
    let DeValue::Array(list) = value else { return Err(wrong()) };
    list.iter()
        .map(|text| match text.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            _ => Err(wrong()),
        })
        .collect()
}

fn unknown_key(origin: &Origin, name: &str, section: &str, known: &[&str]) -> Failure {
    let place = if section.is_empty() { String::new() } else { format!(" in [{section}]") };
    let meant = did_you_mean(name, known.iter().copied());
    Failure::usage(format!("{origin}: unknown key `{name}`{place}{meant}"))
        .hint(format!("known keys here are `{}`", known.join("`, `")))
}
