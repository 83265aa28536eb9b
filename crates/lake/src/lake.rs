//! The lake itself: opening it, and what can be done with it.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aftercast_model::{Facts, Payload};
use tokio::sync::Mutex;

use crate::append::{self, Plan, internal};
use crate::catalogue::{self, Change, Database, State};
use crate::encode::{facts_batches, payloads_batch};
use crate::files::Folder;
use crate::{
    Appended, Cleaned, Compacted, ExportFormat, LakeError, PayloadBodies, Removed, Selection,
    ServiceSummary, SqlRows, TableCount, maintain, query, remove, scan, sql,
};

/// Payloads of one append, in bytes; a column of bytes cannot hold more than 2 GiB.
const PAYLOAD_LIMIT: usize = 1 << 30;

/// How long files stay for those who still read an older snapshot.
const GRACE: Duration = Duration::from_hours(1);

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
    database: Database,
    folder: Folder,
    /// What the catalogue said last.
    state: Mutex<Option<Arc<State>>>,
    /// Writers of this process take turns: they would only do the same work twice.
    writing: Mutex<()>,
}

impl Lake {
    /// Opens the lake; makes catalogue and tables where they are missing, and adds the columns that
    /// this version brings.
    pub async fn open(options: &LakeOptions) -> Result<Self, LakeError> {
        let folder = Folder::open(&options.data)?;
        let database = Database::open(&options.catalogue).await?;
        catalogue::prepare(&database, &folder.address()).await?;
        let lake = Self { database, folder, state: Mutex::default(), writing: Mutex::default() };
        let state = lake.state().await?;
        if state.data_path != lake.folder.address() && !lake.database.is_read_only() {
            lake.follow_moved_folder(&state).await?;
        }
        Ok(lake)
    }

    /// The folder was moved, or the caller names another one: only if the files are here.
    async fn follow_moved_folder(&self, state: &State) -> Result<(), LakeError> {
        let first = state.tables.iter().flat_map(|table| &table.files).next();
        if let Some(file) = first
            && !self.folder.path(&file.path).is_file()
        {
            return Err(LakeError::Foreign {
                catalogue: self.database.address().to_owned(),
                why: format!(
                    "its files are in `{}`, not in `{}` (point `--data` at the folder that holds them)",
                    state.data_path,
                    self.folder.address()
                ),
            });
        }
        catalogue::record_data_path(&self.database, &self.folder.address()).await
    }

    /// Returns what the catalogue says now.
    pub(crate) async fn state(&self) -> Result<Arc<State>, LakeError> {
        let mut kept = self.state.lock().await;
        let mut work = self.database.read().await?;
        let snapshot = catalogue::snapshot_id(&mut work).await?;
        if let Some(state) = kept.as_ref().filter(|state| state.snapshot == snapshot) {
            return Ok(state.clone());
        }
        let state = Arc::new(catalogue::load(&mut work, self.database.address()).await?);
        *kept = Some(state.clone());
        Ok(state)
    }

    /// Stores what is new in `facts` and `payloads`, in one snapshot; of each id the latest
    /// observation stays.
    ///
    /// When this returns, the rows survive a power cut. On an error nothing was stored.
    pub async fn append(&self, facts: &Facts, payloads: &[Payload]) -> Result<Appended, LakeError> {
        let size: usize = payloads.iter().map(|payload| payload.body.len()).sum();
        if size > PAYLOAD_LIMIT {
            return Err(LakeError::TooLarge { size_bytes: size, limit_bytes: PAYLOAD_LIMIT });
        }
        let mut batches = facts_batches(facts).map_err(internal)?;
        batches.extend(payloads_batch(payloads).map_err(internal)?);
        if batches.is_empty() {
            return Ok(Appended::default());
        }
        let batches = Arc::new(batches);
        let mut told = Vec::new();
        let snapshot = self
            .change(
                move |state, folder| {
                    let plan = append::plan(folder, state, &batches)?;
                    let Plan { change, told: tables } = plan;
                    Ok((change, tables))
                },
                &mut told,
            )
            .await?;
        Ok(Appended { tables: told, snapshot })
    }

    /// Removes every row that `source` said of `repo`, in one snapshot: what it is read as under
    /// other rules would stand beside it, or lose against it. Tables without a repository stay.
    pub async fn remove(&self, source: &str, repo: &str) -> Result<Removed, LakeError> {
        let (source, repo) = (source.to_owned(), repo.to_owned());
        let mut told = Removed::default();
        let plan =
            move |state: &State, folder: &Folder| remove::plan(folder, state, &source, &repo);
        let snapshot = self.change(plan, &mut told).await?;
        Ok(Removed { snapshot, ..told })
    }

    /// Puts `facts` in the place of every fact that `source` said, in one snapshot: nobody sees a lake
    /// without them. The payloads stay.
    pub async fn replace(
        &self,
        source: &str,
        facts: Facts,
    ) -> Result<(Removed, Appended), LakeError> {
        let batches = Arc::new(facts_batches(&facts).map_err(internal)?);
        drop(facts);
        let source = source.to_owned();
        let plan = move |state: &State, folder: &Folder| {
            remove::plan_replacement(folder, state, &source, &batches)
        };
        let mut told = (Removed::default(), Vec::new());
        let snapshot = self.change(plan, &mut told).await?;
        let (removed, tables) = told;
        Ok((Removed { snapshot, ..removed }, Appended { tables, snapshot }))
    }

    /// Returns the kept records of `source`, in no order.
    pub async fn payloads(&self, source: &str) -> Result<PayloadBodies, LakeError> {
        let query =
            format!("SELECT body FROM payloads WHERE source = '{}'", source.replace('\'', "''"));
        Ok(PayloadBodies(sql::run(self.state().await?, &self.folder, &query).await?))
    }

    /// Lets `plan` find out what to change beside the present state and write the files for it,
    /// then commits it. Where another writer was faster, plans again while others wait, so that
    /// nobody starves. Returns the new snapshot, `None` where nothing changed.
    pub(crate) async fn change<T, P>(&self, plan: P, told: &mut T) -> Result<Option<i64>, LakeError>
    where
        T: Send + 'static,
        P: Fn(&State, &Folder) -> Result<(Change, T), LakeError> + Clone + Send + 'static,
    {
        let _turn = self.writing.lock().await;
        let mut state = self.state().await?;
        let mut change;
        (change, *told) = self.planned(&plan, &state).await?;
        if change.is_empty() {
            return Ok(None);
        }
        let mut work = self.database.write().await?;
        let same = catalogue::snapshot_id(&mut work).await? == state.snapshot;
        // A clean-up of another process may have taken our files for those of a crash.
        let there = change.new_files(&state).iter().all(|file| self.folder.path(file).is_file());
        if !(same && there) {
            for file in change.new_files(&state) {
                self.folder.remove(&file)?;
            }
            state = Arc::new(catalogue::load(&mut work, self.database.address()).await?);
            (change, *told) = self.planned(&plan, &state).await?;
            if change.is_empty() {
                return Ok(None);
            }
        }
        let snapshot = catalogue::commit(&mut work, &state, &change).await?;
        work.commit().await?;
        Ok(Some(snapshot))
    }

    async fn planned<T, P>(&self, plan: &P, state: &Arc<State>) -> Result<(Change, T), LakeError>
    where
        T: Send + 'static,
        P: Fn(&State, &Folder) -> Result<(Change, T), LakeError> + Clone + Send + 'static,
    {
        let (plan, state, folder) = (plan.clone(), state.clone(), self.folder.clone());
        blocking(move || plan(&state, &folder)).await
    }

    /// Returns the services by name, with their rows and days.
    pub async fn services(&self) -> Result<Vec<ServiceSummary>, LakeError> {
        let (state, folder) = (self.state().await?, self.folder.clone());
        blocking(move || query::services(&folder, &state)).await
    }

    /// Returns the facts of one service (the empty name: of none), each table sorted by its first
    /// anchor and id.
    pub async fn service_facts(
        &self,
        service: &str,
        wanted: &Selection,
    ) -> Result<Facts, LakeError> {
        let whose = query::Whose::Service(Some(service.to_owned()).filter(|name| !name.is_empty()));
        self.read(whose, wanted).await
    }

    /// Returns the facts of all services, each table sorted by service, first anchor and id.
    pub async fn facts(&self, wanted: &Selection) -> Result<Facts, LakeError> {
        self.read(query::Whose::All, wanted).await
    }

    /// Folds the facts of each service that has a name, on all cores, and returns what the folds
    /// came to, by service. In memory are the facts of one service a core, however many there are.
    pub async fn each_service<T: Send + 'static>(
        &self,
        wanted: &Selection,
        fold: impl Fn(&str, Facts) -> T + Send + Sync + 'static,
    ) -> Result<Vec<T>, LakeError> {
        let (state, folder, wanted) = (self.state().await?, self.folder.clone(), wanted.clone());
        blocking(move || scan::each_service(&folder, &state, &wanted, &fold)).await
    }

    /// Decodes the wanted columns of every row on all cores, keeps nothing, and returns the number
    /// of rows: the least that any analysis of them can cost.
    pub async fn decode(&self, wanted: &Selection) -> Result<usize, LakeError> {
        let (state, folder, wanted) = (self.state().await?, self.folder.clone(), wanted.clone());
        blocking(move || scan::decode(&folder, &state, &wanted)).await
    }

    async fn read(&self, whose: query::Whose, wanted: &Selection) -> Result<Facts, LakeError> {
        let (state, folder, wanted) = (self.state().await?, self.folder.clone(), wanted.clone());
        blocking(move || query::facts(&folder, &state, &whose, &wanted)).await
    }

    /// Returns the rows and files of each table, `payloads` last.
    pub async fn table_counts(&self) -> Result<Vec<TableCount>, LakeError> {
        let state = self.state().await?;
        let count = |table: &catalogue::TableState| TableCount {
            table: table.layout.name,
            rows: table.files.iter().map(catalogue::DataFile::live_rows).sum(),
            files: table.files.len() as u64,
            size_bytes: table.files.iter().map(|file| file.size_bytes).sum(),
        };
        Ok(state.tables.iter().map(count).collect())
    }

    /// Runs a read-only query.
    pub async fn sql(&self, query: &str) -> Result<SqlRows, LakeError> {
        sql::run(self.state().await?, &self.folder, query).await
    }

    /// Writes the rows of a read-only query and returns how many there were.
    pub async fn export(
        &self,
        query: &str,
        format: ExportFormat,
        to: impl Write + Send,
    ) -> Result<u64, LakeError> {
        let rows = self.sql(query).await?;
        sql::export(rows, format, to).await
    }

    /// Merges small files into sorted larger ones and drops replaced rows from them.
    pub async fn compact(&self) -> Result<Compacted, LakeError> {
        let mut told = Compacted::default();
        self.change(|state, folder| maintain::plan_compaction(folder, state), &mut told).await?;
        Ok(told)
    }

    /// Merges small files where a table has too many of them, and then cleans up with an hour of
    /// grace. Returns at once where no table has; whoever still reads an older snapshot can.
    pub async fn tidy(&self) -> Result<Compacted, LakeError> {
        let mut told = Compacted::default();
        if !maintain::is_crowded(self.state().await?.as_ref()) {
            return Ok(told);
        }
        self.change(|state, folder| maintain::plan_tidying(folder, state), &mut told).await?;
        self.clean(GRACE).await?;
        Ok(told)
    }

    /// Forgets snapshots older than `grace`, except the last; then removes the files that no
    /// snapshot needs and those that a crash left behind, where they are older than `grace`.
    ///
    /// Whoever still reads an older snapshot needs its files: a grace of an hour is safe.
    pub async fn clean(&self, grace: Duration) -> Result<Cleaned, LakeError> {
        let _turn = self.writing.lock().await;
        let mut work = self.database.write().await?;
        let state = catalogue::load(&mut work, self.database.address()).await?;
        let snapshots = maintain::forget(&mut work, &state, grace).await?;
        work.commit().await?;
        // No file goes before the catalogue has forgotten it for good.
        let mut work = self.database.write().await?;
        let told = maintain::sweep(&mut work, &self.folder, &state, grace).await?;
        work.commit().await?;
        Ok(Cleaned { snapshots, ..told })
    }
}

/// Runs `work` where it may take its time.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LakeError> + Send + 'static,
) -> Result<T, LakeError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(LakeError::Query { why: format!("internal: {error}") }))
}
