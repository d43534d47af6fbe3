//! The kind of the clocks of a foreign run: numbers, vectors, times with processes, hybrid clocks.

use host::foreign::{Asked, ForeignClock, ForeignRun, Source, read};

use crate::foreign::with_patterns;

/// The run of files with these texts, a row per clock.
pub(crate) fn run_of(files: &[(&str, &[&str])]) -> Result<ForeignRun, String> {
    let asked = with_patterns(&[r"^(?<clock>.+) (?<event>\w+)$"]);
    let sources = files.iter().map(|(name, clocks)| {
        let rows: String = clocks.iter().map(|clock| format!("{clock} internal\n")).collect();
        Source::of(name, &rows)
    });
    let runs = read(&sources.collect::<Vec<_>>(), &asked).map_err(|failure| failure.to_string())?;
    Ok(runs.into_iter().next().expect("a run"))
}

fn kind(files: &[(&str, &[&str])]) -> ForeignClock {
    run_of(files).unwrap_or_else(|failure| panic!("{failure}")).clock
}

/// The kind of the clocks of two machines with pairs.
fn of_two(one: &[&str], other: &[&str]) -> ForeignClock {
    kind(&[("alice.log", one), ("bob.log", other)])
}

#[test]
fn a_list_of_one_number_is_a_number() {
    let lists = run_of(&[("a.log", &["[5]", "[7]"]), ("b.log", &["6"])]).expect("a run");
    let clocks: Vec<u64> = lists.events().map(|event| event.clock.number).collect();
    assert_eq!((lists.clock, clocks), (ForeignClock::Number, vec![5, 7, 6]));
    let mixed = run_of(&[("a.log", &["[5, 1]", "[7, 1]"]), ("b.log", &["6"])]).expect_err("vectors and a number");
    assert!(mixed.contains("b.log:1") && mixed.contains("clocks of another kind"), "{mixed}");
    let late = run_of(&[("a.log", &["[5, 1]", "7", "[8, 1]", "9"])]).expect_err("vectors and numbers");
    assert!(late.contains("a.log:2: the group `clock` holds `7`"), "{late}");
    let longer = run_of(&[("a.log", &["1", "[5]", "[7, 1]"])]).expect_err("numbers and a vector");
    assert!(longer.contains("a.log:1: the group `clock` holds `1`"), "{longer}");
}

#[test]
fn a_pair_is_a_time_with_its_process_if_the_names_or_the_rows_show_it() {
    for (process, expected) in
        [(1, ForeignClock::Number), (0, ForeignClock::Number), (2, ForeignClock::Number), (3, ForeignClock::Vector)]
    {
        let rows = [format!("({process}, 8)"), format!("({process}, 9)")];
        assert_eq!(kind(&[("vm1.log", &[&rows[0], &rows[1]])]), expected, "process {process}");
    }
    let one_event = |processes: [u64; 2]| {
        let [one, other] = processes;
        let rows = [format!("({one}, 5)"), format!("({other}, 8)"), format!("({other}, 9)")];
        kind(&[("vm1.log", &[&rows[0]]), ("vm2.log", &[&rows[1], &rows[2]])])
    };
    assert_eq!(one_event([1, 2]), ForeignClock::Number);
    assert_eq!(one_event([2, 3]), ForeignClock::Number);
    assert_eq!(one_event([3, 4]), ForeignClock::Vector);
    assert_eq!(one_event([2, 2]), ForeignClock::Vector);
    // Vectors look so as well, while the other machine knows nothing of the event.
    assert_eq!(one_event([1, 0]), ForeignClock::Hybrid);
    for logs in [["(1, 0)", "(2, 0)", "(2, 1)"], ["(0, 1)", "(0, 2)", "(1, 2)"]] {
        let [first, second, one] = logs;
        assert_eq!(kind(&[("vm0.log", &[first, second]), ("vm1.log", &[one, one])]), ForeignClock::Hybrid);
    }
    let two_rows = of_two(&["(5, 30)", "(6, 30)"], &["(5, 40)", "(7, 40)"]);
    assert_eq!(two_rows, ForeignClock::Number);
    assert_eq!(of_two(&["(30, 5)", "(30, 6)"], &["(40, 5)", "(40, 7)"]), ForeignClock::Number, "the process first");
    assert_eq!(of_two(&["(5, 30)", "(6, 30)"], &["(5, 30)", "(7, 30)"]), ForeignClock::Hybrid, "one process");
    let three = [("x.log", &["(5, 30)"][..]), ("y.log", &["(5, 40)"]), ("z.log", &["(6, 50)"])];
    assert_eq!(kind(&three), ForeignClock::Number);
    assert_eq!(kind(&three[..2]), ForeignClock::Vector);
}

#[test]
fn processes_in_times_are_the_names_of_senders() {
    let rows = r"^(?<clock>\(.+?\)) (?<event>\w+)(?: (?<stamp>\(.+\)))?$";
    let sources = [
        Source::of("x.log", "(1, 30) send\n(2, 30) internal\n"),
        Source::of("y.log", "(1, 40) internal\n(2, 40) receive (1, 30)\n(3, 40) receive (2, 50)\n"),
    ];
    let run = read(&sources, &with_patterns(&[rows])).expect("runs").remove(0);
    let senders: Vec<_> = run.logs[1].events.iter().map(|event| event.message.from).collect();
    use host::foreign::Peer::{Machine, Untold};
    assert_eq!(senders, [Untold, Machine(0), Untold]);
}

#[test]
fn large_numbers_with_small_ones_are_hybrid_clocks() {
    assert_eq!(kind(&[("a.log", &["(1000000, 999999)"])]), ForeignClock::Hybrid);
    assert_eq!(kind(&[("a.log", &["(999999, 0)"])]), ForeignClock::Vector, "a count of events");
    assert_eq!(kind(&[("a.log", &["(1000000, 1000000)"])]), ForeignClock::Vector, "two counts of events");
    assert_eq!(kind(&[("a.log", &["(1000000, 0)", "(1000001, 0)", "(999999, 0)"])]), ForeignClock::Vector);
    let run = run_of(&[("a.log", &["(1000000, 3)"])]).expect("a run");
    assert_eq!((run.logs[0].events[0].clock.number, run.logs[0].events[0].clock.count), (1_000_000, 3));
}

#[test]
fn a_count_that_begins_again_three_times_is_that_of_a_hybrid_clock() {
    let other = ["(1, 0)", "(2, 1)", "(3, 2)"];
    let thrice = ["(1, 0)", "(1, 1)", "(2, 0)", "(2, 1)", "(3, 0)", "(3, 1)", "(4, 0)", "(4, 1)"];
    assert_eq!(of_two(&thrice, &other), ForeignClock::Hybrid);
    assert_eq!(of_two(&thrice[..6], &other), ForeignClock::Vector, "twice");
    let stands = ["(1, 0)", "(1, 1)", "(2, 1)", "(2, 2)", "(3, 2)", "(3, 3)", "(4, 3)", "(4, 4)"];
    assert_eq!(of_two(&stands, &other), ForeignClock::Vector, "it goes on");
    let within_a_time = [&thrice[..6], &["(3, 2)", "(3, 3)", "(3, 1)", "(3, 4)", "(3, 5)", "(3, 6)"]].concat();
    assert_eq!(of_two(&within_a_time, &other), ForeignClock::Vector, "twice, and once while the time stood");
}

#[test]
fn two_machines_with_one_entry_have_hybrid_clocks() {
    let first = ["(1, 0)", "(2, 0)", "(3, 0)", "(3, 1)"];
    let second = ["(7, 0)", "(7, 1)", "(7, 2)", "(8, 2)"];
    assert_eq!(of_two(&first, &first), ForeignClock::Hybrid);
    assert_eq!(of_two(&second, &second), ForeignClock::Hybrid);
    assert_eq!(of_two(&first, &second), ForeignClock::Vector);
    // A place is a machine's own if it rises in half of the rows, and the other does not.
    assert_eq!(of_two(&first, &["(1, 0)", "(2, 0)", "(3, 0)", "(3, 1)", "(3, 2)"]), ForeignClock::Vector);
    assert_eq!(of_two(&first, &["(1, 0)", "(2, 1)", "(3, 2)", "(3, 3)"]), ForeignClock::Vector, "both rise");
}

#[test]
fn hybrid_clocks_rise_but_for_one_step_in_ten() {
    let rows = |steps: usize| -> Vec<String> {
        let rises = (0..steps).map(|row| format!("({}, {})", 100 + row, row % 2));
        rises.chain(["(50, 0)".to_owned()]).collect()
    };
    let of_three = |steps: usize| {
        let rows = rows(steps);
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        run_of(&[("x.log", &rows), ("y.log", &["(7, 7)"]), ("z.log", &["(7, 7)"])]).map(|run| run.clock)
    };
    assert_eq!(of_three(10), Ok(ForeignClock::Hybrid));
    let twice = ["(100, 0)", "(100,0)", "(101, 0)", "(101,0)"];
    assert_eq!(kind(&[("x.log", &twice), ("y.log", &["(7, 7)"]), ("z.log", &["(7, 7)"])]), ForeignClock::Hybrid);
    let vectors = of_three(9).expect_err("vectors of two are of two machines");
    assert!(vectors.contains("x.log and the others are 3 logs with vectors of 2 machines"), "{vectors}");
}

#[test]
fn one_name_with_a_count_is_a_time_with_its_process() {
    assert_eq!(of_two(&["{a: 1}", "{a: 2}"], &["{b: 1}"]), ForeignClock::Number);
    assert_eq!(of_two(&["{a: 1}", "{a: 2}"], &["{b: 1, a: 1}"]), ForeignClock::Vector);
    assert_eq!(of_two(&["{a: 1}", "{b: 2}"], &["{b: 1}"]), ForeignClock::Vector, "two names in one log");
    assert_eq!(kind(&[("a.log", &["{a: 1}", "{a: 2}"])]), ForeignClock::Vector, "one machine");
}

#[test]
fn a_key_of_vectors_renames_machines_unless_names_are_given() {
    let files = |second: &str| {
        [
            Source::of("one.log", "{a: 1} internal\n{a: 2} internal\n"),
            Source::of("two.log", &format!("{{b: 1, a: 1}} internal\n{{b: 2, {second}}} internal\n")),
        ]
    };
    let names = |second: &str, names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let asked = Asked { names, ..with_patterns(&[r"^(?<clock>\{.+\}) (?<event>\w+)$"]) };
        let run = read(&files(second), &asked).expect("runs").remove(0);
        run.logs.into_iter().map(|log| log.name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("a: 1", &[]), "a b");
    assert_eq!(names("a: 1", &["x", "y"]), "x y");
    // Two counts of one machine rise, so its own is not known.
    assert_eq!(names("a: 1, c: 0", &[]), "a b");
}
