//! Numbers as text, eight digits at a time.
//!
//! Rows are mostly digits, and at full speed making them is most of the work of a machine: a general formatter and a
//! copy of what it made take twice as long.

/// So many numbers have at most eight digits.
const EIGHT_DIGITS: u64 = 100_000_000;

/// Appends a number in decimal.
#[inline]
pub(super) fn write_u64(number: u64, out: &mut Vec<u8>) {
    if number < EIGHT_DIGITS {
        return write_short(number, out);
    }
    let (first, last) = (number / EIGHT_DIGITS, number % EIGHT_DIGITS);
    if first < EIGHT_DIGITS {
        write_short(first, out);
    } else {
        write_short(first / EIGHT_DIGITS, out);
        out.extend_from_slice(&text(eight_digits(first % EIGHT_DIGITS)));
    }
    out.extend_from_slice(&text(eight_digits(last)));
}

/// A number of at most eight digits, without leading zeros.
#[inline]
fn write_short(number: u64, out: &mut Vec<u8>) {
    let digits = eight_digits(number);
    let zeros = (digits.trailing_zeros() / 8).min(7) as usize;
    // All eight, of a length that the compiler knows, and then as many away as there are too many.
    out.extend_from_slice(&text(digits >> (8 * zeros)));
    out.truncate(out.len() - zeros);
}

fn text(digits: u64) -> [u8; 8] {
    (digits | u64::from_ne_bytes([b'0'; 8])).to_le_bytes()
}

/// The eight digits of a number below 10⁸, the first in the lowest byte: halves the number into four digits each, those
/// into two, and those into one, all lanes of a word at once.
#[inline]
fn eight_digits(number: u64) -> u64 {
    let fours = (number / 10_000) | ((number % 10_000) << 32);
    // × 10486 / 2²⁰ is / 100 for all numbers below 10⁴; × 103 / 2¹⁰ is / 10 for all below 100.
    let hundreds = (fours * 10_486) >> 20 & 0x0000_007F_0000_007F;
    let twos = hundreds | (fours - hundreds * 100) << 16;
    let tens = (twos * 103) >> 10 & 0x000F_000F_000F_000F;
    tens | (twos - tens * 10) << 8
}

#[cfg(test)]
mod tests {
    use super::write_u64;

    fn text(number: u64) -> String {
        let mut out = b"before ".to_vec();
        write_u64(number, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_read_as_everybody_writes_them() {
        let powers = (0..20).map(|exponent| 10_u64.pow(exponent));
        let edges = powers.flat_map(|power| [power - 1, power, power + 1, power.saturating_mul(9)]);
        let spread = (0..100_000).map(|count: u64| count.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (count % 64));
        for number in edges.chain(0..20_000).chain(spread).chain([u64::MAX]) {
            assert_eq!(text(number), format!("before {number}"));
        }
    }
}
