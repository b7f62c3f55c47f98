//! The committed cases of 3CX pass, and the generated ones are what the generator makes.

mod common;

#[test]
fn the_cases_of_3cx_pass() {
    let results = common::results(&["nodes/3cx"]);
    common::all_passed(&results);
    assert!(results.len() > 1000, "{}", results.len());
}
