//! The home: where database and Parquet files are, found by flag, setting or place, and opened.

use std::path::{Path, PathBuf};

use aftercast_lake::{DataLocation, Lake, LakeOptions};
use aftercast_ledger::{Ledger, sqlite_url};
use aftercast_model::PersonKey;
use anyhow::Context as _;

use super::Session;
use crate::config::{DATA, DATABASE, HOME, PERSON_KEY_VARIABLE, user_folder};
use crate::error::{Failure, Outcome};

/// The folder in a repository.
const IN_REPOSITORY: &str = ".aftercast";
/// The database in a home.
const DATABASE_FILE: &str = "aftercast.db";
/// The Parquet files in a home.
const DATA_FOLDER: &str = "data";

/// Where an installation keeps what it knows.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    folder: PathBuf,
    /// Made by us in a repository, which must not see it.
    in_repository: bool,
    database: String,
    data: DataLocation,
}

/// An open home.
pub(crate) struct Store {
    /// The folder of the home.
    pub(crate) folder: PathBuf,
    /// Cursors, key, log.
    pub(crate) ledger: Ledger,
    /// Facts.
    pub(crate) lake: Lake,
}

impl Home {
    /// Returns the home of the session: by setting, else `.aftercast` of the repository, else the
    /// user's data folder.
    pub(crate) fn find(session: &Session) -> Outcome<Self> {
        if let Some(folder) = session.config.text(HOME) {
            return Ok(Self::at(session, &absolute(&session.start, folder)));
        }
        if let Some(root) = &session.repository {
            let home = Self::at(session, &root.join(IN_REPOSITORY));
            return Ok(Self { in_repository: true, ..home });
        }
        let folder = user_folder("XDG_DATA_HOME", ".local/share").ok_or_else(|| {
            Failure::usage("no folder for the data: neither a repository nor a home directory")
                .hint("name one with --home DIR")
        })?;
        Ok(Self::at(session, &folder.join("aftercast")))
    }

    /// Returns a home in `folder`, whatever the settings say.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            in_repository: false,
            database: sqlite_url(&folder.join(DATABASE_FILE)),
            data: DataLocation::Local(folder.join(DATA_FOLDER)),
        }
    }

    fn at(session: &Session, folder: &Path) -> Self {
        let mut home = Self::in_folder(folder);
        if let Some(database) = session.config.text(DATABASE) {
            let is_url = database.contains("://") || database.starts_with("sqlite:");
            home.database = if is_url {
                database.to_owned()
            } else {
                sqlite_url(&absolute(&session.start, database))
            };
        }
        if let Some(data) = session.config.text(DATA) {
            home.data = if data.contains("://") {
                DataLocation::Url(data.to_owned())
            } else {
                DataLocation::Local(absolute(&session.start, data))
            };
        }
        if home.database.starts_with("postgres") && session.config.text(DATA).is_none() {
            // Several machines share a server; the files must then be where all of them look.
            tracing::info!(data = %home.shown_data(), "data stays in the home: name --data to share it");
        }
        home
    }

    /// Returns the folder for people.
    pub(crate) fn shown_folder(&self) -> String {
        self.folder.display().to_string()
    }

    /// Returns the database for people, without a password.
    pub(crate) fn shown_database(&self) -> String {
        if self.database == sqlite_url(&self.folder.join(DATABASE_FILE)) {
            return format!("`{DATABASE_FILE}` in the home");
        }
        aftercast_ledger::shown_url(&self.database)
    }

    /// Returns the place of the Parquet files for people.
    pub(crate) fn shown_data(&self) -> String {
        match &self.data {
            DataLocation::Local(folder) if *folder == self.folder.join(DATA_FOLDER) => {
                format!("`{DATA_FOLDER}` in the home")
            }
            DataLocation::Local(folder) => folder.display().to_string(),
            DataLocation::Url(url) => aftercast_ledger::shown_url(url),
        }
    }

    /// Returns the folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns whether something was stored here before.
    pub(crate) fn exists(&self) -> bool {
        !self.database.starts_with("sqlite:")
            || self.folder.join(DATABASE_FILE).exists()
            || self.database != sqlite_url(&self.folder.join(DATABASE_FILE))
    }

    /// Opens the home, making what is missing.
    pub(crate) async fn open(&self, session: &Session) -> Outcome<Store> {
        self.make()?;
        let started = std::time::Instant::now();
        let ledger = Ledger::open(&self.database, session.now).await?;
        tracing::info!(took_ms = millis_since(started), "opened the ledger");
        let started = std::time::Instant::now();
        let lake = self.open_lake().await?;
        tracing::info!(took_ms = millis_since(started), "opened the lake");
        Ok(Store { folder: self.folder.clone(), ledger, lake })
    }

    /// Opens the lake of a home that exists, to read.
    pub(crate) async fn open_to_read(&self) -> Outcome<Lake> {
        self.demand()?;
        self.make()?;
        self.open_lake().await
    }

    /// Fails where nothing was stored yet.
    pub(crate) fn demand(&self) -> Outcome<()> {
        if self.exists() {
            return Ok(());
        }
        let what = format!("nothing is stored in `{}` yet", self.shown_folder());
        Err(Failure::data(what).hint(
            "run `aftercast review` in a git checkout, `aftercast import SOURCE PATH`, or name \
             another home with --home DIR; `aftercast review --sample` shows what comes out",
        ))
    }

    async fn open_lake(&self) -> Outcome<Lake> {
        let options = LakeOptions { catalogue: self.database.clone(), data: self.data.clone() };
        Ok(Lake::open(&options).await?)
    }

    fn make(&self) -> Outcome<()> {
        let told = || format!("cannot make the home `{}`", self.folder.display());
        std::fs::create_dir_all(&self.folder).with_context(told)?;
        if self.in_repository {
            let ignore = self.folder.join(".gitignore");
            if !ignore.exists() {
                std::fs::write(&ignore, "*\n").with_context(told)?;
            }
        }
        Ok(())
    }
}

impl Store {
    /// Returns the key for pseudonyms: that of the environment where it is set, else the ledger's.
    pub(crate) async fn person_key(&self, session: &Session) -> Outcome<PersonKey> {
        if let Ok(text) = std::env::var(PERSON_KEY_VARIABLE)
            && !text.is_empty()
        {
            return PersonKey::from_hex(&text)
                .with_context(|| format!("`{PERSON_KEY_VARIABLE}` is not a key"))
                .map_err(Failure::from);
        }
        Ok(self.ledger.person_key(session.now).await?)
    }
}

/// Returns whole milliseconds with one decimal, for the log.
pub(crate) fn millis_since(started: std::time::Instant) -> String {
    format!("{:.1}", started.elapsed().as_secs_f64() * 1000.0)
}

fn absolute(start: &Path, path: &str) -> PathBuf {
    start.join(path)
}
