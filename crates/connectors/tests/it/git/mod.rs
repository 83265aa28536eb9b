//! The git source, on repositories that the `git` program made.

mod history;
mod numstat;
mod places;
mod releases;
mod repository;
