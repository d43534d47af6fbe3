//! The kinds of foreign log: each turns a plain style into one that a naive judge gets wrong.

use tests::naive_model::Chance;

use super::{
    clocks::Sort,
    layouts, names,
    rows::{Omission, ReceiveTells, SendTells, SeveralReceivers},
    run::{Carried, Kind, Merging},
    styles::{Doubled, Encoding, IdText, Packing, PeerText, Second, Style, any, pick, shiviz, with_fields},
    words::VOCABULARIES,
};

/// A kind of log: its name, and the change that makes it.
pub(crate) type Twist = (&'static str, fn(&mut Style, &mut Chance));

/// All of them. Each may be combined with any other.
pub(crate) const KINDS: &[Twist] = &[
    ("plain", |_, _| {}),
    ("one send, a row for each receiver", |style, chance| {
        style.setting.all_is_one = true;
        style.setting.sides = style.order.len() as u64 + chance.below(3);
        style.telling.several = SeveralReceivers::RowEach;
    }),
    ("one send, a row for all and one for each", |style, _| {
        style.setting.all_is_one = true;
        style.telling.several = SeveralReceivers::OneRowThenRowEach;
    }),
    ("several receives in one row", |style, _| style.setting.batch_max = 3),
    ("several receives glued together, as alzh9000's", |style, chance| {
        style.glued = true;
        style.sort = Sort::Number;
        style.setting.batch_max = 3;
        style.layout = &layouts::GLUED;
        style.names = (names::ALIKE[0].1)(style.order.len(), chance);
        style.peers = PeerText { before: "", between: " ", brackets: false, all: "all", relative: false };
        (style.telling.receive, style.telling.send) = (ReceiveTells::SenderAndStamp, SendTells::OwnAndStamp);
        style.setting.carried = pick(chance, &[Carried::Send, Carried::Before]);
    }),
    ("kinds of events not read", |style, _| style.unread = vec!["event"]),
    ("neither peers nor timestamps read", |style, _| style.unread = vec!["peer", "stamp"]),
    ("keys of vectors are not the files' names", |style, chance| {
        style.sort = Sort::Map;
        let (_, names) = pick(chance, names::OTHER_KEYS);
        style.names = names(style.order.len(), chance);
        style.packing = Packing::PerMachine;
    }),
    ("events count machines from another number", |style, chance| {
        let (_, names) = pick(chance, names::SHIFTED);
        style.names = names(style.order.len(), chance);
        style.packing = Packing::PerMachine;
        if chance.below(2) == 0 {
            style.telling.send = SendTells::Peers;
            style.telling.receive = pick(chance, &[ReceiveTells::Stamp, ReceiveTells::Nothing]);
        }
    }),
    ("events name machines as no file does", |style, chance| {
        let (_, names) = pick(chance, names::UNRELATED);
        style.names = names(style.order.len(), chance);
        style.packing = Packing::PerMachine;
    }),
    ("vectors with places of no machine", |style, chance| {
        style.sort = Sort::List;
        style.padding = (chance.below(2) as usize, chance.below(4) as usize);
    }),
    ("clocks that rise by more than one", |style, chance| style.setting.step = 2 + chance.below(9)),
    ("receives in files of their own", |style, _| style.packing = Packing::ByKind),
    ("places of vectors in another order", |style, chance| {
        style.sort = Sort::List;
        style.packing = Packing::PerMachine;
        shuffle(&mut style.order, chance);
    }),
    ("ShiViz, one file", |style, chance| {
        shiviz(style, chance);
        style.packing = Packing::OneFile;
    }),
    ("ShiViz, a file per process", |style, chance| {
        shiviz(style, chance);
        style.packing = Packing::PerMachine;
    }),
    ("ShiViz, cut or with CRLF", |style, chance| {
        shiviz(style, chance);
        style.crlf = chance.below(2) == 0;
        style.omissions = vec![pick(chance, &OMISSIONS)];
    }),
    ("ShiViz, two executions", |style, chance| {
        shiviz(style, chance);
        style.second = Second::Appended;
    }),
    ("head missing", |style, _| style.omissions.push(Omission::Head)),
    ("tail missing", |style, _| style.omissions.push(Omission::Tail)),
    ("middle missing", |style, _| style.omissions.push(Omission::Middle)),
    ("rows missing here and there", |style, _| style.omissions.push(Omission::Scattered)),
    ("nearly all rows missing", |style, _| style.omissions.push(Omission::NearlyAll)),
    ("internal events not logged", |style, _| style.omissions.push(Omission::Kind(Kind::Internal))),
    ("receives not logged", |style, _| style.omissions.push(Omission::Kind(Kind::Receive))),
    ("sends not logged", |style, _| style.omissions.push(Omission::Kind(Kind::Send))),
    ("a kind not logged at one machine", |style, chance| {
        style.omissions.push(Omission::KindAtOne(pick(chance, &[Kind::Internal, Kind::Receive, Kind::Send])));
    }),
    ("timestamps taken before the increment, sends show it", |style, chance| {
        style.sort = pick(chance, &[Sort::Number, Sort::Pair]);
        style.setting.carried = Carried::Before;
        style.telling.send = pick(chance, &[SendTells::PeersAndStamp, SendTells::OwnAndStamp, SendTells::Stamp]);
        with_fields(style, &[layouts::STAMP], chance);
    }),
    ("timestamps taken before the increment, few receives", |style, chance| {
        style.sort = pick(chance, &[Sort::Number, Sort::Pair]);
        style.setting.carried = Carried::Before;
        style.setting.sides = style.order.len() as u64 * 3;
        style.setting.events = 10 + chance.below(15) as usize;
    }),
    ("timestamps taken after the row", |style, chance| {
        style.sort = pick(chance, &[Sort::Number, Sort::Pair]);
        style.setting.carried = Carried::After;
    }),
    ("a machine's log in rotated parts", |style, chance| {
        style.packing = Packing::Rotated(pick(chance, &["N.log.K", "N.log.K", "N-partK.log", "N.K.log"]));
        style.may_ask = true;
    }),
    ("parts by names that the user gives", |style, _| style.packing = Packing::GivenParts),
    ("a machine's log missing", |style, chance| {
        style.missing = Some(chance.below(style.order.len() as u64) as usize);
        style.packing = Packing::PerMachine;
    }),
    ("a machine's log missing that receives name", |style, chance| {
        style.missing = Some(chance.below(style.order.len() as u64) as usize);
        style.packing = Packing::PerMachine;
        style.telling.receive = pick(chance, &[ReceiveTells::SenderAndStamp, ReceiveTells::Sender]);
    }),
    ("two runs in a folder", |style, chance| {
        style.second = Second::Folder(pick(chance, &["M-run-R", "runR/M", "run_R_M", "M_19-4R-02"]));
        style.packing = Packing::PerMachine;
        style.may_ask = true;
    }),
    ("two runs in a file", |style, _| style.second = Second::Appended),
    ("restarts that forget the clock", |style, _| style.setting.restarts = true),
    ("clocks that begin elsewhere", |style, chance| {
        style.setting.first.iter_mut().for_each(|first| *first = chance.below(2000));
        style.setting.first_own.iter_mut().for_each(|first| *first = 1 + chance.below(40));
    }),
    ("merging on arrival", |style, _| style.setting.merging = Merging::Arrived),
    ("merging and counting on arrival", |style, _| style.setting.merging = Merging::ArrivedAndCounted),
    ("one message overtakes another by way of a third machine", |style, chance| {
        style.sort = pick(chance, &[Sort::List, Sort::Map]);
        style.setting.latency_ms_max = 9000;
        style.setting.rates.iter_mut().for_each(|rate| *rate = 6);
        style.setting.sides = style.order.len() as u64;
        style.telling.receive = ReceiveTells::SenderAndStamp;
        style.telling.send = SendTells::Peers;
        with_fields(style, &[layouts::STAMP, layouts::PEER], chance);
    }),
    ("messages received and delivered, by two events", |style, chance| {
        style.setting.delivers = true;
        style.setting.events += 40;
        with_fields(style, &[layouts::EVENT], chance);
    }),
    ("torn last line", |style, _| style.torn = true),
    ("torn last line, clock or timestamp last", |style, chance| {
        style.torn = true;
        style.noise = false;
        while !["bars, as albertqi's", "sentence, clock last", "Python logging", "clock in front", "minimal", "CSV"]
            .contains(&style.layout.name)
        {
            style.layout = any(chance, layouts::LAYOUTS);
        }
    }),
    ("bytes of another system", |style, chance| {
        style.crlf = chance.below(2) == 0;
        style.encoding =
            pick(chance, &[Encoding::Bom, Encoding::Bom, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Gzip]);
    }),
    ("lines printed twice", |style, chance| style.doubled = pick(chance, &[Doubled::Some, Doubled::All])),
    ("other lines between", |style, _| style.noise = true),
    ("system time set back, skewed", |style, chance| {
        style.set_back = chance.below(2) == 0;
        style.skews_ns.iter_mut().for_each(|skew| *skew = chance.below(9000) * 1_000_000);
    }),
    ("Lamport's total order", |style, _| style.sort = Sort::Pair),
    ("hybrid clocks", |style, _| style.sort = Sort::Hybrid),
    ("ids of messages", |style, chance| {
        style.telling.id = true;
        style.telling.receive =
            pick(chance, &[ReceiveTells::Nothing, ReceiveTells::Sender, ReceiveTells::SenderAndStamp]);
        with_fields(style, &[layouts::ID], chance);
    }),
    ("ids that are each sender's own numbers", |style, chance| {
        (style.telling.id, style.id) = (true, IdText::Number);
        style.telling.receive = pick(chance, &[ReceiveTells::Sender, ReceiveTells::SenderAndStamp]);
        style.telling.send = SendTells::Peers;
        with_fields(style, &[layouts::ID, layouts::PEER], chance);
    }),
    ("next and previous as peers", |style, chance| {
        style.peers.relative = true;
        (style.telling.send, style.telling.receive) =
            (SendTells::Peers, pick(chance, &[ReceiveTells::Sender, ReceiveTells::SenderAndStamp]));
    }),
    ("words that are told", |style, chance| {
        let told: Vec<_> = VOCABULARIES.iter().filter(|words| words.is_mapped).collect();
        style.vocabulary = pick(chance, &told);
        with_fields(style, &[layouts::EVENT], chance);
    }),
];

/// Omissions for any kind of log.
pub(crate) const OMISSIONS: [Omission; 8] = [
    Omission::Head,
    Omission::Tail,
    Omission::Middle,
    Omission::Scattered,
    Omission::NearlyAll,
    Omission::Kind(Kind::Internal),
    Omission::Kind(Kind::Receive),
    Omission::Kind(Kind::Send),
];

fn shuffle(places: &mut [usize], chance: &mut Chance) {
    for place in (1..places.len()).rev() {
        places.swap(place, chance.below(place as u64 + 1) as usize);
    }
}
