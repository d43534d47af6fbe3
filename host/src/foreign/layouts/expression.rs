//! Regular expressions for layouts with named columns, short enough to be read and corrected.

use std::collections::{BTreeMap, BTreeSet};

use super::super::pattern::Group;
use super::{
    fields::{Field, Form, Notation, Row},
    lead::Lead,
    meaning::{Meaning, Part},
};

/// A column that means something, as it is printed.
#[derive(Default, Debug)]
struct Column {
    forms: BTreeSet<Form>,
    /// Texts that say that there is no value.
    nothings: BTreeSet<String>,
    has_other_than_digits: bool,
    rows: usize,
}

/// The patterns that find these columns: one for each order in which the columns are printed and each part of the route.
pub(super) fn patterns(notation: &Notation, meaning: &Meaning, rows: &[Row<'_>]) -> Vec<String> {
    let fields = || rows.iter().flat_map(|row| &row.fields);
    let is_needed =
        |field: &&Field<'_>| meaning.has(field.key) || (field.form.is_structure() && repeats(field, meaning));
    let needed: BTreeSet<&str> = fields().filter(is_needed).map(|field| field.key).collect();
    let mut columns: BTreeMap<&str, Column> = BTreeMap::new();
    for field in fields().filter(|field| needed.contains(field.key)) {
        columns.entry(field.key).or_default().add(field);
    }
    let orders = orders(rows, &needed);
    let with = |part: Option<&Part>| {
        let builder = Builder { notation, meaning, columns: &columns, rows, part };
        orders.iter().map(|order| builder.pattern(order)).collect::<Vec<_>>()
    };
    match &meaning.route {
        Some([send, receive]) => [with(Some(send)), with(Some(receive)), with(None)].concat(),
        None => with(None),
    }
}

/// Whether the value of a column that means nothing holds the name of one that does: it must be passed over as a whole.
fn repeats(field: &Field<'_>, meaning: &Meaning) -> bool {
    meaning.keys().any(|key| field.text.contains(key))
}

impl Column {
    fn add(&mut self, field: &Field<'_>) {
        self.rows += 1;
        self.forms.insert(field.form);
        if field.is_empty() {
            self.nothings.insert(field.text.to_owned());
        } else {
            self.has_other_than_digits |= !field.text.bytes().all(|byte| byte.is_ascii_digit());
        }
    }
}

/// An order of columns, and whether a row may lack some of them.
struct Order<'a> {
    keys: Vec<&'a str>,
    is_loose: bool,
}

/// More orders of columns than any program prints that does not shuffle them.
const ORDERS_MAX: usize = 6;

/// The orders in which rows have their columns: one, if all rows agree on it.
fn orders<'a>(rows: &'a [Row<'_>], needed: &BTreeSet<&str>) -> Vec<Order<'a>> {
    let mut seen: Vec<(Vec<&str>, usize)> = Vec::new();
    for row in rows {
        let keys: Vec<&str> = row.fields.iter().map(|field| field.key).filter(|key| needed.contains(key)).collect();
        match seen.iter_mut().find(|(known, _)| *known == keys) {
            Some((_, count)) => *count += 1,
            None => seen.push((keys, 1)),
        }
    }
    seen.sort_by_key(|(_, count)| usize::MAX - count);
    let mut common: Vec<&str> = Vec::new();
    for (keys, _) in &seen {
        let mut at = 0;
        for key in keys {
            match common.iter().position(|known| known == key) {
                Some(place) => at = place + 1,
                None => {
                    common.insert(at, key);
                    at += 1;
                }
            }
        }
    }
    let is_in_order = |keys: &[&str]| {
        let places = keys.iter().map(|key| common.iter().position(|known| known == key));
        places.is_sorted_by(|before, after| before < after)
    };
    if seen.iter().all(|(keys, _)| is_in_order(keys)) {
        return vec![Order { keys: common, is_loose: true }];
    }
    seen.into_iter().take(ORDERS_MAX).map(|(keys, _)| Order { keys, is_loose: false }).collect()
}

struct Builder<'a> {
    notation: &'a Notation,
    meaning: &'a Meaning,
    columns: &'a BTreeMap<&'a str, Column>,
    rows: &'a [Row<'a>],
    /// The part of the route whose words and peers are meant.
    part: Option<&'a Part>,
}

impl Builder<'_> {
    fn pattern(&self, order: &Order<'_>) -> String {
        match self.notation {
            Notation::Table { separator, header } => self.table(*separator, header),
            Notation::Json => self.named(order, "^ *\\{", |key| format!("\"{key}\": *")),
            Notation::Pairs => {
                let start = self.meaning.lead.as_ref().map_or("^".to_owned(), Lead::pattern);
                self.named(order, &start, |key| format!("\\b{key}="))
            }
        }
    }

    fn group(&self, key: &str) -> Option<Group> {
        self.meaning.group(key).or_else(|| self.part.filter(|part| part.peers == key).map(|_| Group::Peer))
    }

    /// Columns with their names before them, and anything between them.
    fn named(&self, order: &Order<'_>, start: &str, name: impl Fn(&str) -> String) -> String {
        let mut pattern = start.to_owned();
        for key in &order.keys {
            let (group, Some(column)) = (self.group(key), self.columns.get(key)) else { continue };
            if group.is_none() && self.meaning.has(key) {
                // The peers of the other direction.
                continue;
            }
            let piece = format!(".*?{}{}", name(&regex::escape(key)), self.value(group, column));
            let may_lack = order.is_loose && column.rows < self.rows.len() && group != Some(Group::Clock);
            pattern += &if may_lack { format!("(?:{piece})?") } else { piece };
        }
        pattern
    }

    /// All columns of a table up to the last that means something.
    fn table(&self, separator: char, header: &[String]) -> String {
        let has_blanks = self.rows.iter().any(|row| row.line.contains(&format!("{separator} ")));
        let sign = if separator == '\t' { "\\t".to_owned() } else { regex::escape(&separator.to_string()) };
        let between = if has_blanks && separator != '\t' { format!(" *{sign} *") } else { sign };
        let other = format!("[^{separator}]*").replace('\t', "\\t");
        let has_quotes = self.rows.iter().any(|row| row.line.contains('"'));
        let other = if has_quotes { format!("(?:\"(?:[^\"]|\"\")*\"|{other})") } else { other };
        let mut pattern = "^".to_owned();
        let mut skipped = 0;
        let last = header.iter().rposition(|key| self.group(key).is_some()).unwrap_or(0);
        for (place, key) in header.iter().enumerate().take(last + 1) {
            let Some((group, column)) = self.group(key).zip(self.columns.get(key.as_str())) else {
                skipped += 1;
                continue;
            };
            pattern += &match skipped {
                0 => String::new(),
                1 => format!("{other}{between}"),
                _ => format!("(?:{other}{between}){{{skipped}}}"),
            };
            skipped = 0;
            pattern += &self.value(Some(group), column);
            let is_end = place + 1 == header.len();
            pattern += if is_end { "$" } else { &between };
        }
        pattern
    }

    /// The value of a column in all of its forms.
    fn value(&self, group: Option<Group>, column: &Column) -> String {
        let forms = column.forms.iter().map(|form| self.form(group, column, *form));
        // The forms that begin with a sign of their own come first.
        let forms: Vec<String> = forms.rev().collect();
        if let [one] = &forms[..] { one.clone() } else { format!("(?:{})", forms.join("|")) }
    }

    fn form(&self, group: Option<Group>, column: &Column, form: Form) -> String {
        let is_table = matches!(self.notation, Notation::Table { .. });
        let class = match (self.notation, form) {
            (_, Form::Quoted) => "[^\"]".to_owned(),
            (Notation::Json, _) => "[^,}\\s]".to_owned(),
            (Notation::Table { separator: '\t', .. }, _) => "[^\\t]".to_owned(),
            (Notation::Table { separator, .. }, _) => format!("[^{separator}]"),
            (Notation::Pairs, _) => "[^\\s,;)\\]}]".to_owned(),
        };
        let open = group.map_or("(?:".to_owned(), |group| format!("(?<{}>", group.name()));
        let words = self.part.filter(|_| group == Some(Group::Event)).map(|part| &part.words);
        let simple = match words {
            Some(words) => words.iter().map(|word| regex::escape(word)).collect::<Vec<_>>().join("|"),
            None if !column.has_other_than_digits => "\\d+".to_owned(),
            // Not the header.
            None if is_table && group == Some(Group::Clock) => format!("{class}*\\d{class}*"),
            None => format!("{class}+"),
        };
        let nothings: Vec<String> = column
            .nothings
            .iter()
            .filter(|nothing| !nothing.is_empty())
            .map(|nothing| regex::escape(nothing))
            .collect();
        let with_nothings = |value: String| {
            let value = if nothings.is_empty() { value } else { format!("(?:{}|{value})", nothings.join("|")) };
            if column.nothings.contains("") { format!("{value}?") } else { value }
        };
        match form {
            Form::Bare => with_nothings(format!("{open}{simple})")),
            Form::Quoted => format!("\"{}\"", with_nothings(format!("{open}{simple})"))),
            Form::Escaped if is_table => format!("\"{open}(?:[^\"]|\"\")*)\""),
            Form::Escaped => format!("\"{open}(?:[^\"\\\\]|\\\\.)*)\""),
            Form::Brackets(bracket) => {
                let (left, right) = match bracket {
                    '[' => ("\\[", "\\]"),
                    '(' => ("\\(", "\\)"),
                    _ => ("\\{", "\\}"),
                };
                let word = if *self.notation == Notation::Pairs { "[\\w%]*" } else { "" };
                format!("{open}{word}{left}[^{right}]*{right})")
            }
            Form::Nested if *self.notation == Notation::Pairs => format!("{open}[\\w%]*[\\[({{][^=]*[\\])}}])"),
            Form::Nested => format!("{open}[\\[{{](?:[^\\[\\]{{}}]|[\\[{{][^\\[\\]{{}}]*[\\]}}])*[\\]}}])"),
            Form::Null => "null".to_owned(),
        }
    }
}
