//! Ends and bytes of files: torn lines, line ends, encodings.

use tests::naive_model::Chance;

use super::{
    files::File,
    styles::{Encoding, Style, pick},
};

/// Tears, ends and encodes the files.
pub(crate) fn finish(style: &Style, files: &mut [File], chance: &mut Chance) {
    for file in files.iter_mut() {
        if style.torn {
            tear(&mut file.text, file.rows.last().map_or(0, |row| row.lines.0), chance);
        } else if style.is_unended {
            file.text.pop();
        }
        if style.crlf {
            file.text = file.text.replace('\n', "\r\n");
        }
        let utf16 = || std::iter::once(0xfeff).chain(file.text.encode_utf16());
        file.bytes = match style.encoding {
            Encoding::Utf8 => None,
            Encoding::Bom => Some([b"\xef\xbb\xbf", file.text.as_bytes()].concat()),
            Encoding::Utf16Le => Some(utf16().flat_map(u16::to_le_bytes).collect()),
            Encoding::Utf16Be => Some(utf16().flat_map(u16::to_be_bytes).collect()),
            Encoding::Gzip => Some(gzip(file.text.as_bytes())),
        };
    }
}

/// Cuts the text somewhere in its last row, half of the time within a number.
fn tear(text: &mut String, line: u64, chance: &mut Chance) {
    let start = text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(str::len).sum::<usize>();
    let places: Vec<usize> =
        (start + 1..text.len().saturating_sub(1)).filter(|at| text.is_char_boundary(*at)).collect();
    let digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let within: Vec<usize> = places.iter().copied().filter(|at| digit(at - 1) && digit(*at)).collect();
    let among = if !within.is_empty() && chance.below(3) > 0 { within } else { places };
    if !among.is_empty() {
        text.truncate(pick(chance, &among));
    }
}

/// A gzip file (RFC 1952) that stores its content as it is.
fn gzip(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let blocks = content.chunks(u16::MAX.into()).count();
    for (index, block) in content.chunks(u16::MAX.into()).enumerate() {
        bytes.push(u8::from(index + 1 == blocks));
        let length = block.len() as u16;
        bytes.extend(length.to_le_bytes());
        bytes.extend((!length).to_le_bytes());
        bytes.extend(block);
    }
    let step = |sum: u32| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    let sum = content.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)));
    bytes.extend((!sum).to_le_bytes());
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes
}
