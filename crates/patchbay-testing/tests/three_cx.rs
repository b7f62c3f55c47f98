//! The committed cases of 3CX pass, and the generated ones are what the generator makes.

mod common;

use patchbay_actions::Library;
use patchbay_testing::coverage::measure;
use patchbay_testing::run;

#[test]
fn the_cases_of_3cx_pass() {
    let results = common::results(&["nodes/3cx"]);
    common::all_passed(&results);
    assert!(results.len() > 1000, "{}", results.len());
}

#[test]
fn the_cases_of_3cx_touch_its_definitions() {
    let jobs = common::collected(&["nodes/3cx"]).jobs;
    let host = common::host(Library::built_in());
    let results = run(&host, &jobs, 2);
    let service = host.library.service("3cx").expect("3CX");
    let coverage = measure(service, &jobs, &results);
    println!("{}", coverage.to_text());
    assert_eq!(coverage.percent("operations"), Some(100.0), "{}", coverage.to_text());
    assert!(coverage.percent("parameters") >= Some(90.0), "{}", coverage.to_text());
}
