//! `--watch`: a live view beside a ring of processes, or beside one machine.

use std::{
    io::{self, Write},
    sync::mpsc::{Receiver, Sender, channel},
    thread::{self, JoinHandle},
};

use clockring::ring::RingSize;

use crate::{
    failure::Failure,
    launch::{Launched, Stream},
    live::{Observer, Stop},
    rundir::{Ended, Manifest, Row, RunDirectory},
    system_time,
    watch::{self, Watch, Wish},
};

/// The view, if it is wanted and there is a terminal for it. A run that is resumed began before now.
pub(super) fn open(wanted: bool, ring: RingSize, resume: bool) -> Result<Option<Watch>, Failure> {
    if !wanted {
        return Ok(None);
    }
    if !watch::is_possible() {
        // A user who has closed standard error sees the plain output all the same.
        let _ = writeln!(io::stderr(), "--watch needs a terminal, and this is none: here is the plain output");
        return Ok(None);
    }
    let since = (!resume).then(system_time::now);
    Watch::open(ring, since).map(Some).map_err(|error| Failure::run(format!("the terminal cannot be used: {error}")))
}

/// The view of a ring of processes.
pub(super) struct RingView {
    watch: Watch,
    /// Lines of the machines' standard error, to be printed when the terminal is free again.
    said: Vec<String>,
    leaving: bool,
}

impl RingView {
    pub(super) fn new(mut watch: Watch, directory: &RunDirectory) -> Self {
        watch.set_directory(directory.clone());
        Self { watch, said: Vec::new(), leaving: false }
    }

    /// A line of a machine's output. Its events are in its log, and shown from there.
    pub(super) fn hear(&mut self, stream: Stream, line: &str) {
        if stream == Stream::Err {
            self.watch.notice(line.to_owned());
            self.said.push(line.to_owned());
        }
    }

    /// The view closes as soon as the run has ended.
    pub(super) fn leave(&mut self) {
        self.leaving = true;
    }

    pub(super) fn turn(&mut self, launched: &mut Launched) {
        // Without a terminal there is no viewer.
        if self.watch.turn().unwrap_or(Wish::Leave) == Wish::Leave && !self.leaving {
            self.leaving = true;
            launched.stop();
        }
    }

    /// The run has ended: stays until the user leaves, and prints the lines kept meanwhile.
    pub(super) fn finish(self) {
        let Self { mut watch, said, leaving } = self;
        watch.set_ended();
        while !leaving && watch.turn().unwrap_or(Wish::Leave) == Wish::Stay {}
        drop(watch);
        for line in said {
            let _ = writeln!(io::stderr(), "{line}");
        }
    }
}

/// The view of the run of one machine, on a thread of its own: the tick loop must not wait for a terminal.
pub(super) struct MachineView {
    news: Sender<News>,
    thread: JoinHandle<()>,
}

enum News {
    Directory(RunDirectory),
    Notice(String),
    Ended { leave: bool },
}

impl MachineView {
    pub(super) fn new(watch: Watch, stop: Stop) -> io::Result<Self> {
        let (news, heard) = channel();
        let thread = thread::Builder::new().name("view".to_owned()).spawn(move || show(watch, &stop, &heard))?;
        Ok(Self { news, thread })
    }

    /// The run has ended: waits until the person leaves, or not, if it was interrupted or failed.
    pub(super) fn finish(self, ended: Option<Ended>) {
        let _ = self.news.send(News::Ended { leave: ended != Some(Ended::Complete) });
        // A view that panicked has given the terminal back and said so.
        let _ = self.thread.join();
    }
}

fn show(mut watch: Watch, stop: &Stop, heard: &Receiver<News>) {
    let (mut ended, mut leaving) = (false, false);
    while !(ended && leaving) {
        for news in heard.try_iter() {
            match news {
                News::Directory(directory) => watch.set_directory(directory),
                News::Notice(sentence) => watch.notice(sentence),
                News::Ended { leave } => {
                    (ended, leaving) = (true, leaving || leave);
                    watch.set_ended();
                }
            }
        }
        if watch.turn().unwrap_or(Wish::Leave) == Wish::Leave && !leaving {
            leaving = true;
            stop.stop();
        }
    }
}

impl<S> Observer<S> for MachineView {
    fn started(&mut self, _manifest: &Manifest, directory: &RunDirectory) {
        let _ = self.news.send(News::Directory(directory.clone()));
    }

    /// Rows are read from the log, with those of the other machines.
    fn row(&mut self, _row: &Row<S>) {}

    fn notice(&mut self, sentence: &str) {
        let _ = self.news.send(News::Notice(sentence.to_owned()));
    }
}
