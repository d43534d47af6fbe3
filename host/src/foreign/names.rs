//! The machines that the words of events mean.

use super::kinds::{has_word, says_all};

/// The machines of a run, and their names in its events.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// Per machine, its name in events.
    spoken: Vec<String>,
    /// The order of the ring, if names are numbers or letters without a gap.
    ring: Option<Vec<usize>>,
    /// Is the numbering of events unclear, so that no word can be trusted?
    pub(super) is_unclear: bool,
}

/// A machine as an event of another names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mention {
    pub(super) by: usize,
    pub(super) is_send: bool,
    pub(super) words: String,
}

/// The machines that a text names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Named {
    /// These, by their places, in ascending order.
    Machines(Vec<usize>),
    /// All but the machine itself.
    All,
    /// A word that is no machine's.
    Stranger,
    /// Nothing.
    Nothing,
}

impl Names {
    /// Machines with these names, from their files or hosts, and with these keys in their vectors. Events may use
    /// either. If names are small numbers, events may count from 0 and names from 1, or the other way round. No machine
    /// sends to itself, so `mentions` decide: the reading is taken that fits them best, if it is only one.
    pub(super) fn new(own: &[String], keys: &[Option<String>], mentions: &[Mention]) -> Self {
        let ring = ring_order(own);
        let reading = |spoken: Vec<String>| Self { spoken, ring: ring.clone(), is_unclear: false };
        let counted = |by: i64| {
            let number = |name: &String| name.parse::<u64>().ok().filter(|number| *number < 100);
            let shifted = own.iter().map(|name| Some(number(name)?.checked_add_signed(by)?.to_string()));
            shifted.collect::<Option<Vec<String>>>().filter(|_| !own.is_empty())
        };
        let keys = keys.iter().cloned().collect::<Option<Vec<String>>>().filter(|keys| keys != own && !keys.is_empty());
        let may_be_shifted = keys.is_none();
        let shifted = if may_be_shifted { [counted(-1), counted(1)] } else { [None, None] };
        let readings: Vec<Self> =
            [Some(own.to_vec()), keys].into_iter().chain(shifted).flatten().map(reading).collect();
        let misfits: Vec<(usize, usize)> = readings.iter().map(|names| names.misfits(mentions)).collect();
        let best = misfits.iter().copied().min().unwrap_or_default();
        // A name of no machine here may be one without a log; that is no reason to count from another number.
        let is_shift_open = may_be_shifted && misfits.first().is_some_and(|own| own.0 == best.0 && own.1 > best.1);
        let mut fitting =
            readings.into_iter().zip(misfits).filter(|(_, misfits)| *misfits == best).map(|(names, _)| names);
        let names = fitting.next().unwrap_or_else(|| reading(own.to_vec()));
        let told = |names: &Self| mentions.iter().map(|mention| names.in_text(&mention.words)).collect::<Vec<_>>();
        let differs = |other: Self| told(&other) != told(&names);
        // No machine sends to itself: a reading in which many do is none.
        let repeats = |(place, name): (usize, &String)| names.spoken[..place].contains(name);
        let is_unclear = fitting.any(differs)
            || is_shift_open
            || best.0 * 10 > mentions.len()
            || names.spoken.iter().enumerate().any(repeats);
        Self { is_unclear, ..names }
    }

    /// The number of mentions that name the machine itself, and of those that name none.
    fn misfits(&self, mentions: &[Mention]) -> (usize, usize) {
        let told: Vec<(&Mention, Named)> =
            mentions.iter().map(|mention| (mention, self.in_text(&mention.words))).collect();
        let is_itself = |(mention, named): &&(&Mention, Named)| *named == Named::Machines(vec![mention.by]);
        // Sends may name their own machine, as the sender, instead of the receiver.
        let mut sends = told.iter().filter(|(mention, named)| mention.is_send && *named != Named::All);
        let say_who_sends = sends.all(|send| is_itself(&send));
        let counts = told.iter().filter(|(mention, _)| !(say_who_sends && mention.is_send));
        let strangers = counts.clone().filter(|(_, named)| *named == Named::Stranger).count();
        (counts.filter(is_itself).count(), strangers)
    }

    /// The machines' names in events.
    pub(super) fn called(&self) -> impl Iterator<Item = &str> {
        self.spoken.iter().map(String::as_str)
    }

    /// The number of machines.
    pub(super) fn len(&self) -> usize {
        self.spoken.len()
    }

    /// The machines that a text names.
    pub(super) fn in_text(&self, text: &str) -> Named {
        let text = text.trim();
        if text.is_empty() || text == "-" {
            return Named::Nothing;
        }
        let places = 0..self.spoken.len();
        let lower = text.to_lowercase();
        let is_named = |place: &usize| has_word(text, &self.spoken[*place]);
        let mut named: Vec<usize> = places.clone().filter(is_named).collect();
        if named.is_empty() {
            // In other letters, or with other signs between them.
            let plain = plain(text);
            let is_named = |place: &usize| {
                let name = &self.spoken[*place];
                name.contains(char::is_alphabetic) && has_word(&plain, &self::plain(name))
            };
            named.extend(places.clone().filter(is_named));
        }
        if !named.is_empty() {
            // A name that is part of a longer one is not meant: `a` in `node-a`.
            let whole = named.iter().copied().filter(|place| self.spoken[*place] == text);
            let whole: Vec<usize> = whole.collect();
            return Named::Machines(if whole.is_empty() { named } else { whole });
        }
        let first = |place: usize| self.spoken[place].as_str();
        let letters =
            places.clone().all(|place| matches!(first(place).as_bytes(), [letter] if letter.is_ascii_alphabetic()));
        if letters && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            // `CA` for C and A.
            let found: Vec<usize> = places.filter(|place| text.contains(first(*place))).collect();
            if found.len() == text.len() {
                return Named::Machines(found);
            }
        }
        if says_all(&lower) { Named::All } else { Named::Stranger }
    }

    /// The machines that a text of this machine's events names, neighbours in the ring among them (`next`, `previous`).
    pub(super) fn told_by(&self, machine: usize, text: &str) -> Named {
        let words = || text.split(|edge: char| !edge.is_alphanumeric());
        let steps: Vec<i8> = words().filter_map(neighbour).collect();
        if steps.is_empty() {
            return self.in_text(text);
        }
        let others: Vec<&str> = words().filter(|word| neighbour(word).is_none()).collect();
        let mut named = match self.in_text(&others.join(" ")) {
            Named::Machines(named) => named,
            _ => Vec::new(),
        };
        for step in steps {
            let place = self.ring.as_ref().and_then(|ring| {
                let at = ring.iter().position(|place| *place == machine)?;
                ring.get((at + ring.len()).checked_add_signed(isize::from(step))? % ring.len()).copied()
            });
            let Some(place) = place else { return Named::Stranger };
            named.push(place);
        }
        named.sort_unstable();
        named.dedup();
        Named::Machines(named)
    }

    /// Is a text no name of a machine, nor a neighbour of one?
    pub(super) fn is_stranger(&self, text: &str) -> bool {
        self.told_by(0, text) == Named::Stranger
    }

    /// A number with a machine's name glued to its end: `120` is `12`, and then machine `0`.
    pub(super) fn split_glued(&self, text: &str) -> Option<(u64, usize)> {
        (0..self.spoken.len()).find_map(|place| {
            let number = text.strip_suffix(self.spoken[place].as_str())?;
            Some((number.parse().ok()?, place))
        })
    }
}

/// A name in lower case, with one blank for each run of other signs: `VM-4` and `vm 4` are one name.
fn plain(name: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// The step in the ring that a word means.
fn neighbour(word: &str) -> Option<i8> {
    match word.to_lowercase().as_str() {
        "next" | "successor" | "right" | "clockwise" => Some(1),
        "previous" | "prev" | "predecessor" | "left" | "counterclockwise" => Some(-1),
        _ => None,
    }
}

/// The machines in the order of a ring: of names that are numbers or letters, each one after the other.
fn ring_order(names: &[String]) -> Option<Vec<usize>> {
    let rank = |name: &String| match (name.parse::<u64>(), name.as_bytes()) {
        (Ok(number), _) => Some(number),
        (_, [letter]) => Some(u64::from(letter.to_ascii_lowercase())),
        _ => None,
    };
    let ranks: Vec<u64> = names.iter().map(rank).collect::<Option<_>>()?;
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|place| ranks[*place]);
    let starts = |rank: u64| matches!(rank, 0 | 1) || rank == u64::from(b'a');
    let is_whole = order.windows(2).all(|pair| ranks[pair[1]] == ranks[pair[0]] + 1);
    (order.len() > 1 && is_whole && starts(ranks[order[0]])).then_some(order)
}
