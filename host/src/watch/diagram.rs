//! A line of the space-time diagram: one event, with the message it receives drawn across.

use clockring::{event::EventKind, ring::MachineId};

use super::history::Seen;

/// The columns of the machines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    machines: usize,
    width: usize,
}

/// Room at the left for the time.
const LEFT: usize = 11;

impl Columns {
    pub(super) fn new(machines: usize, width: usize) -> Self {
        Self { machines, width: width.max(LEFT + 4 * machines) }
    }

    /// The place of a machine's line, in characters from the left.
    pub(super) fn of(&self, machine: MachineId) -> usize {
        LEFT + (self.width - LEFT) * (2 * machine.index() + 1) / (2 * self.machines)
    }

    /// The names above the lines.
    pub(super) fn names(&self, machines: impl Iterator<Item = MachineId>) -> String {
        let mut line = vec![' '; self.width];
        put(&mut line, 0, "   seconds");
        for machine in machines {
            put(&mut line, self.of(machine), machine.letter_str());
        }
        line.into_iter().collect()
    }

    /// The line of an event.
    pub(super) fn line(&self, seen: &Seen, seconds: f64, machines: impl Iterator<Item = MachineId>) -> String {
        let mut line = vec![' '; self.width];
        put(&mut line, 0, &format!("{seconds:10.3}"));
        for machine in machines {
            put(&mut line, self.of(machine), "│");
        }
        let at = self.of(seen.machine);
        match seen.kind {
            EventKind::Internal => {
                put(&mut line, at, "●");
                put(&mut line, at + 2, &seen.clock);
            }
            EventKind::Send { to } => {
                let to: String = to.into_iter().map(MachineId::letter_str).collect();
                put(&mut line, at, "▲");
                put(&mut line, at + 2, &format!("{}→{to}", seen.clock));
            }
            EventKind::Receive { from, .. } => self.receive(&mut line, self.of(from), at, &seen.clock),
        }
        line.into_iter().collect()
    }

    /// The message comes across from the sender's line; the timestamp stands where it does not.
    fn receive(&self, line: &mut [char], from: usize, at: usize, clock: &str) {
        let (low, high) = (from.min(at), from.max(at));
        for place in line.iter_mut().take(high).skip(low + 1) {
            *place = if *place == '│' { '┼' } else { '─' };
        }
        put(line, at, "■");
        if from < at {
            put(line, from, "├");
            put(line, at - 1, "▶");
            put(line, at + 2, clock);
        } else {
            put(line, from, "┤");
            put(line, at + 1, "◀");
            let width = clock.chars().count();
            put(line, at.saturating_sub(width + 1).max(LEFT), clock);
        }
    }
}

/// Writes a text into a line, as far as there is room.
fn put(line: &mut [char], at: usize, text: &str) {
    for (place, character) in line.iter_mut().skip(at).zip(text.chars()) {
        *place = character;
    }
}

#[cfg(test)]
mod tests {
    use clockring::ring::RingSize;

    use super::*;

    fn draw(machine: u8, kind: EventKind<()>) -> String {
        let ring = RingSize::new(3).unwrap();
        let machine = MachineId::from_letter(machine).unwrap();
        let seen = Seen { machine, tick: 4, time_ns: 0, kind, clock: "17".to_owned(), queue: 0 };
        Columns::new(3, 53).line(&seen, 1.25, ring.machines())
    }

    #[test]
    fn a_message_goes_from_line_to_line() {
        let ring = RingSize::new(3).unwrap();
        let machine = |letter| MachineId::from_letter(letter).unwrap();
        assert_eq!(
            Columns::new(3, 53).names(ring.machines()).trim_end(),
            "   seconds        A             B             C"
        );
        let from_c = draw(b'A', EventKind::Receive { from: machine(b'C'), stamp: () });
        assert_eq!(from_c.trim_end(), "     1.250     17 ■◀────────────┼─────────────┤");
        let from_a = draw(b'B', EventKind::Receive { from: machine(b'A'), stamp: () });
        assert_eq!(from_a.trim_end(), "     1.250        ├────────────▶■ 17          │");
        let send = draw(b'B', EventKind::Send { to: ring.others(machine(b'B')) });
        assert_eq!(send.trim_end(), "     1.250        │             ▲ 17→CA       │");
        assert_eq!(draw(b'C', EventKind::Internal).trim_end(), "     1.250        │             │             ● 17");
    }
}
