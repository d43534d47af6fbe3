//! The verdict on run directories, for people.

use std::{collections::BTreeMap, fmt::Write};

use super::{CheckArgs, Outcome, count, directory_json};
use crate::{
    check::{self, Concurrency, LinkCount, Note, Place, Rule, Run, Verdict, Violations},
    cli::run_table::{self, say},
    failure::Failure,
    rundir::RunDirectory,
};

/// Judges the runs in the directories and prints the findings: text as each is judged, or one JSON document. The worst
/// outcome counts.
pub(super) fn check(args: &CheckArgs) -> Result<Outcome, Failure> {
    if args.json {
        let judged: Vec<(Run, Verdict)> =
            args.paths.iter().map(|path| judged(&RunDirectory::at(path))).collect::<Result<_, _>>()?;
        say(&directory_json::document(&judged, args.shown_max()));
        return Ok(judged.iter().map(|(_, verdict)| outcome(verdict)).fold(Outcome::Right, worse));
    }
    let mut worst = Outcome::Right;
    for path in &args.paths {
        let (run, verdict) = judged(&RunDirectory::at(path))?;
        say(text(&run, &verdict, args).trim_end());
        worst = worse(worst, outcome(&verdict));
    }
    Ok(worst)
}

fn outcome(verdict: &Verdict) -> Outcome {
    match verdict.violations.total() {
        0 if verdict.unfinished.is_empty() => Outcome::Right,
        0 => Outcome::Unfinished,
        _ => Outcome::Broken,
    }
}

fn worse(one: Outcome, other: Outcome) -> Outcome {
    if one == Outcome::Broken || other == Outcome::Right { one } else { other }
}

/// The run in a directory, and its verdict.
fn judged(directory: &RunDirectory) -> Result<(Run, Verdict), Failure> {
    if directory.path().is_file() {
        return Err(Failure::usage(format!(
            "{} is a file: give the run directory that it is in, or, if another program wrote it, --pattern or --format",
            directory
        )));
    }
    let run = Run::load(directory)?;
    let verdict = check::judge(&run);
    let is_one_run = verdict.causality.is_some();
    if let Some(machine) = run.missing.first().filter(|_| is_one_run) {
        return Err(Failure::usage(format!(
            "{} is missing: the ring has {} machines, and a run is judged by all of their logs; bring them together in \
             one directory",
            directory.log(*machine).display(),
            run.ring.get()
        )));
    }
    Ok((run, verdict))
}

/// The report for people.
fn text(run: &Run, verdict: &Verdict, args: &CheckArgs) -> String {
    let mut out = String::new();
    let directory = &run.directory;
    // Writing to a string does not fail.
    let _ = match outcome(verdict) {
        Outcome::Right | Outcome::NotJudged => writeln!(out, "{directory}: right. No rule is broken."),
        Outcome::Unfinished => {
            let _ = writeln!(out, "{directory}: right so far, not finished:");
            notes(&verdict.unfinished, &mut out);
            let again = directory.command_to_go_on();
            writeln!(out, "If none of its machines still runs, this goes on with it:\n  {again}")
        }
        Outcome::Broken => {
            let total = verdict.violations.total();
            writeln!(out, "{directory}: WRONG. {}.", extent(&verdict.violations, total))
        }
    };
    let table = run_table::table(run.logs.iter().map(|log| (&log.manifest, &log.summary)));
    let _ = writeln!(out, "\n{table}");
    facts(verdict, &mut out);
    causes(&verdict.violations, args, &mut out);
    if outcome(verdict) == Outcome::Broken && !verdict.unfinished.is_empty() {
        let _ = writeln!(out, "\nnot finished:");
        notes(&verdict.unfinished, &mut out);
    }
    if !verdict.notes.is_empty() {
        let _ = writeln!(out, "\nnotes:");
        notes(&verdict.notes, &mut out);
    }
    out
}

fn notes(notes: &[Note], out: &mut String) {
    for note in notes {
        let at = note.at.map(|at| format!("{at}: ")).unwrap_or_default();
        let _ = writeln!(out, "  {at}{}", note.text);
    }
}

/// `2 first causes with 677 consequences, 3 rules broken`.
fn extent(violations: &Violations, total: u64) -> String {
    let consequences = violations.consequences_total();
    let with = match consequences {
        0 => String::new(),
        _ => format!(" with {}", count(consequences, "consequence")),
    };
    let (causes, rules) =
        (count(total - consequences, "first cause"), count(violations.rules().count() as u64, "rule"));
    format!("{causes}{with}, {rules} broken")
}

/// The first causes in causal order, each with its consequences, and the rules that are broken.
fn causes(violations: &Violations, args: &CheckArgs, out: &mut String) {
    let mut shown: BTreeMap<Rule, u64> = BTreeMap::new();
    for index in violations.shown(args.shown_max()) {
        let violation = &violations.kept()[index];
        let (rule, text) = (violation.rule.name(), &violation.text);
        if violation.follows.is_none() {
            *shown.entry(violation.rule).or_default() += 1;
            let _ = writeln!(out, "\n{rule}: {text}");
            consequences(violations, index, args, out);
        } else if args.all {
            let _ = writeln!(out, "    {rule}: {text}");
        }
    }
    let rest = violations.rules().map(|rule| (rule, violations.first_causes(rule) - shown.get(&rule).unwrap_or(&0)));
    let rest: Vec<String> =
        rest.filter(|(_, rest)| *rest > 0).map(|(rule, rest)| format!("{} {rest}", rule.name())).collect();
    if !rest.is_empty() {
        let all = if args.all { "only so many are kept" } else { "--all shows them" };
        let _ = writeln!(out, "\nmore first causes: {} ({all})", rest.join(", "));
    }
    if violations.total() > 0 {
        let _ = writeln!(out, "\nrules broken:");
    }
    for rule in violations.rules() {
        let _ = writeln!(out, "  {}: {}", rule.name(), rule.claim());
    }
}

/// The count of consequences of a first cause, by rule.
fn consequences(violations: &Violations, cause: usize, args: &CheckArgs, out: &mut String) {
    let consequences: Vec<String> =
        violations.consequences(cause).map(|(rule, count)| format!("{} {count}", rule.name())).collect();
    if !consequences.is_empty() {
        let is_kept = violations.consequences(cause).all(|(_, count)| count <= Violations::<Place>::KEPT_MAX);
        let all = match (args.all, is_kept) {
            (false, _) => " (--all shows them)",
            (true, true) => ":",
            (true, false) => " (only so many are kept):",
        };
        let _ = writeln!(out, "  its consequences: {}{all}", consequences.join(", "));
    }
}

fn facts(verdict: &Verdict, out: &mut String) {
    if let Some(causality) = &verdict.causality {
        let sum = |of: fn(&LinkCount) -> u64| causality.messages.links.iter().map(of).sum::<u64>();
        let (sent, received, left) = (sum(|link| link.sent), sum(|link| link.received), sum(|link| link.left));
        let (overruns, missing, surplus) =
            (sum(|link| link.overruns), sum(LinkCount::missing), sum(LinkCount::surplus));
        let mut rest = if overruns > 0 { format!(" + {overruns} lost to full lanes") } else { String::new() };
        let forgotten = sum(|link| link.forgotten);
        if forgotten > 0 {
            let _ = write!(rest, " + {forgotten} lost beyond a board's memory");
        }
        if missing > 0 {
            let yet = if verdict.unfinished.is_empty() { "" } else { " yet" };
            let _ = write!(rest, " + {missing} not accounted for{yet}");
        }
        if surplus > 0 {
            let _ = write!(rest, " - {surplus} never sent");
        }
        let _ = writeln!(out, "messages: {sent} sent = {received} received + {left} waiting at the end{rest}");
        let Concurrency { pairs, concurrent, concurrent_yet_ordered } = causality.concurrency;
        let noun = if pairs == 1 { "pair" } else { "pairs" };
        let verb = if concurrent == 1 { "is" } else { "are" };
        let _ = writeln!(
            out,
            "of {pairs} {noun} of events of different machines {concurrent} {verb} concurrent ({}); {concurrent_yet_ordered} of \
             these have ordered timestamps all the same",
            percent(concurrent, pairs)
        );
        if let Some(ahead_ns) = causality.ahead_ns_max {
            let _ = writeln!(out, "hybrid clocks: at most {:.3} ms ahead of physical time", ahead_ns as f64 / 1e6);
        }
    }
    let judged = Rule::ALL.len() - verdict.unjudged.len();
    let holding = judged - verdict.violations.rules().count();
    let so_far = if verdict.unfinished.is_empty() { "" } else { " so far" };
    let _ = write!(out, "rules: {holding} of {judged} hold{so_far}");
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
