//! One-way latency at a moderate load: through our link, from before the frame is made until right before it goes into
//! the lane, and through a bare connection, in turn.
//!
//! Both are read by a thread that blocks, as the link's reader is. Messages carry the time they were sent at, in our
//! frames as the timestamp.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Mutex, PoisonError, atomic::AtomicUsize, mpsc},
    thread,
    time::{Duration, Instant},
};

use bench::results::{Results, Wanted};
use clockring::{
    clock::{Clock, ClockKind, Lamport, LamportStamp, Refusal},
    cursor::Cursor,
    frame::{self, Frame, Signal},
    handshake::RunFacts,
    inbox::{Inbox, Lane, Tickets},
    machine::Received,
    message::Message,
    moment::UnixTime,
    ring::{MachineId, RingSize},
};
use hdrhistogram::Histogram;
use host::{
    connect::{Identity, PeerLane, PeerLink, RingEvent, links},
    experiment::LANE_CAPACITY,
    link::{Address, Outgoing},
    system_time::{self, Clocks},
};

use crate::Outcome;

/// A message each way of measuring every so often: a thousandth of what a link can carry.
const EVERY: Duration = Duration::from_micros(500);

/// How many of each.
const MESSAGES: u64 = 20_000;

/// How many messages go one way for every sign of life the other way, without which a link is taken for dead.
const BEAT_EVERY: u32 = 1_000;

/// What our link's reader has seen.
static OURS: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// A clock that notes how old a message is when the reader asks whether it may come in: the last thing that is done
/// before it is pushed into its lane.
struct Probe(Lamport);

impl Clock for Probe {
    type Stamp = LamportStamp;
    const KIND: ClockKind = ClockKind::Lamport;

    fn new(owner: MachineId) -> Self {
        Self(Lamport::new(owner))
    }

    fn value(&self) -> LamportStamp {
        self.0.value()
    }

    fn advance(&mut self, now: UnixTime) -> LamportStamp {
        self.0.advance(now)
    }

    fn observe(&mut self, stamp: &LamportStamp, now: UnixTime) -> LamportStamp {
        self.0.observe(stamp, now)
    }

    fn admit(stamp: &LamportStamp, _now: UnixTime) -> Result<(), Refusal> {
        let age_ns = system_time::now().ns().saturating_sub(stamp.0);
        OURS.lock().unwrap_or_else(PoisonError::into_inner).push(age_ns);
        Ok(())
    }

    fn resume(owner: MachineId, last: LamportStamp) -> Self {
        Self(Lamport::resume(owner, last))
    }
}

pub(crate) fn measure(results: &mut Results) -> Outcome<()> {
    let ours = Histogram::new(3)?;
    let bare = Histogram::new(3)?;
    let [ours, bare] = exchange([ours, bare])?;
    let us = |ns: u64| ns as f64 / 1e3;
    for (share, name, wanted) in
        [(0.5, "p50", Some(Wanted::AtMost(1.15))), (0.99, "p99", Some(Wanted::AtMost(1.15))), (0.999, "p99.9", None)]
    {
        let [ours, bare] = [&ours, &bare].map(|histogram| us(histogram.value_at_quantile(share)));
        results.compare("us", (&format!("latency, socket to lane: {name}"), ours), ("bare connection", bare), wanted);
    }
    Ok(())
}

/// Sends through both, in turn.
fn exchange([mut ours, mut bare]: [Histogram<u64>; 2]) -> Outcome<[Histogram<u64>; 2]> {
    let ring = RingSize::new(2).ok_or("two machines make a ring")?;
    let mut ids = ring.machines();
    let (Some(a), Some(b)) = (ids.next(), ids.next()) else { return Err("two machines".into()) };
    let listeners = [TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?, TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?];
    let addresses: Vec<Address> =
        listeners.iter().map(|listener| listener.local_addr().map(Address::from)).collect::<Result<_, _>>()?;
    let tickets = [Tickets::new(), Tickets::new()];
    // Room for all, so that nobody needs to take them out.
    let mut lanes = [(); 2]
        .map(|()| Box::new(Lane::<Received<LamportStamp>, { (MESSAGES as usize + 1).next_power_of_two() }>::new()));
    let mut inboxes = [Inbox::<_, 1>::new(), Inbox::<_, 1>::new()];
    let (events, ring_events) = mpsc::channel();
    let capacity = AtomicUsize::new(LANE_CAPACITY);

    let [lane_a, lane_b] = lanes.each_mut();
    let [inbox_a, inbox_b] = inboxes.each_mut();
    let senders = [
        inbox_a.connect(lane_a, &tickets[0]).ok_or("room for a lane")?,
        inbox_b.connect(lane_b, &tickets[1]).ok_or("room for a lane")?,
    ];
    let mut doorways = Vec::new();
    let mut readers: Vec<PeerLink<'_, Probe>> = Vec::new();
    for (id, sender) in [a, b].into_iter().zip(senders) {
        let run = RunFacts {
            machines: 2,
            sides: 2,
            clock: ClockKind::Lamport.letter(),
            payload: 0,
            number: Some(1),
            seed: Some(1),
        };
        let identity = Identity { id, ring, run, instance: id.index() as u64 + 1, resumed: false };
        let (doorway, links) = links::<Probe>(
            identity,
            None,
            &addresses,
            &[Cursor::START; 2],
            vec![PeerLane::new(sender, &capacity)],
            Clocks::new(system_time::now),
            &events,
        );
        doorways.push(doorway);
        readers.extend(links);
    }
    thread::scope(|scope| {
        for (doorway, listener) in doorways.iter().zip(&listeners) {
            scope.spawn(|| doorway.receive(listener));
        }
        for reader in readers {
            scope.spawn(|| reader.run());
        }
        let outcome = (|| {
            let (mut to_b, mut to_a) = (None, None);
            loop {
                match ring_events.recv_timeout(Duration::from_secs(10))? {
                    RingEvent::Up { peer, outgoing, .. } if peer == b => to_b = Some(outgoing),
                    RingEvent::Up { outgoing, .. } => to_a = Some(outgoing),
                    _ => {}
                }
                if let (Some(to_b), Some(to_a)) = (&mut to_b, &mut to_a) {
                    break in_turn([to_b.as_mut(), to_a.as_mut()], a, b, &mut bare);
                }
            }
        })();
        for (doorway, listener) in doorways.iter().zip(&listeners) {
            doorway.close(listener);
        }
        outcome
    })?;
    for age_ns in OURS.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        ours.record(age_ns)?;
    }
    if ours.len() != MESSAGES || bare.len() != MESSAGES {
        return Err(format!("{} and {} of {MESSAGES} messages came", ours.len(), bare.len()).into());
    }
    Ok([ours, bare])
}

fn in_turn(
    [link, back]: [&mut dyn Outgoing; 2],
    from: MachineId,
    to: MachineId,
    bare: &mut Histogram<u64>,
) -> Outcome<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut out = TcpStream::connect(listener.local_addr()?)?;
    out.set_nodelay(true)?;
    let (mut incoming, _) = listener.accept()?;
    let reader = thread::spawn(move || {
        let mut ages = Vec::with_capacity(MESSAGES as usize);
        let mut message = [0; frame::length::<LamportStamp>()];
        while incoming.read_exact(&mut message).is_ok() {
            let [_, _, _, _, _, _, stamp @ .., _, _, _, _] = message;
            ages.push(system_time::now().ns().saturating_sub(u64::from_be_bytes(stamp)));
        }
        ages
    });
    let began = Instant::now();
    for count in 0..2 * MESSAGES as u32 {
        thread::sleep((EVERY / 2 * count).saturating_sub(began.elapsed()));
        if count % BEAT_EVERY == 0 {
            back.send(
                &Frame::<LamportStamp>::Signal { from: to, to: from, signal: Signal::Beat { heard: 0 } }.encode(),
            )?;
        }
        let stamp = LamportStamp(system_time::now().ns());
        let bytes = Frame::Message(Message { from, to, stamp }).encode();
        // Ours, bare, bare, ours: neither is always the one that was sent right before the other.
        if (count ^ count >> 1) & 1 == 0 {
            if link.send(&bytes)? != bytes.len() {
                return Err("the link took no whole frame".into());
            }
        } else {
            out.write_all(&bytes)?;
        }
    }
    thread::sleep(Duration::from_millis(100));
    drop(out);
    for age_ns in reader.join().map_err(|_| "the reader panicked")? {
        bare.record(age_ns)?;
    }
    Ok(())
}
