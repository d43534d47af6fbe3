//! Wall clocks of single processes, by the library of `faketime`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The wall clock of a process: some time ahead of the computer's, or behind it. The timer is the computer's.
#[derive(Clone, Debug)]
pub struct WallClock {
    library: PathBuf,
    /// The difference, where the library looks it up each time.
    file: PathBuf,
}

impl WallClock {
    /// A clock that is right so far. Its setting stands in this directory. `None` where there is no `faketime`, and says
    /// so.
    ///
    /// # Panics
    /// If `faketime` is there, and its library is not.
    pub fn new(directory: &Path) -> Option<Self> {
        if Command::new("faketime").arg("--version").stdout(Stdio::null()).status().is_err() {
            eprintln!("NOT RUN: faketime is not there");
            return None;
        }
        let folders = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(fs::read_dir).into_iter().flatten().flatten();
        let folders = folders.flatten().map(|folder| folder.path());
        let libraries = folders.flat_map(|folder| {
            ["libfaketimeMT.so.1", "faketime/libfaketimeMT.so.1"].map(|library| folder.join(library))
        });
        let library = libraries.into_iter().find(|library| library.exists()).expect("the library of faketime");
        let clock = Self { library, file: directory.join("wall-clock") };
        clock.set(0);
        Some(clock)
    }

    /// Sets it: so many seconds ahead of the computer's clock.
    ///
    /// # Panics
    /// If its file cannot be written.
    pub fn set(&self, ahead_s: i64) {
        // Never a half-written setting.
        let next = self.file.with_extension("next");
        fs::write(&next, format!("{ahead_s:+}s")).and_then(|()| fs::rename(&next, &self.file)).expect("a file");
    }

    pub(crate) fn give_to(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("FAKETIME_TIMESTAMP_FILE", &self.file);
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
}
