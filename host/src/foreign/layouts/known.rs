//! Layouts of public programs, which docs/foreign-logs.md shows with an example of each.

use std::sync::LazyLock;

use super::{
    super::executions::{EVENT_FIRST, HOST_FIRST},
    Layout,
};

/// Names and patterns.
const KNOWN: [(&str, &str); 5] = [
    (
        "prose that names the time of a received message",
        r"^(?<time>[\d-]+ [\d:,]+) : \(Logical Clock Time (?<clock>\d+)\) (?<event>\w+)(?: event occurred| a message with logical time (?<stamp>\d+)| a message to (?<peer>[^.]+))\.(?: Current queue length is (?<queue>\d+))?",
    ),
    (
        "prose that names a message by its sender and time",
        r"^(?<event>\w+) (?:event|message (?<peer>\d+) (?<stamp>[\d ]+)) .*?(?<time>[\d-]+_[\d.-]+) with logical clock time (?<clock>\d+)\.(?:.* is (?<queue>\d+))?",
    ),
    ("vectors between bars", r"^\[(?<time>\d+)\] \| (?<clock>[\d,]+) \| (?<queue>\d+) \| (?<event>.*)"),
    (
        "columns that name their numbers",
        r"^(?<time>[\d.]+)\t(?<event>[^\t]+)\tLogical Clock: (?<clock>\d+)\tQueue Length: (?<queue>\d+)\t(?:To VMs? (?<peer>.*)|.*)",
    ),
    (
        "Akka's lines for ShiViz",
        r"\[\w+\] \[(?<time>[^\]]+)\] [^ ]+ \[akka://\w+/user/(?<host>[\w$-]+)\] (?<clock>\{.*?\}) (?<event>.*)",
    ),
];

/// Layouts of ShiViz: every clock counts by name.
const SHIVIZ: [(&str, &str); 2] =
    [("ShiViz, the event first", EVENT_FIRST), ("ShiViz, the host first, as GoVector writes it", HOST_FIRST)];

/// Each known layout, with its pattern.
pub(super) static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(|| {
    let layout = |(name, pattern): &(&'static str, &str)| Layout::new(name, vec![(*pattern).to_owned()]);
    let shiviz = SHIVIZ.iter().map(|known| Layout { is_by_name: true, ..layout(known) });
    KNOWN.iter().map(layout).chain(shiviz).collect()
});
