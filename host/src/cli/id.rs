//! `--id A`: one machine of a ring, in this process.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use clockring::{clock::Clock, ring::MachineId};

use super::{
    console::Console,
    experiment::RUNS_DIR,
    run_table,
    settings::Settings,
    signals::stop_on_signals,
    watched::{self, MachineView},
};
use crate::{
    experiment::{Experiment, with_clock},
    failure::Failure,
    link::Address,
    live::{self, Config, Control, LogDir, Nobody, Outcome, Stop},
    rundir::StampText,
    system_time,
    watch::Watch,
};

/// One machine of a ring; the others run elsewhere.
#[derive(Debug, Args)]
pub(super) struct IdArgs {
    /// Run this machine of a ring: a letter, A for the first; or a name that ends in its place, as clockring-0
    #[arg(long, value_name = "A", env = "CLOCKRING_ID", value_parser = parse_id)]
    id: Option<MachineId>,

    #[command(flatten)]
    settings: Settings,

    /// Where this machine listens, if not on its port of 127.0.0.1
    #[arg(long, value_name = "ADDR", display_order = 101)]
    listen: Option<String>,

    /// Where another machine listens, if not on its port of 127.0.0.1: B=10.0.0.2:7101 (may be repeated)
    #[arg(long = "peer", value_name = "B=ADDR", value_parser = parse_peer, display_order = 102)]
    peers: Vec<(MachineId, String)>,

    /// Let SIGTERM end this process only: the run goes on, and waits for it to come back with --resume
    #[arg(long, requires = "resume", display_order = 202)]
    leave_on_sigterm: bool,

    /// The settings are the first line of standard input, in JSON; stop when it closes: how `ring` runs its machines
    #[arg(long, hide = true)]
    settings_on_stdin: bool,
}

impl IdArgs {
    pub(super) fn run(mut self) -> Result<ExitCode, Failure> {
        let Some(id) = self.id else {
            return Err(Failure::usage("say which machine to run, such as `--id A`, or give a command; see --help"));
        };
        if self.settings_on_stdin {
            self.settings = Settings::read(id, io::stdin().lock())?;
        }
        let asked = self.settings.experiment.experiment()?;
        let Settings { experiment: given, log, survival, .. } = &self.settings;
        let experiment = survival.experiment(id, log.log_dir.as_ref(), asked, given.given_length())?;
        if !experiment.ring.contains(id) {
            let last = experiment.ring.machines().next_back().map_or("", MachineId::letter_str);
            return Err(Failure::usage(format!(
                "machine {id} is not in a ring of {}: its machines are A to {last}",
                experiment.ring.get()
            )));
        }
        let addresses = self.addresses(id, &experiment)?;
        let Settings { experiment: given, log, survival, spin, key, watch, quiet, base_port: _ } = self.settings;
        let (listens, key) = (addresses[id.index()].found(), key.key()?);
        live::demand_key(id, listens, &addresses, key.as_ref())?;
        let listener = listen(id, listens)?;
        let (stop, control) = live::control();
        let signalled = stop.clone();
        stop_on_signals(self.leave_on_sigterm, move || signalled.stop())?;
        if self.settings_on_stdin {
            stop_when_stdin_closes(stop.clone());
        }
        let log_dir = match log.log_dir {
            Some(directory) => LogDir::Given(directory),
            None => LogDir::NewIn(PathBuf::from(RUNS_DIR)),
        };
        let clock = experiment.clock;
        let config = Config {
            id,
            experiment,
            seed: given.given_seed(),
            listener,
            addresses,
            log_dir,
            overwrite: log.overwrite,
            resume: survival.resume,
            durable: survival.durable,
            spin,
            key,
            capacity: given.capacity(),
            wall_clock: system_time::now,
        };
        let shown = match watched::open(watch, config.experiment.ring, config.resume)? {
            _ if quiet => Shown::Nothing,
            Some(watch) => Shown::View(Box::new(watch), stop),
            None => Shown::Lines,
        };
        let outcome = with_clock!(clock, C => live::<C>(config, control, shown))?;
        if !quiet && !self.settings_on_stdin {
            run_table::print(&outcome.directory, &[id])?;
            run_table::say(&format!("{id}: {}", outcome.lateness));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The listening address of every machine, by machine index.
    fn addresses(&self, id: MachineId, experiment: &Experiment) -> Result<Vec<Address>, Failure> {
        if let Some((stranger, _)) = self.peers.iter().find(|(peer, _)| !experiment.ring.contains(*peer)) {
            return Err(Failure::usage(format!(
                "--peer {stranger}: there is no such machine in a ring of {}",
                experiment.ring.get()
            )));
        }
        experiment
            .ring
            .machines()
            .map(|machine| {
                let given = if machine == id {
                    self.listen.as_deref()
                } else {
                    self.peers.iter().find(|(peer, _)| *peer == machine).map(|(_, address)| address.as_str())
                };
                match given {
                    Some(address) => resolve(machine, address, LOOK_UP_EVERY, Address::look_up),
                    None => self.settings.default_address(machine).map(Address::from),
                }
            })
            .collect()
    }
}

/// Interval between look-ups of a name that does not resolve yet.
const LOOK_UP_EVERY: Duration = Duration::from_millis(500);

/// Interval at which a person is told of it.
const SAY_EVERY: Duration = Duration::from_secs(5);

/// The address of a machine, looked up until its name resolves: the others may not have been started yet.
fn resolve(
    machine: MachineId,
    address: &str,
    look_up_every: Duration,
    mut look_up: impl FnMut(&str) -> io::Result<Address>,
) -> Result<Address, Failure> {
    let mut said: Option<Instant> = None;
    loop {
        match look_up(address) {
            Ok(address) => return Ok(address),
            // Text that is no address at all never becomes one.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                return Err(Failure::usage(format!(
                    "the address {address} of {machine} does not resolve: {error}; give it as HOST:PORT"
                )));
            }
            Err(error) => {
                if said.is_none_or(|said| said.elapsed() >= SAY_EVERY) {
                    said = Some(Instant::now());
                    let _ = writeln!(io::stderr(), "waiting for the name of {machine}, {address}: {error}");
                }
                thread::sleep(look_up_every);
            }
        }
    }
}

fn listen(id: MachineId, address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::AddrInUse => "another program listens there; stop it, or choose another --base-port",
            io::ErrorKind::PermissionDenied => "ports below 1024 need privileges; choose a higher one",
            _ => "choose another --listen address",
        };
        Failure::run(format!("{id}: cannot listen on {address}: {error}: {advice}"))
    })
}

/// The part of a machine that is shown while it runs.
enum Shown {
    Nothing,
    Lines,
    View(Box<Watch>, Stop),
}

fn live<C>(config: Config, control: Control, shown: Shown) -> Result<Outcome, Failure>
where
    C: Clock,
    C::Stamp: StampText + Send + 'static,
{
    let id = config.id;
    let no_thread = |error| Failure::run(format!("{id}: the system starts no thread: {error}"));
    match shown {
        Shown::Nothing => live::run::<C, _>(config, control, &mut Nobody),
        Shown::Lines => {
            let mut console = Console::new(id).map_err(no_thread)?;
            let outcome = live::run::<C, _>(config, control, &mut console);
            console.finish();
            outcome
        }
        Shown::View(watch, stop) => {
            let mut view = MachineView::new(*watch, stop).map_err(no_thread)?;
            let outcome = live::run::<C, _>(config, control, &mut view);
            view.finish(outcome.as_ref().ok().and_then(|outcome| outcome.manifest.ended));
            outcome
        }
    }
}

fn stop_when_stdin_closes(stop: Stop) {
    thread::spawn(move || {
        let mut byte = [0];
        while matches!(io::stdin().read(&mut byte), Ok(1)) {}
        stop.stop();
    });
}

fn parse_machine(text: &str) -> Result<MachineId, String> {
    match text.as_bytes() {
        [letter] => MachineId::from_letter(letter.to_ascii_uppercase()),
        _ => None,
    }
    .ok_or_else(|| "a machine is called by a letter, A to Z".to_owned())
}

/// A letter; or a name that ends in a place counted from 0, as Kubernetes names the pods of a StatefulSet.
fn parse_id(text: &str) -> Result<MachineId, String> {
    let place = text.rsplit_once('-').and_then(|(_, place)| place.parse().ok());
    place.and_then(MachineId::from_index).map_or_else(|| parse_machine(text), Ok)
}

fn parse_peer(text: &str) -> Result<(MachineId, String), String> {
    let (name, address) = text.split_once('=').ok_or("give a peer as B=HOST:PORT")?;
    Ok((parse_machine(name)?, address.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_named_by_its_letter_or_by_a_name_that_ends_in_its_place() {
        for (text, letter) in [("A", 'A'), ("c", 'C'), ("clockring-0", 'A'), ("a-ring-2", 'C'), ("x-25", 'Z')] {
            assert_eq!(parse_id(text).unwrap().letter(), letter as u8, "{text}");
        }
        for text in ["", "AB", "7", "clockring", "clockring-", "clockring-26", "clockring--1x"] {
            assert!(parse_id(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_that_does_not_resolve_yet_is_looked_up_until_it_does() {
        let machine = MachineId::from_index(1).unwrap();
        let found = Address::look_up("127.0.0.1:7102").unwrap();
        let mut answers = vec![Ok(found.clone()), Err(io::Error::other("no such name")), Err(io::Error::other("none"))];
        let looked_up = resolve(machine, "b:7102", Duration::ZERO, |name| {
            assert_eq!(name, "b:7102");
            answers.pop().unwrap()
        });
        assert_eq!(looked_up, Ok(found));
        assert!(answers.is_empty());
    }

    #[test]
    fn text_that_is_no_address_is_looked_up_once_and_refused() {
        for text in ["7102", "b", "b:", "b:port", "b:65536"] {
            let mut looks = 0;
            let refused = resolve(MachineId::from_index(1).unwrap(), text, Duration::ZERO, |text| {
                looks += 1;
                assert_eq!(looks, 1, "{text}");
                Address::look_up(text)
            });
            assert!(refused.unwrap_err().to_string().contains("give it as HOST:PORT"), "{text}");
        }
    }
}
