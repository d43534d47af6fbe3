//! The run in sentences, with its own numbers.

use std::fmt::Write;

use clockring::clock::ClockKind;
use maud::{Markup, html};

use super::{Page, ages::Ages, full::Full};
use crate::{
    check::Log,
    rundir::{Figure, Figures},
    wording::{count, listed, percent, seconds, short},
};

/// The most machines that have their paragraph at first sight.
const PARAGRAPHS_MAX: usize = 8;

/// A queue that is this long at the end, or shorter, is one that the machine keeps up with.
const KEPT_UP_MAX: u64 = 3;

/// With fewer ticks than these, rates say nothing of a machine.
const TICKS_MIN: u64 = 5;

/// A machine with its figures.
type Machine<'a> = (usize, &'a Log, &'a Figures);

pub(super) fn section(page: &Page<'_>) -> Markup {
    let mut paragraphs = explain(page);
    let folded = paragraphs.split_off(PARAGRAPHS_MAX.min(paragraphs.len()));
    html! {
        section #words {
            h2 { "In words" }
            @for paragraph in paragraphs { p { (paragraph) } }
            @if !folded.is_empty() {
                details {
                    summary { (count(folded.len() as u64, "more machine")) }
                    @for paragraph in &folded { p { (paragraph) } }
                }
            }
        }
    }
}

/// A paragraph for every machine, slowest first.
fn explain(page: &Page<'_>) -> Vec<String> {
    let logs = page.run.run.logs.iter().zip(&page.figures.machines).enumerate();
    let mut machines: Vec<Machine<'_>> = logs.map(|(index, (log, figures))| (index, log, figures)).collect();
    machines.sort_by_key(|(_, log, _)| log.len());
    let slowest = machines.iter().find(|(_, log, _)| !log.is_empty()).map(|(index, ..)| *index);
    let about = |machine: &Machine<'_>| {
        let (index, log, _) = *machine;
        let mut text = messages(page, machine);
        if !log.is_empty() {
            text.push_str(&match log.clock_kind() {
                ClockKind::Lamport => lamport(page, machine, slowest == Some(index)),
                ClockKind::Vector => vector(page, machine),
                ClockKind::Hybrid => hybrid(machine),
            });
        }
        text
    };
    machines.iter().map(about).collect()
}

/// The messages that are sent to a machine, and the ticks that it has for them.
fn messages(page: &Page<'_>, machine: &Machine<'_>) -> String {
    let (index, log, figures) = *machine;
    let (id, ticks) = (log.machine, ticks(log));
    let (received, waiting) = (figures.received_by, figures.waiting);
    let Some(sent_to) = figures.sent_to else {
        let received = count(received, "message");
        return format!(
            "{id} made {ticks} and received {received}. The number sent to it is in logs that are not here."
        );
    };
    let broken = page.faults.troubled.contains(&id) || page.run.verdict.violations.total() > 0;
    if broken || sent_to == 0 || log.summary.ticks < TICKS_MIN {
        return account(log, figures, sent_to);
    }
    let rate = figures.rate_achieved.unwrap_or(log.summary.ticks as f64 / page.figures.length_s.max(1e-9));
    let arrivals = figures.sent_to_per_s.unwrap_or(0.0);
    let theory = page.expected.machine(index).map(|machine| format!(" (theory: {})", short(machine.arrivals)));
    let mut text = format!(
        "{} {id}{}, which can receive {}, one per tick",
        a_second(Figure::SentToPerSecond.text(&log.manifest, &log.summary, figures)),
        theory.unwrap_or_default(),
        short(rate)
    );
    let share = percent(received, log.summary.ticks);
    // Writing to a String does not fail.
    let _ = match figures.undelivered {
        Some(undelivered) if undelivered > 0 => {
            write!(text, "; {undelivered} of them {} under way at the last event.", were(undelivered))
        }
        _ if arrivals > 1.02 * rate => write!(text, ": more than it can take."),
        _ if waiting <= KEPT_UP_MAX.max(sent_to / 20) => write!(text, ": it keeps up."),
        _ => write!(text, ": about as much as it can take."),
    };
    let most = count(figures.waiting_max, "message");
    let _ = match (figures.waiting_max, waiting) {
        (_, end) if figures.waiting_at_senders > 0 => {
            let (all, at_senders) = (count(end, "message"), figures.waiting_at_senders);
            write!(
                text,
                " At the end {all} were waiting, {at_senders} of them at senders, since its queue had no room;"
            )
        }
        (0, 0) => write!(text, " None was waiting after any tick;"),
        (max, 0) => write!(text, " At most {most} {} waiting in its queue, and none at the end;", were(max)),
        (max, end) if end >= max => {
            write!(text, " At the end {} {} waiting, the most of all;", count(end, "message"), were(end))
        }
        (max, end) => write!(text, " At most {most} {} waiting in its queue, and {end} at the end;", were(max)),
    };
    let none_to_send = if received == log.summary.ticks { ", which leaves it none to send anything" } else { "" };
    let _ = write!(text, " {share} of its ticks are receives{none_to_send}.");
    text.push_str(&full(page, log));
    text
}

/// The first time that its queue was full.
fn full(page: &Page<'_>, log: &Log) -> String {
    let Some(Full { first_s, senders }) = Full::of(page.run, log) else { return String::new() };
    let senders: Vec<&str> = senders.iter().map(|sender| sender.letter_str()).collect();
    let holds = count(log.manifest.capacity as u64, "message");
    format!(
        " Its queue holds {holds} of each link, and was full of messages from {} for the first time after {}.",
        listed(&senders),
        seconds(first_s)
    )
}

/// The messages sent to a machine and their ends, where rates say nothing.
fn account(log: &Log, figures: &Figures, sent_to: u64) -> String {
    let (id, ticks) = (log.machine, ticks(log));
    if sent_to == 0 {
        return format!("No message was sent to {id}, which made {ticks}.");
    }
    let is = |number| if number == 1 { "is" } else { "are" };
    let ends = [
        (figures.received_by, if figures.received_by == 1 { "was received" } else { "were received" }.to_owned()),
        (figures.waiting, format!("{} waiting", is(figures.waiting))),
        (figures.lost, format!("{} lost", is(figures.lost))),
        (figures.undelivered.unwrap_or(0), format!("{} undelivered", is(figures.undelivered.unwrap_or(0)))),
    ];
    let ends = ends.into_iter().filter(|(number, _)| *number > 0);
    if sent_to == 1 {
        let ends: Vec<String> = ends.map(|(_, end)| end).collect();
        return format!("{id} made {ticks}; the message sent to it {}.", listed(&ends));
    }
    let ends: Vec<String> = ends.map(|(number, end)| format!("{number} {end}")).collect();
    format!("{id} made {ticks}; of the {sent_to} messages sent to it, {}.", listed(&ends))
}

/// The ticks of a machine, in a clause.
fn ticks(log: &Log) -> String {
    match log.summary.ticks {
        0 => "no tick".to_owned(),
        ticks => count(ticks, "tick"),
    }
}

/// `1.35 messages a second are sent to`.
fn a_second(rate: String) -> String {
    let rate = if rate.contains('.') { rate.trim_end_matches('0').trim_end_matches('.') } else { &rate };
    let plural = if rate == "1" { " a second is" } else { "s a second are" };
    format!("{rate} message{plural} sent to")
}

fn were(number: u64) -> &'static str {
    if number == 1 { "was" } else { "were" }
}

/// The knowledge of a vector clock.
fn vector(page: &Page<'_>, machine: &Machine<'_>) -> String {
    let known = machine.2.events_known.unwrap_or(0);
    format!(" At the end its clock knows of {known} of the {}, itself included.", count(page.run.len() as u64, "event"))
}

/// The distance of a hybrid clock from physical time.
fn hybrid(machine: &Machine<'_>) -> String {
    let (clock, ahead_us) = (machine.2.clock.as_deref().unwrap_or_default(), machine.2.ahead_us.unwrap_or(0.0));
    let side = if ahead_us > 0.0 { "ahead of" } else { "behind" };
    format!(
        " Its clock stands at {clock}, time plus count: {} µs {side} its physical clock, which it reads to 65.5 µs.",
        short(ahead_us.abs().round())
    )
}

/// The course of a Lamport clock.
fn lamport(page: &Page<'_>, machine: &Machine<'_>, slowest: bool) -> String {
    let (_, log, figures) = *machine;
    let (ticks, clock) = (count(log.summary.ticks, "tick"), log.summary.clock);
    let jump = figures.jump_mean.unwrap_or(1.0);
    let known = figures.sent_to.is_some();
    if known && page.figures.fastest.contains(&log.machine) {
        let per_tick = if jump > 1.2 { format!(", {} to a tick", short(jump)) } else { String::new() };
        let (rank, news) = (rank(page, log), news(log, figures.received_by));
        return format!(" {rank}: {news}, and its clock stands at {clock} after {ticks}{per_tick}.");
    }
    if jump <= 1.2 {
        return format!(" Its clock stands at {clock} after {ticks}.");
    }
    let moral = if slowest && known && log.summary.ticks >= TICKS_MIN {
        " That is how a slow machine's clock runs away from its own count."
    } else {
        ""
    };
    format!(
        " Every receive lifts its clock above the timestamp of the message{}. It stands at {clock} after {ticks}, {} to a \
         tick.{moral}",
        Ages::of(page.run, log).map(age).unwrap_or_default(),
        short(jump)
    )
}

/// The place of one of the fastest machines among the others.
fn rank(page: &Page<'_>, log: &Log) -> String {
    let fastest = &page.figures.fastest;
    let others = fastest.iter().filter(|other| **other != log.machine).map(|other| other.letter_str());
    let others: Vec<&str> = others.collect();
    let all = fastest.len() == page.run.run.logs.len();
    match others.as_slice() {
        [] => "It is the fastest".to_owned(),
        [_, _, ..] if all => "It is as fast as all others".to_owned(),
        others if all => format!("It is as fast as {}", listed(others)),
        others => format!("It is as fast as {}, and no machine is faster", listed(others)),
    }
}

/// The messages that were ahead of the clock of their receiver, in a clause.
fn news(log: &Log, received: u64) -> String {
    let ahead = |row: &usize| {
        let before = row.checked_sub(1).map_or(0, |before| log.height(before));
        log.stamp(*row).is_some_and(|stamp| stamp.iter().sum::<u64>() > before)
    };
    let ahead = (0..log.len()).filter(ahead).count() as u64;
    let not = if ahead == 0 { "not " } else { "" };
    match (received, ahead) {
        (0, _) => "it received no message".to_owned(),
        (1, _) => format!("the message that it received was {not}ahead of its clock"),
        (_, 0) => format!("none of the {received} messages that it received was ahead of its clock"),
        _ => format!("{ahead} of the {received} messages that it received {} ahead of its clock", were(ahead)),
    }
}

/// Old as the messages were, in a clause.
fn age(ages: Ages) -> String {
    let (median, largest, risen) = (seconds(ages.median_s), seconds(ages.largest_s), ages.risen_median);
    match ages.messages {
        1 => format!(
            ", which is old by then: the one that it received had been sent {largest} before, and its sender's clock had \
             risen by {risen} since"
        ),
        _ => format!(
            ", which is old by then: the median message had been sent {median} before it was received, the oldest \
             {largest}, and in the median the sender's clock had risen by {risen} since"
        ),
    }
}
