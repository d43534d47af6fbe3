//! Styles: a sound run, the part of it that is logged, and its form.

use tests::naive_model::Chance;

use super::{
    clocks::{CLOCK_TEXTS, ClockText, Sort},
    layouts::{self, EVENT, HOST, LAYOUTS, Layout, SHIVIZ},
    names::{self, Names},
    rows::{Omission, ReceiveTells, SendTells, SeveralReceivers, Telling},
    run::{Carried, Merging, Setting},
    template,
    times::{TIME_TEXTS, TimeText},
    words::{VOCABULARIES, Vocabulary},
};

/// A choice on every axis.
pub(crate) struct Style {
    pub(crate) setting: Setting,
    pub(crate) sort: Sort,
    pub(crate) clock_text: &'static ClockText,
    /// Order of the places of a list or the entries of a map.
    pub(crate) order: Vec<usize>,
    pub(crate) zeros: bool,
    /// Places of a list that belong to no machine, before and after the others.
    pub(crate) padding: (usize, usize),
    pub(crate) telling: Telling,
    pub(crate) omissions: Vec<Omission>,
    /// The machine without a log.
    pub(crate) missing: Option<usize>,
    pub(crate) layout: &'static Layout,
    pub(crate) vocabulary: &'static Vocabulary,
    pub(crate) time: &'static TimeText,
    /// Difference of each machine's system time, in nanoseconds, and whether it is set back in the middle.
    pub(crate) skews_ns: Vec<u64>,
    pub(crate) set_back: bool,
    pub(crate) names: Names,
    pub(crate) peers: PeerText,
    pub(crate) id: IdText,
    pub(crate) packing: Packing,
    /// Does each row name its machine, though it need not?
    pub(crate) with_host: bool,
    /// Are machines named by the user, in the order of their files?
    pub(crate) give_names: bool,
    pub(crate) second: Second,
    pub(crate) doubled: Doubled,
    pub(crate) noise: bool,
    pub(crate) crlf: bool,
    pub(crate) encoding: Encoding,
    pub(crate) torn: bool,
    /// Does the last line lack its end?
    pub(crate) is_unended: bool,
    /// Are messages of one receive written together, each sender glued to the timestamp before it?
    pub(crate) glued: bool,
    /// Groups that the user's pattern does not have, though the rows tell them.
    pub(crate) unread: Vec<&'static str>,
    /// Is the checker asked without a pattern, where it should know the layout?
    pub(crate) unasked: bool,
    /// Does the user say that nothing is left out, and that all is one run?
    pub(crate) complete: bool,
    pub(crate) one_run: bool,
    /// May the checker ask in place of judging?
    pub(crate) may_ask: bool,
}

/// Peers as text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerText {
    pub(crate) before: &'static str,
    pub(crate) between: &'static str,
    pub(crate) brackets: bool,
    pub(crate) all: &'static str,
    /// `next` and `previous` in place of names.
    pub(crate) relative: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum IdText {
    /// `m17`, unique in the run.
    Run,
    /// `2-17`: the sender and its own number.
    SenderAndNumber,
    /// `17`: the sender's own number, which another sender has too.
    Number,
    /// Hexadecimal digits without an order.
    Hash,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Packing {
    PerMachine,
    OneFile,
    /// Parts of a machine's log, by the names of files.
    Rotated(&'static str),
    /// Parts of a machine's log, by the names that the user gives.
    GivenParts,
    /// Receives in a file of their own.
    ByKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Second {
    None,
    /// Files of another run beside it.
    Folder(&'static str),
    /// Rows of another run in the same files.
    Appended,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Doubled {
    No,
    Some,
    All,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Encoding {
    Utf8,
    Bom,
    Utf16Le,
    Utf16Be,
    Gzip,
}

/// One of these.
pub(crate) fn pick<T: Copy>(chance: &mut Chance, among: &[T]) -> T {
    among[chance.below(among.len() as u64) as usize]
}

/// One of a table.
pub(crate) fn any<T>(chance: &mut Chance, table: &'static [T]) -> &'static T {
    &table[chance.below(table.len() as u64) as usize]
}

const BEFORE: [&str; 6] = ["", "", "", "machine ", "node ", "process "];
const BETWEEN: [&str; 4] = [", ", " ", " and ", ","];
const ALL_OF_THREE: &[&str] = &["both", "both other machines", "all", "both others"];
const ALL: &[&str] = &["all", "all other machines", "everyone", "all others"];

impl Style {
    /// A style that leaves nothing out.
    pub(crate) fn plain(chance: &mut Chance) -> Self {
        let machines = pick(chance, &[2, 3, 3, 3, 3, 4, 5, 6]);
        let setting = setting(machines, chance);
        let sort = pick(
            chance,
            &[Sort::Number, Sort::Number, Sort::Number, Sort::Pair, Sort::List, Sort::List, Sort::Map, Sort::Hybrid],
        );
        let (_, names) = pick(chance, names::ALIKE);
        let several = [SeveralReceivers::OneRow, SeveralReceivers::OneRowSaysAll];
        let receive = [
            ReceiveTells::SenderAndStamp,
            ReceiveTells::SenderAndStamp,
            ReceiveTells::Stamp,
            ReceiveTells::Sender,
            ReceiveTells::Nothing,
        ];
        let send = [
            SendTells::Peers,
            SendTells::Peers,
            SendTells::PeersAndStamp,
            SendTells::Own,
            SendTells::OwnAndStamp,
            SendTells::Stamp,
            SendTells::Nothing,
        ];
        Self {
            sort,
            clock_text: clock_text(sort, chance),
            order: (0..machines).collect(),
            zeros: chance.below(2) == 0,
            padding: (0, 0),
            telling: Telling {
                receive: pick(chance, &receive),
                send: pick(chance, &send),
                several: pick(chance, &several),
                id: false,
                queue: chance.below(3) == 0,
            },
            omissions: Vec::new(),
            missing: None,
            layout: any(chance, LAYOUTS),
            vocabulary: any(chance, VOCABULARIES),
            time: any(chance, TIME_TEXTS),
            skews_ns: vec![0; machines],
            set_back: false,
            names: names(machines, chance),
            peers: PeerText {
                before: pick(chance, &BEFORE),
                between: pick(chance, &BETWEEN),
                brackets: chance.below(4) == 0,
                all: pick(chance, if machines == 3 { ALL_OF_THREE } else { ALL }),
                relative: false,
            },
            id: pick(chance, &[IdText::Run, IdText::SenderAndNumber, IdText::Hash]),
            packing: if chance.below(5) == 0 { Packing::OneFile } else { Packing::PerMachine },
            with_host: chance.below(8) == 0,
            give_names: chance.below(10) == 0,
            second: Second::None,
            doubled: Doubled::No,
            noise: false,
            crlf: false,
            encoding: Encoding::Utf8,
            torn: false,
            is_unended: chance.below(12) == 0,
            glued: false,
            unread: if chance.below(6) == 0 {
                vec![pick(chance, &["event", "peer", "peer", "stamp", "time"])]
            } else {
                Vec::new()
            },
            unasked: chance.below(2) == 0,
            complete: false,
            one_run: false,
            may_ask: false,
            setting,
        }
    }

    /// Replaces choices that do not go together.
    pub(crate) fn settle(&mut self, chance: &mut Chance) {
        let has_odd_keys = self.names.keys.iter().any(|key| key.contains([':', ' ', '.']));
        let is_bare = |text: &ClockText| matches!(text.sort, Sort::Map | Sort::Pair) && !text.name.contains('"');
        while self.clock_text.sort != self.sort || (has_odd_keys && is_bare(self.clock_text) && self.sort == Sort::Map)
        {
            self.clock_text = clock_text(self.sort, chance);
        }
        if self.layout.is_shiviz && self.sort != Sort::Map {
            self.sort = Sort::Map;
        }
        if self.layout.is_shiviz {
            self.clock_text = CLOCK_TEXTS.iter().find(|text| text.sort == Sort::Map && text.is_json).expect("JSON");
        }
        if self.setting.carried == Carried::Before {
            self.setting.first.iter_mut().for_each(|first| *first = (*first).max(1));
        }
        if self.names.spoken.iter().any(|name| name.contains(['-', '.', ':', ' '])) {
            // `node node-a` is not written by people.
            self.peers.before = "";
        }
        if matches!(self.packing, Packing::GivenParts | Packing::ByKind) {
            self.with_host = false;
        }
        // Without a word of its own a delivery would be a second receive.
        self.setting.delivers &= template::has(self.layout, EVENT);
        if self.layout.is_shiviz
            || self.with_host
            || self.packing == Packing::OneFile
            || matches!(self.second, Second::Folder(_))
        {
            self.give_names = false;
        }
        if self.packing == Packing::OneFile && !template::has(self.layout, HOST) {
            self.packing = Packing::PerMachine;
        }
        self.give_names &= self.packing != Packing::ByKind;
        self.may_ask |= self.packing == Packing::ByKind;
        let begins_again = self.setting.restarts || self.second != Second::None;
        self.may_ask |= self.packing == Packing::GivenParts && begins_again;
        if matches!(self.packing, Packing::GivenParts | Packing::ByKind) && self.layout.is_shiviz {
            self.packing = Packing::PerMachine;
        }
        if self.id == IdText::Number
            && !matches!(self.telling.receive, ReceiveTells::Sender | ReceiveTells::SenderAndStamp)
        {
            // Its sender could not be told.
            self.id = IdText::SenderAndNumber;
        }
        let is_of_digits = self.names.spoken.iter().all(|name| name.len() == 1);
        self.glued &= self.layout.name == layouts::GLUED.name && is_of_digits && self.sort == Sort::Number;
        self.glued &= self.telling.receive == ReceiveTells::SenderAndStamp;
        self.glued &= self.telling.send == SendTells::OwnAndStamp;
        if self.glued {
            self.clock_text = &CLOCK_TEXTS[0];
        }
        if self.layout.name == layouts::GLUED.name && !self.glued {
            self.layout = &LAYOUTS[0];
        }
        if self.packing == Packing::OneFile && !self.layout.names_hosts() {
            // Events of several machines in one file, which nothing distinguishes.
            self.packing = Packing::PerMachine;
        }
        self.unasked &= self.unread.is_empty();
        // A layout that is not recognised, files that are cut in the first line, or parts of two runs: a question.
        let are_parts_of_runs = self.packing == Packing::GivenParts && self.second == Second::Appended;
        let may_be_cut = self.torn || self.is_unended;
        self.may_ask |= self.unasked || may_be_cut || are_parts_of_runs;
        let is_like_a_list = self.sort == Sort::Pair && self.order.len() == 2;
        // A vector whose own count begins again may look like one of the machine that it hears of most.
        let may_look_like_another = self.setting.restarts && matches!(self.sort, Sort::List | Sort::Map);
        self.may_ask |= self.clock_text.is_ambiguous || is_like_a_list || may_look_like_another;
        if self.has_several_stamps() && self.sort != Sort::Number {
            // Only numbers can be told apart in a row of several.
            self.telling.receive = ReceiveTells::Sender;
        }
        if self.sort == Sort::Pair && self.telling.receive == ReceiveTells::SenderAndStamp && chance.below(2) == 0 {
            // The timestamp names its sender.
            self.telling.receive = ReceiveTells::Stamp;
        }
        let is_whole = self.omissions.is_empty() && !self.torn && self.missing.is_none() && self.second == Second::None;
        let begins_at_one = self.setting.first_own.iter().all(|first| *first == 1);
        let is_usual = begins_at_one
            && self.setting.merging == Merging::Taken
            && self.setting.carried == Carried::Send
            && !self.setting.restarts;
        if is_whole && is_usual && chance.below(4) == 0 {
            self.one_run = true;
            self.complete = chance.below(2) == 0 && matches!(self.packing, Packing::PerMachine | Packing::OneFile);
        }
    }

    /// Can a row have several timestamps?
    pub(crate) fn has_several_stamps(&self) -> bool {
        self.setting.batch_max > 1
    }

    /// Does each row name its machine?
    pub(crate) fn rows_name_machines(&self) -> bool {
        self.with_host || self.packing == Packing::OneFile || self.layout.is_shiviz
    }

    /// A line that describes the style.
    pub(crate) fn describe(&self) -> String {
        format!(
            "{} machines · {} · names {} · clock {} · words {} · time {} · receive {:?} · send {:?} · several {:?} · \
             {:?} · {:?} · {:?}{}{}{}{}{}{}",
            self.setting.rates.len(),
            self.layout.name,
            self.names.style,
            self.clock_text.name,
            self.vocabulary.name,
            self.time.name,
            self.telling.receive,
            self.telling.send,
            self.telling.several,
            self.packing,
            self.second,
            self.omissions,
            if self.complete { " · asked as complete" } else { "" },
            if self.one_run { " · asked as one run" } else { "" },
            if self.unasked && self.layout.is_known { " · without a pattern" } else { "" },
            if self.telling.id { " · ids" } else { "" },
            if self.torn { " · torn" } else { "" },
            if self.unread.is_empty() { String::new() } else { format!(" · not read: {}", self.unread.join(", ")) },
        )
    }
}

fn setting(machines: usize, chance: &mut Chance) -> Setting {
    let first = pick(chance, &[0, 1, 1, 1, 2, 57]);
    Setting {
        rates: (0..machines).map(|_| 1 + chance.below(6)).collect(),
        sides: machines as u64 + chance.below(8),
        events: 10 + chance.below(70) as usize,
        first: (0..machines).map(|_| if chance.below(8) == 0 { chance.below(30) } else { first }).collect(),
        step: 1,
        first_own: vec![1; machines],
        all_is_one: chance.below(5) > 0,
        merging: Merging::Taken,
        carried: Carried::Send,
        batch_max: 1,
        delivers: false,
        restarts: false,
        latency_ms_max: pick(chance, &[2, 200, 1500, 5000]),
        grain_ms: pick(chance, &[1, 100, 1000, 60_000]),
        // An evening in March 2023, or two seconds before a midnight.
        started_ns: pick(chance, &[1_678_221_498_148_000_000, 1_678_233_598_000_000_000])
            + chance.below(1000) * 1_000_000,
    }
}

/// A text for this sort of clock.
pub(crate) fn clock_text(sort: Sort, chance: &mut Chance) -> &'static ClockText {
    let texts: Vec<&ClockText> = CLOCK_TEXTS.iter().filter(|text| text.sort == sort).collect();
    pick(chance, &texts)
}

/// A layout of ShiViz.
pub(crate) fn shiviz(style: &mut Style, chance: &mut Chance) {
    style.layout = any(chance, SHIVIZ);
    style.sort = Sort::Map;
    if style.names.keys.iter().any(|key| key.contains(' ')) {
        style.names = (names::ALIKE[2].1)(style.order.len(), chance);
    }
}

/// A layout in which rows have these fields.
pub(crate) fn with_fields(style: &mut Style, fields: &[usize], chance: &mut Chance) {
    while !fields.iter().all(|field| template::has(style.layout, *field)) {
        style.layout = any(chance, LAYOUTS);
    }
}
