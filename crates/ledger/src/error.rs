//! What can stand between us and the database, in words a person can act on.

use sqlx::postgres::PgDatabaseError;

/// `SQLITE_IOERR_SHMSIZE`.
const IOERR_SHMSIZE: u32 = 4874;

/// Why the ledger could not do its job.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Another process kept the database for longer than we wait.
    #[error("the database `{database}` is locked by another process")]
    Locked {
        /// The database.
        database: String,
    },
    /// The database, its folder or the server does not let us write.
    #[error("the database `{database}` is read-only")]
    ReadOnly {
        /// The database.
        database: String,
    },
    /// The file cannot be opened or made.
    #[error("the database `{database}` cannot be opened")]
    CannotOpen {
        /// The database.
        database: String,
    },
    /// The file is something else, or damaged.
    #[error("`{database}` is not a database, or it is damaged")]
    NotADatabase {
        /// The database.
        database: String,
    },
    /// No room is left on the disk.
    #[error("the disk of the database `{database}` is full")]
    DiskFull {
        /// The database.
        database: String,
    },
    /// A newer Aftercast has been here.
    #[error("the database `{database}` has schema {found}, this program knows schema {known}")]
    NewerSchema {
        /// The database.
        database: String,
        /// The schema that it has.
        found: i64,
        /// The newest schema that this program knows.
        known: i64,
    },
    /// The server refuses the user, the password, or what the user wants to do.
    #[error("the database `{database}` refuses the login")]
    NotAuthorised {
        /// The database.
        database: String,
        /// What the server said.
        #[source]
        source: sqlx::Error,
    },
    /// The server does not answer.
    #[error("the database `{database}` cannot be reached")]
    Unreachable {
        /// The database.
        database: String,
        /// What went wrong.
        #[source]
        source: sqlx::Error,
    },
    /// The URL names no database that we know.
    #[error(
        "unknown database `{url}` (known forms are `sqlite:PATH`, `postgres://USER@HOST/NAME`)"
    )]
    UnknownUrl {
        /// The URL, without its password.
        url: String,
    },
    /// What is stored is not what we wrote.
    #[error("the database `{database}` holds {what}")]
    Damaged {
        /// The database.
        database: String,
        /// What is wrong with it.
        what: String,
    },
    /// Anything else that the database says.
    #[error("the database `{database}` refuses a statement")]
    Database {
        /// The database.
        database: String,
        /// What it said.
        #[source]
        source: sqlx::Error,
    },
}

impl LedgerError {
    /// Returns what a person can try.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Locked { .. } => "wait for the other `aftercast` to end, then try again",
            Self::ReadOnly { .. } | Self::CannotOpen { .. } => {
                "give write access to the folder, or name another one with --home DIR"
            }
            Self::NotADatabase { .. } | Self::Damaged { .. } => {
                "move the file away and import again, or name another home with --home DIR"
            }
            Self::DiskFull { .. } => "make room, or name another disk with --home DIR",
            Self::NewerSchema { .. } => "update `aftercast`, or name another home with --home DIR",
            Self::NotAuthorised { .. } => "check user, password and rights of --database",
            Self::Unreachable { .. } => "check host and port of --database",
            Self::UnknownUrl { .. } | Self::Database { .. } => return None,
        })
    }

    pub(crate) fn from_sqlx(database: &str, source: sqlx::Error) -> Self {
        let database = database.to_owned();
        match &source {
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut => {
                Self::Unreachable { database, source }
            }
            sqlx::Error::Database(said) => {
                let code = said.code().unwrap_or_default().into_owned();
                if said.try_downcast_ref::<PgDatabaseError>().is_some() {
                    return Self::from_postgres(database, &code, source);
                }
                // The low byte is the primary code (https://www.sqlite.org/rescode.html).
                let code: u32 = code.parse().unwrap_or_default();
                match code & 0xff {
                    // The file of shared memory cannot grow: no room is left.
                    10 if code == IOERR_SHMSIZE => Self::DiskFull { database },
                    5 | 6 => Self::Locked { database },
                    8 => Self::ReadOnly { database },
                    11 | 26 => Self::NotADatabase { database },
                    13 => Self::DiskFull { database },
                    14 => Self::CannotOpen { database },
                    _ => Self::Database { database, source },
                }
            }
            _ => Self::Database { database, source },
        }
    }

    // https://www.postgresql.org/docs/current/errcodes-appendix.html
    fn from_postgres(database: String, code: &str, source: sqlx::Error) -> Self {
        match code {
            "28000" | "28P01" | "42501" => Self::NotAuthorised { database, source },
            "25006" => Self::ReadOnly { database },
            "55P03" => Self::Locked { database },
            "53100" => Self::DiskFull { database },
            "57P01" | "57P02" | "57P03" | "53300" => Self::Unreachable { database, source },
            _ => Self::Database { database, source },
        }
    }
}
