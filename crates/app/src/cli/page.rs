//! What commands that print a page of tables have in common: whose page, in which form, and where
//! it goes.

use std::path::PathBuf;
use std::process::ExitCode;

use aftercast_surfaces::json;
use aftercast_surfaces::sheet::{self, FORMATS, Sheet};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use serde::Serialize;

use super::global::Global;
use super::import::tell_problems;
use super::output::{options, write_text};
use crate::error::{Failure, Outcome};
use crate::ops::{Paged, ReviewRequest, Session};

/// Whose page.
#[derive(Debug, Args)]
pub(super) struct About {
    /// Service [default: that of the repository, or the only one]
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// Git repository to read first [default: the one around the working folder]
    #[arg(long, value_name = "PATH")]
    repo: Option<PathBuf>,
}

/// In which form, and where to.
#[derive(Debug, Args)]
pub(super) struct Form {
    /// Form of the page
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = formats())]
    pub(super) format: String,
    /// Write to a file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

impl About {
    /// Returns the session of the repository that the page is about.
    pub(super) fn session(&self, global: &Global) -> Outcome<Session> {
        match &self.repo {
            Some(path) => global.session_at(&std::path::absolute(path)?),
            None => global.session(),
        }
    }

    pub(super) fn request(&self) -> ReviewRequest {
        ReviewRequest { service: self.service.clone(), release: None, repo: self.repo.clone() }
    }
}

impl Form {
    /// Writes a page in the form that was asked for; tells what was met on the way to it.
    pub(super) fn write<T: Serialize>(
        &self,
        global: &Global,
        session: &Session,
        paged: &Paged<T>,
        sheet: impl FnOnce(&T) -> Sheet,
    ) -> Outcome<ExitCode> {
        tell_problems(global, &paged.read, None)?;
        let text = match self.format.as_str() {
            "json" => json::page(&paged.page),
            _ => self.rendered(session, &sheet(&paged.page))?,
        };
        write_text(self.output.as_deref(), &text)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Returns a sheet in the form that was asked for.
    pub(super) fn rendered(&self, session: &Session, sheet: &Sheet) -> Outcome<String> {
        let options = options(&session.config, self.output.as_deref(), session.now);
        sheet::render(sheet, &self.format, &options)
            .ok_or_else(|| Failure::usage(format!("unknown format `{}`", self.format)))
    }
}

/// The forms, with what each is.
fn formats() -> PossibleValuesParser {
    let values: Vec<PossibleValue> =
        FORMATS.iter().map(|(name, what)| PossibleValue::new(*name).help(*what)).collect();
    PossibleValuesParser::new(values)
}
