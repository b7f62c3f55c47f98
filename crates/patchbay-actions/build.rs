//! Lists the files under `nodes/`, so that the binary carries them all.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("../../nodes");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut list = String::from("&[\n");
    for service in sorted(&folder)?.into_iter().filter(|path| path.is_dir()) {
        for path in sorted(&service)? {
            let (folder, file) = (name(&service), name(&path));
            // Overlays are for the importer: what it wrote already holds them.
            if file
                .strip_suffix(".toml")
                .is_some_and(|stem| !stem.ends_with(".overlay"))
            {
                println!("cargo::rerun-if-changed={}", path.display());
                let path = fs::canonicalize(&path)?.display().to_string();
                writeln!(list, "({folder:?}, {file:?}, include_str!({path:?})),").map_err(io::Error::other)?;
            }
        }
    }
    list.push(']');
    fs::write(PathBuf::from(variable("OUT_DIR")?).join("embedded.rs"), list)
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}
