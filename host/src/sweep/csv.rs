//! The result of a sweep as a table in a file: a line per setting, machine and measure.

use std::io::{self, Write};

use super::{
    measure::{Measure, Tally},
    plan::{Plan, SettingText},
};

/// The first line of the file.
///
/// `mean` to `max` are over the runs: the mean, the standard deviation, the 95 % confidence interval of the mean, and
/// the largest. `theory` is the fluid limit's value, empty if it has none. Cells that need two runs are empty with one.
pub const HEADER: &str = "experiment,setting,machines,rates,sides,phase,latency,bursts,stalls,for,runs,machine,rate,\
                          measure,mean,sd,low95,high95,max,theory";

/// Writes the tallies of every setting's machines.
///
/// # Errors
/// If they cannot be written.
pub fn write(plan: &Plan, tallies: &[Vec<Tally>], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{HEADER}")?;
    for (place, (setting, tallies)) in plan.settings().iter().zip(tallies).enumerate() {
        let text = SettingText::of(setting);
        let SettingText { machines, rates, sides, phase, latency, bursts, stalls, duration } = text;
        let name = quoted(plan.name());
        let runs = plan.runs();
        let setting_columns = format!(
            "{name},{},{machines},{rates},{sides},{phase},{latency},{bursts},{stalls},{duration},{runs}",
            place + 1
        );
        for (machine, tally) in setting.experiment().ring.machines().zip(tallies) {
            let rate = number(tally.rate.mean());
            for measure in Measure::ALL {
                let observed = tally.observed(measure);
                let (mean, margin) = (observed.mean(), observed.margin_95());
                let bound = |sign: f64| Some(mean? + sign * margin?);
                let columns = [
                    number(mean),
                    number(observed.standard_deviation()),
                    number(bound(-1.0)),
                    number(bound(1.0)),
                    number(observed.max()),
                    number(tally.expected(measure)),
                ];
                writeln!(out, "{setting_columns},{machine},{rate},{},{}", measure.name(), columns.join(","))?;
            }
        }
    }
    Ok(())
}

/// A number with six decimals, beyond which nothing here means anything; whole ones without.
fn number(number: Option<f64>) -> String {
    let Some(number) = number else { return String::new() };
    let text = format!("{number:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A text as a column: in quotes if it has to be.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
