//! Layouts with named columns: JSON lines, tables with a header, and pairs.

use super::super::pattern::Group;
use super::{
    Layout, expression,
    fields::{Notation, Row, table},
    lines,
    meaning::Meaning,
};

/// Each layout with named columns, with the patterns that it equals for these samples; none if the samples are not of it.
pub(super) fn layouts(samples: &[String]) -> impl Iterator<Item = Layout> {
    let table = samples.first().and_then(|sample| table(sample));
    let layouts =
        [("JSON lines", Some(Notation::Json)), ("a table with a header", table), ("key=value", Some(Notation::Pairs))];
    layouts.into_iter().map(|(name, notation)| {
        let layout = notation.and_then(|notation| layout(name, &notation, samples));
        layout.unwrap_or_else(|| Layout::new(name, Vec::new()))
    })
}

fn layout(name: &'static str, notation: &Notation, samples: &[String]) -> Option<Layout> {
    let rows: Vec<Row<'_>> = samples
        .iter()
        .flat_map(|sample| lines(sample))
        .filter_map(|line| Some(Row { line, fields: notation.fields(line)? }))
        .collect();
    let meaning = Meaning::of(notation, &rows)?;
    let layout = Layout::new(name, expression::patterns(notation, &meaning, &rows));
    // It is taken if it finds in nearly every line the very fields that are there.
    let has_clock = |row: &&Row<'_>| row.fields.iter().any(|field| meaning.group(field.key) == Some(Group::Clock));
    let with_clock: Vec<&Row<'_>> = rows.iter().filter(has_clock).collect();
    let wrong = with_clock.iter().filter(|row| !layout.reads(row.line, &meaning.expected(row))).count();
    (wrong * 50 <= with_clock.len()).then_some(layout)
}
