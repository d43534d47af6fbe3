//! Templates of rows: the line that a row gives, and the pattern that reads it.

use super::layouts::{FIELDS, Layout, Texts};

/// A part of a template.
pub(crate) enum Piece {
    /// Text.
    Literal(String),
    /// A field, empty in rows without a value.
    Field(usize),
    /// A column of a table: the field and the separator after it, both left out if no row has a value.
    Column(usize, char),
    /// A column of ones and zeros for a kind.
    Kind(&'static str),
    /// A word for the kind of event, written `~word~` in a template.
    Word(String),
    /// Left out if a field in it has no value.
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
