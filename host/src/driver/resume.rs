//! Resumption after a death: the machine's place, from its log and manifest.

use std::{fmt::Display, io};

use clockring::{
    clock::Clock,
    cursor::Cursor,
    event::EventKind,
    machine::Settings,
    moment::{Elapsed, Monotonic, UnixTime},
    ring::{MachineId, RingSize},
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
    rundir::{LogBefore, LogError, LogReader, Manifest, RunDirectory, StampText},
    wording::count,
};

/// The state that a machine of this name left behind.
pub(crate) struct Past<C: Clock> {
    pub(crate) log: LogBefore,
    pub(crate) manifest: Manifest,
    pub(crate) core: Core<C>,
    pub(crate) course: Course,
    /// There was no manifest, so this one is made of what the machine was told.
    pub(crate) lost_manifest: bool,
}

impl<C: Clock> Past<C> {
    /// Had its run begun? If not, the manifest is no more than a promise to come back.
    pub(crate) fn has_begun(&self) -> bool {
        self.core.ticks() > 0 || self.manifest.stopped.is_some()
    }
}

/// What a machine is told that goes on from its past.
pub(crate) struct Told<'a> {
    pub(crate) settings: Settings,
    /// That of its manifest, unless this is lost.
    pub(crate) experiment: &'a Experiment,
    pub(crate) capacity: usize,
    /// Send events that its outbox is to keep.
    pub(crate) recent_max: usize,
    pub(crate) durable: bool,
}

/// Reads the state that a machine left in this directory; `None` if it never came so far as to promise a peer anything.
/// Nothing in the directory is changed.
///
/// # Errors
/// If there is something that cannot be gone on with.
pub(crate) fn read<C>(told: &Told<'_>, directory: &RunDirectory, now: Monotonic) -> Result<Option<Past<C>>, Failure>
where
    C: Clock,
    C::Stamp: StampText,
{
    let Settings { id, ring, .. } = told.settings;
    let (log_path, manifest_path) = (directory.log(id), directory.manifest(id));
    let manifest = match Manifest::read(&manifest_path) {
        Ok(manifest) => Some(manifest),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(cannot_go_on(id, directory, &format_args!("{}: {error}", manifest_path.display()))),
    };
    let log = match LogBefore::open(&log_path, ring, told.durable) {
        Ok(log) => log,
        Err(error) if error.kind() == io::ErrorKind::NotFound && manifest.is_none() => return Ok(None),
        Err(error) => return Err(cannot_go_on(id, directory, &format_args!("{}: {error}", log_path.display()))),
    };
    let lost_manifest = manifest.is_none();
    let manifest = match manifest {
        Some(manifest) => manifest,
        // It is there before the first row, and before any promise to a peer.
        None if log.is_empty() => return Ok(None),
        None => made_again::<C>(told, directory)?,
    };
    let mut core = new_core::<C>(told.settings, told.recent_max, now)?;
    // A promise to come back tells no start.
    if !log.is_empty() || manifest.stopped.is_some() {
        core.start_at(manifest.started);
    }
    let course = Course::new(id, told.experiment);
    let mut past = Past { log, manifest, core, course, lost_manifest };
    if !past.log.is_empty() {
        past.relive(directory)?;
    }
    let rows = past.core.ticks();
    if let Some(ticks) = past.manifest.ticks.filter(|ticks| *ticks > rows) {
        let (log, has) = (log_path.display(), count(rows, "row"));
        let why = format_args!("{log}: it has {has}, and its manifest counts {ticks}: its end is lost");
        return Err(cannot_go_on(id, directory, &why));
    }
    // Rows after a restart may be lost again.
    past.manifest.restarts.retain(|tick| *tick <= rows + 1);
    for (fact, upto) in facts(&past.manifest) {
        past.core.recall(fact, upto);
    }
    past.core.resume();
    Ok(Some(past))
}

impl<C> Past<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    /// Lives the log again.
    fn relive(&mut self, directory: &RunDirectory) -> Result<(), Failure> {
        let Manifest { id, machines: ring, started, .. } = self.manifest;
        let mut received = vec![Cursor::START; ring.get()];
        let mut time = started;
        for row in rows::<C>(id, ring, directory)? {
            let (line, row) = row.map_err(|error| damaged(id, directory, &error))?;
            let wrong = |differs: Differs| {
                let advice = if self.lost_manifest { OTHER_SETTINGS } else { "" };
                let log = directory.log(id);
                cannot_go_on(id, directory, &format_args!("{}:{line}: {differs}{advice}", log.display()))
            };
            self.course.relive(&mut self.core, &row, started).map_err(wrong)?;
            if let EventKind::Receive { from, stamp } = row.event.kind
                && !received.get_mut(from.index()).is_some_and(|cursor| cursor.accept(&stamp, from))
            {
                return Err(wrong(Differs::Repeats));
            }
            if row.time < time {
                return Err(wrong(Differs::Time));
            }
            time = row.time;
        }
        Ok(())
    }
}

/// The manifest of a machine whose own is lost: of the settings that it is told, which its log then has to agree with.
/// Nothing tells the start but the first row, which is late by little.
fn made_again<C>(told: &Told<'_>, directory: &RunDirectory) -> Result<Manifest, Failure>
where
    C: Clock,
    C::Stamp: StampText,
{
    let Settings { id, ring, .. } = told.settings;
    let first = rows::<C>(id, ring, directory)?.next().transpose();
    let first = first.map_err(|error| damaged(id, directory, &error))?;
    let due = told.experiment.schedule(id).map_or(Elapsed::default(), |schedule| schedule.due());
    let started = first.map_or(UnixTime::EPOCH, |(_, row)| row.time.start_of(due));
    Ok(Manifest::of(id, told.experiment, told.capacity, started))
}

fn rows<C>(id: MachineId, ring: RingSize, directory: &RunDirectory) -> Result<LogReader<C::Stamp>, Failure>
where
    C: Clock,
    C::Stamp: StampText,
{
    LogReader::open(&directory.log(id), id, ring).map_err(|error| damaged(id, directory, &error))
}

/// Said of a row that another machine wrote, if nothing but arguments tell which machine this is.
const OTHER_SETTINGS: &str = " (its manifest is lost, so its settings are those given here: give what the manifests of \
                              its peers say, with --seed, --rates and --sides)";

/// A log that is damaged before its end, which no death does.
fn damaged(id: MachineId, directory: &RunDirectory, error: &LogError) -> Failure {
    let rest =
        "Nothing was cut off: the rows before that line are whole, and what follows is not what this machine wrote";
    cannot_go_on(id, directory, &format_args!("{error}. {rest}"))
}

/// A file of a machine keeps it from going on: which one, and why.
pub(crate) fn cannot_go_on(id: MachineId, directory: &RunDirectory, why: &dyn Display) -> Failure {
    let again = directory.command_to_go_on();
    Failure::run(format!(
        "{id}: cannot go on from {why}. Put a copy of this file back, and go on ({again}); without one, a new run can \
         start in another --log-dir, without --resume"
    ))
}
