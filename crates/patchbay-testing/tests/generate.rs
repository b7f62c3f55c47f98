//! Makes the generated cases of 3CX, and sees that the committed ones are the same.

mod common;

use std::fs;

use patchbay_actions::Library;
use patchbay_testing::case::File;
use patchbay_testing::case::node::read_defaults;
use patchbay_testing::generate::generate;

#[test]
fn the_generated_cases_are_what_the_generator_makes() {
    let host = common::host(Library::built_in());
    let service = host.library.service("3cx").expect("3CX").clone();
    let tests = common::root().join("nodes/3cx/tests");
    let path = tests.join("defaults.toml");
    let text = fs::read_to_string(&path).expect("defaults");
    let file = File {
        name: "defaults.toml".to_owned(),
        path,
        text: text.into(),
    };
    let defaults = read_defaults(&file).expect("defaults");
    let made = generate(&host, &service, &defaults).expect("cases");
    let update = std::env::var_os("UPDATE_GENERATED").is_some();
    for (name, text) in made {
        let path = tests.join(&name);
        if update {
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(&path, &text).expect("a file");
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == text,
            "{name} is not what the generator makes: run `patchbay test --generate nodes/3cx`"
        );
    }
}
