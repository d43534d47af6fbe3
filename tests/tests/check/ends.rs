//! What a machine writes down about its end agrees with its log.

use clockring::clock::ClockKind;
use host::{check::Rule, rundir::Ended};

use crate::run_text::{RunText, Setting, good_run};

fn run() -> RunText {
    good_run(Setting { machines: 3, sides: 4, seed: 3, ticks: 60, clock: ClockKind::Lamport, death: None })
}

/// The findings after a change to the manifest of B.
fn said(change: impl FnOnce(&mut host::rundir::Manifest)) -> Vec<String> {
    let mut run = run();
    change(&mut run.machine('B').manifest);
    let violations = run.judged().expect("a run that can be read").violations;
    assert!(violations.kept().iter().all(|violation| violation.rule == Rule::Manifest), "{violations:?}");
    violations.kept().iter().map(|violation| violation.text.clone()).collect()
}

fn only(said: &[String], words: &str) {
    assert!(matches!(said, [text] if text.contains(words)), "«{words}»: {said:?}");
}

#[test]
fn a_machine_in_good_order_names_every_peer_on_both_sides() {
    assert_eq!(said(|_| ()), [""; 0]);
    only(
        &said(|manifest| {
            manifest.accounted.remove("A");
        }),
        "does not name A, but the machine says that it has ended",
    );
    only(
        &said(|manifest| {
            manifest.delivered.remove("C");
        }),
        "does not name C, but the machine says that it has ended",
    );
    only(
        &said(|manifest| {
            manifest.accounted.insert("D".to_owned(), 1);
        }),
        "names D, which is no peer",
    );
    only(
        &said(|manifest| {
            manifest.delivered.insert("B".to_owned(), 1);
        }),
        "names B, which is no peer",
    );
}

#[test]
fn nothing_comes_after_what_is_accounted() {
    only(&said(|manifest| *manifest.accounted.get_mut("C").expect("a peer") -= 1), "says that C sent nothing after");
}

#[test]
fn what_is_delivered_is_the_last_message_sent() {
    for by in [1_i64, -1] {
        let words = said(|manifest| {
            let upto = manifest.delivered.get_mut("A").expect("a peer");
            *upto = upto.wrapping_add_signed(by);
        });
        only(&words, "says that A has everything up to");
    }
}

#[test]
fn who_was_stopped_was_interrupted() {
    only(&said(|manifest| manifest.stopped = Some(true)), "does not agree with `stopped`, which is true");
    assert_eq!(said(|manifest| (manifest.stopped, manifest.ended) = (Some(true), Some(Ended::Interrupted))), [""; 0]);
    only(&said(|manifest| manifest.ended = Some(Ended::Interrupted)), "does not agree with `stopped`, which is false");
}

#[test]
fn of_an_incomplete_end_nothing_is_demanded_and_it_is_told() {
    let mut run = run();
    let manifest = &mut run.machine('B').manifest;
    manifest.ended = Some(Ended::Incomplete);
    manifest.accounted.clear();
    manifest.delivered.clear();
    manifest.left_in_queue = Some(Vec::new());
    let verdict = run.judged().expect("a run that can be read");
    assert_eq!(verdict.violations.total(), 0, "{:?}", verdict.violations);
    let told = |note: &&host::check::Note| note.text.starts_with("B gave up waiting for C and A");
    assert!(verdict.unfinished.iter().any(|note| told(&note)), "{:?}", verdict.unfinished);
}

#[test]
fn manifests_of_0_1_do_not_tell_of_it() {
    let words = said(|manifest| {
        manifest.stopped = None;
        manifest.accounted.clear();
        manifest.delivered.clear();
    });
    assert_eq!(words, [""; 0]);
}
