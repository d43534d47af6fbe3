//! The entry of a vector that is a machine's own: the one that rises at every event.

use super::kinds::has_word;

/// A vector with a count for every entry.
pub(super) type Row = Vec<u64>;

/// For each machine its own entry, as far as the rows tell. No two machines have one entry.
///
/// The own entry of a machine rises from each of its events to the next. In a short log others may do so as well: then
/// the name decides, if entries have names, or the machines that are certain leave only one.
pub(super) fn own_entries(
    machines: &[&str],
    entries: &[String],
    rows: &[Vec<Row>],
    are_named: bool,
) -> Vec<Option<usize>> {
    let candidates: Vec<Candidates> = rows.iter().map(|rows| Candidates::of(rows, entries.len())).collect();
    let mut own: Vec<Option<usize>> = vec![None; machines.len()];
    let is_taken = |own: &[Option<usize>], entry: usize| own.contains(&Some(entry));
    let named = |machine: usize| entries.iter().position(|entry| are_named && entry == machines[machine]);
    // The name and the rows agree.
    for machine in 0..machines.len() {
        own[machine] = named(machine).filter(|entry| candidates[machine].rising.contains(entry));
    }
    // Only one entry rises, or only one that no other machine has.
    loop {
        let certain = (0..machines.len()).filter(|machine| own[*machine].is_none()).find_map(|machine| {
            let mut free = candidates[machine].rising.iter().filter(|entry| !is_taken(&own, **entry));
            let first = *free.next()?;
            free.next().is_none().then_some((machine, first))
        });
        match certain {
            Some((machine, entry)) => own[machine] = Some(entry),
            None => break,
        }
    }
    // Nothing rises throughout, as in a log with a fault: the name, else the place, else the one that rises most.
    let in_order = in_order(machines, entries.len(), are_named);
    for machine in 0..machines.len() {
        if own[machine].is_some() || rows[machine].is_empty() {
            continue;
        }
        let candidates = &candidates[machine];
        let free: Vec<usize> = candidates.rising.iter().copied().filter(|entry| !is_taken(&own, *entry)).collect();
        let alike = |entry: &usize| {
            let (entry, machine) = (&entries[*entry], machines[machine]);
            are_named && (has_word(entry, machine) || has_word(machine, entry))
        };
        own[machine] = match &free[..] {
            [] if candidates.rising.is_empty() => {
                let likely =
                    named(machine).or(in_order.get(machine).copied()).filter(|entry| candidates.mostly_rises(*entry));
                likely.or(candidates.most).filter(|entry| !is_taken(&own, *entry))
            }
            [] => None,
            several => {
                let mut alike = several.iter().copied().filter(alike);
                alike.next().filter(|_| alike.next().is_none())
            }
        };
    }
    own
}

/// The entries that can be a machine's own.
struct Candidates {
    /// Those that rise whenever the vector changes, and are never 0.
    rising: Vec<usize>,
    /// The one that rises most often, if it is only one and does so in four of five steps.
    most: Option<usize>,
    rises: Vec<usize>,
    steps: usize,
}

impl Candidates {
    fn of(rows: &[Row], entries: usize) -> Self {
        let mut rises = vec![0; entries];
        let mut steps = 0;
        for pair in rows.windows(2).filter(|pair| pair[0] != pair[1]) {
            steps += 1;
            for (entry, count) in rises.iter_mut().enumerate() {
                *count += usize::from(pair[0][entry] < pair[1][entry]);
            }
        }
        let is_there = |entry: &usize| rows.iter().all(|row| row[*entry] > 0);
        let rising = (0..entries).filter(|entry| rises[*entry] == steps).filter(is_there).collect();
        let most = rises.iter().copied().max().unwrap_or(0);
        let is_most = |entry: &usize| rises[*entry] == most && most * 5 >= steps * 4 && steps > 0;
        let mut best = (0..entries).filter(is_most).filter(is_there);
        let most = best.next().filter(|_| best.next().is_none());
        Self { rising, most, rises, steps }
    }

    fn mostly_rises(&self, entry: usize) -> bool {
        self.rises.get(entry).is_some_and(|rises| rises * 2 >= self.steps)
    }
}

/// The entries of lists as the order of the machines' names gives them, if there is one for each.
fn in_order(machines: &[&str], entries: usize, are_named: bool) -> Vec<usize> {
    if are_named || entries != machines.len() {
        return Vec::new();
    }
    let mut order: Vec<usize> = (0..machines.len()).collect();
    order.sort_by_key(|place| (machines[*place].parse::<u64>().unwrap_or(u64::MAX), machines[*place]));
    let mut entries = vec![0; order.len()];
    for (entry, place) in order.into_iter().enumerate() {
        entries[place] = entry;
    }
    entries
}
