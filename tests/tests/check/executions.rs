//! Several executions in one file, and one in several.

use host::foreign::{Asked, Source, read};

use crate::foreign::{as_shiviz, with_patterns};

const ROW: &str = r"^(?<host>\w+) (?<clock>\d+)$";

/// The names of the runs, each with the number of its events.
fn runs(texts: &[&str], asked: &Asked) -> Vec<(String, usize)> {
    let sources: Vec<Source> =
        texts.iter().zip('a'..).map(|(text, name)| Source::of(&format!("{name}.log"), text)).collect();
    let runs = read(&sources, asked).unwrap_or_else(|failure| panic!("{failure}"));
    let events = |run: &host::foreign::ForeignRun| run.logs.iter().map(|log| log.events.len()).sum();
    runs.iter().map(|run| (run.name.clone(), events(run))).collect()
}

fn delimited(delimiter: &str, texts: &[&str]) -> Vec<(String, usize)> {
    runs(texts, &Asked { delimiter: Some(delimiter.to_owned()), ..with_patterns(&[ROW]) })
}

fn named(runs: &[(&str, usize)]) -> Vec<(String, usize)> {
    runs.iter().map(|(name, events)| ((*name).to_owned(), *events)).collect()
}

#[test]
fn an_execution_is_named_by_the_line_before_it() {
    let text = |lines: [&str; 2]| format!("{}\nA 1\nA 2\n{}\nA 1\n", lines[0], lines[1]);
    let cases = [
        (r"^== (?<run>\d+) (?<trace>\w+)$", ["== 1 one", "== 2 two"], ["one", "two"]),
        (r"^== (\w+) \w+$", ["== one x", "== two x"], ["one", "two"]),
        (r"^== .*$", ["== one ==", "== two =="], ["one", "two"]),
        (r"^== .*$", ["== one", "== one"], ["one", "one (2)"]),
        (r"^==.*$", ["==", "== x"], ["execution 1", "x"]),
        (r"^==.*$", ["== x", "=="], ["x", "execution 2"]),
    ];
    for (delimiter, lines, [one, two]) in cases {
        assert_eq!(delimited(delimiter, &[&text(lines)]), named(&[(one, 2), (two, 1)]), "{lines:?}");
    }
}

#[test]
fn events_before_the_first_delimiter_are_an_execution_too() {
    let text = "A 1\n== x\nA 1\nA 2\n== empty\n== y\nA 1\n";
    assert_eq!(delimited("^== (.*)$", &[text]), named(&[("", 1), ("x", 2), ("y", 1)]));
}

#[test]
fn files_share_an_execution_by_its_name() {
    let texts = ["== x\nA 1\n== y\nA 1\nA 2\n", "== y\nB 1\n== z\nB 1\n"];
    assert_eq!(delimited("^== (.*)$", &texts), named(&[("x", 1), ("y", 3), ("z", 1)]));
}

#[test]
fn the_first_lines_of_a_file_for_shiviz_are_its_expression_and_delimiter() {
    let events = "a {\"a\":1} x\n== two\na {\"a\":2} x\na {\"a\":3} y\n";
    let text = |second: &str| format!("(?<host>\\S+) (?<clock>{{.*}}) (?<event>.*)\n{second}\n{events}");
    assert_eq!(runs(&[&text("^== (?<trace>.*)$")], &as_shiviz()), named(&[("", 1), ("two", 2)]));
    assert_eq!(runs(&[&text("")], &as_shiviz()), named(&[("", 3)]), "no delimiter");
    let asked = Asked { delimiter: Some("^== t(.*)$".to_owned()), ..as_shiviz() };
    assert_eq!(runs(&[&text("^== (?<trace>.*)$")], &asked), named(&[("", 1), ("wo", 2)]), "the given one counts");
    let missing = Source::of("a.log", "(?<clock>\\d+) (?<event>.*)\n\n1 x\n");
    let failure = read(&[missing], &as_shiviz()).expect_err("no group for the host").to_string();
    assert!(failure.contains("it holds no event in a layout of ShiViz"), "{failure}");
}
