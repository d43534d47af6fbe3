//! A run written in the formats of other programs: no finding if it is right, and exactly the wrong receives of one with a
//! faulty clock.

use std::fmt::Write;

use clockring::{
    clock::{Clock, ClockKind, Lamport, LamportStamp, Refusal},
    moment::UnixTime,
    ring::MachineId,
};
use host::{check::Rule, foreign::ForeignVerdict};
use proptest::prelude::*;

use crate::{
    foreign::{as_shiviz, verdict, verdicts, with_patterns},
    run_text::{RunText, Setting, good_run, good_run_as},
};

/// A row, taken apart.
struct Cells<'a> {
    event: &'a str,
    peer: &'a str,
    stamp: &'a str,
    clock: &'a str,
    queue: &'a str,
}

fn cells(line: &str) -> Cells<'_> {
    let cells: Vec<&str> = line.split(',').collect();
    let [_, _, event, peer, stamp, clock, queue, _] = cells[..] else { panic!("eight cells in {line}") };
    Cells { event, peer, stamp, clock, queue }
}

/// `AC` as `0, 2`.
fn numbers(letters: &str) -> String {
    letters.bytes().map(|letter| (letter - b'A').to_string()).collect::<Vec<_>>().join(", ")
}

/// A format: the writing of a row, and the pattern that reads it.
struct Format {
    pattern: &'static str,
    write: fn(&Cells<'_>, usize) -> String,
}

/// A receive names the timestamp, a send the receivers.
const STAMPS: Format = Format {
    pattern: r"^\(Time (?<clock>\d+)\) (?<event>\w+)(?: event| a message with time (?<stamp>\d+)| to (?:machines? (?<peer>[\d, ]+)))\.(?: (?<queue>\d+) waiting)?$",
    write: |row, _| {
        let what = match row.event {
            "internal" => "Internal event.".to_owned(),
            "send" => format!("Sent to machines {}.", numbers(row.peer)),
            _ => format!("Received a message with time {}. {} waiting", row.stamp, row.queue),
        };
        format!("(Time {}) {what}", row.clock)
    },
};

/// A receive names sender and timestamp, a send itself and the timestamp.
const PAIRS: Format = Format {
    pattern: r"^(?<event>\w+) message(?: (?<peer>\d+) (?<stamp>[\d ]+))? at time (?<clock>\d+)",
    write: |row, machine| match row.event {
        "internal" => format!("Internal message at time {}", row.clock),
        "send" => format!("Sent message {machine} {0} at time {0}", row.clock),
        _ => format!("Received message {} {} at time {}", numbers(row.peer), row.stamp, row.clock),
    },
};

/// A receive names nothing.
const COLUMNS: Format = Format {
    pattern: r"^(?<event>[^\t]+)\tClock: (?<clock>\d+)\tQueue: (?<queue>\d+)\t(?:To VMs? (?<peer>.*)|.*)$",
    write: |row, _| {
        let (event, target) = match (row.event, row.peer.len()) {
            ("send", 1) => ("Send", format!("To VM {}", numbers(row.peer))),
            ("send", _) => ("Send All", format!("To VMs [{}]", numbers(row.peer))),
            ("receive", _) => ("Receive", "From Network".to_owned()),
            _ => ("Internal", "No communication".to_owned()),
        };
        format!("{event}\tClock: {}\tQueue: {}\t{target}", row.clock, row.queue)
    },
};

/// Vectors; neither receives nor sends name a peer.
const VECTORS: Format = Format {
    pattern: r"^\| (?<clock>[\d,]+) \| (?<queue>\d+) \| (?<event>.*)$",
    write: |row, _| {
        let event = if row.peer.len() > 1 { "DOUBLE SEND".to_owned() } else { row.event.to_uppercase() };
        format!("| {} | {} | {event}", row.clock.replace(' ', ","), row.queue)
    },
};

fn judged(run: &RunText, format: &Format) -> ForeignVerdict {
    let mut files: Vec<(String, String)> = Vec::new();
    for (machine, text) in run.machines.iter().enumerate() {
        let mut log = format!("Machine {machine} begins\n");
        for line in &text.lines {
            writeln!(log, "{}", (format.write)(&cells(line), machine)).expect("text");
        }
        files.push((format!("run_7_machine_{machine}_rate_{}.log", machine * 2 + 1), log));
    }
    // In any order.
    files.reverse();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, log)| (name.as_str(), log.as_str())).collect();
    verdict(&files, &with_patterns(&[format.pattern]))
}

fn total_of(verdict: &ForeignVerdict) -> u64 {
    verdict.violations.total()
}

fn setting(seed: u64, sides: u32, clock: ClockKind) -> Setting {
    Setting { machines: 3, sides, seed, ticks: 200, clock, death: None }
}

/// A clock that does not add one on a receive, so a receive may have its message's time.
#[derive(Clone, Copy)]
struct NoOneMore(Lamport);

impl Clock for NoOneMore {
    type Stamp = LamportStamp;
    const KIND: ClockKind = ClockKind::Lamport;

    fn new(owner: MachineId) -> Self {
        Self(Lamport::new(owner))
    }

    fn value(&self) -> LamportStamp {
        self.0.value()
    }

    fn advance(&mut self, now: UnixTime) -> LamportStamp {
        self.0.advance(now)
    }

    fn observe(&mut self, stamp: &LamportStamp, now: UnixTime) -> LamportStamp {
        self.0.advance(now);
        if self.value() < *stamp {
            self.0 = Lamport::resume(MachineId::from_letter(b'A').expect("a name"), *stamp);
        }
        self.value()
    }

    fn admit(stamp: &LamportStamp, now: UnixTime) -> Result<(), Refusal> {
        Lamport::admit(stamp, now)
    }

    fn resume(owner: MachineId, last: LamportStamp) -> Self {
        Self(Lamport::resume(owner, last))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn a_right_run_is_right_in_every_format(seed in any::<u64>(), sides in 3..12_u32) {
        let run = good_run(setting(seed, sides, ClockKind::Lamport));
        for format in [STAMPS, PAIRS, COLUMNS] {
            let verdict = judged(&run, &format);
            prop_assert_eq!(total_of(&verdict), 0, "{}: {:#?}", format.pattern, verdict.violations.kept());
            prop_assert_eq!(&verdict.remarks, &Vec::<String>::new());
        }
        let run = good_run(setting(seed, sides, ClockKind::Vector));
        let verdict = judged(&run, &VECTORS);
        prop_assert_eq!(total_of(&verdict), 0, "{:#?}", verdict.violations.kept());
    }

    #[test]
    fn of_a_faulty_clock_only_what_is_wrong_is_found(seed in any::<u64>(), sides in 3..12_u32) {
        let run = good_run_as::<NoOneMore>(setting(seed, sides, ClockKind::Lamport));
        let rows = run.machines.iter().flat_map(|machine| &machine.lines).map(|line| cells(line));
        let not_later = |row: &Cells<'_>| row.event == "receive" && row.clock == row.stamp;
        let wrong = rows.filter(not_later).count() as u64;
        for format in [STAMPS, PAIRS] {
            let verdict = judged(&run, &format);
            prop_assert_eq!(verdict.violations.count(Rule::ClockCondition), wrong);
            prop_assert_eq!(total_of(&verdict), wrong, "{:#?}", verdict.violations.kept());
        }
        // Without stamps nothing is proved; if the logs are complete, some of it can be an accident, but never more is wrong.
        let verdict = judged(&run, &COLUMNS);
        prop_assert_eq!(total_of(&verdict), 0);
        let found = verdict.if_complete.count(Rule::ClockCondition);
        prop_assert!(found <= wrong, "{} of {}: {:#?}", found, wrong, verdict.violations.kept());
        prop_assert!(wrong < 10 || found > 0, "none of {} is found", wrong);
    }

    #[test]
    fn a_right_run_is_right_in_shiviz(seed in any::<u64>()) {
        let run = good_run(setting(seed, 4, ClockKind::Vector));
        let mut log = String::new();
        for (machine, text) in run.machines.iter().enumerate() {
            for line in &text.lines {
                let row = cells(line);
                let counts = row.clock.split(' ').enumerate().filter(|(_, count)| *count != "0");
                let counts: Vec<String> = counts.map(|(host, count)| format!("\"h{host}\":{count}")).collect();
                writeln!(log, "{} {}\nh{machine} {{{}}}", row.event, row.peer, counts.join(", ")).expect("text");
            }
        }
        let verdict = verdict(&[("run.log", &log)], &as_shiviz());
        prop_assert_eq!(total_of(&verdict), 0, "{:#?}", verdict.violations.kept());
        prop_assert_eq!(verdict.if_complete.total(), 0, "{:#?}", verdict.if_complete.kept());
    }
}

/// The parts of the documentation between ```` ```kind ```` and ```` ``` ````.
fn blocks<'a>(text: &'a str, kind: &str) -> Vec<&'a str> {
    let opening = format!("```{kind}\n");
    text.split(opening.as_str()).skip(1).filter_map(|rest| Some(rest.split_once("\n```")?.0)).collect()
}

#[test]
fn every_pattern_in_the_documentation_reads_every_line_of_its_example() {
    let text = include_str!("../../../docs/foreign-logs.md");
    let (examples, patterns) = (blocks(text, "text"), blocks(text, "regex"));
    assert!(examples.len() == patterns.len() && examples.len() >= 5);
    for (example, pattern) in examples.into_iter().zip(patterns) {
        let (run, _) = verdicts(&[("vm2.log", example)], &with_patterns(&[pattern])).remove(0);
        let events: usize = run.logs.iter().map(|log| log.events.len()).sum();
        assert_eq!((events, &run.reading.unmatched), (example.lines().count(), &vec![]), "{pattern}");
        let unknown = run.events().filter(|event| event.kind.is_none()).count();
        let is_application = pattern.contains("host");
        assert_eq!(unknown, if is_application { 2 } else { 0 }, "{pattern}: the kinds of events are known");
    }
}
