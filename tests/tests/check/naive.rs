//! A second judge, for small runs of Lamport clocks: slow, simple, and written without a look at the first.
//!
//! It knows rows as text only, and finds the effects of an event by walking from event to event.

use crate::run_text::RunText;

struct Event {
    time_ns: u64,
    kind: String,
    peers: String,
    stamp: Option<u64>,
    clock: u64,
    queue: usize,
    arrived_ns: Option<u64>,
}

/// The reason that the run cannot be true; `None` if it can.
pub(crate) fn objection(run: &RunText) -> Option<String> {
    let names: String = run.machines.iter().map(|machine| machine.manifest.id.letter() as char).collect();
    let mut logs = Vec::new();
    for (machine, text) in run.machines.iter().enumerate() {
        let mut log = Vec::new();
        for (index, line) in text.lines.iter().enumerate() {
            match parse(line, machine, &names) {
                Some((tick, event)) if tick == index as u64 + 1 => log.push(event),
                _ => return Some(format!("line {index} of machine {machine}: {line}")),
            }
        }
        if text.manifest.ticks != Some(log.len() as u64) {
            return Some(format!("ticks of machine {machine}"));
        }
        logs.push(log);
    }
    let left: Vec<Vec<(char, u64)>> = run.machines.iter().map(left_of).collect();
    (0..logs.len())
        .find_map(|machine| alone(&logs[machine], left[machine].len(), machine))
        .or_else(|| links(&logs, &left, &names))
        .or_else(|| arrivals(&logs, &names))
}

fn parse(line: &str, machine: usize, names: &str) -> Option<(u64, Event)> {
    let cells: Vec<&str> = line.split(',').collect();
    let [tick, time_ns, kind, peers, stamp, clock, queue, arrived_ns] = cells[..] else { return None };
    let own = names.chars().nth(machine)?;
    let others: String = names.chars().skip(machine + 1).chain(names.chars().take(machine)).collect();
    let one = peers.len() == 1 && names.contains(peers) && !peers.contains(own);
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if ![tick, time_ns, clock, queue].into_iter().all(plain) {
        return None;
    }
    if !(arrived_ns.is_empty() || plain(arrived_ns) && kind == "receive") {
        return None;
    }
    let fits = match kind {
        "internal" => peers.is_empty() && stamp.is_empty(),
        "send" => (one || peers == others) && stamp.is_empty(),
        "receive" => one && plain(stamp),
        _ => false,
    };
    let event = Event {
        time_ns: time_ns.parse().ok()?,
        kind: kind.to_owned(),
        peers: peers.to_owned(),
        stamp: if stamp.is_empty() { None } else { Some(stamp.parse().ok()?) },
        clock: clock.parse().ok()?,
        queue: queue.parse().ok()?,
        arrived_ns: if arrived_ns.is_empty() { None } else { Some(arrived_ns.parse().ok()?) },
    };
    fits.then_some((tick.parse().ok()?, event))
}

fn left_of(machine: &crate::run_text::MachineText) -> Vec<(char, u64)> {
    let json = serde_json::to_value(&machine.manifest).expect("JSON");
    let left = json["left_in_queue"].as_array().expect("a list").clone();
    left.iter()
        .map(|message| {
            let from = message["from"].as_str().expect("a name").chars().next().expect("a letter");
            (from, message["stamp"].as_u64().expect("a number"))
        })
        .collect()
}

/// The rules of one log alone: time, arrivals, clock, and waiting messages taken one by one.
fn alone(log: &[Event], left: usize, machine: usize) -> Option<String> {
    let (mut time_ns, mut clock, mut queue) = (0, 0, 0);
    for (row, event) in log.iter().enumerate() {
        let is_receive = event.kind == "receive";
        let over_its_link =
            log[..row].iter().filter(|before| before.peers == event.peers).filter_map(|before| before.arrived_ns);
        let broken = event.time_ns < time_ns
            || event.arrived_ns.is_some_and(|arrived_ns| {
                arrived_ns > event.time_ns
                    || over_its_link.into_iter().next_back().is_some_and(|before| before > arrived_ns)
            })
            || event.clock != event.stamp.unwrap_or(0).max(clock) + 1
            || (queue > 0 && !(is_receive && event.queue + 1 >= queue));
        if broken {
            return Some(format!("row {row} of machine {machine} does not follow from the one before"));
        }
        (time_ns, clock, queue) = (event.time_ns, event.clock, event.queue);
    }
    (left < queue).then(|| format!("what waits at the end of machine {machine}"))
}

/// For every pair: the messages received and left, in order, are those that were sent.
fn links(logs: &[Vec<Event>], left: &[Vec<(char, u64)>], names: &str) -> Option<String> {
    for (to, to_name) in names.chars().enumerate() {
        for (from, from_name) in names.chars().enumerate().filter(|(from, _)| *from != to) {
            let sends = logs[from].iter().filter(|event| event.kind == "send" && event.peers.contains(to_name));
            let sent: Vec<u64> = sends.map(|event| event.clock).collect();
            let received = logs[to].iter().filter(|event| event.kind == "receive" && event.peers.contains(from_name));
            let mut taken: Vec<u64> = received.filter_map(|event| event.stamp).collect();
            taken.extend(left[to].iter().filter(|(name, _)| *name == from_name).map(|(_, stamp)| *stamp));
            if taken != sent {
                return Some(format!("{from_name} sent {to_name} {sent:?}, and it took {taken:?}"));
            }
        }
    }
    None
}

/// At no event have more messages arrived than were sent by events that it did not cause.
fn arrivals(logs: &[Vec<Event>], names: &str) -> Option<String> {
    for (machine, name) in names.chars().enumerate() {
        for row in 0..logs[machine].len() {
            let mut caused = vec![(machine, row)];
            let mut next = 0;
            while let Some((at, row)) = caused.get(next).copied() {
                next += 1;
                let mut effects = Vec::new();
                if row + 1 < logs[at].len() {
                    effects.push((at, row + 1));
                }
                let event = &logs[at][row];
                if event.kind == "send" {
                    for (to, to_name) in names.chars().enumerate().filter(|(_, to)| event.peers.contains(*to)) {
                        let from = names.chars().nth(at).expect("a name");
                        let is_it = |received: &Event| {
                            received.kind == "receive"
                                && received.peers.contains(from)
                                && received.stamp == Some(event.clock)
                                && to_name != from
                        };
                        effects.extend(logs[to].iter().position(is_it).map(|row| (to, row)));
                    }
                }
                for effect in effects {
                    if !caused.contains(&effect) {
                        caused.push(effect);
                    }
                }
            }
            let could_arrive = logs
                .iter()
                .enumerate()
                .flat_map(|(at, log)| log.iter().enumerate().map(move |(row, event)| (at, row, event)));
            let could_arrive = could_arrive
                .filter(|(at, row, event)| {
                    event.kind == "send" && event.peers.contains(name) && !caused.contains(&(*at, *row))
                })
                .count();
            let received = logs[machine][..=row].iter().filter(|event| event.kind == "receive").count();
            let waiting = logs[machine][row].queue;
            if received + waiting > could_arrive {
                return Some(format!(
                    "row {row} of {name}: {received} received and {waiting} waiting of {could_arrive}"
                ));
            }
        }
    }
    None
}
