//! A clock's text: read in the styles of many languages, and refused if it is anything else.

use host::foreign::clock_text::{ClockText, parse};
use proptest::prelude::*;

fn named(counts: &[(&str, u64)]) -> ClockText {
    ClockText::Named(counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect())
}

fn read(text: &str) -> ClockText {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_number_is_read_as_programs_print_it() {
    let texts = [
        "17",
        " 17 ",
        "017",
        "17.0",
        "17.",
        "17.000000",
        "17L",
        "+17",
        "17n",
        "17u64",
        "17_u64",
        "0x11",
        "\"17\"",
        "'17'",
        "(17)",
        "[17]",
        "(17,)",
        "LamportClock(17)",
        "Some(17)",
        "Some(Clock(17))",
        "Stamp { time: 17 }",
        "{\"clock\": 17}",
        "{time: 17}",
        "clock=17",
        "LamportClock {getTime = 17}",
        "LamportClock 17",
        "Just 17",
        "#clock{time=17}",
        "%LamportClock{time: 17}",
        "LamportClock(time=17)",
        "clock::Lamport(17)",
        "int(17)",
        "Clock[17]",
        "<17>",
    ];
    for text in texts {
        assert_eq!(read(text), ClockText::Number(17), "{text}");
    }
    assert_eq!(read("18446744073709551615"), ClockText::Number(u64::MAX));
    assert_eq!(read("0"), ClockText::Number(0));
}

#[test]
fn a_list_is_read_with_any_brackets_and_separators() {
    let texts = [
        "1,0,4",
        "1, 0, 4",
        "1 0 4",
        "1;0;4",
        "1|0|4",
        "1 | 0 | 4",
        "[1, 0, 4]",
        "[1,0,4]",
        "[1 0 4]",
        "[1  0  4]",
        "(1; 0; 4)",
        "[|1; 0; 4|]",
        "array([1, 0, 4])",
        "array([1, 0, 4], dtype=int64)",
        "Array(3) [ 1, 0, 4 ]",
        "vec![1, 0, 4]",
        "<1,0,4>",
        "<<1, 0, 4>>",
        "{1, 0, 4}",
        "#(1 0 4)",
        "[1., 0., 4.]",
        "[1. 0. 4.]",
        "[1, 0, 4,]",
        "VectorClock([1, 0, 4])",
        "VectorClock { clocks: [1, 0, 4] }",
        "[]int{1, 0, 4}",
        "[3]uint64{0x1, 0x0, 0x4}",
        "List(1, 0, 4)",
        "&[1 0 4]",
        "Uint32Array(3) [ 1, 0, 4 ]",
        "std::vector<int>{1, 0, 4}",
        "\"[1, 0, 4]\"",
        "{\"clock\":[1,0,4]}",
        "c(1L, 0L, 4L)",
        "VClock(id='b', entries=[1, 0, 4])",
        "[\"1\", \"0\", \"4\"]",
        "[1,\n 0,\n 4]",
        "main.Clock{1, 0, 4}",
        "Vec<u64>[1, 0, 4]",
    ];
    for text in texts {
        assert_eq!(read(text), ClockText::List(vec![1, 0, 4]), "{text}");
    }
    assert_eq!(read("(3, 1)"), ClockText::List(vec![3, 1]), "a pair of numbers: the run tells its meaning");
    assert_eq!(read("1613148281129318000,2"), ClockText::List(vec![1_613_148_281_129_318_000, 2]));
}

#[test]
fn counts_by_name_are_read_as_languages_print_them() {
    let texts = [
        // JSON, JavaScript, and either inside of another text.
        r#"{"a": 1, "b": 2}"#,
        r#"{"b":2,"a":1}"#,
        r#"{\"a\":1,\"b\":2}"#,
        r#"{""a"":1,""b"":2}"#,
        r#""{\"a\":1,\"b\":2}""#,
        r#""{""a"":1,""b"":2}""#,
        r#"{\\\"a\\\":1,\\\"b\\\":2}"#,
        "{ a: 1, b: 2 }",
        "Map(2) { 'a' => 1, 'b' => 2 }",
        "Map {'a' => 1, 'b' => 2}",
        "[Object: null prototype] { a: 1, b: 2 }",
        r#"[["a",1],["b",2]]"#,
        "{\n  a: 1,\n  b: 2,\n}",
        // Erlang and Elixir.
        "[{amy,1},{bob,2}]",
        "[{a,1},{b,2}]",
        r#"[{<<"a">>,1},{<<"b">>,2}]"#,
        "#{a => 1,b => 2}",
        r#"%{"a" => 1, "b" => 2}"#,
        "%{a: 1, b: 2}",
        "[a: 1, b: 2]",
        "%VectorClock{clocks: %{a: 1, b: 2}}",
        r#"%{:a => 1, :b => 2}"#,
        // C++, C#, Java, Scala, Go, Rust, Haskell.
        r#"{{"a", 1}, {"b", 2}}"#,
        r#"{{"a", 1}, {"b", 2},}"#,
        "{[a, 1], [b, 2]}",
        "[a, 1], [b, 2]",
        "{a=1, b=2}",
        "Map(a -> 1, b -> 2)",
        "HashMap(a -> 1, b -> 2)",
        "map[a:1 b:2]",
        "map[string]int{\"a\":1, \"b\":2}",
        "map[string]uint64{\"a\":0x1, \"b\":0x2}",
        "&map[a:1 b:2]",
        "main.VectorClock{Clock:map[string]int{\"a\":1, \"b\":2}}",
        "{n1 map[a:1 b:2]}",
        "&{map[a:1 b:2]}",
        r#"VectorClock { clocks: {"a": 1, "b": 2} }"#,
        r#"VectorClock({"a": 1, "b": 2})"#,
        r#"fromList [("a",1),("b",2)]"#,
        r#"VectorClock (fromList [("a",1),("b",2)])"#,
        r#"VectorClock { id: "a", clocks: {"a": 1, "b": 2} }"#,
        // Python, Ruby, Perl, PHP, Lua, Julia, R.
        "{'a': 1, 'b': 2}",
        "OrderedDict([('a', 1), ('b', 2)])",
        "OrderedDict({'a': 1, 'b': 2})",
        "Counter({'b': 2, 'a': 1})",
        "defaultdict(<class 'int'>, {'a': 1, 'b': 2})",
        r#"{"a"=>1, "b"=>2}"#,
        "{:a=>1, :b=>2}",
        "{'a' => 1, 'b' => 2}",
        "dict_items([('a', 1), ('b', 2)])",
        "Array ( [a] => 1 [b] => 2 )",
        r#"array(2) { ["a"]=> int(1) ["b"]=> int(2) }"#,
        "array('a' => 1, 'b' => 2)",
        r#"Dict("a" => 1, "b" => 2)"#,
        r#"Dict{String, Int64}("a" => 1, "b" => 2)"#,
        "c(a = 1, b = 2)",
        r#"{["a"] = 1, ["b"] = 2}"#,
        "VectorClock(clock={'a': 1, 'b': 2})",
        // Clojure, Lisp, PowerShell, TLA+.
        "{:a 1, :b 2}",
        "{:a 1 :b 2}",
        r#"{"a" 1, "b" 2}"#,
        "((a . 1) (b . 2))",
        "((a 1) (b 2))",
        "@{a=1; b=2}",
        "[a |-> 1, b |-> 2]",
        "(a :> 1 @@ b :> 2)",
        // Without brackets.
        "a:1,b:2",
        "a=1, b=2",
        "a:1 b:2",
        "a=1 b=2",
        "a:1|b:2",
        "a -> 1, b -> 2",
        r#""a":1,"b":2"#,
        "<a:1, b:2>",
        "a=1;b=2;",
    ];
    for text in texts {
        let text = text.replace("amy", "a").replace("bob", "b");
        assert_eq!(read(&text), named(&[("a", 1), ("b", 2)]), "{text}");
    }
    let single = [
        "{a: 1}",
        "{\"a\":1}",
        "[{a,1}]",
        "map[a:1]",
        "[('a', 1)]",
        "OrderedDict([('a', 1)])",
        "{{\"a\", 1}}",
        "a:1",
        "a=1",
        "{:a 1}",
        "{\"a\" 1}",
        "Map(a -> 1)",
        "Map(1) { 'a' => 1 }",
        "fromList [(\"a\",1)]",
        "{a=1}",
        "{'a': '1'}",
        "{a: Some(1)}",
    ];
    for text in single {
        assert_eq!(read(text), named(&[("a", 1)]), "{text}");
    }
    let empty = [
        "{}",
        "[]",
        "()",
        "map[]",
        "Map(0) {}",
        "%{}",
        "#{}",
        "OrderedDict()",
        "Counter()",
        "fromList []",
        "Map()",
        "{ }",
    ];
    for text in empty {
        assert_eq!(read(text), named(&[]), "{text}");
    }
}

#[test]
fn names_of_machines_may_be_addresses() {
    assert_eq!(read(r#"{"10.0.0.1:7101": 3, "::1": 1}"#), named(&[("10.0.0.1:7101", 3), ("::1", 1)]));
    assert_eq!(
        read("map[10.0.0.1:7101:3 localhost:80:4]").clone(),
        named(&[("10.0.0.1:7101", 3), ("localhost:80", 4)])
    );
    assert_eq!(read("{10.0.0.1:7101=3, 10.0.0.2:7101=4}"), named(&[("10.0.0.1:7101", 3), ("10.0.0.2:7101", 4)]));
    assert_eq!(read("{'node-1@host.example': 3}"), named(&[("node-1@host.example", 3)]));
    assert_eq!(read("{node-1@host.example: 3}"), named(&[("node-1@host.example", 3)]));
    assert_eq!(read("#{'n1@127.0.0.1' => 1}"), named(&[("n1@127.0.0.1", 1)]));
    assert_eq!(read("{1: 3, 2: 4}"), named(&[("1", 3), ("2", 4)]));
    assert_eq!(read("[{1,3},{2,4}]"), named(&[("1", 3), ("2", 4)]));
    assert_eq!(read("[{<0.81.0>,3}]"), named(&[("0.81.0", 3)]));
    assert_eq!(read("%{#PID<0.81.0> => 3}"), named(&[("0.81.0", 3)]));
    assert_eq!(read(r#"{"24464":1}"#), named(&[("24464", 1)]));
    assert_eq!(read(r#"{"a \"b\"": 1, "ü,{": 2}"#), named(&[("a \"b\"", 1), ("ü,{", 2)]));
    assert_eq!(read("{\"l\": 1, \"m\": 2}"), named(&[("l", 1), ("m", 2)]));
}

#[test]
fn a_time_with_its_process_is_read() {
    let texts = [
        "(3, 'n1')",
        "('n1', 3)",
        "(3,n1)",
        "<3, n1>",
        "{3,n1}",
        "{n1,3}",
        "[3, \"n1\"]",
        "3.n1",
        "3@n1",
        "3#n1",
        "3:n1",
        "3-n1",
        "3_n1",
        "3,n1",
        "LamportClock(3, 'n1')",
        "Timestamp { time: 3, process: \"n1\" }",
        "{\"time\": 3, \"pid\": \"n1\"}",
        "{n1 3}",
        "Some((3, \"n1\"))",
        "%Stamp{time: 3, node: :n1}",
        "LamportTimestamp(counter=3, node_id='n1')",
        "\"3@n1\"",
        "(3@n1)",
    ];
    for text in texts {
        assert_eq!(read(text), ClockText::Stamped { time: 3, process: "n1".to_owned() }, "{text}");
    }
    assert_eq!(read("Stamp { time: 3, process: 2 }"), ClockText::Stamped { time: 3, process: "2".to_owned() });
    assert_eq!(read("(3, '2')"), ClockText::Stamped { time: 3, process: "2".to_owned() });
}

#[test]
fn a_hybrid_clock_is_read() {
    let hybrid = |wall, count| ClockText::Hybrid { wall, count };
    let texts = [
        "{wall: 1700000000000, count: 2}",
        "{\"wallTime\":1700000000000,\"logical\":2}",
        "{l=1700000000000, c=2}",
        "HLC{l:1700000000000 c:2}",
        "Hlc { physical: 1700000000000, logical: 2 }",
        "HybridTimestamp(1700000000000, 2)",
        "{pt: 1700000000000, lc: 2}",
        "(p=1700000000000, l=2)",
        "{\"ts\": 1700000000000, \"counter\": 2, \"node\": \"n1\"}",
        "l=1700000000000,c=2",
        "{c: 2, L: 1700000000000}",
        "001700000000000:00002:n1",
    ];
    for text in texts {
        assert_eq!(read(text), hybrid(1_700_000_000_000, 2), "{text}");
    }
    let cockroach = hybrid(1_613_148_281_129_318_000, 2);
    assert_eq!(read("1613148281129318000.0000000002"), cockroach);
    assert_eq!(read("1613148281129318000.2"), cockroach);
    assert_eq!(read("1613148281.129318000,2"), cockroach);
    assert_eq!(read("1613148281129318000.0000000012"), hybrid(1_613_148_281_129_318_000, 12));
    assert_eq!(read("5.0000000002"), hybrid(5, 2));
    for text in
        ["2024-01-01T10:00:00.000Z-0003-node", "2024-01-01T10:00:00.000Z-0003", "2024-01-01T10:00:00Z-0003-a-b-c"]
    {
        assert_eq!(read(text), hybrid(1_704_103_200_000_000_000, 3), "{text}");
    }
    assert_eq!(read("2024-01-01T10:00:00.000Z-001F-8a1f"), hybrid(1_704_103_200_000_000_000, 31));
    assert_eq!(read("{wall: '2024-01-01T10:00:00Z', count: 3}"), hybrid(1_704_103_200_000_000_000, 3));
}

#[test]
fn anything_else_is_refused_with_the_reason() {
    let refused = [
        ("", "empty"),
        ("  ", "empty"),
        ("-1", "never negative"),
        ("[1, -1]", "never negative"),
        ("{a: -1}", "never negative"),
        ("1.5", "no fraction"),
        ("17.25", "no fraction"),
        ("[1.5, 2]", "no fraction"),
        ("1678239498.147712", "no fraction"),
        ("18446744073709551616", "larger than 18446744073709551615"),
        ("[99999999999999999999]", "larger"),
        ("2023-03-07", "a date"),
        ("2023-03-07 20:38:18,148", "a date"),
        ("2023-03-07T20:38:18Z", "a date"),
        ("20:38:18", "a date"),
        ("[2023-03-07T10:15:00]", "a date"),
        ("03/07/2023", "a date"),
        ("10:15", "make no clock"),
        ("[10:15]", "make no clock"),
        ("10.0.0.1:7101", "make no clock"),
        ("datetime.date(2023, 3, 7)", "a date"),
        ("1,000", "a date"),
        ("vm3", "`vm3` is not a number"),
        ("v1.2.3", "not a number"),
        ("1.2.3", "not a number"),
        ("clock 17", "not a number"),
        ("Received 17", "not a number"),
        ("17 messages", "make no clock"),
        ("17ms", "not a number"),
        ("17%", "not a number"),
        ("1e5", "not a number"),
        ("1.e5", "not a number"),
        ("1_000", "not a number"),
        ("3-Mar-2023", "not a number"),
        ("n1-3", "not a number"),
        ("NaN", "not a number"),
        ("[1, 2", "`[` is not closed"),
        ("{\"a: 1}", "`\"` is not closed"),
        ("1, 0]", "not clear up to `]`"),
        ("[1, 0)", "not clear up to `)`"),
        ("{a: 1, a: 2}", "`a` is counted twice"),
        ("[{a,1},{a,2}]", "`a` is counted twice"),
        ("{a: x}", "`x` is not a number"),
        ("{\"\": 1}", "empty name"),
        ("[1, a, 2]", "`a` is not a number"),
        ("[[1,2],[3,4]]", "make no clock"),
        ("{sending,{hi,5}}", "make no clock"),
        ("[1, 0 4]", "make no clock"),
        ("[1,,2]", "not clear"),
        ("null", "not a number"),
        ("[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]", "too deeply"),
        ("<html>", "not a number"),
        ("{a: 1}{b: 2}", "not clear"),
        ("17 -", "make no clock"),
        ("１７", "not a number"),
    ];
    for (text, reason) in refused {
        match parse(text) {
            Ok(clock) => panic!("{text} is {clock:?}"),
            Err(error) => assert!(error.to_string().contains(reason), "{text}: {error}"),
        }
    }
    let error = parse("vm3").expect_err("a name").to_string();
    assert!(error.contains("understood are a number (`17`)"), "{error}");
}

type Style = fn(&[(String, u64)]) -> String;

/// Pairs written one after another, each by `one`.
fn joined(counts: &[(String, u64)], separator: &str, one: fn(&str, u64) -> String) -> String {
    counts.iter().map(|(name, count)| one(name, *count)).collect::<Vec<_>>().join(separator)
}

/// Styles that can print any name without a quotation mark or a backslash.
const QUOTED: [Style; 11] = [
    |counts| format!("{{{}}}", joined(counts, ",", |name, count| format!("{name:?}:{count}"))),
    |counts| format!("{{{}}}", joined(counts, ", ", |name, count| format!("{name:?} : {count}"))),
    |counts| format!("{{{}}}", joined(counts, ", ", |name, count| format!("'{name}': {count}"))),
    |counts| format!("%{{{}}}", joined(counts, ", ", |name, count| format!("{name:?} => {count}"))),
    |counts| format!("{{{}}}", joined(counts, ", ", |name, count| format!("{{{name:?}, {count}}}"))),
    |counts| {
        format!("Map({}) {{ {} }}", counts.len(), joined(counts, ", ", |name, count| format!("'{name}' => {count}")))
    },
    |counts| format!("fromList [{}]", joined(counts, ",", |name, count| format!("({name:?},{count})"))),
    |counts| format!("OrderedDict([{}])", joined(counts, ", ", |name, count| format!("('{name}', {count})"))),
    |counts| {
        format!("VectorClock {{ clocks: {{{}}} }}", joined(counts, ", ", |name, count| format!("{name:?}: {count}")))
    },
    |counts| format!("{{{}}}", joined(counts, ",", |name, count| format!("\\\"{name}\\\":{count}"))),
    |counts| format!("[{}]", joined(counts, ",", |name, count| format!("{{<<{name:?}>>,{count}}}"))),
];

/// Styles that print names that need no quotes.
const BARE: [Style; 8] = [
    |counts| format!("map[{}]", joined(counts, " ", |name, count| format!("{name}:{count}"))),
    |counts| format!("{{{}}}", joined(counts, ", ", |name, count| format!("{name}={count}"))),
    |counts| format!("[{}]", joined(counts, ",", |name, count| format!("{{{name},{count}}}"))),
    |counts| format!("Map({})", joined(counts, ", ", |name, count| format!("{name} -> {count}"))),
    |counts| format!("{{{}}}", joined(counts, ", ", |name, count| format!(":{name} {count}"))),
    |counts| format!("{{{}}}", joined(counts, ", ", |name, count| format!("{name}: {count}"))),
    |counts| format!("{{{}}}", joined(counts, ",", |name, count| format!("\"\"{name}\"\":{count}"))),
    |counts| {
        format!("defaultdict(<class 'int'>, {{{}}})", joined(counts, ", ", |name, count| format!("'{name}': {count}")))
    },
];

/// Counts by names that are names of no part of a clock.
fn counts(name: &'static str) -> impl Strategy<Value = Vec<(String, u64)>> {
    let counts = prop::collection::btree_map(name, any::<u64>(), 0..6);
    counts.prop_map(|counts| {
        let mut counts: Vec<(String, u64)> =
            counts.into_iter().map(|(name, count)| (format!("{name}z"), count)).collect();
        counts.sort();
        counts
    })
}

proptest! {
    #[test]
    fn a_count_by_name_is_read_back_from_every_style(
        any_names in counts("[a-zA-Z0-9 .:@_/<>(){}\\[\\],;|=#-]{1,8}"),
        words in counts("[a-zA-Z][a-zA-Z0-9_.-]{0,8}"),
    ) {
        for style in QUOTED {
            let text = style(&any_names);
            prop_assert_eq!(parse(&text), Ok(ClockText::Named(any_names.clone())), "{}", text);
        }
        for style in QUOTED.iter().chain(&BARE) {
            let text = style(&words);
            prop_assert_eq!(parse(&text), Ok(ClockText::Named(words.clone())), "{}", text);
        }
    }

    #[test]
    fn a_list_is_read_back_from_every_style(list in prop::collection::vec(any::<u64>(), 2..6)) {
        let joined = |separator: &str| list.iter().map(u64::to_string).collect::<Vec<_>>().join(separator);
        let commas = joined(", ");
        let texts = [
            commas.clone(), joined(","), joined(" "), joined(";"), joined("|"), format!("{list:?}"), format!("[{}]", joined(" ")),
            format!("[|{}|]", joined("; ")), format!("({commas})"), format!("<{commas}>"), format!("array([{commas}], dtype=uint64)"),
            format!("Array({}) [ {commas} ]", list.len()), format!("vec![{commas}]"), format!("\"{list:?}\""),
        ];
        for text in texts {
            prop_assert_eq!(parse(&text), Ok(ClockText::List(list.clone())), "{}", text);
        }
    }

    #[test]
    fn a_number_and_its_process_are_read_back(time in any::<u64>(), small in ..1_u64 << 53, process in "[a-z]{4,8}[0-9]") {
        for text in [format!("{time}"), format!("Some({time})"), format!("Clock {{ time: {time} }}")] {
            prop_assert_eq!(parse(&text), Ok(ClockText::Number(time)), "{}", text);
        }
        prop_assert_eq!(parse(&format!("{small}.0")), Ok(ClockText::Number(small)));
        let texts = [
            format!("({time}, '{process}')"), format!("{time}@{process}"), format!("{time}.{process}"), format!("{{{process},{time}}}"),
            format!("Stamp {{ time: {time}, node: {process:?} }}"),
        ];
        for text in texts {
            prop_assert_eq!(parse(&text), Ok(ClockText::Stamped { time, process: process.clone() }), "{}", text);
        }
    }

    #[test]
    fn a_text_that_is_no_clock_says_so_without_a_panic(any_text in ".{0,40}", signs in "[a1.0:,;|=>({<\\[\\]>)}\"'\\\\ %#@TZü-]{0,24}") {
        for text in [any_text, signs] {
            if let Err(error) = parse(&text) {
                prop_assert!(error.to_string().contains("understood are"));
            }
        }
    }
}
