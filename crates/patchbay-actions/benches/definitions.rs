//! What definitions cost a run: finding the services that the binary carries, and reading the resource files that a
//! workflow names. A run of one 3CX node spends both, once.
//!
//! `cargo bench -p patchbay-actions`; `docs/performance.md` says what came out.

use divan::{Bencher, black_box};
use patchbay_actions::Library;
use patchbay_actions::library::Found;
use patchbay_node::Registry;

fn main() {
    divan::main();
}

/// Everything before the first resource is asked for.
#[divan::bench]
fn find_services() -> Registry {
    let mut registry = Registry::new();
    Library::built_in().register(&mut registry);
    registry
}

/// The files from the largest to one of the smallest.
#[divan::bench(args = ["Users", "Trunks", "Groups", "Defs"])]
fn read_one_resource(bencher: Bencher, name: &str) {
    bencher.with_inputs(Library::built_in).bench_refs(|library| {
        let service = library.service("3cx").expect("3CX");
        assert!(matches!(service.resource(black_box(name)), Found::Yes(_)));
    });
}

/// For comparison: what a run would spend if it read them all.
#[divan::bench]
fn read_all_resources(bencher: Bencher) {
    bencher
        .with_inputs(Library::built_in)
        .bench_refs(|library| library.service("3cx").expect("3CX").resources().count());
}
