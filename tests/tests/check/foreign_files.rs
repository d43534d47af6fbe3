//! Runs and machines of foreign logs, by the names of files.

use host::foreign::{Asked, Source, read};

use crate::foreign::with_patterns;

/// A clock, a word, and a peer where a row has one.
const ROWS: &str = r"^(?<clock>\d+) (?<event>\w+)(?: (?<peer>\S+))?";

/// The runs of files with these texts, each as its name and its machines; `a*2` is a machine with two files.
fn runs_of(files: &[(&str, String)], asked: &Asked) -> Result<Vec<String>, String> {
    let sources: Vec<Source> = files.iter().map(|(name, text)| Source::of(name, text)).collect();
    let runs = read(&sources, asked).map_err(|failure| failure.to_string())?;
    let machine = |log: &host::foreign::ForeignLog| {
        let mut files: Vec<u32> = log.events.iter().map(|event| event.file).collect();
        files.dedup();
        if files.len() == 1 { log.name.clone() } else { format!("{}*{}", log.name, files.len()) }
    };
    let run = |run: host::foreign::ForeignRun| {
        let machines: Vec<String> = run.logs.iter().map(machine).collect();
        let machines = machines.join(" ");
        if run.name.is_empty() { machines } else { format!("{}: {machines}", run.name) }
    };
    Ok(runs.into_iter().map(run).collect())
}

/// The runs of files that hold the same.
fn alike(names: &[&str]) -> Vec<String> {
    sends_to(names, "-").expect("runs")
}

/// The runs of files whose clocks go on from each to the next.
fn continued(names: &[&str]) -> Vec<String> {
    let files: Vec<(&str, String)> =
        names.iter().zip(1..).map(|(name, clock)| (*name, format!("{clock} internal\n"))).collect();
    runs_of(&files, &with_patterns(&[ROWS])).expect("runs")
}

/// The runs of files in which each event is a send to one of these machines.
fn sends_to(names: &[&str], peers: &str) -> Result<Vec<String>, String> {
    let sends: String = (1..).zip(peers.split(' ')).map(|(clock, peer)| format!("{clock} send {peer}\n")).collect();
    let files: Vec<(&str, String)> = names.iter().map(|name| (*name, format!("{sends}9 internal\n"))).collect();
    runs_of(&files, &with_patterns(&[ROWS]))
}

#[test]
fn the_word_before_a_number_says_whether_it_is_a_machine() {
    assert_eq!(alike(&["node7_try1.log", "node9_try2.log"]), ["7 9"]);
    assert_eq!(alike(&["Node7_try1.log", "NODE9_try2.log"]), ["7 9"]);
    assert_eq!(alike(&["x7_try1.log", "x9_try2.log"]), ["1 2"], "numbers up to the number of files");
    assert_eq!(alike(&["x31_try11.log", "x42_try13.log"]), ["x31_try11 x42_try13"], "neither is");
    assert_eq!(alike(&["x31_try1.log", "x42_try3.log"]), ["1 3"], "one digit");
    assert_eq!(alike(&["x0_try1.log", "x1_try2.log"]), ["1 2"], "both are: the last");
    assert_eq!(alike(&["c_north.log", "d_south.log"]), ["c d"], "letters");
    assert_eq!(alike(&["ab_north.log", "cd_south.log"]), ["ab_north cd_south"]);
}

#[test]
fn the_word_before_a_number_says_whether_it_is_a_run() {
    assert_eq!(alike(&["0-run-1.log", "1-run-1.log", "0-run-2.log", "1-run-2.log"]), ["run 1: 0 1", "run 2: 0 1"]);
    assert_eq!(alike(&["node7_run1.log", "node9_run2.log"]), ["run 1: 7", "run 2: 9"]);
    assert_eq!(alike(&["node7_run1.log", "node9_run1.log"]), ["7 9"], "one run");
    assert_eq!(alike(&["foo77_run1.log", "foo88_run2.log"]), ["run 1: foo77_run1", "run 2: foo88_run2"]);
    let whole = ["run 1: run1_ab_xx run1_cd_yy", "run 2: run2_ab_xx run2_cd_yy"];
    assert_eq!(alike(&["run1_ab_xx.log", "run1_cd_yy.log", "run2_ab_xx.log", "run2_cd_yy.log"]), whole);
}

#[test]
fn each_run_counts_the_lines_of_its_own_files() {
    let sources = [
        Source::of("node1_run1.log", "1 internal\nhello\n"),
        Source::of("node1_run2.log", "1 internal\n2 internal\n\n3 send\n"),
    ];
    let runs = read(&sources, &with_patterns(&[ROWS])).expect("runs");
    let lines: Vec<(u64, u64, usize)> =
        runs.iter().map(|run| (run.reading.lines, run.reading.read, run.reading.unmatched.len())).collect();
    assert_eq!(lines, [(2, 1, 1), (3, 3, 0)]);
}

#[test]
fn a_machine_with_several_files_has_several_runs() {
    let nodes = |ends: [&str; 4]| {
        let names =
            ["node1", "node2", "node1", "node2"].iter().zip(ends).map(|(node, end)| format!("{node}_{end}.log"));
        let names: Vec<String> = names.collect();
        sends_to(&names.iter().map(String::as_str).collect::<Vec<_>>(), "-")
    };
    assert_eq!(nodes(["u", "u", "v", "v"]), Ok(vec!["u: 1 2".to_owned(), "v: 1 2".to_owned()]));
    assert_eq!(nodes(["u_x", "u_x", "v_y", "v_y"]), Ok(vec!["x: 1 2".to_owned(), "y: 1 2".to_owned()]));
    let two_ways = nodes(["u_x", "u_y", "v_y", "v_x"]).expect_err("either letter may be the run's");
    assert!(
        two_ways.contains("several runs") && two_ways.contains(": node1_u_x, node2_u_y, node1_v_y, node2_v_x. Give"),
        "{two_ways}"
    );
    nodes(["sent", "sent", "received", "received"]).expect_err("kinds of events are no runs");
    nodes(["u", "u", "u", "v"]).expect_err("two files of one machine and run");
    nodes(["u", "v", "w", "x"]).expect_err("runs of one file each");
    let six = ["node1_u_w", "node2_u_x", "node1_v_x", "node2_v_y", "node1_t_y", "node2_t_w"];
    let six = sends_to(&six, "-").expect_err("either letter may be the run's");
    assert!(six.contains("node2_v_y, …. Give"), "{six}");
}

#[test]
fn events_that_use_a_part_of_the_names_show_that_it_is_the_machine() {
    let names = ["p1_a.log", "p2_b.log"];
    assert_eq!(sends_to(&names, "-"), Ok(vec!["1 2".to_owned()]));
    assert_eq!(sends_to(&names, "b"), Ok(vec!["a b".to_owned()]));
    let repeated = ["x1y5.log", "x2y5.log", "x1y6.log", "x2y6.log"];
    assert_eq!(sends_to(&repeated, "1 2"), Ok(vec!["y 5: 1 2".to_owned(), "y 6: 1 2".to_owned()]));
    assert_eq!(sends_to(&repeated, "1"), Ok(vec!["x1y5 x2y5 x1y6 x2y6".to_owned()]), "2 is not used");
    assert_eq!(sends_to(&repeated, "-"), Ok(vec!["x1y5 x2y5 x1y6 x2y6".to_owned()]));
    assert_eq!(sends_to(&repeated, "1 2 x1y5"), Ok(vec!["x1y5 x2y5 x1y6 x2y6".to_owned()]), "whole names are");
}

#[test]
fn folders_are_runs_if_they_hold_the_same_names() {
    assert_eq!(alike(&["r/one/a.log", "r/one/b.log", "r/two/a.log", "r/two/b.log"]), ["r/one: a b", "r/two: a b"]);
    assert_eq!(alike(&["one/a.log", "two/a.log"]), ["one two"], "folders of machines");
    assert_eq!(alike(&["vm1/a.log", "vm2/a.log"]), ["1 2"]);
    assert_eq!(alike(&["vm1/a.log", "vm1/b.log", "vm2/a.log", "vm2/b.log"]), ["a: 1 2", "b: 1 2"], "runs of machines");
    assert_eq!(alike(&["one/a.log", "one/b.log", "two/c.log", "two/d.log"]), ["a b c d"]);
    let mixed = sends_to(&["vm1/a.log", "vm1/b.log", "node2/a.log", "node2/b.log"], "-");
    mixed.expect_err("machines or runs");
}

#[test]
fn a_machine_without_others_has_the_name_of_its_file() {
    assert_eq!(alike(&["logs/app.log"]), ["app"]);
    assert_eq!(alike(&[r"logs\app.log"]), ["app"]);
    assert_eq!(alike(&["app.log"]), ["app"]);
}

#[test]
fn parts_of_a_log_are_known_by_their_ends() {
    for parts in [
        ["vm0.log.1", "vm0.log"],
        ["vm0.1.log", "vm0.log"],
        ["vm0.old.log", "vm0.log"],
        ["vm0.part1.log", "vm0.part2.log"],
        ["vm0_part1.log", "vm0_part2.log"],
        ["vm0.log-20230301", "vm0.log-20230302"],
        ["vm0.txt.1", "vm0.txt"],
        ["vm0.txt-1", "vm0.txt-2"],
    ] {
        assert_eq!(continued(&parts), ["vm0*2"], "{parts:?}");
    }
    assert_eq!(continued(&["vm0.out-1", "vm0.out-2"]), ["vm0.out*2"]);
    assert_eq!(continued(&["vm0.csv-1", "vm0.csv-2"]), ["vm0.csv*2"]);
    assert_eq!(continued(&["vm1.log", "vm11.log"]), ["1 11"]);
    assert_eq!(continued(&["vm0-1.log", "vm0-2.log"]), ["1 2"], "without a file that they belong to");
    assert_eq!(continued(&["vm0-old.log", "vm0.log"]), ["vm0-old vm0"]);
    assert_eq!(continued(&["app.log", "app.log"]), ["app*2"], "one path");
}

#[test]
fn numbers_after_several_names_are_parts_if_the_clocks_go_on() {
    assert_eq!(continued(&["a.1", "a.2", "b.1"]), ["a*2 b"]);
    assert_eq!(continued(&["a.1", "a.2", "b"]), ["a*2 b"]);
    assert_eq!(continued(&["a.2021", "a.2022", "b.2021"]), ["a*2 b"]);
    assert_eq!(continued(&["a.20211", "a.20212", "b.20211"]), ["a.20211 a.20212 b.20211"], "no small numbers");
    assert_eq!(continued(&["vm.1", "vm.2"]), ["1 2"], "after one name they are machines");
    assert_eq!(continued(&["a.1", "b.2"]), ["1 2"], "no name has two");
    assert_eq!(alike(&["a.1", "a.2", "b.1"]), ["a.1 a.2 b.1"], "clocks that overlap");
}

#[test]
fn given_names_that_are_the_same_are_parts_of_one_log() {
    let given = |names: [&str; 3]| {
        let files = [
            ("x.log", "1 internal\n".to_owned()),
            ("y.log", "2 internal\n".to_owned()),
            ("z.log", "3 internal\n".to_owned()),
        ];
        runs_of(&files, &Asked { names: names.map(str::to_owned).to_vec(), ..with_patterns(&[ROWS]) })
    };
    assert_eq!(given(["A", "B", "C"]), Ok(vec!["A B C".to_owned()]));
    assert_eq!(given(["A", "B", "A"]), Ok(vec!["A*2 B".to_owned()]));
}
