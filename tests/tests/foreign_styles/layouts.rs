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

/// How a field's text is embedded, if it needs quotes.
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

/// A layout. In a template `$name` is a field, and `$(…$)` is left out if a field in it is not told.
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

const fn one(name: &'static str, templates: &'static [&'static str]) -> Layout {
    Layout { name, templates, quoting: Quoting::Bare, header: "", is_shiviz: false, is_known: false }
}

/// All of them but those of ShiViz.
pub(crate) const LAYOUTS: &[Layout] = &[
    Layout {
        ..one(
            "prose, as Kev-Y-Huang's",
            &[
                "$time : $($host: $)(Logical Clock Time $clock) ~Internal~ event occurred.",
                "$time : $($host: $)(Logical Clock Time $clock) ~Sent~ a message$( with id $id$)$( of logical time $stamp$)$( to $peer$).",
                "$time : $($host: $)(Logical Clock Time $clock) ~Received~ a message$( with id $id$)$( from $peer$)$( with logical time $stamp$).$( Current queue length is $queue.$)",
            ],
        )
    },
    Layout {
        is_known: true,
        ..one(
            "bars, as albertqi's",
            &[
                "[$time]$( | host $host$) | $clock |$( $queue |$) $event$( | with $peer$)$( | stamp $stamp$)$( | id $id$)",
            ],
        )
    },
    Layout {
        is_known: true,
        ..one(
            "tabs, as henro25's",
            &[
                "$time\t$($host\t$)$event\tLogical Clock: $clock$(\tQueue Length: $queue$)$(\tPeer $peer$)$(\tStamp $stamp$)$(\tId $id$)",
            ],
        )
    },
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
    Layout { is_shiviz: true, ..one("ShiViz, event first", &["$event$( peer $peer$)$( stamp $stamp$)\n$host $clock"]) },
    Layout {
        is_shiviz: true,
        ..one("GoVector, host first", &["$host $clock\n$event$( peer $peer$)$( stamp $stamp$)"])
    },
    Layout {
        is_shiviz: true,
        header: "(?<host>\\S+) (?<clock>\\{.*?\\}) (?<event>.*)\n\n",
        ..one("ShiViz with an expression of its own", &["$host $clock $event$( peer $peer$)$( stamp $stamp$)"])
    },
];

/// A part of a template.
pub(crate) enum Piece {
    /// Text.
    Literal(String),
    /// A field, which may be empty where it is not told.
    Field(usize),
    /// A column of a table: the field and what separates it from the next, both left out if no row tells the field.
    Column(usize, char),
    /// A column of ones and zeros that tells a kind.
    Kind(&'static str),
    /// A word for the kind of event, written `~word~` in a template.
    Word(String),
    /// Left out where a field in it is not told.
    Optional(Vec<Piece>),
}

/// Takes a template apart.
pub(crate) fn pieces(template: &str) -> Vec<Piece> {
    let mut rest = template;
    let pieces = pieces_until_end(&mut rest);
    assert!(rest.is_empty(), "`$)` without `$(` in {template}");
    pieces
}

fn pieces_until_end(rest: &mut &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix("$(") {
            *rest = after;
            pieces.push(Piece::Optional(pieces_until_end(rest)));
            *rest = rest.strip_prefix("$)").expect("`$(` has its `$)`");
        } else if rest.starts_with("$)") || rest.is_empty() {
            return pieces;
        } else if let Some(after) = rest.strip_prefix("$?") {
            let field = FIELDS.iter().position(|name| after.starts_with(name)).expect("a field");
            let separator = after[FIELDS[field].len()..].chars().next().expect("a separator");
            pieces.push(Piece::Column(field, separator));
            *rest = &after[FIELDS[field].len() + separator.len_utf8()..];
        } else if let Some(after) = rest.strip_prefix('$') {
            let field = FIELDS.iter().position(|name| after.starts_with(name)).expect("a field");
            pieces.push(Piece::Field(field));
            *rest = &after[FIELDS[field].len()..];
        } else if let Some((word, after)) = rest.strip_prefix('~').and_then(|after| after.split_once('~')) {
            pieces.push(Piece::Word(word.to_owned()));
            *rest = after;
        } else if let Some(kind) =
            ["internal", "send", "receive"].into_iter().find(|kind| rest.starts_with(&format!("<{kind}>")))
        {
            pieces.push(Piece::Kind(kind));
            *rest = &rest[kind.len() + 2..];
        } else {
            let end = rest[1..].find(['$', '<', '~']).map_or(rest.len(), |at| at + 1);
            pieces.push(Piece::Literal(rest[..end].to_owned()));
            *rest = &rest[end..];
        }
    }
}

fn fields(pieces: &[Piece]) -> Vec<usize> {
    let mut found = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Field(field) | Piece::Column(field, _) => found.push(*field),
            Piece::Optional(inside) => found.extend(fields(inside)),
            Piece::Literal(_) | Piece::Kind(_) | Piece::Word(_) => {}
        }
    }
    found
}

/// Does the layout have room for a field?
pub(crate) fn has(layout: &Layout, field: usize) -> bool {
    layout.templates.iter().any(|template| fields(&pieces(template)).contains(&field))
}

/// The line of a row. `told` are the fields that any row of the log tells.
pub(crate) fn write(pieces: &[Piece], texts: &Texts, told: &[bool; FIELDS.len()]) -> String {
    let mut line = String::new();
    for piece in pieces {
        match piece {
            Piece::Literal(text) | Piece::Word(text) => line.push_str(text),
            Piece::Field(field) => line.push_str(texts[*field].as_deref().unwrap_or_default()),
            Piece::Column(field, separator) if told[*field] => {
                line.push_str(texts[*field].as_deref().unwrap_or_default());
                line.push(*separator);
            }
            Piece::Column(..) => {}
            Piece::Kind(_) => line.push('1'),
            Piece::Optional(inside) if fields(inside).iter().all(|field| texts[*field].is_some()) => {
                line.push_str(&write(inside, texts, told));
            }
            Piece::Optional(_) => {}
        }
    }
    line
}

/// The header of a log.
pub(crate) fn header(layout: &Layout, told: &[bool; FIELDS.len()]) -> String {
    let parts = layout.header.split_inclusive([',', ';', '\n']);
    let column = |part: &str| {
        let Some(column) = part.strip_prefix("$?") else { return Some(part.to_owned()) };
        let field = FIELDS.iter().position(|name| column.starts_with(name)).expect("a field");
        told[field].then(|| column.to_owned())
    };
    parts.filter_map(column).collect()
}

/// The expression that finds the rows of a template, as a careful user writes it. `expressions` are those of the fields.
pub(crate) fn expression(
    pieces: &[Piece],
    expressions: &[String; FIELDS.len()],
    told: &[bool; FIELDS.len()],
) -> String {
    let mut pattern = inner_expression(pieces, expressions, told);
    let ends_in_digits = pattern.ends_with("\\d+)");
    pattern.insert(0, '^');
    // The last number needs no anchor, and most people write none.
    if !ends_in_digits {
        pattern.push('$');
    }
    pattern
}

fn inner_expression(pieces: &[Piece], expressions: &[String; FIELDS.len()], told: &[bool; FIELDS.len()]) -> String {
    let mut pattern = String::new();
    // The expression of a field in quotes has its quotes.
    let group = |field: usize| match expressions[field].strip_prefix('"').and_then(|inside| inside.strip_suffix('"')) {
        Some(inside) => format!("\"(?<{}>{inside})\"", FIELDS[field]),
        None => format!("(?<{}>{})", FIELDS[field], expressions[field]),
    };
    for piece in pieces {
        match piece {
            Piece::Literal(text) => text.chars().for_each(|character| match character {
                '\n' => pattern.push_str("\\n"),
                '\t' => pattern.push_str("\\t"),
                '\u{1b}' => pattern.push_str("\\x1b"),
                character if character.is_ascii_punctuation() && !"\"'/<>@#;:,=-_!%&~`".contains(character) => {
                    pattern.extend(['\\', character]);
                }
                character => pattern.push(character),
            }),
            Piece::Field(field) if told[*field] => pattern.push_str(&group(*field)),
            Piece::Field(_) => {}
            Piece::Column(field, separator) if told[*field] => {
                pattern.push_str(&format!("(?:{})?{separator}", group(*field)));
            }
            Piece::Column(..) => {}
            Piece::Word(word) => pattern.push_str(&format!("(?<event>{word})")),
            Piece::Kind(kind) => pattern.push_str(&format!("(?<{kind}>1)")),
            Piece::Optional(inside) if fields(inside).iter().all(|field| told[*field]) => {
                pattern.push_str(&format!("(?:{})?", inner_expression(inside, expressions, told)));
            }
            Piece::Optional(_) => {}
        }
    }
    pattern
}
