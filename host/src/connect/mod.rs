//! The ordered ring: every machine listens, dials the machines after it, and keeps one link to every other.
//!
//! A [`Doorway`] hears each caller and lets in the machines of the ring; a [`PeerLink`] per peer dials or waits,
//! greets, reads until the link breaks, and begins again. The machine hears of all this as [`RingEvent`]s, and of
//! messages through the inbox.

pub(crate) mod admission;
mod doorway;
mod identity;
mod pause;
mod peer_lane;
mod peer_link;
pub(crate) mod physical_time;
mod reception;
mod refusals;
mod standing;
mod wall_clock;

use std::{
    fmt, io,
    sync::{
        Arc,
        mpsc::{Sender, sync_channel},
    },
};

use clockring::{
    clock::Clock, cursor::Cursor, frame::Signal, handshake::Greeting, progress::Progress, ring::MachineId,
};

use crate::{
    link::{Address, Key, Outgoing, Refusal},
    system_time::Clocks,
};
use doorway::CALLERS_MAX;
pub use doorway::Doorway;
pub use identity::Identity;
pub use peer_lane::PeerLane;
pub use peer_link::{Break, PeerLink};
pub use refusals::OtherSide;

/// The way in to a machine, and the links to all its peers, each with its lane. Nothing runs yet: the caller gives
/// each link a thread, and one to the doorway.
///
/// With a `key`, every link is sealed. `addresses` and the `received` cursor of each machine are by machine index;
/// `lanes` are in ring order from the machine after this one.
pub fn links<'lane, C: Clock>(
    identity: Identity,
    key: Option<&Key>,
    addresses: &[Address],
    received: &[Cursor],
    lanes: Vec<PeerLane<'lane, C::Stamp>>,
    clocks: Clocks,
    events: &Sender<RingEvent>,
) -> (Arc<Doorway>, Vec<PeerLink<'lane, C>>) {
    let (inlets, outlets): (Vec<_>, Vec<_>) = identity.ring.machines().map(|_| sync_channel(CALLERS_MAX)).unzip();
    let doorway = Doorway::new(identity, key.cloned(), addresses, received, inlets, clocks, events.clone());
    let mut outlets: Vec<_> = outlets.into_iter().map(Some).collect();
    let links = identity.ring.others(identity.id).into_iter().zip(lanes).filter_map(|(peer, lane)| {
        let dial = addresses.get(peer.index()).cloned().filter(|_| identity.ring.dials(identity.id, peer));
        let callers = outlets.get_mut(peer.index())?.take()?;
        let received = received.get(peer.index()).copied()?;
        Some(PeerLink::new(Arc::clone(&doorway), peer, dial, callers, received, lane))
    });
    (doorway.clone(), links.collect())
}

/// Events of the ring for its machine.
pub enum RingEvent {
    /// A link to this peer is up.
    Up {
        /// The peer.
        peer: MachineId,
        /// The link's sending half.
        outgoing: Box<dyn Outgoing>,
        /// This machine's progress, as it told the peer.
        told: Progress,
        /// The peer's greeting.
        theirs: Greeting,
        /// A lower bound on the lead of the peer's wall clock over this machine's, in nanoseconds; negative if it is
        /// behind.
        ahead_ns: i64,
    },
    /// This peer said something besides messages.
    Heard {
        /// The peer.
        peer: MachineId,
        /// The signal.
        signal: Signal,
    },
    /// The link to this peer is broken, and will be made again.
    Down {
        /// The peer.
        peer: MachineId,
        /// The reason.
        why: Break,
    },
    /// A connection was refused; the ring goes on.
    Refused {
        /// The other side of the connection.
        who: OtherSide,
        /// The reason.
        why: Refusal,
        /// Refusals of this kind since the last event about it.
        unreported: u64,
    },
    /// No connection to a peer can be made, and not since the peer is away.
    Unreachable {
        /// The peer.
        peer: MachineId,
        /// The address that was dialled.
        address: Address,
        /// The error of this computer or of the network.
        why: io::Error,
    },
    /// No call can be taken.
    Deaf {
        /// The error of this computer.
        why: io::Error,
    },
    /// A peer does not want this machine: it cannot take part in the run.
    Unwanted {
        /// The peer.
        peer: MachineId,
        /// The address that was dialled.
        address: Address,
        /// The reason.
        why: Refusal,
    },
    /// A request to stop this machine.
    Stop,
}

impl fmt::Debug for RingEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Up { peer, theirs, .. } => write!(f, "Up {peer} {theirs:?}"),
            Self::Heard { peer, signal } => write!(f, "Heard {peer} {signal:?}"),
            Self::Down { peer, why } => write!(f, "Down {peer}: {why}"),
            Self::Refused { who, why, .. } => write!(f, "Refused {who}: {why}"),
            Self::Unreachable { peer, address, why } => write!(f, "Unreachable {peer} {address}: {why}"),
            Self::Deaf { why } => write!(f, "Deaf: {why}"),
            Self::Unwanted { peer, address, why } => write!(f, "Unwanted {peer} {address}: {why}"),
            Self::Stop => f.write_str("Stop"),
        }
    }
}
