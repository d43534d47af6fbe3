//! Boundaries of clock texts: the last text that is one kind of clock, and the first that is another or none.

use host::foreign::clock_text::{ClockText, parse};

fn read(text: &str) -> ClockText {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn named(counts: &[(&str, u64)]) -> ClockText {
    ClockText::Named(counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect())
}

fn hybrid(wall: u64, count: u64) -> ClockText {
    ClockText::Hybrid { wall, count }
}

fn stamped(time: u64, process: &str) -> ClockText {
    ClockText::Stamped { time, process: process.to_owned() }
}

fn all_refused(texts: &[(&str, &str)]) {
    for (text, reason) in texts {
        match parse(text) {
            Ok(clock) => panic!("{text} is {clock:?}"),
            Err(error) => assert!(error.to_string().contains(reason), "{text}: {error}"),
        }
    }
}

#[test]
fn a_sign_between_name_and_count_needs_no_blanks() {
    for text in ["Map(a->1, b->2)", "{a:=1, b:=2}", "(a:>1@@b:>2)", "[a|->1, b|->2]", "{a=>1,b=>2}"] {
        assert_eq!(read(text), named(&[("a", 1), ("b", 2)]), "{text}");
    }
    assert!(parse("((a . 1)(b . 2))").is_err(), "something stands between two terms");
    assert_eq!(
        read("{a-b: 1, a@b: 2, a:b: 3}"),
        named(&[("a-b", 1), ("a:b", 3), ("a@b", 2)]),
        "within a name they are no signs"
    );
}

#[test]
fn quotes_in_a_name_are_escaped_or_doubled() {
    assert_eq!(read(r#"{"a\\": 1}"#), named(&[(r"a\", 1)]), "the second backslash does not escape the quote");
    assert_eq!(read(r#"{"a\"": 1}"#), named(&[("a\"", 1)]));
    assert_eq!(read(r#"{"a""b": 1}"#), named(&[("a\"\"b", 1)]));
}

#[test]
fn a_port_makes_a_name_with_colons() {
    for name in ["10.0.0.1:710", "10.0.0.1:http", "localhost:80"] {
        assert_eq!(read(&format!("{{{name}:3}}")), named(&[(name, 3)]), "{name}");
    }
    all_refused(&[("{10.0.0.1:71:3}", "a date")]);
}

#[test]
fn a_constructor_begins_like_a_name() {
    assert_eq!(read("_clock(17)"), ClockText::Number(17));
    assert_eq!(read("Clock 17"), ClockText::Number(17));
    let nested = r#"Dict{String, Array{Int64}}("a" => 1, "b" => 2)"#;
    assert_eq!(read(nested), named(&[("a", 1), ("b", 2)]), "a type may have types in it");
    all_refused(&[("17 [1, 2]", "make no clock"), ("Clock% 17", "not a number"), ("clock 17", "not a number")]);
}

#[test]
fn the_one_field_beside_its_process_is_the_clock() {
    assert_eq!(read("{node: [17]}"), ClockText::Number(17));
    assert_eq!(read("{time: 17, node: n1, dtype: 'u64'}"), stamped(17, "n1"));
    all_refused(&[("{id: n1, node: n2, time: 3}", "`n1` is not a number")]);
}

#[test]
fn names_of_fields_tell_a_hybrid_clock_from_counts_by_name() {
    for text in [
        "{wall: 7, c: 2}",
        "{pt: 7, count: 2}",
        "{p: 7, l: 2}",
        "{l: 7, c: 2}",
        "{ts: 7, seq: 2}",
        "{time: 7, count: 2}",
    ] {
        assert_eq!(read(text), hybrid(7, 2), "{text}");
    }
    for (one, other) in [("count", "l"), ("l", "ts"), ("c", "lc"), ("p", "wall"), ("a", "c")] {
        assert_eq!(read(&format!("{{{one}: 7, {other}: 2}}")), named(&[(one, 7), (other, 2)]), "{one} {other}");
    }
}

#[test]
fn a_large_number_before_a_small_one_is_a_hybrid_clock() {
    let texts = [
        ("10000000.5", hybrid(10_000_000, 5)),
        ("10000000.25", hybrid(10_000_000, 25)),
        ("10000000.0", ClockText::Number(10_000_000)),
        ("100000000000000000.000000002", hybrid(100_000_000_000_000_000, 2)),
        ("5.0000100002", hybrid(5, 100_002)),
        ("10000000-3", hybrid(10_000_000, 3)),
        ("10000000:2", hybrid(10_000_000, 2)),
        ("9999999:2", named(&[("9999999", 2)])),
        ("{10000000:2}", named(&[("10000000", 2)])),
        ("map[10000000:2]", named(&[("10000000", 2)])),
        ("1613148281.129318000,2?", hybrid(1_613_148_281_129_318_000, 2)),
        ("001700000000000:0000z:n1", hybrid(1_700_000_000_000, 35)),
        ("2024-01-01T10:00:00Z-00010-n", hybrid(1_704_103_200_000_000_000, 16)),
    ];
    for (text, clock) in texts {
        assert_eq!(read(text), clock, "{text}");
    }
    all_refused(&[
        ("9999999.5", "no fraction"),
        ("10000000.250", "no fraction"),
        ("99999999999999999.000000002", "no fraction"),
        ("100000000000000000.1000000002", "no fraction"),
        ("5.0001000002", "no fraction"),
        ("5.00001000002", "no fraction"),
        ("9999999-3", "not a number"),
        ("1613148281.12931800,2", "no fraction"),
        ("01700000000000:00002:n1", "make no clock"),
        ("001700000000000:0002:n1", "make no clock"),
        ("001700000000000:000002:n1", "make no clock"),
        ("001700000000000:+0002:n1", "make no clock"),
        ("2024-01-01T10:00:00Z-003-n", "a date"),
        ("2024-01-01T10:00:00Z-0003-", "a date"),
        ("2024-01-01T10:00:00Z-+003-n", "a date"),
        ("2024-01-01T10:00:00Z-000g-n", "a date"),
    ]);
}

#[test]
fn a_date_has_three_parts_of_digits_and_two_signs() {
    assert_eq!(read("3-a-b"), stamped(3, "a-b"));
    all_refused(&[
        ("2023-3-7", "a date"),
        ("2023/3/7", "a date"),
        ("2023/03", "`2023/03` is not a number"),
        ("20230-3-7", "`20230-3-7` is not a number"),
    ]);
}

#[test]
fn a_pair_of_numbers_that_is_no_time_of_day_is_a_count() {
    for (name, count) in [("9", 15), ("24", 15), ("10", 9), ("10", 60), ("23", 60), ("2ee", 4)] {
        assert_eq!(read(&format!("{name}:{count}")), named(&[(name, count)]), "{name}:{count}");
    }
    let reason = "make no clock";
    all_refused(&[("10:10", reason), ("23:59", reason), ("09:15", reason), ("9:05", reason)]);
}

#[test]
fn only_the_name_of_a_process_is_in_quotes() {
    assert_eq!(read(r#"["1", "0"]"#), ClockText::List(vec![1, 0]));
    assert_eq!(read(r#"["17"]"#), ClockText::Number(17));
    assert_eq!(read("('2', 3)"), stamped(3, "2"));
    assert_eq!(read("(3, '2')"), stamped(3, "2"));
    assert_eq!(read(r#"[["1", 2], ["3", 4]]"#), named(&[("1", 2), ("3", 4)]));
}

#[test]
fn names_and_counts_in_turn_stand_between_braces_and_blanks() {
    assert_eq!(read("{:a 1 :b 2 :c 3}"), named(&[("a", 1), ("b", 2), ("c", 3)]));
    all_refused(&[("{: 1}", "empty name")]);
    for text in ["(:a 1 :b 2)", "{:a,1,:b,2}", "{:a 1 :b}", "{:a 1 :b 2 :c}", "{:a 1 2 3}"] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_number_is_as_large_as_64_bits() {
    for text in ["18446744073709551615", "0xffffffffffffffff", "000018446744073709551615"] {
        assert_eq!(read(text), ClockText::Number(u64::MAX), "{text}");
    }
    assert_eq!(read("000000000000000000017@n1"), stamped(17, "n1"));
    all_refused(&[
        ("18446744073709551616", "larger than"),
        ("0x10000000000000000", "larger than"),
        ("0x", "not a number"),
        ("0xg", "not a number"),
        ("-17.5", "never negative"),
    ]);
}

#[test]
fn a_machine_beside_one_called_c_is_no_wall_clock() {
    assert_eq!(
        read("{\"l\": 1700000000000, \"c\": 2}"),
        hybrid(1_700_000_000_000, 2),
        "the names of Kulkarni and others"
    );
    assert_eq!(read("{\"web\": 1700000000000, \"c\": 2}"), named(&[("c", 2), ("web", 1_700_000_000_000)]));
}
