//! Times as numbers: UNIX time in a unit that its size tells, or a count.

use super::{Moment, Time};

/// The unit of times that are numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum TimeUnit {
    /// Seconds.
    S,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
    /// Nanoseconds.
    Ns,
}

impl TimeUnit {
    const ALL: [Self; 4] = [Self::S, Self::Ms, Self::Us, Self::Ns];

    /// Its nanoseconds.
    pub fn ns(self) -> i64 {
        match self {
            Self::S => 1_000_000_000,
            Self::Ms => 1_000_000,
            Self::Us => 1_000,
            Self::Ns => 1,
        }
    }
}

/// UNIX times that are told by their size: from September 2001 to February 2103. A number of another size is a count.
const EPOCH_NS: std::ops::Range<i128> = 1_000_000_000_000_000_000..4_200_000_000_000_000_000;

/// A number as a time; `None` if it is no number.
pub(super) fn parse(text: &str, unit: Option<TimeUnit>) -> Option<Time> {
    let decimal = Decimal::parse(text)?;
    let in_unit = |unit: TimeUnit| decimal.billionths / i128::from(1_000_000_000 / unit.ns());
    let is_epoch = |ns: i128| EPOCH_NS.contains(&ns);
    let unit = unit.or_else(|| TimeUnit::ALL.into_iter().find(|unit| is_epoch(in_unit(*unit))));
    let step = 1_000_000_000 / 10_u64.pow(decimal.decimals.min(9));
    let Some(unit) = unit else {
        let value = decimal.billionths as f64 / 1e9;
        return Some(Time { moment: Moment::Count { value }, step_ns: step });
    };
    let ns = i64::try_from(in_unit(unit)).ok()?;
    let moment = if is_epoch(ns.into()) { Moment::Epoch { ns } } else { Moment::Since { ns } };
    let step_ns = (step * unit.ns().unsigned_abs() / 1_000_000_000).max(1);
    Some(Time { moment, step_ns })
}

/// A decimal number, exact to a billionth.
struct Decimal {
    billionths: i128,
    /// How many digits after the point are printed.
    decimals: u32,
}

/// More digits than any time has.
const DIGITS_MAX: usize = 24;

impl Decimal {
    /// Reads `1678239498.147712`, `-3`, `1.678239498147712e+09`.
    fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (is_negative, number) = match number.strip_prefix('-') {
            Some(number) => (true, number),
            None => (false, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || whole.len() + fraction.len() > DIGITS_MAX || !(-DIGITS..=DIGITS).contains(&exponent) {
            return None;
        }
        let digits = whole.bytes().chain(fraction.bytes()).try_fold(0_i128, |number, byte| {
            let digit = byte.wrapping_sub(b'0');
            (digit < 10).then(|| number * 10 + i128::from(digit))
        })?;
        let decimals = i32::try_from(fraction.len()).ok()? - exponent;
        let shift = 9 - decimals;
        let power = 10_i128.checked_pow(shift.unsigned_abs())?;
        let billionths = if shift < 0 { digits / power } else { digits.checked_mul(power)? };
        let decimals = decimals.max(0).unsigned_abs();
        Some(Self { billionths: if is_negative { -billionths } else { billionths }, decimals })
    }
}

/// Powers of ten that a time's exponent may have.
const DIGITS: i32 = 20;
