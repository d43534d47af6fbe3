//! Runs the tests of `core` on every target, and measures what it costs there.

mod board;
mod garble;
mod image;
mod processes;
mod ring;
mod run;
mod table;
mod target;
mod toolchain;
mod wire;

// The part of the boards' firmware that knows no chip is tested on this computer.
#[cfg(test)]
#[allow(dead_code, missing_docs, unreachable_pub)]
#[path = "../bare/src/links.rs"]
mod links;
#[cfg(test)]
#[allow(dead_code, missing_docs, unreachable_pub)]
#[path = "../bare/src/receiver.rs"]
mod receiver;

use std::{
    io::{Write, stderr, stdout},
    process::ExitCode,
    time::Instant,
};

use clap::Parser;

use crate::{
    run::Missing,
    table::Row,
    target::{TARGETS, Target},
};

/// Runs the tests of core on every target, measures what a machine costs there, and prints a table.
///
/// A target whose tools are absent is reported as not run. On Debian, `ports/install` installs all of them; elsewhere,
/// `rustup target add` and your QEMU.
#[derive(Parser)]
#[command(
    after_help = "Examples:\n  cargo run -p ports\n  cargo run -p ports -- --only thumbv7m\n  cargo run -p ports -- --all --markdown"
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Subcommand>,
    /// Only the targets whose name contains this.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// A target that was not run is a failure.
    #[arg(long)]
    all: bool,
    /// Print the costs as the table of core/README.md.
    #[arg(long)]
    markdown: bool,
}

#[derive(clap::Subcommand)]
enum Subcommand {
    Ring(ring::RingArgs),
    /// Let clippy look at the code that runs on other targets; a warning is a failure.
    Lint,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let (done, exit_code) = match &arguments.command {
        Some(Subcommand::Ring(ring)) => (ring.run(), 3),
        Some(Subcommand::Lint) => (run::lint(), 1),
        None => return run_targets(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = writeln!(stderr(), "{reason}");
            ExitCode::from(exit_code)
        }
    }
}

fn run_targets(arguments: &Arguments) -> ExitCode {
    let is_chosen = |target: &&Target| arguments.only.as_ref().is_none_or(|name| target.triple.contains(name));
    let rows: Vec<_> = TARGETS.iter().filter(is_chosen).map(try_target).collect();
    // Output that nobody reads is no failure of the targets.
    let _ = write!(stdout(), "{}", if arguments.markdown { table::costs(&rows) } else { table::results(&rows) });
    let count = |is: fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
    let failed = count(|row| matches!(row.result, Err(Missing::Failed(_))));
    let not_run = count(|row| matches!(row.result, Err(Missing::NotRun(_))));
    let _ =
        writeln!(stdout(), "\ntargets: {} passed, {failed} failed, {not_run} not run", rows.len() - failed - not_run);
    if rows.is_empty() {
        let _ = writeln!(stderr(), "no target is called so");
        return ExitCode::from(2);
    }
    ExitCode::from(u8::from(failed > 0 || arguments.all && not_run > 0))
}

fn try_target(target: &'static Target) -> Row {
    let _ = write!(stderr(), "{} ... ", target.triple);
    let begun = Instant::now();
    let mut result = run::run(target);
    if let Ok(measured) = &result
        && let Err(reason) = table::keeps_the_documented_costs(target.triple, measured)
    {
        result = Err(Missing::Failed(reason));
    }
    let word = match &result {
        Ok(_) => "passed",
        Err(Missing::Failed(_)) => "FAILED",
        Err(Missing::NotRun(_)) => "not run",
    };
    let _ = writeln!(stderr(), "{word} ({} s)", begun.elapsed().as_secs());
    Row { target, result }
}
