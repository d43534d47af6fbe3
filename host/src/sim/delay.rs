//! The network's delays of the messages of one link: the arrival of each.

use std::time::Duration;

use clockring::chance::Stream;
use rand_core::Rng;

use super::network::{Latency, Network, Spells};

/// One link's delays, from message to message.
#[derive(Clone, Debug)]
pub(super) struct Delay {
    latency: LatencyNs,
    bursts: Option<(u64, Timetable)>,
    stalls: Option<Timetable>,
    chance: Stream,
    last_arrival_ns: u64,
}

impl Delay {
    /// The delays of a link on which nothing has been sent.
    pub(super) fn new(network: &Network, mut chance: Stream) -> Self {
        let bursts = network.bursts.map(|bursts| (ns(bursts.extra), Timetable::new(bursts.spells, &mut chance)));
        let stalls = network.stalls.map(|spells| Timetable::new(spells, &mut chance));
        Self { latency: network.latency.into(), bursts, stalls, chance, last_arrival_ns: 0 }
    }

    /// The arrival of the message that is sent now. Times of sending never go back.
    #[inline]
    pub(super) fn arrival_ns(&mut self, sent_ns: u64) -> u64 {
        let mut latency_ns = match self.latency {
            LatencyNs::Fixed(latency_ns) => latency_ns,
            LatencyNs::Uniform { from_ns, choices } => {
                from_ns + ((u128::from(choices) * u128::from(self.chance.next_u64())) >> 64) as u64
            }
            LatencyNs::Exponential { mean_ns } => exponential_ns(mean_ns, &mut self.chance),
        };
        if let Some((extra_ns, timetable)) = &mut self.bursts
            && timetable.end_of_spell_at(sent_ns, &mut self.chance).is_some()
        {
            latency_ns += *extra_ns;
        }
        let mut arrival_ns = self.last_arrival_ns.max(sent_ns + latency_ns.max(1));
        if let Some(timetable) = &mut self.stalls
            && let Some(end_ns) = timetable.end_of_spell_at(arrival_ns, &mut self.chance)
        {
            arrival_ns = end_ns;
        }
        self.last_arrival_ns = arrival_ns;
        arrival_ns
    }
}

/// [`Latency`], ready to be computed with.
#[derive(Clone, Copy, Debug)]
enum LatencyNs {
    Fixed(u64),
    Uniform { from_ns: u64, choices: u64 },
    Exponential { mean_ns: u64 },
}

impl From<Latency> for LatencyNs {
    fn from(latency: Latency) -> Self {
        match latency {
            Latency::Fixed(latency) => Self::Fixed(ns(latency)),
            Latency::Uniform(from, to) => Self::Uniform { from_ns: ns(from), choices: ns(to) - ns(from) + 1 },
            Latency::Exponential(mean) => Self::Exponential { mean_ns: ns(mean) },
        }
    }
}

/// The spells of one link as time goes on.
#[derive(Clone, Copy, Debug)]
struct Timetable {
    spells: Spells,
    start_ns: u64,
}

impl Timetable {
    fn new(spells: Spells, chance: &mut Stream) -> Self {
        Self { spells, start_ns: exponential_ns(ns(spells.every), chance) }
    }

    /// If a spell is on at this time: when it ends. Times asked for never go back.
    fn end_of_spell_at(&mut self, time_ns: u64, chance: &mut Stream) -> Option<u64> {
        loop {
            let end_ns = self.start_ns + ns(self.spells.length);
            if time_ns < end_ns {
                return (time_ns >= self.start_ns).then_some(end_ns);
            }
            self.start_ns = end_ns + exponential_ns(ns(self.spells.every), chance);
        }
    }
}

/// An exponentially distributed time, by inversion. `libm` rather than the platform's logarithm, so that the same seed
/// gives the same run everywhere.
fn exponential_ns(mean_ns: u64, chance: &mut Stream) -> u64 {
    const PARTS: f64 = (1_u64 << 53) as f64;
    let uniform = ((chance.next_u64() >> 11) + 1) as f64 / PARTS;
    (-libm::log(uniform) * mean_ns as f64) as u64
}

/// No duration of ours is near the 584 years that 64 bits hold.
fn ns(duration: Duration) -> u64 {
    duration.as_secs() * 1_000_000_000 + u64::from(duration.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use clockring::{
        chance::{Purpose, stream},
        ring::MachineId,
    };

    use super::*;

    const MS: u64 = 1_000_000;

    /// The arrivals of messages that are sent every millisecond.
    fn arrivals(network: &str, messages: u64) -> Vec<(u64, u64)> {
        let (latency, spells) = network.split_once(' ').unwrap_or((network, ""));
        let mut network = Network { latency: latency.parse().unwrap(), ..Network::default() };
        match spells.split_once(' ') {
            Some(("bursts", bursts)) => network.bursts = Some(bursts.parse().unwrap()),
            Some(("stalls", stalls)) => network.stalls = Some(stalls.parse().unwrap()),
            _ => {}
        }
        let [a, b] = [0, 1].map(|index| MachineId::from_index(index).unwrap());
        let mut delay = Delay::new(&network, stream(1, a, Purpose::Link(b)));
        (1..=messages).map(|message| message * MS).map(|sent_ns| (sent_ns, delay.arrival_ns(sent_ns))).collect()
    }

    /// Latencies that no message before it held up.
    fn free_latencies(network: &str) -> Vec<f64> {
        let arrivals = arrivals(network, 1_000_000);
        let free = arrivals.windows(2).filter(|pair| pair[1].1 > pair[0].1);
        free.map(|pair| (pair[1].1 - pair[1].0) as f64 / MS as f64).collect()
    }

    fn mean(numbers: &[f64]) -> f64 {
        numbers.iter().sum::<f64>() / numbers.len() as f64
    }

    #[test]
    fn links_are_first_in_first_out_and_nothing_arrives_when_it_is_sent() {
        for network in ["0s", "5ms", "uniform:0s..30ms", "exp:20ms", "exp:1ms bursts 50ms:1s/2s", "1ms stalls 1s/2s"] {
            let arrivals = arrivals(network, 20_000);
            assert!(arrivals.iter().all(|(sent, arrival)| arrival > sent), "{network}");
            assert!(arrivals.is_sorted_by_key(|(_, arrival)| *arrival), "{network}");
        }
    }

    #[test]
    fn a_fixed_latency_is_that_of_every_message() {
        assert!(arrivals("5ms", 1000).iter().all(|(sent, arrival)| arrival - sent == 5 * MS));
    }

    #[test]
    fn uniform_latencies_fill_their_range() {
        // Below the time between two messages, so that none holds up the next.
        let latencies = free_latencies("uniform:0.1ms..0.9ms");
        assert_eq!(latencies.len(), 999_999);
        assert!(latencies.iter().all(|latency| (0.1..=0.9).contains(latency)));
        assert!((mean(&latencies) - 0.5).abs() < 0.001 && latencies.iter().any(|latency| *latency > 0.8999));
    }

    #[test]
    fn exponential_latencies_have_their_mean_and_their_tail() {
        let latencies = free_latencies("exp:0.05ms");
        assert!((mean(&latencies) - 0.05).abs() < 0.0005, "{}", mean(&latencies));
        let beyond = latencies.iter().filter(|latency| **latency > 0.15).count() as f64 / latencies.len() as f64;
        assert!((beyond - (-3.0_f64).exp()).abs() < 0.002, "{beyond} of them are longer than three means");
    }

    #[test]
    fn a_stalled_link_delivers_nothing_and_then_all_at_once() {
        let arrivals = arrivals("1ms stalls 2s/8s", 1_000_000);
        let stalled = arrivals.iter().filter(|(sent, arrival)| arrival - sent > MS).count() as f64 / 1e6;
        assert!((stalled - 0.2).abs() < 0.05, "stalled for {stalled} of the time, not a fifth of it");
        let longest = arrivals.iter().map(|(sent, arrival)| arrival - sent).max().unwrap();
        assert!((1999 * MS..=2001 * MS).contains(&longest), "a stall of {longest} ns");
    }

    #[test]
    fn a_burst_adds_its_latency_while_it_lasts() {
        let arrivals = arrivals("1ms bursts 100ms:2s/8s", 1_000_000);
        let late = arrivals.iter().filter(|(sent, arrival)| arrival - sent == 101 * MS).count() as f64 / 1e6;
        assert!((late - 0.2).abs() < 0.05, "late for {late} of the time, not a fifth of it");
    }
}
