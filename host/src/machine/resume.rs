//! Going on after a death: what the log and the manifest say about where the machine was.

use std::{io, path::Path};

use clockring::{clock::Clock, cursor::Cursor, event::EventKind, ring::MachineId};

use super::{outbox::Outbox, state::State};
use crate::{
    experiment::Experiment,
    failure::Failure,
    rundir::{LogReader, LogWriter, Manifest, StampText, log_path, manifest_path},
};

/// What a machine of this name left behind.
pub(crate) struct Past<C: Clock> {
    pub(crate) log: LogWriter,
    pub(crate) manifest: Manifest,
    pub(crate) state: State<C>,
    pub(crate) outbox: Outbox<C::Stamp>,
    /// What it has received of each machine, by machine index.
    pub(crate) received: Vec<Cursor>,
    /// How much of the log was cut off, because it was not written to its end.
    pub(crate) cut_bytes: u64,
}

/// Reads what the machine left in this directory; `None` if it never came so far as to promise anything to anybody. Its
/// outbox is to keep `recent_max` send events.
///
/// # Errors
/// If there is something that cannot be gone on with.
pub(crate) fn read<C>(
    id: MachineId,
    experiment: &Experiment,
    directory: &Path,
    recent_max: usize,
) -> Result<Option<Past<C>>, Failure>
where
    C: Clock,
    C::Stamp: StampText,
{
    let ring = experiment.ring;
    let (log_path, manifest_path) = (log_path(directory, id), manifest_path(directory, id));
    let manifest = match Manifest::read(&manifest_path) {
        Ok(manifest) => Some(manifest),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(cannot_go_on(id, &manifest_path, &error.to_string())),
    };
    let (log, cut_bytes) = match LogWriter::resume(&log_path, ring) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound && manifest.is_none() => return Ok(None),
        Err(error) => return Err(cannot_go_on(id, &log_path, &error.to_string())),
    };
    let Some(manifest) = manifest else {
        // The manifest is there before the first row, and before any promise to a peer.
        return if log.is_empty() { Ok(None) } else { Err(cannot_go_on(id, &manifest_path, "it is not there")) };
    };
    let mut past = Past {
        log,
        manifest,
        state: State::new(id, experiment),
        outbox: Outbox::new(id, recent_max),
        received: vec![Cursor::START; ring.get()],
        cut_bytes,
    };
    let rows = LogReader::open(&log_path, id, ring).map_err(|error| Failure::run(format!("{id}: {error}")))?;
    for row in rows {
        let (line, row) = row.map_err(|error| Failure::run(format!("{id}: {error}")))?;
        let differs = |why: String| cannot_go_on(id, &log_path, &format!("line {line}: {why}"));
        past.state.relive(&row).map_err(|error| differs(error.to_string()))?;
        past.outbox.add(&row.event);
        if let EventKind::Receive { from, stamp } = row.event.kind
            && !past.received.get_mut(from.index()).is_some_and(|cursor| cursor.accept(&stamp, from))
        {
            return Err(differs("it receives a message a second time".to_owned()));
        }
    }
    Ok(Some(past))
}

fn cannot_go_on(id: MachineId, path: &Path, why: &str) -> Failure {
    Failure::run(format!(
        "{id}: cannot go on from {}: {why}; without --resume and in another --log-dir, a new run can start",
        path.display()
    ))
}
