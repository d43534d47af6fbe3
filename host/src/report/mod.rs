//! One HTML page that explains a run: no network, no other file.
//!
//! A section is a file with a function that gives its markup, and a line in [`html()`]. Whatever comes from a run
//! directory goes through `maud`, which escapes it, or through `data`, which escapes it for a script.

mod ages;
mod data;
mod extract;
mod jumps;
mod series;
pub mod svg;
pub mod sweep;
mod table;
mod verdict;
mod words;

use clockring::clock::ClockKind;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::{data::Data, extract::Extract};
use crate::{experiment::PhaseChoice, rundir::TimeSource, trace::Trace, wording};

/// What the page needs to draw, in the order in which it has to run.
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

/// The page for a run.
pub fn html(run: &Trace) -> String {
    let extract = Extract::new(run, &verdict::events(run), extract::EVENTS_MAX);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // An empty icon, or else browsers ask for one.
                link rel="icon" href="data:,";
                title { (run.name) " – Clockring" }
                @for style in STYLES { style { (PreEscaped(style)) } }
            }
            body {
                (heading(run))
                (verdict::section(run))
                @if !run.is_empty() {
                    section #words {
                        h2 { "In words" }
                        @for paragraph in words::explain(run) { p { (paragraph) } }
                    }
                }
                (table::section(run))
                @if !run.is_empty() {
                    (diagram(&extract))
                    (charts(run))
                    @if clock_kind(run) == ClockKind::Lamport { (jumps::section(run)) }
                }
                (repeat(run))
                footer.muted {
                    p { "Written by Clockring " (env!("CARGO_PKG_VERSION")) ". Charts by uPlot 1.6.32." }
                    details.screen-only {
                        summary { "Licence of uPlot" }
                        pre { (UPLOT_LICENCE) }
                    }
                }
                (embedded("run", &script_json(&Data::new(run, &extract))))
                (embedded("series", &script_json(&series::all(run))))
                (embedded("findings", &script_json(&verdict::marks(run, |event| extract.index(event)))))
                @if !run.is_empty() {
                    @for script in SCRIPTS { script { (PreEscaped(script)) } }
                }
            }
        }
    };
    page.into_string()
}

/// The kind of the run's clocks.
fn clock_kind(run: &Trace) -> ClockKind {
    run.manifests().next().map_or(ClockKind::Lamport, |manifest| manifest.clock)
}

fn embedded(id: &str, json: &str) -> Markup {
    html! { script type="application/json" id=(id) { (PreEscaped(json)) } }
}

/// JSON that may stand inside a `<script>` element: without `<`, no tag can end it.
fn script_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()).replace('<', "\\u003c")
}

fn heading(run: &Trace) -> Markup {
    let first = run.manifests().next();
    let end_ns = run.run.logs.iter().map(|log| log.summary.last_ns).max().unwrap_or(0);
    let seconds = end_ns.saturating_sub(run.start_ns()) as f64 / 1e9;
    let running = run.manifests().any(|manifest| manifest.ended.is_none());
    html! {
        h1 { "Run " (run.name) }
        p.muted {
            (run.run.ring.get()) " machines, " (run.len()) " events in " (wording::short(seconds)) " s"
            @if let Some(manifest) = first {
                ", " (manifest.clock) " clocks, a die of " (manifest.sides) " faces, seed " (manifest.seed)
                @if manifest.time == TimeSource::Virtual { ", in virtual time" }
            }
            "."
            @if running { " It had not ended when this page was written: here is what was there." }
        }
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

fn charts(run: &Trace) -> Markup {
    let thinned = run.run.logs.iter().any(|log| log.len() > series::POINTS_MAX);
    let fastest = series::fastest(run).map_or("?", |log| log.machine.letter_str());
    html! {
        section #charts {
            h2 {
                "Logical clock against system time"
                @match clock_kind(run) {
                    ClockKind::Lamport => {}
                    ClockKind::Vector => " (the sum of its counts: how many events it knows of)",
                    ClockKind::Hybrid => " (nanoseconds since the first)",
                }
            }
            div.chart #chart-clock {}
            h2 { "Messages that wait" }
            div.chart #chart-queue {}
            h2 { "How far each clock is behind that of " (fastest) ", the fastest" }
            div.chart #chart-drift {}
            p.muted.screen-only { "Drag across a chart to zoom, double-click to see all, click to go there in the diagram." }
            @if thinned {
                p.muted { "Each line is drawn with at most " (series::POINTS_MAX) " points; of those that share one, the longest queue." }
            }
        }
    }
}

/// How to have the same again.
fn repeat(run: &Trace) -> Markup {
    let Some(first) = run.manifests().next().filter(|_| run.run.missing.is_empty()) else { return html! {} };
    let rates: Vec<String> = run.manifests().map(|manifest| manifest.rate.to_string()).collect();
    let last_ns = run.manifests().filter_map(|manifest| manifest.ended_ns).max();
    let seconds = last_ns.map(|end_ns| (end_ns.saturating_sub(first.started_ns) as f64 / 1e9).round().max(1.0));
    html! {
        section #repeat {
            h2 { "The same again" }
            p {
                code {
                    "clockring sim --rates " (rates.join(",")) " --sides " (first.sides) " --seed " (first.seed)
                    @if let Some(seconds) = seconds { " --for " (seconds) }
                    @if first.phase == PhaseChoice::Random { " --phase random" }
                    @if first.clock != ClockKind::Lamport { " --clock " (first.clock) }
                }
            }
        }
    }
}
