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
    let measured = rows.iter().filter_map(|row| Some((row.target.triple, costs_of(row.result.as_ref().ok()?)?)));
    let row = |(triple, costs): (&str, [u64; COSTS.len()])| {
        let costs: Vec<_> = costs.iter().map(u64::to_string).collect();
        format!("| `{triple}` | {} |\n", costs.join(" | "))
    };
    let header = format!("| target | {} |\n|---|{}\n", COSTS.join(" | "), "--:|".repeat(COSTS.len()));
    header + &measured.map(row).collect::<String>()
}

/// No cost is more than a little above the one that core/README.md documents.
///
/// # Errors
/// Which is, or that the documentation has no row for the target.
pub(crate) fn keeps_the_documented_costs(triple: &str, measured: &Measured) -> Result<(), String> {
    let Some(costs) = costs_of(measured) else { return Ok(()) };
    let documented = documented(README, triple).ok_or("core/README.md has no costs of this target")?;
    for ((name, cost), documented) in COSTS.iter().zip(costs).zip(documented) {
        if cost * 100 > documented * (100 + SLACK_PERCENT) {
            return Err(format!("{name}: {cost}, and core/README.md says {documented}"));
        }
    }
    Ok(())
}

/// The target's row in the documentation.
fn documented(readme: &str, triple: &str) -> Option<[u64; COSTS.len()]> {
    let row = readme.lines().find_map(|line| line.strip_prefix(&format!("| `{triple}` |")))?;
    let costs: Vec<u64> = row.split('|').filter_map(|cell| cell.trim().parse().ok()).collect();
    costs.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(flash_bytes: u64) -> Measured {
        Measured {
            weight: Some(crate::image::Weight { flash_bytes, ram_bytes: 1 }),
            stack_bytes: Some(1),
            ..Measured::default()
        }
    }

    #[test]
    fn a_cost_above_the_documented_one_is_noticed() {
        let documented = documented(README, "thumbv7m-none-eabi").unwrap();
        assert!(keeps_the_documented_costs("thumbv7m-none-eabi", &measured(documented[0])).is_ok());
        assert!(keeps_the_documented_costs("thumbv7m-none-eabi", &measured(documented[0] * 2)).is_err());
        assert!(keeps_the_documented_costs("unheard-of", &measured(1)).is_err());
    }
}
