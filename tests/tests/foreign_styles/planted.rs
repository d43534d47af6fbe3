//! Faults that can be proved are found, and shown by a line that proves them.

use std::{collections::BTreeMap, env};

use tests::naive_model::Chance;

use super::{
    adapter::{self, Answer},
    case::Case,
    clocks::Sort,
    faults::{FAULTS, Fault},
    files::File,
    layouts::{self, ID, LAYOUTS, PEER, STAMP, TIME},
    oracle::{Certificate, Judged},
    rows::{self, Logs, ReceiveTells, Row, SendTells, SeveralReceivers},
    run::Run,
    styles::{Packing, Style, any, clock_text, pick},
    template, text,
    words::VOCABULARIES,
};

/// Faults of each kind that are planted, unless `FOREIGN_FAULTS` gives a number.
const EACH: u64 = 30;

/// A style in which rows tell everything.
fn full_information(chance: &mut Chance, fault: &Fault) -> Style {
    let mut style = Style::plain(chance);
    style.sort = pick(chance, fault.sorts);
    style.telling.receive = ReceiveTells::SenderAndStamp;
    style.telling.send = SendTells::Peers;
    style.telling.several = SeveralReceivers::OneRow;
    style.unread.clear();
    style.is_unended = false;
    style.unasked = false;
    (fault.prepare)(&mut style);
    let tells_all = |layout: &layouts::Layout| {
        // An internal event with a vague word may be anything.
        let is_vague = layout.templates.iter().any(|template| template.contains("~thought~"));
        [PEER, STAMP, ID].iter().all(|field| template::has(layout, *field)) && !is_vague
    };
    style.layout = any(chance, LAYOUTS);
    while !tells_all(style.layout) {
        style.layout = any(chance, LAYOUTS);
    }
    // Words that every reader knows, or is given.
    while !style.vocabulary.is_mapped && !VOCABULARIES[..4].iter().any(|words| words.name == style.vocabulary.name) {
        style.vocabulary = any(chance, VOCABULARIES);
    }
    let said = (style.complete, style.one_run);
    style.settle(chance);
    // A clock that may be one of another sort is not full information.
    while style.clock_text.is_ambiguous {
        style.clock_text = clock_text(style.sort, chance);
    }
    if style.sort == Sort::Pair && style.order.len() == 2 {
        style.sort = Sort::Number;
        style.clock_text = clock_text(style.sort, chance);
    }
    (style.complete, style.one_run) = said;
    style.telling.receive = if style.telling.id { ReceiveTells::Sender } else { ReceiveTells::SenderAndStamp };
    style.give_names &= style.packing == Packing::PerMachine;
    style
}

/// Missed faults that are shown in full.
const SHOWN: usize = 2;

struct Planted {
    case: Case,
    certificates: Vec<Certificate>,
}

/// The oracle's proofs.
fn certificates(style: &Style, logs: &Logs, one_run: bool, complete: bool) -> Vec<Certificate> {
    let time = |row: &Row| template::has(style.layout, TIME).then(|| text::time(style, row));
    Judged { logs, sort: style.sort, one_run, complete, time: &time }.certificates()
}

/// A fault planted, in the first of some runs that has a place for it.
fn planted(fault: &Fault, number: u64) -> Option<Planted> {
    let mut chance = Chance::new(number);
    for _ in 0..20 {
        let mut style = full_information(&mut chance, fault);
        style.setting.events = style.setting.events.max(40);
        let run = Run::simulate(&style.setting, &mut chance);
        let mut logs = rows::rows(&run, &style.telling);
        if (fault.plant)(&mut logs, style.sort, &mut chance) {
            let certificates = certificates(&style, &logs, style.one_run, style.complete);
            let case = Case::written(number, fault.name.to_owned(), style, &[logs], &mut chance);
            return Some(Planted { case, certificates });
        }
    }
    None
}

/// The lines of rows, by file.
fn lines(files: &[File], certificates: &[Certificate]) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for file in files {
        for row in file.rows.iter().filter(|row| certificates.iter().flatten().any(|at| *at == (row.machine, row.row)))
        {
            found.extend((row.lines.0..=row.lines.1).map(|line| (file.name.clone(), line)));
        }
    }
    found
}

#[derive(Default)]
struct Tally {
    planted: u64,
    provable: u64,
    found: u64,
    found_unprovable: u64,
    reason: &'static str,
}

#[test]
fn every_fault_that_can_be_proved_is_found_and_shown_by_its_lines() {
    let each = env::var("FOREIGN_FAULTS").ok().and_then(|number| number.parse().ok()).unwrap_or(EACH);
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut missed = Vec::new();
    for (kind, fault) in FAULTS.iter().enumerate() {
        for number in 0..each {
            let Some(planted) = planted(fault, kind as u64 * 1_000_000 + number) else { continue };
            let tally = tallies.entry(fault.name).or_default();
            tally.reason = fault.unprovable;
            tally.planted += 1;
            let answer = adapter::check(&planted.case.files, &planted.case.ask);
            if planted.certificates.is_empty() {
                assert!(!fault.unprovable.is_empty(), "no proof of `{}`: {}", fault.name, planted.case.show());
                tally.found_unprovable += u64::from(matches!(answer, Answer::Wrong(_)));
                continue;
            }
            tally.provable += 1;
            let proving = lines(&planted.case.files, &planted.certificates);
            let is_found = matches!(&answer, Answer::Wrong(findings)
                if findings.iter().flat_map(|finding| &finding.lines).any(|line| proving.contains(line)));
            tally.found += u64::from(is_found);
            if !is_found {
                missed.push(format!("{answer:?}\nproved by {proving:?}\n{}", planted.case.show()));
            }
        }
    }
    println!("planted provable found | not provable, called WRONG all the same, and the reason");
    for fault in FAULTS {
        let Some(tally) = tallies.get(fault.name) else { continue };
        let Tally { planted, provable, found, found_unprovable, reason } = tally;
        let rest = planted - provable;
        let reason = if rest > 0 { format!(" | {rest:3} {found_unprovable:3}: {reason}") } else { String::new() };
        println!("{planted:7} {provable:8} {found:5}  {}{reason}", fault.name);
    }
    let shown = if env::var("FOREIGN_LIST").is_ok() { missed.len() } else { SHOWN };
    missed.iter().take(shown).for_each(|missed| println!("{missed}"));
    assert!(missed.is_empty(), "{} provable faults are not found", missed.len());
}

/// Without this, a fault of the judge of this test could be demanded of the checker.
#[test]
fn the_oracle_finds_nothing_in_sound_rows() {
    for number in 0..1000 {
        let mut chance = Chance::new(number);
        let nothing = &FAULTS[number as usize % FAULTS.len()];
        let mut style = full_information(&mut chance, nothing);
        style.setting.carried = super::run::Carried::Send;
        let run = Run::simulate(&style.setting, &mut chance);
        let logs = rows::rows(&run, &style.telling);
        for (one_run, complete) in [(false, false), (true, true)] {
            let certificates = certificates(&style, &logs, one_run, complete);
            assert!(certificates.is_empty(), "{certificates:?} in {logs:#?}");
        }
    }
}
