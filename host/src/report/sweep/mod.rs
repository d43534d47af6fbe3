//! The page for a sweep: the observations of many runs, beside the expectations of theory.

mod intervals;
mod statistics;

use std::path::Path;

use maud::{DOCTYPE, Markup, PreEscaped, html};

pub use statistics::Statistics;

use self::{intervals::Scale, statistics::Line};
use crate::{
    failure::Failure,
    sweep::{Measure, NAME_DEFAULT},
    wording::{count, short},
};

const STYLES: [&str; 3] = [
    include_str!("../../../../web/draw/theme.css"),
    include_str!("../../../../web/report/report.css"),
    include_str!("../../../../web/report/sweep.css"),
];

/// Number of the largest differences from theory that are told in words.
const TOLD_MAX: usize = 5;

/// The page for the statistics that `clockring sweep` wrote to a file.
///
/// # Errors
/// If the file cannot be read or holds no statistics.
pub fn html(path: &Path) -> Result<String, Failure> {
    Ok(page(&Statistics::read(path)?).into_string())
}

fn page(statistics: &Statistics) -> Markup {
    let settings = statistics.settings().len() as u64;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                link rel="icon" href="data:,";
                title { "Clockring: " (statistics.name) }
                @for style in STYLES { style { (PreEscaped(style)) } }
            }
            body {
                h1 { @if statistics.name == NAME_DEFAULT { "A sweep" } @else { "The sweep “" (statistics.name) "”" } }
                p.muted {
                    (count(settings, "setting")) ", " (count(statistics.runs, "simulated run"))
                    @if settings != 1 { " of each" } "."
                }
                (agreement(statistics))
                p {
                    "Each line is a machine of a setting. The bar is the 95 % confidence interval of the mean over the runs, "
                    "the dot the mean itself, and the diamond what theory expects: the flow of ticks and messages, without "
                    "chance and without a beginning. An interval is marked ≠ where theory lies outside of it."
                }
                @for measure in Measure::ALL { (section(statistics, measure)) }
                footer.muted { p { "Written by Clockring " (env!("CARGO_PKG_VERSION")) "." } }
            }
        }
    }
}

/// The accuracy of theory, in words.
fn agreement(statistics: &Statistics) -> Markup {
    let compared = || statistics.lines.iter().filter(|line| line.agrees().is_some());
    let agreeing = compared().filter(|line| line.agrees() == Some(true)).count();
    let mut differing: Vec<&Line> = compared().filter(|line| line.agrees() == Some(false)).collect();
    // 0.1 messages instead of none is no large difference where other machines have hundreds.
    let scales = Measure::ALL.map(|measure| (measure.name(), Scale::of(&statistics.of(measure.name())).max));
    let share = |line: &Line| {
        let scale = scales.iter().find(|(name, _)| *name == line.measure).map_or(1.0, |(_, max)| *max);
        line.difference() / scale
    };
    differing.sort_by(|one, other| share(other).total_cmp(&share(one)));
    html! {
        section #words {
            @match compared().count() as u64 {
                0 => p { "With one run of each setting there is no interval to compare theory with." }
                compared => p { "In " (agreeing) " of " (count(compared, "comparison")) " theory lies within the interval." }
            }
            @if !differing.is_empty() {
                p { @if differing.len() == 1 { "The difference:" } @else { "The largest differences:" } }
                ul {
                    @for line in differing.into_iter().take(TOLD_MAX) {
                        li {
                            (title(&line.measure)) " of " (line.machine) " at " (line.setting_text()) ": "
                            (known(line.mean)) " observed, " (known(line.theory)) " by theory"
                        }
                    }
                }
            }
        }
    }
}

fn section(statistics: &Statistics, measure: Measure) -> Markup {
    let name = measure.name();
    let lines = statistics.of(name);
    let scale = Scale::of(&lines);
    html! {
        section id=(name) {
            h2 { (title(name)) }
            div.scroll {
                table.intervals {
                    thead {
                        tr {
                            th { "setting" }
                            th { "machine" }
                            th { "rate" }
                            th { "mean" }
                            th { "95 % interval" }
                            th { "largest of all runs" }
                            th { "theory" }
                            th.picture { "0 to " (short(scale.max)) }
                        }
                    }
                    tbody {
                        @for (index, line) in lines.iter().enumerate() {
                            @let first = index == 0 || lines[index - 1].setting != line.setting;
                            tr.first[first] {
                                td { @if first { (line.setting_text()) } }
                                td { (line.machine) }
                                td { (known(line.rate)) }
                                td { (known(line.mean)) }
                                td {
                                    @if let (Some(low), Some(high)) = (line.low95, line.high95) {
                                        (short(low)) " to " (short(high))
                                    }
                                }
                                td { (known(line.max)) }
                                td { @if line.agrees() == Some(false) { "≠ " } (known(line.theory)) }
                                td { (scale.picture(line)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A measure's name for people.
fn title(measure: &str) -> String {
    let titles = [
        ("jump_mean", "Mean jump of the clock"),
        ("jump_max", "Largest jump of the clock in a run"),
        ("drift", "Behind the clock of the fastest at the end"),
        ("queue_final", "Messages waiting at the end"),
        ("queue_max", "Most messages waiting in the queue in a run"),
        ("receive_share", "Share of ticks that receive"),
    ];
    let known = titles.iter().find(|(name, _)| *name == measure);
    known.map_or_else(|| measure.replace('_', " "), |(_, title)| (*title).to_owned())
}

fn known(number: Option<f64>) -> String {
    number.map_or_else(|| "–".to_owned(), short)
}
