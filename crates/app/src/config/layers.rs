//! `[layers]`: a line a rule of the table of layers, `queue = { process = 20, platform = 80 }`.

use aftercast_analysis::Shares;
use aftercast_analysis::measures::layers::names;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::layer::{Origin, Reader};
use crate::closest::did_you_mean;
use crate::error::Failure;

/// The section.
pub(crate) const LAYERS: &str = "layers";

/// Other shares for a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LayerRule {
    /// The rule.
    pub(crate) rule: &'static str,
    /// Its shares; they add up.
    pub(crate) shares: Shares,
    /// Where it was named.
    pub(crate) origin: Origin,
}

/// Reads the section.
pub(super) fn read(reader: &Reader<'_>, table: &DeTable<'_>) -> Result<Vec<LayerRule>, Failure> {
    table.iter().map(|(key, value)| rule(reader, key, value)).collect()
}

fn rule(
    reader: &Reader<'_>,
    key: &Spanned<impl AsRef<str>>,
    value: &Spanned<DeValue<'_>>,
) -> Result<LayerRule, Failure> {
    let origin = reader.origin(key);
    let name = key.get_ref().as_ref();
    let Some(rule) = names().find(|rule| *rule == name) else {
        let meant = did_you_mean(name, names());
        let known: Vec<&str> = names().collect();
        return Err(Failure::usage(format!("{origin}: unknown rule `{name}` in [layers]{meant}"))
            .hint(format!("rules are `{}` (docs/statistics/time.md)", known.join("`, `"))));
    };
    let wrong = |what: &str| {
        Failure::usage(format!("{origin}: `layers.{rule}` {what}"))
            .hint(format!("write `{rule} = {{ process = 20, platform = 80, policy = 0 }}`"))
    };
    let DeValue::Table(parts) = value.get_ref() else {
        return Err(wrong("is no table of shares"));
    };
    let mut shares = Shares { process: 0, platform: 0, policy: 0 };
    for (part, share) in parts {
        let slot = match part.get_ref().as_ref() {
            "process" => &mut shares.process,
            "platform" => &mut shares.platform,
            "policy" => &mut shares.policy,
            _ => return Err(wrong("has a share that is not of process, platform or policy")),
        };
        *slot = match share.get_ref() {
            DeValue::Integer(percent) => percent.to_string().parse().ok(),
            _ => None,
        }
        .ok_or_else(|| wrong("has a share that is no whole number of percent"))?;
    }
    if !shares.add_up() {
        return Err(wrong("has shares that do not add up to 100"));
    }
    Ok(LayerRule { rule, shares, origin })
}
