//! throwaway
fn main() {
    let l = patchbay_actions::Library::built_in();
    let out = std::env::args().nth(1).unwrap();
    std::fs::create_dir_all(&out).unwrap();
    for (f, t) in patchbay_actions::reference::pages(l.service("3cx").unwrap()) {
        std::fs::write(format!("{out}/{f}"), t).unwrap();
    }
}
