//! Small logs of other programs that were once judged wrongly. Each stands for a kind; `foreign_styles` generates the kinds.

use std::path::Path;

use crate::directory::run;

/// The pattern that most of the cases are asked with.
const P: &str = r"^(?<event>\w+)(?: (?:to|from) (?<peer>\S+))? clock (?<clock>\d+)";

/// The result of `check` with these options on files of the folder of cases.
struct Checked {
    status: i32,
    said: String,
    report: serde_json::Value,
}

fn check(options: &[&str], files: &[&str]) -> Checked {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check/cases");
    let paths: Vec<String> = files.iter().map(|file| folder.join(file).display().to_string()).collect();
    let arguments = |json: &'static [&'static str]| -> Vec<&str> {
        let paths = paths.iter().map(String::as_str);
        ["check"].into_iter().chain(json.iter().copied()).chain(options.iter().copied()).chain(paths).collect()
    };
    let (status, said, error) = run(&arguments(&[]));
    let (json_status, json, _) = run(&arguments(&["--json"]));
    assert_eq!(status, json_status, "{said}{error}");
    let report = serde_json::from_str(&json).unwrap_or_default();
    Checked { status, said: said + &error, report }
}

impl Checked {
    fn says(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.said.contains(word), "«{word}» is not said:\n{}", self.said);
        }
        self
    }

    /// Judged, and nothing wrong.
    fn is_sound(&self) -> &Self {
        assert_eq!(self.status, 0, "{}", self.said);
        let runs = self.report["runs"].as_array().expect("runs");
        for run in runs {
            assert_eq!((&run["violations_total"], &run["judged"]), (&0.into(), &true.into()), "{}", self.said);
        }
        self
    }

    fn runs(&self) -> usize {
        self.report["runs"].as_array().map_or(0, Vec::len)
    }

    fn kinds(&self) -> Vec<String> {
        let cells = self.said.lines().filter(|line| line.contains('|')).skip(1);
        cells.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }
}

#[test]
fn a_send_to_two_may_be_two_rows_of_one_clock() {
    let told = r"^(?<event>\w+).*, clock (?<clock>\d+)";
    check(&["--pattern", told], &["c01-two-line-broadcast"]).is_sound().says(&["one event logged as several rows"]);
    let named = r"^(?<event>\w+)(?: to machine (?<peer>\d))?.*, clock (?<clock>\d+)";
    check(&["--pattern", named], &["c01-two-line-broadcast/vm1.log"]).is_sound();
    check(&["--pattern", named], &["c01-two-line-broadcast"]).is_sound();
}

#[test]
fn a_count_since_a_start_has_no_rate_without_its_unit() {
    let pattern = r"^(?<time>\d+) (?<event>\w+) clock (?<clock>\d+)";
    let checked = check(&["--pattern", pattern], &["c03-ms-since-start"]);
    checked.is_sound().says(&["--time-unit"]);
    assert!(checked.report["runs"][0]["machines"][0]["rate_achieved"].is_null(), "{}", checked.said);
    check(&["--pattern", pattern, "--time-unit", "ms"], &["c03-ms-since-start"]).is_sound().says(&["2.000"]);
}

#[test]
fn a_log_of_which_hardly_a_line_is_read_is_not_judged() {
    let pattern = r"^(?<event>\w+) (?<time>\d+\.\d+) (?<clock>\d+)$";
    let checked = check(&["--pattern", pattern], &["c04-mostly-unmatched.log"]);
    assert_eq!(checked.status, 2, "{}", checked.said);
    let first = checked.said.lines().next().expect("a line");
    assert!(first.contains("1 of 10 lines was read") && first.contains("NOT JUDGED"), "{first}");
    checked.says(&["no event on 9 lines"]);
}

#[test]
fn kinds_may_stand_in_columns_of_their_own() {
    let pattern = r"^\d,(?<send>\d),(?<receive>\d),(?<clock>\d+)$";
    let checked = check(&["--pattern", pattern], &["c05-flag-columns"]);
    checked.is_sound();
    let kinds = checked.kinds();
    assert!(kinds[0].starts_with("0 | 2 | 1 | 1 | 0") && kinds[1].starts_with("1 | 2 | 1 | 0 | 1"), "{kinds:?}");
    // Groups that match only their kind say the same.
    let matched = r"^\d,(?:(?<send>1)|0),(?:(?<receive>1)|0),(?<clock>\d+)$";
    assert_eq!(check(&["--pattern", matched], &["c05-flag-columns"]).kinds(), kinds);
}

#[test]
fn peers_without_a_log_are_listed() {
    check(&["--pattern", P], &["c06-peers-unknown"]).is_sound().says(&["`whisky`, `xray`, `yankee`, `zulu`"]);
}

#[test]
fn names_of_files_tell_runs_in_one_folder_apart() {
    let checked = check(&["--pattern", P], &["c07-many-runs"]);
    checked.is_sound().says(&["run 1", "run 2"]);
    assert_eq!(checked.runs(), 2);
}

#[test]
fn unknown_words_are_listed_and_mapped() {
    let pattern = r"^(?<event>\w) c=(?<clock>\d+)";
    let checked = check(&["--pattern", pattern], &["c08-unknown-words"]);
    assert_eq!(checked.status, 2, "{}", checked.said);
    checked.says(&["`r` (1)", "`s` (1)", "--map"]);
    // Another send of m0, or of a machine without a log, may have been before: so one violation if nothing is left out.
    let mapped = ["--pattern", pattern, "--map", "send=S,receive=R"];
    let checked = check(&mapped, &["c08-unknown-words"]);
    assert_eq!(checked.report["runs"][0]["if_complete_total"], 1, "{}", checked.said);
    checked.says(&["1 violation"]);
    let checked = check(&[&mapped[..], &["--complete"]].concat(), &["c08-unknown-words"]);
    assert_eq!((checked.status, &checked.report["runs"][0]["violations_total"]), (1, &1.into()), "{}", checked.said);
}

#[test]
fn executions_in_one_file_are_judged_apart() {
    let checked = check(&["--format", "shiviz", "--delimiter", "^=== (.*) ===$"], &["c10-executions.log"]);
    checked.is_sound().says(&["run one", "run two"]);
    assert_eq!(checked.runs(), 2);
    check(&["--format", "shiviz"], &["c10-executions.log"]).is_sound().says(&["begin again"]);
}

#[test]
fn a_log_that_begins_late_is_no_fault() {
    let checked = check(&["--format", "shiviz"], &["c12-cut-head.log"]);
    checked.is_sound().says(&["begins late", "WRONG IF THE LOGS ARE COMPLETE"]);
    assert_eq!(check(&["--format", "shiviz", "--complete"], &["c12-cut-head.log"]).status, 1);
}

#[test]
fn system_time_that_goes_back_is_remarked() {
    let checked = check(&["--format", "shiviz"], &["c14-time-backwards.log"]);
    checked.is_sound().says(&["c14-time-backwards.log:7,", "c14-time-backwards.log:9", "system time"]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_event() {
    let checked = check(&["--pattern", P], &["c16-bom"]);
    checked.is_sound().says(&["All of 3 lines were read"]);
}

#[test]
fn a_clock_that_begins_again_is_wrong_only_in_one_run() {
    let pattern = r"^(?<time>[\d.]+) (?<event>\w+) clock (?<clock>\d+)";
    check(&["--pattern", pattern], &["c20-restart.log"]).is_sound().says(&["--one-run"]);
    let checked = check(&["--pattern", pattern, "--one-run"], &["c20-restart.log"]);
    assert_eq!(checked.status, 1, "{}", checked.said);
    checked.says(&["goes back", "c20-restart.log:4", "c20-restart.log:3"]);
}

#[test]
fn vectors_are_read_as_erlang_prints_them() {
    let pattern = r"^log: (?<clock>\[.*?\]) (?<host>\w+) \{(?<event>\w+)";
    check(&["--pattern", pattern], &["c21-erlang-vectors.log"]).is_sound().says(&["All of 2 lines were read"]);
}

#[test]
fn a_message_is_followed_by_its_id() {
    let pattern = r"^(?<host>\w+) clock=(?<clock>\d+) (?<event>\w+) id=(?<id>\w+)";
    let checked = check(&["--pattern", pattern], &["c21-message-ids.log"]);
    assert_eq!((checked.status, &checked.report["runs"][0]["violations_total"]), (1, &1.into()), "{}", checked.said);
    checked.says(&["c21-message-ids.log:3 has time 2", "c21-message-ids.log:2 at time 9"]);
}

#[test]
fn a_time_with_its_process_is_no_vector() {
    let pattern = r"^t=(?<clock>\(.*?\)) (?<event>\w+)(?: (?:to|from) (?<peer>\d))?";
    let checked = check(&["--pattern", pattern], &["c23-clock-pairs"]);
    checked.is_sound();
    assert_eq!(checked.report["runs"][0]["machines"][1]["receives"], 1);
}

#[test]
fn a_group_that_means_nothing_is_remarked() {
    let checked = check(&["--pattern", r"^(?<evnt>\w+) c=(?<clock>\d+)"], &["c27-group-typo.log"]);
    checked.is_sound().says(&["`evnt`", "`event`"]);
}
