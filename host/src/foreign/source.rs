//! A file's text.
use std::{fs, path::Path, sync::Arc};

use super::run::FileLine;
use crate::failure::Failure;

/// A file's text.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file, as it was named.
    pub file: Arc<str>,
    /// The path without the extension, to tell machines by.
    pub(super) stem: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, or is empty.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let bytes = fs::read(path).map_err(|error| Failure::usage(format!("{shown}: cannot read: {error}")))?;
        if bytes.is_empty() {
            return Err(Failure::usage(format!("{shown}:1: the file is empty")));
        }
        let stem = path.with_extension("").to_string_lossy().into_owned();
        Ok(Self { stem, ..Self::of(&shown.to_string(), &String::from_utf8_lossy(&bytes)) })
    }

    /// A file of this name and text.
    pub fn of(name: &str, text: &str) -> Self {
        Self { file: name.into(), stem: name.to_owned(), text: text.to_owned() }
    }

    /// The first line, for a person to compare a pattern with.
    pub(super) fn first_line(&self) -> String {
        self.text.lines().next().unwrap_or_default().chars().take(200).collect()
    }

    /// A line of it.
    pub(super) fn at(&self, line: u64) -> FileLine {
        FileLine { file: Arc::clone(&self.file), line }
    }

    /// The number of a last line that lacks its end, if earlier lines have one.
    pub(super) fn torn(&self) -> Option<u64> {
        let lines = self.text.matches('\n').count() as u64;
        (lines > 0 && !self.text.ends_with('\n')).then_some(lines + 1)
    }
}
