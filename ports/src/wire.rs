//! The wires of boards: between two ports, bytes go there and back, unless something befalls them.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    thread,
    time::Duration,
};

use clockring::{
    chance::{Purpose, stream},
    clock::LamportStamp,
    frame,
    handshake::Greeting,
    moment::UnixTime,
    ring::{MachineId, RingSize},
};

use host::system_time;

use crate::garble::{Garbler, Suffered};

/// How soon a wire on which nothing comes notices that it is cut or mended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Where the machines listen, and what befalls the wires of boards.
pub(crate) struct Wires {
    /// By machine.
    ports: [u16; 3],
    /// About one byte in so many is lost or changed.
    one_in: Option<u32>,
    /// Where chance comes from.
    seed: u64,
    /// The board whose wires are cut while it gathers.
    cut: Option<(MachineId, Cut)>,
    garblers: Vec<(MachineId, Garbler)>,
}

impl Wires {
    /// Wires between machines that listen at these ports, and what befalls them.
    pub(crate) fn new(ports: [u16; 3], seed: u64, one_in: Option<u32>, cut: Option<(MachineId, Cut)>) -> Self {
        Self { ports, one_in, seed, cut, garblers: Vec::new() }
    }

    /// The ports that a board listens at and dials: the machines' own, or those of wires to them.
    ///
    /// # Errors
    /// There is no port for a wire.
    pub(crate) fn of(&mut self, id: MachineId, ring: RingSize) -> Result<(u16, u16), String> {
        let (own, next) = (self.ports[id.index()], self.ports[ring.after(id, 1).index()]);
        let cut = self.cut.as_ref().filter(|(of, _)| *of == id).map(|(_, cut)| cut.clone());
        if self.one_in.is_none() && cut.is_none() {
            return Ok((own, next));
        }
        let mut fate = |purpose, role| {
            let garbler = self.one_in.map(|one_in| Garbler::new(one_in, stream(self.seed, id, purpose)));
            self.garblers.extend(garbler.clone().map(|garbler| (id, garbler)));
            Fate { garbler, cut: cut.clone().map(|cut| (cut, role)) }
        };
        let failed = |error| format!("{id}: no port for its wires: {error}");
        let listener = TcpListener::bind(("127.0.0.1", own)).map_err(failed)?;
        let behind = TcpListener::bind(("127.0.0.1", 0)).and_then(|free| free.local_addr()).map_err(failed)?.port();
        wire(listener, behind, Way::ToBoard, fate(Purpose::Rate, Role::Severed));
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
        let before = listener.local_addr().map_err(failed)?.port();
        wire(listener, next, Way::FromBoard, fate(Purpose::Phase, Role::Held));
        Ok((behind, before))
    }

    /// What the garbling wires of boards did to bytes.
    pub(crate) fn suffered(&self) -> impl Iterator<Item = (MachineId, Suffered)> {
        self.garblers.iter().map(|(id, garbler)| (*id, garbler.suffered()))
    }
}

/// A cut while a board gathers, begun when both of its links are greeted. The board hears that the machine before it is
/// ready, then loses the link to it, and only then hears that the next machine is ready: all it needs to start, but a
/// link is down.
#[derive(Clone, Default)]
pub(crate) struct Cut(Arc<CutState>);

#[derive(Default)]
struct CutState {
    greeted: Mutex<[bool; 2]>,
    /// System time.
    began: OnceLock<UnixTime>,
}

/// What is done to a wire by a cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It is cut, and mended.
    Severed,
    /// It holds back what comes after the greetings.
    Held,
}

impl Cut {
    const SEVERED: Duration = Duration::from_secs(1);
    const RELEASED: Duration = Duration::from_secs(3);
    const MENDED: Duration = Duration::from_secs(6);

    fn greeted(&self, role: Role) {
        let mut greeted = self.0.greeted.lock().unwrap_or_else(PoisonError::into_inner);
        greeted[role as usize] = true;
        if *greeted == [true; 2] {
            self.0.began.get_or_init(system_time::now);
        }
    }

    fn since(&self) -> Duration {
        self.0.began.get().map_or(Duration::ZERO, |began| system_time::now().since(*began))
    }

    fn is_severed(&self) -> bool {
        (Self::SEVERED..Self::MENDED).contains(&self.since())
    }

    /// When the wire was whole again, by system time: the board may not start before. `None` if it never came to that.
    pub(crate) fn mended(&self) -> Option<UnixTime> {
        self.0.began.get().map(|began| began.after(Self::MENDED))
    }
}

/// What befalls a wire.
#[derive(Clone)]
struct Fate {
    garbler: Option<Garbler>,
    cut: Option<(Cut, Role)>,
}

impl Fate {
    fn is_severed(&self) -> bool {
        self.cut.as_ref().is_some_and(|(cut, role)| *role == Role::Severed && cut.is_severed())
    }

    /// Is what comes this way held back?
    fn holds(&self, way: Way) -> bool {
        self.cut.as_ref().is_some_and(|(cut, role)| match role {
            Role::Severed => way == Way::FromBoard && cut.since() < Cut::SEVERED,
            Role::Held => cut.since() < Cut::RELEASED,
        })
    }

    /// A greeting has passed.
    fn greeted(&self) {
        if let Some((cut, role)) = &self.cut {
            cut.greeted(*role);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    ToBoard,
    FromBoard,
}

impl Way {
    const fn back(self) -> Self {
        match self {
            Self::ToBoard => Self::FromBoard,
            Self::FromBoard => Self::ToBoard,
        }
    }
}

/// Forwards connections to `listener` on to the port. Runs until the process ends.
fn wire(listener: TcpListener, port: u16, there: Way, fate: Fate) {
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            if fate.is_severed() {
                continue;
            }
            let Some(server) = connect(port) else { continue };
            let (Ok(to_server), Ok(to_client)) = (server.try_clone(), client.try_clone()) else { continue };
            let [fate, fate_back] = [fate.clone(), fate.clone()];
            thread::spawn(move || forward(client, to_server, there, &fate));
            thread::spawn(move || forward(server, to_client, there.back(), &fate_back));
        }
    });
}

/// Whoever is to be reached may not listen yet.
fn connect(port: u16) -> Option<TcpStream> {
    (0..50).find_map(|_| {
        let stream = TcpStream::connect(("127.0.0.1", port)).ok();
        if stream.is_none() {
            thread::sleep(Duration::from_millis(100));
        }
        stream
    })
}

fn forward(mut from: TcpStream, mut to: TcpStream, way: Way, fate: &Fate) {
    let mut buffer = [0; 4096];
    // The greeting is spared: a link that never comes up shows nothing.
    let mut spared = Greeting::LENGTH;
    let mut held = Vec::new();
    let _ = from.set_read_timeout(Some(LOOK_EVERY));
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if is_no_end(&error) => 0,
            Err(_) => break,
        };
        if fate.is_severed() {
            // A UART cannot see that a plug is pulled; it reads bytes of no frame.
            let board = if way == Way::ToBoard { &mut to } else { &mut from };
            let _ = board.write_all(&vec![frame::NO_FRAME; frame::length::<LamportStamp>()]);
            break;
        }
        let (clean, rest) = buffer[..count].split_at(spared.min(count));
        let is_greeting = spared > 0;
        spared -= clean.len();
        let mut bytes = clean.to_vec();
        match &fate.garbler {
            Some(garbler) => garbler.garble(rest, &mut held),
            None => held.extend_from_slice(rest),
        }
        if !fate.holds(way) {
            bytes.append(&mut held);
        }
        if to.write_all(&bytes).is_err() {
            break;
        }
        if is_greeting && spared == 0 {
            fate.greeted();
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

fn is_no_end(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}
