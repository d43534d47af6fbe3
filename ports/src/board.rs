//! A board of a ring: firmware under QEMU, whose defmt log becomes a machine's files in the run directory.

mod log;

use std::{
    ffi::OsString,
    fs,
    io::{Read, Write, stderr},
    ops::Range,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use clockring::ring::MachineId;
use defmt_decoder::{DecodeError, Table};
use host::{
    experiment::{Experiment, Pace},
    rundir::RunDirectory,
    system_time,
};
use object::{Architecture, Object};

use self::log::BoardLog;
pub(crate) use self::log::Losses;

/// A board that QEMU has and that firmware here is for.
struct Model {
    architecture: Architecture,
    name: &'static str,
    emulator: &'static str,
    machine: &'static str,
    /// Where its code is.
    flash: Range<u64>,
}

const MODELS: [Model; 2] = [
    Model {
        architecture: Architecture::Arm,
        name: "cortex-m",
        emulator: "qemu-system-arm",
        machine: "lm3s6965evb",
        flash: 0..0x4_0000,
    },
    Model {
        architecture: Architecture::Riscv32,
        name: "riscv",
        emulator: "qemu-system-riscv32",
        machine: "sifive_e",
        flash: 0x2000_0000..0x4000_0000,
    },
];

/// Firmware, and the board that it is for.
pub(crate) struct Firmware {
    path: PathBuf,
    log_format: Table,
    model: &'static Model,
}

impl Firmware {
    /// Reads an ELF file and finds the board for it.
    ///
    /// # Errors
    /// It cannot be read, or is for no board that is known here.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let at = path.display();
        let advice = "the machines that there are for boards: --board B=cortex-m and --board B=riscv";
        let bytes = fs::read(path).map_err(|error| format!("{at}: {error}; {advice}"))?;
        let image = object::File::parse(&*bytes).map_err(|_| format!("{at} is no ELF file; {advice}"))?;
        let architecture = image.architecture();
        let model = MODELS.iter().find(|model| model.architecture == architecture);
        let model = model.ok_or_else(|| format!("{at} is for {architecture:?}, which no board here is; {advice}"))?;
        let Model { name, machine, flash, .. } = model;
        if !flash.contains(&image.entry()) {
            return Err(format!(
                "{at} is for another board: it starts at {:#x}, and the flash of {machine} is from {:#x} to {:#x}; what \
                 runs there: --board B={name}",
                image.entry(),
                flash.start,
                flash.end
            ));
        }
        let log_format = Table::parse(&bytes).ok().flatten().ok_or_else(|| {
            format!("{at} has no defmt log, so it is no machine of a ring; what is one: --board B={name}")
        })?;
        Ok(Self { path: path.to_owned(), log_format, model })
    }

    /// The emulator that runs it.
    pub(crate) fn emulator(&self) -> &'static str {
        self.model.emulator
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
    pub(crate) directory: &'a RunDirectory,
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
    for word in words.into_iter().chain([duration_ns.to_string(), system_time::now().ns().to_string()]) {
        semihosting.push_str(&format!(",arg={word}"));
    }
    let mut qemu = Command::new(firmware.emulator());
    qemu.args(["-M", firmware.model.machine, "-display", "none", "-monitor", "none"]);
    qemu.args(["-chardev", "stdio,id=log,signal=off", "-semihosting-config", &semihosting]);
    qemu.args(["-serial", &format!("tcp:127.0.0.1:{},reconnect=1", place.next_port)]);
    qemu.args(["-serial", &format!("tcp:127.0.0.1:{},server=on,wait=off", place.own_port)]);
    qemu.args([OsString::from("-kernel"), firmware.path.clone().into()]);
    qemu.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    qemu.spawn().map_err(|error| format!("{}: {} cannot be started: {error}", place.id, firmware.emulator()))
}

/// Reads a board's log to its end, and writes its files.
///
/// # Errors
/// The log cannot be decoded or written, or ends before the run does.
pub(crate) fn decode(
    firmware: &Firmware,
    place: &Place,
    mut output: impl Read,
    pulse: &Pulse,
) -> Result<Vec<Losses>, String> {
    let id = place.id;
    let mut decoder = firmware.log_format.new_stream_decoder();
    let mut log = BoardLog::create(place, |sentence| {
        let _ = stderr().write_all(format!("{id}  {sentence}\n").as_bytes());
    })?;
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
        pulse.beat(log.is_ticking());
    }
}

/// When a board said something last, while it ticks.
#[derive(Default)]
pub(crate) struct Pulse(Mutex<Option<Instant>>);

impl Pulse {
    fn beat(&self, is_ticking: bool) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = is_ticking.then(Instant::now);
    }

    /// For how long nothing was heard of a board that ticks.
    pub(crate) fn silence(&self) -> Duration {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.map_or(Duration::ZERO, |last| last.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of an ELF file for a 32-bit processor of this number, which starts at this address.
    fn image(processor: u16, entry: u32) -> Vec<u8> {
        let mut header = b"\x7fELF\x01\x01\x01".to_vec();
        header.resize(16, 0);
        header.extend([2_u16, processor].into_iter().flat_map(u16::to_le_bytes));
        header.extend([1, entry].into_iter().flat_map(u32::to_le_bytes));
        header.resize(52, 0);
        header[40..42].copy_from_slice(&52_u16.to_le_bytes());
        header
    }

    fn refusal(name: &str, bytes: &[u8]) -> String {
        let path = std::env::temp_dir().join(format!("clockring-firmware-{}-{name}", std::process::id()));
        fs::write(&path, bytes).unwrap();
        let read = Firmware::read(&path);
        fs::remove_file(&path).unwrap();
        read.err().expect("no machine of a ring")
    }

    #[test]
    fn what_is_no_firmware_for_a_board_is_refused_with_advice() {
        const ARM: u16 = 40;
        const XTENSA: u16 = 94;
        const RISCV: u16 = 243;
        let refusals = [
            (Firmware::read(Path::new("no such file")).err().expect("nothing"), "no such file: "),
            (refusal("text", b"once upon a time"), "is no ELF file"),
            (refusal("half", &image(ARM, 1)[..30]), "is no ELF file"),
            (refusal("xtensa", &image(XTENSA, 0x4000_0000)), "is for Xtensa"),
            (refusal("stm32", &image(ARM, 0x0800_0401)), "starts at 0x8000401, and the flash of lm3s6965evb"),
            (refusal("virt", &image(RISCV, 0x8000_0000)), "starts at 0x80000000, and the flash of sifive_e"),
            (refusal("silent", &image(ARM, 0x401)), "has no defmt log"),
            (Firmware::read(&std::env::current_exe().unwrap()).err().expect("this program"), "which no board here is"),
        ];
        for (said, words) in refusals {
            assert!(said.contains(words) && said.contains("--board B="), "«{words}» is not in: {said}");
        }
    }
}
