//! Options that every command has, and what follows from them before a command begins.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::output;
use super::progress::Progress;
use crate::config::{
    COLOR, Config, DATA, DATABASE, HOME, Layer, Origin, Places, setting, user_folder,
};
use crate::error::{Failure, Outcome};
use crate::ops::{self, Scratch, Session};

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Folder of database and data [default: .aftercast of the repository, else the user's data
    /// folder]
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Database
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help = "Database: a file, or postgres://USER@HOST/NAME [default: a file in the home]"
    )]
    database: Option<String>,
    /// Parquet files: a folder or a URL [default: a folder in the home]
    #[arg(long, global = true, value_name = "URL")]
    data: Option<String>,
    /// Colour in the terminal
    #[arg(long, global = true, value_name = "WHEN")]
    color: Option<Color>,
    /// Say only what went wrong
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say what is done and how long it takes; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Outlives the commands' threads.
    #[arg(skip)]
    scratch: Scratch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal
    #[value(help = "On a terminal, unless NO_COLOR or TERM=dumb says otherwise")]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Global {
    /// Reads the configuration around the working folder.
    pub(crate) fn session(&self) -> Outcome<Session> {
        let start = std::env::current_dir()
            .map_err(|error| Failure::from(error).hint("go to a folder that exists"))?;
        self.session_at(&start)
    }

    /// Reads the configuration around `start`.
    pub(crate) fn session_at(&self, start: &Path) -> Outcome<Session> {
        let repository = ops::repository_around(start);
        let places = Places {
            start: start.to_owned(),
            root: repository.clone(),
            user: user_folder("XDG_CONFIG_HOME", ".config"),
        };
        // Names that are not Unicode are none of ours.
        let environment = std::env::vars_os()
            .filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)));
        let config = Config::load(&places, environment, self.flags()?)?;
        Ok(Session {
            config,
            start: start.to_owned(),
            repository,
            now: ops::present(),
            progress: Progress::new(self.quiet).watch(),
            scratch: self.scratch.clone(),
        })
    }

    /// Returns whether a folder was made that goes away with the process.
    pub(crate) fn has_scratch(&self) -> bool {
        self.scratch.get().is_some()
    }

    /// Returns whether only what went wrong is said.
    pub(crate) fn quiet(&self) -> bool {
        self.quiet
    }

    /// Says something on stderr, unless the user wants silence.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            output::talk(&format!("{text}\n"));
        }
    }

    fn flags(&self) -> Outcome<Layer> {
        let mut layer = Layer::default();
        let color = self.color.and_then(|color| color.to_possible_value());
        let given = [
            (HOME, self.home.as_ref().map(|home| home.display().to_string())),
            (DATABASE, self.database.clone()),
            (DATA, self.data.clone()),
            (COLOR, color.map(|color| color.get_name().to_owned())),
        ];
        for (key, text) in given {
            if let (Some(setting), Some(text)) = (setting(key), text) {
                layer.set(setting, text, Origin::Flag(format!("--{key}")))?;
            }
        }
        Ok(layer)
    }
}
