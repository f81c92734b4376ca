//! Files: read whole, written whole or not at all.

use hydrac::load::Loader;
use std::{
    fs, io,
    io::{Read, Write},
    path::{Path, PathBuf},
};

/// A source file is not larger than this; what is, is no source file.
const SOURCE_BYTES_MAX: u64 = 256 << 20;

/// Reads from the file system.
pub(super) struct FileSystem;

impl Loader for FileSystem {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        read(Path::new(path)).map_err(|problem| in_words(&problem))
    }
}

/// The bytes of a file.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?
        .take(SOURCE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > SOURCE_BYTES_MAX {
        return Err(io::Error::other(format!("larger than {} MB", SOURCE_BYTES_MAX >> 20)));
    }
    Ok(bytes)
}

/// What went wrong, without the numbers of the system.
pub(super) fn in_words(problem: &io::Error) -> String {
    match problem.kind() {
        io::ErrorKind::NotFound => "no such file".to_string(),
        io::ErrorKind::PermissionDenied => "permission denied".to_string(),
        io::ErrorKind::IsADirectory => "it is a directory".to_string(),
        _ => problem.to_string(),
    }
}

/// Writes a file so that whoever looks sees all of it or what was there before.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // a link stays a link, and a device is no file that could be replaced
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    if fs::metadata(&path).is_ok_and(|there| !there.is_file()) {
        return fs::OpenOptions::new().write(true).open(&path)?.write_all(bytes);
    }
    let beside = temporary(&path)?;
    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// A name in the same folder that no other run uses.
fn temporary(path: &Path) -> io::Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::other("it is no name of a file"))?;
    Ok(path.with_file_name(format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id())))
}
