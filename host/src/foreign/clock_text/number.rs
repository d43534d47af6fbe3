//! Whole numbers as programs print them.

use super::Wrong;

/// Endings that languages print for the type of a number.
const SUFFIXES: [&str; 20] = [
    "L", "l", "LL", "U", "u", "UL", "ul", "ULL", "n", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32",
    "i64", "isize",
];

/// The number, if the text is digits and nothing else, and fits.
pub(super) fn plain(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.bytes().try_fold(0_u64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| number.checked_mul(10)?.checked_add(u64::from(digit)))?
    })
}

/// Several numbers with commas between them, in brackets or parentheses or without, as most programs print a list. Anything
/// else is left to the grammar.
pub(super) fn plain_list(text: &str) -> Option<Vec<u64>> {
    let brackets = [('[', ']'), ('(', ')')];
    let in_brackets = brackets.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
    let parts = in_brackets.unwrap_or(text).split(',').map(str::trim);
    if in_brackets.is_none() && parts.clone().any(is_padded) {
        return None;
    }
    let numbers = parts.map(plain).collect::<Option<Vec<u64>>>()?;
    (numbers.len() > 1).then_some(numbers)
}

/// Zeros before a number in a list without brackets: the groups of `1,000`, or the parts of a date.
pub(super) fn is_padded(word: &str) -> bool {
    word.len() > 1 && word.starts_with('0') && plain(word).is_some()
}

/// A whole number in any of its printed forms; `None` if the text is no number at all.
pub(super) fn parse(text: &str) -> Option<Result<u64, Wrong>> {
    if let Some(number) = plain(text) {
        return Some(Ok(number));
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let hexadecimal = unsigned.strip_prefix("0x").filter(|digits| is_all(digits, |digit| digit.is_ascii_hexdigit()));
    let number = if let Some(digits) = hexadecimal {
        u64::from_str_radix(digits, 16).map_err(|_| Wrong::TooLarge)
    } else {
        let end = unsigned.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(unsigned.len());
        let (digits, rest) = unsigned.split_at(end);
        if digits.is_empty() {
            return None;
        }
        let fraction = rest.strip_prefix('.').filter(|fraction| fraction.bytes().all(|byte| byte.is_ascii_digit()));
        match fraction {
            Some(fraction) if fraction.bytes().any(|byte| byte != b'0') => Err(Wrong::Fraction),
            None if !rest.is_empty() && !SUFFIXES.contains(&rest.trim_start_matches('_')) => return None,
            _ => digits.parse().map_err(|_| Wrong::TooLarge),
        }
    };
    Some(if text.starts_with('-') { Err(Wrong::Negative) } else { number })
}

/// Is every character of a text, which is not empty, like this?
pub(super) fn is_all(text: &str, is_right: fn(&u8) -> bool) -> bool {
    !text.is_empty() && text.as_bytes().iter().all(is_right)
}
