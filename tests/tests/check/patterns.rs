//! Regular expressions with named groups, as users of several languages write them.

use host::foreign::{
    Group::{self, Clock, Event},
    Match, Pattern,
};

fn compiled(pattern: &str) -> Result<Pattern, String> {
    Pattern::new(&[pattern.to_owned()]).map_err(|failure| failure.to_string())
}

fn matches(pattern: &str, text: &str) -> Vec<Match> {
    compiled(pattern).unwrap_or_else(|failure| panic!("{failure}")).matches(text)
}

/// The clock that a pattern finds in a line.
fn clock(pattern: &str, line: &str) -> Option<String> {
    matches(pattern, line).first().and_then(|found| found.group(line, Clock)).map(str::to_owned)
}

#[test]
fn the_name_of_a_group_is_letters_digits_and_underscores() {
    for pattern in [r"(?<_a>x)(?<clock>\d)", r"(?P<a1>x)(?<clock>\d)", r"(?<a_b>x)(?<clock>\d)", r"(?<A>x)(?<clock>\d)"]
    {
        assert_eq!(clock(pattern, "x5").as_deref(), Some("5"), "{pattern}");
    }
    assert!(compiled(r"\ü(?<clock>\d)").is_err(), "an error, and no panic");
    for pattern in [r"(?<1a>x)(?<clock>\d)", r"(?<>x)(?<clock>\d)", r"(?<a:b>x)(?<clock>\d)", r"(?<a>x)(?<a>y)"] {
        assert!(compiled(pattern).is_err(), "{pattern}");
    }
    assert_eq!(
        clock(r"(?<a>x)(?<a>y)(?<clock>\d)", "xy5").as_deref(),
        Some("5"),
        "a name without a meaning may repeat"
    );
}

#[test]
fn a_group_may_occur_in_several_alternatives() {
    let pattern = r"^S (?<clock>\d+)|^(?<clock>\d+) R|^(?<event>x)";
    let text = "S 1\n2 R\nx\nS 3\n";
    let found = matches(pattern, text);
    let clocks: Vec<_> = found.iter().map(|found| found.group(text, Clock).expect("a clock")).collect();
    assert_eq!(clocks, ["1", "2", "3"], "a line without a clock is no event");
    assert_eq!(found[2].group(text, Event), None);
    assert_eq!((found[2].start(Event), found[2].start(Clock)), (None, Some(12)));
}

#[test]
fn a_brace_that_is_no_repetition_stands_for_itself() {
    for (pattern, line) in [
        (r"^{(?<clock>\d+)}", "{5}"),
        (r"^a{,5}(?<clock>\d+)", "a{,5}5"),
        (r"^a{b,5}(?<clock>\d+)", "a{b,5}5"),
        (r"^a{3,b}(?<clock>\d+)", "a{3,b}5"),
        (r"^a{}(?<clock>\d+)", "a{}5"),
        (r"^a{3}(?<clock>\d+)", "aaa5"),
        (r"^a{2,}(?<clock>\d+)", "aaa5"),
        (r"^a{2,4}(?<clock>\d+)", "aaa5"),
        (r"^\{(?<clock>\d+)\}", "{5}"),
        (r"^[{}]+(?<clock>\d+)", "{}5"),
    ] {
        assert_eq!(clock(pattern, line).as_deref(), Some("5"), "{pattern}");
    }
}

#[test]
fn signs_within_a_class_are_no_groups() {
    for (pattern, line) in [
        (r"^[(?<clock>]+(?<clock>\d+)", "(?<k5"),
        (r"^[]a]+(?<clock>\d+)", "]a5"),
        (r"^[^]a]+(?<clock>\d+)", "x5"),
        (r"^[](?<host>]+(?<clock>\d+)", "](5"),
        (r"^[^](?<host>]+(?<clock>\d+)", "P5"),
        (r"^[\]{]+(?<clock>\d+)", "]{5"),
        (r"^\[(?<clock>\d+)\]", "[5]"),
        (r"^ü\.(?<clock>\d+)", "ü.5"),
    ] {
        assert_eq!(clock(pattern, line).as_deref(), Some("5"), "{pattern}");
    }
    assert_eq!(clock(r"^[](?<host>]+(?<clock>\d+)", "P5"), None, "no part of the class");
}

#[test]
fn a_name_without_a_meaning_may_be_near_to_one_that_has() {
    let meant = |name: &str| {
        let pattern = compiled(&format!(r"(?<{name}>x)(?<clock>\d)")).expect("a pattern");
        let unknown: Vec<(String, Option<Group>)> =
            pattern.unknown_groups().map(|(name, group)| (name.to_owned(), group)).collect();
        assert_eq!(unknown.len(), 1, "{name}");
        unknown[0].1
    };
    assert_eq!(meant("evnt"), Some(Event));
    assert_eq!(meant("eve"), Some(Event), "two letters are missing");
    assert_eq!(meant("evxyz"), None, "three letters are wrong");
}

#[test]
fn an_event_is_on_the_line_of_its_clock() {
    let text = "head\nask\n (1) \nget\n(2)\n";
    let found = matches(r"(?<event>.*)\n *\((?<clock> *\d+ *)\)", text);
    let lines: Vec<(u32, u32)> = found.iter().map(|found| (found.first_line, found.line)).collect();
    assert_eq!(lines, [(2, 3), (4, 5)]);
    assert_eq!((found[0].start, found[0].end), (5, 13));
    let text = "1 a \r\nx\n 2 b\n";
    let found = matches(r"^ *(?<clock>\d) (?<event>.*)$", text);
    let events: Vec<_> = found.iter().map(|found| (found.line, found.group(text, Event).expect("an event"))).collect();
    assert_eq!(events, [(1, "a"), (3, "b")], "without the blanks around it");
}
