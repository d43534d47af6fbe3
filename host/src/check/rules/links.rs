//! All links of a run.
//!
//! A timestamp is unique per sender, so (sender, timestamp) identifies a message, and the n-th message received from
//! a peer is the n-th that the peer sent here. As long as that is so, a cursor per link is enough; the index that finds
//! a message out of place is only built when there is one.

use std::{cell::OnceCell, collections::HashMap};

use clockring::{event::EventKind, ring::MachineId};

use super::{
    super::{
        findings::Findings,
        hole::Holes,
        link_count::LinkCount,
        run::{Log, Run},
    },
    link::{Link, Taken},
};

/// All links of a run while they are walked along.
pub(crate) struct Links<'a> {
    machines: usize,
    /// By receiver and then sender in ring order; `None` where one of the two logs is not here.
    links: Vec<Option<Link<'a>>>,
    /// The events of each machine by the identity of their messages, made when first asked for.
    events: Vec<OnceCell<HashMap<u64, usize>>>,
    holes: Holes,
}

impl<'a> Links<'a> {
    pub(crate) fn new(run: &'a Run) -> Self {
        let links = run.ring.machines().flat_map(|to| {
            run.ring.machines().map(move |from| {
                let (sender, receiver) = (run.log(from)?, run.log(to)?);
                (from != to).then(|| Link::new(sender, receiver))
            })
        });
        let machines = run.ring.get();
        let events = (0..machines).map(|_| OnceCell::new()).collect();
        Self { machines, links: links.collect(), events, holes: Holes::new(run) }
    }

    /// The next message from `from` that `receiver` took; returns the row of its send.
    pub(crate) fn take(
        &mut self,
        receiver: &Log,
        from: MachineId,
        stamp: &[u64],
        taken: Taken,
        findings: &mut Findings<'_>,
    ) -> Option<usize> {
        let link = self.links[receiver.machine.index() * self.machines + from.index()].as_mut()?;
        let events = &self.events[from.index()];
        let sender = link.sender;
        let event = |identity| events.get_or_init(|| index_of(sender)).get(&identity).copied();
        link.take(stamp, taken, event, &mut self.holes, findings)
    }

    /// Judges the rest when every receiver has taken its messages: the count of each link, and the traces of rows that
    /// are missing.
    pub(crate) fn finish(mut self, findings: &mut Findings<'_>) -> (Vec<LinkCount>, Holes) {
        // A loss that is certain comes before one that is possible.
        let (closed, open): (Vec<Link<'_>>, Vec<Link<'_>>) =
            self.links.into_iter().flatten().partition(Link::is_accountable);
        let links = closed.into_iter().chain(open);
        let mut counts: Vec<LinkCount> = links.map(|link| link.finish(&mut self.holes, findings)).collect();
        counts.sort_by_key(|count| (count.from, count.to));
        self.holes.sort();
        (counts, self.holes)
    }
}

fn index_of(log: &Log) -> HashMap<u64, usize> {
    let mut events = HashMap::with_capacity(log.len());
    for row in 0..log.len() {
        let first = *events.entry(log.sequence(row)).or_insert(row);
        // Only in a log with a clock that stands still: the event that sends is meant.
        if first != row && !matches!(log.records()[first].kind, EventKind::Send { .. }) {
            events.insert(log.sequence(row), row);
        }
    }
    events
}
