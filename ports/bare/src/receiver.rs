//! The receiving side of a UART: greetings, and the frames between them. Called by an interrupt handler, byte by byte.

use clockring::{
    cursor::Cursor,
    frame::Signal,
    handshake::{self, Greeting, GreetingError},
    machine::IntakeError,
    moment::Monotonic,
    progress::Progress,
    ring::MachineId,
};

use crate::links::{Link, Taken};

/// The receiver of one link.
pub struct Receiver<'a> {
    link: Link<'a>,
    /// The first bytes of a greeting, as many as `greeted`.
    greeting: [u8; Greeting::LENGTH],
    greeted: usize,
    /// Frames are taken: a greeting began the link, and nothing has broken it.
    is_open: bool,
    news: News,
    losses: Losses,
}

/// News of a link since the last look, beside messages.
///
/// Of each kind only the newest counts: progress does not go back, a goodbye covers those before it, and signals of a
/// link that a greeting has replaced are said again or are part of the greeting. So there is no queue that could be
/// full.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct News {
    /// Something has come.
    pub is_active: bool,
    /// A new link begins, or the answer to a greeting has come.
    pub greeting: Option<Result<Greeting, GreetingError>>,
    /// The link is broken: nothing more is taken until there is a greeting.
    pub is_broken: bool,
    progress: Option<Progress>,
    is_caught_up: bool,
    goodbye: Option<Cursor>,
    is_thanked: bool,
    beat: Option<u8>,
}

impl News {
    fn hear(&mut self, signal: Signal) {
        match signal {
            Signal::Progress(progress) => self.progress = self.progress.max(Some(progress)),
            Signal::CaughtUp => self.is_caught_up = true,
            Signal::Goodbye { upto } => self.goodbye = Some(upto),
            Signal::Thanks => self.is_thanked = true,
            Signal::Beat { heard } => self.beat = Some(heard),
        }
    }

    /// The signals that were heard.
    pub fn signals(self) -> impl Iterator<Item = Signal> {
        let signals = [
            self.progress.map(Signal::Progress),
            self.is_caught_up.then_some(Signal::CaughtUp),
            self.goodbye.map(|upto| Signal::Goodbye { upto }),
            self.is_thanked.then_some(Signal::Thanks),
            self.beat.map(|heard| Signal::Beat { heard }),
        ];
        signals.into_iter().flatten()
    }
}

/// Something that went wrong on a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mishap {
    /// The message up to here found its lane full.
    Overrun(Cursor),
    /// Something came that cannot be: the link is broken.
    Broken(IntakeError),
}

/// Counts of the mishaps on a link.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Losses {
    /// Messages that found the lane full.
    pub overruns: u32,
    /// Bytes that belonged to no frame.
    pub garbage_bytes: u64,
    /// Frames between two other machines.
    pub misdirected: u32,
    /// Messages with an absurd timestamp.
    pub refused: u32,
}

impl<'a> Receiver<'a> {
    /// The receiver of a link that has not been greeted.
    pub fn new(link: Link<'a>) -> Self {
        Self {
            link,
            greeting: [0; Greeting::LENGTH],
            greeted: 0,
            is_open: false,
            news: News::default(),
            losses: Losses::default(),
        }
    }

    /// A byte has come in at this moment; returns the mishap it causes, if any.
    pub fn byte(&mut self, byte: u8, at: Monotonic) -> Option<Mishap> {
        self.news.is_active = true;
        if self.is_greeting(byte) {
            return self.greeting_byte(byte);
        }
        // It only looked like one: these bytes belong to the stream of frames.
        let before = self.greeting;
        let looked_like_one = before.get(..core::mem::take(&mut self.greeted)).unwrap_or_default();
        let mishap = looked_like_one.iter().fold(None, |mishap, byte| mishap.or(self.frame_byte(*byte, at)));
        if !looked_like_one.is_empty() && self.is_greeting(byte) {
            return mishap.or(self.greeting_byte(byte));
        }
        mishap.or(self.frame_byte(byte, at))
    }

    /// Can a greeting go on, or begin, with this byte?
    fn is_greeting(&self, byte: u8) -> bool {
        match handshake::MAGIC.get(self.greeted) {
            Some(expected) => byte == *expected && !(self.is_open && self.link.is_within_a_frame()),
            None => true,
        }
    }

    fn greeting_byte(&mut self, byte: u8) -> Option<Mishap> {
        if let Some(place) = self.greeting.get_mut(self.greeted) {
            *place = byte;
            self.greeted += 1;
        }
        let begun = self.greeting.get(..self.greeted).unwrap_or_default();
        let whole = match Greeting::may_begin(begun) {
            Err(error) => Err(error),
            Ok(()) if self.greeted < Greeting::LENGTH => return None,
            Ok(()) => Greeting::decode(&self.greeting),
        };
        self.greeted = 0;
        if whole == Err(GreetingError::Damaged) {
            return self.broken(IntakeError::Garbage { bytes: Greeting::LENGTH as u64 });
        }
        self.link.begin();
        self.is_open = whole.is_ok();
        self.news = News { is_active: true, greeting: Some(whole), ..News::default() };
        None
    }

    fn frame_byte(&mut self, byte: u8, at: Monotonic) -> Option<Mishap> {
        if !self.is_open {
            return None;
        }
        match self.link.receive(byte, at) {
            Ok(Some(Taken::Signal(signal))) => self.news.hear(signal),
            Ok(Some(Taken::Overrun)) => {
                self.losses.overruns = self.losses.overruns.saturating_add(1);
                return Some(Mishap::Overrun(self.link.received()));
            }
            Ok(Some(Taken::Message) | None) => {}
            Err(error) => return self.broken(error),
        }
        None
    }

    fn broken(&mut self, error: IntakeError) -> Option<Mishap> {
        match error {
            IntakeError::Garbage { bytes } => self.losses.garbage_bytes += bytes,
            IntakeError::Misdirected { .. } => self.losses.misdirected += 1,
            IntakeError::Refused(_) => self.losses.refused += 1,
        }
        self.close();
        self.news.is_broken = true;
        Some(Mishap::Broken(error))
    }

    /// Nothing more is taken until there is a greeting.
    pub fn close(&mut self) {
        self.is_open = false;
    }

    /// The news since the last call.
    pub fn news(&mut self) -> News {
        core::mem::take(&mut self.news)
    }

    /// The machine at the other end.
    pub fn peer(&self) -> MachineId {
        self.link.peer()
    }

    /// The last message that has come in.
    pub fn received(&self) -> Cursor {
        self.link.received()
    }

    /// The counts of mishaps.
    pub fn losses(&self) -> Losses {
        self.losses
    }
}

/// Run by `cargo test -p ports`.
#[cfg(test)]
mod tests {
    use clockring::{
        clock::{COUNT_MAX, LamportStamp, Refusal},
        frame::{Frame, NO_FRAME},
        handshake::RunFacts,
        message::Message,
        ring::RingSize,
    };

    use super::*;
    use crate::links::{Queue, Storage, links};

    const GREETED: u8 = 1;

    fn id(letter: char) -> MachineId {
        MachineId::from_letter(letter as u8).unwrap()
    }

    /// The first greeting of machine C to B.
    fn greeting() -> [u8; Greeting::LENGTH] {
        let run = RunFacts { machines: 3, sides: 10, clock: b'L', payload: 0, number: None, seed: None };
        Greeting::new(id('C'), id('B'), run, 1).encode()
    }

    fn signal(signal: Signal) -> Frame<LamportStamp> {
        Frame::Signal { from: id('C'), to: id('B'), signal }
    }

    fn message(time: u64) -> Frame<LamportStamp> {
        Frame::Message(Message { from: id('C'), to: id('B'), stamp: LamportStamp(time) })
    }

    /// Lets B's receiver of C hear these bytes; returns the mishaps.
    fn hear(receiver: &mut Receiver, bytes: impl AsRef<[u8]>) -> Vec<Mishap> {
        bytes.as_ref().iter().filter_map(|byte| receiver.byte(*byte, Monotonic::default())).collect()
    }

    fn with_receiver(test: impl FnOnce(&mut Receiver, &mut Queue)) {
        let mut storage = Storage::<8>::new();
        let mut inbox = Queue::new();
        let [to_c, _] = links(id('B'), &mut storage, &mut inbox).unwrap();
        test(&mut Receiver::new(to_c), &mut inbox);
    }

    #[test]
    fn however_many_signals_come_the_end_is_heard() {
        with_receiver(|receiver, _| {
            assert!(hear(receiver, greeting()).is_empty());
            let last = Cursor::from_u64(7);
            let beats = (0..9).map(|_| Signal::Beat { heard: GREETED });
            let end = [Signal::Progress(Progress::Ended { last }), Signal::Goodbye { upto: last }, Signal::Thanks];
            for said in beats.clone().chain(end).chain(beats) {
                assert!(hear(receiver, signal(said).encode()).is_empty());
            }
            let news = receiver.news();
            assert!(news.greeting.is_some_and(|greeting| greeting.is_ok()), "the greeting is not lost either");
            for said in end {
                assert!(news.signals().any(|heard| heard == said), "{said:?}");
            }
            assert_eq!(receiver.news(), News::default(), "nothing is heard twice");
        });
    }

    #[test]
    fn progress_does_not_go_back_within_one_look() {
        with_receiver(|receiver, _| {
            hear(receiver, greeting());
            let stopped = Progress::Stopped { last: Cursor::from_u64(3) };
            for progress in [Progress::Ready, stopped, Progress::Ready] {
                hear(receiver, signal(Signal::Progress(progress)).encode());
            }
            let signals: Vec<Signal> = receiver.news().signals().collect();
            assert_eq!(signals, [Signal::Progress(stopped)]);
        });
    }

    #[test]
    fn what_cannot_be_breaks_the_link_and_is_counted_until_there_is_a_greeting() {
        let misdirected = Frame::Message(Message { from: id('A'), to: id('B'), stamp: LamportStamp(1) });
        let cases: [(&[u8], IntakeError, Losses); 3] = [
            (&[NO_FRAME], IntakeError::Garbage { bytes: 1 }, Losses { garbage_bytes: 1, ..Losses::default() }),
            (
                &misdirected.encode(),
                IntakeError::Misdirected { from: id('A'), to: id('B') },
                Losses { misdirected: 1, ..Losses::default() },
            ),
            (
                &message(COUNT_MAX + 1).encode(),
                IntakeError::Refused(Refusal::CountTooLarge),
                Losses { refused: 1, ..Losses::default() },
            ),
        ];
        for (bytes, error, losses) in cases {
            with_receiver(|receiver, inbox| {
                hear(receiver, greeting());
                assert_eq!(hear(receiver, bytes), [Mishap::Broken(error)]);
                assert_eq!((receiver.losses(), receiver.news().is_broken), (losses, true));
                assert!(hear(receiver, message(1).encode()).is_empty());
                assert_eq!(inbox.len(), 0, "nothing after it is taken: it will come again");
                hear(receiver, [&greeting()[..], message(1).encode().as_ref()].concat());
                assert_eq!((inbox.len(), receiver.news().is_broken), (1, false), "a greeting begins a new link");
            });
        }
    }

    #[test]
    fn a_full_lane_loses_messages_one_by_one_and_says_which() {
        with_receiver(|receiver, inbox| {
            hear(receiver, greeting());
            let mishaps: Vec<Mishap> = (1..=9).flat_map(|time| hear(receiver, message(time).encode())).collect();
            assert_eq!(mishaps, [8, 9].map(|time| Mishap::Overrun(Cursor::from_u64(time))));
            assert_eq!((inbox.len(), receiver.losses().overruns), (7, 2));
        });
    }

    #[test]
    fn a_greeting_is_found_wherever_it_begins() {
        let cut_short = &message(1).encode()[..5];
        for before in [&b""[..], b"noise", b"CLKRIN", b"CLC", cut_short] {
            with_receiver(|receiver, _| {
                // Before a link is open, and after it is broken.
                for _ in 0..2 {
                    hear(receiver, [before, &greeting()].concat());
                    assert!(receiver.news().greeting.is_some_and(|greeting| greeting.is_ok()), "{before:?}");
                    hear(receiver, [NO_FRAME]);
                }
            });
        }
    }

    #[test]
    fn another_protocol_is_recognised_by_its_first_bytes() {
        with_receiver(|receiver, _| {
            hear(receiver, b"CLKRING\x01");
            assert_eq!(receiver.news().greeting, Some(Err(GreetingError::Version(1))));
        });
    }

    #[test]
    fn a_machine_outside_a_ring_of_three_has_no_links() {
        assert!(links(id('D'), &mut Storage::<8>::new(), &mut Queue::new()).is_none());
        assert!(RingSize::new(3).is_some_and(|ring| !ring.contains(id('D'))));
    }
}
