//! What the parts of a tick cost by themselves, in processor time.

use std::{fs::File, io::Write, time::Duration};

use bench::{
    mission::{BATCH, Storage},
    processor::of_this_thread,
};
use clockring::{moment::UnixTime, ring::MachineId};

use crate::{Outcome, run::memory};

/// How many batches are measured.
const BATCHES: usize = 12_000;

pub(crate) struct Cost {
    /// Pop, roll, step, record.
    pub(crate) tick_ns: f64,
    /// The record as a line of text.
    pub(crate) text_ns: f64,
    /// The line into a file, with those of its batch in one write.
    pub(crate) file_ns: f64,
}

pub(crate) fn rows() -> Outcome<Cost> {
    let mut storage = Box::<Storage>::default();
    let mut mission = storage.mission(7);
    let ids: Vec<MachineId> = mission.ids().collect();
    let ring = clockring::ring::RingSize::new(ids.len()).ok_or("three machines make a ring")?;
    let path = memory().join(format!("clockring-bench-{}-rows", std::process::id()));
    let mut file = File::create(&path)?;
    let mut text = Vec::new();
    let mut times = [Duration::ZERO; 3];
    for machine in ids.iter().cycle().take(BATCHES) {
        let began = of_this_thread();
        mission.tick(*machine, BATCH);
        let ticked = of_this_thread();
        text.clear();
        for row in mission.rows(*machine) {
            let row = host::rundir::Row { time: UnixTime::from_ns(1_800_000_000_000_000_000 + row.time.ns()), ..*row };
            row.write(ring, &mut text);
        }
        let written = of_this_thread();
        file.write_all(&text)?;
        let kept = of_this_thread();
        for (time, part) in times.iter_mut().zip([ticked - began, written - ticked, kept - written]) {
            *time += part;
        }
        mission.deliver(*machine);
    }
    drop(file);
    std::fs::remove_file(path)?;
    // Reading the clock is part of each; a batch takes long enough that it does not matter.
    let [tick_ns, text_ns, file_ns] = times.map(|time| time.as_nanos() as f64 / (BATCHES * BATCH) as f64);
    Ok(Cost { tick_ns, text_ns, file_ns })
}
