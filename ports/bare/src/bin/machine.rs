//! A machine of a ring of three and the least that drives it, to be weighed: greetings, signals, ticks, the end, and
//! both links. Like `process`, it links only if no panic path is left.

#![no_std]
#![no_main]

use core::{hint::black_box, mem::MaybeUninit, ptr::addr_of_mut};

use bare::links::{LINKS, Link, Queue, Storage, Taken, links};
use clockring::{
    chance::{Die, Purpose, Stream, stream},
    clock::{Lamport, LamportStamp},
    handshake::{Greeting, RunFacts},
    machine::{Input, Machine, Say, Sent, Settings, Stage},
    moment::Monotonic,
    process::Turn,
    progress::Progress,
    ring::{MachineId, RingSize},
};
#[cfg(not(target_has_atomic = "32"))]
use cortex_m as _;

bare::link_without_panics!();

/// Number of sends that the outbox keeps: as many as a lane holds.
const KEPT: usize = 8;

struct Driver {
    machine: Machine<Lamport, [Option<Sent<LamportStamp>>; KEPT], LINKS>,
    die: Die<Stream>,
    inbox: Queue<'static>,
    links: [Link<'static>; LINKS],
}

static mut STORAGE: Storage = Storage::new();
static mut DRIVER: MaybeUninit<Driver> = MaybeUninit::uninit();

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    // SAFETY: nothing else runs, and this runs once.
    let (storage, driver) = unsafe { (&mut *addr_of_mut!(STORAGE), &mut *addr_of_mut!(DRIVER)) };
    let mut driver = start(storage).map(|started| driver.write(started));
    loop {
        if let Some(driver) = &mut driver {
            driver.turn(Monotonic::from_ns(black_box(1)));
        }
        #[cfg(feature = "planted-panic")]
        assert!(black_box([1, 2, 3])[black_box(0)] == 1);
    }
}

fn start(storage: &'static mut Storage) -> Option<Driver> {
    let (id, ring) = (MachineId::from_letter(black_box(b'B'))?, RingSize::new(LINKS + 1)?);
    let settings = Settings { id, ring, endless: false, patient: false };
    let mut inbox = Queue::new();
    let links = links(id, storage, &mut inbox)?;
    let machine = Machine::new(settings, [None; KEPT], Monotonic::default())?;
    Some(Driver { machine, die: Die::new(10, stream(black_box(7), id, Purpose::Rolls)), inbox, links })
}

impl Driver {
    fn turn(&mut self, now: Monotonic) {
        for peer in 0..LINKS {
            self.hear(peer, now);
        }
        self.tell(Input::Over, now);
        self.tell(Input::Stop, now);
        if self.machine.stage() == Stage::Ticking {
            let waiting = self.inbox.pop().map(|received| received.message);
            let turn = Turn::of(waiting, || self.machine.rolled(self.die.roll()));
            black_box(self.machine.step(turn, now));
            self.machine.logged();
        }
        while let Some(fact) = { self.machine.due().next() } {
            self.machine.written(black_box(fact));
        }
        self.machine.proceed(now);
        for peer in 0..LINKS {
            if self.machine.is_unheard(peer) {
                self.tell(Input::Down { peer }, now);
            }
            while let Some(say) = self.machine.say(peer, now) {
                match say {
                    Say::Frame(frame) => drop(black_box(frame.encode())),
                    Say::FromLog(_) => self.machine.said(peer, self.machine.forgotten(), now),
                }
            }
        }
        black_box(self.machine.wake(now));
    }

    fn hear(&mut self, peer: usize, now: Monotonic) {
        let Some(link) = self.links.get_mut(peer) else { return };
        match link.receive(black_box(0), now) {
            Ok(Some(Taken::Signal(signal))) => self.tell(Input::Heard { peer, signal }, now),
            Ok(Some(Taken::Message)) => {
                let upto = link.received();
                self.tell(Input::Received { peer, upto }, now);
            }
            Ok(Some(Taken::Overrun) | None) => {}
            Err(_) => {
                link.begin();
                self.tell(Input::Down { peer }, now);
                self.greet(peer, now);
            }
        }
    }

    fn greet(&mut self, peer: usize, now: Monotonic) {
        let run = RunFacts { machines: 3, sides: 10, clock: b'L', payload: 0, number: None, seed: None };
        let Some(to) = self.links.get(peer).map(Link::peer) else { return };
        let ours = self.machine.greeting(peer, Greeting::new(self.machine.id(), to, run, 0), now);
        black_box(ours.encode());
        if let Ok(theirs) = Greeting::decode(black_box(&[0; Greeting::LENGTH]))
            && ours.judge(&theirs).is_ok()
        {
            self.tell(Input::Up { peer, told: black_box(Progress::Gathering), theirs }, now);
        }
    }

    fn tell(&mut self, input: Input, now: Monotonic) {
        black_box(self.machine.handle(input, now).is_ok());
    }
}
