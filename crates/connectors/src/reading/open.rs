//! Opening what the user named: files, folders, archives, standard input.
//!
//! Guarantees: kinds are told by content, not by name; unpacking is streamed and limited; nothing
//! is written; symbolic links inside of folders and archives are not followed.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use aftercast_model::{Place, Problem};
use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use crate::reading::{Limits, Loop, Stop};

/// How many packings may lie in one another: a file packed inside of an archive.
const LAYERS: u8 = 2;
/// Archives that cannot be streamed are kept in memory up to this size.
const SPOOL_BYTES: u64 = 256 * 1024 * 1024;

/// Reads one input as the user named it.
pub(super) fn read_input(import: &mut Loop<'_>, path: &Path) -> Result<(), Stop> {
    if path.as_os_str() == "-" {
        return read_stream(import, "-", &mut io::stdin().lock());
    }
    match fs::metadata(path) {
        Ok(about) if about.is_dir() => {
            let before = import.summary.files;
            folder(import, path)?;
            if import.summary.files == before {
                lost(
                    import,
                    path,
                    "the folder holds no files".to_owned(),
                    "hidden files and links are not read",
                );
            }
            Ok(())
        }
        Ok(_) => file(import, path, false),
        Err(error) => {
            cannot_open(import, path, &error);
            Ok(())
        }
    }
}

/// Reads a stream as a file called `name`.
pub(super) fn read_stream(
    import: &mut Loop<'_>,
    name: &str,
    reader: &mut dyn Read,
) -> Result<(), Stop> {
    import.unpacked.set(0);
    let mut counted = Counted { inner: reader, read: Rc::clone(&import.read) };
    content(import, name, &mut counted, LAYERS, false)
}

fn folder(import: &mut Loop<'_>, path: &Path) -> Result<(), Stop> {
    let entries = match fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
        Ok(entries) => entries,
        Err(error) => {
            cannot_open(import, path, &error);
            return Ok(());
        }
    };
    let mut entries: Vec<_> = entries
        .into_iter()
        .filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."))
        .collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => folder(import, &entry.path())?,
            Ok(kind) if kind.is_file() => file(import, &entry.path(), true)?,
            _ => {}
        }
    }
    Ok(())
}

fn file(import: &mut Loop<'_>, path: &Path, gathered: bool) -> Result<(), Stop> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) => {
            cannot_open(import, path, &error);
            return Ok(());
        }
    };
    import.unpacked.set(0);
    let name = path.to_string_lossy();
    let mut magic = Vec::new();
    let is_zip = file.by_ref().take(4).read_to_end(&mut magic).is_ok() && is_zip(&magic);
    let rewound = file.seek(SeekFrom::Start(0)).is_ok();
    let mut counted = Counted { inner: file, read: Rc::clone(&import.read) };
    if rewound {
        return if is_zip {
            archive(import, &name, counted, LAYERS - 1)
        } else {
            content(import, &name, &mut counted, LAYERS, gathered)
        };
    }
    // A pipe or device cannot go back.
    content(import, &name, &mut Cursor::new(magic).chain(counted), LAYERS, gathered)
}

/// Reads a stream: unpacks it if it is packed, else takes it as a file.
fn content(
    import: &mut Loop<'_>,
    name: &str,
    reader: &mut dyn Read,
    layers: u8,
    gathered: bool,
) -> Result<(), Stop> {
    let mut head = Vec::with_capacity(512);
    let failed = Read::take(&mut *reader, 512).read_to_end(&mut head).err();
    if let Some(error) = failed.filter(|_| head.is_empty()) {
        place(import, name);
        import.problem(stopped(import.place_at(None), &error));
        return Ok(());
    }
    let packing = packing(&head);
    let mut whole = Cursor::new(head).chain(reader);
    if matches!(packing, Packing::Gzip | Packing::Zstd | Packing::Zip) && layers == 0 {
        lost_named(
            import,
            name,
            "an archive in an archive in an archive".to_owned(),
            "unpack the outer one first",
        );
        return Ok(());
    }
    match packing {
        Packing::None => import.file(name, &mut whole, gathered),
        Packing::Gzip => {
            let mut unpacked = Capped::new(MultiGzDecoder::new(whole), import);
            content(import, name, &mut unpacked, layers - 1, gathered)
        }
        Packing::Zstd => match zstd::stream::read::Decoder::new(whole) {
            Ok(decoder) => {
                let mut unpacked = Capped::new(decoder, import);
                content(import, name, &mut unpacked, layers - 1, gathered)
            }
            Err(error) => {
                place(import, name);
                import.problem(stopped(import.place_at(None), &error));
                Ok(())
            }
        },
        Packing::Zip => {
            // The table of contents stands at the end.
            let mut spooled = Vec::new();
            let result = whole.take(SPOOL_BYTES + 1).read_to_end(&mut spooled);
            if spooled.len() as u64 > SPOOL_BYTES {
                let what =
                    format!("a zip of more than {SPOOL_BYTES} bytes inside of something else");
                lost_named(import, name, what, "unpack the outer one first");
                return Ok(());
            }
            if let Err(error) = result {
                place(import, name);
                import.problem(stopped(import.place_at(None), &error));
            }
            archive(import, name, Cursor::new(spooled), layers - 1)
        }
        Packing::Foreign(kind) => {
            lost_named(
                import,
                name,
                format!("a {kind} file"),
                "unpack it first; folders and .gz, .zst and .zip are read",
            );
            Ok(())
        }
    }
}

/// Reads the files of a zip archive.
fn archive<R: Read + Seek>(
    import: &mut Loop<'_>,
    name: &str,
    reader: R,
    layers: u8,
) -> Result<(), Stop> {
    let mut archive = match ZipArchive::new(reader) {
        Ok(archive) => archive,
        Err(error) => {
            lost_named(import, name, format!("a damaged zip archive: {error}"), "fetch it again");
            return Ok(());
        }
    };
    if archive.len() > import.limits.entries {
        let what = format!("an archive of more than {} files", import.limits.entries);
        lost_named(import, name, what, "unpack it and import the folder");
        return Ok(());
    }
    for index in 0..archive.len() {
        let entry = match archive.by_index(index) {
            Ok(entry) => entry,
            Err(error) => {
                let what = format!("file {} of the archive cannot be read: {error}", index + 1);
                lost_named(import, name, what, "unpack it and import the folder");
                continue;
            }
        };
        let inner = match entry.name() {
            Ok(inner) => inner.into_owned(),
            Err(_) => format!("file {}", index + 1),
        };
        let hidden = |part: &str| part.starts_with('.') && part != "." && part != "..";
        if entry.is_dir() || inner.split('/').any(|part| hidden(part) || part == "__MACOSX") {
            continue;
        }
        let full = format!("{name}:{inner}");
        let leads_out = entry.enclosed_name().is_none()
            || inner.starts_with('/')
            || inner.split(['/', '\\']).any(|part| part == "..");
        if leads_out {
            lost_named(
                import,
                &full,
                "a path that leads out of the archive".to_owned(),
                "do not trust this archive",
            );
            continue;
        }
        if entry.is_symlink() {
            lost_named(
                import,
                &full,
                "a link, which is not followed".to_owned(),
                "pack the file itself",
            );
            continue;
        }
        let mut unpacked = Capped::new(entry, import);
        content(import, &full, &mut unpacked, layers, true)?;
    }
    Ok(())
}

/// How something is packed.
enum Packing {
    None,
    Gzip,
    Zstd,
    Zip,
    Foreign(&'static str),
}

fn packing(head: &[u8]) -> Packing {
    const FOREIGN: &[(&[u8], &str)] = &[
        (b"BZh", "bzip2"),
        (b"\xFD7zXZ\0", "xz"),
        (b"7z\xBC\xAF\x27\x1C", "7-Zip"),
        (b"Rar!", "RAR"),
        (b"PAR1", "Parquet"),
        (b"SQLite format 3\0", "SQLite"),
    ];
    if head.starts_with(&[0x1F, 0x8B]) {
        return Packing::Gzip;
    }
    if head.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
        return Packing::Zstd;
    }
    if is_zip(head) {
        return Packing::Zip;
    }
    if head.get(257..262) == Some(b"ustar") {
        return Packing::Foreign("tar");
    }
    let foreign = FOREIGN.iter().find(|(magic, _)| head.starts_with(magic));
    foreign.map_or(Packing::None, |(_, kind)| Packing::Foreign(kind))
}

fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// Returns the problem that a stream ended before its end.
pub(super) fn stopped(place: Place, error: &io::Error) -> Problem {
    let problem = match error.kind() {
        io::ErrorKind::UnexpectedEof => Problem::lost(place, "the file is cut off"),
        io::ErrorKind::FileTooLarge => Problem::lost(place, error.to_string()),
        _ => Problem::lost(place, format!("cannot read on: {error}")),
    };
    match error.kind() {
        io::ErrorKind::FileTooLarge => problem.hint("if you trust it, unpack it first"),
        _ => problem.hint("fetch the file again; what stands before was imported"),
    }
}

fn place(import: &mut Loop<'_>, name: &str) {
    name.clone_into(&mut import.place.file);
}

fn lost(import: &mut Loop<'_>, path: &Path, what: String, hint: &str) {
    lost_named(import, &path.to_string_lossy(), what, hint);
}

fn lost_named(import: &mut Loop<'_>, name: &str, what: String, hint: &str) {
    place(import, name);
    import.problem(Problem::lost(import.place_at(None), what).hint(hint));
}

fn cannot_open(import: &mut Loop<'_>, path: &Path, error: &io::Error) {
    match error.kind() {
        io::ErrorKind::NotFound => {
            lost(import, path, "no such file or folder".to_owned(), "check the path");
        }
        io::ErrorKind::PermissionDenied => {
            lost(import, path, "no permission to read".to_owned(), "run as a user who may read it");
        }
        _ => lost(import, path, format!("cannot be opened: {error}"), "check the path"),
    }
}

/// Counts what is read of the inputs.
struct Counted<R> {
    inner: R,
    read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// Ends a stream that unpacks to more than the limits allow.
struct Capped<R> {
    inner: R,
    /// What was unpacked by this stream, and how much of the inputs had been read before it.
    own: u64,
    read_before: u64,
    read: Rc<Cell<u64>>,
    unpacked: Rc<Cell<u64>>,
    limits: Limits,
}

impl<R> Capped<R> {
    fn new(inner: R, import: &Loop<'_>) -> Self {
        let read = Rc::clone(&import.read);
        // The head of the stream was read already.
        let read_before = read.get().saturating_sub(512);
        let unpacked = Rc::clone(&import.unpacked);
        Self { inner, own: 0, read_before, read, unpacked, limits: *import.limits }
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.own += read as u64;
        self.unpacked.set(self.unpacked.get() + read as u64);
        let packed = (self.read.get() - self.read_before).max(1);
        let too_dense =
            self.own > self.limits.ratio_from_bytes && self.own / packed > self.limits.ratio;
        if too_dense || self.unpacked.get() > self.limits.unpacked_bytes {
            let what = if too_dense {
                format!("unpacks to more than {} times its size", self.limits.ratio)
            } else {
                format!("unpacks to more than {} bytes", self.limits.unpacked_bytes)
            };
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
        }
        Ok(read)
    }
}
