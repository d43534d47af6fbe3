//! What is said about logs of other programs.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tabled::{
    Table,
    builder::Builder,
    settings::{Alignment, Style, object::Columns},
};

use super::{CheckArgs, ForeignFormat, count};
use crate::{
    cli::run_table::say,
    failure::Failure,
    foreign::{
        FileLine, ForeignLog, ForeignRun, ForeignVerdict, Kind, RawClock, Words, judge, read_shiviz, read_with_pattern,
    },
};

/// Judges the files and prints what was found. Is a rule broken?
pub(super) fn check(args: &CheckArgs) -> Result<bool, Failure> {
    let mut reports = Vec::new();
    for (name, run, is_complete) in read(args)? {
        let verdict = judge(&run, is_complete);
        reports.push((name, run, verdict));
    }
    let broken = reports.iter().any(|(_, _, verdict)| verdict.violations.total() > 0);
    if args.json {
        let runs: Vec<Value> = reports.iter().map(|(name, run, verdict)| json_of(name, run, verdict, args)).collect();
        say(&format!("{:#}", json!({ "right": !broken, "runs": runs })));
    } else {
        let texts: Vec<String> = reports.iter().map(|(name, run, verdict)| text(name, run, verdict, args)).collect();
        say(texts.join("\n").trim_end());
    }
    Ok(broken)
}

/// The runs that the files hold, each with a name, and whether they claim to be complete.
fn read(args: &CheckArgs) -> Result<Vec<(String, ForeignRun, bool)>, Failure> {
    let files = files(&args.paths)?;
    if args.format == Some(ForeignFormat::Shiviz) {
        let mut runs = Vec::new();
        for file in &files {
            let found = read_shiviz(file, &args.patterns)?;
            let several = found.len() > 1;
            for (index, run) in found.into_iter().enumerate() {
                let number = if several { format!(", execution {}", index + 1) } else { String::new() };
                runs.push((format!("{}{number}", file.display()), run, true));
            }
        }
        return Ok(runs);
    }
    let names = (!args.names.is_empty()).then_some(args.names.as_slice());
    let run = read_with_pattern(&files, &args.patterns, &Words::new(&args.words), names)?;
    let name = match &files[..] {
        [one] => one.display().to_string(),
        [first, ..] => format!("{} and {} more", first.display(), files.len() - 1),
        [] => String::new(),
    };
    Ok(vec![(name, run, false)])
}

/// The files that are named, and those in the directories that are, in the order of their names.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let cannot_read = |error| Failure::usage(format!("{}: cannot read: {error}", path.display()));
        let entries = path.read_dir().and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(cannot_read)?;
        let mut inside: Vec<PathBuf> = entries.iter().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
        inside.sort();
        files.extend(inside);
    }
    if files.is_empty() { Err(Failure::usage("there is no file in what was named")) } else { Ok(files) }
}

fn text(name: &str, run: &ForeignRun, verdict: &ForeignVerdict, args: &CheckArgs) -> String {
    let mut out = String::new();
    let total = verdict.violations.total();
    let rules = verdict.violations.rules().count() as u64;
    // Writing to a string does not fail.
    let _ = match total {
        0 => writeln!(out, "{name}: nothing is provably wrong."),
        _ => writeln!(out, "{name}: WRONG. {} of {}.", count(total, "violation"), count(rules, "rule")),
    };
    let _ = writeln!(out, "\n{}", table(run, verdict));
    for (rule, meaning) in &verdict.judged {
        let result = match verdict.violations.count(*rule) {
            0 => "holds".to_owned(),
            number => format!("BROKEN, {}", count(number, "violation")),
        };
        let _ = writeln!(out, "judged: {}: {meaning}: {result}", rule.name());
    }
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (rule, reason) in &verdict.unjudged {
        reasons.entry(reason).or_default().push(rule.name());
    }
    for (reason, rules) in reasons {
        let _ = writeln!(out, "not judged: {}: {reason}", rules.join(", "));
    }
    for rule in verdict.violations.rules() {
        let of_rule = verdict.violations.count(rule);
        let _ = writeln!(out, "\n{}: {}", rule.name(), count(of_rule, "violation"));
        let mut shown = 0;
        for violation in verdict.violations.of(rule).take(args.shown_max()) {
            let _ = writeln!(out, "  {}", violation.text);
            shown += 1;
        }
        if of_rule > shown {
            let all = if args.all { "only so many are kept" } else { "--all shows them" };
            let _ = writeln!(out, "  and {} more ({all})", of_rule - shown);
        }
    }
    if !verdict.remarks.is_empty() || !run.unmatched.is_empty() {
        let _ = writeln!(out, "\nremarks:");
    }
    for remark in &verdict.remarks {
        let _ = writeln!(out, "  {remark}");
    }
    for unmatched in &run.unmatched {
        let lines = count(unmatched.lines, "line");
        let _ = writeln!(out, "  {}: no event on {lines}, such as this: {}", unmatched.first, unmatched.text);
    }
    out
}

fn table(run: &ForeignRun, verdict: &ForeignVerdict) -> Table {
    let mut table = Builder::new();
    table.push_record([
        "",
        "events",
        "internal",
        "sends",
        "receives",
        "wrong receives",
        "unknown",
        "last clock",
        "events per second",
        "file",
    ]);
    for log in &run.logs {
        let of_kind = |kind: fn(Option<Kind>) -> bool| log.events.iter().filter(|event| kind(event.kind)).count();
        let judged = verdict.receives.iter().find(|judged| judged.machine == log.name);
        let last = log.events.last();
        table.push_record([
            log.name.clone(),
            log.events.len().to_string(),
            of_kind(|kind| kind == Some(Kind::Internal)).to_string(),
            of_kind(|kind| kind.is_some_and(Kind::is_send)).to_string(),
            of_kind(|kind| kind == Some(Kind::Receive)).to_string(),
            judged.map_or("-".to_owned(), |judged| judged.wrong.to_string()),
            of_kind(|kind| kind.is_none()).to_string(),
            last.map_or("-".to_owned(), |event| clock(&event.clock, &log.name)),
            rate(log).map_or("-".to_owned(), |rate| format!("{rate:.3}")),
            last.map_or("-".to_owned(), |event| file_name(&event.at)),
        ]);
    }
    let mut table = table.build();
    table.with(Style::psql()).modify(Columns::new(1..), Alignment::right());
    table
}

/// The clock for a table: a vector by names is too long for it.
fn clock(clock: &RawClock, machine: &str) -> String {
    match clock {
        RawClock::Number(number) => number.to_string(),
        RawClock::List(list) => list.iter().map(u64::to_string).collect::<Vec<_>>().join(","),
        RawClock::Named(named) => named.get(machine).map_or("-".to_owned(), |own| format!("{machine}: {own}")),
    }
}

fn file_name(at: &FileLine) -> String {
    Path::new(&*at.file).file_name().map_or(at.file.to_string(), |name| name.to_string_lossy().into_owned())
}

/// Events per second from the first to the last, if their times are told.
fn rate(log: &ForeignLog) -> Option<f64> {
    let steps = log.events.len().checked_sub(1)?;
    let elapsed_s = log.events.last()?.time_s? - log.events.first()?.time_s?;
    (elapsed_s > 0.0 && steps > 0).then(|| steps as f64 / elapsed_s)
}

fn json_of(name: &str, run: &ForeignRun, verdict: &ForeignVerdict, args: &CheckArgs) -> Value {
    let place = |at: &FileLine| json!({ "file": &*at.file, "line": at.line });
    let shown = verdict.violations.rules().flat_map(|rule| verdict.violations.of(rule).take(args.shown_max()));
    let violations: Vec<Value> = shown
        .map(|violation| {
            json!({
                "rule": violation.rule.name(),
                "at": place(&violation.at),
                "against": violation.against.as_ref().map(place),
                "text": violation.text,
            })
        })
        .collect();
    let judged = verdict.judged.iter().map(|(rule, meaning)| {
        json!({ "name": rule.name(), "claim": meaning, "judged": true, "violations": verdict.violations.count(*rule) })
    });
    let unjudged = verdict.unjudged.iter().map(|(rule, reason)| {
        json!({ "name": rule.name(), "claim": rule.claim(), "judged": false, "reason": reason, "violations": 0 })
    });
    let rules: Vec<Value> = judged.chain(unjudged).collect();
    let machines: Vec<Value> = run
        .logs
        .iter()
        .map(|log| {
            let judged = verdict.receives.iter().find(|judged| judged.machine == log.name);
            json!({
                "machine": log.name,
                "events": log.events.len(),
                "receives": judged.map(|judged| judged.receives),
                "receives_wrong": judged.map(|judged| judged.wrong),
                "rate_achieved": rate(log),
            })
        })
        .collect();
    let unmatched: Vec<Value> = run
        .unmatched
        .iter()
        .map(|unmatched| json!({ "first": place(&unmatched.first), "text": unmatched.text, "lines": unmatched.lines }))
        .collect();
    json!({
        "name": name,
        "right": verdict.violations.total() == 0,
        "violations_total": verdict.violations.total(),
        "rules": rules,
        "violations": violations,
        "remarks": verdict.remarks,
        "machines": machines,
        "unmatched": unmatched,
    })
}
