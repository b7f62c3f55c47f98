//! throwaway
#![allow(clippy::all, clippy::pedantic)]
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let out = &args[0];
    let texts: Vec<(Option<String>, String)> = args[1..]
        .iter()
        .map(|a| match a.split_once('=') {
            Some((v, p)) => (Some(v.to_owned()), std::fs::read_to_string(p).unwrap()),
            None => (None, std::fs::read_to_string(a).unwrap()),
        })
        .collect();
    let sources: Vec<_> = texts
        .iter()
        .map(|(v, t)| patchbay_actions::openapi::Source {
            version: v.as_deref(),
            text: t,
        })
        .collect();
    let mut overlays: Vec<(String, String)> = std::fs::read_dir(out)
        .map(|d| {
            d.filter_map(|e| {
                let p = e.unwrap().path();
                let n = p.file_name().unwrap().to_string_lossy().into_owned();
                n.ends_with(".overlay.toml")
                    .then(|| (n, std::fs::read_to_string(&p).unwrap()))
            })
            .collect()
        })
        .unwrap_or_default();
    overlays.sort();
    let files = match patchbay_actions::openapi::import(&sources, &overlays) {
        Ok(f) => f,
        Err(e) => {
            println!("ERR {e}");
            return;
        }
    };
    let mut library = patchbay_actions::Library::default();
    if let Err(f) = library.add("x", files.clone()) {
        for f in f {
            println!("{f}");
        }
    }
    std::fs::create_dir_all(out).unwrap();
    for (n, t) in files {
        std::fs::write(format!("{out}/{n}"), t).unwrap();
    }
}
