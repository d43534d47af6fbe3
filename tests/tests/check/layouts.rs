//! Layouts are recognised without a pattern, and named with the pattern that they equal.

use host::foreign::{
    Group::{self, Clock, Event, Host, Peer, Queue, Stamp, Time},
    Match, Pattern, Source,
    layouts::{Guess, guess},
};
use proptest::prelude::*;

fn guessed(texts: &[&str]) -> Guess {
    let sources: Vec<Source> = texts.iter().map(|text| Source::of("a.log", text)).collect();
    guess(&sources).unwrap_or_else(|failure| panic!("{failure}"))
}

/// The texts of these groups on every line that the pattern of a guess finds; `-` where a group took no part.
fn read(text: &str, groups: &[Group]) -> Vec<String> {
    let guess = guessed(&[text]);
    let pattern = Pattern::new(&guess.patterns).unwrap_or_else(|failure| panic!("{failure}"));
    let cell = |found: &Match, group: Group| {
        found.group(text, group).filter(|text| !text.is_empty()).unwrap_or("-").to_owned()
    };
    let row = |found: &Match| groups.iter().map(|group| cell(found, *group)).collect::<Vec<_>>().join(" ");
    pattern.matches(text).iter().map(row).collect()
}

#[test]
fn columns_of_a_table_are_known_by_its_header() {
    let ours = "tick,time_ns,event,peer,stamp,clock,queue\n1,1678248893585993873,internal,,,1,0\n2,1678248893919209637,send,BC,,2,0\n3,1678248894252597839,receive,B,4,5,1\n";
    assert_eq!(
        read(ours, &[Time, Event, Peer, Stamp, Clock, Queue]),
        [
            "1678248893585993873 internal - - 1 0",
            "1678248893919209637 send BC - 2 0",
            "1678248894252597839 receive B 4 5 1"
        ]
    );
    assert_eq!(guessed(&[ours]).name, "a table with a header");
    let tabs = "Timestamp\tNode\tKind\tLogical Clock\n2023-03-07 20:38:18,148\tn1\tSEND\t1\n2023-03-07 20:38:18,200\tn2\tRECV\t2\n";
    assert_eq!(
        read(tabs, &[Time, Host, Event, Clock]),
        ["2023-03-07 20:38:18,148 n1 SEND 1", "2023-03-07 20:38:18,200 n2 RECV 2"]
    );
    let quoted =
        "event,vector_clock,note\nsend,\"{\"\"a\"\": 1}\",x\nreceive,\"{\"\"a\"\": 1, \"\"b\"\": 1}\",\"y, z\"\n";
    assert_eq!(read(quoted, &[Event, Clock]), [r#"send {""a"": 1}"#, r#"receive {""a"": 1, ""b"": 1}"#]);
    let path = "event,path,clock\nsend,\"C:\\\",1\nreceive,\"D:\\\",2\n";
    assert_eq!(read(path, &[Event, Clock]), ["send 1", "receive 2"], "a backslash escapes nothing in a table");
    let bars = "event | clock | peer\nsend | 1,0 | b\nreceive | 2,2 | -\n";
    assert_eq!(read(bars, &[Event, Clock, Peer]), ["send 1,0 b", "receive 2,2 -"]);
}

#[test]
fn a_time_that_only_receives_have_is_the_timestamp_of_a_message() {
    let table = "time,event,clock,peer,ts\n13,SEND,1,2,\n20,RECV,5,1,4\n31,LOCAL,6,,\n";
    assert_eq!(read(table, &[Time, Event, Clock, Peer, Stamp]), ["13 SEND 1 2 -", "20 RECV 5 1 4", "31 LOCAL 6 - -"]);
    let pairs = "event=send clock=1 peer=n2\nevent=recv clock=5 peer=n1 ts=4\n";
    assert_eq!(read(pairs, &[Time, Event, Clock, Stamp]), ["- send 1 -", "- recv 5 4"]);
    let table = "event,stamp,clock\nsend,1,1\nreceive,1,2\n";
    assert_eq!(read(table, &[Stamp, Clock]), ["1 1", "1 2"], "a name that means nothing else");
    let words = "event,time,clock\nsend,noon,1\nreceive,dusk,2\n";
    assert_eq!(guessed(&[words]).patterns, [r"^(?<event>[^,]+),[^,]*,(?<clock>\d+)$"], "words are no times");
    let all = "event=send clock=1 ts=12\nevent=recv clock=5 ts=14\n";
    assert_eq!(read(all, &[Time, Stamp, Clock]), ["12 - 1", "14 - 5"]);
}

#[test]
fn kinds_in_columns_of_flags_are_groups_of_their_own() {
    let [first, second] =
        ["rolled,sent,received,clock\n1,1,0,1\n1,0,0,2\n", "rolled,sent,received,clock\n0,0,1,2\n1,0,0,3\n"];
    let patterns = guessed(&[first, second]).patterns;
    assert_eq!(patterns, [r"^[^,]*,(?<send>\d+),(?<receive>\d+),(?<clock>\d+)$"]);
    let json = "{\"clock\":1,\"sent\":true,\"received\":false}\n{\"clock\":4,\"sent\":false,\"received\":true}\n";
    let patterns = guessed(&[json]).patterns;
    assert_eq!(
        patterns,
        [r#"^ *\{.*?"clock": *(?<clock>\d+).*?"sent": *(?<send>[^,}\s]+).*?"received": *(?<receive>[^,}\s]+)"#]
    );
    let counts = "sent,received,clock\n1,0,1\n2,0,2\n2,1,5\n";
    assert_eq!(guessed(&[counts]).patterns, [r"^(?:[^,]*,){2}(?<clock>\d+)$"], "numbers of messages are no flags");
}

#[test]
fn members_of_json_lines_are_known_by_their_names() {
    let lines = concat!(
        "{\"time\":\"2023-03-07T20:38:18.148Z\",\"host\":\"n1\",\"event\":\"send\",\"to\":[\"n2\",\"n3\"],\"vc\":{\"n1\":1}}\n",
        "{\"time\":\"2023-03-07T20:38:18.148Z\",\"host\":\"n2\",\"event\":\"receive\",\"from\":\"n1\",\"vc\":{\"n1\":1,\"n2\":1}}\n",
        "{\"time\":\"2023-03-07T20:38:18.200Z\",\"host\":\"n2\",\"event\":\"internal\",\"vc\":{\"n1\":1,\"n2\":2}}\n",
    );
    assert_eq!(
        read(lines, &[Host, Event, Peer, Clock]),
        [r#"n1 send ["n2","n3"] {"n1":1}"#, r#"n2 receive n1 {"n1":1,"n2":1}"#, r#"n2 internal - {"n1":1,"n2":2}"#]
    );
    let texts = concat!(
        "{\"level\": 30, \"clock\": \"{\\\"a\\\":1}\", \"msg\": \"sent, \\\"clock\\\": 9\", \"queue_len\": null}\n",
        "{\"level\": 30, \"clock\": \"{\\\"a\\\":2}\", \"msg\": \"local\", \"queue_len\": 2}\n",
    );
    assert_eq!(read(texts, &[Clock, Queue]), [r#"{\"a\":1} -"#, r#"{\"a\":2} 2"#]);
    let pairs =
        "{\"event\":\"send\",\"vc\":[[\"a\",1],[\"b\",2]]}\n{\"event\":\"receive\",\"vc\":[[\"a\",1],[\"b\",3]]}\n";
    assert_eq!(read(pairs, &[Event, Clock]), [r#"send [["a",1],["b",2]]"#, r#"receive [["a",1],["b",3]]"#]);
    let shuffled = "{\"event\":\"send\",\"clock\":1,\"peer\":2}\n{\"peer\":1,\"clock\":2,\"event\":\"receive\"}\n{\"clock\":3,\"event\":\"internal\"}\n";
    assert_eq!(read(shuffled, &[Event, Clock, Peer]), ["send 1 2", "receive 2 1", "internal 3 -"]);
}

#[test]
fn a_name_within_a_value_is_not_taken_for_a_column() {
    let lines = concat!(
        "{\"event\":\"send\",\"data\":{\"clock\":7,\"peer\":3},\"clock\":1,\"peer\":2}\n",
        "{\"event\":\"receive\",\"data\":{\"clock\":8,\"peer\":3},\"clock\":2,\"peer\":1}\n",
    );
    assert_eq!(read(lines, &[Event, Clock, Peer]), ["send 1 2", "receive 2 1"]);
    let notes = "{\"event\":\"send\",\"note\":\"a clock\",\"tags\":[\"x\"],\"clock\":1}\n".repeat(2);
    let pattern = r#"^ *\{.*?"event": *"(?<event>[^"]+)".*?"clock": *(?<clock>\d+)"#;
    assert_eq!(guessed(&[&notes]).patterns, [pattern], "these values hold no other names");
    let one_dash = |plain: usize| "event=send clock=1\n".repeat(plain) + "event=send my-clock=9 clock=1\n";
    assert_eq!(read(&one_dash(49), &[Clock]).len(), 50, "one line of fifty is read wrong");
    assert!(guess(&[Source::of("a.log", &one_dash(48))]).is_err(), "one of fewer is too much");
    let dashes = "event=send my-clock=9 clock=1\nevent=receive my-clock=9 clock=2\n";
    assert!(guess(&[Source::of("a.log", dashes)]).is_err(), "no expression that would find the wrong clock is told");
    let deeper = lines.replace("{\"clock\":", "{\"a\":{\"b\":[{}]},\"clock\":");
    let failure = guess(&[Source::of("a.log", &deeper)]).expect_err("no expression passes over it");
    assert!(failure.to_string().contains("finds an event in 2 lines"), "{failure}");
}

#[test]
fn pairs_are_known_by_their_keys() {
    let lines = concat!(
        "ts=2023-03-07T20:38:18.148Z level=info kind=send peer=n2 clock=[1, 0]\n",
        "ts=2023-03-07T20:38:18.149Z level=info kind=receive peer=n1 clock=[1, 1]\n",
        "ts=2023-03-07T20:38:18.150Z level=info kind=\"no message\" clock=[1, 2]\n",
    );
    assert_eq!(read(lines, &[Event, Peer, Clock]), ["send n2 [1, 0]", "receive n1 [1, 1]", "no message - [1, 2]"]);
    assert_eq!(guessed(&[lines]).name, "key=value");
    let lists = "event=send vc=[[\"a\",1]]\nevent=receive vc=[[\"a\",1],[\"b\",1]]\n";
    assert_eq!(read(lists, &[Clock]), [r#"[["a",1]]"#, r#"[["a",1],["b",1]]"#]);
    let quoted = "event=\"sent to the others\" vc=[1, 0]\nevent=\"received from one\" vc=[1, 2]\n";
    assert_eq!(read(quoted, &[Event, Clock]), ["sent to the others [1, 0]", "received from one [1, 2]"]);
    let tuples = "event=send vc=(1, 0)\nevent=receive vc=(1, 2)\n";
    assert_eq!(read(tuples, &[Clock]), ["(1, 0)", "(1, 2)"]);
    let maps = "event=send vc=%{\"a\" => 1}\nevent=receive vc=%{\"a\" => 1, \"b\" => 1}\n";
    assert_eq!(read(maps, &[Clock]), [r#"%{"a" => 1}"#, r#"%{"a" => 1, "b" => 1}"#]);
}

#[test]
fn words_before_pairs_are_time_and_event() {
    let lines = "2023-03-07 20:38:18,148 Sent to=2, clock=1\n2023-03-07 20:38:18,149 Received it (from=2, clock=7)\n";
    assert_eq!(
        read(lines, &[Time, Event, Clock]),
        ["2023-03-07 20:38:18,148 Sent 1", "2023-03-07 20:38:18,149 Received it 7"]
    );
    let nameless = guess(&[Source::of("a.log", "n1 clock=1 send id=m7\nn2 clock=2 receive id=m8\n")]);
    assert!(nameless.is_err(), "the words that tell the event stand elsewhere");
}

#[test]
fn more_than_half_of_the_events_are_told_by_the_words_before_their_pairs() {
    let lines = |told: usize, untold: usize| "Sent clock=1\n".repeat(told) + &"then clock=2\n".repeat(untold);
    for (told, untold) in [(1, 0), (3, 2)] {
        assert_eq!(read(&lines(told, untold), &[Event, Clock]).len(), told + untold, "{told} {untold}");
    }
    for (told, untold) in [(1, 1), (2, 2)] {
        assert!(guess(&[Source::of("a.log", &lines(told, untold))]).is_err(), "{told} {untold}");
    }
}

#[test]
fn the_longest_time_before_an_event_is_its_time() {
    for time in ["2023-03-07T20:38:18Z", "2023-03-07 20:38:18", "Mar  7 20:38:18", "Tue Mar  7 20:38:18 UTC 2023"] {
        let lines = format!("{time} Sent it clock=1\n").repeat(2);
        assert_eq!(read(&lines, &[Time, Event, Clock]), vec![format!("{time} Sent it 1"); 2]);
    }
    let named = "Mar  7 Sent time=20:38:18 clock=1\nMar  7 Sent time=20:38:19 clock=2\n";
    assert_eq!(read(named, &[Time, Event]), ["20:38:18 Mar  7 Sent", "20:38:19 Mar  7 Sent"]);
}

#[test]
fn a_tuple_is_no_clock_of_shiviz() {
    let erlang = "log: [{amy,1}] amy {sending,{hi,5}}\nlog: [{bob,1},{amy,1}] bob {received,{hi,5}}\n";
    assert!(guess(&[Source::of("a.log", erlang)]).is_err());
    assert!(guess(&[Source::of("a.log", "one\nweb {3,n1}\ntwo\nweb {4,n1}\n")]).is_err());
}

#[test]
fn a_row_with_sender_and_receiver_has_the_other_machine_as_its_peer() {
    let with_host = "node,kind,src,dst,clock\na,x,a,b,1\nb,y,a,b,2\nb,x,b,a,3\na,y,b,a,4\na,z,,,5\n";
    assert_eq!(read(with_host, &[Host, Event, Peer, Clock]), ["a x b 1", "b y a 2", "b x a 3", "a y b 4", "a z - 5"]);
    let of_a_third = "node,kind,src,dst,clock\na,x,a,b,1\nb,y,a,b,2\nc,w,a,b,5\n";
    assert_eq!(read(of_a_third, &[Event, Peer]), ["x b", "y a", "w -"], "a machine between them has no peer");
    let in_both = "node,kind,src,dst,clock\na,x,a,b,1\nb,y,a,b,2\na,both,a,b,3\nb,both,a,b,4\n";
    assert_eq!(
        read(in_both, &[Event, Peer]),
        ["x b", "y a", "both -", "both -"],
        "a word of both directions tells none"
    );
    let by_words =
        "{\"event\":\"SEND\",\"from\":1,\"to\":2,\"clock\":1}\n{\"event\":\"RECV\",\"from\":2,\"to\":1,\"clock\":5}\n";
    assert_eq!(read(by_words, &[Event, Peer, Clock]), ["SEND 2 1", "RECV 2 5"]);
}

#[test]
fn a_column_that_may_mean_something_else_is_left_alone() {
    let patterns =
        guessed(&["id,event,clock,timestamp\n1,send,1,1678248893\n2,internal,2,1678248894\n3,internal,3,1678248895\n"])
            .patterns;
    assert_eq!(patterns, [r"^[^,]*,(?<event>[^,]+),(?<clock>\d+),(?<time>\d+)$"], "the rows are numbered");
    let patterns = guessed(&["id,event,clock\n1,send,1\n2,internal,2\n", "id,event,clock\n1,receive,2\n"]).patterns;
    assert_eq!(patterns, [r"^[^,]*,(?<event>[^,]+),(?<clock>\d+)$"], "the rows of each file are numbered");
    let patterns = guessed(&["id,event,clock\nm1,send,1\n,internal,2\nm1,receive,3\n"]).patterns;
    assert_eq!(
        patterns,
        [r"^(?<id>[^,]+)?,(?<event>[^,]+),(?<clock>\d+)$"],
        "some rows have the same, and some have none"
    );
    let patterns = guessed(&["id,event,clock\nm1,send,1\n,internal,2\nm3,receive,3\n"]).patterns;
    assert_eq!(patterns, [r"^[^,]*,(?<event>[^,]+),(?<clock>\d+)$"], "no two rows have the same");
    let patterns = guessed(&["msg_id,event,clock\nm1,send,1\nm2,receive,2\n"]).patterns;
    assert_eq!(patterns, [r"^(?<id>[^,]+),(?<event>[^,]+),(?<clock>\d+)$"], "a name that means nothing else");
    let patterns = guessed(&["event,clock,sent\nsend,1,3\nreceive,2,0\n"]).patterns;
    assert_eq!(patterns, [r"^(?<event>[^,]+),(?<clock>\d+),"], "a number of messages is no flag");
    let patterns = guessed(&["event,clock,stamp\nsend,1,soon\nreceive,2,late\n"]).patterns;
    assert_eq!(patterns, [r"^(?<event>[^,]+),(?<clock>\d+),"], "words are no timestamps");
    let flags = "sent,received,internal,clock\n1,,,1\n,1,,2\n,,1,3\n";
    assert_eq!(read(flags, &[Group::Send, Group::Receive, Group::Internal]), ["1 - -", "- 1 -", "- - 1"]);
    let unix = "event=send clock=1\nevent=recv clock=5 ts=1678248893\n";
    assert_eq!(read(unix, &[Event, Clock, Stamp]), ["send 1 -", "recv 5 -"], "a time is no timestamp of a message");
    let nearly_all = format!("event,clock\n{}receive,\n", "send,1\n".repeat(60));
    assert!(guess(&[Source::of("a.csv", &nearly_all)]).is_err(), "one row of sixty lacks its clock");
    let failure = guess(&[Source::of("a.csv", "event,clock\nsend,1\nreceive,\nsend,3\n")]);
    assert!(failure.is_err(), "a clock that some rows lack is none");
    let patterns = guessed(&["machine,timestamp,event\n0,1,send\n1,2,receive\n"]).patterns;
    assert_eq!(
        patterns,
        [r"^(?<host>\d+),(?<clock>\d+),(?<event>[^,]+)$"],
        "a timestamp too small for a time is a clock"
    );
    let failure = guess(&[Source::of("a.csv", "machine,timestamp,event\n0,1678248893,send\n1,1678248894,receive\n")]);
    assert!(failure.is_err(), "a time is no clock");
}

#[test]
fn a_header_is_names_of_fewer_than_forty_characters() {
    let table = |name: &str| format!("{name},event,clock\n1,send,1\n2,receive,2\n");
    for name in ["n".repeat(39).as_str(), "_n", "#n", "@n"] {
        assert_eq!(read(&table(name), &[Event, Clock]), ["send 1", "receive 2"], "{name}");
    }
    for name in ["n".repeat(40).as_str(), "7", ""] {
        assert!(guess(&[Source::of("a.csv", &table(name))]).is_err(), "{name}");
    }
    let twice = "event,clock\nsend,1\nevent,clock\nreceive,2\n";
    assert_eq!(read(twice, &[Event, Clock]), ["send 1", "receive 2"], "a header that is repeated is no row");
    assert!(guess(&[Source::of("a.csv", "clock\n1\n2\n")]).is_err(), "one column is no table");
}

#[test]
fn a_long_file_is_known_by_its_beginning_and_end() {
    let [event, prose] = ["{\"clock\":1}\n", "prose\n"];
    let long =
        |head: usize, between: usize, tail: usize| event.repeat(head) + &prose.repeat(between) + &event.repeat(tail);
    assert_eq!(guessed(&[&long(1_000, 3_000, 200)]).name, "JSON lines");
    assert!(guess(&[Source::of("a.log", &long(300, 3_000, 2))]).is_err(), "most of its first lines are prose");
}

#[test]
fn the_line_of_the_event_distinguishes_logs_of_shiviz() {
    let event_first = "ask\nweb {\"web\":1}\ngot\ndb {\"db\":1, \"web\":1}\n";
    assert_eq!(guessed(&[event_first]).name, "ShiViz, the event first");
    assert_eq!(read(event_first, &[Host, Event, Clock]), ["web ask {\"web\":1}", "db got {\"db\":1, \"web\":1}"]);
    let host_first = "web {\"web\":1}\nask\ndb {\"db\":1, \"web\":1}\ngot\n";
    assert_eq!(guessed(&[host_first]).name, "ShiViz, the host first, as GoVector writes it");
}

#[test]
fn every_example_of_the_documentation_is_recognised_as_its_pattern() {
    let text = include_str!("../../../docs/foreign-logs.md");
    let blocks = |kind: &str| {
        let opening = format!("```{kind}\n");
        text.split(opening.as_str())
            .skip(1)
            .filter_map(|rest| Some(rest.split_once("\n```")?.0.to_owned()))
            .collect::<Vec<_>>()
    };
    let (examples, patterns) = (blocks("text"), blocks("regex"));
    assert!(examples.len() == patterns.len() && examples.len() >= 5);
    for (example, pattern) in examples.iter().zip(patterns) {
        assert_eq!(guessed(&[example]).patterns, [pattern], "{example}");
    }
}

#[test]
fn a_layout_that_is_not_recognised_says_how_near_the_best_was() {
    let failure = guess(&[Source::of("a.log", "Sent to 2, my clock is 1\nGot it, my clock is 3\n")])
        .expect_err("prose")
        .to_string();
    for part in ["a.log:1: ", "finds an event in 2 lines", "`Sent to 2, my clock is 1`", "--pattern '"] {
        assert!(failure.contains(part), "{failure}");
    }
    assert!(guess(&[Source::of("a.log", "\n\n")]).is_err(), "no line is no layout");
    let half_prose = "{\"clock\":1}\na line without a clock\n";
    assert_eq!(guessed(&[half_prose]).name, "JSON lines", "half of the lines are enough");
    let mostly_prose = format!("{{\"clock\":1}}\n{}", "a line without a clock\n".repeat(2));
    let failure = guess(&[Source::of("a.log", &mostly_prose)]).expect_err("one line of three is read").to_string();
    assert!(failure.contains("the best, JSON lines, finds an event in 1 of 3 lines"), "{failure}");
}

/// One event of a table.
#[derive(Clone, Debug)]
struct Row {
    kind: &'static str,
    peer: Option<&'static str>,
    clock: u64,
    queue: u64,
}

fn events() -> impl Strategy<Value = Vec<Row>> {
    let kinds = prop::sample::select(vec![("send", Some("b")), ("receive", Some("c")), ("internal", None)]);
    let event = (kinds, any::<u32>(), 0..9_u64).prop_map(|((kind, peer), clock, queue)| Row {
        kind,
        peer,
        clock: clock.into(),
        queue,
    });
    prop::collection::vec(event, 2..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_event_is_read_back_in_any_order_of_columns(
        events in events(),
        order in Just(vec![("event", 0), ("peer", 1), ("logical_clock", 2), ("queue_len", 3), ("note", 4)]).prop_shuffle(),
        separator in prop::sample::select(vec![",", "\t", ";", "|", ", "]),
    ) {
        let cell = |event: &Row, column: usize| match column {
            0 => event.kind.to_owned(),
            1 => event.peer.unwrap_or_default().to_owned(),
            2 => event.clock.to_string(),
            3 => event.queue.to_string(),
            _ => "n".to_owned(),
        };
        let row = |event: &Row, one: &dyn Fn(&str, String) -> String, between: &str| {
            order.iter().map(|(name, column)| one(name, cell(event, *column))).collect::<Vec<_>>().join(between)
        };
        let header = order.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(separator);
        let table: Vec<String> = events.iter().map(|event| row(event, &|_, cell| cell, separator)).collect();
        let json: Vec<String> = events.iter()
            .map(|event| format!("{{{}}}", row(event, &|name, cell| match name {
                "logical_clock" | "queue_len" => format!("\"{name}\":{cell}"),
                _ => format!("\"{name}\":\"{cell}\""),
            }, ",")))
            .collect();
        let pairs: Vec<String> = events.iter().map(|event| row(event, &|name, cell| format!("{name}={cell}"), " ")).collect();
        let expected: Vec<String> = events.iter()
            .map(|event| format!("{} {} {} {}", event.kind, event.peer.unwrap_or("-"), event.clock, event.queue))
            .collect();
        let has_peers = events.iter().any(|event| event.peer.is_some());
        for text in [format!("{header}\n{}\n", table.join("\n")), json.join("\n"), pairs.join("\n")] {
            let read = read(&text, &[Event, Peer, Clock, Queue]);
            prop_assert!(read == expected || !has_peers, "{}\n{:?}\n{:?}", text, guessed(&[&text]), read);
        }
    }

    #[test]
    fn no_text_is_a_panic(any_text in "(.{0,30}\n){0,4}", signs in "([a-c=:,;|\"{}\\[\\]\\\\ 1clock]{0,20}\n){0,4}") {
        for text in [any_text, signs] {
            let _ = guess(&[Source::of("a.log", &text)]);
        }
    }
}
