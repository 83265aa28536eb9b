//! What is said in chat about deliveries, found by words: the same for every chat system.
//!
//! Owns: the lexicon, what must not count (quotations, questions, denials, what may happen), the
//! pairing of a question for approval with its answer, and what is kept of a message: time, address,
//! kind, a short redacted quote, channel, thread, pseudonym. Nothing else of a message is ever stored.
//! Deterministic, pure, total. Must not know any chat system's format.

mod classify;
mod kept;
mod phrase;
mod quote;
mod sayings;
mod settings;
mod text;
mod thread;
mod words;

pub use settings::{ChatRules, ChatWord};

pub use classify::{Heard, Spoken, heard};
pub(crate) use kept::{KIND as KEPT, restore};
pub(crate) use settings::Channel;
pub(crate) use thread::{Message, Reaction, Thread, asks_without_answer, convert};
