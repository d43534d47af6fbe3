//! Terms to clocks: the kind of clock that a group of numbers, words and pairs is.

use super::{
    ClockText, Wrong,
    hybrid::{WALL_MIN, nanoseconds},
    names::{Role, is_date, is_hybrid, is_month, role},
    number,
    terms::{Group, Term},
};

/// The clock of a whole text.
pub(super) fn of_top(group: &Group<'_>) -> Result<ClockText, Wrong> {
    match &group.terms[..] {
        [Term::Bare(word)] => of_word(word),
        [Term::Group(inside)] => of_group(inside),
        [Term::Bare(time), Term::Bare(_) | Term::Quoted(_)] if !group.has_commas && number::parse(time).is_some() => {
            // Two numbers between blanks are a list, a number and a word are prose.
            if group.terms.iter().all(|term| count(term).is_some()) { of_group(group) } else { Err(Wrong::Mixture) }
        }
        [Term::Bare(word), _] if number::parse(word).is_none() => Err(Wrong::NoNumber((*word).to_owned())),
        terms if terms.iter().any(|term| matches!(term, Term::Bare(word) if number::is_padded(word))) => {
            Err(Wrong::Date)
        }
        _ => of_group(group),
    }
}

/// The clock of a word without brackets.
fn of_word(word: &str) -> Result<ClockText, Wrong> {
    match number::parse(word) {
        Some(number) => number.map(ClockText::Number),
        None => stamped(word).ok_or_else(|| Wrong::NoNumber(word.to_owned())),
    }
}

/// `3@n1`, `3.n1` and the like: a time, a sign and the process.
fn stamped(word: &str) -> Option<ClockText> {
    let digits = word.bytes().position(|byte| !byte.is_ascii_digit())?;
    let (time, rest) = word.split_at(digits);
    let process = rest.strip_prefix(['.', '@', '#', '/', ':', '-', '_'])?;
    let is_name = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | '@' | ':');
    let exponent = process.strip_prefix(['e', 'E']).unwrap_or("-");
    let is_process = process.starts_with(char::is_alphabetic)
        && process.chars().all(is_name)
        && (rest.starts_with(['@', '#', ':']) || !is_month(process))
        && !number::is_all(exponent.trim_start_matches('-'), u8::is_ascii_digit);
    is_process.then_some(())?;
    Some(ClockText::Stamped { time: number::plain(time)?, process: process.to_owned() })
}

/// The clock of brackets, or of a text without any that is more than one word.
fn of_group(group: &Group<'_>) -> Result<ClockText, Wrong> {
    if group.constructor.is_some_and(is_date) {
        return Err(Wrong::Date);
    }
    let terms: Vec<&Term<'_>> = group.terms.iter().filter(|term| !is_type(term)).collect();
    if let [Term::Group(inside)] = terms[..]
        && (group.open == '(' || entry(inside).is_none())
    {
        return of_group(inside);
    }
    if let [Term::Bare(word)] = terms[..] {
        return of_word(word);
    }
    if let Some(entries) = entries(&terms) {
        return named(entries);
    }
    let pairs: Option<Vec<(&Term<'_>, &Term<'_>)>> = terms.iter().map(|term| term.pair()).collect();
    if let Some(pairs) = pairs {
        return of_pairs(group, &pairs);
    }
    if let Some(counts) = terms.iter().map(|term| count(term)).collect::<Option<Result<Vec<u64>, Wrong>>>() {
        return of_counts(group, &terms, counts?);
    }
    if let Some((time, process)) = time_and_process(&terms) {
        if process.is_empty() {
            return Err(Wrong::NoName);
        }
        // Clojure writes a map as `{"a" 1}`, and Go a structure as `{a 1}`.
        let is_map = group.open == '{' && !group.has_commas && !matches!(terms[0], Term::Bare(_));
        return if is_map { named(vec![(process, time)]) } else { Ok(ClockText::Stamped { time: time?, process }) };
    }
    if let Some(counts) = alternating(group, &terms) {
        return named(counts);
    }
    let mut inside = terms.iter().filter_map(|term| term.group());
    if let (Some(inside), None) = (inside.next(), inside.next())
        && terms.iter().all(|term| term.group().is_some() || term.pair().is_some() || count(term).is_none())
    {
        // Go prints a structure as `{n1 map[n1:1]}`, numpy an array as `array([1], dtype=int64)`.
        return match of_group(inside)? {
            vector @ (ClockText::List(_) | ClockText::Named(_)) => Ok(vector),
            _ => Err(Wrong::Mixture),
        };
    }
    let no_number = terms.iter().find_map(|term| match term {
        Term::Bare(word) if number::parse(word).is_none() => Some(Wrong::NoNumber((*word).to_owned())),
        Term::Bare(word) => number::parse(word)?.err(),
        _ => None,
    });
    Err(no_number.unwrap_or(Wrong::Mixture))
}

/// Python's `<class 'int'>` and the like, beside a map.
fn is_type(term: &Term<'_>) -> bool {
    let Term::Group(Group { open: '<', terms, .. }) = term else { return false };
    matches!(terms[..], [Term::Bare("class" | "function" | "built-in"), _, ..])
}

/// The clock of numbers only.
fn of_counts(group: &Group<'_>, terms: &[&Term<'_>], counts: Vec<u64>) -> Result<ClockText, Wrong> {
    if counts.is_empty() {
        return Ok(ClockText::Named(Vec::new()));
    }
    if group.has_blanks && group.has_commas {
        return Err(Wrong::Mixture);
    }
    let quoted = |term: &Term<'_>| matches!(term, Term::Quoted(_));
    Ok(match (&counts[..], terms) {
        ([number], _) => ClockText::Number(*number),
        ([wall, count], _) if group.constructor.is_some_and(is_hybrid) => {
            ClockText::Hybrid { wall: *wall, count: *count }
        }
        // Only the name of a process is in quotes.
        ([time, _], [first, Term::Quoted(process)]) if !quoted(first) => {
            ClockText::Stamped { time: *time, process: process.to_string() }
        }
        ([_, time], [Term::Quoted(process), second]) if !quoted(second) => {
            ClockText::Stamped { time: *time, process: process.to_string() }
        }
        _ => ClockText::List(counts),
    })
}

/// The clock of pairs only.
fn of_pairs(group: &Group<'_>, pairs: &[(&Term<'_>, &Term<'_>)]) -> Result<ClockText, Wrong> {
    let is_bare = group.constructor.is_none() && group.open != '{';
    let is_number = |key: &Term<'_>| {
        let is_name = |character: char| character.is_alphabetic();
        matches!(key, Term::Bare(key) if key.starts_with(|first: char| first.is_ascii_digit()) && !key.contains(is_name))
    };
    if is_bare && pairs.iter().any(|(key, _)| is_number(key)) {
        let numbers = || pairs.iter().map(|(key, value)| numbers(key, value));
        match numbers().collect::<Option<Vec<(u64, u64)>>>().as_deref() {
            // The time of a hybrid clock is a large number in any unit.
            Some([(wall, count)]) if *wall >= WALL_MIN => {
                return Ok(ClockText::Hybrid { wall: *wall, count: *count });
            }
            // `10:15` is a time of day, and `10.0.0.1:7101` an address.
            Some([(hours, minutes)]) if (10..24).contains(hours) && (10..60).contains(minutes) => {
                return Err(Wrong::Mixture);
            }
            Some(_) => {}
            None => return Err(Wrong::Mixture),
        }
    }
    let fields = || pairs.iter().map(|(key, value)| (key.name().map_or(Role::Other, |key| role(&key)), *value));
    let mut process = None;
    let mut rest = Vec::new();
    for (role, value) in fields() {
        match (role, value.name()) {
            (Role::Process, Some(name)) if process.is_none() && pairs.len() > 1 => process = Some(name),
            (Role::Type, _) => {}
            _ => rest.push((role, value)),
        }
    }
    match (&rest[..], process) {
        ([(_, Term::Group(inside))], _) if count(rest[0].1).is_none() => return of_group(inside),
        ([(role, time)], process) if role.is_time() => match (count(time), process) {
            (Some(_), Some(process)) if process.is_empty() => return Err(Wrong::NoName),
            (Some(time), Some(process)) => return Ok(ClockText::Stamped { time: time?, process }),
            (Some(time), None) => return time.map(ClockText::Number),
            (None, _) => {}
        },
        ([first, second], _) => {
            let hybrid = hybrid(first, second).or_else(|| hybrid(second, first));
            if let Some(hybrid) = hybrid {
                return hybrid;
            }
        }
        _ => {}
    }
    named(pairs.iter().map(|(key, value)| {
        let count = count(value).unwrap_or_else(|| Err(Wrong::NoNumber(value.name().unwrap_or_default())));
        (key.name().unwrap_or_default(), count)
    }))
}

/// A key and a count that are plain numbers, without zeros before them.
fn numbers(key: &Term<'_>, value: &Term<'_>) -> Option<(u64, u64)> {
    let number = |term: &Term<'_>| match term {
        Term::Bare(word) if !number::is_padded(word) => number::plain(word),
        _ => None,
    };
    Some((number(key)?, number(value)?))
}

/// A physical part and a count, if these two fields are that.
fn hybrid(wall: &(Role, &Term<'_>), counter: &(Role, &Term<'_>)) -> Option<Result<ClockText, Wrong>> {
    if !wall.0.is_wall_beside(counter.0) {
        return None;
    }
    let date = || wall.1.name().and_then(|date| nanoseconds(&date)).map(Ok);
    let (wall, count) = (count(wall.1).or_else(date)?, count(counter.1)?);
    Some(wall.and_then(|wall| Ok(ClockText::Hybrid { wall, count: count? })))
}

/// Counts by name, sorted.
fn named(counts: impl IntoIterator<Item = (String, Result<u64, Wrong>)>) -> Result<ClockText, Wrong> {
    let mut named = Vec::new();
    for (name, count) in counts {
        if name.is_empty() {
            return Err(Wrong::NoName);
        }
        named.push((name, count?));
    }
    named.sort();
    match named.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(Wrong::Twice(pair[0].0.clone())),
        None => Ok(ClockText::Named(named)),
    }
}

/// A number, wrapped in a constructor or not; `None` if the term is something else.
fn count(term: &Term<'_>) -> Option<Result<u64, Wrong>> {
    match term {
        Term::Bare(word) => number::parse(word),
        Term::Quoted(word) => number::parse(word),
        Term::Group(Group { constructor: Some(_), terms, .. }) => match &terms[..] {
            [term @ Term::Bare(_)] => count(term),
            _ => None,
        },
        _ => None,
    }
}

/// A time with its process, in any order: one is a number, and the other is not.
fn time_and_process(terms: &[&Term<'_>]) -> Option<(Result<u64, Wrong>, String)> {
    let [first, second] = terms else { return None };
    // An address is a pair by its form.
    let address =
        |term: &Term<'_>| term.pair().and_then(|(host, port)| Some(format!("{}:{}", host.name()?, port.name()?)));
    match (count(first), count(second)) {
        (Some(time), None) => Some((time, second.name().or_else(|| address(second))?)),
        (None, Some(time)) => Some((time, first.name()?)),
        _ => None,
    }
}

/// A name and its count as a group of two: `{amy,1}`, `("a", 1)`. Numbers as names are not in square brackets: those are
/// the rows of a matrix.
fn entry(group: &Group<'_>) -> Option<(String, Result<u64, Wrong>)> {
    let (name, number) = match &group.terms[..] {
        [name, number] => (name, number),
        [pair] => pair.pair()?,
        _ => return None,
    };
    let is_row = group.open == '[' && count(name).is_some() && !matches!(name, Term::Quoted(_));
    if is_row || group.constructor.is_some() {
        return None;
    }
    Some((name.name()?, count(number)?))
}

type Counts = Vec<(String, Result<u64, Wrong>)>;

fn entries(terms: &[&Term<'_>]) -> Option<Counts> {
    let entries: Option<Counts> = terms.iter().map(|term| entry(term.group()?)).collect();
    entries.filter(|entries| !entries.is_empty())
}

/// Names and counts in turn, as Clojure writes a map.
fn alternating(group: &Group<'_>, terms: &[&Term<'_>]) -> Option<Counts> {
    if group.open != '{' || !group.has_blanks || terms.len() % 2 == 1 {
        return None;
    }
    terms.chunks(2).map(|pair| Some((pair[0].name().filter(|_| count(pair[0]).is_none())?, count(pair[1])?))).collect()
}

impl<'a> Term<'a> {
    fn pair(&self) -> Option<(&Term<'a>, &Term<'a>)> {
        if let Term::Pair(pair) = self { Some((&pair.0, &pair.1)) } else { None }
    }

    fn group(&self) -> Option<&Group<'a>> {
        if let Term::Group(group) = self { Some(group) } else { None }
    }

    /// A name: a word, or one in brackets, as Erlang's `<<"a">>` and PHP's `[a]`.
    fn name(&self) -> Option<String> {
        match self {
            Term::Bare(word) | Term::Keyword(word) => Some((*word).to_owned()),
            Term::Quoted(word) => Some(word.to_string()),
            Term::Group(Group { terms, .. }) => match &terms[..] {
                [word] => word.name(),
                _ => None,
            },
            Term::Pair(_) => None,
        }
    }
}
