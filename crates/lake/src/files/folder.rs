//! The folder of the data: names, and writes that survive a power cut.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::{DataLocation, LakeError};

/// The folder in which the files of the lake are.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens the folder, making it where it is missing.
    pub(crate) fn open(location: &DataLocation) -> Result<Self, LakeError> {
        let path = match location {
            DataLocation::Local(path) => path.clone(),
            DataLocation::Url(url) => match url.strip_prefix("file://") {
                Some(path) if path.starts_with('/') => PathBuf::from(path),
                _ => {
                    return Err(LakeError::Address {
                        address: url.clone(),
                        why: "only folders of this machine and `file:///path` hold data for now"
                            .to_owned(),
                    });
                }
            },
        };
        fs::create_dir_all(&path).map_err(|error| file_error("create", &path, &error))?;
        let root = path.canonicalize().map_err(|error| file_error("open", &path, &error))?;
        Ok(Self { root })
    }

    /// Returns the address that the catalogue keeps: the full path with a `/` at its end.
    pub(crate) fn address(&self) -> String {
        format!("{}/", self.root.display())
    }

    /// Returns the full path of a file of the lake.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Returns a name that no other file has.
    pub(crate) fn new_name(kind: &str) -> String {
        format!("aftercast-{}{kind}.parquet", Uuid::now_v7())
    }

    /// Lets `fill` write the file `relative`, makes it last, and returns its path and size.
    ///
    /// The file appears under its name only when it is complete and on disk.
    pub(crate) fn write<T>(
        &self,
        relative: &str,
        fill: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<T>,
    ) -> Result<(T, u64), LakeError> {
        let path = self.path(relative);
        let parent = path.parent().unwrap_or(&self.root).to_path_buf();
        if !parent.is_dir() {
            fs::create_dir_all(&parent).map_err(|error| file_error("create", &parent, &error))?;
            sync_folders(&parent, &self.root);
        }
        let temporary = path.with_extension("tmp");
        let written = (|| {
            let mut file = BufWriter::with_capacity(1 << 18, File::create(&temporary)?);
            let value = fill(&mut file)?;
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            let size = file.metadata()?.len();
            fs::rename(&temporary, &path)?;
            sync_folder(&parent)?;
            Ok((value, size))
        })();
        written.map_err(|error| {
            // What could not be completed is no use to anybody; the first error is the one to tell.
            let _ = fs::remove_file(&temporary);
            file_error("write", &path, &error)
        })
    }

    /// Removes a file of the lake; one that is not there is removed already.
    pub(crate) fn remove(&self, relative: &str) -> Result<(), LakeError> {
        let path = self.path(relative);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(file_error("remove", &path, &error))
            }
            _ => Ok(()),
        }
    }

    /// Returns the files in `folder` that we could have written, with their ages in seconds.
    pub(crate) fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, LakeError> {
        let path = self.path(folder);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(file_error("list", &path, &error)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| file_error("list", &path, &error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let age = entry.metadata().ok().and_then(|data| data.modified().ok());
            let age = age.and_then(|at| at.elapsed().ok()).map_or(0, |age| age.as_secs());
            if name.starts_with("aftercast-") {
                files.push((format!("{folder}{name}"), age));
            }
        }
        Ok(files)
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes new folders last, up to `root`; some file systems refuse it, and the file's own folder is
/// tried again where it counts.
fn sync_folders(from: &Path, root: &Path) {
    for folder in from.ancestors() {
        let _ = sync_folder(folder);
        if folder == root {
            break;
        }
    }
}

/// Returns the error with the way out.
pub(crate) fn file_error(doing: &'static str, path: &Path, error: &io::Error) -> LakeError {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            " (make room on the disk, then try again; nothing was stored)"
        }
        io::ErrorKind::PermissionDenied => " (check who owns it, or choose another `--home`)",
        io::ErrorKind::ReadOnlyFilesystem => " (choose a `--home` that can be written to)",
        io::ErrorKind::NotFound => {
            " (the catalogue names it: was the data folder moved? point `--data` at it)"
        }
        _ => "",
    };
    LakeError::File { doing, path: path.to_path_buf(), why: format!("{error}{hint}") }
}
