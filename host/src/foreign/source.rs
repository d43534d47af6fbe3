//! Files as they come, as text: compressed or not, in the encodings and with the ends of lines that systems write.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use flate2::read::MultiGzDecoder;

use super::run::FileLine;
use crate::failure::Failure;

/// A file's text.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file, as it was named.
    pub file: Arc<str>,
    /// The path without the extension of its format, for the names of machines.
    pub(super) stem: String,
    /// The text, with a line feed at the end of a line and nothing else.
    pub text: String,
}

/// The path that means standard input.
const STANDARD_INPUT: &str = "-";
const STANDARD_INPUT_NAME: &str = "standard input";

impl Source {
    /// The longest text that is read: some twenty million events, which take several times as much memory. Without a limit,
    /// an endless standard input, or 2 MB of zeros compressed a thousand times over, would take all memory there is.
    pub const LENGTH_MAX: u64 = 2 << 30;

    /// Reads files of one command, of which one may be standard input.
    ///
    /// # Errors
    /// If one cannot be read, is empty or no text, or standard input is named twice.
    pub fn read_all(files: &[PathBuf]) -> Result<Vec<Self>, Failure> {
        if files.iter().filter(|file| is_standard_input(file)).count() > 1 {
            return Err(Failure::usage("standard input (`-`) can be read once only: name `-` once"));
        }
        files.iter().map(|file| Self::read(file)).collect()
    }

    /// Reads a file, or standard input if the path is `-`.
    ///
    /// # Errors
    /// If it cannot be read, is empty or no text.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        if is_standard_input(path) {
            return Self::from_reader(STANDARD_INPUT_NAME, io::stdin().lock(), Self::LENGTH_MAX);
        }
        let shown = path.display().to_string();
        let file = File::open(path).map_err(|error| Failure::usage(format!("{shown}: cannot open: {error}")))?;
        Self::from_reader(&shown, file, Self::LENGTH_MAX)
    }

    /// Reads a text of at most `length_max` bytes, packed or not.
    ///
    /// # Errors
    /// If it cannot be read, is empty, too long or no text.
    pub fn from_reader(name: &str, reader: impl Read, length_max: u64) -> Result<Self, Failure> {
        let failure = |reason: &str| Failure::usage(format!("{name}: {reason}"));
        let cannot_read = |error: io::Error| failure(&format!("cannot read: {error}"));
        let too_long =
            || failure(&format!("longer than {length_max} bytes: give a part of it, as `head -c {length_max}` does"));
        let mut bytes = read_up_to(reader, length_max).map_err(cannot_read)?.ok_or_else(too_long)?;
        if bytes.starts_with(&GZIP) {
            let unpacked = read_up_to(MultiGzDecoder::new(&bytes[..]), length_max);
            bytes = unpacked.map_err(|error| failure(&torn_archive(&error)))?.ok_or_else(too_long)?;
        }
        if let Some((_, tool)) = ARCHIVES.iter().find(|(magic, _)| bytes.starts_with(magic)) {
            return Err(failure(&format!("packed in a way that is not understood: unpack it with `{tool}`")));
        }
        let text = with_line_feeds(decoded(bytes));
        if text.is_empty() {
            return Err(Failure::usage(format!("{name}:1: it is empty: give a file with events")));
        }
        Ok(Self { file: name.into(), stem: stem(name), text })
    }

    /// A file of this name and text.
    pub fn of(name: &str, text: &str) -> Self {
        Self { file: name.into(), stem: stem(name), text: text.to_owned() }
    }

    /// The first line, for a person to compare a pattern with.
    pub(super) fn first_line(&self) -> String {
        self.text.lines().next().unwrap_or_default().chars().take(200).collect()
    }

    /// A line of it.
    pub(super) fn at(&self, line: u64) -> FileLine {
        FileLine { file: Arc::clone(&self.file), line }
    }
}

/// A path without the extension of its format. A number at the end stays: it is that of a rotated log's part.
fn stem(path: &str) -> String {
    let unpacked = path.strip_suffix(".gz").unwrap_or(path);
    let is_format = |end: &str| end.bytes().all(|byte| byte.is_ascii_alphanumeric()) && end.parse::<u64>().is_err();
    match unpacked.rsplit_once('.') {
        Some((stem, end)) if is_format(end) && !stem.is_empty() => stem.to_owned(),
        _ => unpacked.to_owned(),
    }
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == STANDARD_INPUT
}

/// Everything that comes, if that is no more than `length_max` bytes.
fn read_up_to(reader: impl Read, length_max: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let length = reader.take(length_max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((length as u64 <= length_max).then_some(bytes))
}

/// The first bytes of a file that gzip packed, by the one method that there is.
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// The first bytes of files that other programs packed, and the command that unpacks them.
const ARCHIVES: [(&[u8], &str); 4] =
    [(b"\x28\xb5\x2f\xfd", "zstd -d"), (b"\xfd7zXZ\0", "xz -d"), (b"BZh91AY&SY", "bzip2 -d"), (b"PK\x03\x04", "unzip")];

fn torn_archive(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        "its packed data end too early: save the readable part with `gzip -dc` and give that".to_owned()
    } else {
        format!("its packed data are damaged ({error}): save the readable part with `gzip -dc` and give that")
    }
}

/// Bytes as text: UTF-8, or UTF-16 as Windows shells write it, with a byte-order mark or without. Bytes that are neither
/// become the replacement character.
fn decoded(mut bytes: Vec<u8>) -> String {
    match (&bytes[..], wide(&bytes)) {
        ([0xef, 0xbb, 0xbf, ..], _) => {
            bytes.drain(..3);
        }
        ([0xff, 0xfe, rest @ ..], _) => return utf_16(rest, u16::from_le_bytes),
        ([0xfe, 0xff, rest @ ..], _) => return utf_16(rest, u16::from_be_bytes),
        (all, Some(Order::LittleEndian)) => return utf_16(all, u16::from_le_bytes),
        (all, Some(Order::BigEndian)) => return utf_16(all, u16::from_be_bytes),
        _ => {}
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[derive(Clone, Copy)]
enum Order {
    LittleEndian,
    BigEndian,
}

/// The order of the bytes of UTF-16 without a mark: of ASCII characters, every other byte is zero.
fn wide(bytes: &[u8]) -> Option<Order> {
    const SAMPLE: usize = 512;
    let (pairs, _) = bytes[..bytes.len().min(SAMPLE)].as_chunks::<2>();
    let share = |is_wide: fn(&&[u8; 2]) -> bool| pairs.iter().filter(is_wide).count() * 4 > pairs.len() * 3;
    if share(|[low, high]| *low != 0 && *high == 0) {
        Some(Order::LittleEndian)
    } else if share(|[high, low]| *low != 0 && *high == 0) {
        Some(Order::BigEndian)
    } else {
        None
    }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let characters = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)));
    let torn = (!rest.is_empty()).then_some(char::REPLACEMENT_CHARACTER);
    characters.map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).chain(torn).collect()
}

/// A line feed at the end of every line, in place of the carriage returns before it or instead of it. A carriage return
/// within a line of a file that has line feeds is left, so that lines are counted as other programs count them.
fn with_line_feeds(text: String) -> String {
    if memchr::memchr(b'\r', text.as_bytes()).is_none() {
        return text;
    }
    if memchr::memchr(b'\n', text.as_bytes()).is_none() {
        return text.replace('\r', "\n");
    }
    let mut lines = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(line) => {
                lines.push_str(line.trim_end_matches('\r'));
                lines.push('\n');
            }
            // Cut off between the two characters of an end, the line is whole.
            None if line.ends_with('\r') => {
                lines.push_str(line.trim_end_matches('\r'));
                lines.push('\n');
            }
            None => lines.push_str(line),
        }
    }
    lines
}
