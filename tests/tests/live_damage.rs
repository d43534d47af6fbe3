//! Files that a machine finds damaged when it comes back. What its death explains is mended, and kept; anything else is
//! named with its line, and nothing is changed.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::Stdio,
};

use host::rundir::Manifest;
use tempfile::{TempDir, tempdir};
use tests::{
    chaos::{ChaosRing, wait_until},
    judge,
    program::{clockring, failing, outcome, signal},
};

const BINARY: &str = env!("CARGO_BIN_EXE_clockring-under-test");

/// A ring whose machine A has been killed, its directory, and A's log.
fn ring_without_a() -> (TempDir, ChaosRing, PathBuf) {
    let directory = tempdir().unwrap();
    let arguments = ["--rate", "200", "--sides", "4", "--seed", "7", "--for", "forever"];
    let mut ring = ChaosRing::start(BINARY, directory.path(), 3, &arguments);
    let log = directory.path().join("A.csv");
    // So many rows that another seed does not have the same ones.
    wait_until("A ticks", || fs::read_to_string(&log).is_ok_and(|rows| rows.lines().count() > 30));
    ring.kill(0);
    (directory, ring, log)
}

fn goes_on_and_ends_well(directory: &Path, mut ring: ChaosRing, words: &str) {
    ring.bring_back(0);
    wait_until("A says so", || ring.what_it_said(0).contains(words));
    wait_until("A goes on", || ring.what_it_said(0).contains("goes on with tick"));
    ring.end();
    judge::demand_complete(directory, 3);
}

#[test]
fn what_follows_the_last_whole_row_is_cut_off_and_kept() {
    let zeros = vec![0; 3 << 20];
    for torn in [b"7,17".as_slice(), b"999999,1,internal,,,5,0", b"9,1,inter\0\0\0", &zeros] {
        let (directory, ring, log) = ring_without_a();
        let whole = fs::read(&log).unwrap();
        let end = whole.iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        let torn = [&whole[end..], torn].concat();
        File::options().append(true).open(&log).unwrap().write_all(&torn[whole.len() - end..]).unwrap();
        goes_on_and_ends_well(directory.path(), ring, "that were not a whole row");
        assert!(fs::read(&log).unwrap().starts_with(&whole[..end]));
        assert!(fs::read(directory.path().join(format!("A.csv.torn-{end}"))).unwrap() == torn, "it is kept");
    }
}

/// Words that are said, after something was done to a log.
#[cfg(unix)]
type Tampering = (&'static str, fn(&Path));

#[cfg(unix)]
#[test]
fn a_log_that_is_removed_renamed_or_truncated_under_its_machine_stops_it_within_a_second() {
    let tamperings: [Tampering; 6] = [
        ("was removed or renamed", |log| fs::remove_file(log).unwrap()),
        ("was removed or renamed", |log| fs::rename(log, log.with_extension("old")).unwrap()),
        ("was removed or renamed", |log| {
            fs::rename(log.parent().unwrap(), log.parent().unwrap().with_extension("old")).unwrap()
        }),
        ("another file", |log| {
            fs::copy(log, log.with_extension("copy")).unwrap();
            fs::rename(log.with_extension("copy"), log).unwrap();
        }),
        ("it was truncated", |log| File::options().write(true).open(log).unwrap().set_len(100).unwrap()),
        ("something else wrote to it", |log| {
            File::options().append(true).open(log).unwrap().write_all(b"# a note\n").unwrap();
        }),
    ];
    for (words, tamper) in tamperings {
        let directory = tempdir().unwrap();
        let run = directory.path().join("run");
        let arguments = ["ring", "--machines", "2", "--rate", "20", "--for", "60", "--base-port", "0", "--log-dir"];
        let mut ring = clockring(BINARY, &arguments);
        ring.arg(&run).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut ring = ring.spawn().unwrap();
        let log = run.join("A.csv");
        wait_until("A ticks", || fs::read_to_string(&log).is_ok_and(|text| text.lines().count() > 5));
        tamper(&log);
        let said = BufReader::new(ring.stderr.take().unwrap());
        let sentence = said.lines().map(Result::unwrap).find(|line| line.contains("is not what this machine wrote"));
        let sentence = sentence.unwrap_or_else(|| panic!("{words}: the ring ended without a word"));
        assert!(sentence.contains(words), "{words}: {sentence}");
        signal(&ring, "INT");
        signal(&ring, "INT");
        ring.wait().unwrap();
    }
}

/// A way to damage a line of a log.
type Damage = fn(&mut Vec<String>, usize);

#[test]
fn damage_that_no_death_does_is_named_with_its_line_and_nothing_is_changed() {
    fn field(lines: &mut [String], line: usize, number: usize, with: impl Fn(&str) -> String) {
        let mut fields: Vec<String> = lines[line].split(',').map(str::to_owned).collect();
        fields[number] = with(&fields[number]);
        lines[line] = fields.join(",");
    }
    let damages: [(&str, Damage); 7] = [
        ("a NUL byte", |lines, line| lines[line].insert(3, '\0')),
        ("zeros for a row", |lines, line| lines[line] = "\0".repeat(60)),
        ("a row is gone", |lines, line| drop(lines.remove(line))),
        ("a row twice", |lines, line| lines.insert(line, lines[line - 1].clone())),
        ("another clock", |lines, line| field(lines, line, 5, |clock| format!("{clock}1"))),
        ("an earlier time", |lines, line| field(lines, line, 1, |time| format!("1{}", &time[2..]))),
        ("half a row", |lines, line| {
            let half = lines[line].len() / 2;
            lines[line].truncate(half);
        }),
    ];
    let (directory, ring, log) = ring_without_a();
    let sound = fs::read_to_string(&log).unwrap();
    let manifest = fs::read(directory.path().join("A.json")).unwrap();
    let count = sound.lines().count();
    for (what, damage) in damages {
        for line in [2, count / 2, count - 2] {
            let mut lines: Vec<String> = sound.lines().map(str::to_owned).collect();
            damage(&mut lines, line);
            let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
            fs::write(&log, &text).unwrap();
            let (status, _, said) = outcome(ring.command(0));
            assert_eq!(status, 3, "{what}: {said}");
            let places = [format!("line {}:", line + 1), format!("A.csv:{}:", line + 1)];
            assert!(places.iter().any(|place| said.contains(place)), "{what} in line {}: {said}", line + 1);
            assert_eq!(fs::read_to_string(&log).unwrap(), text, "{what}");
            assert_eq!(fs::read(directory.path().join("A.json")).unwrap(), manifest, "{what}");
        }
    }
    fs::write(&log, sound).unwrap();
    goes_on_and_ends_well(directory.path(), ring, "");
}

#[test]
fn a_log_that_has_lost_its_end_or_its_first_line_is_refused() {
    let (directory, ring, log) = ring_without_a();
    let path = directory.path().join("A.json");
    let (sound, text) = (Manifest::read(&path).unwrap(), fs::read_to_string(&log).unwrap());
    let refused = |words: &str| {
        let (status, _, said) = outcome(ring.command(0));
        assert_eq!(status, 3, "{said}");
        assert!(said.contains("cannot go on from") && said.contains(words), "{words}: {said}");
    };
    // Its peers have all that it sent: nobody but its manifest knows of the rows that are gone.
    Manifest { ticks: Some(1_000_000), stopped: Some(false), ..sound.clone() }.write(&path).unwrap();
    refused("rows, and its manifest counts 1000000: its end is lost");
    sound.write(&path).unwrap();
    // Also where no row is left.
    for rows in [0, 3] {
        let first = text.lines().next().unwrap().replace("queue", "queum");
        let lines = std::iter::once(first.as_str()).chain(text.lines().skip(1).take(rows));
        fs::write(&log, lines.map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        refused("first line is not `tick,");
    }
    fs::write(&log, text).unwrap();
    goes_on_and_ends_well(directory.path(), ring, "");
}

#[test]
fn a_manifest_that_is_lost_is_made_again_from_the_settings_that_the_log_agrees_with() {
    for is_emptied in [false, true] {
        let (directory, ring, log) = ring_without_a();
        let manifest = directory.path().join("A.json");
        if is_emptied {
            fs::write(manifest, "").unwrap()
        } else {
            fs::remove_file(manifest).unwrap()
        }
        let text = fs::read(&log).unwrap();
        let mut other = ring.command(0);
        let arguments: Vec<_> = other.get_args().map(ToOwned::to_owned).collect();
        other = clockring(BINARY, &[]);
        other.args(arguments.iter().map(|argument| if argument == "7" { "8".as_ref() } else { argument.as_os_str() }));
        let (status, _, said) = outcome(other);
        assert_eq!(status, 3, "{said}");
        assert!(said.contains("its manifest is lost, so its settings are those given here"), "{said}");
        assert_eq!(fs::read(&log).unwrap(), text);
        goes_on_and_ends_well(directory.path(), ring, "its manifest is lost, so it is made again");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_durable_machine_that_comes_back_speaks_to_nobody_before_its_log_is_on_the_disk() {
    let (_directory, ring, _) = ring_without_a();
    let mut durable = ring.command(0);
    durable.arg("--durable");
    let Some(traced) = failing("fdatasync", &durable) else { return };
    let (status, _, said) = outcome(traced);
    assert_eq!(status, 3, "{said}");
    assert!(said.contains("fdatasync(") && said.contains("cannot go on from"), "{said}");
    assert!(!said.contains("connect("), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_promise_to_come_back_is_on_the_disk_before_anybody_hears_it() {
    let directory = tempdir().unwrap();
    let mut machine = clockring(BINARY, &["--id", "A", "--resume", "--log-dir"]);
    machine.arg(directory.path()).args(["--listen", "127.0.0.1:0", "--peer", "B=127.0.0.1:1", "--machines", "2"]);
    let Some(traced) = failing("fsync", &machine) else { return };
    let (status, _, said) = outcome(traced);
    assert_eq!(status, 3, "{said}");
    assert!(said.contains("fsync(") && said.contains("cannot write") && said.contains("A.json"), "{said}");
}
