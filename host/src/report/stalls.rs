//! Links that stood still, found in the logs: messages that were sent, and provably not there much later.
//!
//! A log does not say when a message came, but the queue's length after each tick bounds it: at the tick before the one
//! that first counts a message, the message was not there ([`waited`]). Links keep the order of messages, so nothing sent
//! after it was there either.

use clockring::{event::EventKind, ring::MachineId};

use crate::{
    check::{EventIndex, Log},
    rundir::TimeSource,
    trace::{Trace, waited},
};

/// A time in which messages were sent on a link, and none of them came.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Stall {
    pub(super) from: MachineId,
    pub(super) to: MachineId,
    /// The messages sent in this time.
    pub(super) sent: usize,
    /// Seconds since the start of the run.
    pub(super) since_s: f64,
    pub(super) until_s: f64,
}

/// The shortest way that counts as a link standing still.
const STALL_MIN_NS: u64 = 1_000_000_000;

/// And by how much it is longer than the median way on that link: a slow network is not a broken one.
const TIMES_MEDIAN: u64 = 10;

/// All of them, by receiver. None in virtual time, where the network is a setting of the experiment.
pub(super) fn stalls(run: &Trace) -> Vec<Stall> {
    if run.manifests().any(|manifest| manifest.time == TimeSource::Virtual) {
        return Vec::new();
    }
    run.run.logs.iter().flat_map(|receiver| into(run, receiver)).collect()
}

/// A message on its way: its send's row, and the time at which it was provably not there.
struct Way {
    send: usize,
    sent_ns: u64,
    absent_ns: u64,
}

fn into(run: &Trace, receiver: &Log) -> Vec<Stall> {
    // After a restart the queue begins anew, and a full queue keeps messages at their senders: neither is the link.
    let full = receiver.records().iter().any(|record| record.queue >= receiver.manifest.capacity as u64);
    if full || !receiver.manifest.restarts.is_empty() {
        return Vec::new();
    }
    let machine = receiver.machine.index();
    let waited = waited(receiver.records());
    let mut ways: Vec<Vec<Way>> = (0..run.run.ring.get()).map(|_| Vec::new()).collect();
    for (row, waited) in waited.into_iter().enumerate() {
        let Some(send) = run.send_of(EventIndex { machine, row }) else { continue };
        let sent_ns = run.record(send).time_ns;
        // One that was there at the first tick was never seen to be absent.
        let absent = (row - waited).checked_sub(1).map_or(sent_ns, |before| receiver.records()[before].time_ns);
        ways[send.machine].push(Way { send: send.row, sent_ns, absent_ns: absent.max(sent_ns) });
    }
    let by_sender = ways.into_iter().enumerate().filter_map(|(place, ways)| Some((run.log(place)?, ways)));
    by_sender.flat_map(|(sender, ways)| on_link(run, sender, receiver.machine, &ways)).collect()
}

fn on_link(run: &Trace, sender: &Log, to: MachineId, ways: &[Way]) -> Vec<Stall> {
    let mut lengths: Vec<u64> = ways.iter().map(|way| way.absent_ns - way.sent_ns).collect();
    lengths.sort_unstable();
    let median = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
    let least = STALL_MIN_NS.max(TIMES_MEDIAN.saturating_mul(median));
    let seconds = |time_ns: u64| time_ns.saturating_sub(run.start_ns()) as f64 / 1e9;
    let mut stalls: Vec<Stall> = Vec::new();
    let mut until_ns = 0;
    for way in ways.iter().filter(|way| way.absent_ns - way.sent_ns >= least) {
        if way.sent_ns < until_ns {
            continue;
        }
        until_ns = way.absent_ns;
        let rows = sender.records()[way.send..].iter().take_while(|record| record.time_ns <= until_ns);
        let sent = rows.filter(|record| matches!(record.kind, EventKind::Send { to: all } if all.contains(to))).count();
        let (since_s, until_s) = (seconds(way.sent_ns), seconds(until_ns));
        stalls.push(Stall { from: sender.machine, to, sent, since_s, until_s });
    }
    stalls
}
