//! Foreign text made safe: one file a target.
//!
//! Owns: what may reach a surface from commit messages, branch names, job names, titles and links.
//! Every text of a review goes through here before it is shown, also those that we wrote ourselves,
//! because names from outside are woven into them.

pub mod html;
pub mod link;
pub mod markdown;
pub mod mermaid;
pub mod plain;
pub mod terminal;
