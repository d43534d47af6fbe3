//! Files as they come: the same text from every encoding, end of line and packing, and reasons where there is none.

use std::{fs, io::Write, path::PathBuf};

use flate2::{Compression, write::GzEncoder};
use host::foreign::{Asked, Source, read as read_runs};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::foreign::with_patterns;

const TEXT: &str = "send clock 1\nreceive clock 5 von Jürgen\n";

fn read(bytes: &[u8]) -> Result<Source, String> {
    Source::from_reader("a.log", bytes, 1 << 20).map_err(|failure| failure.to_string())
}

fn text(bytes: &[u8]) -> String {
    read(bytes).expect("a text").text
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).expect("packed");
    encoder.finish().expect("packed")
}

fn wide(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn a_text_is_the_same_in_every_encoding() {
    let [little, big] = [u16::to_le_bytes, u16::to_be_bytes];
    assert_eq!(text(TEXT.as_bytes()), TEXT);
    assert_eq!(text(format!("\u{feff}{TEXT}").as_bytes()), TEXT);
    for order in [little, big] {
        assert_eq!(text(&wide(&format!("\u{feff}{TEXT}"), order)), TEXT);
        assert_eq!(text(&wide(TEXT, order)), TEXT, "without a mark");
    }
    assert_eq!(text(b"send \xff clock 1\n"), "send \u{fffd} clock 1\n");
    let torn = [&wide("\u{feff}send", little)[..], b"\n"].concat();
    assert_eq!(text(&torn), "send\u{fffd}");
    assert_eq!(text(b"a\0b\0c\0d\0\0\0"), "abcd\0", "more than three of four are characters");
    assert_eq!(text(b"a\0b\0c\0\0\0"), "a\0b\0c\0\0\0");
    assert_eq!(text(b"a\0b\0\0\0\n"), "a\0b\0\0\0\n", "zeros that a lost block left make it no UTF-16");
}

#[test]
fn a_line_ends_with_a_line_feed_on_every_system() {
    assert_eq!(text(b"a\r\nb\r\n"), "a\nb\n");
    assert_eq!(text(b"a\rb\r"), "a\nb\n");
    assert_eq!(text(b"a\r\r\nb\r\n"), "a\nb\n", "ends that were translated twice");
    assert_eq!(text(b"a\rb\nc\r\n"), "a\rb\nc\n", "the second line is the second for other programs too");
    assert_eq!(text(b"a\r\nb\r"), "a\nb\n");
    assert_eq!(text(&wide("\u{feff}a\r\nb\r\n", u16::to_le_bytes)), "a\nb\n");
}

#[test]
fn packed_text_is_unpacked() {
    assert_eq!(text(&packed(TEXT.as_bytes())), TEXT);
    assert_eq!(text(&[packed(b"a\r\n"), packed(b"b\n")].concat()), "a\nb\n", "rotated parts, one after the other");
    assert_eq!(text(&packed(&wide(&format!("\u{feff}{TEXT}"), u16::to_le_bytes))), TEXT);
}

#[test]
fn a_last_line_without_its_end_is_left_out_if_its_values_may_be_cut() {
    let events = |pattern: &str, text: &str, is_complete: bool| {
        let asked = Asked { is_complete, ..with_patterns(&[pattern]) };
        read_runs(&[Source::of("a.log", text)], &asked).map_or(0, |runs| runs[0].logs[0].events.len())
    };
    const NUMBER: &str = r"^(?<event>\w+) (?<clock>\d+)";
    assert_eq!(events(NUMBER, "send 14\nsend 15\n", false), 2);
    assert_eq!(events(NUMBER, "send 14\nsend 15", false), 1, "it may be 150");
    assert_eq!(events(NUMBER, "send 14\nsend 15", true), 2, "the user says that it is whole");
    assert_eq!(events(NUMBER, "send 14", false), 0, "also of a line by itself");
    assert_eq!(events(NUMBER, "send 14\nsend 15 to b", false), 2, "nothing that is read stands at the end");
    const LIST: &str = r"^(?<clock>[\d ]+\d) (?<event>\w+)|^(?<clock>[\d ]+\d)";
    assert_eq!(events(LIST, "1 0 3 send\n2 0 3 send\n3 0 3 se", false), 3);
    assert_eq!(events(LIST, "1 0 3 send\n2 0 3 send\n3 0 x", false), 2, "a place of the list is missing");
    assert_eq!(events(r"^(?<clock>\[.*\])", "[1, 0]\n[2, 0]", false), 2, "the bracket is closed");
}

#[test]
fn a_source_that_is_no_text_says_so() {
    let packed_text = packed(TEXT.as_bytes());
    let mut damaged = packed_text.clone();
    let sum = damaged.len() - 6;
    damaged[sum] ^= 1;
    let cases: [(&[u8], &str); 9] = [
        (b"", "a.log:1: it is empty"),
        (b"\xef\xbb\xbf", "a.log:1: it is empty"),
        (b"\xff\xfe", "a.log:1: it is empty"),
        (&packed(b""), "a.log:1: it is empty"),
        (&packed_text[..packed_text.len() - 9], "end too early: save the readable part with `gzip -dc`"),
        (&damaged, "are damaged"),
        (b"\x28\xb5\x2f\xfd\x04", "unpack it with `zstd -d`"),
        (b"PK\x03\x04\x14", "unpack it with `unzip`"),
        (&vec![b'a'; (1 << 20) + 1], "longer than 1048576 bytes"),
    ];
    for (bytes, reason) in cases {
        let error = read(bytes).expect_err(reason);
        assert!(error.contains(reason), "{error}");
    }
    assert!(read(&vec![b'a'; 1 << 20]).is_ok());
    let bomb = packed(&vec![b'a'; (1 << 20) + 1]);
    assert!(bomb.len() < 10_000 && read(&bomb).expect_err("a bomb").contains("longer than 1048576 bytes"));
}

#[test]
fn a_file_is_named_as_it_was_given() {
    let directory = TempDir::new().expect("a directory");
    let file = directory.path().join("vm0.log.gz");
    fs::write(&file, packed(TEXT.as_bytes())).expect("written");
    let sources = Source::read_all(std::slice::from_ref(&file)).expect("a source");
    assert_eq!((&*sources[0].file, &*sources[0].text), (&*file.display().to_string(), TEXT));
    let missing = directory.path().join("vm1.log");
    let error = Source::read_all(&[file, missing]).expect_err("no such file").to_string();
    assert!(error.contains("vm1.log: cannot open: "), "{error}");
    let error = Source::read_all(&[PathBuf::from("-"), PathBuf::from("-")]).expect_err("twice").to_string();
    assert!(error.contains("standard input (`-`) can be read once only"), "{error}");
}

#[test]
fn the_extension_of_a_format_is_no_part_of_a_machines_name() {
    for files in [["a.log", "b.log"], ["a.log.1", "b.log.1"], ["a.tar.gz", "b.gz"], ["a.7", "b.7"], [".log", "b.log"]] {
        let sources = files.map(|file| Source::of(file, "1\n2\n"));
        let runs = read_runs(&sources, &with_patterns(&[r"^(?<clock>\d+)"])).expect("a run");
        let names: Vec<&str> = runs[0].logs.iter().map(|log| log.name.as_str()).collect();
        let first = if files[0] == ".log" { ".log" } else { "a" };
        assert_eq!(names, [first, "b"], "{files:?}");
    }
}

proptest! {
    #[test]
    fn bytes_never_panic_and_text_is_kept(bytes in prop::collection::vec(any::<u8>(), 0..200), lines in prop::collection::vec("[ -~ü€😀]{1,20}", 1..5)) {
        if let Ok(source) = read(&bytes) {
            prop_assert!(!source.text.is_empty());
        }
        let _ = read(&[&[0x1f, 0x8b, 8][..], &bytes].concat());
        let unix = lines.join("\n") + "\n";
        prop_assert_eq!(&text(unix.as_bytes()), &unix);
        prop_assert_eq!(&text(unix.replace('\n', "\r\n").as_bytes()), &unix);
        prop_assert_eq!(&text(&wide(&format!("\u{feff}{unix}"), u16::to_be_bytes)), &unix);
    }
}
