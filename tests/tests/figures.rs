//! One source for each number: it is the same in the table, on the page, in `check --json` and in the statistics of a
//! sweep, and it is the one that the rows of the logs give.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use serde_json::Value;
use tempfile::tempdir;
use tests::program::outcome;

fn clockring(arguments: &[&str]) -> Command {
    tests::program::clockring(env!("CARGO_BIN_EXE_clockring-under-test"), arguments)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn said_by(arguments: &[&str]) -> String {
    let (status, shown, said) = outcome(clockring(arguments));
    assert_eq!(status, 0, "{arguments:?}: {said}");
    shown
}

/// Texts by machine and name.
type Texts = BTreeMap<(String, String), String>;

/// A table of a terminal: a row per machine.
fn terminal(shown: &str) -> Texts {
    let mut lines = shown.lines().skip_while(|line| !line.contains(" achieved "));
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let header = cells(lines.next().expect("a table"));
    let rows = lines.skip(1).map(cells).take_while(|row| row.len() == header.len());
    rows.flat_map(|row| {
        let machine = row[0].clone();
        header.clone().into_iter().zip(row).map(move |(name, cell)| ((machine.clone(), name), cell)).collect::<Vec<_>>()
    })
    .collect()
}

/// The page's table of machines: a column per machine; without theory.
fn page(html: &str) -> Texts {
    let section = html.split("<section id=\"machines\">").nth(1).unwrap().split("</section>").next().unwrap();
    let inside = |tag: &str, text: &str| -> Vec<String> {
        text.split(&format!("<{tag}"))
            .skip(1)
            .map(|cell| {
                let cell = cell.split_once('>').unwrap().1;
                cell.split(&format!("</{tag}>")).next().unwrap().split(" <span").next().unwrap().to_owned()
            })
            .collect()
    };
    let machines = inside("th", section.split("</thead>").next().unwrap()).split_off(2);
    let rows = section.split("<tr><th scope=\"row\">").skip(1);
    rows.flat_map(|row| {
        let name = row.split("</th>").next().unwrap().to_owned();
        machines.clone().into_iter().zip(inside("td", row)).map(move |(machine, cell)| ((machine, name.clone()), cell))
    })
    .collect()
}

/// The figures of one machine, counted here from the rows of all logs.
#[derive(Default, Debug)]
struct Counted {
    ticks: u64,
    clock: u64,
    jump_max: u64,
    sent_by: u64,
    sent_to: u64,
    received: u64,
    queue_max: u64,
    left: u64,
}

fn counted(directory: &Path, machines: &BTreeSet<String>) -> BTreeMap<String, Counted> {
    let mut all: BTreeMap<String, Counted> = machines.iter().map(|name| (name.clone(), Counted::default())).collect();
    for name in machines {
        let manifest = fs::read_to_string(directory.join(format!("{name}.json"))).unwrap();
        let manifest: Value = serde_json::from_str(&manifest).unwrap();
        all.get_mut(name).unwrap().left = manifest["left_in_queue"].as_array().unwrap().len() as u64;
        for row in fs::read_to_string(directory.join(format!("{name}.csv"))).unwrap().lines().skip(1) {
            let fields: Vec<&str> = row.split(',').collect();
            if fields[2] == "send" {
                fields[3].chars().for_each(|to| all.get_mut(&to.to_string()).unwrap().sent_to += 1);
            }
            let own = all.get_mut(name).unwrap();
            let clock: u64 = fields[5].parse().unwrap();
            own.jump_max = own.jump_max.max(clock - own.clock);
            (own.ticks, own.clock) = (own.ticks + 1, clock);
            own.queue_max = own.queue_max.max(fields[6].parse().unwrap());
            match fields[2] {
                "send" => own.sent_by += fields[3].len() as u64,
                "receive" => own.received += 1,
                _ => {}
            }
        }
    }
    all
}

/// Settings of runs, in the words of `sim` and of `sweep`: their seconds, then their arguments.
const RUNS: [(u64, &str); 6] = [
    (20, "--rates 1,3,6 --seed 7"),
    (60, "--rates 1,6,6 --seed 7 --sides 4"),
    (60, "--rates 3,3,3 --seed 2 --phase random"),
    (30, "--rates 0.5,2,4,8,8 --seed 5 --latency exp:300ms"),
    (7, "--rates 1,9 --seed 4 --sides 2"),
    (3, "--rates 0.1,5,6 --seed 1"),
];

#[test]
fn a_number_is_the_same_wherever_it_stands() {
    for (seconds, arguments) in RUNS {
        let directory = tempdir().unwrap();
        let (run, sweep) = (directory.path().join("run"), directory.path().join("sweep.csv"));
        let of_run = |command: &[&str]| -> Vec<String> {
            let length = seconds.to_string();
            let all = command.iter().copied().chain(arguments.split(' ')).chain(["--for", &length]);
            all.map(str::to_owned).collect()
        };
        let said_by_all = |arguments: Vec<String>| said_by(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let table = terminal(&said_by_all(of_run(&["sim", "--log-dir", text(&run)])));
        said_by_all(of_run(&["sweep", "--runs", "1", "--quiet", "-o", text(&sweep)]));
        let sweep = fs::read_to_string(&sweep).unwrap();
        let json: Value = serde_json::from_str(&said_by(&["check", "--json", text(&run)])).unwrap();
        said_by(&["report", text(&run)]);
        let html = fs::read_to_string(run.join("report.html")).unwrap();
        let page = page(&html);
        let names: BTreeSet<String> = table.keys().map(|(machine, _)| machine.clone()).collect();
        let counted = counted(&run, &names);

        let machines = json["machines"].as_array().unwrap();
        assert_eq!(machines.len(), counted.len(), "{arguments}");
        let fastest = page.keys().find_map(|(_, name)| name.strip_prefix("behind the clock of ")).unwrap();
        let front = counted[&fastest[..1]].clock as i64;
        for machine in machines {
            let name = machine["manifest"]["id"].as_str().unwrap();
            let own = &counted[name];
            let in_table = |column: &str| table.get(&(name.to_owned(), column.to_owned())).map(String::as_str);
            let on_page =
                |row: &str| page.get(&(name.to_owned(), row.to_owned())).unwrap_or_else(|| panic!("{row}")).as_str();
            let in_sweep = |measure: &str| -> f64 {
                let line =
                    sweep.lines().find(|line| line.contains(&format!(",{name},")) && line.contains(measure)).unwrap();
                line.split(',').nth(14).unwrap().parse().unwrap()
            };
            let jump_mean = own.clock as f64 / own.ticks as f64;
            let behind = front - own.clock as i64;
            let share = own.received as f64 / own.ticks as f64;
            let most = own.queue_max.max(own.left);
            // The name in JSON, in the table, on the page, in the sweep; the decimals of texts; the number.
            for (key, column, row, measure, decimals, number) in [
                ("/summary/ticks", "ticks", "ticks", "", 0, own.ticks as f64),
                ("/summary/clock", "clock", "clock at the end", "", 0, own.clock as f64),
                ("/jump_mean", "mean jump", "mean jump of the clock", "jump_mean", 2, jump_mean),
                ("/jump_max", "largest jump", "largest jump of the clock", "jump_max", 0, own.jump_max as f64),
                ("/behind", "", "", "drift", 0, behind as f64),
                ("/sent_by", "sent by", "messages sent by it", "", 0, own.sent_by as f64),
                ("/sent_to", "sent to", "messages sent to it", "", 0, own.sent_to as f64),
                ("/sent_to_per_s", "", "messages sent to it, a second", "", 2, own.sent_to as f64 / seconds as f64),
                ("/received_by", "received by", "messages received by it", "", 0, own.received as f64),
                ("/receive_share", "", "", "receive_share", 6, share),
                ("/waiting", "waiting", "messages waiting at the end", "queue_final", 0, own.left as f64),
                ("/waiting_max", "most in queue", "most messages waiting in its queue", "queue_max", 0, most as f64),
            ] {
                if own.ticks == 0 && ["/jump_mean", "/receive_share"].contains(&key) {
                    continue;
                }
                let shown = format!("{number:.decimals$}");
                let value = machine.pointer(key).unwrap_or_else(|| panic!("no {key}")).as_f64().unwrap();
                assert!((value - number).abs() < 1e-9, "{arguments}, {name}: {key} is {value}, not {number}");
                if !column.is_empty() {
                    assert_eq!(in_table(column), Some(shown.as_str()), "{arguments}, {name}: {column} in the table");
                }
                if !row.is_empty() {
                    assert_eq!(on_page(row), shown, "{arguments}, {name}: {row} on the page");
                }
                if !measure.is_empty() {
                    let value = in_sweep(measure);
                    assert!((value - number).abs() < 1e-6, "{arguments}, {name}: {measure} is {value}, not {number}");
                }
            }
            assert_eq!(on_page(&format!("behind the clock of {fastest}")), behind.to_string(), "{arguments}, {name}");
            assert_eq!(own.sent_to, own.received + own.left, "{arguments}, {name}: nothing is lost");
            if own.sent_to > 0 && own.ticks > 0 {
                let a_second = format!("{:.2}", own.sent_to as f64 / seconds as f64);
                let a_second = a_second.trim_end_matches('0').trim_end_matches('.');
                let sentence =
                    html.split("<p>").find(|paragraph| paragraph.contains(&format!(" sent to {name}"))).unwrap();
                assert!(sentence.starts_with(a_second), "{arguments}: {a_second} in {sentence}");
            }
            // The bars of its jumps are of all its events.
            let bars = html.split(&format!("<caption>Machine {name}</caption>")).nth(1);
            let bars = bars.map_or(0, |bars| {
                let rows = bars.split("</table>").next().unwrap().split("<tr><td>").skip(1);
                rows.map(|row| row.split("<td>").nth(1).unwrap().split('<').next().unwrap().parse::<u64>().unwrap())
                    .sum()
            });
            assert_eq!(bars, own.ticks, "{arguments}, {name}: a jump per event");
        }
    }
}

#[test]
fn a_sweeps_largest_numbers_are_told_from_its_means() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("s.csv");
    let table = said_by(&["sweep", "--rates", "1,3,6", "--runs", "50", "--for", "20", "-o", text(&file)]);
    said_by(&["report", text(&file)]);
    let page = fs::read_to_string(directory.path().join("s.html")).unwrap();
    let csv = fs::read_to_string(&file).unwrap();
    let row = table.lines().find(|line| line.starts_with(" A ")).unwrap();
    for (measure, column) in [("jump_max", 5), ("queue_max", 10)] {
        let line: Vec<&str> =
            csv.lines().find(|line| line.contains(&format!(",A,1,{measure},"))).unwrap().split(',').collect();
        let [mean, max] = [line[14], line[18]];
        assert_ne!(mean, max);
        assert_eq!(row.split('|').nth(column).unwrap().trim(), max, "{measure} in\n{table}");
        let section =
            page.split(&format!("<section id=\"{measure}\">")).nth(1).unwrap().split("</section>").next().unwrap();
        assert!(section.contains("<th>largest of all runs</th>") && section.contains(&format!("<td>{max}</td>")));
        let mean: f64 = mean.parse().unwrap();
        assert!(section.contains(&format!("<td>{}</td>", host::wording::short(mean))), "the mean beside it");
    }
    assert_eq!(table.matches("of all runs").count(), 2, "{table}");
}

#[test]
fn a_vector_is_no_sum_called_clock_and_a_hybrid_clock_is_a_time_and_a_count() {
    for clock in ["vector", "hybrid"] {
        let directory = tempdir().unwrap();
        let run = directory.path().join("run");
        let arguments =
            ["sim", "--rates", "1,3,6", "--seed", "7", "--for", "20", "--clock", clock, "--log-dir", text(&run)];
        let table = terminal(&said_by(&arguments));
        said_by(&["report", text(&run)]);
        let page = page(&fs::read_to_string(run.join("report.html")).unwrap());
        let json: Value = serde_json::from_str(&said_by(&["check", "--json", text(&run)])).unwrap();
        for machine in json["machines"].as_array().unwrap() {
            let name = machine["manifest"]["id"].as_str().unwrap().to_owned();
            let log = fs::read_to_string(run.join(format!("{name}.csv"))).unwrap();
            let last: Vec<&str> = log.lines().last().unwrap().split(',').collect();
            let cell = |texts: &Texts, row: &str| texts.get(&(name.clone(), row.to_owned())).cloned();
            for absent in ["clock", "mean jump", "largest jump"] {
                assert_eq!(cell(&table, absent), None, "{clock}: {absent}");
            }
            assert!(machine["jump_mean"].is_null() && machine["jump_max"].is_null() && machine["behind"].is_null());
            if clock == "vector" {
                let counts: Vec<u64> = last[5].split(' ').map(|count| count.parse().unwrap()).collect();
                let known: u64 = counts.iter().sum();
                assert_eq!(machine["summary"]["clock"], Value::from(counts), "the vector itself");
                assert_eq!(machine["events_known"].as_u64(), Some(known));
                assert_eq!(cell(&table, "events known"), Some(known.to_string()));
                assert_eq!(cell(&page, "events its clock knows of at the end"), Some(known.to_string()));
            } else {
                let stamp: u64 = last[5].parse().unwrap();
                let (time_ns, count) = (stamp >> 16 << 16, stamp & 0xffff);
                let physical_ns: u64 = last[1].parse().unwrap();
                let ahead_us = (time_ns as i128 - i128::from(physical_ns)) as f64 / 1e3;
                let since_midnight_us = time_ns / 1000 % 86_400_000_000;
                let shown =
                    format!("00:00:{:02}.{:06}+{count}", since_midnight_us / 1_000_000, since_midnight_us % 1_000_000);
                assert_eq!(cell(&table, "clock (UTC+count)"), Some(shown.clone()));
                assert_eq!(cell(&page, "clock at the end: time (UTC) plus count"), Some(shown));
                assert!((machine["ahead_us"].as_f64().unwrap() - ahead_us).abs() < 1e-9);
                assert_eq!(cell(&table, "ahead, µs"), Some(format!("{ahead_us:.0}")));
                assert!(ahead_us > -65.6 && ahead_us <= 0.0, "nothing pushes it ahead in virtual time: {ahead_us}");
            }
        }
    }
}
