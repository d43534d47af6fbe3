//! Anything that can happen to a machine, in any order: it never panics, never goes back, and says nothing that is not
//! logged or written.
#![no_main]

use std::time::Duration;

use clockring::{
    clock::{Lamport, LamportStamp},
    cursor::Cursor,
    frame::{Frame, Signal},
    handshake::{Greeting, RunFacts},
    machine::{Fact, Input, Machine, Say, Sent, Settings, Stage},
    message::Message,
    moment::{Elapsed, Monotonic},
    process::Turn,
    progress::Progress,
    ring::{MachineId, RingSize},
};
use libfuzzer_sys::fuzz_target;

type Member = Machine<Lamport, [Option<Sent<LamportStamp>>; 2], 2>;

fuzz_target!(|input: (u8, Vec<(u8, u8, u64)>)| {
    let (flags, steps) = input;
    let [a, b, c] = [b'A', b'B', b'C'].map(|letter| MachineId::from_letter(letter).unwrap());
    let ring = RingSize::new(3).unwrap();
    let settings = Settings { id: a, ring, endless: flags & 1 != 0, patient: flags & 2 != 0 };
    let mut now = Monotonic::default();
    let mut machine = Member::new(settings, [None; 2], now).unwrap();
    let (mut logged, mut unlogged, mut written) = (Vec::new(), Vec::new(), Vec::new());
    if flags & 4 != 0 {
        for number in 0..flags >> 4 {
            let event = machine.relive(Turn::Send { to: ring.others(a) }, Elapsed::from_ns(u64::from(number)));
            logged.push(event);
        }
        if flags & 8 != 0 {
            machine.recall(Fact::Ended { stopped: flags & 1 != 0 }, Cursor::START);
            written.push(Fact::Ended { stopped: flags & 1 != 0 });
        }
        machine.resume();
    }
    for (what, place, number) in steps {
        let peer = usize::from(place % 3);
        let (stage, elapsed) = (machine.stage(), machine.elapsed(now));
        let cursor = Cursor::from_u64(number);
        let progress = Progress::from_step(place >> 6, cursor).unwrap();
        let input = match what % 12 {
            0 => {
                let facts = RunFacts { machines: 3, sides: 4, clock: b'L', payload: 0, number: None, seed: None };
                let plain = Greeting::new(b, a, facts, 0);
                let told = machine.greeting(peer, plain, now).progress;
                let received = Cursor::from_u64(number >> 32);
                Some(Input::Up {
                    peer,
                    told,
                    theirs: Greeting { received, progress, elapsed: Elapsed::from_ns(number), ..plain },
                })
            }
            1 => Some(Input::Down { peer }),
            2 => Some(Input::Heard { peer, signal: Signal::Progress(progress) }),
            3 => Some(Input::Heard {
                peer,
                signal: match place >> 6 {
                    0 => Signal::Thanks,
                    1 => Signal::CaughtUp,
                    2 => Signal::Goodbye { upto: cursor },
                    _ => Signal::Beat { heard: number as u8 % 4 },
                },
            }),
            4 => Some(Input::Received { peer, upto: cursor }),
            5 => Some(if place & 4 == 0 { Input::Over } else { Input::Stop }),
            6 if stage == Stage::Ticking => {
                let turn = match place >> 6 {
                    0 => Turn::Internal,
                    1 => Turn::Send { to: ring.others(a) },
                    2 => Turn::Send { to: ring.peer(a, 1).unwrap() },
                    _ => Turn::Deliver(Message { from: c, to: a, stamp: LamportStamp(number >> 8) }),
                };
                unlogged.push(machine.step(turn, now).event);
                None
            }
            7 => {
                machine.logged();
                logged.append(&mut unlogged);
                None
            }
            8 => {
                let due: Vec<Fact> = machine.due().collect();
                due.iter().for_each(|fact| machine.written(*fact));
                written.extend(due);
                None
            }
            9 => {
                let mut said = 0;
                while let Some(say) = machine.say(peer, now) {
                    said += 1;
                    assert!(said <= logged.len() + 16, "it never ends");
                    match say {
                        Say::Frame(Frame::Message(message)) => {
                            assert!(logged.iter().flat_map(|event| event.messages(a)).any(|sent| sent == message));
                        }
                        Say::Frame(Frame::Signal { signal, .. }) => assert!(may_say(signal, peer, &written)),
                        Say::FromLog(after) => {
                            let upto = Cursor::after(&logged.last().unwrap().clock, a);
                            assert!(after < upto);
                            machine.said(peer, upto, now);
                        }
                    }
                }
                None
            }
            10 => {
                now = now.after(Duration::from_nanos(number >> 24));
                None
            }
            _ => None,
        };
        match input {
            // Whatever it objects to, it goes on.
            Some(input) => drop(machine.handle(input, now)),
            None => machine.proceed(now),
        }
        let order = |stage| match stage {
            Stage::Gathering => 0,
            Stage::Ticking => 1,
            Stage::Settling { .. } => 2,
            Stage::Left(_) => 3,
        };
        assert!(order(stage) <= order(machine.stage()), "{stage:?}, then {:?}", machine.stage());
        assert!(elapsed <= machine.elapsed(now));
        assert!(matches!(machine.stage(), Stage::Settling { .. } | Stage::Left(_)) || written.is_empty());
        let _ = machine.wake(now);
    }
});

/// Is the fact behind this signal written?
fn may_say(signal: Signal, peer: usize, written: &[Fact]) -> bool {
    match signal {
        Signal::Progress(Progress::Ended { .. }) => written.contains(&Fact::Ended { stopped: false }),
        Signal::Progress(Progress::Stopped { .. }) => written.contains(&Fact::Ended { stopped: true }),
        Signal::Goodbye { .. } => written.contains(&Fact::Accounted(peer)),
        Signal::Thanks => written.contains(&Fact::Delivered(peer)),
        Signal::Progress(_) | Signal::CaughtUp | Signal::Beat { .. } => true,
    }
}
