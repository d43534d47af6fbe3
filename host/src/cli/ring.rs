//! `ring`: all machines of a ring as processes of this computer.

use std::{
    io::{self, Write},
    net::TcpListener,
    ops::RangeInclusive,
    process::{ExitCode, ExitStatus},
    time::{Duration, Instant},
};

use anstream::{AutoStream, ColorChoice};
use clap::Args;
use clockring::ring::{MachineId, RingSize};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{
    experiment::RunLength,
    run_table,
    settings::Settings,
    signals::stop_on_signals,
    survival,
    watched::{self, RingView},
};
use crate::{
    experiment::Experiment,
    failure::Failure,
    launch::{LaunchEvent, Launched, Stream},
    rundir::RunDirectory,
    watch::{self, Watch},
    wording::listed,
};

/// Run all machines of a ring on this computer.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  clockring ring                                      three machines at drawn rates for a minute
  clockring ring --rates 1,6,6 --sides 4 --for 2m     a slow machine among fast ones
  clockring ring --machines 5 --rate 20 --seed 7 --log-dir five
  clockring ring --keep-alive --for forever           a machine that is killed comes back
  clockring ring --resume --log-dir five              finish a run that was cut short, as it was set up
  clockring ring --watch --rates 1,3,6                watch it live, pause, and step back through what has been")]
#[command(
    mut_arg("base_port", |port| port.help(
        "The port of machine A on 127.0.0.1; B has the next, and so on. 0: any that are free"
    )),
    mut_arg("watch", |watch| watch.help("Watch it live on the whole terminal; plain output where there is none"))
)]
pub(super) struct RingArgs {
    #[command(flatten)]
    settings: Settings,

    /// Start a machine that dies again, to go on from its log
    #[arg(long)]
    keep_alive: bool,
}

/// Interval at which progress is shown and processes are looked after.
const LOOK_EVERY: Duration = Duration::from_millis(50);

impl RingArgs {
    pub(super) fn run(mut self) -> Result<ExitCode, Failure> {
        let directory = self.settings.log.directory();
        let experiment = self.experiment(&directory)?;
        let machines: Vec<MachineId> = experiment.ring.machines().collect();
        if self.keep_alive && self.settings.log.overwrite {
            // Done once and here, since a machine that comes back must not do it.
            directory.remove(machines.iter().copied())?;
        } else if !self.settings.log.overwrite && !self.settings.survival.resume {
            directory.refuse_if_used(machines.iter().copied())?;
        }
        let settings = self.settings_of_machines(&experiment, &directory)?;
        // The machines would find this out by themselves; here it is said once.
        for machine in &machines {
            settings.default_address(*machine)?;
        }

        let mut launched = Launched::new();
        let stop = launched.stopper();
        stop_on_signals(false, move || {
            if !watch::is_open() {
                let _ = writeln!(io::stderr(), "stopping; once more to end at once");
            }
            stop();
        })?;
        let watch = watched::open(self.settings.watch, experiment.ring, self.settings.survival.resume)?;
        let coloured = watch.is_none() && AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        let line = settings.line()?;
        for machine in &machines {
            launched
                .start(*machine, line.clone(), coloured)
                .map_err(|error| Failure::run(format!("{machine}: cannot start its process: {error}")))?;
        }
        let failed = Follower::new(&directory, &experiment, &self, watch).follow(&mut launched);
        let written: Vec<MachineId> =
            machines.into_iter().filter(|machine| directory.manifest(*machine).exists()).collect();
        let table =
            if self.settings.quiet || written.is_empty() { Ok(()) } else { run_table::print(&directory, &written) };
        if failed.is_empty() {
            return table.map(|()| ExitCode::SUCCESS);
        }
        let mut sentence = failure(&failed);
        if !written.is_empty() {
            let again = directory.command_to_go_on();
            sentence += &format!("; once the cause is mended, this goes on with the run: {again}");
        }
        Err(Failure::run(sentence))
    }

    /// The experiment: that of the run in the directory, if it goes on.
    fn experiment(&mut self, directory: &RunDirectory) -> Result<Experiment, Failure> {
        let Settings { experiment: asked, survival, .. } = &mut self.settings;
        let past = if survival.resume { survival::ring_in(directory)? } else { None };
        let Some(manifest) = past else { return asked.experiment() };
        asked.go_on_with(&manifest);
        let experiment = asked.experiment()?;
        let duration = asked.given_length().map_or_else(|| survival::length(&manifest), RunLength::time);
        Ok(Experiment { duration, ..experiment })
    }

    /// The settings of every machine of the ring: the choices of the ring are given to all alike.
    fn settings_of_machines(&self, experiment: &Experiment, directory: &RunDirectory) -> Result<Settings, Failure> {
        let mut settings = self.settings.clone();
        settings.experiment.give_seed(experiment.seed);
        settings.log.log_dir = Some(directory.clone());
        settings.log.overwrite &= !self.keep_alive;
        settings.survival.resume |= self.keep_alive;
        if settings.base_port == 0 {
            settings.base_port = free_ports(experiment.ring)?;
        }
        settings.watch = false;
        Ok(settings)
    }
}

/// Shows the machines' output until all have ended.
struct Follower<'a> {
    directory: &'a RunDirectory,
    duration: Option<Duration>,
    progress: ProgressBar,
    started: Option<Instant>,
    watched: Option<RingView>,
    failed: Vec<(MachineId, ExitStatus)>,
    keep_alive: bool,
    /// Do the machines wait without bound for each other?
    is_patient: bool,
}

impl<'a> Follower<'a> {
    fn new(directory: &'a RunDirectory, experiment: &Experiment, arguments: &RingArgs, watch: Option<Watch>) -> Self {
        let hidden = arguments.settings.quiet || watch.is_some();
        let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let progress = ProgressBar::with_draw_target(experiment.duration.map(|whole| whole.as_millis() as u64), target);
        let watched = watch.map(|watch| RingView::new(watch, directory));
        let (duration, keep_alive) = (experiment.duration, arguments.keep_alive);
        let is_patient = keep_alive || arguments.settings.survival.resume;
        Self { directory, duration, progress, started: None, watched, failed: Vec::new(), keep_alive, is_patient }
    }

    /// Returns the machines that failed.
    fn follow(mut self, launched: &mut Launched) -> Vec<(MachineId, ExitStatus)> {
        while launched.is_running() {
            // A view waits for keys itself.
            let mut wait = if self.watched.is_some() { Duration::ZERO } else { LOOK_EVERY };
            while let Some(event) = launched.next(wait) {
                self.hear(event, launched);
                wait = Duration::ZERO;
            }
            match &mut self.watched {
                Some(view) => view.turn(launched),
                None => self.show_progress(),
            }
        }
        while let Some(LaunchEvent::Said { stream, line, .. }) = launched.next(LOOK_EVERY) {
            self.show(stream, &line);
        }
        self.progress.finish_and_clear();
        if let Some(view) = self.watched {
            view.finish();
        }
        self.failed
    }

    fn hear(&mut self, event: LaunchEvent, launched: &mut Launched) {
        match event {
            LaunchEvent::Said { stream, line, .. } => self.show(stream, &line),
            LaunchEvent::StopWanted => {
                launched.stop();
                if let Some(view) = &mut self.watched {
                    view.leave();
                }
            }
            LaunchEvent::Exited { machine, status } if self.keep_alive && has_died(status) => {
                self.show(Stream::Err, &format!("{machine}: died ({status}); starting it again"));
                launched.restart(machine);
            }
            LaunchEvent::Exited { machine, status } if !status.success() => self.give_up(machine, status, launched),
            LaunchEvent::Exited { .. } | LaunchEvent::Restarted { .. } => {}
        }
    }

    /// A machine does not come back.
    fn give_up(&mut self, machine: MachineId, status: ExitStatus, launched: &mut Launched) {
        // The others would wait without bound: for a machine that never started, or if they are told to.
        let stops = self.is_patient || !self.directory.manifest(machine).exists();
        let fate = if has_died(status) { format!("died ({status})") } else { "has failed".to_owned() };
        if self.failed.is_empty() && (stops || has_died(status)) {
            let others = if stops { "stopping the others" } else { "the others go on without it" };
            self.show(Stream::Err, &format!("{machine}: {fate}; {others}"));
        }
        self.failed.push((machine, status));
        if stops {
            launched.stop();
        }
    }

    fn show(&mut self, stream: Stream, line: &str) {
        if let Some(view) = &mut self.watched {
            view.hear(stream, line);
            return;
        }
        // A closed output needs no lines; the run goes on.
        self.progress.suspend(|| {
            let _ = match stream {
                Stream::Out => writeln!(anstream::stdout(), "{line}"),
                Stream::Err => writeln!(anstream::stderr(), "{line}"),
            };
        });
    }

    fn show_progress(&mut self) {
        if self.started.is_none() {
            let first = MachineId::from_index(0);
            if !first.is_some_and(|machine| self.directory.manifest(machine).exists()) {
                return;
            }
            self.started = Some(Instant::now());
            let whole = self.duration.map_or(String::new(), |whole| format!(" of {} s", whole.as_secs_f64()));
            let template = format!("{{wide_bar}} {{msg}}{whole}");
            if let Ok(style) = ProgressStyle::with_template(&template) {
                self.progress.set_style(style);
            }
        }
        if let Some(started) = self.started {
            let elapsed = started.elapsed().min(self.duration.unwrap_or(Duration::MAX));
            self.progress.set_position(elapsed.as_millis() as u64);
            self.progress.set_message(format!("{:.0}", elapsed.as_secs_f64()));
        }
    }
}

/// The machines that failed, in a sentence.
fn failure(failed: &[(MachineId, ExitStatus)]) -> String {
    let (died, others): (Vec<_>, Vec<_>) = failed.iter().partition(|(_, status)| has_died(*status));
    let mut parts: Vec<String> =
        died.into_iter().map(|(machine, status)| format!("machine {machine} died ({status})")).collect();
    let names: Vec<&str> = others.into_iter().map(|(machine, _)| machine.letter_str()).collect();
    match names.as_slice() {
        [] => {}
        [one] => parts.push(format!("machine {one} failed, and said above why")),
        several => parts.push(format!("machines {} failed, and said above why", listed(several))),
    }
    parts.join("; ")
}

/// Did a process not end by itself? One that did has said why, and would say so again.
fn has_died(status: ExitStatus) -> bool {
    /// The exit status of a Rust program that panicked.
    const PANICKED: i32 = 101;
    status.code().is_none_or(|code| code == PANICKED)
}

/// The ports for rings that do not choose their own. No system takes one of them for an outgoing connection (Linux takes
/// those from 32768 on, others from 49152 on), so a machine that died finds its port free.
const RING_PORTS: RangeInclusive<u16> = 20_000..=32_767;

/// As many free ports in a row as the ring has machines. They are free now, but not reserved.
fn free_ports(ring: RingSize) -> Result<u16, Failure> {
    const TRIES: usize = 100;
    let firsts = RING_PORTS.len() as u32 - ring.get() as u32;
    for _ in 0..TRIES {
        let chance =
            getrandom::u32().map_err(|error| Failure::run(format!("the system gives no random numbers: {error}")))?;
        let first = *RING_PORTS.start() + (chance % firsts) as u16;
        let mut ports = first..first + ring.get() as u16;
        if ports.all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return Ok(first);
        }
    }
    Err(Failure::run("this computer has no free ports in a row: choose a --base-port"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_a_machine_that_died_is_taken_by_no_outgoing_connection() {
        let ring = RingSize::new(26).unwrap();
        let first = free_ports(ring).unwrap();
        assert!(RING_PORTS.contains(&first) && RING_PORTS.contains(&(first + ring.get() as u16 - 1)));
        for _ in 0..1_000 {
            let given = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            assert!(!RING_PORTS.contains(&given), "the system gives {given} by itself");
        }
    }
}
