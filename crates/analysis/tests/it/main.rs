//! Promises of the analysis, tested from outside.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod build;
mod candidates;
mod causes;
mod changed_and_good;
mod checks_page;
mod cut_off;
mod failures;
mod gates;
mod incidents;
mod keys;
mod layers_page;
mod lead_time;
mod manual;
mod monorepo;
mod oracles;
mod order;
mod pauses;
mod releases;
mod reviews;
mod scenarios;
mod test_ledger;
mod totality;
mod truth;
