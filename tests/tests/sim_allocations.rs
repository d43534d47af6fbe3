//! A sweep's inner loop, run after run, without one allocation.

use std::{convert::Infallible, time::Duration};

use allocation_counter::measure;
use clockring::{
    clock::{ClockKind, Lamport, LamportStamp},
    message::Message,
    ring::{MachineId, RingSize},
};
use host::{
    experiment::{Experiment, PhaseChoice},
    rundir::{Row, Summary},
    sim::{Network, Recorder, Scenario, Simulator},
};

#[derive(Default)]
struct Statistics {
    summaries: [Summary; 3],
    left: u64,
}

impl Recorder<LamportStamp> for Statistics {
    type Error = Infallible;

    fn event(&mut self, machine: MachineId, row: &Row<LamportStamp>) -> Result<(), Infallible> {
        self.summaries[machine.index()].add(row);
        Ok(())
    }

    fn left(&mut self, _: MachineId, _: &Message<LamportStamp>) -> Result<(), Infallible> {
        self.left += 1;
        Ok(())
    }
}

#[test]
fn runs_use_the_storage_of_the_runs_before() {
    let experiment = Experiment {
        ring: RingSize::new(3).unwrap(),
        rates: ["1", "6", "6"].map(|rate| Some(rate.parse().unwrap())).to_vec(),
        sides: 4,
        seed: 0,
        phase: PhaseChoice::Random,
        clock: ClockKind::Lamport,
        duration: Some(Duration::from_secs(60)),
    };
    let mut scenario = Scenario::new(experiment, Network::default()).unwrap();
    let mut simulator = Simulator::<Lamport>::new(&scenario);
    let mut statistics = Statistics::default();
    let mut runs = || {
        for seed in 0..50 {
            scenario.set_seed(seed);
            let Ok(()) = simulator.run(&scenario, &mut statistics);
        }
    };
    // The first time, queues find out how long they have to be.
    runs();
    let counted = measure(runs);
    assert_eq!(counted.count_total, 0, "{counted:?}");
    assert_eq!(statistics.summaries[1].ticks, 2 * 50 * 360);
}
