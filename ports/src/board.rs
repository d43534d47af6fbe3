//! A board of a ring: firmware under QEMU, whose defmt log becomes a machine's files in the run directory.

use std::{
    ffi::OsString,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use clockring::{
    clock::LamportStamp,
    ring::{MachineId, RingSize},
};
use defmt_decoder::{DecodeError, Table};
use host::{
    experiment::{Experiment, Pace},
    rundir::{Ended, LeftInQueue, LogWriter, Manifest, Row, StampJson, log_path, manifest_path},
    system_time::now_ns,
};
use object::{Architecture, Object};

/// How many messages wait for a board per link (`bare::board::BoardStorage`).
const CAPACITY: usize = 64;

/// Firmware that is known to run under a QEMU machine.
pub(crate) struct Firmware {
    path: PathBuf,
    log_format: Table,
    emulator: &'static str,
    machine: &'static str,
}

impl Firmware {
    /// Reads an ELF file and finds the board for it.
    ///
    /// # Errors
    /// It cannot be read, or is for no board that is known here.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let at = path.display();
        let bytes = fs::read(path).map_err(|error| format!("{at}: {error}"))?;
        let image = object::File::parse(&*bytes).map_err(|error| format!("{at} is no ELF file: {error}"))?;
        let (emulator, machine) = match image.architecture() {
            Architecture::Arm => ("qemu-system-arm", "lm3s6965evb"),
            Architecture::Riscv32 => ("qemu-system-riscv32", "sifive_e"),
            other => {
                return Err(format!(
                    "{at} is for {other:?}; boards are Cortex-M3 (lm3s6965evb) and RISC-V 32 (sifive_e): build them with \
                     `--board B=cortex-m` or `--board B=riscv`"
                ));
            }
        };
        let log_format = Table::parse(&bytes).ok().flatten();
        let log_format = log_format.ok_or_else(|| format!("{at} has no defmt log, so it is no machine of a ring"))?;
        Ok(Self { path: path.to_owned(), log_format, emulator, machine })
    }

    /// The emulator that runs it.
    pub(crate) fn emulator(&self) -> &'static str {
        self.emulator
    }
}

/// What a board needs to know to take its place.
pub(crate) struct Place<'a> {
    /// Which machine it is.
    pub(crate) id: MachineId,
    /// The experiment.
    pub(crate) experiment: &'a Experiment,
    /// Where the next machine listens.
    pub(crate) next_port: u16,
    /// Where this one does, for the machine before it.
    pub(crate) own_port: u16,
    /// The run directory.
    pub(crate) directory: &'a Path,
}

/// Starts the emulator.
///
/// # Errors
/// It cannot be started.
pub(crate) fn start(firmware: &Firmware, place: &Place) -> Result<Child, String> {
    let Experiment { sides, seed, duration, .. } = place.experiment;
    let Pace::Rate(rate) = place.experiment.pace(place.id) else { return Err("a board needs a rate".to_owned()) };
    let duration_ns = duration.map_or(u64::MAX / 2, |duration| duration.as_nanos() as u64);
    let words = [place.id.to_string(), rate.to_string(), sides.to_string(), seed.to_string()];
    let mut semihosting = "enable=on,target=native,chardev=log".to_owned();
    for word in words.into_iter().chain([duration_ns.to_string(), now_ns().to_string()]) {
        semihosting.push_str(&format!(",arg={word}"));
    }
    let mut qemu = Command::new(firmware.emulator);
    qemu.args(["-M", firmware.machine, "-display", "none", "-monitor", "none"]);
    qemu.args(["-chardev", "stdio,id=log,signal=off", "-semihosting-config", &semihosting]);
    qemu.args(["-serial", &format!("tcp:127.0.0.1:{},reconnect=1", place.next_port)]);
    qemu.args(["-serial", &format!("tcp:127.0.0.1:{},server=on,wait=off", place.own_port)]);
    qemu.args([OsString::from("-kernel"), firmware.path.clone().into()]);
    qemu.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    qemu.spawn().map_err(|error| format!("{}: {} cannot be started: {error}", place.id, firmware.emulator))
}

/// What a board said of its links when it ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Losses {
    pub(crate) peer: MachineId,
    pub(crate) skipped_bytes: u64,
    pub(crate) overruns: u64,
}

/// Reads a board's log to its end, and writes its files.
///
/// # Errors
/// The log cannot be decoded or written, or ends before the run does.
pub(crate) fn decode(firmware: &Firmware, place: &Place, mut output: impl Read) -> Result<Vec<Losses>, String> {
    let id = place.id;
    let mut decoder = firmware.log_format.new_stream_decoder();
    let mut log = BoardLog::create(place)?;
    let mut buffer = [0; 4096];
    loop {
        match output.read(&mut buffer).map_err(|error| format!("{id}: its log cannot be read: {error}"))? {
            0 => return log.end(),
            count => decoder.received(&buffer[..count]),
        }
        loop {
            match decoder.decode() {
                Ok(frame) => log.hear(&frame.display_message().to_string())?,
                Err(DecodeError::UnexpectedEof) => break,
                Err(DecodeError::Malformed) => return Err(format!("{id}: its log holds something that is not defmt")),
            }
        }
        log.commit()?;
    }
}

/// A board's files in the run directory.
struct BoardLog<'a> {
    id: MachineId,
    ring: RingSize,
    directory: &'a Path,
    manifest: Manifest,
    rows: LogWriter,
    left: Vec<LeftInQueue>,
    /// The manifest as it is in the directory does not list them all.
    unlisted_overruns: bool,
    losses: Vec<Losses>,
}

impl<'a> BoardLog<'a> {
    fn create(place: &Place<'a>) -> Result<Self, String> {
        let (id, ring) = (place.id, place.experiment.ring);
        let path = log_path(place.directory, id);
        let rows = LogWriter::create(&path, ring, false).map_err(|error| format!("{}: {error}", path.display()))?;
        let manifest = Manifest::of(id, place.experiment, CAPACITY, now_ns());
        Ok(Self {
            id,
            ring,
            directory: place.directory,
            manifest,
            rows,
            left: Vec::new(),
            unlisted_overruns: false,
            losses: Vec::new(),
        })
    }

    /// Takes one sentence of `ports/bare/src/board/log.rs`.
    fn hear(&mut self, sentence: &str) -> Result<(), String> {
        let unreadable = || format!("{}: its log says \"{sentence}\", which cannot be read", self.id);
        let (what, rest) = sentence.split_once(' ').ok_or_else(unreadable)?;
        let words: Vec<&str> = rest.split(' ').collect();
        let peer = || match words.first().map(|word| word.as_bytes()) {
            Some([letter]) => MachineId::from_letter(*letter).ok_or_else(unreadable),
            _ => Err(unreadable()),
        };
        let number = |place: usize| words.get(place).and_then(|word| word.parse().ok()).ok_or_else(unreadable);
        match what {
            "started" => {
                self.manifest.started_ns = now_ns();
                self.write_manifest()?;
            }
            "row" => {
                let row = Row::<LamportStamp>::parse(rest.as_bytes(), self.id, self.ring);
                let mut row = row.map_err(|error| format!("{}: {error} in its row {rest}", self.id))?;
                row.time_ns += self.manifest.started_ns;
                self.rows.add(&row);
            }
            "ended" => {
                self.manifest.ticks = Some(number(0)?);
                self.manifest.ended_ns = Some(now_ns());
                let interrupted = words.get(1) == Some(&"true");
                self.manifest.ended = Some(if interrupted { Ended::Interrupted } else { Ended::Complete });
            }
            "left" => self.left.push(LeftInQueue { from: peer()?, stamp: StampJson::Number(number(1)?) }),
            "overrun" => {
                let from = peer()?;
                if self.manifest.overruns.iter().all(|lost| lost.from != from) {
                    self.tell(what, from);
                }
                self.manifest.overruns.push(LeftInQueue { from, stamp: StampJson::Number(number(1)?) });
                self.unlisted_overruns = true;
            }
            "losses" => {
                self.losses.push(Losses { peer: peer()?, skipped_bytes: number(1)?, overruns: number(2)? });
            }
            "up" | "down" | "damaged" | "stranger" | "forgotten" => self.tell(what, peer()?),
            _ => return Err(unreadable()),
        }
        Ok(())
    }

    fn tell(&self, what: &str, peer: MachineId) {
        let sentence = match what {
            "up" => return,
            "damaged" => format!("what {peer} said was damaged on the way; the link is made again"),
            "down" => format!("the link to {peer} is silent; it will be made again"),
            "overrun" => {
                format!("a message from {peer} finds its lane full and is lost; there will be a list of them all")
            }
            "stranger" => format!("what is at the other end of the link to {peer} does not fit this ring"),
            _ => format!("{peer} was away for so long that messages to it were forgotten"),
        };
        let _ = io::Write::write_all(&mut io::stderr(), format!("{}  {sentence}\n", self.id).as_bytes());
    }

    fn commit(&mut self) -> Result<(), String> {
        if std::mem::take(&mut self.unlisted_overruns) {
            self.write_manifest()?;
        }
        self.rows.commit().map_err(|error| format!("{}: {error}", self.rows.path().display()))
    }

    fn write_manifest(&self) -> Result<(), String> {
        let path = manifest_path(self.directory, self.id);
        self.manifest.write(&path).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn end(mut self) -> Result<Vec<Losses>, String> {
        self.commit()?;
        if self.manifest.ended.is_none() {
            return Err(format!("{}: the board stopped before the end of its run", self.id));
        }
        self.manifest.left_in_queue = Some(std::mem::take(&mut self.left));
        self.write_manifest()?;
        Ok(self.losses)
    }
}
