//! The ledger's promises, kept on SQLite and on PostgreSQL alike.

mod bench;
mod contract;
mod errors;
