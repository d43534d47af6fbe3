//! A ring of three processes at full speed, beside its own parts, beside a plain ring, and its latency beside a ping.
//!
//! `cargo bench --bench ring`. Every run that is timed is judged by the checker.

mod cost;
mod latency;
mod naive;
mod run;
mod sockets;
#[cfg(feature = "zeromq")]
mod zeromq;

use std::{
    env,
    error::Error,
    io::{self, Write},
    process::ExitCode,
};

use bench::{
    median,
    results::{Results, Wanted},
};

/// What goes wrong ends the benchmark.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How often everything is measured; medians count.
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let outcome = match arguments.first().map(String::as_str) {
        // Processes of a ring that is measured: ours are the very program that people run.
        Some("ring" | "--id") => return host::cli::main(),
        Some("naive") => naive::machine(&arguments[1..]),
        _ => all(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn all() -> Outcome<()> {
    let mut results = Results::new("The ring at full speed");
    throughput(&mut results)?;
    latency::measure(&mut results)?;
    Ok(results.publish("ring")?)
}

/// What is measured round by round, each in turn, so that a busy moment of the computer falls on all.
#[derive(Default)]
struct Rounds {
    ours: Vec<run::Figures>,
    naive: Vec<run::Figures>,
    tick_ns: Vec<f64>,
    text_ns: Vec<f64>,
    file_ns: Vec<f64>,
    one_by_one: Vec<sockets::Figures>,
    coalesced: Vec<sockets::Figures>,
    #[cfg(feature = "zeromq")]
    zeromq: Vec<sockets::Figures>,
}

fn throughput(results: &mut Results) -> Outcome<()> {
    let mut rounds = Rounds::default();
    for round in 1..=ROUNDS {
        let _ = writeln!(io::stderr(), "round {round} of {ROUNDS}");
        let ours = run::ours()?;
        // As many messages as a link of the ring got in one write, on average.
        let per_write = ours.messages_per_event() * host::live::BATCH_MAX as f64 / 2.0;
        rounds.naive.push(run::naive()?);
        let cost = cost::rows()?;
        rounds.tick_ns.push(cost.tick_ns);
        rounds.text_ns.push(cost.text_ns);
        rounds.file_ns.push(cost.file_ns);
        rounds.one_by_one.push(sockets::tcp(200_000, 1)?);
        rounds.coalesced.push(sockets::tcp(20_000_000, per_write.round() as usize)?);
        #[cfg(feature = "zeromq")]
        rounds.zeromq.push(zeromq::push_pull(2_000_000)?);
        rounds.ours.push(ours);
    }
    rounds.tell(results);
    Ok(())
}

impl Rounds {
    fn tell(&self, results: &mut Results) {
        let ours = |figure: fn(&run::Figures) -> f64| median(self.ours.iter().map(figure));
        let naive = |figure: fn(&run::Figures) -> f64| median(self.naive.iter().map(figure));
        let rate = |all: &[sockets::Figures]| median(all.iter().map(|one| one.per_second));
        let [tick_ns, text_ns, file_ns] =
            [&self.tick_ns, &self.text_ns, &self.file_ns].map(|all| median(all.iter().copied()));
        let socket_ns = median(self.coalesced.iter().map(|one| one.cpu_ns));
        let events = ours(|run| 1.0 / run.messages_per_event());

        results.figure("ring: events per second", ours(|run| run.events_per_second), "1/s");
        results.figure("ring: messages per second", ours(|run| run.messages_per_second), "1/s");
        results.figure("ring: messages per second and link", ours(|run| run.messages_per_second / 6.0), "1/s");
        results.figure("ring: processor time per message", ours(|run| run.cpu_ns_per_message), "ns");
        results.figure("ring: events per message", events, "");
        results.figure("naive ring: messages per second", naive(|run| run.messages_per_second), "1/s");
        results.figure("naive ring: processor time per message", naive(|run| run.cpu_ns_per_message), "ns");
        results.figure("floor: a tick", tick_ns, "ns");
        results.figure("floor: its row as text", text_ns, "ns");
        results.figure("its row into a file, a batch in one write", file_ns, "ns");
        results.figure("floor: a message's bytes through a coalesced socket", socket_ns, "ns");
        results.figure("socket, one write per message: messages per second", rate(&self.one_by_one), "1/s");
        results.figure("socket, coalesced: messages per second", rate(&self.coalesced), "1/s");
        #[cfg(feature = "zeromq")]
        results.figure("ZeroMQ PUSH/PULL: messages per second", rate(&self.zeromq), "1/s");

        let speed = ("ring", ours(|run| run.messages_per_second));
        let beside = ("naive ring", naive(|run| run.messages_per_second));
        results.compare("messages/s", speed, beside, Some(Wanted::AtLeast(20.0)));
        let cost = ("ring: processor time", ours(|run| run.cpu_ns_per_message));
        let floor = events * (tick_ns + text_ns) + socket_ns;
        results.compare(
            "ns/message",
            cost,
            ("ticks, rows as text, bytes through a socket", floor),
            Some(Wanted::AtMost(2.0)),
        );
        let with_file = floor + events * file_ns;
        results.compare("ns/message", cost, ("the same, and the rows into a file", with_file), None);
        let cost_naive = ("naive ring: processor time", naive(|run| run.cpu_ns_per_message));
        results.compare("ns/message", cost, cost_naive, None);
        #[cfg(feature = "zeromq")]
        results.compare("messages/s", speed, ("ZeroMQ PUSH/PULL, one way", rate(&self.zeromq)), None);
    }
}
