//! `export --format perfetto`: the documented form of trace events, and what all viewers need to pair arrows.

use std::collections::BTreeMap;

use serde_json::Value;
use tempfile::tempdir;
use tests::program::{clockring, logs, outcome, rows};

fn records(arguments: &[&str]) -> (Vec<Value>, usize, usize) {
    let directory = tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let program = |arguments: &[&str]| outcome(clockring(env!("CARGO_BIN_EXE_clockring-under-test"), arguments));
    let (status, _, said) = program(&[&["sim", "--quiet", "--log-dir", path], arguments].concat());
    assert_eq!(status, 0, "{said}");
    let (status, exported, said) = program(&["export", path, "--format", "perfetto"]);
    assert_eq!(status, 0, "{said}");
    let mut whole: Value = serde_json::from_str(&exported).expect("JSON");
    let Value::Array(records) = whole["traceEvents"].take() else { panic!("no list of events") };
    let texts = logs(directory.path()).into_iter().map(|log| std::fs::read_to_string(log).unwrap());
    let receives = texts.map(|text| text.matches(",receive,").count()).sum();
    (records, logs(directory.path()).iter().map(|log| rows(log)).sum(), receives)
}

/// Above this, a double is no longer exact.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// What is wrong with a list of records, if anything: the rules that Perfetto, Catapult and DevTools share.
fn fault(records: &[Value]) -> Option<String> {
    // The category of the slice at a time, and the time at which an arrow that has not ended starts.
    let mut slices: BTreeMap<(u64, String), &Value> = BTreeMap::new();
    let mut starts: BTreeMap<&str, f64> = BTreeMap::new();
    for record in records {
        let (kind, pid) = (record["ph"].as_str()?, record["pid"].as_u64());
        let Some(pid) = pid.filter(|pid| *pid > 0 && record["tid"].is_u64()) else {
            return Some(format!("no process and thread: {record}"));
        };
        let ts = record["ts"].as_f64();
        match kind {
            "M" => continue,
            _ if ts.is_none_or(|ts| ts < 0.0) => return Some(format!("no time: {record}")),
            "X" if record["dur"].as_f64().is_none_or(|dur| dur <= 0.0) => {
                return Some(format!("a slice without a duration is not drawn: {record}"));
            }
            "X" => {
                slices.insert((pid, record["ts"].to_string()), &record["cat"]);
            }
            "C" if record["args"].as_object().is_none_or(|args| args.values().any(|value| !value.is_number())) => {
                return Some(format!("a counter counts: {record}"));
            }
            "C" if record["args"].as_object()?.keys().any(|key| record["name"] == **key) => {
                return Some(format!("Perfetto would say this counter's name twice: {record}"));
            }
            "C" if record["args"].as_object()?.values().any(|value| value.as_f64() > Some(EXACT_MAX)) => {
                return Some(format!("a counter is drawn from 0, as a double: {record}"));
            }
            "C" => {}
            "s" | "f" => {
                let id = record["id"].as_str().filter(|id| id.starts_with("0x"));
                let Some(id) = id else { return Some(format!("ids are hexadecimal texts: {record}")) };
                let slice = slices.get(&(pid, record["ts"].to_string()));
                if record["name"] != "message" || record["bp"] != "e" || slice.is_none_or(|cat| &record["cat"] != *cat)
                {
                    return Some(format!("an arrow belongs to a slice of its category that comes before it: {record}"));
                }
                if kind == "s" && starts.insert(id, ts?).is_some() {
                    return Some(format!("two sends with one id: {record}"));
                }
                if kind == "f" && starts.remove(id).is_none_or(|start| start > ts.unwrap_or(0.0)) {
                    return Some(format!("an arrow that ends twice, or before it starts: {record}"));
                }
            }
            _ => return Some(format!("an unknown kind: {record}")),
        }
    }
    starts.keys().next().map(|id| format!("the arrow {id} does not end"))
}

fn count(records: &[Value], kind: &str) -> usize {
    records.iter().filter(|record| record["ph"] == kind).count()
}

#[test]
fn every_event_is_a_slice_and_every_receive_an_arrow() {
    for arguments in [
        &["--rates", "1,3,6", "--seed", "7", "--for", "30"][..],
        &["--machines", "26", "--sides", "30", "--seed", "1", "--for", "20"],
        &["--rates", "1,6,6", "--clock", "hybrid", "--sides", "4", "--seed", "3"],
        &["--rates", "20000,50000", "--sides", "3", "--seed", "3", "--for", "50ms"],
    ] {
        let (records, events, receives) = records(arguments);
        assert_eq!(fault(&records), None, "{arguments:?}");
        assert_eq!((count(&records, "X"), count(&records, "f"), count(&records, "C")), (events, receives, 2 * events));
        assert!(receives > 20, "{arguments:?}: {receives} receives are too few to say anything");
    }
}

#[test]
fn a_hybrid_clock_is_seen_to_rise() {
    let (records, ..) = records(&["--rates", "1,6,6", "--clock", "hybrid", "--seed", "3", "--for", "20"]);
    let counters =
        records.iter().filter(|record| record["ph"] == "C" && record["name"] == "clock" && record["pid"] == 2);
    let values = counters.map(|record| record["args"].as_object().unwrap().values().next().unwrap().as_u64().unwrap());
    let values: Vec<_> = values.collect();
    assert!(values.is_sorted() && values.len() == 120, "{} values", values.len());
    assert!(values[0] < values[values.len() - 1] / 10, "a line from {} is flat", values[0]);
}

#[test]
fn a_track_per_machine_has_its_name() {
    let (records, ..) = records(&["--rates", "1,3,6", "--seed", "7", "--for", "5"]);
    let named = records.iter().filter(|record| record["name"] == "process_name").map(|record| &record["args"]["name"]);
    assert_eq!(named.collect::<Vec<_>>(), ["machine A", "machine B", "machine C"]);
}

#[test]
fn a_wrong_file_is_noticed() {
    let (records, ..) = records(&["--rates", "1,3,6", "--seed", "7", "--for", "20"]);
    let spoil = |kind: &str, key: &str, value: Value| {
        let mut records = records.clone();
        let record = records.iter_mut().find(|record| record["ph"] == kind).expect("a record of this kind");
        record[key] = value;
        fault(&records)
    };
    for (kind, key, value) in [
        ("X", "dur", 0.into()),
        ("s", "id", 12.into()),
        ("s", "bp", "s".into()),
        ("s", "ts", 0.5.into()),
        ("f", "id", "0xabc".into()),
        ("f", "cat", "other".into()),
        ("C", "args", serde_json::json!({ "value": "5" })),
        ("C", "args", serde_json::json!({ "clock": 5 })),
        ("C", "args", serde_json::json!({ "value": 946_684_800_166_658_048_u64 })),
        ("X", "pid", Value::Null),
    ] {
        assert!(spoil(kind, key, value.clone()).is_some(), "{kind} with {key} {value} was accepted");
    }
}
