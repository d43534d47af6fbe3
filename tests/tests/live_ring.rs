//! Live rings over real sockets, inside one process.

use std::{net::TcpListener, time::Duration};

use clockring::{
    clock::{ClockKind, Hybrid},
    ring::{MachineId, RingSize},
};
use host::{
    experiment::{Experiment, PhaseChoice, RingVector},
    rundir::{Ended, LogReader, RunDirectory, StampText, Torn},
};
use tempfile::tempdir;
use tests::{
    judge,
    live::{experiment, join_all, listeners, machine, start, start_ring, start_with},
    proxy::Proxy,
};

const SHORT: Duration = Duration::from_millis(500);

#[test]
fn rings_of_two_to_five_form_and_account_for_every_message() {
    for machines in 2..=5 {
        let directory = tempdir().unwrap();
        let outcomes = join_all(start_ring(&experiment(&vec![100; machines], SHORT), directory.path()));
        assert!(outcomes.iter().all(|outcome| outcome.manifest.ended == Some(Ended::Complete)));
        let logs = judge::demand_complete(directory.path(), machines);
        assert!(logs.values().flatten().any(|event| event.kind == "receive"), "messages were sent");
    }
}

#[test]
fn every_tick_that_is_due_is_made_and_no_other() {
    let directory = tempdir().unwrap();
    join_all(start_ring(&experiment(&[10, 30, 60], Duration::from_secs(1)), directory.path()));
    let logs = judge::demand_complete(directory.path(), 3);
    assert_eq!([10, 30, 60], [logs[&'A'].len(), logs[&'B'].len(), logs[&'C'].len()]);
}

#[test]
fn a_random_phase_moves_the_first_tick_and_not_the_number_of_ticks() {
    let directory = tempdir().unwrap();
    let experiment = Experiment { phase: PhaseChoice::Random, ..experiment(&[10, 30, 60], Duration::from_secs(1)) };
    join_all(start_ring(&experiment, directory.path()));
    let logs = judge::demand_complete(directory.path(), 3);
    assert_eq!([10, 30, 60], [logs[&'A'].len(), logs[&'B'].len(), logs[&'C'].len()]);
}

#[test]
fn log_times_are_finer_than_the_ticks_and_never_go_back() {
    let directory = tempdir().unwrap();
    join_all(start_ring(&experiment(&[100, 100], SHORT), directory.path()));
    for events in judge::read(directory.path()).values() {
        assert!(events.windows(2).all(|pair| pair[0].time_ns < pair[1].time_ns));
        assert!(events.iter().any(|event| event.time_ns % 1_000_000 != 0));
    }
}

#[test]
fn every_pair_has_exactly_one_connection() {
    let directory = tempdir().unwrap();
    let experiment = experiment(&[50; 5], SHORT);
    let (listeners, addresses) = listeners(experiment.ring);
    // Every machine sees the others through proxies of its own, which count.
    let mut proxies = Vec::new();
    let mut ring = Vec::new();
    for (id, listener) in experiment.ring.machines().zip(listeners) {
        let mine: Vec<Proxy> = addresses.iter().map(|address| Proxy::to(*address)).collect();
        ring.push(start(id, &experiment, listener, mine.iter().map(Proxy::address).collect(), directory.path()));
        proxies.push(mine);
    }
    join_all(ring);
    let accepted = |from: usize, to: usize| proxies[from][to].accepted();
    for one in 0..5 {
        for other in one + 1..5 {
            assert_eq!(accepted(one, other) + accepted(other, one), 1, "connections between {one} and {other}");
        }
    }
}

#[test]
fn no_machine_ticks_before_every_link_is_up() {
    let directory = tempdir().unwrap();
    let experiment = experiment(&[100; 3], SHORT);
    let (listeners, addresses) = listeners(experiment.ring);
    let mut listeners = listeners.into_iter();
    let mut early = Vec::new();
    for id in [machine('A'), machine('B')] {
        early.push(start(id, &experiment, listeners.next().unwrap(), addresses.clone(), directory.path()));
    }
    for live in &early {
        assert!(live.wait_until_it_says("waiting for").contains('C'), "it says for whom it waits");
    }
    let before_ns = host::system_time::now().ns();
    early.push(start(machine('C'), &experiment, listeners.next().unwrap(), addresses, directory.path()));
    join_all(early);
    for events in judge::demand_complete(directory.path(), 3).values() {
        assert!(events[0].time_ns > before_ns);
        assert_eq!(events.len(), 50, "waiting is no part of the run");
    }
}

#[test]
fn who_is_who_does_not_depend_on_who_connects_first() {
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        let directory = tempdir().unwrap();
        let experiment = experiment(&[100; 4], SHORT);
        let (listeners, addresses) = listeners(experiment.ring);
        let mut listeners: Vec<Option<TcpListener>> = listeners.into_iter().map(Some).collect();
        let mut ring = Vec::new();
        for place in order {
            let id = MachineId::from_index(place).unwrap();
            let listener = listeners[place].take().unwrap();
            ring.push(start(id, &experiment, listener, addresses.clone(), directory.path()));
        }
        join_all(ring);
        judge::demand_complete(directory.path(), 4);
    }
}

#[test]
fn a_machine_that_is_told_to_stop_ends_the_run_for_all_and_nothing_is_lost() {
    let directory = tempdir().unwrap();
    let forever = Experiment { duration: None, ..experiment(&[200, 50, 200], SHORT) };
    let ring = start_ring(&forever, directory.path());
    ring[1].wait_until_it_says("tick 10");
    ring[1].stop.stop();
    let outcomes = join_all(ring);
    assert!(outcomes.iter().all(|outcome| outcome.manifest.ended == Some(Ended::Interrupted)));
    judge::demand_complete(directory.path(), 3);
}

#[test]
fn machines_that_are_all_told_to_stop_at_once_lose_nothing() {
    for _ in 0..5 {
        let directory = tempdir().unwrap();
        let ring = start_ring(&Experiment { duration: None, ..experiment(&[300; 3], SHORT) }, directory.path());
        ring[0].wait_until_it_says("tick 5");
        ring.iter().for_each(|live| live.stop.stop());
        join_all(ring);
        judge::demand_complete(directory.path(), 3);
    }
}

#[test]
fn no_event_is_logged_after_the_end() {
    let directory = tempdir().unwrap();
    let outcomes = join_all(start_ring(&experiment(&[200; 3], SHORT), directory.path()));
    let logs = judge::read(directory.path());
    for outcome in outcomes {
        let last = logs[&(outcome.manifest.id.letter() as char)].last().unwrap().time_ns;
        assert!(last <= outcome.manifest.ended_at.unwrap().ns());
    }
}

#[test]
fn a_machine_that_would_go_on_for_ever_ends_with_one_that_has_had_its_time() {
    let directory = tempdir().unwrap();
    let timed = experiment(&[100; 2], SHORT);
    let forever = Experiment { duration: None, ..timed.clone() };
    let (listeners, addresses) = listeners(timed.ring);
    let ring = [timed, forever].into_iter().zip(timed_machines().zip(listeners));
    let ring =
        ring.map(|(experiment, (id, listener))| start(id, &experiment, listener, addresses.clone(), directory.path()));
    let outcomes = join_all(ring.collect());
    assert!(outcomes.iter().all(|outcome| outcome.manifest.ended == Some(Ended::Complete)));
    judge::demand_complete(directory.path(), 2);
}

#[test]
fn a_machine_that_waits_for_a_longer_run_can_still_end_it() {
    let directory = tempdir().unwrap();
    let short = experiment(&[100; 2], SHORT);
    let long = Experiment { duration: Some(Duration::from_secs(3600)), ..short.clone() };
    let (listeners, addresses) = listeners(short.ring);
    let ring = [short, long].into_iter().zip(timed_machines().zip(listeners));
    let ring: Vec<_> = ring
        .map(|(experiment, (id, listener))| start(id, &experiment, listener, addresses.clone(), directory.path()))
        .collect();
    ring[1].wait_until_it_says("tick 60");
    ring[0].stop.stop();
    let outcomes = join_all(ring);
    let ended: Vec<_> = outcomes.iter().map(|outcome| outcome.manifest.ended.unwrap()).collect();
    assert_eq!(ended, [Ended::Complete, Ended::Interrupted]);
    judge::demand_complete(directory.path(), 2);
}

fn timed_machines() -> impl Iterator<Item = MachineId> {
    RingSize::new(2).unwrap().machines()
}

#[test]
fn links_that_are_cut_again_and_again_lose_nothing_and_repeat_nothing() {
    let directory = tempdir().unwrap();
    let experiment = Experiment { sides: 4, ..experiment(&[400; 3], Duration::from_secs(2)) };
    let (listeners, addresses) = listeners(experiment.ring);
    let proxies: Vec<Proxy> = addresses.iter().map(|address| Proxy::to(*address)).collect();
    let through: Vec<_> = proxies.iter().map(Proxy::address).collect();
    let machines = experiment.ring.machines().zip(listeners);
    let ring: Vec<_> =
        machines.map(|(id, listener)| start(id, &experiment, listener, through.clone(), directory.path())).collect();
    for (count, tick) in (50..650).step_by(50).enumerate() {
        ring[0].wait_until_it_says(&format!("tick {tick}"));
        proxies[count % 3].cut();
    }
    join_all(ring);
    judge::demand_complete(directory.path(), 3);
    let made: usize = proxies.iter().map(Proxy::accepted).sum();
    assert!(made > 3 + 6, "links were really cut and made again: {made} connections");
}

#[test]
fn the_same_seed_gives_the_same_rolls_over_sockets() {
    // With no message ever waiting, every tick rolls: only what is rolled decides what is logged.
    let rolls = |seed| {
        let directory = tempdir().unwrap();
        let experiment = Experiment { seed, sides: 1000, ..experiment(&[200; 2], SHORT) };
        join_all(start_ring(&experiment, directory.path()));
        let logs = judge::read(directory.path());
        let rolled = |machine| {
            let events: &Vec<judge::Event> = &logs[&machine];
            let rolls = events.iter().filter(|event| event.kind != "receive");
            rolls.map(|event| (event.kind.clone(), event.peer.clone())).take(90).collect::<Vec<_>>()
        };
        (rolled('A'), rolled('B'))
    };
    assert_eq!(rolls(1), rolls(1));
}

#[test]
fn vector_and_hybrid_clocks_run_live() {
    fn run<C: clockring::clock::Clock>(kind: ClockKind)
    where
        C::Stamp: StampText + Send,
    {
        let directory = tempdir().unwrap();
        let experiment = Experiment { clock: kind, ..experiment(&[200; 3], SHORT) };
        let (listeners, addresses) = listeners(experiment.ring);
        let machines = experiment.ring.machines().zip(listeners);
        let ring = machines
            .map(|(id, listener)| start_with::<C>(id, &experiment, listener, addresses.clone(), directory.path()));
        join_all(ring.collect());
        for id in experiment.ring.machines() {
            let mut log =
                LogReader::<C::Stamp>::open(&RunDirectory::at(directory.path()).log(id), id, experiment.ring).unwrap();
            let rows: Vec<_> = log.by_ref().map(|row| row.unwrap().1).collect();
            assert_eq!(log.torn(), None::<&Torn>);
            assert_eq!(rows.len(), 100);
            assert!(rows.windows(2).all(|pair| pair[0].event.clock < pair[1].event.clock), "timestamps rise");
        }
    }
    run::<RingVector>(ClockKind::Vector);
    run::<Hybrid>(ClockKind::Hybrid);
}
