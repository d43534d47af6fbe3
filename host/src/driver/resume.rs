//! Resumption after a death: the machine's place, from its log and manifest.

use std::{fmt::Display, io, path::Path};

use clockring::{
    clock::Clock, cursor::Cursor, event::EventKind, machine::Settings, moment::Monotonic, ring::MachineId,
};

use super::{
    Core,
    accounting::facts,
    course::{Course, Differs},
    new_core,
};
use crate::{
    experiment::Experiment,
    failure::Failure,
    rundir::{LogReader, LogWriter, Manifest, RunDirectory, StampText},
};

/// The state that a machine of this name left behind.
pub(crate) struct Past<C: Clock> {
    pub(crate) log: LogWriter,
    pub(crate) manifest: Manifest,
    pub(crate) core: Core<C>,
    pub(crate) course: Course,
    /// Bytes cut off the log: its end was not written whole.
    pub(crate) cut_bytes: u64,
}

impl<C: Clock> Past<C> {
    /// Had its run begun? If not, the manifest is no more than a promise to come back.
    pub(crate) fn has_begun(&self) -> bool {
        self.core.ticks() > 0 || self.manifest.stopped.is_some()
    }
}

/// Reads the state that a machine of these settings left in this directory; `None` if it never came so far as to
/// promise a peer anything. Its outbox is to keep `recent_max` send events.
///
/// # Errors
/// If there is something that cannot be gone on with.
pub(crate) fn read<C>(
    settings: Settings,
    experiment: &Experiment,
    directory: &RunDirectory,
    recent_max: usize,
    now: Monotonic,
) -> Result<Option<Past<C>>, Failure>
where
    C: Clock,
    C::Stamp: StampText,
{
    let (id, ring) = (settings.id, settings.ring);
    let (log_path, manifest_path) = (directory.log(id), directory.manifest(id));
    let manifest = match Manifest::read(&manifest_path) {
        Ok(manifest) => Some(manifest),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(cannot_go_on(id, &manifest_path, &error)),
    };
    let (log, cut_bytes) = match LogWriter::resume(&log_path, ring) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound && manifest.is_none() => return Ok(None),
        Err(error) => return Err(cannot_go_on(id, &log_path, &error)),
    };
    let Some(manifest) = manifest else {
        // The manifest is there before the first row, and before any promise to a peer.
        return if log.is_empty() { Ok(None) } else { Err(cannot_go_on(id, &manifest_path, &"it is not there")) };
    };
    let started = manifest.started;
    let mut core = new_core::<C>(settings, recent_max, now)?;
    core.start_at(started);
    let mut past = Past { log, manifest, core, course: Course::new(id, experiment), cut_bytes };
    let mut received = vec![Cursor::START; ring.get()];
    let rows = LogReader::open(&log_path, id, ring).map_err(|error| Failure::run(format!("{id}: {error}")))?;
    for row in rows {
        let (line, row) = row.map_err(|error| Failure::run(format!("{id}: {error}")))?;
        let wrong = |differs: Differs| cannot_go_on(id, &log_path, &format_args!("line {line}: {differs}"));
        past.course.relive(&mut past.core, &row, started).map_err(wrong)?;
        if let EventKind::Receive { from, stamp } = row.event.kind
            && !received.get_mut(from.index()).is_some_and(|cursor| cursor.accept(&stamp, from))
        {
            return Err(wrong(Differs::Repeats));
        }
    }
    for (fact, upto) in facts(&past.manifest) {
        past.core.recall(fact, upto);
    }
    past.core.resume();
    Ok(Some(past))
}

fn cannot_go_on(id: MachineId, path: &Path, why: &dyn Display) -> Failure {
    Failure::run(format!(
        "{id}: cannot go on from {}: {why}; without --resume and in another --log-dir, a new run can start",
        path.display()
    ))
}
