//! The lake judged from outside: by DuckDB, by chance, by several writers at once.

mod bench;
mod interchange;
mod opening;
mod order;
mod sql;
mod writers;
