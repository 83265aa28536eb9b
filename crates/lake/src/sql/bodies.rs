//! The bodies of kept records, batch by batch.

use arrow::array::AsArray as _;
use arrow::compute::cast;
use arrow::datatypes::DataType;

use super::SqlRows;
use crate::LakeError;
use crate::append::internal;

/// The bodies of kept records, pulled batch by batch.
pub struct PayloadBodies(pub(crate) SqlRows);

impl PayloadBodies {
    /// Returns the next bodies; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<Vec<u8>>>, LakeError> {
        let Some(batch) = self.0.next_batch().await? else { return Ok(None) };
        let column = cast(batch.column(0), &DataType::Binary).map_err(internal)?;
        let bodies = column.as_binary_opt::<i32>().map(|bodies| bodies.iter().flatten());
        Ok(Some(bodies.into_iter().flatten().map(<[u8]>::to_vec).collect()))
    }
}
