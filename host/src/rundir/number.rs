//! Numbers as text: most of a log.

use std::ops::Range;

pub(super) fn write_u64(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// The last number of a column in which numbers repeat, and the place of its text.
#[derive(Debug, Default)]
pub(super) struct Repeating {
    last: Option<u64>,
    place: Range<usize>,
}

impl Repeating {
    /// As [`write_u64`], for less if it is the number before, whose text is still in `out`.
    #[inline]
    pub(super) fn write(&mut self, number: u64, out: &mut Vec<u8>) {
        if self.last == Some(number) && self.place.end <= out.len() {
            return out.extend_from_within(self.place.clone());
        }
        let start = out.len();
        write_u64(number, out);
        (self.last, self.place) = (Some(number), start..out.len());
    }
}

/// Digits only, at least one, and no more than fit.
pub(super) fn parse_u64(text: &[u8]) -> Option<u64> {
    leading_u64(text).filter(|(_, length)| *length == text.len()).map(|(number, _)| number)
}

/// The number at the start of a text, and how many digits it has; `None` without a digit or if it does not fit.
#[inline]
pub(super) fn leading_u64(text: &[u8]) -> Option<(u64, usize)> {
    /// So many digits always fit.
    const SAFE: usize = 19;
    let mut number = 0_u64;
    let mut length = 0;
    // Logs are mostly digits, and reading them is mostly this: eight at a time where there are eight bytes.
    while let Some(chunk) = text.get(length..).and_then(<[u8]>::first_chunk) {
        let (value, digits) = leading_of_eight(*chunk);
        let scale = POWERS_OF_TEN[digits];
        number = if length + digits <= SAFE {
            number * scale + value
        } else {
            number.checked_mul(scale)?.checked_add(value)?
        };
        length += digits;
        if digits < 8 {
            return (length > 0).then_some((number, length));
        }
    }
    while let Some(digit) = text.get(length).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit <= 9) {
        number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
        length += 1;
    }
    (length > 0).then_some((number, length))
}

const POWERS_OF_TEN: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// The number that the digits at the start of eight bytes make, and how many there are. All eight are treated at
/// once, as the bytes of one word (Lemire 2018, "Quickly parsing eight digits").
#[inline]
fn leading_of_eight(bytes: [u8; 8]) -> (u64, usize) {
    const LOW_OF_PAIRS: u64 = 0x0000_00FF_0000_00FF;
    let word = u64::from_le_bytes(bytes) ^ u64::from_le_bytes([b'0'; 8]);
    // The high bit of every byte that is no digit, and maybe of some after the first of these.
    let others = (word.wrapping_add(u64::from_le_bytes([0x76; 8])) | word) & u64::from_le_bytes([0x80; 8]);
    let digits = (others.trailing_zeros() / 8) as usize;
    if digits == 0 {
        return (0, 0);
    }
    // Zeros in front, then pairs, then fours, then all.
    let word = word << (64 - 8 * digits);
    let pairs = word.wrapping_mul(10).wrapping_add(word >> 8);
    let upper = (pairs & LOW_OF_PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let lower = ((pairs >> 16) & LOW_OF_PAIRS).wrapping_mul(1 + (10_000 << 32));
    (upper.wrapping_add(lower) >> 32, digits)
}

#[cfg(test)]
mod tests {
    use super::parse_u64;

    /// The same, digit by digit.
    fn by_digits(text: &[u8]) -> Option<u64> {
        let digits = text.iter().map(|byte| char::from(*byte).to_digit(10));
        let number = digits.into_iter().try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(digit?.into()));
        number.filter(|_| !text.is_empty())
    }

    #[test]
    fn numbers_of_every_length_are_read() {
        for number in
            (0..64).flat_map(|bits| [1_u64 << bits, (1 << bits) - 1, u64::MAX >> bits, 0x0123_4567_89AB >> bits])
        {
            let text = number.to_string();
            assert_eq!(parse_u64(text.as_bytes()), Some(number));
            assert_eq!(parse_u64(format!("000{text}").as_bytes()), Some(number));
        }
        for text in
            ["18446744073709551615", "18446744073709551616", "99999999999999999999", "184467440737095516150", ""]
        {
            assert_eq!(parse_u64(text.as_bytes()), by_digits(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn every_byte_that_is_no_digit_is_noticed_wherever_it_stands() {
        let digits = b"12345678901234567";
        for length in 1..digits.len() {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut text = digits[..length].to_vec();
                    text[place] = byte;
                    assert_eq!(parse_u64(&text), by_digits(&text), "{text:?}");
                }
            }
        }
    }
}
