//! Layouts of a row as text, each with the patterns that a user would give for it.

/// The fields of a row, in the order of the arrays that hold them.
pub(crate) const FIELDS: [&str; 8] = ["event", "host", "peer", "stamp", "id", "queue", "time", "clock"];
/// One text per field.
pub(crate) type Texts = [Option<String>; FIELDS.len()];

pub(crate) const EVENT: usize = 0;
pub(crate) const HOST: usize = 1;
pub(crate) const PEER: usize = 2;
pub(crate) const STAMP: usize = 3;
pub(crate) const ID: usize = 4;
pub(crate) const QUEUE: usize = 5;
pub(crate) const TIME: usize = 6;
pub(crate) const CLOCK: usize = 7;

/// The quotes around a field's text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Quoting {
    /// As it stands.
    Bare,
    /// Everything but numbers and JSON in quotes, with backslashes.
    Json,
    /// In quotes, doubled, if it has a comma, a semicolon or a quote.
    Csv,
    /// In quotes, with backslashes, if it has a space or a quote.
    Value,
}

/// A layout. In a template `$name` is a field, and `$(…$)` is left out if a field in it has no value.
pub(crate) struct Layout {
    pub(crate) name: &'static str,
    /// Of an internal event, a send and a receive; or one for all.
    pub(crate) templates: &'static [&'static str],
    pub(crate) quoting: Quoting,
    /// Lines before all rows. In it, as in a template, `$?name,` is a column.
    pub(crate) header: &'static str,
    /// Is it ShiViz's, so that it has no pattern?
    pub(crate) is_shiviz: bool,
    /// Is it one that the checker is to know without a pattern?
    pub(crate) is_known: bool,
}

impl Layout {
    /// Can a row say which machine it is of?
    pub(crate) fn names_hosts(&self) -> bool {
        self.templates.iter().all(|template| template.contains("host"))
    }
}

const fn one(name: &'static str, templates: &'static [&'static str]) -> Layout {
    Layout { name, templates, quoting: Quoting::Bare, header: "", is_shiviz: false, is_known: false }
}

/// All of them but those of ShiViz.
pub(crate) const LAYOUTS: &[Layout] = &[
    one(
        "prose, as Kev-Y-Huang's",
        &[
            "$time : $($host: $)(Logical Clock Time $clock) ~Internal~ event occurred.",
            "$time : $($host: $)(Logical Clock Time $clock) ~Sent~ a message$( with id $id$)$( of logical time $stamp$)$( to $peer$).",
            "$time : $($host: $)(Logical Clock Time $clock) ~Received~ a message$( with id $id$)$( from $peer$)$( with logical time $stamp$).$( Current queue length is $queue.$)",
        ],
    ),
    one(
        "bars, as albertqi's",
        &["[$time]$( | host $host$) | $clock |$( $queue |$) $event$( | with $peer$)$( | stamp $stamp$)$( | id $id$)"],
    ),
    one(
        "tabs, as henro25's",
        &[
            "$time\t$($host\t$)$event\tLogical Clock: $clock$(\tQueue Length: $queue$)$(\tPeer $peer$)$(\tStamp $stamp$)$(\tId $id$)",
        ],
    ),
    one(
        "Akka",
        &[
            "[INFO] [$time] [Ring-akka.actor.default-dispatcher-2] [akka://Ring/user/$($host$)] $clock $event$( peer $peer$)$( stamp $stamp$)$( id $id$)",
        ],
    ),
    Layout {
        quoting: Quoting::Value,
        is_known: true,
        ..one(
            "key=value",
            &[
                "time=$time$( host=$host$) event=$event$( peer=$peer$)$( stamp=$stamp$)$( id=$id$) clock=$clock$( queue=$queue$)",
            ],
        )
    },
    Layout {
        quoting: Quoting::Value,
        ..one(
            "logfmt",
            &[
                "level=info ts=$time$( node=$host$) msg=$event lc=$clock$( remote=$peer$)$( remote_lc=$stamp$)$( mid=$id$)",
            ],
        )
    },
    Layout {
        quoting: Quoting::Json,
        is_known: true,
        ..one(
            "JSON lines",
            &[
                "{\"time\":$time,$(\"host\":$host,$)\"event\":$event,$(\"peer\":$peer,$)$(\"stamp\":$stamp,$)$(\"id\":$id,$)$(\"queue\":$queue,$)\"clock\":$clock}",
            ],
        )
    },
    Layout {
        quoting: Quoting::Json,
        ..one(
            "JSON lines of a logging library",
            &[
                "{\"level\": \"info\", \"msg\": $event, $(\"node\": $host, $)\"ctx\": {\"vc\": $clock$(, \"remote\": $peer$)$(, \"got\": $stamp$)$(, \"uid\": $id$)}, \"@timestamp\": $time}",
            ],
        )
    },
    Layout {
        quoting: Quoting::Csv,
        is_known: true,
        header: "time,$?host,event,$?peer,$?stamp,$?id,$?queue,clock\n",
        ..one("CSV", &["$time,$?host,$event,$?peer,$?stamp,$?id,$?queue,$clock"])
    },
    Layout {
        quoting: Quoting::Csv,
        header: "clock;event;$?peer;$?stamp;$?id;$?host;at\n",
        ..one("CSV with semicolons", &["$clock;$event;$?peer;$?stamp;$?id;$?host;$time"])
    },
    Layout {
        quoting: Quoting::Csv,
        header: "rolled,sent,received,$?host,$?peer,$?stamp,clock\n",
        ..one(
            "CSV with columns of flags",
            &[
                "<internal>,0,0,$?host,$?peer,$?stamp,$clock",
                "1,<send>,0,$?host,$?peer,$?stamp,$clock",
                "1,0,<receive>,$?host,$?peer,$?stamp,$clock",
            ],
        )
    },
    one("syslog", &["$time $($host$) clockwork[4711]: $event$( peer $peer$)$( stamp $stamp$)$( id $id$) clock $clock"]),
    one(
        "Python logging",
        &["$time - $($host$) - INFO - $event$( (peer $peer)$)$( (msg clock $stamp)$)$( (msg $id)$), LC=$clock"],
    ),
    one(
        "log4j",
        &[
            "$time [main] INFO  ring.Node$( - $host$) - $event$( peer=$peer$)$( ts=$stamp$)$( uid=$id$)$( qlen=$queue$) at logical time $clock",
        ],
    ),
    one("minimal", &["$($host: $)$clock $event$( <-> $peer$)$( @ $stamp$)$( #$id$)"]),
    one("clock in front", &["[LC=$clock] $($host: $)$event$( peer=$peer$)$( stamp=$stamp$)$( id=$id$)$( q=$queue$)"]),
    one(
        "Markdown table",
        &["| $time | $($host | $)$event | $clock |$( with $peer |$)$( carries $stamp |$)$( id $id |$)"],
    ),
    one(
        "XML",
        &[
            "<event kind=\"$event\"$( host=\"$host\"$)$( peer=\"$peer\"$)$( stamp='$stamp'$)$( id=\"$id\"$) clock='$clock' time=\"$time\"/>",
        ],
    ),
    one(
        "YAML",
        &[
            "- {time: $time,$( host: $host,$) event: $event,$( peer: $peer,$)$( stamp: $stamp,$)$( id: $id,$) clock: $clock}",
        ],
    ),
    one(
        "Erlang terms",
        &["{$clock, $({host, $host}, $)\"$event\"$(, {peer, \"$peer\"}$)$(, {stamp, $stamp}$)$(, {id, $id}$)}."],
    ),
    one(
        "S-expression",
        &["(event \"$event\"$( :on $host$)$( :peer \"$peer\"$)$( :stamp $stamp$)$( :id $id$) :clock $clock)"],
    ),
    one("call", &["$($host/$)$event($(with $peer$)$(, carrying $stamp$)$(, id $id$)) @ $clock"]),
    one(
        "sentence, clock last",
        &["$event$( from/to $peer$)$( carrying $stamp$)$( as $id$)$( on $host$), clock $clock"],
    ),
    one(
        "system time and logical time",
        &[
            "System time: $time, logical clock time: $clock,$( machine $host,$) $event$(, queue length $queue$)$(, peer $peer$)$(, message time $stamp$)$(, message $id$)",
        ],
    ),
    one("two lines", &["$time $($host $)$event$( peer $peer$)$( id $id$)\n  clock $clock$( stamp $stamp$)"]),
    one(
        "colours",
        &[
            "\u{1b}[32m$time\u{1b}[0m $($host $)\u{1b}[1m$event\u{1b}[0m$( with $peer$)$( \u{1b}[2mstamp\u{1b}[0m $stamp$)$( id $id$) \u{1b}[33m$clock\u{1b}[0m",
        ],
    ),
    one(
        "a sentence per kind",
        &[
            "At $clock$( on $host$) ~thought~ about something",
            "At $clock$( on $host$) ~sent~$( message $id$)$( of $stamp$)$( to $peer$) over",
            "At $clock$( on $host$) ~received~$( message $id$)$( of $stamp$)$( from $peer$) over",
        ],
    ),
];

/// A layout in which a message is its sender and its timestamp, also where it is sent, and several stand together.
pub(crate) const GLUED: Layout = one(
    "prose, as alzh9000's",
    &[
        "~Internal~ event occurred at global UTC time (gotten from the system) $time with logical clock time $clock.",
        "~Sent~ message $peer $stamp at global UTC time (gotten from the system) $time with logical clock time $clock.",
        "~Received~ message $peer $stamp at global UTC time (gotten from the system) $time with logical clock time $clock.$( The length of the message queue remaining is $queue$)",
    ],
);

/// ShiViz's own layouts.
pub(crate) const SHIVIZ: &[Layout] = &[
    Layout {
        is_shiviz: true,
        is_known: true,
        ..one("ShiViz, event first", &["$event$( peer $peer$)$( stamp $stamp$)\n$host $clock"])
    },
    Layout {
        is_shiviz: true,
        is_known: true,
        ..one("GoVector, host first", &["$host $clock\n$event$( peer $peer$)$( stamp $stamp$)"])
    },
    Layout {
        is_shiviz: true,
        header: "(?<host>\\S+) (?<clock>\\{.*?\\}) (?<event>.*)\n\n",
        ..one("ShiViz with an expression of its own", &["$host $clock $event$( peer $peer$)$( stamp $stamp$)"])
    },
];
