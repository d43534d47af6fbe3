//! An independent judge of a run directory: reads the logs with its own eyes, in the most naive way there is, and says
//! what is wrong. It shares no code with the program it judges.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    path::Path,
};

/// One row, as text columns.
#[derive(Clone, Debug)]
pub struct Event {
    /// `tick`.
    pub tick: u64,
    /// `time_ns`.
    pub time_ns: u64,
    /// `event`.
    pub kind: String,
    /// `peer`.
    pub peer: String,
    /// `stamp`.
    pub stamp: Option<u64>,
    /// `clock`.
    pub clock: u64,
    /// `queue`.
    pub queue: u64,
    /// `arrived_ns`.
    pub arrived_ns: Option<u64>,
}

/// The logs of a run, by machine.
pub type Logs = BTreeMap<char, Vec<Event>>;

/// Reads the log of every machine of a run.
pub fn read(directory: &Path) -> Logs {
    let mut logs = Logs::new();
    for machine in 'A'..='Z' {
        let Ok(text) = fs::read_to_string(directory.join(format!("{machine}.csv"))) else { continue };
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("tick,time_ns,event,peer,stamp,clock,queue,arrived_ns"), "header of {machine}");
        assert!(text.ends_with('\n'), "the log of {machine} ends in a torn line");
        logs.insert(machine, lines.map(event).collect());
    }
    logs
}

fn event(line: &str) -> Event {
    let columns: Vec<&str> = line.split(',').collect();
    let number = |index: usize| columns[index].parse().unwrap_or_else(|_| panic!("column {index} of {line}"));
    assert_eq!(columns.len(), 8, "columns of {line}");
    Event {
        tick: number(0),
        time_ns: number(1),
        kind: columns[2].to_owned(),
        peer: columns[3].to_owned(),
        stamp: (!columns[4].is_empty()).then(|| number(4)),
        clock: number(5),
        queue: number(6),
        arrived_ns: (!columns[7].is_empty()).then(|| number(7)),
    }
}

/// A machine's manifest.
pub fn manifest(directory: &Path, machine: char) -> serde_json::Value {
    let text = fs::read_to_string(directory.join(format!("{machine}.json"))).expect("a manifest");
    serde_json::from_str(&text).expect("a manifest is JSON")
}

/// Demands that a complete run of Lamport clocks is right in every respect that its logs can show: ticks, the clock
/// rule on every row, first in first out, exactly once, and sent = received + left for every pair.
pub fn demand_complete(directory: &Path, machines: usize) -> Logs {
    let logs = read(directory);
    assert_eq!(logs.len(), machines, "logs in {}", directory.display());
    for (machine, events) in &logs {
        demand_clock_rule(*machine, events);
        demand_arrivals(*machine, events);
    }
    for to in logs.keys() {
        let manifest = manifest(directory, *to);
        assert_eq!(manifest["ticks"], logs[to].len() as u64, "ticks of {to}");
        assert!(manifest["ended"].is_string(), "{to} has not ended");
        let left = manifest["left_in_queue"].as_array().expect("what is left");
        for from in logs.keys().filter(|from| *from != to) {
            let sent = logs[from].iter().filter(|event| event.kind == "send" && event.peer.contains(*to));
            let mut under_way: VecDeque<u64> = sent.map(|event| event.clock).collect();
            let received = logs[to].iter().filter(|event| event.kind == "receive" && event.peer == from.to_string());
            for event in received {
                assert_eq!(event.stamp, under_way.pop_front(), "receive of {to} from {from} at tick {}", event.tick);
            }
            let left = left.iter().filter(|message| message["from"] == from.to_string());
            let left: Vec<u64> = left.map(|message| message["stamp"].as_u64().expect("a stamp")).collect();
            assert_eq!(left, Vec::from(under_way), "what {from} sent {to} and {to} did not receive");
        }
    }
    logs
}

fn demand_clock_rule(machine: char, events: &[Event]) {
    let mut clock = 0;
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event.tick, index as u64 + 1, "tick numbers of {machine}");
        let base = match event.kind.as_str() {
            "receive" => clock.max(event.stamp.expect("a receive has a stamp")),
            "send" | "internal" => clock,
            other => panic!("{machine} has an event called {other}"),
        };
        assert_eq!(event.clock, base + 1, "clock of {machine} at tick {}", event.tick);
        clock = event.clock;
    }
}

/// Every message came in before it was taken, and after those before it over its link.
fn demand_arrivals(machine: char, events: &[Event]) {
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == "receive") {
        let arrived_ns = event.arrived_ns.unwrap_or_else(|| panic!("{machine} does not tell when {event:?} came in"));
        assert!(arrived_ns <= event.time_ns, "{machine} takes a message before it came in: {event:?}");
        let before = last.insert(&event.peer, arrived_ns);
        assert!(before.is_none_or(|before| before <= arrived_ns), "arrivals at {machine} go back: {event:?}");
    }
}
