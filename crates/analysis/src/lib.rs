//! From facts to the review of a release: pure, synchronous and total.
//!
//! Owns: statistics, the columns of a service in order, releases, measures, findings, and the
//! review. Must not know: any IO, any clock, logging, arrow, SQL. Time and settings are passed in.
//!
//! The modules only look left: `stats < history < releases < measures < findings < review`.

pub mod review;
