//! Lines as fields, each with its name: of an object in JSON, of a table with a header, or of pairs `key=value`.

/// The notation of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Notation {
    /// `{"event": "send", "clock": 17}`.
    Json,
    /// `send,17`, below a line `event,clock`.
    Table { separator: char, header: Vec<String> },
    /// `event=send clock=17`.
    Pairs,
}

/// The form in which a value is printed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Form {
    Bare,
    /// In quotes; none are within it.
    Quoted,
    /// In quotes, with escaped or doubled quotes in it.
    Escaped,
    /// In brackets, which this character opens, with a word before them or without; none are within them.
    Brackets(char),
    /// In braces, with others in them.
    Nested,
    /// `null`.
    Null,
}

impl Form {
    /// Can a value hold others, with names of their own?
    pub(super) fn is_structure(self) -> bool {
        matches!(self, Self::Brackets(_) | Self::Nested | Self::Escaped)
    }
}

/// A line and its fields.
pub(super) struct Row<'a> {
    pub(super) line: &'a str,
    pub(super) fields: Vec<Field<'a>>,
}

/// A value, and the place of its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) key: &'a str,
    pub(super) form: Form,
    /// The text without quotes, but with brackets.
    pub(super) text: &'a str,
}

impl Field<'_> {
    /// Does it say that there is no value?
    pub(super) fn is_empty(&self) -> bool {
        const NOTHING: [&str; 9] = ["", "-", "null", "none", "nil", "n/a", "na", "[]", "nan"];
        self.form == Form::Null || NOTHING.iter().any(|nothing| self.text.trim().eq_ignore_ascii_case(nothing))
    }
}

impl Notation {
    /// The fields of a line; `None` if it is not of this notation.
    pub(super) fn fields<'a>(&'a self, line: &'a str) -> Option<Vec<Field<'a>>> {
        match self {
            Self::Json => json(line),
            Self::Table { separator, header } => {
                let cells = cells(line, *separator)?;
                let is_row =
                    cells.len() == header.len() && cells.iter().zip(header).any(|((_, cell), name)| cell != name);
                let fields = header.iter().zip(cells).map(|(key, (form, text))| Field { key, form, text });
                is_row.then(|| fields.collect())
            }
            Self::Pairs => Some(pairs(line)).filter(|fields| !fields.is_empty()),
        }
    }
}

/// The table that a text is, if its first line is a header.
pub(super) fn table(text: &str) -> Option<Notation> {
    let first = super::lines(text).next()?;
    let separator = [',', '\t', ';', '|'].into_iter().max_by_key(|separator| first.matches(*separator).count())?;
    let header: Vec<String> = cells(first, separator)?.into_iter().map(|(_, name)| name.to_owned()).collect();
    let is_name = |name: &String| {
        name.starts_with(|first: char| first.is_alphabetic() || "_#@".contains(first)) && name.len() < 40
    };
    let is_header = header.len() > 1 && header.iter().all(is_name);
    is_header.then_some(Notation::Table { separator, header })
}

/// The cells of a row, without the blanks around them.
fn cells(line: &str, separator: char) -> Option<Vec<(Form, &str)>> {
    let mut cells = Vec::new();
    let mut rest = line.trim_end_matches('\r');
    loop {
        let start = rest.trim_start_matches(' ');
        let (cell, after) = if let Some(inside) = start.strip_prefix('"') {
            let end = end_of_quoted(inside, true)?;
            let form = if inside[..end].contains('"') { Form::Escaped } else { Form::Quoted };
            ((form, &inside[..end]), inside[end + 1..].trim_start_matches(' '))
        } else {
            let end = rest.find(separator).unwrap_or(rest.len());
            ((Form::Bare, rest[..end].trim()), &rest[end..])
        };
        cells.push(cell);
        match after.strip_prefix(separator) {
            Some(next) => rest = next,
            None => return after.is_empty().then_some(cells),
        }
    }
}

/// The end of a quoted text, after its first quotation mark.
fn end_of_quoted(inside: &str, is_doubled: bool) -> Option<usize> {
    let bytes = inside.as_bytes();
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'\\' if !is_doubled => at += 2,
            b'"' if is_doubled && bytes.get(at + 1) == Some(&b'"') => at += 2,
            b'"' => return Some(at),
            _ => at += 1,
        }
    }
}

/// The members of an object on a line, which may be one of a list.
fn json(line: &str) -> Option<Vec<Field<'_>>> {
    let mut rest = line.trim().trim_end_matches(',').strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let key_text = rest.strip_prefix('"')?;
        let end = end_of_quoted(key_text, false)?;
        let (key, after) = (&key_text[..end], key_text[end + 1..].trim_start().strip_prefix(':')?.trim_start());
        let (form, text, length) = json_value(after)?;
        fields.push(Field { key, form, text });
        rest = after[length..].trim_start();
        if !rest.is_empty() {
            rest = rest.strip_prefix(',')?.trim_start();
        }
    }
    Some(fields)
}

/// The value at the start of a text, and the number of its bytes.
fn json_value(text: &str) -> Option<(Form, &str, usize)> {
    if let Some(inside) = text.strip_prefix('"') {
        let end = end_of_quoted(inside, false)?;
        let form = if inside[..end].contains('\\') { Form::Escaped } else { Form::Quoted };
        return Some((form, &inside[..end], end + 2));
    }
    if let Some(open) = text.chars().next().filter(|open| matches!(open, '[' | '{')) {
        let (length, depth) = brackets(text)?;
        let form = if depth > 1 { Form::Nested } else { Form::Brackets(open) };
        return Some((form, &text[..length], length));
    }
    let length = text.find([',', '}', ']', ' ']).unwrap_or(text.len());
    let value = &text[..length];
    let form = if value == "null" { Form::Null } else { Form::Bare };
    (!value.is_empty()).then_some((form, value, length))
}

/// The length of a text in brackets up to the one that closes the first, and how deeply they are nested.
fn brackets(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut depth, mut deepest, mut at) = (0_usize, 0, 0);
    loop {
        match bytes.get(at)? {
            b'"' => at += 1 + end_of_quoted(text.get(at + 1..)?, false)?,
            b'[' | b'{' | b'(' => depth += 1,
            b']' | b'}' | b')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += 1;
        deepest = deepest.max(depth);
        if depth == 0 {
            return Some((at, deepest));
        }
    }
}

/// The pairs `key=value` of a line.
fn pairs(line: &str) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    let mut from = 0;
    while let Some(sign) = line[from..].find('=').map(|at| from + at) {
        from = sign + 1;
        let is_key = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
        let start = line[..sign].char_indices().rev().take_while(|(_, character)| is_key(*character)).last();
        let key = start.map_or("", |(start, _)| &line[start..sign]);
        if !key.starts_with(|first: char| first.is_ascii_alphabetic()) {
            continue;
        }
        let value = &line[sign + 1..];
        let word = value.len()
            - value.trim_start_matches(|character: char| character.is_ascii_alphanumeric() || character == '%').len();
        let (form, text, length) = if let Some(inside) = value.strip_prefix('"') {
            let Some(end) = end_of_quoted(inside, false) else { continue };
            let form = if inside[..end].contains('\\') { Form::Escaped } else { Form::Quoted };
            (form, &inside[..end], end + 2)
        } else if let Some(open) = value[word..].chars().next().filter(|open| matches!(open, '[' | '{' | '(')) {
            let Some((length, depth)) = brackets(&value[word..]) else { continue };
            let form = if depth > 1 { Form::Nested } else { Form::Brackets(open) };
            (form, &value[..word + length], word + length)
        } else {
            let length = value.find([' ', '\t', ',', ';', ')', ']', '}']).unwrap_or(value.len());
            (Form::Bare, &value[..length], length)
        };
        fields.push(Field { key, form, text });
        from += length;
    }
    fields
}
