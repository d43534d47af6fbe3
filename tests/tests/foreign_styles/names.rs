//! Names of machines: of their files, in their events, and as keys of their vectors.

use tests::naive_model::Chance;

/// The names of a run's machines.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// Of the style, for a report.
    pub(crate) style: &'static str,
    /// Files, without the extension.
    pub(crate) files: Vec<String>,
    /// As events name peers and hosts.
    pub(crate) spoken: Vec<String>,
    /// As vectors name them.
    pub(crate) keys: Vec<String>,
}

type Style = (&'static str, fn(usize, &mut Chance) -> Names);

/// Styles in which the file's name, the events and the keys name a machine alike, or nearly so.
pub(crate) const ALIKE: &[Style] = &[
    ("vm0", |machines, _| numbered("vm0", machines, |n| format!("vm{n}"), |n| n.to_string(), 0)),
    ("machine_1", |machines, _| numbered("machine_1", machines, |n| format!("machine_{n}"), |n| n.to_string(), 1)),
    ("A", |machines, _| same("A", (0..machines).map(letter))),
    ("node-a", |machines, _| {
        same("node-a", (0..machines).map(|place| format!("node-{}", letter(place).to_lowercase())))
    }),
    ("alice", |machines, _| same("alice", people(machines))),
    ("alice, log_alice", |machines, _| filed("alice, log_alice", people(machines), |name| format!("log_{name}"))),
    ("UUID", |machines, chance| same("UUID", (0..machines).map(|_| uuid(chance)))),
    ("70 characters", |machines, _| {
        same("70 characters", (0..machines).map(|place| format!("{}-{}", "very".repeat(17), letter(place))))
    }),
    ("run_1_process_0", |machines, chance| {
        let run = chance.below(4);
        numbered("run_1_process_0", machines, |n| format!("run_{run}_process_{n}"), |n| n.to_string(), 0)
    }),
    ("vm0_rate_3", |machines, chance| {
        let rates: Vec<u64> = (0..machines).map(|_| 1 + chance.below(6)).collect();
        numbered("vm0_rate_3", machines, |n| format!("vm{n}_rate_{}", rates[n]), |n| n.to_string(), 0)
    }),
    ("rate_3_vm1", |machines, chance| {
        let rates: Vec<u64> = (0..machines).map(|_| 1 + chance.below(6)).collect();
        numbered("rate_3_vm1", machines, |n| format!("rate_{}_vm{n}", rates[n - 1]), |n| n.to_string(), 1)
    }),
    ("vm1_03-03_19-44-02_log", |machines, chance| {
        let seconds: Vec<u64> = (0..machines).map(|_| 10 + chance.below(4)).collect();
        numbered(
            "vm1_03-03_19-44-02_log",
            machines,
            |n| format!("vm{n}_03-03_19-44-{}_log", seconds[n - 1]),
            |n| n.to_string(),
            1,
        )
    }),
    ("1678239498.147712_machine_0", |machines, _| {
        numbered(
            "1678239498.147712_machine_0",
            machines,
            |n| format!("1678239498.147712_machine_{n}"),
            |n| n.to_string(),
            0,
        )
    }),
    ("ports", |machines, _| {
        numbered("ports", machines, |n| format!("localhost_{}", 5000 + n), |n| (5000 + n).to_string(), 1)
    }),
    ("addresses", |machines, _| {
        numbered("addresses", machines, |n| format!("{}", 5000 + n), |n| format!("127.0.0.1:{}", 5000 + n), 1)
    }),
    ("in folders", |machines, _| numbered("in folders", machines, |n| format!("vm{n}/output"), |n| n.to_string(), 0)),
    ("n1, n10, n11", |machines, _| {
        let numbers = [1, 10, 11, 2, 100, 110];
        numbered("n1, n10, n11", machines, |n| format!("n{}", numbers[n]), |n| format!("n{}", numbers[n]), 0)
    }),
    ("VM 1", |machines, _| numbered("VM 1", machines, |n| format!("vm{n}"), |n| format!("VM {n}"), 1)),
    ("hosts", |machines, _| same("hosts", (0..machines).map(|place| format!("web-{}.example.com", place + 1)))),
    ("vm1_of_3", |machines, _| {
        numbered("vm1_of_3", machines, |n| format!("vm{n}_of_{machines}"), |n| n.to_string(), 1)
    }),
    ("node1-eu-1", |machines, _| {
        let zones = [1, 2, 1, 1, 2, 2];
        numbered("node1-eu-1", machines, |n| format!("node{n}-eu-{}", zones[n - 1]), |n| format!("node{n}"), 1)
    }),
    ("capitals differ", |machines, _| filed("capitals differ", people(machines), |name| name.to_uppercase())),
];

/// Styles in which events count machines from another number than files do.
pub(crate) const SHIFTED: &[Style] = &[
    ("files from 1, events from 0", |machines, _| {
        numbered("files from 1, events from 0", machines, |n| format!("machine{}", n + 1), |n| n.to_string(), 0)
    }),
    ("files from 0, events from 1", |machines, _| {
        numbered("files from 0, events from 1", machines, |n| format!("vm_{}", n - 1), |n| n.to_string(), 1)
    }),
    ("files A, B, events from 0", |machines, _| {
        numbered("files A, B, events from 0", machines, letter, |n| n.to_string(), 0)
    }),
];

/// Styles in which nothing shows the file of a machine that events name.
pub(crate) const UNRELATED: &[Style] = &[
    ("files vm1, events 127.0.0.1:5000", |machines, _| {
        numbered(
            "files vm1, events 127.0.0.1:5000",
            machines,
            |n| format!("vm{n}"),
            |n| format!("127.0.0.1:{}", 4999 + n),
            1,
        )
    }),
    ("files vm0, events 10.0.0.1", |machines, _| {
        numbered("files vm0, events 10.0.0.1", machines, |n| format!("vm{n}"), |n| format!("10.0.0.{}", n + 1), 0)
    }),
    ("files log1, events alice", |machines, _| {
        numbered("files log1, events alice", machines, |n| format!("log{n}"), |n| PEOPLE[n - 1].to_owned(), 1)
    }),
    ("files A, events 3, 2, 1", |machines, _| {
        numbered("files A, events 3, 2, 1", machines, letter, |n| (machines - n).to_string(), 0)
    }),
];

/// Styles in which a vector's keys differ from the files' names.
pub(crate) const OTHER_KEYS: &[Style] = &[
    ("keys P0", |machines, _| keyed("keys P0", machines, |place| format!("vm{place}"), |place| format!("P{place}"))),
    ("keys from 0, files from 1", |machines, _| {
        keyed("keys from 0, files from 1", machines, |place| format!("node{}", place + 1), |place| place.to_string())
    }),
    ("keys from 1, files from 0", |machines, _| {
        keyed("keys from 1, files from 0", machines, |place| format!("vm{place}"), |place| (place + 1).to_string())
    }),
    ("keys are people", |machines, _| {
        keyed("keys are people", machines, |place| format!("node{}", place + 1), |place| PEOPLE[place].to_owned())
    }),
    ("keys in another order", |machines, _| {
        keyed(
            "keys in another order",
            machines,
            |place| format!("log{place}"),
            move |place| letter(machines - 1 - place),
        )
    }),
    ("keys are ports", |machines, _| {
        keyed("keys are ports", machines, |place| PEOPLE[place].to_owned(), |place| (8000 + place).to_string())
    }),
    ("keys are UUIDs", |machines, chance| {
        let keys: Vec<String> = (0..machines).map(|_| uuid(chance)).collect();
        keyed("keys are UUIDs", machines, |place| format!("vm{place}"), |place| keys[place].clone())
    }),
];

const PEOPLE: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];

fn people(machines: usize) -> impl Iterator<Item = String> {
    PEOPLE.iter().take(machines).map(|name| (*name).to_owned())
}

/// A, B, C and so on.
pub(crate) fn letter(place: usize) -> String {
    char::from(b'A' + place as u8).to_string()
}

fn uuid(chance: &mut Chance) -> String {
    let mut digits = |count: usize| -> String { (0..count).map(|_| format!("{:x}", chance.below(16))).collect() };
    format!("{}-{}-4{}-a{}-{}", digits(8), digits(4), digits(3), digits(3), digits(12))
}

fn same(style: &'static str, names: impl Iterator<Item = String>) -> Names {
    filed(style, names, str::to_owned)
}

fn filed(style: &'static str, names: impl Iterator<Item = String>, file: impl Fn(&str) -> String) -> Names {
    let spoken: Vec<String> = names.collect();
    Names { style, files: spoken.iter().map(|name| file(name)).collect(), keys: spoken.clone(), spoken }
}

fn numbered(
    style: &'static str,
    machines: usize,
    file: impl Fn(usize) -> String,
    spoken: impl Fn(usize) -> String,
    from: usize,
) -> Names {
    let numbers = || from..from + machines;
    let spoken: Vec<String> = numbers().map(spoken).collect();
    Names { style, files: numbers().map(file).collect(), keys: spoken.clone(), spoken }
}

fn keyed(style: &'static str, machines: usize, file: impl Fn(usize) -> String, key: impl Fn(usize) -> String) -> Names {
    let keys: Vec<String> = (0..machines).map(key).collect();
    Names { style, files: (0..machines).map(file).collect(), spoken: keys.clone(), keys }
}
