//! Patterns as the `regex` crate reads them: whether a line is a row, and what its fields are.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use regex::{Regex, RegexBuilder};

use super::adapter::Ask;

thread_local! {
    static COMPILED: RefCell<HashMap<String, Rc<Regex>>> = RefCell::default();
}

/// A pattern, compiled once per thread.
pub(crate) fn compiled(pattern: &str) -> Rc<Regex> {
    COMPILED.with_borrow_mut(|compiled| {
        if let Some(regex) = compiled.get(pattern) {
            return Rc::clone(regex);
        }
        let regex = RegexBuilder::new(pattern).multi_line(true).build();
        let regex = Rc::new(regex.unwrap_or_else(|error| panic!("a pattern of the test: {error}")));
        compiled.insert(pattern.to_owned(), Rc::clone(&regex));
        regex
    })
}

/// Can the line be, or be a part of, a row?
pub(crate) fn is_row(ask: &Ask, line: &str) -> bool {
    // A row of two lines takes the line before its second.
    let is_of_two_lines = ask.shiviz || ask.patterns.iter().any(|pattern| pattern.contains("\\n"));
    is_of_two_lines || ask.patterns.iter().any(|pattern| compiled(pattern).is_match(line))
}
