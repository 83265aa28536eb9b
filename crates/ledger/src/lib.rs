//! Transactional state of an installation, beside the lake's catalogue in the same database.
//!
//! Owns: the tables `aftercast_*` (the key of pseudonyms, the inbox, import
//! cursors, how far facts are known, the log of imports, what people decided) and
//! their migrations, on SQLite (WAL, synchronous=FULL, foreign keys on) and on PostgreSQL.
//! Must not know: lake, connectors, analysis, any clock: time is passed in.
//!
//! Guarantees: any number of processes may open the same database at once; each migration runs
//! once; what a call saved survives a power cut when the call has returned.

mod cursors;
mod database;
mod decisions;
mod error;
mod horizons;
mod imports;
mod inbox;
mod instance;
mod migrations;

pub use database::{Ledger, shown_url, sqlite_url};
pub use decisions::Decision;
pub use error::LedgerError;
pub use horizons::Horizon;
pub use imports::{FinishedImport, ImportRecord};
pub use inbox::{Received, Settled, Waiting};
