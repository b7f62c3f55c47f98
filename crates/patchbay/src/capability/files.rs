//! The machine's files as workflows may use them: within `N8N_RESTRICT_FILE_ACCESS_TO` where that is set, and never the
//! credential files that patchbay was given nor n8n's own folder.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::render::tell_line;
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use globset::GlobBuilder;
use patchbay_model::Text;
use patchbay_node::NodeError;
use patchbay_node::capability::Files;
use patchbay_node::capability::files::{DENIED, DIRECTORY, FAILED, MISSING, Target};
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;
use walkdir::WalkDir;

type Stream = BoxStream<'static, Result<Bytes, NodeError>>;

/// Reads and writes files, as far as it is allowed.
pub struct RealFiles {
    /// Folders; empty for everywhere.
    allowed: Vec<PathBuf>,
    /// Files and folders, without symbolic links.
    blocked: Vec<PathBuf>,
}

impl RealFiles {
    /// As the environment says, without the files given: they hold credentials.
    pub fn new(secrets: &[PathBuf]) -> Self {
        let restricted = std::env::var("N8N_RESTRICT_FILE_ACCESS_TO").unwrap_or_default();
        let allowed = restricted.split(';').map(str::trim).filter(|folder| !folder.is_empty());
        let mut blocked: Vec<PathBuf> = secrets.iter().filter_map(|path| real(path)).collect();
        if std::env::var("N8N_BLOCK_FILE_ACCESS_TO_N8N_FILES").as_deref() != Ok("false") {
            let home = std::env::var_os("N8N_USER_FOLDER").or_else(|| std::env::var_os("HOME"));
            blocked.extend(home.and_then(|home| Path::new(&home).join(".n8n").canonicalize().ok()));
        }
        Self {
            allowed: allowed.map(PathBuf::from).collect(),
            blocked,
        }
    }

    /// Only what is below these folders, in place of what the environment says; none of them for everywhere.
    pub fn allow_only(&mut self, folders: &[PathBuf]) {
        self.allowed = folders.to_vec();
    }

    fn permits(&self, real: &Path) -> bool {
        let within = |folder: &PathBuf| real.starts_with(folder.canonicalize().as_ref().unwrap_or(folder));
        !self.blocked.iter().any(|blocked| real.starts_with(blocked))
            && (self.allowed.is_empty() || self.allowed.iter().any(within))
    }

    /// The file that a path means, without symbolic links, if it may be read.
    fn readable(&self, path: &str) -> Result<PathBuf, NodeError> {
        let real = Path::new(path).canonicalize().map_err(|error| {
            let whole = std::path::absolute(path).unwrap_or_else(|_| path.into());
            failure(&error, &format!("stat '{}'", whole.display()))
        })?;
        if self.permits(&real) {
            return Ok(real);
        }
        let mut message = "Access to the file is not allowed.".to_owned();
        if !self.allowed.is_empty() {
            let folders: Vec<String> = self.allowed.iter().map(|folder| folder.display().to_string()).collect();
            message.push_str(&format!(" Allowed paths: {}", folders.join(", ")));
        }
        Err(NodeError::new(DENIED, message).hint(HINT))
    }

    /// The file that a path means, which need not be there yet, if it may be written.
    fn writable(&self, path: &str) -> Result<PathBuf, NodeError> {
        let given = Path::new(path);
        let real = given.canonicalize().or_else(|_| {
            let parent = match given.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            };
            let folder = parent
                .canonicalize()
                .map_err(|error| failure(&error, &format!("realpath '{}'", parent.display())))?;
            Ok::<PathBuf, NodeError>(folder.join(given.file_name().unwrap_or_default()))
        })?;
        if self.permits(&real) {
            return Ok(real);
        }
        let shown = std::path::absolute(given).map_or(real, |whole| whole);
        Err(NodeError::new(DENIED, format!("The file \"{}\" is not writable.", shown.display())).hint(HINT))
    }
}

/// A path without symbolic links; what it leads to may not be there yet.
fn real(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().or_else(|| {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        Some(folder.canonicalize().ok()?.join(path.file_name()?))
    })
}

const HINT: &str =
    "files that hold credentials, and those outside `N8N_RESTRICT_FILE_ACCESS_TO`, are closed to workflows";

/// The system's refusal in the words that n8n's users know.
fn failure(error: &std::io::Error, what: &str) -> NodeError {
    match error.kind() {
        ErrorKind::NotFound => NodeError::new(MISSING, format!("ENOENT: no such file or directory, {what}"))
            .hint("check the path; a relative one begins where patchbay was started"),
        ErrorKind::IsADirectory => {
            NodeError::new(DIRECTORY, format!("EISDIR: illegal operation on a directory, {what}"))
        }
        ErrorKind::PermissionDenied => NodeError::new(FAILED, format!("EACCES: permission denied, {what}")),
        _ => NodeError::new(FAILED, format!("{error}, {what}")),
    }
}

#[async_trait]
impl Files for RealFiles {
    async fn find(&self, pattern: &str) -> Result<Vec<Text>, NodeError> {
        if !is_pattern(pattern) {
            let is_file = tokio::fs::metadata(pattern).await.is_ok_and(|found| !found.is_dir());
            return Ok(is_file.then(|| pattern.into()).into_iter().collect());
        }
        let pattern = pattern.to_owned();
        let found = tokio::task::spawn_blocking(move || matches(&pattern)).await;
        found.map_err(|error| NodeError::new(FAILED, error.to_string()))?
    }

    async fn read(&self, path: &str) -> Result<Stream, NodeError> {
        let real = self.readable(path)?;
        let shown = real.display().to_string();
        let told = move |error: &std::io::Error| failure(error, "read").hint(format!("the file is `{shown}`"));
        let file = tokio::fs::File::open(&real).await.map_err(|error| told(&error))?;
        let found = file.metadata().await.map_err(|error| told(&error))?;
        if found.is_dir() {
            return Err(told(&ErrorKind::IsADirectory.into()));
        }
        if !found.is_file() {
            // A device has no end.
            return Err(NodeError::new(FAILED, format!("`{path}` is no regular file")));
        }
        Ok(ReaderStream::new(file).map_err(move |error| told(&error)).boxed())
    }

    async fn write(&self, target: Target, mut bytes: Stream) -> Result<(), NodeError> {
        let real = self.writable(&target.path)?;
        let told = |error: std::io::Error| failure(&error, &format!("open '{}'", real.display()));
        let mut options = tokio::fs::OpenOptions::new();
        options
            .create(true)
            .append(target.append)
            .write(true)
            .truncate(!target.append);
        let mut file = options.open(&real).await.map_err(told)?;
        while let Some(chunk) = bytes.next().await {
            file.write_all(&chunk?).await.map_err(told)?;
        }
        file.flush().await.map_err(told)
    }
}

fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}

/// The files that a pattern names, sorted; what can not be looked into is passed over, as are hidden files unless the
/// pattern names them.
fn matches(pattern: &str) -> Result<Vec<Text>, NodeError> {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    let glob = GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|error| NodeError::new(FAILED, format!("`{pattern}` is not a pattern of files: {error}")))?;
    let glob = glob.compile_matcher();
    let plain = pattern.split('/').take_while(|part| !is_pattern(part));
    let base = plain.collect::<Vec<_>>().join("/");
    let base = match base.as_str() {
        "" if pattern.starts_with('/') => "/",
        "" => ".",
        base => base,
    };
    let mut varying = pattern.split('/').skip_while(|part| !is_pattern(part));
    let hidden = varying.any(|part| part.starts_with('.') && !matches!(part, "." | ".."));
    let walk = WalkDir::new(base).sort_by_file_name().into_iter();
    let shown = walk
        .filter_entry(|entry| hidden || entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.'));
    let mut found: Vec<(usize, Text)> = Vec::new();
    for entry in shown.flatten() {
        let path = entry.path().strip_prefix("./").unwrap_or(entry.path());
        if glob.is_match(path) && path.is_file() {
            found.push((entry.depth(), path.to_string_lossy().into()));
        }
    }
    // The files of a folder come before those of the folders within.
    found.sort_by_key(|(depth, _)| *depth);
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// A dry run: files are read, and what would be written is shown.
pub struct DryRunFiles {
    pub inner: RealFiles,
}

#[async_trait]
impl Files for DryRunFiles {
    async fn find(&self, pattern: &str) -> Result<Vec<Text>, NodeError> {
        self.inner.find(pattern).await
    }

    async fn read(&self, path: &str) -> Result<Stream, NodeError> {
        self.inner.read(path).await
    }

    async fn write(&self, target: Target, mut bytes: Stream) -> Result<(), NodeError> {
        self.inner.writable(&target.path)?;
        let mut size = 0;
        while let Some(chunk) = bytes.next().await {
            size += chunk?.len();
        }
        let verb = if target.append { "append to" } else { "write" };
        let Target { path, node, item, .. } = target;
        tell_line!("dry run: {verb} {path}, {size} bytes (node `{node}`, item {item})");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::guard::ReadOnlyFiles;

    fn here(folder: &Path, allowed: &[&Path], blocked: &[&Path]) -> RealFiles {
        let whole = |path: &&Path| folder.join(path).canonicalize().expect("a path that is there");
        RealFiles {
            allowed: allowed.iter().map(whole).collect(),
            blocked: blocked.iter().map(whole).collect(),
        }
    }

    async fn write(files: &dyn Files, path: &Path, append: bool) -> Result<(), &'static str> {
        let target = Target {
            path: path.to_string_lossy().into(),
            append,
            node: "Write".into(),
            item: 0,
        };
        let bytes = futures::stream::iter([Ok(Bytes::from_static(b"ab")), Ok(Bytes::from_static(b"c"))]);
        files.write(target, bytes.boxed()).await.map_err(|error| code(&error))
    }

    async fn read(files: &dyn Files, path: &Path) -> Result<String, &'static str> {
        let stream = files
            .read(&path.to_string_lossy())
            .await
            .map_err(|error| code(&error))?;
        let chunks: Vec<Bytes> = stream.try_collect().await.map_err(|error| code(&error))?;
        Ok(String::from_utf8_lossy(&chunks.concat()).into_owned())
    }

    fn code(error: &NodeError) -> &'static str {
        let known = [DENIED, MISSING, DIRECTORY, FAILED, "E0610"];
        known
            .into_iter()
            .find(|code| error.error.code == *code)
            .unwrap_or("another")
    }

    #[tokio::test]
    async fn files_are_written_appended_to_and_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = here(folder.path(), &[], &[]);
        let file = folder.path().join("a.txt");
        for (append, text) in [(false, "abc"), (true, "abcabc"), (false, "abc")] {
            assert_eq!(write(&files, &file, append).await, Ok(()));
            assert_eq!(read(&files, &file).await.as_deref(), Ok(text));
        }
        assert_eq!(write(&files, &folder.path().join("none/a"), false).await, Err(MISSING));
        assert_eq!(write(&files, folder.path(), false).await, Err(DIRECTORY));
        assert_eq!(read(&files, &folder.path().join("none")).await, Err(MISSING));
        assert_eq!(read(&files, folder.path()).await, Err(DIRECTORY));
    }

    #[tokio::test]
    async fn what_is_closed_is_neither_read_nor_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for (name, text) in [("open/a", "a"), ("closed/b", "b"), ("open/secret.toml", "s")] {
            std::fs::create_dir_all(root.join(name).parent().expect("a folder")).expect("made");
            std::fs::write(root.join(name), text).expect("written");
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(root.join("closed/b"), root.join("open/link")).expect("linked");
        let files = here(root, &[Path::new("open")], &[Path::new("open/secret.toml")]);
        assert_eq!(read(&files, &root.join("open/a")).await.as_deref(), Ok("a"));
        for closed in ["closed/b", "open/../closed/b", "open/link", "open/secret.toml"] {
            assert_eq!(read(&files, &root.join(closed)).await, Err(DENIED), "{closed}");
            assert_eq!(write(&files, &root.join(closed), true).await, Err(DENIED), "{closed}");
        }
        assert_eq!(write(&files, &root.join("closed/new"), false).await, Err(DENIED));
        assert_eq!(std::fs::read_to_string(root.join("closed/b")).expect("read"), "b");
    }

    #[tokio::test]
    async fn patterns_find_files_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().to_string_lossy().into_owned();
        let files = here(folder.path(), &[], &[]);
        std::fs::create_dir_all(folder.path().join("d/e")).expect("made");
        for name in ["b1.txt", "a1.txt", "a2.csv", ".hidden.txt", "d/c1.txt", "d/e/c2.txt"] {
            std::fs::write(folder.path().join(name), "").expect("written");
        }
        for (pattern, expected) in [
            ("*.txt", vec!["a1.txt", "b1.txt"]),
            ("**/*.txt", vec!["a1.txt", "b1.txt", "d/c1.txt", "d/e/c2.txt"]),
            ("d/*.txt", vec!["d/c1.txt"]),
            ("{a,b}1.txt", vec!["a1.txt", "b1.txt"]),
            ("[a]?.*", vec!["a1.txt", "a2.csv"]),
            (".h*", vec![".hidden.txt"]),
            ("a1.txt", vec!["a1.txt"]),
            ("none", vec![]),
            ("d", vec![]),
            ("none/*", vec![]),
        ] {
            let found = files.find(&format!("{root}/{pattern}")).await.expect("found");
            let expected: Vec<String> = expected.iter().map(|name| format!("{root}/{name}")).collect();
            assert_eq!(found, expected, "{pattern}");
        }
    }

    #[tokio::test]
    async fn a_dry_run_writes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = DryRunFiles {
            inner: here(folder.path(), &[], &[]),
        };
        let file = folder.path().join("a.txt");
        assert_eq!(write(&files, &file, false).await, Ok(()));
        assert!(!file.exists());
    }

    #[tokio::test]
    async fn a_read_only_run_writes_nothing_and_reads() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = ReadOnlyFiles {
            inner: std::sync::Arc::new(here(folder.path(), &[], &[])),
        };
        let file = folder.path().join("a.txt");
        for append in [false, true] {
            assert_eq!(write(&files, &file, append).await, Err("E0610"));
        }
        assert!(!file.exists());
        std::fs::write(&file, "a").expect("it is written");
        assert_eq!(read(&files, &file).await.as_deref(), Ok("a"));
    }
}
