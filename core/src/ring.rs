//! Who is in the ring, and in what order: machine names, the ring's size, and sets of destinations.

use core::fmt;

/// The name of a machine: its place in ring order, written as a letter (0 is `A`, 25 is `Z`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineId(u8);

impl MachineId {
    /// The machine at `index` in ring order, from 0; `None` from 26 on.
    pub const fn from_index(index: usize) -> Option<Self> {
        if index < RingSize::MAX { Some(Self(index as u8)) } else { None }
    }

    /// The machine called by this ASCII letter, `b'A'` to `b'Z'`.
    pub const fn from_letter(letter: u8) -> Option<Self> {
        match letter {
            b'A'..=b'Z' => Some(Self(letter - b'A')),
            _ => None,
        }
    }

    /// The place in ring order, 0 to 25.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The name as an ASCII letter, `b'A'` to `b'Z'`.
    pub const fn letter(self) -> u8 {
        b'A' + self.0
    }

    /// The name as text, `"A"` to `"Z"`.
    pub fn letter_str(self) -> &'static str {
        const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        LETTERS.get(self.index()..=self.index()).unwrap_or("?")
    }
}

impl fmt::Display for MachineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.letter_str())
    }
}

impl fmt::Debug for MachineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.letter_str())
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for MachineId {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{}", self.letter() as char);
    }
}

/// How many machines the ring has: 2 to 26. All arithmetic in ring order lives here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RingSize(u8);

impl RingSize {
    /// The smallest ring that has messages.
    pub const MIN: usize = 2;
    /// One machine for every letter.
    pub const MAX: usize = 26;

    /// A ring of this many machines; `None` outside 2 to 26.
    pub const fn new(machines: usize) -> Option<Self> {
        if machines < Self::MIN || machines > Self::MAX {
            return None;
        }
        Some(Self(machines as u8))
    }

    /// The number of machines.
    pub const fn get(self) -> usize {
        self.0 as usize
    }

    /// Is this machine one of the ring?
    pub const fn contains(self, machine: MachineId) -> bool {
        machine.0 < self.0
    }

    /// All machines in ring order, from A.
    pub fn machines(self) -> impl DoubleEndedIterator<Item = MachineId> + Clone {
        (0..self.0).map(MachineId)
    }

    /// The machine `places` (0 to N) after `machine` in ring order; the last is followed by the first. Further than
    /// N is nowhere: the answer is `machine` itself.
    pub const fn after(self, machine: MachineId, places: usize) -> MachineId {
        let place = if places <= self.get() { machine.index() + places } else { machine.index() };
        MachineId(if place < self.get() { place } else { place - self.get() } as u8)
    }

    /// How many places after `machine` the `other` one comes: 1 to N-1. 0 for itself, and where one of the two is
    /// not in the ring.
    pub const fn distance(self, machine: MachineId, other: MachineId) -> usize {
        if !self.contains(machine) || !self.contains(other) {
            return 0;
        }
        let places = other.index() + self.get() - machine.index();
        if places < self.get() { places } else { places - self.get() }
    }

    /// Every machine but this one, in ring order from the one after it.
    pub const fn others(self, machine: MachineId) -> Peers {
        Peers { from: machine, size: self, first: 1, last: self.0 - 1 }
    }

    /// The one machine `places` after this one. `None` unless `places` is 1 to N-1.
    pub const fn peer(self, machine: MachineId, places: usize) -> Option<Peers> {
        if places >= 1 && places < self.get() {
            Some(Peers { from: machine, size: self, first: places as u8, last: places as u8 })
        } else {
            None
        }
    }

    /// The destinations that a face of the experiment's die stands for: the machine so many places after this one, or, if
    /// it is N, all the others. `None`: an internal event.
    #[inline]
    pub(crate) const fn rolled(self, machine: MachineId, face: u32) -> Option<Peers> {
        let machines = self.0 as u32;
        if face.wrapping_sub(1) >= machines {
            return None;
        }
        let (first, last) = if face == machines { (1, self.0 - 1) } else { (face as u8, face as u8) };
        Some(Peers { from: machine, size: self, first, last })
    }

    /// Does `machine` open the connection to `other`, or wait for it?
    ///
    /// Every pair has exactly one connection: a machine dials the ⌊(N-1)/2⌋ machines after it; where N is even, the
    /// pair that faces each other is dialled by the one that comes first in the alphabet.
    pub const fn dials(self, machine: MachineId, other: MachineId) -> bool {
        let distance = self.distance(machine, other);
        let half = (self.get() - 1) / 2;
        (distance >= 1 && distance <= half) || (2 * distance == self.get() && machine.index() < other.index())
    }
}

/// The destinations of a send, in ring order from the sender: one machine, or all the others.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Peers {
    from: MachineId,
    size: RingSize,
    /// Places after `from`, `first..=last`, each 1 to N-1.
    first: u8,
    last: u8,
}

impl Peers {
    /// How many destinations: 1, or N-1.
    pub const fn count(self) -> usize {
        (self.last - self.first) as usize + 1
    }

    /// Is this machine among them?
    pub const fn contains(self, machine: MachineId) -> bool {
        let places = self.size.distance(self.from, machine);
        places >= self.first as usize && places <= self.last as usize
    }
}

impl IntoIterator for Peers {
    type Item = MachineId;
    type IntoIter = PeersIter;

    fn into_iter(self) -> PeersIter {
        PeersIter { peers: self, next: self.first }
    }
}

impl fmt::Debug for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// Iterator over [`Peers`] in ring order.
#[derive(Clone, Copy, Debug)]
pub struct PeersIter {
    peers: Peers,
    next: u8,
}

impl Iterator for PeersIter {
    type Item = MachineId;

    fn next(&mut self) -> Option<MachineId> {
        if self.next > self.peers.last {
            return None;
        }
        let machine = self.peers.size.after(self.peers.from, self.next as usize);
        self.next += 1;
        Some(machine)
    }
}
