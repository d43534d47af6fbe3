//! Rates and tick deadlines, in integers and without drift.
//!
//! Nothing here reads a clock: a [`Schedule`] says when ticks are due after the start, and whoever owns a timer compares.

use core::{fmt, str::FromStr};

use rand_core::Rng;

use crate::moment::Elapsed;

/// Ticks per second: how fast a machine runs. Exact to a millionth of a tick per second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rate {
    /// Ticks in a million seconds.
    millionths: u64,
}

impl Rate {
    /// The slowest rate: a tick in 1,000 seconds. Slower is more likely a slip of the hand than an experiment.
    pub const MIN: Self = Self { millionths: 1_000 };
    /// The fastest rate that is paced, a million ticks a second: a tick per microsecond is where no operating system
    /// and no board of today keeps a deadline.
    pub const MAX: Self = Self { millionths: 1_000_000_000_000 };

    /// `ticks` per second; `None` outside [`Rate::MIN`] to [`Rate::MAX`].
    pub const fn per_second(ticks: u32) -> Option<Self> {
        Self::from_millionths(ticks as u64 * 1_000_000)
    }

    /// A rate in millionths of a tick per second; `None` outside [`Rate::MIN`] to [`Rate::MAX`].
    pub const fn from_millionths(millionths: u64) -> Option<Self> {
        if millionths >= Self::MIN.millionths && millionths <= Self::MAX.millionths {
            Some(Self { millionths })
        } else {
            None
        }
    }

    /// The rate in millionths of a tick per second.
    pub const fn millionths(self) -> u64 {
        self.millionths
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, mut fraction) = (self.millionths / 1_000_000, self.millionths % 1_000_000);
        write!(f, "{whole}")?;
        if fraction == 0 {
            return Ok(());
        }
        let mut digits = 6;
        while fraction % 10 == 0 {
            fraction /= 10;
            digits -= 1;
        }
        write!(f, ".{fraction:0digits$}")
    }
}

/// Why a text is not a [`Rate`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RateError {
    /// Not digits with at most one decimal point.
    NotANumber,
    /// More than six decimals.
    TooFine,
    /// Outside [`Rate::MIN`] to [`Rate::MAX`].
    OutOfRange,
}

impl fmt::Display for RateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber => f.write_str("a rate is a positive number of ticks per second, such as 3 or 0.5"),
            Self::TooFine => f.write_str("a rate has at most six decimals"),
            Self::OutOfRange => write!(f, "a rate is {} to {} ticks per second", Rate::MIN, Rate::MAX),
        }
    }
}

impl core::error::Error for RateError {}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
            return Err(RateError::NotANumber);
        }
        if fraction.len() > 6 {
            return Err(RateError::TooFine);
        }
        let digits = whole.bytes().chain(fraction.bytes()).chain(core::iter::repeat_n(b'0', 6 - fraction.len()));
        let mut millionths: u64 = 0;
        for digit in digits {
            millionths = millionths
                .checked_mul(10)
                .and_then(|sum| sum.checked_add(u64::from(digit - b'0')))
                .ok_or(RateError::OutOfRange)?;
        }
        Self::from_millionths(millionths).ok_or(RateError::OutOfRange)
    }
}

/// Where in its period a machine's first tick falls: a fraction in (0, 1], kept in parts of 2²⁰.
///
/// It matters: three machines at 3 ticks/s jump by 1.00 on average when aligned and by 1.13 when not, since messages
/// of aligned ticks cross.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Phase(u32);

impl Phase {
    const ONE: u32 = 1 << 20;

    /// The first tick falls one whole period after the start, as on every machine of equal rate.
    pub const ALIGNED: Self = Self(Self::ONE);

    /// A phase drawn uniformly from (0, 1].
    pub fn draw(chance: &mut impl Rng) -> Self {
        Self((chance.next_u32() >> 12) + 1)
    }

    /// The phase as a fraction of a period, for people.
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / f64::from(Self::ONE)
    }
}

/// When each tick of a machine is due: tick k at ⌊(k - 1 + φ) / rate⌋.
///
/// The remainder of the division is carried from tick to tick, so there is no drift: 6 ticks a second are exactly
/// 360 in 60 s and 21,600 in an hour.
///
/// ```
/// use clockring::time::{Phase, Rate, Schedule};
///
/// let mut schedule = Schedule::new(Rate::per_second(3).unwrap(), Phase::ALIGNED);
/// let due: [u64; 3] = core::array::from_fn(|_| {
///     let due = schedule.due();
///     schedule.advance();
///     due.ns()
/// });
/// assert_eq!(due, [333_333_333, 666_666_666, 1_000_000_000]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Schedule {
    due_ns: u64,
    /// The period is `period_ns + remainder / divisor` nanoseconds.
    period_ns: u64,
    remainder: u64,
    divisor: u64,
    /// What `due_ns` leaves out, in parts of `divisor`.
    carried: u64,
}

impl Schedule {
    /// The schedule of a machine that starts at time zero.
    pub const fn new(rate: Rate, phase: Phase) -> Self {
        /// Nanoseconds in a million seconds: the period of a rate of one millionth.
        const SCALE: u64 = 1_000_000_000 * 1_000_000;
        let divisor = rate.millionths;
        // SCALE * phase / 2^20, in two halves because the product does not fit 64 bits.
        let part = phase.0 as u64;
        let one = Phase::ONE as u64;
        let first = (SCALE / one) * part + (SCALE % one) * part / one;
        // A `Rate` is never zero; saying so here keeps the division free of a panic path.
        let (Some(due_ns), Some(carried)) = (first.checked_div(divisor), first.checked_rem(divisor)) else {
            return Self { due_ns: u64::MAX, period_ns: 0, remainder: 0, divisor: 1, carried: 0 };
        };
        Self { due_ns, period_ns: SCALE / divisor, remainder: SCALE % divisor, divisor, carried }
    }

    /// When the next tick is due.
    pub const fn due(&self) -> Elapsed {
        Elapsed::from_ns(self.due_ns)
    }

    /// That tick has been made; go on to the one after it.
    pub const fn advance(&mut self) {
        self.due_ns = self.due_ns.saturating_add(self.period_ns);
        self.carried += self.remainder;
        if self.carried >= self.divisor {
            self.carried -= self.divisor;
            self.due_ns = self.due_ns.saturating_add(1);
        }
    }
}
