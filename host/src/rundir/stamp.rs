//! Timestamps as text, as they stand in a log.

use clockring::{
    clock::{HybridStamp, LamportStamp, VectorStamp},
    message::Stamp,
    ring::RingSize,
};

use super::{
    manifest::StampJson,
    number::{parse_u64, write_u64},
};

/// A timestamp that can be written to a log and read back.
///
/// Lamport and hybrid timestamps are one number; a vector is its numbers in ring order with a space between.
pub trait StampText: Stamp {
    /// Appends the timestamp as text.
    fn write_text(&self, ring: RingSize, out: &mut Vec<u8>);

    /// Reads it back; `None` if the text is no timestamp of this kind for a ring of this size.
    fn parse_text(text: &[u8], ring: RingSize) -> Option<Self>;

    /// The timestamp as one number that rises along every chain of causes: a Lamport or hybrid timestamp itself, the
    /// number of events known for a vector. For drawing and sorting.
    fn height(&self) -> u64;

    /// Its numbers: one, or those of a vector in ring order.
    fn counts(&self, ring: RingSize) -> &[u64];

    /// The timestamp for people: as [`StampText::write_text`] has it, but a hybrid one as time and count.
    fn shown(&self, ring: RingSize) -> String {
        let mut text = Vec::new();
        self.write_text(ring, &mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    /// The timestamp as it stands in a manifest.
    fn to_json(&self, ring: RingSize) -> StampJson;

    /// Reads it back; `None` if it is no timestamp of this kind for a ring of this size.
    fn from_json(json: &StampJson, ring: RingSize) -> Option<Self>;
}

impl StampText for LamportStamp {
    fn write_text(&self, _ring: RingSize, out: &mut Vec<u8>) {
        write_u64(self.0, out);
    }

    fn parse_text(text: &[u8], _ring: RingSize) -> Option<Self> {
        parse_u64(text).map(Self)
    }

    fn height(&self) -> u64 {
        self.0
    }

    fn counts(&self, _ring: RingSize) -> &[u64] {
        std::slice::from_ref(&self.0)
    }

    fn to_json(&self, _ring: RingSize) -> StampJson {
        StampJson::Number(self.0)
    }

    fn from_json(json: &StampJson, _ring: RingSize) -> Option<Self> {
        match json {
            StampJson::Number(number) => Some(Self(*number)),
            StampJson::Counts(_) => None,
        }
    }
}

impl StampText for HybridStamp {
    fn write_text(&self, _ring: RingSize, out: &mut Vec<u8>) {
        write_u64(self.0, out);
    }

    fn shown(&self, _ring: RingSize) -> String {
        time_and_count(*self)
    }

    fn parse_text(text: &[u8], _ring: RingSize) -> Option<Self> {
        parse_u64(text).map(Self)
    }

    fn height(&self) -> u64 {
        self.0
    }

    fn counts(&self, _ring: RingSize) -> &[u64] {
        std::slice::from_ref(&self.0)
    }

    fn to_json(&self, _ring: RingSize) -> StampJson {
        StampJson::Number(self.0)
    }

    fn from_json(json: &StampJson, _ring: RingSize) -> Option<Self> {
        match json {
            StampJson::Number(number) => Some(Self(*number)),
            StampJson::Counts(_) => None,
        }
    }
}

impl<const N: usize> StampText for VectorStamp<N>
where
    Self: Stamp,
{
    fn write_text(&self, ring: RingSize, out: &mut Vec<u8>) {
        for (index, count) in self.0.iter().take(ring.get()).enumerate() {
            if index > 0 {
                out.push(b' ');
            }
            write_u64(*count, out);
        }
    }

    fn parse_text(text: &[u8], ring: RingSize) -> Option<Self> {
        let mut counts = [0; N];
        let mut parts = text.split(|byte| *byte == b' ');
        for count in counts.get_mut(..ring.get())? {
            *count = parse_u64(parts.next()?)?;
        }
        parts.next().is_none().then_some(Self(counts))
    }

    fn height(&self) -> u64 {
        self.0.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    fn counts(&self, ring: RingSize) -> &[u64] {
        self.0.get(..ring.get()).unwrap_or(&self.0)
    }

    fn to_json(&self, ring: RingSize) -> StampJson {
        StampJson::Counts(self.0.iter().take(ring.get()).copied().collect())
    }

    fn from_json(json: &StampJson, ring: RingSize) -> Option<Self> {
        let StampJson::Counts(given) = json else { return None };
        let mut counts = [0; N];
        counts.get_mut(..ring.get()).filter(|counts| counts.len() == given.len())?.copy_from_slice(given);
        Some(Self(counts))
    }
}

/// A hybrid timestamp for people: the time of day in UTC to a microsecond, and the count: `10:07:12.046123+3`.
pub fn time_and_count(stamp: HybridStamp) -> String {
    const DAY_US: u64 = 24 * 60 * 60 * 1_000_000;
    let us = stamp.time_ns() / 1000 % DAY_US;
    let (seconds, us) = (us / 1_000_000, us % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{us:06}+{}", stamp.count())
}
