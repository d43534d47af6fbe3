//! The report on logs of other programs.

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

use super::{CheckArgs, Outcome, count};
use crate::{
    check::{Rule, Violations},
    cli::run_table::say,
    failure::Failure,
    foreign::{
        FileLine, ForeignClock, ForeignEvent, ForeignLog, ForeignRun, ForeignVerdict, Kind, Source, judge, read,
    },
};

/// Judges the files and prints the verdicts.
pub(super) fn check(args: &CheckArgs) -> Result<Outcome, Failure> {
    let asked = args.asked();
    let files = files(&args.paths)?;
    let sources = Source::read_all(&files)?;
    let runs = read(&sources, &asked)?;
    drop(sources);
    let verdicts: Vec<(ForeignRun, ForeignVerdict)> = runs
        .into_iter()
        .map(|run| {
            let verdict = judge(&run, &asked);
            (ForeignRun { name: name_of(&files, &run.name), ..run }, verdict)
        })
        .collect();
    let is_broken = verdicts.iter().any(|(_, verdict)| verdict.violations.total() > 0);
    if args.json {
        let runs: Vec<Value> = verdicts.iter().map(|(run, verdict)| json_of(run, verdict, args)).collect();
        say(&format!("{:#}", json!({ "right": !is_broken, "runs": runs })));
    } else {
        let texts: Vec<String> = verdicts.iter().map(|(run, verdict)| text(run, verdict, args)).collect();
        say(texts.join("\n").trim_end());
    }
    Ok(match is_broken {
        true => Outcome::Broken,
        false if verdicts.iter().any(|(_, verdict)| verdict.is_empty()) => Outcome::NotJudged,
        false => Outcome::Right,
    })
}

/// The files, and the run among them if they hold several.
fn name_of(files: &[PathBuf], run: &str) -> String {
    let files = match files {
        [one] => one.display().to_string(),
        [first, ..] => format!("{} and {} more", first.display(), files.len() - 1),
        [] => String::new(),
    };
    if run.is_empty() { files } else { format!("{files}, {run}") }
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

fn text(run: &ForeignRun, verdict: &ForeignVerdict, args: &CheckArgs) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(out, "{}: {}. {}.", run.name, headline(verdict), share(run));
    if let Some((rule, reason)) = verdict.unjudged.first().filter(|_| verdict.is_empty()) {
        let _ = writeln!(out, "Nothing is judged, since no rule has anything to compare: {}, {reason}.", rule.name());
    }
    let _ = writeln!(out, "\n{}", table(run, verdict));
    for judged in &verdict.judged {
        let (proved, likely) = (verdict.violations.count(judged.rule), verdict.if_complete.count(judged.rule));
        let result = match (proved, likely) {
            (0, 0) => "holds".to_owned(),
            (0, likely) => format!("{} if the logs are complete", count(likely, "violation")),
            (proved, _) => format!("BROKEN, {}", count(proved, "violation")),
        };
        let _ = write!(out, "judged: {}: {}: {result}, on {}", judged.rule.name(), judged.meaning, judged.amount());
        for ground in &judged.grounds {
            let _ = write!(out, "; {ground}");
        }
        out.push('\n');
    }
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (rule, reason) in &verdict.unjudged {
        reasons.entry(reason).or_default().push(rule.name());
    }
    for (reason, rules) in reasons {
        let _ = writeln!(out, "not judged: {}: {reason}", rules.join(", "));
    }
    listed(&verdict.violations, "", args, &mut out);
    listed(&verdict.if_complete, ", if the logs are complete", args, &mut out);
    if !verdict.remarks.is_empty() || !run.reading.unmatched.is_empty() || !run.reading.remarks.is_empty() {
        let _ = writeln!(out, "\nremarks:");
    }
    for remark in run.reading.remarks.iter().chain(&verdict.remarks) {
        let _ = writeln!(out, "  {remark}");
    }
    for unmatched in run.reading.unmatched.iter().filter(|unmatched| unmatched.lines > 0) {
        let lines = count(unmatched.lines, "line");
        let _ = writeln!(out, "  {}: no event on {lines}, such as this: {}", unmatched.first, unmatched.text);
    }
    out
}

/// The verdict in a sentence.
fn headline(verdict: &ForeignVerdict) -> String {
    let (proved, likely) = (verdict.violations.total(), verdict.if_complete.total());
    let rules = |violations: &Violations<FileLine>| count(violations.rules().count() as u64, "rule");
    match (proved, likely) {
        (0, 0) if verdict.is_empty() => "NOT JUDGED".to_owned(),
        (0, 0) => "nothing is provably wrong".to_owned(),
        (0, likely) => format!(
            "nothing is provably wrong, but WRONG IF THE LOGS ARE COMPLETE: {} of {} (--complete says that they are)",
            count(likely, "violation"),
            rules(&verdict.if_complete)
        ),
        (proved, _) => format!("WRONG. {} of {}", count(proved, "violation"), rules(&verdict.violations)),
    }
}

/// The part of the files that was read.
fn share(run: &ForeignRun) -> String {
    let (read, lines) = (run.reading.read, run.reading.lines);
    let were = if read == 1 { "was" } else { "were" };
    if read == lines {
        format!("All of {} read", plural_were(lines))
    } else {
        format!("{read} of {} {were} read", count(lines, "line"))
    }
}

fn plural_were(lines: u64) -> String {
    format!("{} {}", count(lines, "line"), if lines == 1 { "was" } else { "were" })
}

fn listed(violations: &Violations<FileLine>, condition: &str, args: &CheckArgs, out: &mut String) {
    for rule in violations.rules() {
        let of_rule = violations.count(rule);
        let _ = writeln!(out, "\n{}: {}{condition}", rule.name(), count(of_rule, "violation"));
        let mut shown = 0;
        for violation in violations.of(rule).take(args.shown_max()) {
            let _ = writeln!(out, "  {}", violation.text);
            shown += 1;
        }
        if of_rule > shown {
            let all = if args.all { "only so many are kept" } else { "--all shows them" };
            let _ = writeln!(out, "  and {} more ({all})", of_rule - shown);
        }
    }
}

fn table(run: &ForeignRun, verdict: &ForeignVerdict) -> Table {
    let mut table = Builder::new();
    table.push_record([
        "",
        "events",
        "internal",
        "sends",
        "receives",
        "wrong",
        "unknown",
        "last clock",
        "events/s",
        "file",
    ]);
    for log in &run.logs {
        let of_kind = |kind: fn(Option<Kind>) -> bool| log.events.iter().filter(|event| kind(event.kind)).count();
        let judged = verdict.receives.iter().find(|judged| judged.machine == log.name);
        let last = log.events.last();
        table.push_record([
            shortened(&log.name, NAME_SHOWN_MAX),
            log.events.len().to_string(),
            of_kind(|kind| kind == Some(Kind::Internal)).to_string(),
            of_kind(|kind| kind.is_some_and(Kind::is_send)).to_string(),
            of_kind(|kind| kind == Some(Kind::Receive)).to_string(),
            judged.map_or("-".to_owned(), |judged| judged.wrong.to_string()),
            of_kind(|kind| kind.is_none()).to_string(),
            last.map_or("-".to_owned(), |event| clock(run, log, event)),
            rate(run, log).map_or("-".to_owned(), |rate| format!("{rate:.3}")),
            last.map_or("-".to_owned(), |event| shortened(&file_name(&run.at(event)), FILE_SHOWN_MAX)),
        ]);
    }
    let mut table = table.build();
    table.with(Style::psql()).modify(Columns::new(1..), Alignment::right());
    table
}

/// The most characters of a machine's and of a file's name in the table.
const NAME_SHOWN_MAX: usize = 16;
const FILE_SHOWN_MAX: usize = 24;

/// The start and the end of a name that is too long for a table.
fn shortened(name: &str, most: usize) -> String {
    let characters: Vec<char> = name.chars().collect();
    if characters.len() <= most {
        return name.to_owned();
    }
    let (head, tail) = (most / 2, most - most / 2 - 1);
    let (start, end) = (&characters[..head], &characters[characters.len() - tail..]);
    start.iter().chain(&['…']).chain(end).collect()
}

/// The last clock for a table: of a vector the own count.
fn clock(run: &ForeignRun, log: &ForeignLog, event: &ForeignEvent) -> String {
    match run.clock {
        ForeignClock::Vector if !log.owns_entry => "-".to_owned(),
        ForeignClock::Vector => format!("own {}", event.clock),
        _ => event.clock.to_string(),
    }
}

fn file_name(at: &FileLine) -> String {
    Path::new(&*at.file).file_name().map_or(at.file.to_string(), |name| name.to_string_lossy().into_owned())
}

/// Events per second from the first to the last, if their times are told.
fn rate(run: &ForeignRun, log: &ForeignLog) -> Option<f64> {
    let steps = log.events.len().checked_sub(1)?;
    let elapsed_ns = log.events.last()?.time?.checked_sub(log.events.first()?.time?)?;
    (elapsed_ns > 0 && steps > 0 && run.has_unit).then(|| steps as f64 * 1e9 / elapsed_ns as f64)
}

fn json_of(run: &ForeignRun, verdict: &ForeignVerdict, args: &CheckArgs) -> Value {
    let place = |at: &FileLine| json!({ "file": &*at.file, "line": at.line });
    let list = |violations: &Violations<FileLine>| -> Vec<Value> {
        let shown = violations.rules().flat_map(|rule| violations.of(rule).take(args.shown_max()));
        let told = shown.map(|violation| {
            json!({
                "rule": violation.rule.name(),
                "at": place(&violation.at),
                "against": violation.against.as_ref().map(place),
                "text": violation.text,
            })
        });
        told.collect()
    };
    let judged = verdict.judged.iter().map(|judged| {
        json!({
            "name": judged.rule.name(),
            "claim": judged.meaning,
            "judged": true,
            "compared": judged.compared,
            "unit": judged.unit.1,
            "grounds": judged.grounds,
            "violations": verdict.violations.count(judged.rule),
        })
    });
    let unjudged = verdict.unjudged.iter().map(|(rule, reason): &(Rule, String)| {
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
                "rate_achieved": rate(run, log),
            })
        })
        .collect();
    let unmatched: Vec<Value> = run
        .reading
        .unmatched
        .iter()
        .map(|unmatched| json!({ "first": place(&unmatched.first), "text": unmatched.text, "lines": unmatched.lines }))
        .collect();
    let remarks: Vec<&String> = run.reading.remarks.iter().chain(&verdict.remarks).collect();
    json!({
        "name": run.name,
        "right": verdict.violations.total() == 0,
        "judged": !verdict.is_empty(),
        "lines": run.reading.lines,
        "lines_read": run.reading.read,
        "violations_total": verdict.violations.total(),
        "if_complete_total": verdict.if_complete.total(),
        "rules": rules,
        "violations": list(&verdict.violations),
        "if_complete": list(&verdict.if_complete),
        "remarks": remarks,
        "machines": machines,
        "unmatched": unmatched,
    })
}
