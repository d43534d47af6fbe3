//! Own entries of vectors, and rows in the order of own counts.

use host::foreign::Asked;

use crate::{
    foreign::{as_shiviz, broken, has_remark, verdicts, with_patterns},
    foreign_clocks::run_of,
};

/// Per log, the own count in its last row; `None` if its own entry is not known.
fn owns(files: &[(&str, &[&str])]) -> Vec<Option<u64>> {
    let run = run_of(files).unwrap_or_else(|failure| panic!("{failure}"));
    let last =
        |log: &host::foreign::ForeignLog| log.events.last().filter(|_| log.owns_entry).map(|event| event.clock.number);
    run.logs.iter().map(last).collect()
}

#[test]
fn two_logs_of_one_machine_are_a_question_unless_a_name_shows_the_other() {
    let one = ["{a: 1}", "{a: 2}"];
    let failure = run_of(&[("a.log", &one), ("b.log", &["{a: 3, c: 1}", "{a: 4, c: 1}"])]).expect_err("one machine");
    assert!(failure.contains("a.log") && failure.contains("in b.log count the events of one machine"), "{failure}");
    // There is an entry with the name of the second; a fault keeps it from rising.
    let named = [("a.log", &["{a: 1, b: 1}", "{a: 2, b: 1}"][..]), ("b.log", &["{a: 3, b: 1}", "{a: 4, b: 1}"])];
    assert_eq!(owns(&named), [Some(2), None]);
    // One row does not show who counts.
    let counts = ["3,0,0", "4,0,0"];
    assert_eq!(owns(&[("0.log", &["1,0,0", "2,0,0"]), ("1.log", &counts[..1])]), [Some(2), None]);
    run_of(&[("0.log", &["1,0,0", "2,0,0"]), ("1.log", &counts)]).expect_err("two rows do");
}

#[test]
fn names_in_order_show_the_entries_of_a_log_with_a_fault() {
    // In the second log no entry rises at both steps.
    let owns = |names: [&str; 3]| {
        let names = names.map(|name| format!("{name}.log"));
        let first = ["1,0,0", "2,0,0", "3,0,0", "4,0,0"];
        let third = ["0,0,1", "0,0,2", "0,0,3", "0,0,4"];
        owns(&[(&names[0], &first), (&names[1], &["1,1,0", "2,1,0", "2,2,0"]), (&names[2], &third)])
    };
    let (all, not_all) = ([Some(4), Some(2), Some(4)], [Some(4), None, Some(4)]);
    assert_eq!(owns(["0", "1", "2"]), all);
    assert_eq!(owns(["7", "8", "9"]), all);
    assert_eq!(owns(["a", "b", "c"]), all);
    assert_eq!(owns(["x", "b", "c"]), not_all, "its place is the first, which is another's");
    assert_eq!(owns(["ann", "bob", "cid"]), not_all, "names without an order");
}

#[test]
fn the_own_entry_rises_at_every_event_and_is_another_in_each_log() {
    let second = |rows: &[&str]| {
        let (first, third) = (["1,0,0", "2,0,0", "3,0,0", "4,0,0"], ["0,0,1", "0,0,2", "0,0,3", "0,0,4"]);
        owns(&[("ann.log", &first), ("bob.log", rows), ("cid.log", &third)])[1]
    };
    assert_eq!(second(&["0,1,0", "1,2,0", "1,3,0"]), Some(3), "one entry rises");
    assert_eq!(second(&["1,1,0", "2,2,0", "3,3,0"]), Some(3), "two do, and one is another's");
    assert_eq!(second(&["0,1,0", "0,1,0", "0,2,0"]), Some(2), "a vector printed twice");
    assert_eq!(second(&["0,1,0", "0,2,0", "1,2,0", "1,3,0", "1,4,0", "1,5,0"]), Some(5), "in four of five steps");
    assert_eq!(second(&["0,1,0", "1,1,0", "1,2,0", "1,3,0", "1,4,0"]), None, "in three of four");
}

#[test]
fn short_logs_show_nothing_beside_one_in_which_no_entry_rises() {
    let first = |rows: usize, second: &[&str]| {
        let rows: Vec<String> = (1..=rows).map(|count| format!("{count},0,0")).collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        owns(&[("ann.log", &rows), ("bob.log", second), ("cid.log", &["0,0,1"])])[0]
    };
    let forgets = ["0,1,0", "1,1,0", "1,2,0"];
    assert_eq!(first(4, &forgets), Some(4));
    assert_eq!(first(3, &forgets), None);
    assert_eq!(first(3, &["0,2,0", "0,1,0"]), Some(3), "one step is no fault yet");
    assert_eq!(first(2, &["0,1,0", "0,2,0"]), Some(2));
}

#[test]
fn a_clock_without_an_own_entry_may_begin_again_where_it_forgets() {
    let begins = |last: &str| {
        let (first, third) = (["1,0,0", "2,0,0", "3,0,0", "4,0,0"], ["0,0,1", "0,0,2", "0,0,3", "0,0,4"]);
        let second = ["0,1,0", "1,1,0", "1,2,0", "2,2,0", "2,3,0", last];
        let run = run_of(&[("ann.log", &first), ("bob.log", &second), ("cid.log", &third)]).expect("a run");
        assert!(!run.logs[1].owns_entry, "{last}");
        run.logs[1].begins.iter().map(|begin| begin.row).collect::<Vec<_>>()
    };
    assert_eq!(begins("3,3,0"), [0; 0]);
    assert_eq!(begins("2,3,0"), [0; 0]);
    assert_eq!(begins("1,4,0"), [5]);
    assert_eq!(begins("3,2,0"), [5]);
}

#[test]
fn rows_of_shiviz_are_sorted_by_own_counts_if_no_count_goes_back_then() {
    let lines = |rows: &[&str]| {
        let text: String = rows.iter().zip(1..).map(|(row, place)| format!("event {place}\na {row}\n")).collect();
        let (run, verdict) = verdicts(&[("app.log", &text)], &as_shiviz()).remove(0);
        assert_eq!(broken(&verdict), []);
        run.logs[0].events.iter().map(|event| event.line / 2).collect::<Vec<_>>()
    };
    assert_eq!(lines(&["{\"a\":3}", "{\"a\":1}", "{\"a\":2}"]), [2, 3, 1]);
    assert_eq!(lines(&["{\"a\":1}", "{\"a\":3, \"b\":1}", "{\"a\":2, \"b\":1}"]), [1, 3, 2]);
    assert_eq!(lines(&["{\"a\":1}", "{\"a\":3}", "{\"a\":2, \"b\":1}"]), [1, 2, 3], "b's count would go back");
    assert_eq!(lines(&["{\"a\":2}", "{\"a\":1}", "{\"a\":1}", "{\"a\":3}"]), [1, 2, 3, 4], "one count twice");
}

#[test]
fn an_internal_event_that_learns_nothing_is_no_sign_of_merging() {
    let vectors = |rows: [&str; 2]| {
        let log: String = rows.iter().map(|row| format!("{row} internal\n")).collect();
        let files = [("0.log", log.as_str()), ("1.log", "0,1 internal\n0,2 internal\n0,3 internal\n")];
        let verdict = verdicts(&files, &with_patterns(&[r"^(?<clock>[\d,]+) (?<event>\w+)$"])).remove(0).1;
        assert_eq!(broken(&verdict), []);
        has_remark(&verdict, "0 learns of another machine's events at 0.log:2, where it receives nothing")
    };
    assert!(!vectors(["1,1", "2,1"]), "it knows no more");
    assert!(vectors(["1,1", "2,2"]));
}

#[test]
fn files_in_which_the_clocks_of_one_host_overlap_are_runs() {
    let hosts = |first: &str, second: &str| {
        let files = [("x.log", first), ("y.log", second)];
        let runs = verdicts(&files, &with_patterns(&[r"^(?<host>\w+) (?<clock>\d+) (?<event>\w+)$"]));
        let remark = "and neither is the end of the other's clocks: each file is judged as a run of its own";
        for (run, _) in &runs {
            let is_said = run.reading.remarks.iter().any(|said| said.contains(remark));
            assert_eq!(is_said, runs.len() > 1, "{:?}", run.reading.remarks);
        }
        runs.into_iter().map(|(run, _)| run.name).collect::<Vec<_>>()
    };
    assert_eq!(hosts("a 1 internal\na 3 internal\n", "a 2 internal\na 4 internal\n"), ["x.log", "y.log"]);
    assert_eq!(hosts("a 1 internal\na 3 internal\n", "a 3 internal\na 4 internal\n"), [""], "one goes on");
    assert_eq!(hosts("a 3 internal\na 4 internal\n", "a 1 internal\na 2 internal\n"), [""], "in either order");
    assert_eq!(hosts("a 1 internal\na 3 internal\n", "b 1 internal\nb 3 internal\n"), [""]);
}

#[test]
fn files_with_hosts_are_runs_if_the_word_before_a_number_says_so() {
    let runs = |names: [&str; 2], is_one_run: bool| {
        let files = [(names[0], "a 1 internal\nb 1 internal\n"), (names[1], "a 2 internal\nb 2 internal\n")];
        let asked = Asked { is_one_run, ..with_patterns(&[r"^(?<host>\w+) (?<clock>\d+) (?<event>\w+)$"]) };
        verdicts(&files, &asked).into_iter().map(|(run, _)| run.name).collect::<Vec<_>>()
    };
    assert_eq!(runs(["run1.log", "run2.log"], false), ["run1.log", "run2.log"]);
    assert_eq!(runs(["run1.log", "run2.log"], true), [""], "--one-run");
    assert_eq!(runs(["run1-x.log", "run1-y.log"], false), [""], "parts of one run");
    assert_eq!(runs(["day1.log", "day2.log"], false), [""]);
}

#[test]
fn a_send_to_all_has_all_other_machines_as_receivers() {
    let asked = with_patterns(&[r"^(?<clock>\d+) (?<event>[a-z]+)(?: (?<peer>.+))?$"]);
    let to = |row: &str| {
        let idle = "1 internal\n";
        let run = verdicts(&[("0.log", idle), ("1.log", row), ("2.log", idle)], &asked).remove(0).0;
        run.logs[1].events[0].to.as_ref().map(|to| to.to_vec())
    };
    assert_eq!(to("1 broadcast\n"), Some(vec![0, 2]));
    assert_eq!(to("1 send all\n"), Some(vec![0, 2]));
    assert_eq!(to("1 send 2\n2 send 0\n"), Some(vec![2]));
    assert_eq!(to("1 send 2\n"), None, "counted from 1, it is the sender");
    assert_eq!(to("1 send next\n"), Some(vec![2]));
    assert_eq!(to("1 send previous and 2\n2 send 0\n"), Some(vec![0, 2]));
    assert_eq!(to("1 send\n"), None);
}

#[test]
fn neighbours_are_known_where_names_are_numbers_or_letters_without_a_gap() {
    let next = |names: [&str; 3], last: &str| {
        let asked = Asked {
            names: names.map(str::to_owned).to_vec(),
            ..with_patterns(&[r"^(?<clock>\d+) (?<event>\w+)(?: (?<peer>.+))?$"])
        };
        let idle = "1 internal\n".to_owned();
        let files = [("x.log", &*idle), ("y.log", &*idle), ("z.log", last)];
        let run = verdicts(&files, &asked).remove(0).0;
        run.logs[2].events[0].to.as_ref().map(|to| to.to_vec())
    };
    for (names, expected) in [
        (["0", "1", "2"], Some(vec![0])),
        (["1", "2", "3"], Some(vec![0])),
        (["2", "0", "1"], Some(vec![0])),
        (["1", "0", "2"], Some(vec![1])),
        (["2", "3", "4"], None),
        (["0", "1", "3"], None),
        (["a", "b", "c"], Some(vec![0])),
        (["A", "B", "C"], Some(vec![0])),
        (["b", "c", "d"], None),
        (["a", "b", "d"], None),
        (["a", "b", "ca"], None),
    ] {
        assert_eq!(next(names, "1 send next\n"), expected, "{names:?}");
    }
    assert_eq!(next(["0", "1", "2"], "1 send left\n"), Some(vec![1]));
    let alone =
        verdicts(&[("0.log", "1 send to next\n")], &with_patterns(&[r"^(?<clock>\d+) (?<event>\w+) to (?<peer>\w+)$"]));
    let remarks = &alone[0].0.reading.remarks;
    assert!(remarks.iter().any(|remark| remark.contains("peers without a log: `next`")), "{remarks:?}");
}
