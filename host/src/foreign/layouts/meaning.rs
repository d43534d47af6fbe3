//! The meaning of a column, by its name and its values.

use std::collections::{BTreeMap, HashMap};

use super::super::{
    clock_text::{self, ClockText},
    kinds::{Kind, common},
    pattern::Group,
    time_text::{Moment, TimeReader},
};
use super::{
    fields::{Field, Notation, Row},
    lead::Lead,
};

/// Names of columns for each group, in the order in which they are preferred; in small letters, without signs.
const NAMES: [(Group, &[&str]); 11] = [
    (
        Group::Event,
        &[
            "event",
            "eventtype",
            "eventkind",
            "kind",
            "type",
            "action",
            "operation",
            "op",
            "what",
            "message",
            "msg",
            "text",
        ],
    ),
    (
        Group::Clock,
        &[
            "clock",
            "lamport",
            "lamportclock",
            "lamporttime",
            "lamporttimestamp",
            "logicalclock",
            "logicalclocktime",
            "logicalclockvalue",
            "logicaltime",
            "logicaltimestamp",
            "lc",
            "lclock",
            "localclock",
            "vectorclock",
            "vclock",
            "vc",
            "vector",
            "hlc",
            "hybridclock",
            "clockvalue",
            "logical",
            "timestamp",
            "ts",
            "time",
            "t",
        ],
    ),
    (
        Group::Time,
        &[
            "time",
            "timestamp",
            "ts",
            "systemtime",
            "systime",
            "walltime",
            "wallclock",
            "wall",
            "realtime",
            "physicaltime",
            "datetime",
            "date",
            "utc",
            "at",
            "elapsed",
            "t",
        ],
    ),
    (Group::Send, &["sent", "send", "issend", "sending"]),
    (Group::Receive, &["received", "receive", "recv", "recvd", "rcvd", "isreceive", "isrecv", "receiving"]),
    (Group::Internal, &["internal", "isinternal", "local"]),
    (
        Group::Stamp,
        &[
            "stamp",
            "msgclock",
            "messageclock",
            "msgstamp",
            "msgtimestamp",
            "messagetimestamp",
            "msgtime",
            "messagetime",
            "receivedclock",
            "recvclock",
            "receivedtimestamp",
            "receivedtime",
            "senderclock",
            "remoteclock",
            "incomingclock",
            "otherclock",
            "theirclock",
            "timestamp",
            "ts",
            "time",
            "t",
        ],
    ),
    (
        Group::Queue,
        &[
            "queue",
            "queuelen",
            "queuelength",
            "queuesize",
            "qsize",
            "qlen",
            "backlog",
            "pending",
            "waiting",
            "mailbox",
            "inbox",
        ],
    ),
    (
        Group::Host,
        &[
            "host",
            "hostname",
            "machine",
            "machineid",
            "idofmachine",
            "node",
            "nodeid",
            "process",
            "processid",
            "proc",
            "vm",
            "vmid",
            "replica",
            "server",
            "actor",
            "site",
            "pid",
        ],
    ),
    (Group::Id, &["msgid", "messageid", "mid", "packetid", "idofmessage", "id", "uuid"]),
    (Group::Peer, &["peer", "peers", "other", "remote", "partner"]),
];

/// Names of a column with the sender, and of one with the receivers.
const SENDERS: [&str; 6] = ["from", "src", "source", "sender", "sentby", "fromid"];
const RECEIVERS: [&str; 9] =
    ["to", "dst", "dest", "destination", "target", "receiver", "recipient", "receivers", "toid"];

/// The columns of a log that mean something, by the group of a pattern.
#[derive(Clone, Default, Debug)]
pub(super) struct Meaning {
    groups: Vec<(Group, String)>,
    /// Sends and receives, where rows have a column with the sender and one with the receivers.
    pub(super) route: Option<[Part; 2]>,
    /// Words before the first pair of a line that tell the event.
    pub(super) lead: Option<Lead>,
}

/// Events of one direction.
#[derive(Clone, Default, Debug)]
pub(super) struct Part {
    /// The words of these events.
    pub(super) words: Vec<String>,
    /// The column of their peers.
    pub(super) peers: String,
}

/// The values of a column.
#[derive(Default, Debug)]
struct Values<'a> {
    some: Vec<&'a str>,
    empty: usize,
}

impl Meaning {
    /// Does a column mean something?
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys().any(|known| known == key)
    }

    /// The columns that mean something.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let peers = self.route.iter().flatten().map(|part| part.peers.as_str());
        self.groups.iter().map(|(_, column)| column.as_str()).chain(peers)
    }

    /// The groups of a row, with their texts.
    pub(super) fn expected<'a>(&self, row: &Row<'a>) -> Vec<(Group, &'a str)> {
        let text = |key: &str| {
            row.fields.iter().find(|field| field.key == key && !field.is_empty()).map_or("", |field| field.text)
        };
        let mut expected: Vec<_> = self.groups.iter().map(|(group, key)| (*group, text(key))).collect();
        let event = self.column(Group::Event).map_or("", |event| text(event));
        let part = self.route.iter().flatten().find(|part| part.words.iter().any(|word| word == event));
        expected.extend(part.map(|part| (Group::Peer, text(&part.peers))));
        expected.extend(self.lead.iter().flat_map(|lead| lead.expected(row.line)));
        expected
    }

    fn column(&self, group: Group) -> Option<&str> {
        self.groups.iter().find(|(known, _)| *known == group).map(|(_, column)| column.as_str())
    }

    /// The group of a column that has one in every row.
    pub(super) fn group(&self, key: &str) -> Option<Group> {
        self.groups.iter().find(|(_, column)| *column == key).map(|(group, _)| *group)
    }

    /// Reads the meaning from rows; `None` if there is no clock.
    pub(super) fn of(notation: &Notation, rows: &[Row<'_>]) -> Option<Self> {
        let mut columns: HashMap<&str, Values<'_>> = HashMap::new();
        for field in rows.iter().flat_map(|row| &row.fields) {
            let values = columns.entry(field.key).or_default();
            if field.is_empty() {
                values.empty += 1;
            } else {
                values.some.push(field.text);
            }
        }
        let mut meaning = Self::default();
        for (group, names) in NAMES {
            let fits = |column: &&str| {
                let is_fit = columns.get(*column).is_some_and(|values| values.fit(group, column, rows.len()));
                // A column called `time` that only receives have is of the timestamps of messages.
                is_fit
                    && match group {
                        Group::Time => !meaning.is_of_receives(column, rows),
                        Group::Stamp if is_time_name(column) => meaning.is_of_receives(column, rows),
                        _ => true,
                    }
            };
            let mut found = names.iter().filter_map(|name| {
                columns.keys().copied().find(|column| normal(column) == *name && meaning.group(column).is_none())
            });
            if let Some(column) = found.find(fits) {
                meaning.groups.push((group, column.to_owned()));
            }
        }
        meaning.without_counters(&columns, rows);
        meaning.peers(&columns, rows);
        if *notation == Notation::Pairs && meaning.column(Group::Event).is_none() {
            // Prose with numbers in it: without a word that tells the event there is too little to judge.
            meaning.lead = Some(Lead::of(rows, meaning.column(Group::Time).is_none())?);
        }
        meaning.column(Group::Clock).is_some().then_some(meaning)
    }

    /// Do all rows with a value in this column, and some, tell of a receive?
    fn is_of_receives(&self, column: &str, rows: &[Row<'_>]) -> bool {
        let value = |row: &Row<'_>, key: &str| {
            row.fields.iter().find(|field| field.key == key && !field.is_empty()).map(|field| field.text.to_lowercase())
        };
        let Some(event) = self.column(Group::Event) else { return false };
        let mut kinds = rows
            .iter()
            .filter(|row| value(row, column).is_some())
            .map(|row| value(row, event).and_then(|word| common(&word)))
            .peekable();
        kinds.peek().is_some() && kinds.all(|kind| kind == Some(Kind::Receive))
    }

    /// Gives up flags that are counters of messages: one is no flag by its values, or two are set in one row.
    fn without_counters(&mut self, columns: &HashMap<&str, Values<'_>>, rows: &[Row<'_>]) {
        const KINDS: [Group; 3] = [Group::Send, Group::Receive, Group::Internal];
        let is_kind = |column: &str| {
            let name = normal(column);
            NAMES.iter().any(|(group, names)| KINDS.contains(group) && names.contains(&&*name))
        };
        let is_set = |field: &Field<'_>| {
            let is_flag = self.group(field.key).is_some_and(|group| KINDS.contains(&group));
            is_flag
                && !field.is_empty()
                && !["0", "false", "no"].iter().any(|unset| field.text.eq_ignore_ascii_case(unset))
        };
        let has_other = columns.keys().any(|column| is_kind(column) && self.group(column).is_none());
        if has_other || rows.iter().any(|row| row.fields.iter().filter(|field| is_set(field)).count() > 1) {
            self.groups.retain(|(group, _)| !KINDS.contains(group));
        }
    }

    /// Takes columns of senders and receivers as peers, if no column is called so.
    fn peers(&mut self, columns: &HashMap<&str, Values<'_>>, rows: &[Row<'_>]) {
        let column = |names: &[&str]| columns.keys().copied().find(|column| names.contains(&&*normal(column)));
        if self.column(Group::Peer).is_some() {
            return;
        }
        match (column(&SENDERS), column(&RECEIVERS)) {
            (Some(sender), Some(receiver)) => self.route = self.route_of(sender, receiver, rows),
            (Some(one), None) | (None, Some(one)) => {
                self.groups.push((Group::Peer, one.to_owned()));
            }
            (None, None) => {}
        }
    }

    /// Words of events that are sends, and of those that are receives, by the machine of each row: the sender sends.
    fn route_of(&self, sender: &str, receiver: &str, rows: &[Row<'_>]) -> Option<[Part; 2]> {
        let value = |row: &[Field<'_>], key: &str| {
            row.iter().find(|field| field.key == key && !field.is_empty()).map(|field| field.text.to_owned())
        };
        let event = self.column(Group::Event)?;
        let mut words: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for row in rows.iter().map(|row| &row.fields) {
            let Some(word) = value(row, event) else { continue };
            let (sends, receives) = words.entry(word.clone()).or_default();
            let host = self.column(Group::Host).and_then(|host| value(row, host));
            match (value(row, sender), value(row, receiver), says_send(&word, host.is_some())) {
                (None, Some(_), _) => *sends += 1,
                (Some(_), None, _) => *receives += 1,
                (Some(from), Some(to), None) => {
                    *sends += usize::from(Some(from) == host);
                    *receives += usize::from(Some(to) == host);
                }
                (Some(_), Some(_), Some(true)) => *sends += 1,
                (Some(_), Some(_), Some(false)) => *receives += 1,
                (None, None, _) => {}
            }
        }
        let of = |is_right: fn(&(usize, usize)) -> bool| {
            words.iter().filter(|(_, counts)| is_right(counts)).map(|(word, _)| word.clone()).collect::<Vec<_>>()
        };
        let sends = Part { words: of(|(sends, receives)| *sends > 0 && *receives == 0), peers: receiver.to_owned() };
        let receives = Part { words: of(|(sends, receives)| *receives > 0 && *sends == 0), peers: sender.to_owned() };
        let is_small = |part: &Part| (1..=WORDS_MAX).contains(&part.words.len());
        (is_small(&sends) && is_small(&receives)).then_some([sends, receives])
    }
}

/// Whether a word says that its event is a send, or a receive, where the machine of the row does not tell.
fn says_send(word: &str, has_host: bool) -> Option<bool> {
    let kind = common(&word.to_lowercase()).filter(|_| !has_host)?;
    (kind != Kind::Internal).then(|| kind.is_send())
}

/// More words for kinds of events than any log has.
const WORDS_MAX: usize = 12;

impl Values<'_> {
    /// Can the column be of this group, by its values?
    fn fit(&self, group: Group, column: &str, rows: usize) -> bool {
        let all =
            |is_right: &dyn Fn(&str) -> bool| !self.some.is_empty() && self.some.iter().all(|value| is_right(value));
        let is_flag =
            |value: &str| ["0", "1", "true", "false", "yes", "no"].iter().any(|flag| value.eq_ignore_ascii_case(flag));
        let reader = TimeReader::default();
        match group {
            Group::Clock if is_time_name(column) => all(&|value| is_clock(value) && is_no_time(&reader, value)),
            Group::Clock => all(&is_clock) && self.empty == 0,
            Group::Stamp if is_time_name(column) => all(&|value| is_clock(value) && is_no_time(&reader, value)),
            Group::Stamp => all(&is_clock),
            Group::Time => all(&|value| reader.read(value).is_some()),
            Group::Queue => all(&|value| value.parse::<u64>().is_ok()),
            Group::Send | Group::Receive | Group::Internal => all(&is_flag),
            Group::Event => all(&|value| !is_flag(value)),
            // A column called so may number the rows: it is of messages if some rows have none, and some have the same.
            Group::Id if matches!(&*normal(column), "id" | "uuid") => {
                let mut values = self.some.clone();
                values.sort_unstable();
                self.some.len() < rows && values.windows(2).any(|pair| pair[0] == pair[1])
            }
            _ => !self.some.is_empty(),
        }
    }
}

/// Is a column called as both clocks and system times are?
fn is_time_name(column: &str) -> bool {
    matches!(&*normal(column), "timestamp" | "ts" | "time" | "t")
}

fn is_clock(value: &str) -> bool {
    clock_text::parse(value).is_ok()
}

/// Is a number too small for a UNIX time, or no number?
fn is_no_time(reader: &TimeReader, value: &str) -> bool {
    let is_vector = matches!(clock_text::parse(value), Ok(ClockText::List(_) | ClockText::Named(_)));
    is_vector || matches!(reader.read(value).map(|time| time.moment), Some(Moment::Count { .. }))
}

/// Small letters and digits; of a time without its unit.
fn normal(name: &str) -> String {
    const UNITS: [&str; 9] = ["_ns", "_us", "_ms", "_s", "_sec", "_seconds", "_millis", "_nanos", "_micros"];
    let lower = name.trim().to_lowercase();
    let name = UNITS.iter().find_map(|unit| lower.strip_suffix(unit)).unwrap_or(&lower);
    name.chars().filter(|character| character.is_alphanumeric()).collect()
}
