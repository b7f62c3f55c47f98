//! The pages under `docs/` are those that the definitions make.

use std::fs;
use std::path::Path;

use patchbay_actions::{Library, reference};

#[test]
fn the_reference_is_fresh() {
    let library = Library::built_in();
    let service = library.service("3cx").expect("3CX");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/3cx");
    let pages = reference::pages(service);
    let stale: Vec<&String> = pages
        .iter()
        .filter(|(file, text)| fs::read_to_string(folder.join(file)).ok().as_ref() != Some(text))
        .map(|(file, _)| file)
        .collect();
    let regenerate = "patchbay nodes docs 3cx --out docs/3cx";
    assert_eq!(stale, Vec::<&String>::new(), "run `{regenerate}`");
    let files = fs::read_dir(&folder).expect("the folder").count();
    assert_eq!(files, pages.len(), "pages of resources that are no more: remove them");
}
