//! Not one allocation in a million ticks of the model's mix, frames and inbox included.

use allocation_counter::measure;
use clockring::{
    assembler::Assembler,
    chance::{Die, Purpose, stream},
    clock::{Clock, Hybrid, Lamport, Vector},
    frame::Frame,
    inbox::{Inbox, Lane, Tickets},
    moment::UnixTime,
    process::{Process, Turn},
    ring::RingSize,
};

const TICKS: u32 = 1_000_000;

/// Three machines in turn, each with two lanes. Every message goes through a frame and an assembler.
fn million_ticks<C: Clock>() -> u64 {
    let ring = RingSize::new(3).unwrap();
    let tickets: [Tickets; 3] = Default::default();
    let mut storage: [[Lane<_, 64>; 2]; 3] = Default::default();
    let mut inboxes = [(); 3].map(|()| Inbox::<_, 2>::new());
    let mut lanes: Vec<_> = storage
        .iter_mut()
        .zip(&mut inboxes)
        .zip(&tickets)
        .map(|((lanes, inbox), tickets)| lanes.each_mut().map(|lane| inbox.connect(lane, tickets).unwrap()))
        .collect();
    let mut assemblers = [(); 3].map(|()| [(); 2].map(|()| Assembler::<C::Stamp>::new()));
    let mut machines: Vec<_> =
        ring.machines().map(|id| (Process::<C>::new(id, ring), Die::new(10, stream(7, id, Purpose::Rolls)))).collect();

    let mut delivered = 0;
    let counted = measure(|| {
        for tick in 0..TICKS {
            let place = tick as usize % 3;
            let (process, die) = &mut machines[place];
            let turn = Turn::of(inboxes[place].pop(), || process.rolled(die.roll()));
            for message in process.step(turn, UnixTime::from_ns(u64::from(tick))).messages {
                let (to, link) = (message.to.index(), ring.distance(message.to, message.from) - 1);
                let bytes = Frame::Message(message).encode();
                let (left, right) = bytes.as_ref().split_at(tick as usize % 17);
                for mut chunk in [left, right] {
                    while let Some(Frame::Message(message)) = assemblers[to][link].take(&mut chunk) {
                        lanes[to][link].push(message).unwrap();
                        delivered += 1;
                    }
                }
            }
        }
    });
    assert_eq!((counted.count_total, counted.count_current), (0, 0));
    delivered
}

#[test]
fn a_million_ticks_allocate_nothing() {
    let canary = measure(|| drop(std::hint::black_box(Box::new(1))));
    assert_eq!(canary.count_total, 1, "an allocation is counted");

    for delivered in [million_ticks::<Lamport>(), million_ticks::<Vector<3>>(), million_ticks::<Hybrid>()] {
        assert!(delivered > 250_000, "{delivered}");
    }
}
