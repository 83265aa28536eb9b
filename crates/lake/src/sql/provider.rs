//! A table of the lake for DataFusion: live files, without their replaced rows, pruned by the
//! statistics of the catalogue, of row groups and of pages.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::datasource::physical_plan::parquet::ParquetRowSelection;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use crate::catalogue::{DataFile, State, TableState};
use crate::files::{Folder, deletion, read_positions};
use crate::lake::blocking;

/// A table at one snapshot.
#[derive(Debug)]
pub(super) struct LakeTable {
    state: Arc<State>,
    /// Position in the state.
    position: usize,
    folder: Folder,
    schema: SchemaRef,
}

impl LakeTable {
    pub(super) fn new(state: Arc<State>, position: usize, folder: Folder) -> Self {
        let schema = state.tables.get(position).map(|table| table.layout.schema.clone());
        let schema = schema.unwrap_or_else(|| Arc::new(arrow::datatypes::Schema::empty()));
        Self { state, position, folder, schema }
    }

    fn table(&self) -> Option<&TableState> {
        self.state.tables.get(self.position)
    }
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        // Pruning leaves out what cannot match; the engine still filters the rest.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let files = self.table().map_or(&[][..], |table| &table.files);
        if files.is_empty() {
            let schema = match projection {
                Some(projection) => Arc::new(self.schema.project(projection)?),
                None => self.schema.clone(),
            };
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let partitions = session.config().target_partitions().clamp(1, files.len());
        let mut groups: Vec<Vec<PartitionedFile>> = vec![Vec::new(); partitions];
        for (index, file) in files.iter().enumerate() {
            let file = self.partitioned(file).await?;
            if let Some(group) = groups.get_mut(index % partitions) {
                group.push(file);
            }
        }
        let source = Arc::new(ParquetSource::new(self.schema.clone()));
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), source)
            .with_file_groups(groups.into_iter().map(FileGroup::new).collect())
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

impl LakeTable {
    async fn partitioned(&self, file: &DataFile) -> Result<PartitionedFile> {
        let path = self.folder.path(&file.path).display().to_string();
        let partitioned = PartitionedFile::new(path, file.size_bytes);
        let Some(delete) = &file.delete else { return Ok(partitioned) };
        let (folder, path) = (self.folder.clone(), delete.path.clone());
        let dead = blocking(move || read_positions(&folder, &path))
            .await
            .map_err(|error| DataFusionError::External(Box::new(error)))?;
        let rows = usize::try_from(file.rows).unwrap_or(usize::MAX);
        Ok(partitioned.with_extension(ParquetRowSelection::new(deletion(rows, &dead))))
    }
}
