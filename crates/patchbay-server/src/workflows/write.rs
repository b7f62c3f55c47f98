//! Writing workflow files: always in the folder, always whole, so that nobody reads half of one.

use std::io::{Error, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::Workflows;

impl Workflows {
    /// Writes a new file with the first of these names, without their ending, that is free.
    pub fn create_file(&self, names: &[String], text: &str) -> Result<PathBuf, Error> {
        for name in names.iter().filter(|name| !name.is_empty()) {
            let path = self.folder.join(format!("{name}.json"));
            match self.whole(text)?.persist_noclobber(&path) {
                Ok(_) => return Ok(path),
                Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.error),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Writes a file of the folder anew.
    pub fn replace_file(&self, path: &Path, text: &str) -> Result<(), Error> {
        let written = self.whole(text)?;
        std::fs::set_permissions(written.path(), std::fs::metadata(path)?.permissions())?;
        written.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// The text in a file that is not read as a workflow's, on disk.
    fn whole(&self, text: &str) -> Result<tempfile::NamedTempFile, Error> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".").suffix(".new");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let mut file = builder.tempfile_in(&self.folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        Ok(file)
    }
}
