//! Files: rows as text, packed as programs and people pack them.

use tests::naive_model::Chance;

use super::{
    adapter::Ask,
    bytes,
    layouts::{CLOCK, EVENT, FIELDS, HOST, ID, PEER, QUEUE, Quoting, STAMP, TIME, Texts},
    matching,
    rows::{Logs, Row},
    run::Kind,
    styles::{Doubled, Packing, Second, Style, pick},
    template::{self, Piece},
    text::{texts, time},
};

/// A file of a log.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
    /// The bytes, where they are not those of the text.
    pub(crate) bytes: Option<Vec<u8>>,
    pub(crate) rows: Vec<Written>,
}

/// A row in a file.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) machine: usize,
    /// Its place in the machine's rows.
    pub(crate) row: usize,
    /// First and last line, from 1.
    pub(crate) lines: (u64, u64),
    /// The texts of its fields, as they stand there.
    pub(crate) texts: Texts,
}

/// A row with its text, before it is in a file.
#[derive(Clone)]
struct Line {
    machine: usize,
    row: usize,
    at_ns: u64,
    kind: Kind,
    text: String,
    texts: Texts,
}

/// Writes the logs of one or two runs.
pub(crate) fn write(style: &Style, runs: &[Logs], chance: &mut Chance) -> (Vec<File>, Ask) {
    let has: [bool; FIELDS.len()] = std::array::from_fn(|field| template::has(style.layout, field));
    let fields: Vec<Vec<Vec<Texts>>> = runs
        .iter()
        .map(|logs| logs.iter().map(|rows| rows.iter().map(|row| texts(style, row, &has)).collect()).collect())
        .collect();
    let told: [bool; FIELDS.len()] =
        std::array::from_fn(|field| fields.iter().flatten().flatten().any(|texts| texts[field].is_some()));
    let pieces: Vec<Vec<Piece>> = style.layout.templates.iter().map(|template| template::pieces(template)).collect();
    let ask = ask(style, &pieces, &told, runs);
    let lines: Vec<Vec<Vec<Line>>> = runs
        .iter()
        .zip(&fields)
        .map(|(logs, fields)| {
            let machines = logs.iter().zip(fields).enumerate();
            machines.map(|(machine, (rows, fields))| lines(style, machine, rows, fields, &pieces, &told)).collect()
        })
        .collect();
    let mut packer =
        Packer { style, header: template::header(style.layout, &told), ask, files: Vec::new(), parts_of: Vec::new() };
    packer.pack(lines, chance);
    let Packer { mut files, mut ask, parts_of, .. } = packer;
    if style.packing == Packing::GivenParts || style.give_names {
        ask.names = Some(parts_of.iter().map(|machine| style.names.spoken[*machine].clone()).collect());
    }
    bytes::finish(style, &mut files, chance);
    if ask.names.is_none() {
        files.sort_by(|one, other| one.name.cmp(&other.name));
        if files.len() > 1 && chance.below(4) == 0 {
            files.rotate_left(1);
        }
    }
    (files, ask)
}

fn lines(
    style: &Style,
    machine: usize,
    rows: &[Row],
    fields: &[Texts],
    pieces: &[Vec<Piece>],
    told: &[bool; FIELDS.len()],
) -> Vec<Line> {
    let line = |(row, (told_row, texts)): (usize, (&Row, &Texts))| {
        let template = match (pieces.len(), told_row.kind) {
            (1, _) => &pieces[0],
            (_, Kind::Internal) => &pieces[0],
            (_, Kind::Send) => &pieces[1],
            (_, Kind::Receive | Kind::Delivery) => &pieces[2],
        };
        let texts: Texts = std::array::from_fn(|field| texts[field].as_ref().map(|text| quoted(style, field, text)));
        Line {
            machine,
            row,
            at_ns: told_row.at_ns,
            kind: told_row.kind,
            text: template::write(template, &texts, told),
            texts,
        }
    };
    rows.iter().zip(fields).enumerate().map(line).collect()
}

/// Does this field stand in quotes?
fn is_quoted(style: &Style, field: usize) -> bool {
    let is_clock = field == CLOCK || field == STAMP;
    let is_plain_number = style.clock_text.is_json && !style.has_several_stamps();
    match style.layout.quoting {
        Quoting::Bare => false,
        Quoting::Json => field != QUEUE && !(is_clock && is_plain_number),
        Quoting::Csv => [PEER, TIME, ID].contains(&field) || (is_clock && !style.clock_text.is_digits()),
        Quoting::Value => [EVENT, TIME, PEER, ID].contains(&field) || (is_clock && !style.clock_text.is_digits()),
    }
}

fn quoted(style: &Style, field: usize, text: &str) -> String {
    if !is_quoted(style, field) {
        return text.to_owned();
    }
    match style.layout.quoting {
        Quoting::Csv => format!("\"{}\"", text.replace('"', "\"\"")),
        _ => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

fn ask(style: &Style, pieces: &[Vec<Piece>], told: &[bool; FIELDS.len()], runs: &[Logs]) -> Ask {
    let time = time_expression(runs, style);
    let expressions: [String; FIELDS.len()] = std::array::from_fn(|field| {
        let clock = if style.has_several_stamps() && field == STAMP { ".+?" } else { style.clock_text.expression };
        let expression = match field {
            CLOCK | STAMP => clock,
            HOST => r"\S+?",
            QUEUE => r"\d+",
            TIME => &time,
            _ => ".+?",
        };
        match is_quoted(style, field) {
            true if style.clock_text.is_digits() && field == CLOCK => format!("\"{expression}\""),
            true if field == TIME => format!("\"{time}\""),
            true => "\".+?\"".to_owned(),
            false => expression.to_owned(),
        }
    });
    let kinds = [Kind::Internal, Kind::Send, Kind::Receive];
    let is_there = |kind: Kind| runs.iter().flatten().flatten().any(|row| row.kind == kind);
    let is_used = |place: usize| pieces.len() == 1 || is_there(kinds[place]);
    let used = pieces.iter().enumerate().filter(|(place, _)| is_used(*place));
    let words = if style.vocabulary.is_mapped { style.vocabulary.told() } else { Vec::new() };
    let pattern = |pieces: &[Piece]| {
        let whole = template::expression(pieces, &expressions, told);
        style.unread.iter().fold(whole, |pattern, group| pattern.replace(&format!("(?<{group}>"), "(?:"))
    };
    Ask {
        patterns: used.map(|(_, pieces)| pattern(pieces)).collect(),
        guess: style.unasked && style.layout.is_known,
        shiviz: style.layout.is_shiviz,
        words,
        names: None,
        delimiter: None,
        complete: style.complete,
        one_run: style.one_run,
    }
}

/// The expression of a time: its digits, letters and spaces in their order.
fn time_expression(runs: &[Logs], style: &Style) -> String {
    let sample = runs.iter().flatten().flatten().next().map(|row| time(style, row)).unwrap_or_default();
    let mut expression = String::new();
    let mut last = "";
    for character in sample.chars() {
        let class = match character {
            '0'..='9' => "\\d+",
            ' ' => " +",
            'A'..='Z' | 'a'..='z' => "[A-Za-z]+",
            _ => "",
        };
        if class.is_empty() {
            expression.push_str(&regex::escape(&character.to_string()));
        } else if class != last {
            expression.push_str(class);
        }
        last = class;
    }
    expression
}

struct Packer<'a> {
    style: &'a Style,
    header: String,
    ask: Ask,
    files: Vec<File>,
    /// The machine of each file.
    parts_of: Vec<usize>,
}

impl Packer<'_> {
    fn pack(&mut self, runs: Vec<Vec<Vec<Line>>>, chance: &mut Chance) {
        let style = self.style;
        let folder = pick(chance, &["", "logs/", "/home/me/cs262/clocks/run1/"]);
        let mut appended: Vec<Vec<Line>> = Vec::new();
        let delimiter = (style.layout.is_shiviz && chance.below(2) == 0).then_some("=== the next run ===");
        for (number, run) in runs.into_iter().enumerate() {
            let run = run
                .into_iter()
                .enumerate()
                .map(|(machine, lines)| if style.missing == Some(machine) { Vec::new() } else { lines });
            let run: Vec<Vec<Line>> = match style.packing {
                Packing::OneFile => {
                    let mut all: Vec<Line> = run.flatten().collect();
                    all.sort_by_key(|line| line.at_ns);
                    vec![all]
                }
                _ => run.collect(),
            };
            if style.second == Second::Appended {
                appended.resize(run.len().max(appended.len()), Vec::new());
                for (before, mut lines) in appended.iter_mut().zip(run) {
                    if let Some(delimiter) = delimiter.filter(|_| number > 0) {
                        before.push(other_line(delimiter));
                    }
                    before.append(&mut lines);
                }
                continue;
            }
            for (place, lines) in run.into_iter().enumerate() {
                let stem =
                    if style.packing == Packing::OneFile { "all".to_owned() } else { style.names.files[place].clone() };
                let stem = match style.second {
                    Second::Folder(form) => form.replace('M', &stem).replace('R', &(number + 1).to_string()),
                    _ => stem,
                };
                self.machine(place, &format!("{folder}{stem}"), lines, chance);
            }
        }
        if let Some(delimiter) = delimiter.filter(|_| !appended.is_empty()) {
            match self.header.strip_suffix("\n\n") {
                // ShiViz takes it from the second line.
                Some(expression) if chance.below(2) == 0 => self.header = format!("{expression}\n^{delimiter}$\n"),
                _ => self.ask.delimiter = (chance.below(2) == 0).then(|| format!("^{delimiter}$")),
            }
        }
        for (place, lines) in appended.into_iter().enumerate() {
            let stem =
                if style.packing == Packing::OneFile { "all".to_owned() } else { style.names.files[place].clone() };
            self.machine(place, &format!("{folder}{stem}"), lines, chance);
        }
    }

    /// The file of a machine, or its parts.
    fn machine(&mut self, machine: usize, stem: &str, mut lines: Vec<Line>, chance: &mut Chance) {
        if self.style.packing == Packing::ByKind {
            let (receives, others): (Vec<Line>, Vec<Line>) =
                lines.into_iter().partition(|line| line.kind == Kind::Receive);
            for (end, lines) in [("received", receives), ("sent", others)] {
                let file = self.file(format!("{stem}_{end}.log"), lines, chance);
                self.push(machine, file);
            }
            return;
        }
        let is_in_parts = matches!(self.style.packing, Packing::Rotated(_) | Packing::GivenParts);
        let parts = if is_in_parts && chance.below(4) > 0 { 2 + chance.below(2) as usize } else { 1 };
        for part in 0..parts {
            let left = parts - part;
            let here = if left == 1 { lines.len() } else { lines.len() / left };
            let rest = lines.split_off(here);
            let name = match self.style.packing {
                // The newest has no number.
                Packing::Rotated("N.log.K") if left == 1 => format!("{stem}.log"),
                Packing::Rotated("N.log.K") => format!("{stem}.log.{}", left - 1),
                Packing::Rotated(form) if parts > 1 => form.replace('N', stem).replace('K', &(part + 1).to_string()),
                Packing::GivenParts => format!("{stem}_{part}.log"),
                _ => format!("{stem}.log"),
            };
            let file = self.file(name, std::mem::replace(&mut lines, rest), chance);
            self.push(machine, file);
        }
    }

    /// Adds a file, unless it has no row.
    fn push(&mut self, machine: usize, file: File) {
        if !file.rows.is_empty() {
            self.files.push(file);
            self.parts_of.push(machine);
        }
    }

    fn file(&self, name: String, lines: Vec<Line>, chance: &mut Chance) -> File {
        let mut file = File { name, text: self.header.clone(), ..File::default() };
        let mut line_number = 1 + self.header.matches('\n').count() as u64;
        let mut push = |file: &mut File, text: &str, written: Option<&Line>| {
            let last = line_number + text.matches('\n').count() as u64;
            file.text.push_str(text);
            file.text.push('\n');
            if let Some(line) = written {
                let Line { machine, row, texts, .. } = line.clone();
                file.rows.push(Written { machine, row, lines: (line_number, last), texts });
            }
            line_number = last + 1;
        };
        let last = lines.len();
        for (index, line) in lines.iter().enumerate() {
            while self.style.noise && chance.below(4) == 0 {
                let noise = pick(chance, NOISE);
                if !matching::is_row(&self.ask, noise) {
                    push(&mut file, noise, None);
                }
            }
            let copies = match self.style.doubled {
                Doubled::No => 1,
                Doubled::Some => 1 + chance.below(2),
                Doubled::All => 2,
            };
            // The torn line is not printed twice.
            let copies = if self.style.torn && index + 1 == last { 1 } else { copies };
            (0..copies).for_each(|_| push(&mut file, &line.text, (line.row != usize::MAX).then_some(line)));
        }
        file
    }
}

fn other_line(text: &str) -> Line {
    Line { machine: 0, row: usize::MAX, at_ns: 0, kind: Kind::Internal, text: text.to_owned(), texts: Texts::default() }
}

const NOISE: &[&str] = &[
    "Clock rate: 3",
    "listening on 127.0.0.1:5001",
    "connected to peer 2",
    "",
    "-----------------------------",
    "Traceback (most recent call last):",
    "  File \"vm.py\", line 17, in run",
    "ConnectionRefusedError: [Errno 111] Connection refused",
    "DEBUG heartbeat 17 of 20",
    "2023-03-07 20:38:18,148 DEBUG retrying in 3 s",
    "{\"level\": \"debug\", \"msg\": \"tick\", \"n\": 12}",
    "received 12 bytes",
    "WARNING: queue is at 4",
];
