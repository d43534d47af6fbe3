//! The live observer of a machine.

use crate::rundir::{Manifest, Row, RunDirectory};

/// Sees each action of a machine as it happens. The tick loop calls this, so nothing here may wait.
pub trait Observer<S> {
    /// All links are up, and the machine starts to tick; or it goes on after a restart, which the manifest tells.
    fn started(&mut self, manifest: &Manifest, directory: &RunDirectory);

    /// An event has happened and is in the log.
    fn row(&mut self, row: &Row<S>);

    /// Something that a person should know: a sentence without the machine's name.
    fn notice(&mut self, sentence: &str);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl<S> Observer<S> for Nobody {
    fn started(&mut self, _manifest: &Manifest, _directory: &RunDirectory) {}
    fn row(&mut self, _row: &Row<S>) {}
    fn notice(&mut self, _sentence: &str) {}
}
