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
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
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

/// Can this program be started?
pub(crate) fn is_installed(program: &str) -> bool {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(program).is_file())
}

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
