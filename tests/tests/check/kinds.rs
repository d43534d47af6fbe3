//! Kinds of events, told by words and by groups: each word that counts, and the nearest that does not.

use host::{
    check::Rule,
    foreign::{
        Asked,
        Kind::{self, Internal, Receive, Send, SendAll},
        Source, Word, read,
    },
};

use crate::foreign::{as_shiviz, broken, verdict, with_patterns};

const WORDS: &str = r"^(?<clock>\d+) (?<event>.*)$";

/// The kinds of the events of one log.
fn kinds(text: &str, asked: &Asked) -> Vec<Option<Kind>> {
    let runs = read(&[Source::of("a.log", text)], asked).expect("a run");
    runs[0].logs[0].events.iter().map(|event| event.kind).collect()
}

/// The kinds of events with these words.
fn told(words: &[&str], given: &[&str]) -> Vec<Option<Kind>> {
    let lines: String = words.iter().zip(1..).map(|(word, clock)| format!("{clock} {word}\n")).collect();
    let words: Vec<Word> = given.iter().map(|word| word.parse().expect("a word")).collect();
    kinds(&lines, &Asked { words, ..with_patterns(&[WORDS]) })
}

#[test]
fn the_first_stem_of_a_text_tells_its_kind() {
    let cases = [
        ("Sent, then received", Some(Send)),
        ("received what was sent", Some(Receive)),
        ("RBDeliver", None),
        ("re-send", Some(Send)),
        ("Resend", None),
        ("broadcast", Some(SendAll)),
        ("DOUBLE SEND", Some(SendAll)),
        ("sent to all", Some(SendAll)),
        ("sent to allan", Some(Send)),
        ("received by all", Some(Receive)),
        ("nothing", Some(Internal)),
        ("something", None),
    ];
    for (word, kind) in cases {
        assert_eq!(told(&[word], &[]), [kind], "{word}");
    }
}

#[test]
fn a_given_word_counts_as_a_whole_word_or_the_number_of_one() {
    let cases = [
        ("1", true),
        ("vm1", true),
        ("vm1x", true),
        ("vm11", false),
        ("vm21", false),
        ("at x.1", true),
        ("at 3.1", false),
        ("at 1.3", false),
        ("at 1.", true),
        ("at 1:5002", false),
        ("at 1: x", true),
        ("abcdef-1-abcdef", true),
        ("abcdef-1-abcdefa", false),
        ("abcdef-1-abcdef-a", false),
        ("a-abcdef-1-abcdef", false),
    ];
    for (word, is_it) in cases {
        assert_eq!(told(&[word], &["receive=1"]), [is_it.then_some(Receive)], "{word}");
    }
    for (word, is_it) in [("one", true), ("one1", true), ("phone", false), ("ones", false), ("a one", true)] {
        assert_eq!(told(&[word], &["receive=One"]), [is_it.then_some(Receive)], "{word}");
    }
    let given = ["send=roll", "internal=double roll"];
    assert_eq!(told(&["double roll x", "roll x", "Roll"], &given), [Some(Internal), Some(Send), Some(Send)]);
}

#[test]
fn a_given_word_names_a_kind_and_is_not_empty() {
    for (word, reason) in
        [("receive", "give a kind and a word"), ("receive= ", "empty"), ("swim=x", "`swim` is no kind")]
    {
        let error = word.parse::<Word>().expect_err(word);
        assert!(error.contains(reason), "{error}");
    }
    assert_eq!(told(&["x"], &["SEND-ALL = X"]), [Some(SendAll)]);
}

#[test]
fn ambiguous_words_count_where_a_log_leaves_no_other_reading() {
    let all = [Some(Send), Some(Receive), Some(Internal)];
    assert_eq!(told(&["tx", "rx", "idle"], &[]), all);
    assert_eq!(told(&["tx", "rx", "nothing"], &[]), all);
    assert_eq!(told(&["send", "rx", "idle"], &[]), all);
    assert_eq!(told(&["tx", "rx"], &[]), [None, None], "no event is internal, and no message is named");
    let named = r"^(?<clock>\d+) (?<event>\w+)(?: (?<peer>\w+))?$";
    let kinds = kinds("1 tx b\n2 rx b\n", &with_patterns(&[named]));
    assert_eq!(kinds, all[..2], "messages are named by their peers");
    for (more, reason) in [
        ("out", "two words for sends"),
        ("in", "two words for receives"),
        ("send", "a clear word for sends"),
        ("got", "a clear word for receives"),
        ("foo", "a word without a meaning"),
    ] {
        assert_eq!(told(&["tx", "rx", "idle", more], &[])[..2], [None, None], "{reason}");
    }
    assert_eq!(told(&["tx", "idle"], &[]), [None, None], "no word for receives");
}

#[test]
fn in_the_log_of_an_application_words_tell_kinds_if_they_say_nothing_else() {
    let log = |first: &str| format!("{first}\na {{\"a\":1}}\ngot a message\nb {{\"a\":1, \"b\":1}}\n");
    for first in ["send", "double send", "send a message to all", "send process", "sent 17 to node"] {
        assert!(kinds(&log(first), &as_shiviz())[0].is_some(), "{first}");
    }
    for first in ["send the bill", "bill sent", "start"] {
        assert_eq!(kinds(&log(first), &as_shiviz()), [None], "{first}");
    }
}

#[test]
fn flags_tell_a_kind_if_one_is_set() {
    let flags = r"^(?<clock>\d+) s=(?<send>\S*) r=(?<receive>\S*)(?: (?<event>\w+))?$";
    let lines = "1 s=1 r=0\n2 s=no r=yes\n3 s=0 r=-\n4 s=1 r=1\n5 s=0 r=0 received\n6 s=1 r=0 received\n";
    let expected = [Some(Send), Some(Receive), Some(Internal), None, Some(Receive), Some(Send)];
    assert_eq!(kinds(lines, &with_patterns(&[flags])), expected);
    let with_internal = r"^(?<clock>\d+) s=(?<send>\S*) i=(?<internal>\S*)$";
    assert_eq!(
        kinds("1 s=1 i=0\n2 s=0 i=1\n3 s=0 i=0\n", &with_patterns(&[with_internal])),
        [Some(Send), Some(Internal), None]
    );
}

#[test]
fn rows_of_one_clock_are_different_events_if_their_kinds_differ() {
    let judged = |second: &str, third: &str| {
        let log = format!("1 internal\n2 {second}\n2 {third}\n3 internal\n");
        broken(&verdict(&[("a.log", &log)], &with_patterns(&[WORDS])))
    };
    assert_eq!(judged("sent", "sent to all"), [], "one send may be two rows");
    assert_eq!(judged("sent", "sent"), []);
    for other in ["internal", "received"] {
        assert_eq!(judged("sent to all", other), [(Rule::ClockRule.name(), 1)], "{other}");
    }
}
