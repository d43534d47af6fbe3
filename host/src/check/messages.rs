//! Receives paired with their sends.

use clockring::event::EventKind;

use super::{
    findings::Findings,
    hole::Holes,
    link_count::LinkCount,
    rules::{link::Taken, links::Links},
    run::{EventIndex, Run, counts},
};

/// The messages of a run: for each receive the send it belongs to, and a count per link.
#[derive(Debug)]
pub struct Messages {
    /// Per machine of the ring and event: the row of the send in the sender's log, or [`NO_SEND`].
    sends: Vec<Vec<u32>>,
    /// Per machine of the ring and event: the sender's place in ring order.
    senders: Vec<Vec<u8>>,
    /// Per pair of machines, by sender and then receiver in ring order.
    pub links: Vec<LinkCount>,
    /// Traces of rows that are missing.
    pub(super) holes: Holes,
}

const NO_SEND: u32 = u32::MAX;

impl Messages {
    /// Pairs every receive with its send, and judges the links on the way: every message received was sent, once, in
    /// order, and none is lost.
    pub(super) fn matched(run: &Run, findings: &mut Findings<'_>) -> Self {
        let machines = run.ring.get();
        let (mut all_sends, mut all_senders) = (vec![Vec::new(); machines], vec![Vec::new(); machines]);
        let mut links = Links::new(run);
        for log in &run.logs {
            let receiver = log.machine.index();
            let mut sends = Vec::with_capacity(log.len());
            let mut senders = Vec::with_capacity(log.len());
            for (row, record) in log.records().iter().enumerate() {
                let (mut send, mut sender) = (NO_SEND, 0);
                if let EventKind::Receive { from, .. } = record.kind {
                    sender = from.index() as u8;
                    let taken = links.take(log, from, log.stamps.get(row), Taken::Received(row), findings);
                    send = taken.and_then(|row| u32::try_from(row).ok()).unwrap_or(NO_SEND);
                }
                sends.push(send);
                senders.push(sender);
            }
            for left in log.left() {
                if run.ring.contains(left.from) && left.from != log.machine {
                    links.take(log, left.from, counts(&left.stamp), Taken::Left, findings);
                }
            }
            (all_sends[receiver], all_senders[receiver]) = (sends, senders);
        }
        let (links, holes) = links.finish(findings);
        Self { sends: all_sends, senders: all_senders, links, holes }
    }

    /// The send that an event received the message of; `None` if it is no receive, or if no send fits.
    pub fn cause(&self, event: EventIndex) -> Option<EventIndex> {
        let row = *self.sends[event.machine].get(event.row)?;
        (row != NO_SEND)
            .then(|| EventIndex { machine: self.senders[event.machine][event.row] as usize, row: row as usize })
    }
}
