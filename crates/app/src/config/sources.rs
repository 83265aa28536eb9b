//! `[[source]]`: which systems are connected, for what, and where their secrets stand.
//!
//! Guarantee: no secret is read here, and none may stand here.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aftercast_connectors::live::{Auth, Pull};
use aftercast_connectors::{SOURCES, Source, redact, source_named};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::layer::{Origin, Reader};
use super::secret::SecretPlace;
use crate::closest::{closest, did_you_mean};
use crate::error::Failure;

/// A connected system.
#[derive(Clone)]
pub(crate) struct SourceRule {
    /// The source.
    pub(crate) source: &'static Source,
    /// What it is called here, also in the address of its webhooks.
    pub(crate) name: String,
    /// Where its API is; `None`: where the vendor has it.
    pub(crate) url: Option<String>,
    /// What it is pulled for.
    pub(crate) subjects: Vec<String>,
    /// How requests are authorised.
    pub(crate) auth: Option<Auth>,
    /// Where the secret of its API stands.
    pub(crate) secret: Option<SecretPlace>,
    /// Where the secrets of its webhooks stand; each of them is valid.
    pub(crate) webhook_secrets: Vec<SecretPlace>,
    /// Hosts and networks that it may reach beside the public internet.
    pub(crate) allow: Vec<String>,
    /// Requests a minute, instead of what the vendor usually allows.
    pub(crate) per_minute: Option<u32>,
    /// Everything else that it was given.
    pub(crate) settings: BTreeMap<String, String>,
    /// Where it was named.
    pub(crate) origin: Origin,
}

impl std::fmt::Debug for SourceRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SourceRule({}, {}, {})", self.source.name, self.name, self.origin)
    }
}

/// The list of sources.
pub(crate) const SOURCE: &str = "source";
/// The keys that every source has.
const KEYS: &[&str] = &[
    "kind",
    "name",
    "url",
    "auth",
    "token_env",
    "token_file",
    "token_command",
    "webhook_secret_env",
    "webhook_secret_file",
    "allow",
    "per_minute",
    "settings",
];
/// What people call a secret where they want to write it down.
const SECRET_WORDS: &[&str] = &[
    "token",
    "secret",
    "password",
    "passwd",
    "api_key",
    "apikey",
    "private_key",
    "webhook_secret",
];

impl SourceRule {
    /// Returns what it is connected for and with which secret, in words.
    pub(crate) fn shown(&self) -> String {
        let mut text = self.source.name.to_owned();
        if let Some(url) = &self.url {
            text.push_str(" at ");
            text.push_str(url);
        }
        if !self.subjects.is_empty() {
            text.push_str(", for ");
            text.push_str(&self.subjects.join(", "));
        }
        if let Some(secret) = &self.secret {
            let _ = write!(text, ", token from {secret}");
        }
        for secret in &self.webhook_secrets {
            let _ = write!(text, ", webhooks by {secret}");
        }
        text
    }

    /// Returns whether it is pulled: it has an API, and something to pull it for.
    pub(crate) fn is_pulled(&self) -> bool {
        let may = |pull: &Pull| pull.subjects.optional || !self.subjects.is_empty();
        let where_to = |pull: &Pull| pull.base.is_some() || self.url.is_some();
        // What has a secret for its webhooks alone only sends.
        let sends = |pull: &Pull| {
            !pull.auth.is_empty() && self.secret.is_none() && !self.webhook_secrets.is_empty()
        };
        self.source.pull.is_some_and(|pull| may(pull) && where_to(pull) && !sends(pull))
    }
}

/// Returns the word for a kind of authorisation.
pub(crate) fn auth_word(auth: Auth) -> &'static str {
    match auth {
        Auth::Bearer => "bearer",
        Auth::Prefixed(_) => "token",
        Auth::Header(_) => "header",
        Auth::Basic => "basic",
        Auth::GitHubApp => "app",
    }
}

/// Reads one `[[source]]`.
pub(super) fn read(
    reader: &Reader<'_>,
    entry: &Spanned<DeValue<'_>>,
) -> Result<SourceRule, Failure> {
    let origin = reader.origin(entry);
    let DeValue::Table(table) = entry.get_ref() else {
        return Err(Failure::usage(format!("{origin}: a source is a table: [[source]]")));
    };
    let source = kind(reader, table, &origin)?;
    let mut rule = SourceRule {
        source,
        name: source.name.to_owned(),
        url: None,
        subjects: Vec::new(),
        auth: None,
        secret: None,
        webhook_secrets: Vec::new(),
        allow: Vec::new(),
        per_minute: None,
        settings: BTreeMap::new(),
        origin,
    };
    let mut auth = None;
    for (key, value) in table {
        let at = reader.origin(key);
        let name: &str = key.get_ref();
        let value = value.get_ref();
        if refused_as_secret(name, value) {
            return Err(literal_secret(&at, name));
        }
        match name {
            "kind" => {}
            "name" => rule.name = label(value, &at)?,
            "url" => rule.url = Some(address(value, &at)?),
            "auth" => auth = Some((text(name, value, &at)?, at)),
            "token_env" => {
                place(&mut rule, SecretPlace::Environment(variable(name, value, &at)?), &at)?;
            }
            "token_file" => {
                place(&mut rule, SecretPlace::File(text(name, value, &at)?.into()), &at)?;
            }
            "token_command" => {
                place(&mut rule, SecretPlace::Command(list(name, value, &at)?), &at)?;
            }
            "webhook_secret_env" => {
                for name in one_or_more(name, value, &at)? {
                    let name = DeValue::String(name.into());
                    let name = variable("webhook_secret_env", &name, &at)?;
                    rule.webhook_secrets.push(SecretPlace::Environment(name));
                }
            }
            "webhook_secret_file" => {
                let files = one_or_more(name, value, &at)?;
                rule.webhook_secrets
                    .extend(files.into_iter().map(|file| SecretPlace::File(file.into())));
            }
            "allow" => rule.allow = one_or_more(name, value, &at)?,
            "per_minute" => rule.per_minute = Some(count(name, value, &at)?),
            "settings" => {
                let DeValue::Table(own) = value else {
                    return Err(Failure::usage(format!("{at}: `settings` is a table of texts")));
                };
                for (key, value) in own {
                    let at = reader.origin(key);
                    if refused_as_secret(key.get_ref(), value.get_ref()) {
                        return Err(literal_secret(&at, key.get_ref()));
                    }
                    let text = setting(key.get_ref(), value.get_ref(), &at)?;
                    rule.settings.insert(key.get_ref().to_string(), text);
                }
            }
            _ if source.pull.is_some_and(|pull| pull.subjects.key == name) => {
                rule.subjects = one_or_more(name, value, &at)?;
            }
            _ => {
                not_a_slip(source, name, &at)?;
                rule.settings.insert(name.to_owned(), setting(name, value, &at)?);
            }
        }
    }
    rule.auth = choose_auth(&rule, auth)?;
    whole(&rule)?;
    Ok(rule)
}

/// Refuses two sources of one name.
pub(super) fn all_different(rules: &[SourceRule]) -> Result<(), Failure> {
    for (number, rule) in rules.iter().enumerate() {
        if let Some(first) = rules.iter().take(number).find(|first| first.name == rule.name) {
            let what = format!(
                "{}: the source of {} is called `{}` already",
                rule.origin, first.origin, rule.name
            );
            return Err(Failure::usage(what).hint("give it a `name` of its own"));
        }
    }
    Ok(())
}

fn kind(
    reader: &Reader<'_>,
    table: &DeTable<'_>,
    origin: &Origin,
) -> Result<&'static Source, Failure> {
    let connected = || SOURCES.iter().filter(|source| is_live(source)).map(|source| source.name);
    let known = || format!("known kinds are `{}`", connected().collect::<Vec<_>>().join("`, `"));
    let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == "kind") else {
        return Err(Failure::usage(format!("{origin}: a source needs a `kind`")).hint(known()));
    };
    let at = reader.origin(key);
    let name = text("kind", value.get_ref(), &at)?;
    let Some(source) = source_named(&name) else {
        let meant = did_you_mean(&name, connected());
        return Err(Failure::usage(format!("{at}: unknown kind `{name}`{meant}")).hint(known()));
    };
    if !is_live(source) {
        let what = format!("{at}: `{name}` has no API to pull and sends no webhooks");
        return Err(Failure::usage(what).hint(format!("use `aftercast import {name} PATH`")));
    }
    Ok(source)
}

fn is_live(source: &Source) -> bool {
    source.pull.is_some() || source.webhook.is_some()
}

fn place(rule: &mut SourceRule, secret: SecretPlace, at: &Origin) -> Result<(), Failure> {
    if rule.secret.is_some() {
        return Err(Failure::usage(format!(
            "{at}: only one of `token_env`, `token_file`, `token_command` can be given"
        )));
    }
    rule.secret = Some(secret);
    Ok(())
}

fn choose_auth(
    rule: &SourceRule,
    asked: Option<(String, Origin)>,
) -> Result<Option<Auth>, Failure> {
    let ways = rule.source.pull.map_or(&[][..], |pull| pull.auth);
    let Some((word, at)) = asked else {
        let is_app = rule.settings.contains_key("app_id") && ways.contains(&Auth::GitHubApp);
        return Ok(if is_app { Some(Auth::GitHubApp) } else { ways.first().copied() });
    };
    let words: Vec<&str> = ways.iter().map(|auth| auth_word(*auth)).collect();
    ways.iter().find(|auth| auth_word(**auth) == word).map(|auth| Some(*auth)).ok_or_else(|| {
        let meant = did_you_mean(&word, words.iter().copied());
        Failure::usage(format!("{at}: `{}` has no `auth = \"{word}\"`{meant}", rule.source.name))
            .hint(format!("it has `{}`", words.join("`, `")))
    })
}

/// What a source must have, whatever the order of its keys.
fn whole(rule: &SourceRule) -> Result<(), Failure> {
    let missing = |what: String, hint: String| {
        Err(Failure::usage(format!("{}: source `{}` {what}", rule.origin, rule.name)).hint(hint))
    };
    let Some(pull) = rule.source.pull else {
        return match rule.webhook_secrets.as_slice() {
            [] => missing(
                "has no secret for its webhooks".to_owned(),
                "name one with `webhook_secret_env = \"VARIABLE\"`".to_owned(),
            ),
            _ => Ok(()),
        };
    };
    let only_hooks = rule.subjects.is_empty() && !rule.webhook_secrets.is_empty();
    if rule.subjects.is_empty() && !pull.subjects.optional && !only_hooks {
        let key = pull.subjects.key;
        let hint = format!("for example `{key} = [\"{}\"]`", pull.subjects.example);
        return missing(format!("does not say which {key} to pull"), hint);
    }
    if pull.base.is_none() && rule.url.is_none() && !only_hooks {
        return missing("needs a `url`".to_owned(), "`url = \"https://HOST\"`".to_owned());
    }
    if rule.auth == Some(Auth::GitHubApp) {
        for key in ["app_id", "installation_id"] {
            if !rule.settings.contains_key(key) {
                let hint = "both stand on the App's page; the token is its private key".to_owned();
                return missing(format!("is an App and needs `{key}`"), hint);
            }
        }
    }
    Ok(())
}

/// What is nearly a known key is a slip; everything else is the source's own business.
fn not_a_slip(source: &Source, name: &str, at: &Origin) -> Result<(), Failure> {
    let subjects = source.pull.map(|pull| pull.subjects.key);
    let known = || KEYS.iter().copied().chain(subjects);
    let near = closest(name, known()).is_some_and(|near| 0.88 <= strsim::jaro_winkler(name, near));
    let other = SOURCES
        .iter()
        .filter_map(|source| source.pull)
        .any(|pull| pull.subjects.key == name && subjects.is_some_and(|own| own != name));
    if !near && !other {
        return Ok(());
    }
    let meant = match subjects {
        Some(own) if other => format!(" (did you mean `{own}`?)"),
        _ => did_you_mean(name, known()),
    };
    Err(Failure::usage(format!("{at}: unknown key `{name}` in [[source]]{meant}")).hint(
        "a setting that only this source knows can stand in `settings = { ... }` of the source",
    ))
}

fn refused_as_secret(name: &str, value: &DeValue<'_>) -> bool {
    let is_text = matches!(value, DeValue::String(_));
    let named = SECRET_WORDS.contains(&name.to_lowercase().as_str());
    named && is_text || holds_secret(value)
}

/// Whether a value looks like a token of a known form.
fn holds_secret(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::String(text) => matches!(redact(text.as_bytes()), std::borrow::Cow::Owned(_)),
        DeValue::Array(list) => list.iter().any(|value| holds_secret(value.get_ref())),
        _ => false,
    }
}

/// The secret itself is never repeated.
fn literal_secret(at: &Origin, name: &str) -> Failure {
    let (env, file) = if name.contains("webhook") {
        ("webhook_secret_env", "webhook_secret_file")
    } else {
        ("token_env", "token_file")
    };
    Failure::usage(format!("{at}: `{name}` holds a secret; a secret does not stand in this file"))
        .hint(format!(
            "put it into a variable and name that: `{env} = \"VARIABLE\"`, or into a file: `{file} = \
             \"PATH\"`"
        ))
}

fn text(name: &str, value: &DeValue<'_>, at: &Origin) -> Result<String, Failure> {
    match value {
        DeValue::String(text) if !text.is_empty() => Ok(text.to_string()),
        _ => Err(Failure::usage(format!("{at}: `{name}` is a text that is not empty"))),
    }
}

fn list(name: &str, value: &DeValue<'_>, at: &Origin) -> Result<Vec<String>, Failure> {
    let wrong = || Failure::usage(format!("{at}: `{name}` is a list of texts"));
    let DeValue::Array(list) = value else { return Err(wrong()) };
    let texts = list.iter().map(|value| text(name, value.get_ref(), at));
    let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
    if texts.is_empty() { Err(wrong()) } else { Ok(texts) }
}

fn count(name: &str, value: &DeValue<'_>, at: &Origin) -> Result<u32, Failure> {
    let count = match value {
        DeValue::Integer(number) => number.to_string().parse().ok(),
        _ => None,
    };
    count
        .filter(|count| 0 < *count)
        .ok_or_else(|| Failure::usage(format!("{at}: `{name}` is a whole number from 1")))
}

/// A list of texts, or a single one.
fn one_or_more(name: &str, value: &DeValue<'_>, at: &Origin) -> Result<Vec<String>, Failure> {
    match value {
        DeValue::String(_) => Ok(vec![text(name, value, at)?]),
        _ => list(name, value, at),
    }
}

/// What a source gets as it stands: texts, numbers and flags; a list with commas between.
fn setting(name: &str, value: &DeValue<'_>, at: &Origin) -> Result<String, Failure> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.to_string()),
        DeValue::Boolean(flag) => Ok(flag.to_string()),
        DeValue::Array(_) => Ok(list(name, value, at)?.join(",")),
        _ => Err(Failure::usage(format!("{at}: `{name}` is a text, a number or a list of texts"))),
    }
}

/// A name of a variable; what cannot be one may be the secret itself and is not repeated.
fn variable(name: &str, value: &DeValue<'_>, at: &Origin) -> Result<String, Failure> {
    let text = text(name, value, at)?;
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name && !text.starts_with(|first: char| first.is_ascii_digit()) {
        return Ok(text);
    }
    Err(Failure::usage(format!("{at}: `{name}` is the name of an environment variable")).hint(
        format!("for example `{name} = \"GITHUB_TOKEN\"`; the secret stands in the variable"),
    ))
}

/// A name that can stand in an address.
fn label(value: &DeValue<'_>, at: &Origin) -> Result<String, Failure> {
    let text = text("name", value, at)?;
    let fits =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    if text.chars().all(fits) {
        return Ok(text);
    }
    Err(Failure::usage(format!(
        "{at}: `name` has other characters than a-z, 0-9, `-`, `_` and `.`"
    )))
}

fn address(value: &DeValue<'_>, at: &Origin) -> Result<String, Failure> {
    let text = text("url", value, at)?;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if rest.split('/').next().is_some_and(|host| host.contains('@')) => {
            Err(literal_secret(at, "url"))
        }
        Some(rest) if !rest.is_empty() && !rest.contains(['?', '#', ' ']) => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err(Failure::usage(format!("{at}: `url` is `https://HOST` or `https://HOST/PATH`"))),
    }
}

#[cfg(test)]
#[path = "sources_tests.rs"]
mod tests;
