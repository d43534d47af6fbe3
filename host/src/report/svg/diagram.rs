//! The beginning of the space-time diagram, drawn by hand as the page does and for the same reason.

use clockring::event::EventKind;
use maud::{Markup, PreEscaped, html};

use crate::{check::EventIndex, trace::Trace};

/// Number of events that fit a sheet of paper and can be read.
const EVENTS_MAX: usize = 120;

/// The machine lines are this far apart, in pixels.
const COLUMN: f64 = 190.0;
/// Room on the left for the seconds, and at the top for the names.
const LEFT: f64 = 60.0;
const TOP: f64 = 50.0;
/// The densest machine's events are this far apart.
const EVENT: f64 = 20.0;

const INK: &str = "#1b1f24";
const ARROW: &str = "#8a949e";

pub(super) fn draw(run: &Trace) -> String {
    let order = run.causal_order();
    let events = &order[..order.len().min(EVENTS_MAX)];
    let seconds = |event: &EventIndex| run.record(*event).time_ns.saturating_sub(run.start_ns()) as f64 / 1e9;
    let end = events.iter().map(seconds).fold(1e-6, f64::max);
    let densest = (0..run.run.ring.get())
        .map(|machine| events.iter().filter(|event| event.machine == machine).count())
        .max()
        .unwrap_or(0);
    let height = EVENT * densest.max(2) as f64;
    let x = |machine: usize| LEFT + COLUMN * (machine as f64 + 0.5);
    let y = |event: &EventIndex| TOP + height * seconds(event) / end;
    let (width, bottom) = (LEFT + COLUMN * run.run.ring.get() as f64, TOP + height);
    let mut seconds_marked: Vec<u64> = (0..=end as u64).collect();
    let every = seconds_marked.len().div_ceil(20).max(1);
    seconds_marked.retain(|second| second % every as u64 == 0);
    let picture = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(bottom + 40.0) viewBox=(format!("0 0 {width} {}", bottom + 40.0))
            font-family="sans-serif" font-size="11" fill=(INK) {
            rect width="100%" height="100%" fill="white" {}
            defs {
                marker #head viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto" {
                    path d="M0 0L8 4L0 8z" fill=(ARROW) {}
                }
            }
            @for second in seconds_marked {
                text x="8" y=(TOP + height * second as f64 / end + 4.0) fill="#59636e" { (second) " s" }
            }
            @for machine in run.machines() {
                text x=(x(machine.index())) y="28" font-size="15" font-weight="bold" text-anchor="middle" { (machine) }
                line x1=(x(machine.index())) x2=(x(machine.index())) y1=(TOP) y2=(bottom) stroke="#aab2bd" stroke-width="1.5" {}
            }
            @for event in events {
                @if let Some(send) = run.send_of(*event) {
                    line x1=(x(send.machine)) y1=(y(&send)) x2=(beside(x(send.machine), x(event.machine))) y2=(y(event))
                        stroke=(ARROW) stroke-width="1.2" marker-end="url(#head)" {}
                }
            }
            @for event in events {
                (mark(run, event, x(event.machine), y(event)))
                (timestamp(event, x(event.machine), y(event) + 4.0, &run.clock_label(*event)))
            }
            @if order.len() > events.len() {
                text x=(LEFT) y=(bottom + 28.0) fill="#59636e" {
                    "The first " (events.len()) " of " (order.len()) " events in causal order."
                }
            }
        }
    };
    picture.into_string()
}

/// The end of an arrow, a little before the line it goes to.
fn beside(from: f64, to: f64) -> f64 {
    to + 6.0 * (from - to).signum()
}

/// A timestamp beside its mark, on the side where no arrow meets the first machine's line, and with paper around its
/// digits.
fn timestamp(event: &EventIndex, x: f64, y: f64, text: &str) -> Markup {
    let (x, anchor) = if event.machine == 0 { (x - 10.0, "end") } else { (x + 10.0, "start") };
    html! { text x=(x) y=(y) text-anchor=(anchor) stroke="white" stroke-width="4" paint-order="stroke" { (text) } }
}

/// A dot for an internal event, a triangle for a send, a square for a receive.
fn mark(run: &Trace, event: &EventIndex, x: f64, y: f64) -> Markup {
    match run.record(*event).kind {
        EventKind::Internal => html! { circle cx=(x) cy=(y) r="3.5" {} },
        EventKind::Send { .. } => {
            let triangle = format!("M{} {}L{} {}L{x} {}z", x - 5.5, y + 4.5, x + 5.5, y + 4.5, y - 5.5);
            html! { path d=(PreEscaped(triangle)) {} }
        }
        EventKind::Receive { .. } => html! { rect x=(x - 4.5) y=(y - 4.5) width="9" height="9" {} },
    }
}
