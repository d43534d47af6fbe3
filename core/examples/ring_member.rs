//! A ring member of one's own: two boards that send when a button is pressed, over a wire that breaks in between.
//! `cargo run -p core --example ring_member`
//!
//! What an event is, is this program's; links, resuming and the end are the machine's. The wire carries bytes, and what
//! is under way is lost with it. There is no log here, so every row counts as logged.

use clockring::{clock::*, cursor::Cursor, handshake::*, machine::*, moment::*, process::Turn, ring::*};

const RING: RingSize = RingSize::new(2).expect("two are a ring");
const START: Monotonic = Monotonic::from_ns(0);

struct Board {
    machine: Machine<Lamport, [Option<Sent<LamportStamp>>; 16], 1>,
    intake: Intake<Lamport>,
    wire: Vec<u8>,
    got: Vec<u64>,
}

impl Board {
    fn new(place: usize) -> Option<Self> {
        let (id, peer) = (MachineId::from_index(place)?, MachineId::from_index(1 - place)?);
        let machine = Machine::new(Settings { id, ring: RING, endless: true, patient: false }, [None; 16], START)?;
        Some(Self { machine, intake: Intake::new(id, peer, Cursor::START), wire: Vec::new(), got: Vec::new() })
    }

    fn tell(&mut self, input: Input, now: Monotonic) {
        self.machine.handle(input, now).expect("nobody has lost anything");
    }

    fn event(&mut self, turn: Turn<LamportStamp>, now: Monotonic) {
        println!("{:>4} ms  {}  {:?}", now.ns() / 1_000_000, self.machine.id(), self.machine.step(turn, now).event);
        self.machine.logged();
    }

    /// What came in, what is due, and what is to be said.
    fn turn(&mut self, other: &mut Vec<u8>, now: Monotonic) {
        let mut bytes = &std::mem::take(&mut self.wire)[..];
        while let Ok(Some(arrival)) = self.intake.take(&mut bytes, UnixTime::EPOCH) {
            match arrival {
                Arrival::Signal(signal) => self.tell(Input::Heard { peer: 0, signal }, now),
                Arrival::Message(message) => {
                    self.intake.keep(&message);
                    self.tell(Input::Received { peer: 0, upto: self.intake.received() }, now);
                    self.event(Turn::Deliver(message), now);
                    self.got.push(message.stamp.0);
                }
            }
        }
        self.machine.proceed(now);
        while let Some(fact) = { self.machine.due().next() } {
            self.machine.written(fact);
        }
        while let Some(Say::Frame(frame)) = self.machine.say(0, now) {
            other.extend(frame.encode());
        }
    }
}

fn connect([a, b]: &mut [Board; 2], now: Monotonic) {
    let run = RunFacts { machines: 2, sides: 0, clock: b'L', payload: 0, number: Some(1), seed: None };
    let plain = |board: &Board| Greeting::new(board.machine.id(), board.intake.peer(), run, 0);
    let [from_a, from_b] = [&*a, &*b].map(|board| board.machine.greeting(0, plain(board), now));
    for (board, ours, theirs) in [(a, from_a, from_b), (b, from_b, from_a)] {
        board.intake.begin();
        board.tell(Input::Up { peer: 0, told: ours.progress, theirs }, now);
    }
}

fn main() {
    let mut boards = [0, 1].map(|place| Board::new(place).expect("both are in the ring"));
    for step in 0..100 {
        let now = Monotonic::from_ns(step * 10_000_000);
        match step {
            // The button of A.
            10 | 20 | 30 | 40 => boards[0].event(Turn::Send { to: RING.others(boards[0].machine.id()) }, now),
            // The wire breaks while the second is under way, and is mended after the third.
            21 => boards.iter_mut().for_each(|board| {
                board.wire.clear();
                board.tell(Input::Down { peer: 0 }, now)
            }),
            0 | 35 => connect(&mut boards, now),
            60 => boards[0].tell(Input::Stop, now),
            _ => {}
        }
        let [a, b] = &mut boards;
        b.turn(&mut a.wire, now);
        a.turn(&mut b.wire, now);
    }
    let [a, b] = boards;
    assert_eq!(b.got, [1, 2, 3, 4], "each of A's messages, once and in order, over the cut too");
    assert_eq!([a.machine.stage(), b.machine.stage()], [Stage::Left(Leaving::Complete); 2]);
}
