//! The entry of a vector that is a machine's own: the one that rises at every event.

use super::kinds::has_word;

/// A vector with a count for every entry.
pub(super) type Row = Vec<u64>;

/// Each machine's own entry, as far as the rows show it. No two machines have one entry.
///
/// The own entry of a machine rises from each of its events to the next. In a short log others may do so as well: then
/// the machines that are certain leave only one, or the name decides, if entries have names and those that are certain
/// are the machines' own. `parts` are the rows at which another file begins.
///
/// # Errors
/// If two logs can only be of one machine.
pub(super) fn own_entries(
    machines: &[&str],
    entries: &[String],
    rows: &[Vec<Row>],
    parts: &[&[usize]],
    are_named: bool,
) -> Result<Vec<Option<usize>>, [usize; 2]> {
    let candidates = rows.iter().zip(parts).map(|(rows, parts)| Candidates::of(rows, parts, entries.len()));
    let candidates: Vec<Candidates> = candidates.collect();
    let mut own: Vec<Option<usize>> = vec![None; machines.len()];
    let named = |machine: usize| entries.iter().position(|entry| are_named && entry == machines[machine]);
    // No entry rises throughout if a clock begins again, or is wrong; then a short log shows nothing either.
    let is_disturbed = candidates.iter().any(|log| log.steps > 1 && log.rising.is_empty());
    let is_told = |machine: usize, entry: usize| are_named && has_word(machines[machine], &entries[entry]);
    settle(&mut own, &candidates, is_disturbed, &is_told);
    let is_named = |machine: usize| named(machine).is_some_and(|entry| !own.contains(&Some(entry)));
    if let Some(rivals) = rivals(&own, &candidates).filter(|[_, other]| !is_disturbed && !is_named(*other)) {
        return Err(rivals);
    }
    let names_mislead = (0..machines.len()).any(|machine| {
        let (certain, named) = (own[machine], named(machine));
        certain.is_some() && named.is_some() && certain != named
    });
    let order = in_order(machines, entries.len(), are_named);
    for machine in 0..machines.len() {
        if own[machine].is_some() || rows[machine].is_empty() {
            continue;
        }
        let candidates = &candidates[machine];
        let free: Vec<usize> = candidates.rising.iter().copied().filter(|entry| !own.contains(&Some(*entry))).collect();
        let alike = |entry: &usize| {
            let (entry, machine) = (&entries[*entry], machines[machine]);
            are_named && !names_mislead && (has_word(entry, machine) || has_word(machine, entry))
        };
        let only_alike = |among: &mut dyn Iterator<Item = usize>| {
            let mut among = among.filter(alike);
            among.next().filter(|_| among.next().is_none())
        };
        let by_name = named(machine).filter(|_| !names_mislead);
        own[machine] = match &free[..] {
            // Nothing rises throughout, as in a log with a fault: the name, else the place, else the one that rises
            // most.
            [] => {
                let by_name = by_name.or_else(|| only_alike(&mut (0..entries.len())));
                let likely = by_name.or(order.get(machine).copied()).filter(|entry| candidates.mostly_rises(*entry));
                likely.or(candidates.most).filter(|entry| !own.contains(&Some(*entry)))
            }
            several => {
                let by_name = by_name.filter(|entry| several.contains(entry));
                by_name.or_else(|| only_alike(&mut several.iter().copied()))
            }
        };
    }
    Ok(own)
}

/// A machine of which every entry that rises is another's for certain, with that one: they are one machine.
fn rivals(own: &[Option<usize>], candidates: &[Candidates]) -> Option<[usize; 2]> {
    (0..own.len()).filter(|machine| own[*machine].is_none() && candidates[*machine].steps > 0).find_map(|machine| {
        let mut holders =
            candidates[machine].rising.iter().map(|entry| own.iter().position(|own| *own == Some(*entry)));
        let first = holders.next()??;
        holders.all(|holder| holder.is_some()).then_some([first, machine])
    })
}

/// Gives a machine the only entry that rises, or the only one that no other machine has, until nothing more is certain.
/// Nothing is certain of a machine if its name tells another entry that rises nearly as often: its clock may have begun
/// again, or it may be a part of another's log.
fn settle(
    own: &mut [Option<usize>],
    candidates: &[Candidates],
    is_disturbed: bool,
    is_told: &dyn Fn(usize, usize) -> bool,
) {
    // The longer a log, the less can another entry rise throughout by chance.
    let mut by_steps: Vec<usize> = (0..own.len()).collect();
    by_steps.sort_by_key(|machine| usize::MAX - candidates[*machine].steps);
    loop {
        let is_open = |machine: &usize| own[*machine].is_none() && (!is_disturbed || candidates[*machine].steps > 2);
        let certain = by_steps.iter().copied().filter(is_open).find_map(|machine| {
            let mut free = candidates[machine].rising.iter().filter(|entry| !own.contains(&Some(**entry)));
            let first = *free.next()?;
            let log = &candidates[machine];
            let is_rival = |entry: usize| {
                let is_likely = is_told(machine, entry) && log.nearly_rises(entry);
                entry != first && (is_likely || (is_disturbed && log.mostly_rises(entry)))
            };
            let is_certain = free.next().is_none() && !(0..log.rises.len()).any(is_rival);
            is_certain.then_some((machine, first))
        });
        match certain {
            Some((machine, entry)) => own[machine] = Some(entry),
            None => break,
        }
    }
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
    fn of(rows: &[Row], parts: &[usize], entries: usize) -> Self {
        let mut rises = vec![0; entries];
        let mut steps = 0;
        // From one file to the next nothing is known of their order.
        let pairs = rows.windows(2).enumerate().filter(|(row, _)| parts.binary_search(&(row + 1)).is_err());
        for (_, pair) in pairs.filter(|(_, pair)| pair[0] != pair[1]) {
            steps += 1;
            for (entry, count) in rises.iter_mut().enumerate() {
                *count += usize::from(pair[0][entry] < pair[1][entry]);
            }
        }
        let is_there = |entry: &usize| rows.iter().all(|row| row[*entry] > 0);
        let rising = (0..entries).filter(|entry| rises[*entry] == steps).filter(is_there).collect();
        let most = rises.iter().copied().max().unwrap_or(0);
        let mut log = Self { rising, most: None, rises, steps };
        let mut best =
            (0..entries).filter(|entry| log.rises[*entry] == most && log.nearly_rises(*entry)).filter(is_there);
        log.most = best.next().filter(|_| best.next().is_none());
        log
    }

    fn nearly_rises(&self, entry: usize) -> bool {
        self.steps > 0 && self.rises[entry] * 5 >= self.steps * 4
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
    let rank = |name: &str| match (name.parse::<u64>(), name.as_bytes()) {
        (Ok(number), _) => Some(number),
        (_, [letter]) => Some(u64::from(*letter)),
        _ => None,
    };
    if machines.iter().any(|name| rank(name).is_none()) {
        return Vec::new();
    }
    order.sort_by_key(|place| rank(machines[*place]));
    let mut entries = vec![0; order.len()];
    for (entry, place) in order.into_iter().enumerate() {
        entries[place] = entry;
    }
    entries
}
