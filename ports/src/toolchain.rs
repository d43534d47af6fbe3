//! Which compiler can build for a target here.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// A way to build for one target.
pub(crate) struct Toolchain {
    rustc: PathBuf,
    triple: &'static str,
    /// The target's standard library is not installed, and is built from source with the program.
    from_source: bool,
}

impl Toolchain {
    /// The first of: a compiler that has the target installed, as `rustup target add` does it, or one that has the
    /// standard library's source, as Debian's rustc-web and rust-web-src do.
    ///
    /// # Errors
    /// What to install.
    pub(crate) fn find(triple: &'static str) -> Result<Self, String> {
        let default = PathBuf::from(env::var_os("RUSTC").unwrap_or("rustc".into()));
        let candidates = [default, PathBuf::from("/usr/bin/rustc")];
        let with = |from_source: bool, has: fn(&Path, &str) -> bool| {
            let rustc = candidates.iter().find(|rustc| has(rustc, triple))?.clone();
            Some(Self { rustc, triple, from_source })
        };
        with(false, has_target)
            .or_else(|| with(true, has_source))
            .ok_or_else(|| format!("no compiler for it: `rustup target add {triple}`, or on Debian `ports/install`"))
    }

    /// `cargo SUBCOMMAND` for the target.
    pub(crate) fn cargo(&self, subcommand: &str, linker: &str) -> Command {
        self.through(Command::new(env::var_os("CARGO").unwrap_or("cargo".into())), subcommand, linker)
    }

    /// `cargo clippy` for the target, by the clippy that came with the compiler: no other knows its standard library.
    ///
    /// # Errors
    /// What to install.
    pub(crate) fn clippy(&self, linker: &str) -> Result<Command, String> {
        let clippy = self.rustc.with_file_name("cargo-clippy");
        if clippy.is_absolute() && !clippy.is_file() {
            return Err(format!(
                "{} is missing: on Debian `apt-get install rust-web-clippy`, or `ports/install` for all that is needed",
                clippy.display()
            ));
        }
        Ok(self.through(Command::new(clippy), "clippy", linker))
    }

    fn through(&self, mut cargo: Command, subcommand: &str, linker: &str) -> Command {
        cargo.args([subcommand, "--target", self.triple]).env("RUSTC", &self.rustc).env_remove("RUSTFLAGS");
        let variable = format!("CARGO_TARGET_{}", self.triple.to_uppercase().replace('-', "_"));
        let is_hosted = self.triple.contains("linux");
        if is_hosted {
            cargo.env(format!("{variable}_LINKER"), linker);
        }
        if self.from_source {
            cargo.env("RUSTC_BOOTSTRAP", "1");
            cargo.arg(if is_hosted { "-Zbuild-std" } else { "-Zbuild-std=core" });
            if !is_hosted {
                // The target's own choice, rust-lld, comes with rustup only.
                cargo.env(format!("{variable}_LINKER"), linker);
                cargo.env("RUSTFLAGS", format!("-C linker-flavor={linker}"));
            }
        }
        cargo
    }

    /// What must be on the PATH to link, beyond the compiler.
    pub(crate) fn needs_linker(&self) -> bool {
        self.from_source || self.triple.contains("linux")
    }
}

/// Demands that this program can be started.
///
/// # Errors
/// It is not installed, and how to get it.
pub(crate) fn demand(program: &str) -> Result<(), String> {
    let path = env::var_os("PATH").unwrap_or_default();
    if env::split_paths(&path).any(|folder| folder.join(program).is_file()) {
        return Ok(());
    }
    let package = PACKAGES.iter().find(|(_, programs)| programs.contains(&program)).map_or(program, |(name, _)| name);
    Err(format!(
        "{program} is not on the PATH: on Debian `apt-get install {package}`, or `ports/install` for all that is needed"
    ))
}

/// Debian's packages, and what is in them that is needed here.
const PACKAGES: [(&str, &[&str]); 6] = [
    ("qemu-system-arm", &["qemu-system-arm"]),
    ("qemu-system-misc", &["qemu-system-riscv32"]),
    ("qemu-user", &["qemu-s390x"]),
    ("lld", &["ld.lld", "wasm-ld"]),
    ("gcc-s390x-linux-gnu libc6-dev-s390x-cross", &["s390x-linux-gnu-gcc"]),
    ("nodejs", &["node"]),
];

fn has_target(rustc: &Path, triple: &str) -> bool {
    let Some(library) = print(rustc, &["target-libdir", "--target", triple]) else { return false };
    let files = Path::new(&library).read_dir().into_iter().flatten().flatten();
    files.map(|file| file.file_name()).any(|name| name.to_string_lossy().starts_with("libcore-"))
}

fn has_source(rustc: &Path, _triple: &str) -> bool {
    print(rustc, &["sysroot"]).is_some_and(|root| Path::new(&root).join("lib/rustlib/src/rust/library/core").is_dir())
}

fn print(rustc: &Path, what: &[&str]) -> Option<String> {
    let output =
        Command::new(rustc).arg("--print").args(what).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_package() {
        let missing = demand("qemu-system-riscv128").unwrap_err();
        assert!(missing.starts_with("qemu-system-riscv128 is not on the PATH"), "{missing}");
        assert_eq!(demand("cargo"), Ok(()), "which runs this test");
    }

    #[test]
    fn every_package_that_is_advised_is_one_that_ports_install_installs() {
        let script = include_str!("../install");
        for (packages, _) in PACKAGES {
            assert!(packages.split(' ').all(|package| script.contains(package)), "{packages}");
        }
    }
}
