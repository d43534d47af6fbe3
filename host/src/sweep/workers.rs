//! Does the jobs of a plan on all cores.

use std::{
    convert::Infallible,
    num::NonZeroUsize,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Sender},
    },
    thread,
};

use clockring::clock::Lamport;

use super::{
    measure::{Measurement, Tally, Theory},
    plan::{Job, Plan},
};
use crate::sim::Simulator;

/// Does these jobs of the plan, given by their numbers, on this many threads. `done` is told of each as it ends, with
/// the tally of every machine; the order in which jobs end depends on the threads, their tallies do not.
///
/// # Errors
/// The first error of `done`, which ends the work.
pub fn work<E>(
    plan: &Plan,
    jobs: &[usize],
    threads: NonZeroUsize,
    mut done: impl FnMut(usize, Vec<Tally>) -> Result<(), E>,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let (results, finished) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads.get().min(jobs.len()) {
            let (next, results) = (&next, results.clone());
            scope.spawn(move || Worker::default().work(plan, jobs, next, &results));
        }
        drop(results);
        // After an early return the workers have no listener any more, and each stops after its job.
        finished.into_iter().try_for_each(|(job, tallies)| done(job, tallies))
    })
}

/// One thread's simulator, which serves from run to run.
#[derive(Default)]
struct Worker {
    simulator: Option<Simulator<Lamport>>,
    measurement: Measurement,
}

impl Worker {
    fn work(&mut self, plan: &Plan, jobs: &[usize], next: &AtomicUsize, results: &Sender<(usize, Vec<Tally>)>) {
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            if results.send((*job, self.tallies(plan, plan.jobs()[*job]))).is_err() {
                return;
            }
        }
    }

    fn tallies(&mut self, plan: &Plan, job: Job) -> Vec<Tally> {
        let mut scenario = plan.settings()[job.setting].clone();
        let ring = scenario.experiment().ring;
        let mut tallies = vec![Tally::default(); ring.get()];
        let simulator = match &mut self.simulator {
            Some(simulator) if simulator.ring() == ring => simulator,
            other => other.insert(Simulator::new(&scenario)),
        };
        let rates_are_drawn = scenario.experiment().rates.iter().any(Option::is_none);
        let mut theory = Theory::of(&scenario);
        for run in 0..job.runs {
            scenario.set_seed(job.seed.wrapping_add(run));
            if rates_are_drawn {
                theory = Theory::of(&scenario);
            }
            self.measurement.clear(ring);
            let Ok::<(), Infallible>(()) = simulator.run(&scenario, &mut self.measurement);
            self.measurement.add_to(&mut tallies, &scenario, &theory);
        }
        tallies
    }
}
