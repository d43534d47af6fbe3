//! The tables, and the comparison with the one in core's documentation.

use std::fmt::Write;

use crate::{
    run::{Measured, Missing},
    target::Target,
};

/// What is known of a target.
pub(crate) struct Row {
    /// Which.
    pub(crate) target: &'static Target,
    /// What it showed.
    pub(crate) result: Result<Measured, Missing>,
}

const README: &str = include_str!("../../core/README.md");

/// Compilers differ a little. More than this many percent above the documented figure is a regression.
const SLACK_PERCENT: u64 = 10;

const COSTS: [&str; 9] =
    ["flash", "RAM", "stack", "internal", "send", "send to all", "receive", "frame out", "frame in"];

/// How many of [`COSTS`] are known of a machine of three, with its whole life and the least that drives it.
const MACHINE_COSTS: usize = 2;

/// Flash and RAM of the machine; `None` for a target that has none.
fn machine_costs_of(measured: &Measured) -> Option<[u64; MACHINE_COSTS]> {
    let machine = measured.machine?;
    Some([machine.flash_bytes, machine.ram_bytes])
}

/// The costs in the order of [`COSTS`]; `None` for a target that has none.
fn costs_of(measured: &Measured) -> Option<[u64; COSTS.len()]> {
    let weight = measured.weight?;
    let mut costs = [weight.flash_bytes, weight.ram_bytes, measured.stack_bytes?, 0, 0, 0, 0, 0, 0];
    for (place, (_, instructions)) in costs.iter_mut().skip(3).zip(&measured.instructions) {
        *place = *instructions;
    }
    Some(costs)
}

/// Every target, where it ran, its tests and its costs; beneath, why one did not.
pub(crate) fn results(rows: &[Row]) -> String {
    let mut text = format!("{:<30}{:<18}{:>6}", "target", "ran on", "tests");
    for name in COSTS {
        let _ = write!(text, "{:>width$}", name, width = width(name));
    }
    text.push('\n');
    for Row { target, result } in rows {
        let tests = match result {
            Ok(measured) => measured.tests_passed.to_string(),
            Err(Missing::NotRun(_)) => "not run".to_owned(),
            Err(Missing::Failed(_)) => "FAILED".to_owned(),
        };
        let _ = write!(text, "{:<30}{:<17}{tests:>7}", target.triple, target.place);
        if let Some(costs) = result.as_ref().ok().and_then(costs_of) {
            for (name, cost) in COSTS.iter().zip(costs) {
                let _ = write!(text, "{cost:>width$}", width = width(name));
            }
        }
        text.push('\n');
        if let Some(costs) = result.as_ref().ok().and_then(machine_costs_of) {
            let _ = write!(text, "{:<54}", "  its machine");
            for (name, cost) in COSTS.iter().zip(costs) {
                let _ = write!(text, "{cost:>width$}", width = width(name));
            }
            text.push('\n');
        }
    }
    text.push_str("flash, RAM, stack in bytes; the rest in instructions, the largest seen\n");
    for Row { target, result } in rows {
        if let Err(Missing::NotRun(reason) | Missing::Failed(reason)) = result {
            let _ = writeln!(text, "\n{}: {reason}", target.triple);
        }
    }
    text
}

fn width(name: &str) -> usize {
    name.len().max(5) + 2
}

/// The costs as rows of Markdown, for core/README.md.
pub(crate) fn costs(rows: &[Row]) -> String {
    let header = format!("| target | {} |\n|---|{}\n", COSTS.join(" | "), "--:|".repeat(COSTS.len()));
    let measured = rows.iter().filter_map(|row| Some((row.target.triple, row.result.as_ref().ok()?)));
    let lines = measured.flat_map(|(triple, measured)| {
        let process = costs_of(measured).map(|costs| line(triple, "", &costs));
        let machine = machine_costs_of(measured).map(|costs| line(triple, MACHINE, &costs));
        [process, machine]
    });
    header + &lines.flatten().collect::<String>()
}

/// What follows the target's name in the machine's line.
const MACHINE: &str = ", machine";

fn line(triple: &str, of: &str, costs: &[u64]) -> String {
    let mut cells: Vec<_> = costs.iter().map(u64::to_string).collect();
    cells.resize(COSTS.len(), String::new());
    format!("| `{triple}`{of} | {} |\n", cells.join(" | "))
}

/// No cost is more than a little above the one that core/README.md documents.
///
/// # Errors
/// Which is, or that the documentation has no row for the target.
pub(crate) fn keeps_the_documented_costs(triple: &str, measured: &Measured) -> Result<(), String> {
    let (Some(process), Some(machine)) = (costs_of(measured), machine_costs_of(measured)) else { return Ok(()) };
    for (of, costs) in [("", &process[..]), (MACHINE, &machine)] {
        let documented = documented(README, triple, of).ok_or("core/README.md has no costs of this target")?;
        for ((name, cost), documented) in COSTS.iter().zip(costs).zip(documented) {
            if cost * 100 > documented * (100 + SLACK_PERCENT) {
                return Err(format!("{name}{of}: {cost}, and core/README.md says {documented}"));
            }
        }
    }
    Ok(())
}

/// A target's line in the documentation.
fn documented(readme: &str, triple: &str, of: &str) -> Option<Vec<u64>> {
    let line = readme.lines().find_map(|line| line.strip_prefix(&format!("| `{triple}`{of} |")))?;
    let costs: Vec<u64> = line.split('|').filter_map(|cell| cell.trim().parse().ok()).collect();
    Some(costs).filter(|costs| costs.len() == if of == MACHINE { MACHINE_COSTS } else { COSTS.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(flash_bytes: u64, machine_flash_bytes: u64) -> Measured {
        let weight = |flash_bytes| Some(crate::image::Weight { flash_bytes, ram_bytes: 1 });
        Measured {
            weight: weight(flash_bytes),
            machine: weight(machine_flash_bytes),
            stack_bytes: Some(1),
            ..Measured::default()
        }
    }

    #[test]
    fn a_cost_above_the_documented_one_is_noticed() {
        let keeps = |triple, process, machine| keeps_the_documented_costs(triple, &measured(process, machine)).is_ok();
        for triple in ["thumbv6m-none-eabi", "thumbv7m-none-eabi", "riscv32imac-unknown-none-elf"] {
            let [process, machine] = ["", MACHINE].map(|of| documented(README, triple, of).unwrap()[0]);
            assert!(keeps(triple, process, machine));
            assert!(!keeps(triple, process * 2, machine));
            assert!(!keeps(triple, process, machine * 2));
        }
        assert!(!keeps("unheard-of", 1, 1));
    }
}
