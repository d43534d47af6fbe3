//! The documentation of `core` names tests: every one of them exists.

use std::{collections::BTreeSet, fs};

const README: &str = include_str!("../../core/README.md");

#[test]
fn every_test_that_the_readme_of_core_names_exists() {
    let mut known: BTreeSet<String> =
        clockring::suite::tests().map(|(name, _)| name.rsplit("::").next().unwrap().to_owned()).collect();
    for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let source = fs::read_to_string(path).unwrap();
        known.extend(source.lines().filter_map(|line| Some(line.strip_prefix("fn ")?.split('(').next()?.to_owned())));
    }
    let section = README.split("\n## ").find(|section| section.starts_with("Invariants")).unwrap();
    let named: Vec<_> = section.lines().filter(|line| line.starts_with("| ")).flat_map(code_spans).collect();
    assert!(named.len() > 20, "the table is where it was: {named:?}");
    let missing: Vec<_> = named.iter().filter(|name| !known.contains(**name)).collect();
    assert!(missing.is_empty(), "named, but nowhere to be found: {missing:?}");
}

fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}
