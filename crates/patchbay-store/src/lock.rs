//! Locks of files, so that two servers never use one store or one folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;

use crate::Error;

/// A lock that goes with the process, however that ends.
#[derive(Debug)]
#[must_use = "it holds as long as it is held"]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Locks what is at `place` by a file, which is made if it is not there and says which process has the lock.
    pub fn take(file: &Path, place: &Path) -> Result<Self, Error> {
        let place = || place.display().to_string();
        make(file);
        let opened = OpenOptions::new().read(true).write(true).open(file);
        let mut opened = opened.map_err(|error| Error::Open {
            place: place(),
            reason: error.to_string(),
        })?;
        if let Err(TryLockError::WouldBlock) = opened.try_lock() {
            let holder = std::fs::read_to_string(file).unwrap_or_default();
            let holder = if holder.is_empty() {
                holder
            } else {
                format!(", process {holder}")
            };
            return Err(Error::InUse { place: place(), holder });
        }
        // It is there to be read by people; what counts is the lock. A file system without locks has to do without.
        let _ = opened
            .set_len(0)
            .and_then(|()| write!(opened, "{}", std::process::id()));
        Ok(Self { _file: opened })
    }
}

/// Makes a file, if it is not there, so that only its owner may read it.
pub(crate) fn make(path: &Path) {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // It may be there. What else is wrong is told by whoever opens it.
    let _ = options.open(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_had_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let take = || Lock::take(&folder.path().join("patchbay.lock"), folder.path());
        let first = take().expect("nobody has it");
        let refused = take().expect_err("somebody has it");
        assert!(
            refused.to_string().contains(&std::process::id().to_string()),
            "{refused}"
        );
        drop(first);
        let _again = take().expect("nobody has it any more");
    }
}
