//! Names that programs give to the parts of a clock.

use super::super::time_text::MONTHS;

/// Names of a logical clock, where it is the one number of a structure.
const TIMES: [&str; 15] = [
    "clock",
    "count",
    "counter",
    "lamport",
    "lamportclock",
    "lamporttime",
    "lamporttimestamp",
    "lc",
    "logicalclock",
    "logicaltime",
    "tick",
    "time",
    "timestamp",
    "ts",
    "value",
];

/// Names of the physical part of a hybrid clock.
const WALLS: [&str; 13] = [
    "millis",
    "nanos",
    "p",
    "physical",
    "physicalclock",
    "physicaltime",
    "pt",
    "time",
    "timestamp",
    "ts",
    "wall",
    "wallclock",
    "walltime",
];

/// Names of its logical part.
const COUNTS: [&str; 9] =
    ["c", "count", "counter", "lc", "logical", "logicalclock", "logicalcounter", "logicaltime", "seq"];

/// Names of a process, beside its clock.
const PROCESSES: [&str; 19] = [
    "actor",
    "actorid",
    "host",
    "hostid",
    "id",
    "machine",
    "machineid",
    "name",
    "node",
    "nodeid",
    "owner",
    "peer",
    "pid",
    "process",
    "processid",
    "replica",
    "replicaid",
    "site",
    "siteid",
];

/// Constructors of times that are no logical clock.
const DATES: [&str; 8] =
    ["date", "datetime", "duration", "instant", "localdatetime", "systemtime", "timedelta", "zoneddatetime"];

/// The part of a clock that a field's name tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// `l`: the physical part beside `c`, the logical one beside `p` (Kulkarni et al. 2014 and others).
    L,
    /// The physical part of a hybrid clock, if it has one; or else the time.
    WallOrTime,
    Wall,
    /// The logical part of a hybrid clock, if it has one; or else the time.
    CountOrTime,
    Count,
    Time,
    Process,
    /// The type of numbers in an array.
    Type,
    Other,
}

/// The part that a field's name tells.
pub(super) fn role(name: &str) -> Role {
    // Most names are of machines.
    if name.bytes().any(|byte| byte.is_ascii_digit()) || (name.len() == 1 && !"cClLpP".contains(name)) {
        return Role::Other;
    }
    let name = normal(name);
    let is_in = |names: &[&str]| names.contains(&name.as_str());
    match (is_in(&WALLS), is_in(&COUNTS), is_in(&TIMES)) {
        (true, _, true) => Role::WallOrTime,
        (true, _, false) => Role::Wall,
        (false, true, true) => Role::CountOrTime,
        (false, true, false) => Role::Count,
        (false, false, true) => Role::Time,
        _ if is_in(&PROCESSES) => Role::Process,
        _ if name == "dtype" => Role::Type,
        _ if name == "l" => Role::L,
        _ => Role::Other,
    }
}

impl Role {
    /// Is it the clock, if nothing else is a number?
    pub(super) fn is_time(self) -> bool {
        matches!(self, Self::WallOrTime | Self::CountOrTime | Self::Time)
    }

    /// Is it the physical part of a hybrid clock of which this is the logical one?
    pub(super) fn is_wall_beside(self, count: Self) -> bool {
        match self {
            Self::L => count == Self::Count,
            Self::Wall => matches!(count, Self::Count | Self::CountOrTime | Self::L),
            Self::WallOrTime => matches!(count, Self::Count | Self::CountOrTime),
            _ => false,
        }
    }
}

/// Does a constructor make a date or a duration?
pub(super) fn is_date(constructor: &str) -> bool {
    let name = constructor.rsplit(['.', ':']).next().unwrap_or_default();
    DATES.contains(&normal(name).as_str())
}

/// Does a constructor make a hybrid clock?
pub(super) fn is_hybrid(constructor: &str) -> bool {
    let name = normal(constructor);
    name.contains("hlc") || name.contains("hybrid")
}

/// Does a word begin with a month, as the second part of `3-Mar-2023` does?
pub(super) fn is_month(word: &str) -> bool {
    let letters = word.split(|character: char| !character.is_alphabetic()).next().unwrap_or_default().to_lowercase();
    MONTHS.iter().any(|month| letters == month[..3] || letters == *month)
}

/// Small letters and digits only, without the `get` of an accessor: `wallTime` is `wall_time` is `walltime`.
fn normal(name: &str) -> String {
    let letters = name.chars().filter(|character| character.is_alphanumeric());
    let name: String = letters.flat_map(char::to_lowercase).collect();
    name.strip_prefix("get").unwrap_or(&name).to_owned()
}
