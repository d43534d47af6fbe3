//! What a board says, as a machine's files in the run directory. A board has no file: its log on the wire is what the
//! files say, and a fact of its end is a line of it before it is said to anybody.

use clockring::{
    clock::LamportStamp,
    event::EventKind,
    moment::{Elapsed, UnixTime},
    ring::{MachineId, Peers, RingSize},
};
use host::{
    rundir::{Ended, Forgotten, LeftInQueue, LogWriter, Manifest, Row, RunDirectory, StampJson},
    system_time,
};

use super::Place;

/// How many messages wait for a board per link (`bare::board::BoardStorage`).
const CAPACITY: usize = 64;

/// What a board said of a link when it left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Losses {
    pub(crate) peer: MachineId,
    pub(crate) overruns: u64,
    pub(crate) garbage_bytes: u64,
    /// Frames between two other machines.
    pub(crate) misdirected: u64,
    /// Messages with an absurd timestamp.
    pub(crate) absurd: u64,
}

/// How a board left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Gone {
    Unstarted,
    Complete,
    Incomplete,
}

/// A board's files in the run directory.
pub(super) struct BoardLog<'a> {
    id: MachineId,
    ring: RingSize,
    directory: &'a RunDirectory,
    manifest: Manifest,
    has_started: bool,
    rows: LogWriter,
    /// Its sends so far: it says only between which cursors it forgot some.
    sends: Vec<(u64, Peers)>,
    left: Vec<LeftInQueue>,
    /// The manifest in the directory does not say all that this one does.
    is_unwritten: bool,
    losses: Vec<Losses>,
    gone: Option<Gone>,
    /// Says something to people.
    tell: Box<dyn FnMut(&str) + 'a>,
}

impl<'a> BoardLog<'a> {
    pub(super) fn create(place: &Place<'a>, tell: impl FnMut(&str) + 'a) -> Result<Self, String> {
        let (id, ring) = (place.id, place.experiment.ring);
        let path = place.directory.log(id);
        let rows = LogWriter::create(&path, ring, false).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self {
            id,
            ring,
            directory: place.directory,
            manifest: Manifest::of(id, place.experiment, CAPACITY, system_time::now()),
            has_started: false,
            rows,
            sends: Vec::new(),
            left: Vec::new(),
            is_unwritten: false,
            losses: Vec::new(),
            gone: None,
            tell: Box::new(tell),
        })
    }

    pub(super) fn is_ticking(&self) -> bool {
        self.has_started && self.manifest.stopped.is_none()
    }

    /// Takes one sentence of `ports/bare/src/board/log.rs`.
    pub(super) fn hear(&mut self, sentence: &str) -> Result<(), String> {
        let (what, rest) = sentence.split_once(' ').unwrap_or((sentence, ""));
        if what == "row" {
            return self.hear_row(rest);
        }
        self.note(what, &rest.split(' ').collect::<Vec<_>>())
            .ok_or_else(|| format!("{}: its log says \"{sentence}\", which cannot be read", self.id))
    }

    fn hear_row(&mut self, text: &str) -> Result<(), String> {
        let row = Row::<LamportStamp>::parse(text.as_bytes(), self.id, self.ring);
        let mut row = row.map_err(|error| format!("{}: {error} in its row {text}", self.id))?;
        // A board's rows have the time since its start.
        let since_start = |time: UnixTime| self.manifest.started.at(Elapsed::from_ns(time.ns()));
        (row.time, row.arrived) = (since_start(row.time), row.arrived.map(since_start));
        if let EventKind::Send { to } = row.event.kind {
            self.sends.push((row.event.clock.0, to));
        }
        self.rows.add(&row);
        Ok(())
    }

    /// `None` if the words cannot be read.
    fn note(&mut self, what: &str, words: &[&str]) -> Option<()> {
        let number = |place: usize| words.get(place)?.parse::<u64>().ok();
        match what {
            "started" => {
                (self.manifest.started, self.manifest.run) = (system_time::now(), Some(number(0)?));
                (self.has_started, self.is_unwritten) = (true, true);
                return Some(());
            }
            "ended" => {
                self.manifest.ticks = Some(number(0)?);
                self.manifest.stopped = Some(words.get(1)?.parse().ok()?);
                self.manifest.ended_at = Some(self.manifest.started.at(Elapsed::from_ns(number(2)?)));
                self.account();
                return Some(());
            }
            "gone" => {
                self.gone = Some(match *words.first()? {
                    "unstarted" => Gone::Unstarted,
                    "complete" => Gone::Complete,
                    "incomplete" => Gone::Incomplete,
                    _ => return None,
                });
                if self.gone == Some(Gone::Incomplete) {
                    self.manifest.ended = Some(Ended::Incomplete);
                    self.manifest.left_in_queue = Some(self.left.clone());
                    self.is_unwritten = true;
                }
                return Some(());
            }
            _ => {}
        }
        let [letter] = words.first()?.as_bytes() else { return None };
        let peer = MachineId::from_letter(*letter)?;
        match what {
            "left" => self.left.push(LeftInQueue { from: peer, stamp: StampJson::Number(number(1)?) }),
            "accounted" => {
                self.manifest.accounted.insert(peer.to_string(), number(1)?);
                self.account();
            }
            "delivered" => {
                self.manifest.delivered.insert(peer.to_string(), number(1)?);
                self.account();
            }
            "overrun" => {
                if self.manifest.overruns.iter().all(|lost| lost.from != peer) {
                    (self.tell)(&format!(
                        "a message from {peer} finds its lane full and is lost; there will be a list of them all"
                    ));
                }
                self.manifest.overruns.push(LeftInQueue { from: peer, stamp: StampJson::Number(number(1)?) });
                self.is_unwritten = true;
            }
            "forgotten" => self.forget(peer, number(1)?, number(2)?),
            "losses" => {
                let [overruns, garbage_bytes, misdirected, absurd] = [number(1)?, number(2)?, number(3)?, number(4)?];
                self.losses.push(Losses { peer, overruns, garbage_bytes, misdirected, absurd });
            }
            "up" => {}
            _ => {
                let sentence = news(what, peer, words)?;
                (self.tell)(&sentence);
            }
        }
        Some(())
    }

    /// What has become true is to be in the manifest. Of a peer that is not accounted for, more may still be left.
    fn account(&mut self) {
        let manifest = &mut self.manifest;
        let is_accounted = |lost: &&LeftInQueue| manifest.accounted.contains_key(lost.from.letter_str());
        manifest.left_in_queue = Some(self.left.iter().filter(is_accounted).cloned().collect());
        let peers = self.ring.get() - 1;
        if manifest.accounted.len() == peers && manifest.delivered.len() == peers {
            let stopped = manifest.stopped == Some(true);
            manifest.ended = Some(if stopped { Ended::Interrupted } else { Ended::Complete });
        }
        self.is_unwritten = true;
    }

    /// The messages to this peer after one cursor and up to another are beyond recovery.
    fn forget(&mut self, to: MachineId, after: u64, upto: u64) {
        let lost = self.sends.iter().filter(|(time, peers)| (after + 1..=upto).contains(time) && peers.contains(to));
        let before = self.manifest.forgotten.len();
        self.manifest.forgotten.extend(lost.map(|(time, _)| Forgotten { to, stamp: StampJson::Number(*time) }));
        self.is_unwritten = true;
        let count = self.manifest.forgotten.len() - before;
        (self.tell)(&format!(
            "{to} was away for longer than memory reaches: of the messages to it, {count} are lost, those after {after} \
             and up to {upto}; there will be a list of them all"
        ));
    }

    /// Writes what was heard.
    pub(super) fn commit(&mut self) -> Result<(), String> {
        self.rows.commit().map_err(|error| format!("{}: {error}", self.rows.path().display()))?;
        if std::mem::take(&mut self.is_unwritten) {
            let path = self.directory.manifest(self.id);
            self.manifest.write(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }

    /// The board says nothing more; how it ended.
    pub(super) fn end(mut self) -> Result<Vec<Losses>, String> {
        self.commit()?;
        let (id, directory) = (self.id, self.directory);
        match self.gone {
            Some(Gone::Complete) => Ok(self.losses),
            Some(Gone::Incomplete) => Err(format!(
                "{id}: {} did not come back, so it is not known what was under way between them; the log of {id} is \
                 complete, and `clockring check {directory}` says who lacks what",
                self.unsettled().join(" and ")
            )),
            Some(Gone::Unstarted) => Err(format!("{id}: stopped before the ring was complete")),
            None => Err(format!("{id}: its board stopped before the end of the run; what it logged is in {directory}")),
        }
    }

    fn unsettled(&self) -> Vec<String> {
        let Manifest { accounted, delivered, .. } = &self.manifest;
        let peers = self.ring.others(self.id).into_iter().map(|peer| peer.to_string());
        peers.filter(|peer| !accounted.contains_key(peer) || !delivered.contains_key(peer)).collect()
    }
}

/// What is told of a link. `None` if the words cannot be read.
fn news(what: &str, peer: MachineId, words: &[&str]) -> Option<String> {
    let again = "the link is made again";
    Some(match what {
        "silent" => format!("the link to {peer} is silent; it will be made again"),
        "deaf" => format!("{peer} does not hear what it is told; {again}"),
        "garbage" => format!("the link to {peer} carried {} bytes that belong to no frame; {again}", words.get(1)?),
        "misdirected" => {
            format!("the link to {peer} carried a frame from {} to {}; {again}", words.get(1)?, words.get(2)?)
        }
        "absurd" => format!("the link to {peer} carried a timestamp that no honest clock gives; {again}"),
        "stranger" => {
            let why = match *words.get(1)? {
                "1" => "it does not fit this ring",
                "2" => "its name is taken",
                "3" => "the run has begun without it",
                "4" => "it has messages that were never sent to it",
                _ => return None,
            };
            format!("the link to {peer} is not made: {why}")
        }
        "foreigner" => format!("the link to {peer} is not made: it speaks another protocol; use the same release"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf, time::Duration};

    use clockring::clock::ClockKind;
    use host::experiment::{Experiment, PhaseChoice};

    use super::*;

    /// A run directory of this test's own, which is removed at the end.
    struct Directory(PathBuf);

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// What the files and people are told if board B says this: the manifest, what is said, and how it ends.
    fn said(name: &str, sentences: &[&str]) -> (Manifest, String, Result<Vec<Losses>, String>) {
        let path = std::env::temp_dir().join(format!("clockring-board-log-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        let directory = Directory(path);
        let experiment = Experiment {
            ring: RingSize::new(3).unwrap(),
            rates: Vec::new(),
            sides: 10,
            seed: 1,
            phase: PhaseChoice::Aligned,
            clock: ClockKind::Lamport,
            duration: Some(Duration::from_secs(20)),
        };
        let id = MachineId::from_letter(b'B').unwrap();
        let run_directory = RunDirectory::at(&directory.0);
        let place = Place { id, experiment: &experiment, next_port: 0, own_port: 0, directory: &run_directory };
        let mut told = String::new();
        let mut log = BoardLog::create(&place, |sentence| told.push_str(sentence)).unwrap();
        for sentence in sentences {
            log.hear(sentence).unwrap();
            log.commit().unwrap();
        }
        let end = log.end();
        (Manifest::read(&run_directory.manifest(id)).unwrap(), told, end)
    }

    const SENDS: [&str; 5] = [
        "started 77",
        "row 1,1000,send,C,,1,0",
        "row 2,2000,send,CA,,2,0",
        "row 3,3000,send,A,,3,0",
        "row 4,4000,send,C,,4,0",
    ];

    const FACTS: [&str; 7] = [
        "left A 9",
        "ended 4 false 5000",
        "accounted A 9",
        "accounted C 0",
        "delivered A 3",
        "delivered C 4",
        "gone complete",
    ];

    #[test]
    fn a_manifest_says_complete_once_every_peer_is_accounted_for_and_has_everything() {
        let (manifest, _, end) = said("complete", &[&SENDS[..], &FACTS].concat());
        assert_eq!(end, Ok(Vec::new()));
        assert_eq!((manifest.run, manifest.ticks, manifest.stopped), (Some(77), Some(4), Some(false)));
        assert_eq!(manifest.ended_at, Some(manifest.started.at(Elapsed::from_ns(5000))));
        assert_eq!(manifest.ended, Some(Ended::Complete));
        assert_eq!((manifest.accounted["A"], manifest.delivered["C"]), (9, 4));
        assert_eq!(manifest.left_in_queue.map(|left| left.len()), Some(1));

        let (manifest, _, _) = said("short", &[&SENDS[..], &FACTS[..5]].concat());
        assert_eq!((manifest.stopped, manifest.ended), (Some(false), None), "one fact is missing");
        let stopped = FACTS.map(|fact| if fact.starts_with("ended") { "ended 4 true 5000" } else { fact });
        let (manifest, _, _) = said("stopped", &[&SENDS[..], &stopped].concat());
        assert_eq!(manifest.ended, Some(Ended::Interrupted));
    }

    #[test]
    fn a_board_that_gives_a_peer_up_says_which() {
        let (manifest, _, end) =
            said("incomplete", &[&SENDS[..], &FACTS[..4], &["delivered C 4", "gone incomplete"]].concat());
        assert_eq!(manifest.ended, Some(Ended::Incomplete));
        assert!(end.is_err_and(|error| error.contains("B: A did not come back")));
        let (_, _, end) = said("dead", &SENDS);
        assert!(end.is_err_and(|error| error.contains("its board stopped before the end")));
    }

    #[test]
    fn messages_beyond_a_boards_memory_are_listed_one_by_one() {
        let (manifest, told, _) = said("forgotten", &[&SENDS[..], &["forgotten C 0 3"]].concat());
        let lost: Vec<_> = manifest.forgotten.iter().map(|lost| (lost.to.to_string(), lost.stamp.clone())).collect();
        assert_eq!(lost, [1, 2].map(|time| ("C".to_owned(), StampJson::Number(time))));
        assert!(told.contains("2 are lost, those after 0 and up to 3"), "{told}");
    }

    #[test]
    fn what_breaks_a_link_is_told_and_counted() {
        let broken = ["garbage A 1", "misdirected A B C", "absurd C", "losses A 0 1 1 0", "losses C 0 0 0 1"];
        let (_, told, end) = said("broken", &[&SENDS[..], &broken, &FACTS].concat());
        for words in ["A carried 1 bytes that belong to no frame", "a frame from B to C", "no honest clock"] {
            assert!(told.contains(words), "{words}: {told}");
        }
        let losses = end.unwrap();
        assert_eq!(
            losses.iter().map(|lost| (lost.garbage_bytes, lost.misdirected, lost.absurd)).collect::<Vec<_>>(),
            [(1, 1, 0), (0, 0, 1)]
        );
    }
}
