use clockring::{clock::*, message::*, ring::*};
use host::{experiment::*, rundir::*, sim::*};
use std::{convert::Infallible, time::*};
#[derive(Default)]
struct Stats([Summary; 26], [u64; 26]);
impl Recorder<LamportStamp> for Stats {
    type Error = Infallible;
    #[inline]
    fn event(&mut self, m: MachineId, row: &Row<LamportStamp>) -> Result<(), Infallible> {
        self.0[m.index()].add(row);
        Ok(())
    }
    #[inline]
    fn left(&mut self, m: MachineId, _: &Message<LamportStamp>) -> Result<(), Infallible> {
        self.1[m.index()] += 1;
        Ok(())
    }
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let rates: Vec<_> = args[1].split(',').map(|r| Some(r.parse().unwrap())).collect();
    let sides: u32 = args[2].parse().unwrap();
    let runs: u64 = args[3].parse().unwrap();
    let phase = if args.get(4).is_some_and(|p| p == "random") { PhaseChoice::Random } else { PhaseChoice::Aligned };
    let secs = args.get(5).map_or(60, |s| s.parse().unwrap());
    let n = rates.len();
    let e = Experiment {
        ring: RingSize::new(n).unwrap(),
        rates,
        sides,
        seed: 1,
        phase,
        clock: ClockKind::Lamport,
        duration: Some(Duration::from_secs(secs)),
    };
    let mut s = Scenario::new(e, Network::default()).unwrap();
    let mut sim = Simulator::<Lamport>::new(&s);
    let cpu = || std::fs::read_to_string("/proc/thread-self/schedstat").unwrap().split(' ').next().unwrap().parse::<u64>().unwrap();
    let t = cpu();
    let mut ticks = 0;
    let mut jump = vec![0.0; n];
    let mut left = vec![0.0; n];
    for seed in 0..runs {
        s.set_seed(seed);
        let mut st = Stats::default();
        let _ = sim.run(&s, &mut st);
        for i in 0..n {
            ticks += st.0[i].ticks;
            jump[i] += st.0[i].clock as f64 / st.0[i].ticks as f64 / runs as f64;
            left[i] += st.1[i] as f64 / runs as f64;
        }
    }
    let dt = (cpu() - t) as f64 / 1e9;
    println!(
        "{ticks} ticks {:.1} M/s {:.2} ns/tick jump {jump:.3?} left {left:.2?}",
        ticks as f64 / dt / 1e6,
        dt * 1e9 / ticks as f64
    );
}
