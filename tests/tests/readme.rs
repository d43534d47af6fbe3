//! The README says what is true.

use std::{collections::BTreeSet, fs, path::Path};

use tests::program::{clockring, outcome};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// What stands between backticks in the first column of the table under this heading.
fn first_column(heading: &str) -> BTreeSet<String> {
    let text = readme();
    let section = text.split(&format!("\n## {heading}\n")).nth(1).expect("the heading");
    let section = section.split("\n## ").next().unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    cells.map(|cell| cell.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn every_command_is_in_the_readme_and_every_command_of_the_readme_exists() {
    let (status, help, _) = outcome(clockring(env!("CARGO_BIN_EXE_clockring-under-test"), &["--help"]));
    assert_eq!(status, 0);
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = listed.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let indented = |name: &&str| listed.contains(&format!("\n  {name} ")) || listed.starts_with(&format!("  {name} "));
    let mut commands: BTreeSet<String> = names.filter(indented).map(str::to_owned).collect();
    commands.remove("help");
    commands.insert("--id".to_owned());
    assert_eq!(first_column("Commands"), commands);
}

#[test]
fn every_folder_that_the_readme_names_is_there() {
    let folders = first_column("The house");
    assert!(folders.len() >= 4);
    for folder in folders {
        assert!(root().join(&folder).is_dir(), "{folder} is not a folder");
    }
}

#[test]
fn every_test_that_backs_a_promise_is_there() {
    let text = readme();
    let promises = text.split("\n## Promises\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut words = promises.split_whitespace().map(|word| word.trim_matches('`'));
    let mut named = 0;
    while let Some(word) = words.next() {
        if word == "--test" {
            let test = words.next().unwrap();
            let file = root().join("tests/tests").join(test);
            assert!(file.with_extension("rs").is_file() || file.join("main.rs").is_file(), "{test} is not there");
            named += 1;
        }
    }
    assert!(named >= 5, "the promises name tests: {named}");
}

#[test]
fn the_log_in_the_readme_has_the_header_that_is_written() {
    assert!(readme().contains(&format!("\n{}\n", host::rundir::HEADER)));
}

#[test]
fn the_changelog_has_a_place_for_what_comes_next() {
    assert!(fs::read_to_string(root().join("CHANGELOG.md")).unwrap().contains("## [Unreleased]"));
}

/// All of the program and its tests, with each sentence on one line.
fn sources() -> String {
    fn read(directory: &Path, all: &mut String) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, all);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                all.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut all = String::new();
    ["host/src", "tests/tests", "core/src"].into_iter().for_each(|directory| read(&root().join(directory), &mut all));
    let lines = all.split("\\\n").enumerate();
    lines.map(|(number, line)| if number == 0 { line } else { line.trim_start() }).collect()
}

/// What stands between these marks, every other piece of the text.
fn quoted(text: &str, mark: char) -> impl Iterator<Item = &str> {
    text.split(mark).skip(1).step_by(2)
}

#[test]
fn every_test_that_a_page_about_faults_and_strangers_names_is_there() {
    let sources = sources();
    for page in ["docs/faults.md", "SECURITY.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let is_test = |name: &&str| name.matches('_').count() >= 3 && !name.contains([' ', ':', '=']);
        let names: Vec<&str> = quoted(&text, '`').filter(is_test).collect();
        assert!(names.len() >= 8, "{page} names tests: {names:?}");
        for name in names {
            assert!(sources.contains(&format!("fn {name}(")), "{page}: there is no test {name}");
        }
    }
}

#[test]
fn every_sentence_that_the_page_of_faults_quotes_is_one_of_the_program() {
    let (sources, text) = (sources(), fs::read_to_string(root().join("docs/faults.md")).unwrap());
    let mut pieces = 0;
    for sentence in quoted(&text, '"') {
        // Names and numbers stand for what the program puts there.
        let is_name =
            |word: &&str| word.len() == 1 && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let words: Vec<&str> = sentence.split(' ').collect();
        for piece in words.split(|word| is_name(word) || word.contains('…')) {
            let piece = piece.join(" ");
            assert!(sources.contains(piece.trim_end_matches(':')), "docs/faults.md: nobody says {piece:?}");
            pieces += usize::from(!piece.is_empty());
        }
    }
    assert!(pieces >= 20, "{pieces}");
}
