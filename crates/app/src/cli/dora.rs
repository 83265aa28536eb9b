//! `aftercast dora`.

use std::process::ExitCode;

use aftercast_analysis::review::{DeliveryKeys, KeysWindow};
use aftercast_surfaces::sheet;
use clap::Args;
use clap::builder::PossibleValuesParser;

use super::global::Global;
use super::page::{About, Form};
use super::time::moment;
use crate::error::{Failure, Outcome};
use crate::ops::delivery_keys;

/// Show the five keys of DORA, and how other tools would count the same releases
///
/// Each key has its definition, its n and its interval. JSON holds every definition.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aftercast dora\n  aftercast dora --definition gitlab --since 90d\n  \
                  aftercast dora --since 2015-07-01 --until 2015-10-01 --format csv"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    about: About,
    /// Who counts
    #[arg(
        long,
        value_name = "NAME",
        default_value = "aftercast",
        value_parser = PossibleValuesParser::new(DeliveryKeys::DEFINITIONS)
    )]
    definition: String,
    /// From when: a day, a time, or how long ago [default: 90 days before the end]
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Until when [default: the last release]
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    form: Form,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let session = arguments.about.session(global)?;
    let time = |option: &str, text: &Option<String>| {
        text.as_deref()
            .map(|text| moment(text, session.now))
            .transpose()
            .map_err(|wrong| Failure::usage(format!("--{option}: {wrong}")))
    };
    let window =
        KeysWindow { from: time("since", &arguments.since)?, to: time("until", &arguments.until)? };
    if window.from.zip(window.to).is_some_and(|(from, to)| to <= from) {
        return Err(Failure::usage("--until is not after --since"));
    }
    let paged = delivery_keys(&session, &arguments.about.request(), window).await?;
    let definition = arguments.definition.as_str();
    // The parser knows the definitions.
    let of = |page: &DeliveryKeys| sheet::keys(page, definition).unwrap_or_default();
    arguments.form.write(global, &session, &paged, of)
}
