//! What the page calls. Numbers only, so that no generated glue is needed: settings one by one, then `start`, then
//! `tick` as often as one likes, after each of which [`field`] tells what happened.

mod judge;
mod model;
mod rules;

use std::cell::RefCell;

use clockring::{event::EventKind, time::Rate};

use model::{MACHINES, Model, Seen, Settings};
use rules::Broken;

struct Page {
    settings: Settings,
    model: Model,
    seen: Option<Seen>,
}

thread_local! {
    static PAGE: RefCell<Page> = RefCell::new(Page::new());
}

impl Page {
    fn new() -> Self {
        let settings = Settings {
            rates: [Rate::MIN; MACHINES],
            sides: 10,
            seed: 1,
            latency_ns: 200_000,
            broken: Broken::default(),
        };
        Self { settings, model: Model::new(&settings), seen: None }
    }
}

/// Sets the rate of a machine, in millionths of a tick per second; takes effect at the next [`start`].
#[unsafe(no_mangle)]
pub extern "C" fn set_rate(machine: u32, millionths: u64) {
    PAGE.with_borrow_mut(|page| {
        if let (Some(rate), Some(new)) =
            (page.settings.rates.get_mut(machine as usize), Rate::from_millionths(millionths))
        {
            *rate = new;
        }
    });
}

/// Begins a run. `broken` are the rules that are switched off, as in [`rules::Broken`].
#[unsafe(no_mangle)]
pub extern "C" fn start(seed: u64, sides: u32, latency_ns: u64, broken: u32) {
    PAGE.with_borrow_mut(|page| {
        page.settings = Settings { seed, sides, latency_ns, broken: Broken(broken), ..page.settings };
        page.model = Model::new(&page.settings);
        page.seen = None;
    });
}

/// When the next tick is due, in nanoseconds after the start.
#[unsafe(no_mangle)]
pub extern "C" fn due_ns() -> u64 {
    PAGE.with_borrow(|page| page.model.due_ns())
}

/// Makes the next tick.
#[unsafe(no_mangle)]
pub extern "C" fn tick() {
    PAGE.with_borrow_mut(|page| page.seen = Some(page.model.tick()));
}

/// What the last tick was, number by number:
///
/// 0 machine · 1 tick · 2 nanoseconds after the start · 3 kind (0 internal, 1 send, 2 receive) · 4 peers, a bit for
/// each machine · 5 the timestamp received · 6 clock · 7 queue · 8 the sender's tick · 9 ticks waited · 10 rules broken,
/// as in [`judge`] · from 16 the vector clock. 0 where a number has no meaning.
#[unsafe(no_mangle)]
pub extern "C" fn field(number: u32) -> u64 {
    PAGE.with_borrow(|page| page.seen.map_or(0, |seen| value(&seen, number)))
}

fn value(seen: &Seen, number: u32) -> u64 {
    let (kind, peers, stamp) = match seen.kind {
        EventKind::Internal => (0, 0, 0),
        EventKind::Send { to } => (1, to.into_iter().map(|peer| 1 << peer.index()).sum(), 0),
        EventKind::Receive { from, stamp } => (2, 1 << from.index(), stamp.0),
    };
    match number {
        0 => seen.machine.index() as u64,
        1 => seen.tick,
        2 => seen.time_ns,
        3 => kind,
        4 => peers,
        5 => stamp,
        6 => seen.clock.0,
        7 => seen.queue,
        8 => seen.origin.map_or(0, |origin| origin.tick),
        9 => seen.origin.map_or(0, |origin| origin.waited),
        10 => u64::from(judge::broken(seen)),
        _ => number.checked_sub(16).and_then(|machine| seen.vector.0.get(machine as usize)).copied().unwrap_or(0),
    }
}
