//! LaunchDarkly: changes of flags in production, from the audit log and from webhooks.
//!
//! Owns: audit log entries, which both ways send alike. Must not know: files, the network.

mod pull;

use aftercast_model::Timestamp;

use crate::envelope::Envelope;
use crate::flags::{FlagChange, What, flag_change};
use crate::json::{Fields, Int, Lenient, List, Text, object};
use crate::live::webhook::{Signature, Told as Said, Webhook};
use crate::sink::Sink;
use crate::{Context, Import, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "launchdarkly";
/// Where links of entries lead.
const SITE: &str = "https://app.launchdarkly.com";

/// LaunchDarkly as a source.
pub(crate) static LAUNCHDARKLY: Source = Source {
    name: SOURCE,
    about: "changes of feature flags in production",
    reads: "audit log entries of the REST API, as objects or pages, and webhook bodies",
    tells: Tells {
        who: Told::With("who changed a flag"),
        retention: "audit log of the account's plan",
        ..Tells::NOTHING
    },
    import: Import::Json(convert),
    pull: Some(&pull::PULL),
    webhook: Some(&WEBHOOK),
};

static WEBHOOK: Webhook = Webhook {
    signatures: &[Signature::Hex { header: "x-ld-signature", prefix: "" }],
    event: Said::Field("/kind"),
    delivery: Said::Field("/_id"),
    body_limit: 1024 * 1024,
    events: &["flag"],
    challenge: None,
};

object! { 'a:
    /// An entry of the audit log.
    Entry {
        id as "_id": Text<'a>,
        date: Int,
        kind: Text<'a>,
        accesses: List<Access<'a>>,
        member: Lenient<Member<'a>>,
        title_verb as "titleVerb": Text<'a>,
        links as "_links": Lenient<Links<'a>>,
    }
    /// What was done to what.
    Access {
        action: Text<'a>,
        resource: Text<'a>,
    }
    /// Who did it.
    Member {
        id as "_id": Text<'a>,
        email: Text<'a>,
    }
    /// Addresses.
    Links {
        site: Lenient<Link<'a>>,
    }
    /// An address.
    Link {
        href: Text<'a>,
    }
}

/// Converts one record.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let text = String::from_utf8_lossy(record.body);
    let mut sink = Sink::new(SOURCE, record, context, output);
    let body = Envelope::open(&text).body;
    match serde_json::from_str::<Fields<'_>>(body) {
        Ok(fields) if fields.has(&["_id", "date"]) => {}
        Ok(fields) => {
            let names: Vec<&str> = fields.names().take(6).collect();
            return sink
                .lost(format!("no audit log entry: an object with `{}`", names.join("`, `")));
        }
        Err(error) => return sink.malformed(&error),
    }
    let Some(entry) = sink.read::<Entry<'_>>(body, "entry") else { return };
    let at = entry.date.copied().map(Timestamp::from_millis);
    keep(&entry, at, &mut sink);
    sink.keep("audit_log_entry", at);
}

fn keep(entry: &Entry<'_>, at: Option<Timestamp>, sink: &mut Sink<'_>) {
    let kind = entry.kind.text().unwrap_or("entry");
    if kind != "flag" {
        return sink.nothing(kind, "only flags change what users get");
    }
    let (Some(id), Some(at)) = (entry.id.text(), at) else {
        return sink.note("an entry has no `_id` or no `date`");
    };
    let url =
        entry.links.get().and_then(|links| links.site.get()).and_then(|site| site.href.text());
    let url = url
        .map(|href| if href.starts_with('/') { format!("{SITE}{href}") } else { href.to_owned() });
    let member = entry.member.get();
    let mut reached: Vec<&str> = Vec::new();
    let mut elsewhere = false;
    for access in entry.accesses.items() {
        let (Some(action), Some(resource)) = (access.action.text(), access.resource.text()) else {
            continue;
        };
        let Some(what) = what(action, entry.title_verb.text()) else { continue };
        let Some(Resource { project, environment, flag }) = Resource::read(resource) else {
            continue;
        };
        // One change may be several actions; the environment tells it once, the switch first.
        if reached.contains(&environment) {
            continue;
        }
        let switch = |access: &&Access<'_>| {
            access.action.text() == Some("updateOn") && access.resource.text() == Some(resource)
        };
        let (action, what) = match entry.accesses.items().find(switch) {
            Some(_) => {
                ("updateOn", self::what("updateOn", entry.title_verb.text()).unwrap_or(what))
            }
            None => (action, what),
        };
        let change = FlagChange {
            id,
            at,
            flag,
            project: Some(project),
            environment,
            what,
            native: action,
            author: member.and_then(|member| member.id.text().or(member.email.text())),
            url: url.as_deref(),
        };
        if flag_change(&change, sink) {
            reached.push(environment);
        } else {
            elsewhere = true;
        }
    }
    if reached.is_empty() {
        let why =
            if elsewhere { "it is not in production" } else { "it does not change what users get" };
        sink.nothing("flag", why);
    }
}

/// Returns what an action changes for users.
fn what(action: &str, verb: Option<&str>) -> Option<What> {
    match action {
        "updateOn" => Some(match verb.map(str::to_lowercase) {
            Some(verb) if verb.contains("turned on") => What::On,
            Some(verb) if verb.contains("turned off") => What::Off,
            // The entry does not say which.
            _ => What::Targeting,
        }),
        "updateRules"
        | "updateTargets"
        | "updateFallthrough"
        | "updateFallthroughWithMeasuredRollout"
        | "updateOffVariation"
        | "updateFlagVariations"
        | "updatePrerequisites"
        | "updateExpiringTargets"
        | "updateRulesWithMeasuredRollout"
        | "updateFlagDefaultVariations"
        | "updateContextTargets"
        | "updateScheduledChanges"
        | "applyApprovalRequest" => Some(What::Targeting),
        _ => None,
    }
}

/// What a resource specifier names: `proj/shop:env/production:flag/new-cart;tag`.
struct Resource<'a> {
    project: &'a str,
    environment: &'a str,
    flag: &'a str,
}

impl<'a> Resource<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let part = |name: &str| {
            let value = text.split(':').find_map(|part| part.strip_prefix(name))?;
            Some(value.split(';').next().unwrap_or(value)).filter(|value| !value.is_empty())
        };
        Some(Self { project: part("proj/")?, environment: part("env/")?, flag: part("flag/")? })
    }
}
