//! What can keep the lake from doing its job; each message names the thing and the way out.

use std::path::PathBuf;

/// Why the lake could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakeError {
    /// The address of the catalogue or of the data is of a kind that we cannot use.
    #[error("cannot use `{address}` for the lake: {why}")]
    Address {
        /// The address, without its password.
        address: String,
        /// What is wrong, and what would be right.
        why: String,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {doing} `{path}`: {why}", path = path.display())]
    File {
        /// What we tried: `create`, `read`, ...
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer and the way out.
        why: String,
    },
    /// A Parquet file is damaged or not ours.
    #[error("`{path}` is no Parquet file that we can read: {why}", path = path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        why: String,
    },
    /// The database of the catalogue could not be opened or did not answer.
    #[error("the catalogue `{catalogue}` failed: {why}")]
    Catalogue {
        /// The address, without its password.
        catalogue: String,
        /// What the database says and the way out.
        why: String,
    },
    /// The server of the catalogue does not answer.
    #[error("the catalogue `{catalogue}` cannot be reached: {why}")]
    Unreachable {
        /// The address, without its password.
        catalogue: String,
        /// What went wrong.
        why: String,
    },
    /// The server of the catalogue refuses the user, the password or what the user wants to do.
    #[error("the catalogue `{catalogue}` refuses the login: {why}")]
    NotAuthorised {
        /// The address, without its password.
        catalogue: String,
        /// What the server said.
        why: String,
    },
    /// Another process held the catalogue longer than we wait.
    #[error(
        "the catalogue `{catalogue}` is locked by another process (wait until its import is done, then try again)"
    )]
    Locked {
        /// The address, without its password.
        catalogue: String,
    },
    /// The catalogue was made by a newer version, or by something else.
    #[error("the catalogue `{catalogue}` is not one that this version can use: {why}")]
    Foreign {
        /// The address, without its password.
        catalogue: String,
        /// What was found and the way out.
        why: String,
    },
    /// The payloads of one append are more than a column can hold.
    #[error(
        "{size_bytes} bytes of payloads are too many for one append (give at most {limit_bytes} at a time)"
    )]
    TooLarge {
        /// What was given.
        size_bytes: usize,
        /// What fits.
        limit_bytes: usize,
    },
    /// The query is not one, names what does not exist, or failed.
    #[error("the query failed: {why}")]
    Query {
        /// What the engine says.
        why: String,
    },
    /// Writing an export failed.
    #[error("cannot write the export: {why}")]
    Export {
        /// The system's answer.
        why: String,
    },
}
