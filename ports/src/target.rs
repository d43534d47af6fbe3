//! The targets, and how each is built and run.

/// A platform that the suite runs on.
pub(crate) struct Target {
    /// As rustc calls it.
    pub(crate) triple: &'static str,
    /// What runs it, for the table.
    pub(crate) place: &'static str,
    /// What builds for it and runs it here.
    pub(crate) kind: Kind,
}

/// How a target is built and run.
pub(crate) enum Kind {
    /// Firmware in a folder of `ports/`, under an emulator: the suite, its costs, and its weight.
    Bare {
        /// The folder.
        folder: &'static str,
        /// The emulator and its arguments, without the kernel.
        emulator: &'static [&'static str],
        /// What makes a run's instructions countable.
        counting: &'static [&'static str],
        /// What it may cost.
        limits: Limits,
    },
    /// A WebAssembly module, under Node.
    Wasm,
    /// `cargo test`, here.
    Native,
    /// `cargo test`, under an emulator of another processor.
    Hosted {
        /// What links for it.
        linker: &'static str,
        /// The emulator and its arguments.
        emulator: &'static [&'static str],
    },
}

/// What a process of three with lanes of eight, and a machine of three around it, may cost at `opt-level = "s"`.
pub(crate) struct Limits {
    /// Code and constants, frames and inbox included.
    pub(crate) flash_bytes: u64,
    /// State and queues.
    pub(crate) ram_bytes: u64,
    /// Code and constants of the machine: its whole life.
    pub(crate) machine_flash_bytes: u64,
    /// State and queues of the machine, with an outbox of eight.
    pub(crate) machine_ram_bytes: u64,
    /// Instructions of any tick. `None` where none is promised.
    pub(crate) tick_instructions: Option<u64>,
}

/// The limits of a board, unless its target has tighter ones.
const LIMITS: Limits = Limits {
    flash_bytes: 6 * 1024,
    ram_bytes: 1024,
    machine_flash_bytes: 16 * 1024,
    machine_ram_bytes: 1536,
    tick_instructions: None,
};

macro_rules! qemu {
    ($($argument:literal),*) => {
        &[$($argument,)* "-display", "none", "-monitor", "none", "-serial", "null",
          "-semihosting-config", "enable=on,target=native"]
    };
}

/// Every target, in the order of the table.
pub(crate) const TARGETS: [Target; 6] = [
    Target { triple: "native", place: "this computer", kind: Kind::Native },
    Target {
        triple: "thumbv6m-none-eabi",
        place: "QEMU microbit",
        kind: Kind::Bare {
            folder: "cortex-m",
            emulator: qemu!("qemu-system-arm", "-M", "microbit"),
            counting: &["-icount", "shift=10"],
            limits: LIMITS,
        },
    },
    Target {
        triple: "thumbv7m-none-eabi",
        place: "QEMU lm3s6965evb",
        kind: Kind::Bare {
            folder: "cortex-m",
            emulator: qemu!("qemu-system-arm", "-M", "lm3s6965evb"),
            counting: &["-icount", "shift=10"],
            limits: Limits {
                flash_bytes: 4 * 1024,
                machine_flash_bytes: 12 * 1024 + 512,
                tick_instructions: Some(250),
                ..LIMITS
            },
        },
    },
    Target {
        triple: "riscv32imac-unknown-none-elf",
        place: "QEMU virt",
        kind: Kind::Bare {
            folder: "riscv",
            emulator: qemu!("qemu-system-riscv32", "-M", "virt", "-bios", "none"),
            counting: &["-icount", "shift=0"],
            limits: LIMITS,
        },
    },
    Target { triple: "wasm32-unknown-unknown", place: "Node", kind: Kind::Wasm },
    Target {
        triple: "s390x-unknown-linux-gnu",
        place: "qemu-s390x",
        kind: Kind::Hosted { linker: "s390x-linux-gnu-gcc", emulator: &["qemu-s390x", "-L", "/usr/s390x-linux-gnu"] },
    },
];
