//! Samples in documents: each is the output of the command above it.
//!
//! A sample is a fenced block of `text` that begins with `$ `. Each line that begins so is a command, and the lines up to the
//! next are its output. `…` alone on a line stands for any lines; the name of a run directory that is named after the time
//! stands for every such name. Nothing else is let pass, so numbers come from `sim`: live rings race at equal ticks.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::tempdir;
use tests::program::outcome;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A fenced block: the word after its fence, its lines, and the first line after it that is not empty.
struct Block {
    line: usize,
    kind: String,
    lines: Vec<String>,
    next: String,
}

fn blocks(document: &str) -> Vec<Block> {
    let lines: Vec<&str> = document.lines().collect();
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(start) = (at..lines.len()).find(|line| lines[*line].starts_with("```")) {
        let end = (start + 1..lines.len()).find(|line| lines[*line] == "```").expect("the end of a block");
        let next = lines[end + 1..].iter().find(|line| !line.is_empty()).copied().unwrap_or_default();
        blocks.push(Block {
            line: start + 1,
            kind: lines[start].trim_start_matches('`').to_owned(),
            lines: lines[start + 1..end].iter().map(|line| (*line).to_owned()).collect(),
            next: next.to_owned(),
        });
        at = end + 1;
    }
    blocks
}

/// The documents with samples: everything in docs, and the README of every folder.
fn documents() -> Vec<PathBuf> {
    let folders = ["", "docs", "core", "ports", "web", "deploy", "fuzz"].map(|folder| root().join(folder));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    let mut documents: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|name| name == "md")).collect();
    documents.sort();
    documents
}

/// Runs a command of a document: this program, or one that shows a file.
fn output(command: &str, directory: &Path) -> Vec<String> {
    let program = env!("CARGO_BIN_EXE_clockring-under-test");
    let command = command.replace("cargo run -p host --", program);
    assert!(command.starts_with(program) || command.starts_with("head ") || command.starts_with("cat "), "$ {command}");
    let mut shell = Command::new("sh");
    shell.args(["-c", &command]).current_dir(directory);
    let (status, shown, said) = outcome(shell);
    assert!(status == 0 || status == 1, "$ {command}: status {status}, {said}");
    shown.lines().map(str::to_owned).collect()
}

/// A line in which every run directory that is named after a time has the same name.
fn without_time(line: &str) -> String {
    let Some((before, name)) = line.split_once("runs/") else { return line.to_owned() };
    let time: String =
        name.chars().take_while(|character| character.is_ascii_alphanumeric() || *character == '-').collect();
    let is_time = time.len() == "2026-11-22T10-07-12-046Z".len() && time.starts_with("20") && time.ends_with('Z');
    if is_time { format!("{before}runs/TIME{}", &name[time.len()..]) } else { line.to_owned() }
}

/// Whether lines are those of a sample, in which `…` stands for any.
fn fits(sample: &[String], printed: &[String]) -> bool {
    match sample {
        [] => printed.is_empty(),
        [first, rest @ ..] if first.trim() == "…" => {
            (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..]))
        }
        [first, rest @ ..] => match printed {
            [line, others @ ..] => {
                without_time(first).trim_end() == without_time(line).trim_end() && fits(rest, others)
            }
            [] => false,
        },
    }
}

#[test]
fn a_sample_is_the_output_of_the_command_above_it() {
    let mut samples = 0;
    for document in documents() {
        let directory = tempdir().unwrap();
        for name in ["experiments", "docs"] {
            std::os::unix::fs::symlink(root().join(name), directory.path().join(name)).unwrap();
        }
        for block in blocks(&fs::read_to_string(&document).unwrap()) {
            let place = format!("{}:{}", document.display(), block.line);
            let mut lines = block.lines.iter().peekable();
            while let Some(command) = lines.next_if(|line| line.starts_with("$ ")) {
                let mut sample = Vec::new();
                while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                    sample.push(line.clone());
                }
                let printed = output(&command[2..], directory.path());
                assert!(fits(&sample, &printed), "{place}: {command}\nprints\n{}", printed.join("\n"));
                samples += 1;
            }
        }
    }
    assert!(samples >= 3, "{samples} samples");
}

#[test]
fn every_sample_of_output_stands_under_a_command() {
    for document in documents() {
        for block in blocks(&fs::read_to_string(&document).unwrap()) {
            // A block before a pattern is the input of that pattern.
            let is_input = block.next == "```regex";
            let has_command = block.lines.first().is_some_and(|line| line.starts_with("$ "));
            assert!(
                block.kind != "text" || is_input || has_command,
                "{}:{}: by which command?",
                document.display(),
                block.line
            );
        }
    }
}

#[test]
fn the_readme_asks_about_the_number_that_its_first_sample_shows() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let row = readme.lines().find(|line| line.starts_with(" A |")).unwrap();
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    let question = format!("Why does A, which made {} ticks, believe it is {}?", cells[3], cells[4]);
    assert!(readme.contains(&question), "{question}");
}

#[test]
fn a_sample_that_differs_is_noticed() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(fits(&lines("a\n…\nz"), &lines("a\nb\nc\nz")) && fits(&lines("a\n…\nz"), &lines("a\nz")));
    assert!(
        !fits(&lines("a\n…\nz"), &lines("a\nb"))
            && !fits(&lines("a"), &lines("a\nb"))
            && !fits(&lines("a"), &lines("b"))
    );
    assert!(fits(&lines("logs: runs/2026-11-22T10-07-12-046Z"), &lines("logs: runs/2031-01-02T03-04-05-006Z")));
    assert!(!fits(&lines("logs: runs/first"), &lines("logs: runs/second")));
}
