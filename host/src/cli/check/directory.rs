//! What is said about a run directory.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use super::{CheckArgs, count, directory_json};
use crate::{
    check::{self, Concurrency, LinkCount, Rule, Run, Verdict},
    cli::run_table::{self, say},
    failure::Failure,
    rundir::log_path,
};

/// Judges the runs in the directories and prints the findings: text as each is judged, or one JSON document. Is a rule
/// broken?
pub(super) fn check(args: &CheckArgs) -> Result<bool, Failure> {
    if args.json {
        let judged: Vec<(Run, Verdict)> = args.paths.iter().map(|path| judged(path)).collect::<Result<_, _>>()?;
        say(&directory_json::document(&judged, args.shown_max()));
        return Ok(judged.iter().any(|(_, verdict)| verdict.violations.total() > 0));
    }
    let mut broken = false;
    for path in &args.paths {
        let (run, verdict) = judged(path)?;
        say(text(&run, &verdict, args).trim_end());
        broken |= verdict.violations.total() > 0;
    }
    Ok(broken)
}

/// The run in a directory, and its verdict.
fn judged(directory: &Path) -> Result<(Run, Verdict), Failure> {
    if directory.is_file() {
        return Err(Failure::usage(format!(
            "{} is a file: give the run directory that it is in, or, if another program wrote it, --pattern or --format",
            directory.display()
        )));
    }
    let run = Run::load(directory)?;
    let verdict = check::judge(&run);
    let is_one_run = verdict.causality.is_some();
    if let Some(machine) = run.missing.first().filter(|_| is_one_run) {
        return Err(Failure::usage(format!(
            "{} is missing: the ring has {} machines, and a run is judged by all of their logs; bring them together in \
             one directory",
            log_path(directory, *machine).display(),
            run.ring.get()
        )));
    }
    Ok((run, verdict))
}

/// The report for people.
fn text(run: &Run, verdict: &Verdict, args: &CheckArgs) -> String {
    let mut out = String::new();
    let total = verdict.violations.total();
    let broken = verdict.violations.rules().count();
    let directory = run.directory.display();
    // Writing to a string does not fail.
    let _ = match total {
        0 => writeln!(out, "{directory}: right. No rule is broken."),
        _ => writeln!(out, "{directory}: WRONG. {} of {}.", count(total, "violation"), count(broken as u64, "rule")),
    };
    let table = run_table::table(run.logs.iter().map(|log| (&log.manifest, &log.summary)));
    let _ = writeln!(out, "\n{table}");
    facts(verdict, &mut out);
    for rule in verdict.violations.rules() {
        let of_rule = verdict.violations.count(rule);
        let _ = writeln!(out, "\n{}: {}. {}", rule.name(), count(of_rule, "violation"), rule.claim());
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
    if !verdict.notes.is_empty() {
        let _ = writeln!(out, "\nnotes:");
        for note in &verdict.notes {
            let at = note.at.map(|at| format!("{at}: ")).unwrap_or_default();
            let _ = writeln!(out, "  {at}{}", note.text);
        }
    }
    out
}

fn facts(verdict: &Verdict, out: &mut String) {
    if let Some(causality) = &verdict.causality {
        let sum = |of: fn(&LinkCount) -> u64| causality.messages.links.iter().map(of).sum::<u64>();
        let (sent, received, left) = (sum(|link| link.sent), sum(|link| link.received), sum(|link| link.left));
        let (overruns, missing) = (sum(|link| link.overruns), sum(LinkCount::missing));
        let mut rest = if overruns > 0 { format!(" + {overruns} lost to full lanes") } else { String::new() };
        if missing > 0 {
            let _ = write!(rest, " + {missing} unaccounted for");
        }
        let _ = writeln!(out, "messages: {sent} sent = {received} received + {left} left in queues{rest}");
        let Concurrency { pairs, concurrent, concurrent_yet_ordered } = causality.concurrency;
        let _ = writeln!(
            out,
            "of {pairs} pairs of events of different machines {concurrent} are concurrent ({}); {concurrent_yet_ordered} of \
             these have ordered timestamps all the same",
            percent(concurrent, pairs)
        );
        if let Some(ahead_ns) = causality.ahead_ns_max {
            let _ = writeln!(out, "hybrid clocks: at most {:.3} ms ahead of physical time", ahead_ns as f64 / 1e6);
        }
    }
    let judged = Rule::ALL.len() - verdict.unjudged.len();
    let holding = judged - verdict.violations.rules().count();
    let _ = write!(out, "rules: {holding} of {judged} hold");
    let mut unjudged: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (rule, reason) in &verdict.unjudged {
        unjudged.entry(reason).or_default().push(rule.name());
    }
    for (reason, rules) in unjudged {
        let _ = write!(out, "; not judged, {reason}: {}", rules.join(", "));
    }
    let _ = writeln!(out);
}

fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "none".to_owned() } else { format!("{:.1} %", part as f64 * 100.0 / whole as f64) }
}
