//! The lake itself: opening it, and what can be done with it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aftercast_model::{Facts, Payload, Problem};

use crate::{
    Appended, Cleaned, Compacted, ExportFormat, LakeError, Selection, ServiceSummary, SqlRows,
    TableCount,
};

/// Where the Parquet files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataLocation {
    /// A folder of this machine.
    Local(PathBuf),
    /// A URL (`file://` for now).
    Url(String),
}

/// Which lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LakeOptions {
    /// The catalogue: `sqlite:///path/to/file.db` or `postgres://...`.
    pub catalogue: String,
    /// The Parquet files.
    pub data: DataLocation,
}

/// An open lake; cheap to share by reference between tasks.
#[derive(Debug)]
pub struct Lake {
    #[expect(dead_code, reason = "stub")]
    options: LakeOptions,
}

#[expect(clippy::unused_async, reason = "stub")]
impl Lake {
    /// Opens the lake; makes catalogue and tables where they are missing, and adds the columns that
    /// this version brings.
    pub async fn open(options: &LakeOptions) -> Result<Self, LakeError> {
        Ok(Self { options: options.clone() })
    }

    /// Stores what is new in `facts` and `payloads`, in one snapshot; of each id the latest
    /// observation stays.
    pub async fn append(
        &self,
        _facts: &Facts,
        _payloads: &[Payload],
    ) -> Result<Appended, LakeError> {
        Ok(Appended::default())
    }

    /// Returns the services by name, with their rows and days.
    pub async fn services(&self) -> Result<Vec<ServiceSummary>, LakeError> {
        Ok(Vec::new())
    }

    /// Returns the facts of one service (the empty name: of none), each table sorted by its first
    /// anchor and id.
    pub async fn service_facts(
        &self,
        _service: &str,
        _wanted: &Selection,
    ) -> Result<Facts, LakeError> {
        Ok(Facts::new())
    }

    /// Returns the facts of all services, each table sorted by service, first anchor and id.
    pub async fn facts(&self, _wanted: &Selection) -> Result<Facts, LakeError> {
        Ok(Facts::new())
    }

    /// Returns the rows and files of each table, `payloads` last.
    pub async fn table_counts(&self) -> Result<Vec<TableCount>, LakeError> {
        Ok(Vec::new())
    }

    /// Runs a read-only query.
    pub async fn sql(&self, _query: &str) -> Result<SqlRows, LakeError> {
        Ok(SqlRows::empty())
    }

    /// Writes the rows of a read-only query and returns how many there were.
    pub async fn export(
        &self,
        _query: &str,
        _format: ExportFormat,
        _to: impl Write + Send,
    ) -> Result<u64, LakeError> {
        Ok(0)
    }

    /// Merges small files into sorted larger ones and drops replaced rows from them.
    pub async fn compact(&self) -> Result<Compacted, LakeError> {
        Ok(Compacted::default())
    }

    /// Forgets all snapshots but the last, then removes files that no snapshot needs and files that
    /// a crash left behind, both only when older than `grace`.
    pub async fn clean(&self, _grace: Duration) -> Result<Cleaned, LakeError> {
        Ok(Cleaned::default())
    }
}

/// Reads one of our own tables from a Parquet file; the table is found by its columns or by the
/// file's name. Columns that we do not know and values that do not fit are problems.
pub fn read_parquet_facts(_path: &Path) -> Result<(Facts, Vec<Problem>), LakeError> {
    Ok((Facts::new(), Vec::new()))
}
