//! Builds for a target, runs there, and reads what came out.

use std::{
    collections::BTreeSet,
    env,
    io::{Read, Write, stdout},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::{
    image::{self, Weight},
    target::{Kind, Limits, Target},
    toolchain::{Toolchain, demand},
};

/// No run on any target takes a tenth of this; one that takes longer hangs.
const RUN_TIME_MAX: Duration = Duration::from_secs(300);

/// What a target showed.
#[derive(Default)]
pub(crate) struct Measured {
    /// How many tests passed.
    pub(crate) tests_passed: usize,
    /// The weight of a process of three with its queues.
    pub(crate) weight: Option<Weight>,
    /// The weight of a machine of three and the least that drives it.
    pub(crate) machine: Option<Weight>,
    /// Bytes of stack, for everything a machine does.
    pub(crate) stack_bytes: Option<u64>,
    /// Instructions, the largest seen, by kind of work.
    pub(crate) instructions: Vec<(String, u64)>,
}

/// Why a target has no result.
pub(crate) enum Missing {
    /// A tool is absent: what, and how to get it.
    NotRun(String),
    /// It does not hold.
    Failed(String),
}

impl From<String> for Missing {
    fn from(reason: String) -> Self {
        Self::Failed(reason)
    }
}

/// Runs everything there is for a target.
///
/// # Errors
/// A tool is absent, or something that must hold does not.
pub(crate) fn run(target: &Target) -> Result<Measured, Missing> {
    let mut measured = Measured::default();
    match &target.kind {
        Kind::Native => {
            let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
            cargo.arg("test");
            measured.tests_passed = all_tests_pass(&run_to_end(suite_of_core(&mut cargo))?)?;
        }
        Kind::Hosted { linker, emulator } => {
            let toolchain = tools(target, linker, emulator[0])?;
            let mut cargo = toolchain.cargo("test", linker);
            let runner = format!("CARGO_TARGET_{}_RUNNER", target.triple.to_uppercase().replace('-', "_"));
            cargo.env(runner, emulator.join(" "));
            measured.tests_passed = all_tests_pass(&run_to_end(suite_of_core(&mut cargo))?)?;
        }
        Kind::Wasm => {
            let toolchain = tools(target, "wasm-ld", "node")?;
            build(&toolchain, "wasm", "wasm-ld", &[])?;
            let module = release_folder(target).join("wasm_port.wasm");
            let mut node = Command::new("node");
            node.arg(folder("wasm").join("run.mjs")).arg(module);
            measured.tests_passed = all_tests_pass(&run_to_end(&mut node)?)?;
        }
        Kind::Bare { folder, emulator, counting, limits } => {
            let toolchain = tools(target, "ld.lld", emulator[0])?;
            build(&toolchain, folder, "ld.lld", &[])?;
            let emulate = |kernel: &str, arguments: &[&str]| {
                let mut qemu = Command::new(emulator[0]);
                qemu.args(&emulator[1..]).args(arguments).arg("-kernel").arg(release_folder(target).join(kernel));
                run_to_end(&mut qemu)
            };
            measured.tests_passed = all_tests_pass(&emulate("suite", &[])?)?;
            read_costs(&emulate("cost", counting)?, &mut measured)?;
            let [process, machine] = weigh(target, &toolchain)?;
            (measured.weight, measured.machine) = (Some(process), Some(machine));
            keep_limits(&measured, limits)?;
        }
    }
    Ok(measured)
}

/// The tools that a target needs, or which one is absent.
fn tools(target: &Target, linker: &str, runner: &str) -> Result<Toolchain, Missing> {
    let toolchain = Toolchain::find(target.triple).map_err(Missing::NotRun)?;
    let needed = [toolchain.needs_linker().then_some(linker), Some(runner)];
    needed.into_iter().flatten().try_for_each(demand).map_err(Missing::NotRun)?;
    Ok(toolchain)
}

fn suite_of_core(cargo: &mut Command) -> &mut Command {
    cargo.args(["-p", "core", "--lib", "--target-dir"]).arg(target_folder()).current_dir(folder(".."))
}

fn build(toolchain: &Toolchain, crate_folder: &str, linker: &str, arguments: &[&str]) -> Result<String, String> {
    let mut cargo = toolchain.cargo("build", linker);
    cargo.args(["--release", "--locked", "--target-dir"]).arg(target_folder());
    cargo.args(arguments).current_dir(folder(crate_folder));
    run_to_end(&mut cargo)
}

/// What clippy has to say of the code that runs on other targets is a failure: it says why.
///
/// # Errors
/// What it says, or that it is absent.
pub(crate) fn lint() -> Result<(), String> {
    const BOARD: &[&str] = &["--features", "board"];
    let crates: [(&str, &str, &str, &[&str]); 5] = [
        ("bare", "thumbv7m-none-eabi", "ld.lld", BOARD),
        ("cortex-m", "thumbv6m-none-eabi", "ld.lld", &[]),
        ("cortex-m", "thumbv7m-none-eabi", "ld.lld", BOARD),
        ("riscv", "riscv32imac-unknown-none-elf", "ld.lld", BOARD),
        ("wasm", "wasm32-unknown-unknown", "wasm-ld", &[]),
    ];
    for (crate_folder, triple, linker, features) in crates {
        let mut clippy = Toolchain::find(triple)?.clippy(linker)?;
        clippy.args(["--release", "--locked", "--target-dir"]).arg(target_folder()).args(features);
        run_to_end(clippy.args(["--", "-D", "warnings"]).current_dir(folder(crate_folder)))?;
        let _ = writeln!(stdout(), "ports/{crate_folder} for {triple}: no lint");
    }
    Ok(())
}

/// Builds the command line, to run processes beside boards.
///
/// # Errors
/// What the compiler says.
pub(crate) fn build_clockring() -> Result<PathBuf, String> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["build", "-p", "host", "--target-dir"]).arg(target_folder()).current_dir(folder(".."));
    run_to_end(&mut cargo)?;
    Ok(target_folder().join("debug/clockring"))
}

/// Builds a board's firmware.
///
/// # Errors
/// A tool is absent, or what the compiler says.
pub(crate) fn build_board(crate_folder: &str) -> Result<PathBuf, String> {
    let triple = if crate_folder == "riscv" { "riscv32imac-unknown-none-elf" } else { "thumbv7m-none-eabi" };
    let toolchain = Toolchain::find(triple)?;
    if toolchain.needs_linker() {
        demand("ld.lld")?;
    }
    build(&toolchain, crate_folder, "ld.lld", &["--features", "board", "--bin", "board"])?;
    Ok(target_folder().join(triple).join("release/board"))
}

/// Links a process of three, a machine of three, and all of `core`, with a panic handler that does not exist, and weighs
/// the first two.
fn weigh(target: &Target, toolchain: &Toolchain) -> Result<[Weight; 2], String> {
    const MARK: &str = "a_panic_path_is_left";
    build(toolchain, "bare", "ld.lld", &[]).map_err(|error| match error.contains(MARK) {
        true => "a panic path is left: see ports/README.md for how to find it".to_owned(),
        false => error,
    })?;
    let weigh = |name| image::weigh(&release_folder(target).join(name));
    let weights = [weigh("process")?, weigh("machine")?];
    match build(toolchain, "bare", "ld.lld", &["--features", "planted-panic"]) {
        Err(error) if error.contains(MARK) => Ok(weights),
        Err(error) => Err(error),
        Ok(_) => Err("the check for panic paths does not see one that was planted".to_owned()),
    }
}

/// Every test of the suite is in the output, as passed, and no other.
fn all_tests_pass(output: &str) -> Result<usize, String> {
    let passed = |line: &'_ str| Some(line.strip_prefix("test ")?.strip_suffix(" ... ok")?.to_owned());
    let passed: BTreeSet<_> = output.lines().filter_map(passed).collect();
    let expected: BTreeSet<_> = clockring::suite::tests().map(|(name, _)| name.to_owned()).collect();
    match passed.symmetric_difference(&expected).next() {
        Some(name) => Err(format!("the tests that passed are not those of the suite; one that differs: {name}")),
        None => Ok(passed.len()),
    }
}

/// Reads `cost KIND TIMES MEAN MAX` and `stack BYTES`.
fn read_costs(output: &str, measured: &mut Measured) -> Result<(), String> {
    let unreadable = || format!("the costs cannot be read:\n{output}");
    for line in output.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let number = |place: usize| words.get(place).and_then(|word: &&str| word.parse().ok()).ok_or_else(unreadable);
        match words.first() {
            Some(&"cost") if number(2)? > 0 => measured.instructions.push((words[1].to_owned(), number(4)?)),
            Some(&"stack") => measured.stack_bytes = Some(number(1)?),
            _ => {}
        }
    }
    if measured.instructions.len() == 6 && measured.stack_bytes.is_some() { Ok(()) } else { Err(unreadable()) }
}

fn keep_limits(measured: &Measured, limits: &Limits) -> Result<(), String> {
    let (Some(weight), Some(machine)) = (measured.weight, measured.machine) else { return Ok(()) };
    let ticks = measured.instructions.iter().filter(|(work, _)| !work.starts_with("frame"));
    let slowest_tick = ticks.map(|(_, instructions)| *instructions).max().unwrap_or(0);
    let promises = [
        ("bytes of flash", weight.flash_bytes, Some(limits.flash_bytes)),
        ("bytes of RAM", weight.ram_bytes, Some(limits.ram_bytes)),
        ("bytes of flash for the machine", machine.flash_bytes, Some(limits.machine_flash_bytes)),
        ("bytes of RAM for the machine", machine.ram_bytes, Some(limits.machine_ram_bytes)),
        ("instructions for a tick", slowest_tick, limits.tick_instructions),
    ];
    for (what, found, limit) in promises {
        if let Some(limit) = limit.filter(|limit| found > *limit) {
            return Err(format!("{found} {what}, and the limit is {limit}"));
        }
    }
    Ok(())
}

/// Runs a program and returns what it printed.
fn run_to_end(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let (mut output, writer) = std::io::pipe().map_err(|error| format!("{name}: {error}"))?;
    let both = writer.try_clone().map_err(|error| format!("{name}: {error}"))?;
    command.stdin(Stdio::null()).stdout(writer).stderr(both);
    let mut child = command.spawn().map_err(|error| format!("{name} cannot be started: {error}"))?;
    // The pipe ends when every writer is closed: the child's, and the two that `command` holds.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (ended, end) = mpsc::channel();
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = output.read_to_end(&mut bytes);
        let _ = ended.send(());
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let limit = if name.contains("cargo") { Duration::MAX } else { RUN_TIME_MAX };
    let is_late = end.recv_timeout(limit).is_err();
    if is_late {
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| format!("{name}: {error}"))?;
    let text = reader.join().unwrap_or_default();
    match (is_late, status.success()) {
        (true, _) => Err(format!("{name} did not end within {} s:\n{}", limit.as_secs(), last_lines(&text))),
        (false, false) => Err(format!("{name} failed ({status}):\n{}", last_lines(&text))),
        (false, true) => Ok(text),
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn target_folder() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| folder("../target"), PathBuf::from).join("ports")
}

fn release_folder(target: &Target) -> PathBuf {
    target_folder().join(target.triple).join("release")
}
