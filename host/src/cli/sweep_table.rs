//! The tables that a sweep shows: one per setting, a row per machine.

use tabled::{
    builder::Builder,
    settings::{Alignment, Style, object::Columns},
};

use super::run_table::say;
use crate::{
    sweep::{Measure, Moments, Plan, SettingText, Tally},
    wording::count,
};

/// Prints the statistics of every setting.
pub(super) fn print(plan: &Plan, tallies: &[Vec<Tally>]) {
    for (setting, tallies) in plan.settings().iter().zip(tallies) {
        let text = SettingText::of(setting);
        let machines: Vec<&str> = setting.experiment().ring.machines().map(|machine| machine.letter_str()).collect();
        say(&format!("{}\n{}\n", heading(&text, plan.runs()), table(&machines, tallies)));
    }
    say(
        "±: 95 % confidence interval of the mean over the runs. Theory: the fluid limit, which knows no chance, phase or latency.",
    );
}

fn heading(text: &SettingText, runs: u64) -> String {
    let SettingText { rates, sides, phase, latency, bursts, stalls, duration, .. } = text;
    let mut heading = format!("rates {rates}, {sides} sides, {phase}, latency {latency}");
    for (what, spells) in [("bursts", bursts), ("stalls", stalls)] {
        if !spells.is_empty() {
            heading += &format!(", {what} {spells}");
        }
    }
    format!("{heading}, {duration}, {}", count(runs, "run"))
}

fn table(machines: &[&str], tallies: &[Tally]) -> String {
    let mut table = Builder::new();
    table.push_record([
        "",
        "rate",
        "mean jump",
        "theory",
        "sd",
        "largest jump\nof all runs",
        "behind",
        "theory",
        "waiting",
        "theory",
        "most in queue\nof all runs",
        "ticks that\nreceive, %",
        "theory",
    ]);
    for (machine, tally) in machines.iter().zip(tallies) {
        let observed = |measure| tally.observed(measure);
        let theory = |measure, decimals, scale| number(tally.expected(measure), decimals, scale);
        table.push_record([
            (*machine).to_owned(),
            rate(&tally.rate),
            interval(observed(Measure::JumpMean), 3, 1.0),
            theory(Measure::JumpMean, 3, 1.0),
            number(observed(Measure::JumpMean).standard_deviation(), 3, 1.0),
            number(observed(Measure::JumpMax).max(), 0, 1.0),
            interval(observed(Measure::Drift), 1, 1.0),
            theory(Measure::Drift, 1, 1.0),
            interval(observed(Measure::QueueFinal), 1, 1.0),
            theory(Measure::QueueFinal, 1, 1.0),
            number(observed(Measure::QueueMax).max(), 0, 1.0),
            interval(observed(Measure::ReceiveShare), 1, 100.0),
            theory(Measure::ReceiveShare, 1, 100.0),
        ]);
    }
    let mut table = table.build();
    table.with(Style::psql()).modify(Columns::new(1..), Alignment::right());
    table.to_string()
}

/// A rate as it was asked for; the mean of drawn ones, to two decimals.
fn rate(rate: &Moments) -> String {
    let Some(mean) = rate.mean() else { return UNKNOWN.to_owned() };
    if rate.standard_deviation().is_some_and(|deviation| deviation > 0.0) {
        format!("{mean:.2} (mean)")
    } else {
        mean.to_string()
    }
}

const UNKNOWN: &str = "-";

/// A mean and half of its interval.
fn interval(moments: &Moments, decimals: usize, scale: f64) -> String {
    let Some(mean) = moments.mean() else { return UNKNOWN.to_owned() };
    match moments.margin_95() {
        Some(margin) => format!("{} ± {:.decimals$}", number(Some(mean), decimals, scale), margin * scale),
        None => number(Some(mean), decimals, scale),
    }
}

fn number(number: Option<f64>, decimals: usize, scale: f64) -> String {
    // Adding zero turns -0 into 0.
    number.map_or_else(|| UNKNOWN.to_owned(), |number| format!("{:.decimals$}", number * scale + 0.0))
}
