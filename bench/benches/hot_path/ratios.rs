//! Our figures beside the floor and beside the others', with what the project wants of them.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use bench::{
    mission::{BATCH, Storage},
    results::{Results, Wanted},
};
use clockring::event::EventKind;
use serde::Deserialize;

use Wanted::AtMost;

/// What of `estimates.json` is read.
#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

/// Our figure, what it stands beside, and what is wanted of the ratio.
const PAIRS: &[(&str, &str, Option<Wanted>)] = &[
    ("lamport/observe/ours", "floor/max_plus_one", Some(AtMost(1.1))),
    ("lamport/advance/ours", "floor/plus_one", None),
    ("lamport/observe/ours", "lamport/observe/lamport", None),
    ("lamport/advance/ours", "lamport/advance/lamport", None),
    ("vector/observe/ours", "vector/observe/vec_clock", None),
    ("vector/advance/ours", "vector/advance/vec_clock", None),
    ("vector/observe/ours", "vector/observe/vclock", None),
    ("vector/advance/ours", "vector/advance/vclock", None),
    ("hybrid/advance/cached/ours", "hybrid/advance/cached/uhlc", Some(AtMost(1.0 / 3.0))),
    ("hybrid/observe/cached/ours", "hybrid/observe/cached/uhlc", Some(AtMost(1.0 / 3.0))),
    ("hybrid/observe/cached/ours", "hybrid/receive/cached/uhlc", None),
    ("hybrid/advance/system/ours", "hybrid/advance/system/uhlc", Some(AtMost(1.0))),
    ("hybrid/observe/system/ours", "hybrid/observe/system/uhlc", Some(AtMost(1.0))),
    ("hybrid/advance/system/ours", "floor/system_time", None),
    ("hybrid/advance/system/ours", "hybrid/advance/system/hlc-gen", None),
    ("tick/mission", "hybrid/advance/system/uhlc", Some(AtMost(1.0 / 3.0))),
    ("frame/encode", "floor/copy_frame", None),
    ("frame/decode", "floor/copy_frame", None),
    ("inbox/push_pop", "floor/move_message", None),
    ("inbox/push_pop", "queue/alone/crossbeam", None),
    ("inbox/push_pop", "queue/alone/mpsc", None),
    ("inbox/push_pop", "queue/alone/mutex_vecdeque", None),
    ("inbox/push_pop", "queue/alone/mutex_heapless", None),
    ("queue/two_producers/ours", "queue/two_producers/crossbeam", None),
    ("queue/two_producers/ours", "queue/two_producers/mpsc", None),
    ("queue/two_producers/ours", "queue/two_producers/mutex_vecdeque", None),
    ("queue/two_producers/ours", "queue/two_producers/mutex_heapless", None),
];

/// Prints and writes what this run has measured.
pub(crate) fn publish(estimates: &Path, began: SystemTime) -> io::Result<()> {
    let mut medians = BTreeMap::new();
    collect(estimates, began, &mut medians)?;
    if medians.is_empty() {
        return Ok(());
    }
    let mut results = Results::new("The hot path");
    for (name, median_ns) in &medians {
        results.figure(name, *median_ns, "ns");
    }
    if let Some((floor, floor_ns)) = mission_floor(&medians)
        && let Some(mission_ns) = medians.get("tick/mission")
    {
        results.compare("ns", ("tick/mission", *mission_ns), (&floor, floor_ns), Some(AtMost(1.5)));
    }
    for (ours, beside, wanted) in PAIRS {
        if let (Some(ours_ns), Some(beside_ns)) = (medians.get(*ours), medians.get(*beside)) {
            results.compare("ns", (ours, *ours_ns), (beside, *beside_ns), *wanted);
        }
    }
    results.publish("hot_path")
}

/// The sum of what a tick of the mix cannot do without: the clock and the record always, the message if one is
/// received, the draw if not.
fn mission_floor(medians: &BTreeMap<String, f64>) -> Option<(String, f64)> {
    let received = share_received();
    let floor = |name: &str| medians.get(&format!("floor/{name}")).copied();
    let sum = floor("max_plus_one")?
        + floor("store_row")?
        + received * floor("move_message")?
        + (1.0 - received) * floor("xorshift_draw")?;
    let name =
        format!("floor: max_plus_one + store_row + {received:.2} move_message + {:.2} xorshift_draw", 1.0 - received);
    Some((name, sum))
}

/// Which share of the ticks of the mix are receives.
fn share_received() -> f64 {
    let mut storage = Box::<Storage>::default();
    let mut mission = storage.mission(7);
    let (mut ticks, mut received) = (0, 0);
    for machine in mission.ids().collect::<Vec<_>>().into_iter().cycle().take(3000) {
        mission.tick(machine, BATCH);
        let rows = mission.rows(machine);
        ticks += rows.len();
        received += rows.iter().filter(|row| matches!(row.event.kind, EventKind::Receive { .. })).count();
        mission.deliver(machine);
    }
    received as f64 / ticks as f64
}

/// Finds the medians that were written since `began`. Criterion keeps each in a directory named after the benchmark.
fn collect(directory: &Path, began: SystemTime, medians: &mut BTreeMap<String, f64>) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(directory) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        let file: PathBuf = path.join("estimates.json");
        if path.file_name().is_some_and(|name| name == "new") {
            let fresh = fs::metadata(&file).and_then(|file| file.modified()).is_ok_and(|written| written >= began);
            if fresh {
                let estimates: Estimates = serde_json::from_slice(&fs::read(&file)?)?;
                let id: Id = serde_json::from_slice(&fs::read(path.join("benchmark.json"))?)?;
                medians.insert(id.full_id, estimates.median.point_estimate);
            }
        } else if path.is_dir() {
            collect(&path, began, medians)?;
        }
    }
    Ok(())
}

/// What of `benchmark.json` is read.
#[derive(Deserialize)]
struct Id {
    full_id: String,
}
