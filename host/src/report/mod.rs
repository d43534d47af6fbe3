//! One HTML page that explains a run: no network, no other file.
//!
//! A section is a file with a function that gives its markup, and a line in [`html()`]. Everything from a run directory
//! goes through `maud`, which escapes it, or through `data`, which escapes it for a script.

mod ages;
mod data;
mod expected;
mod extract;
mod faults;
mod full;
mod jumps;
mod repeat;
mod series;
mod stalls;
pub mod svg;
pub mod sweep;
mod table;
mod verdict;
mod words;

use clockring::clock::ClockKind;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::{data::Data, expected::Expected, extract::Extract, faults::Faults};
use crate::{
    check::Log,
    rundir::{RunFigures, TimeSource},
    trace::Trace,
    wording::{count, listed, seconds},
};

/// The scripts that draw the page, in the order in which they have to run.
const SCRIPTS: [&str; 9] = [
    include_str!("../../../web/vendor/uplot/uPlot.iife.min.js"),
    include_str!("../../../web/draw/trace.js"),
    include_str!("../../../web/draw/diagram.js"),
    include_str!("../../../web/draw/diagram-picture.js"),
    include_str!("../../../web/draw/diagram-input.js"),
    include_str!("../../../web/draw/details.js"),
    include_str!("../../../web/draw/charts.js"),
    include_str!("../../../web/draw/buttons.js"),
    include_str!("../../../web/report/report.js"),
];

/// It asks to go with every copy, and the page holds one.
const UPLOT_LICENCE: &str = include_str!("../../../web/vendor/uplot/LICENSE");

const STYLES: [&str; 3] = [
    include_str!("../../../web/vendor/uplot/uPlot.min.css"),
    include_str!("../../../web/draw/theme.css"),
    include_str!("../../../web/report/report.css"),
];

/// A run with all that its sections tell of it.
struct Page<'a> {
    run: &'a Trace,
    /// The kind of its clocks.
    clock: ClockKind,
    figures: RunFigures,
    faults: Faults,
    expected: Expected,
}

impl<'a> Page<'a> {
    fn new(run: &'a Trace) -> Self {
        let clock = run.manifests().next().map_or(ClockKind::Lamport, |manifest| manifest.clock);
        let figures = RunFigures::of(run.run.logs.iter().map(|log| (&log.manifest, &log.summary)));
        let faults = Faults::of(run, &figures);
        let expected = Expected::new(run, &figures, !faults.is_empty());
        Self { run, clock, figures, faults, expected }
    }
}

/// The page for a run.
pub fn html(run: &Trace) -> String {
    let extract = Extract::new(run, &verdict::events(run), extract::EVENTS_MAX);
    let about = Page::new(run);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // An empty icon, or else browsers ask for one.
                link rel="icon" href="data:,";
                title { "Clockring: " (run.name) }
                @for style in STYLES { style { (PreEscaped(style)) } }
            }
            body {
                (heading(&about))
                (faults::section(&about.faults))
                (verdict::section(run))
                @if !run.is_empty() { (words::section(&about)) }
                (table::section(&about))
                @if !run.is_empty() {
                    (diagram(&extract))
                    (charts(&about))
                    @if about.clock == ClockKind::Lamport { (jumps::section(run)) }
                }
                (repeat::section(&about))
                footer.muted {
                    p { "Written by Clockring " (env!("CARGO_PKG_VERSION")) ". Charts by uPlot 1.6.32." }
                    details.screen-only {
                        summary { "Licence of uPlot" }
                        pre { (UPLOT_LICENCE) }
                    }
                }
                (embedded("run", &script_json(&Data::new(run, &extract))))
                (embedded("series", &script_json(&series::all(run, &about.figures))))
                (embedded("findings", &script_json(&verdict::marks(run, |event| extract.index(event)))))
                @if !run.is_empty() {
                    @for script in SCRIPTS { script { (PreEscaped(script)) } }
                }
            }
        }
    };
    page.into_string()
}

fn embedded(id: &str, json: &str) -> Markup {
    html! { script type="application/json" id=(id) { (PreEscaped(json)) } }
}

/// JSON that may stand inside a `<script>` element: without `<`, no tag can end it.
fn script_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()).replace('<', "\\u003c")
}

fn heading(page: &Page<'_>) -> Markup {
    let run = page.run;
    let (machines, logs) = (run.run.ring.get() as u64, run.run.logs.len() as u64);
    let none_ended = !run.run.logs.iter().any(Log::has_ended);
    html! {
        h1 { "The run “" (run.name) "”" }
        p.muted {
            (count(machines, "machine"))
            @if logs < machines { " (" (count(logs, "log")) " here)" }
            ", " (count(run.len() as u64, "event")) " in " (seconds(page.figures.length_s))
            @if let Some(manifest) = run.manifests().next() {
                ", " (clock_name(page.clock)) " clocks, a die of " (count(u64::from(manifest.sides), "face"))
                ", seed " (manifest.seed)
                @if manifest.time == TimeSource::Virtual { ", in virtual time" }
            }
            "."
            @if none_ended {
                " No machine had ended when this page was written: here is what was there."
            }
        }
    }
}

/// The name of a kind of clock in a sentence.
const fn clock_name(clock: ClockKind) -> &'static str {
    match clock {
        ClockKind::Lamport => "Lamport",
        ClockKind::Vector => "vector",
        ClockKind::Hybrid => "hybrid",
    }
}

fn diagram(extract: &Extract) -> Markup {
    html! {
        section #diagram {
            h2 { "What caused what" }
            p {
                "A line per machine, time downwards. Every mark is an event with its timestamp, every arrow a message; where "
                "it ends in a thick line, the message waits in the queue. Choose an event to see what could have caused it, "
                "what it could have caused, and what is concurrent with it."
            }
            @if extract.left_out() > 0 {
                p #thinned-run {
                    b { "This run is too long to draw whole: " (extract.left_out()) " events are left out here" }
                    ", the beginning, the end and what surrounds each finding are kept. Causes are followed only along messages "
                    "that are drawn. Table, charts and words tell of all events."
                }
            }
            div.toolbar {
                span { "Down the page: " }
                button #axis-time type="button" aria-pressed="true" { "system time" }
                button #axis-logical type="button" aria-pressed="false" { "logical time" }
                span.spacer {}
                button #zoom-in type="button" aria-label="Zoom in" { "+" }
                button #zoom-out type="button" aria-label="Zoom out" { "−" }
                button #show-start type="button" { "start" }
                button #show-all type="button" { "whole run" }
            }
            div.diagram {
                canvas #picture role="application" aria-label="Space-time diagram. Arrow keys choose events." aria-describedby="keys" {}
                div.details #details aria-live="polite" {}
            }
            ul.legend {
                li { "● internal" }
                li { "▲ send" }
                li { "■ receive" }
                li.past { "full: could have caused the chosen event" }
                li.future { "light centre, dashed arrows: could be caused by it" }
                li { "faint and hollow: concurrent with it" }
                li.bad { "! breaks a rule" }
            }
            p #thinned.muted hidden {}
            p #keys.muted.screen-only {
                "Drag to move, Ctrl and wheel (or two fingers) to zoom. Keys: arrows choose events, Enter follows the message, "
                "+ and − zoom, Page up and down move, 0 shows the whole run, Esc lets go."
            }
        }
    }
}

fn charts(page: &Page<'_>) -> Markup {
    let thinned = page.run.run.logs.iter().any(|log| log.len() > series::POINTS_MAX);
    html! {
        section #charts {
            h2 {
                @match page.clock {
                    ClockKind::Lamport => "Logical clock against system time",
                    ClockKind::Vector => "Events that each clock knows of, against system time",
                    ClockKind::Hybrid => "Microseconds that each clock is ahead of its physical clock",
                }
            }
            div.chart #chart-clock {}
            h2 { "Messages waiting in each queue" }
            div.chart #chart-queue data-full=[full::line(page.run)] {}
            @if page.clock != ClockKind::Hybrid && !page.figures.fastest.is_empty() {
                h2 { (behind(page)) }
                div.chart #chart-drift {}
            }
            p.muted.screen-only { "Drag across a chart to zoom, double-click to see all, click to go there in the diagram." }
            @if thinned {
                p.muted { "Each line is drawn with at most " (series::POINTS_MAX) " points; of those that share one, the most messages waiting." }
            }
        }
    }
}

/// The heading of the chart that compares each clock with that of the fastest machine, or the first of several.
fn behind(page: &Page<'_>) -> String {
    let fastest: Vec<&str> = page.figures.fastest.iter().map(|machine| machine.letter_str()).collect();
    let how = match page.clock {
        ClockKind::Lamport | ClockKind::Hybrid => "How far each clock is behind that of",
        ClockKind::Vector => "How many events fewer each clock knows of than that of",
    };
    match fastest.as_slice() {
        [one] => format!("{how} {one}, the fastest"),
        [first, ..] if fastest.len() == page.run.run.logs.len() => format!("{how} {first} (all are equally fast)"),
        [first, ..] => format!("{how} {first} ({} are the fastest)", listed(&fastest)),
        [] => how.to_owned(),
    }
}
