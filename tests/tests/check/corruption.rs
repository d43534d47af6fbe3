//! A good run is accepted, and one that was corrupted at random is rejected exactly if it cannot be true.

use clockring::clock::ClockKind;
use proptest::prelude::*;

use crate::{
    naive,
    run_text::{RunText, Setting, good_run},
};

/// A harm to a run.
#[derive(Clone, Debug)]
pub(crate) enum Harm {
    Drop,
    Duplicate,
    SwapWithNext,
    /// Exchanges two rows, wherever they are.
    Swap(prop::sample::Index),
    /// Puts something else into one of the eight columns.
    Alter(usize, Value),
    /// Takes a message out of the list of those left.
    Forget,
    /// Moves a row's event to another row, so that the ticks stay in order.
    Move(prop::sample::Index),
}

/// The new content of a cell.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    More(u64),
    Less(u64),
    Word(&'static str),
}

pub(crate) fn harms() -> impl Strategy<Value = Harm> {
    let words = prop::sample::select(vec![
        "", "A", "B", "C", "BC", "CA", "AB", "internal", "send", "receive", "-1", "1.5", "é",
    ]);
    let value =
        prop_oneof![(1..4_u64).prop_map(Value::More), (1..4_u64).prop_map(Value::Less), words.prop_map(Value::Word),];
    prop_oneof![
        1 => Just(Harm::Drop),
        1 => Just(Harm::Duplicate),
        1 => Just(Harm::SwapWithNext),
        1 => any::<prop::sample::Index>().prop_map(Harm::Swap),
        1 => any::<prop::sample::Index>().prop_map(Harm::Move),
        1 => Just(Harm::Forget),
        6 => (0..8_usize, value).prop_map(|(column, value)| Harm::Alter(column, value)),
    ]
}

/// Does harm to a row of a machine. `tidy` then numbers the ticks again and corrects the count in the manifest, to
/// make it look right.
pub(crate) fn harm(run: &mut RunText, machine: usize, row: usize, harm: &Harm, tidy: bool) {
    let text = &mut run.machines[machine];
    if text.lines.is_empty() {
        return;
    }
    let row = row % text.lines.len();
    match harm {
        Harm::Drop => {
            text.lines.remove(row);
        }
        Harm::Duplicate => text.lines.insert(row, text.lines[row].clone()),
        Harm::SwapWithNext => {
            let next = (row + 1) % text.lines.len();
            text.lines.swap(row, next);
        }
        Harm::Swap(other) => {
            let other = other.index(text.lines.len());
            text.lines.swap(row, other);
        }
        Harm::Move(to) => {
            let line = text.lines.remove(row);
            let to = to.index(text.lines.len() + 1);
            text.lines.insert(to, line);
        }
        Harm::Alter(column, value) => {
            let mut cells: Vec<String> = text.lines[row].split(',').map(str::to_owned).collect();
            let number: Option<u64> = cells[*column].parse().ok();
            cells[*column] = match (value, number) {
                (Value::Word(word), _) => (*word).to_owned(),
                (Value::More(by), Some(number)) => (number + by).to_string(),
                (Value::Less(by), Some(number)) => number.saturating_sub(*by).to_string(),
                (Value::More(by) | Value::Less(by), None) => by.to_string(),
            };
            text.lines[row] = cells.join(",");
        }
        Harm::Forget => {
            let left = text.manifest.left_in_queue.as_mut().expect("a list");
            if !left.is_empty() {
                left.remove(row % left.len());
            }
        }
    }
    if tidy {
        for (index, line) in text.lines.iter_mut().enumerate() {
            if let Some((_, rest)) = line.split_once(',') {
                *line = format!("{},{rest}", index + 1);
            }
        }
        text.manifest.ticks = Some(text.lines.len() as u64);
    }
}

pub(crate) fn settings(clock: ClockKind) -> impl Strategy<Value = Setting> {
    (2..5_usize, 0..4_u32, any::<u64>(), 5..60_usize).prop_map(move |(machines, more, seed, ticks)| Setting {
        machines,
        sides: machines as u32 + more,
        seed,
        ticks,
        clock,
        death: None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_corrupted_run_is_rejected_exactly_if_it_cannot_be_true(
        setting in settings(ClockKind::Lamport),
        machine in any::<prop::sample::Index>(),
        row in any::<usize>(),
        what in harms(),
        tidy in any::<bool>(),
    ) {
        let mut run = good_run(setting);
        prop_assert_eq!(naive::objection(&run), None, "the second judge accepts the good run");
        prop_assert_eq!(run.broken(), Vec::<&str>::new(), "the checker accepts the good run");
        harm(&mut run, machine.index(setting.machines), row, &what, tidy);
        let objection = naive::objection(&run);
        let broken = run.judged().map(|verdict| verdict.violations.total());
        prop_assert_eq!(broken != Some(0), objection.is_some(), "{:?}; {:?}", objection, broken);
    }

    #[test]
    fn a_good_run_is_accepted_whatever_its_clock(
        setting in prop::sample::select(ClockKind::ALL.to_vec()).prop_flat_map(settings),
        death in prop::option::of(0..60_usize),
        torn in prop::sample::select(vec!["", "7", "7,17", "7,1700,internal,,,9,0"]),
    ) {
        let mut run = good_run(Setting { death, ..setting });
        if death.is_some() {
            run.machine('B').torn = torn.to_owned();
        }
        prop_assert_eq!(run.broken(), Vec::<&str>::new());
    }

    #[test]
    fn no_clock_can_be_altered(
        setting in prop::sample::select(ClockKind::ALL.to_vec()).prop_flat_map(settings),
        machine in any::<prop::sample::Index>(),
        row in any::<usize>(),
        entry in any::<prop::sample::Index>(),
        by in 1..5_u64,
    ) {
        let mut run = good_run(setting);
        let text = &mut run.machines[machine.index(setting.machines)];
        prop_assume!(!text.lines.is_empty());
        let row = row % text.lines.len();
        let mut cells: Vec<String> = text.lines[row].split(',').map(str::to_owned).collect();
        let mut counts: Vec<u64> = cells[5].split(' ').map(|count| count.parse().expect("a number")).collect();
        let entry = entry.index(counts.len());
        counts[entry] += by;
        cells[5] = counts.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
        text.lines[row] = cells.join(",");
        prop_assert!(!run.broken().is_empty());
    }
}
