//! Clocks as text, as programs in many languages print them.

use super::run::Clocks;

/// The sorts of clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(crate) enum Sort {
    /// Lamport's.
    Number,
    /// Lamport's with the machine, which makes a total order.
    Pair,
    /// A vector by position.
    List,
    /// A vector by name.
    Map,
    /// Physical time and count.
    Hybrid,
}

/// A clock with the names that its text needs.
pub(crate) struct Shown<'a> {
    /// The clock.
    pub(crate) clocks: &'a Clocks,
    /// The machine in a pair.
    pub(crate) owner: &'a str,
    /// The machine of each place of a list, and the order of a map's entries.
    pub(crate) order: &'a [usize],
    /// Keys of a map.
    pub(crate) keys: &'a [String],
    /// Are entries of 0 written in a map?
    pub(crate) zeros: bool,
    /// Zeros before and after the counts of a list.
    pub(crate) padding: (usize, usize),
}

/// A way to write a clock.
pub(crate) struct ClockText {
    pub(crate) name: &'static str,
    pub(crate) sort: Sort,
    pub(crate) write: fn(&Shown<'_>) -> String,
    /// The expression that finds it, as a user writes it.
    pub(crate) expression: &'static str,
    /// Is it JSON as it stands?
    pub(crate) is_json: bool,
    /// Can it as well be a clock of another sort, so that the checker may ask?
    pub(crate) is_ambiguous: bool,
}

impl ClockText {
    /// Is it digits and nothing else?
    pub(crate) fn is_digits(&self) -> bool {
        self.sort == Sort::Number
    }
}

fn list(shown: &Shown<'_>, between: &str) -> String {
    let zeros = |count: usize| std::iter::repeat_n(0, count);
    let counts = shown.order.iter().map(|place| shown.clocks.vector[*place]);
    let padded = zeros(shown.padding.0).chain(counts).chain(zeros(shown.padding.1));
    padded.map(|count| count.to_string()).collect::<Vec<_>>().join(between)
}

/// The entries of a map, each written by a pattern in which `K` is the key and `N` the count.
fn map(shown: &Shown<'_>, entry: &str, between: &str) -> String {
    let entries: Vec<String> = shown
        .order
        .iter()
        .filter(|place| shown.zeros || shown.clocks.vector[**place] > 0)
        .map(|place| {
            let (before, rest) = entry.split_once('K').expect("an entry has a key");
            let (middle, after) = rest.split_once('N').expect("an entry has a count");
            format!("{before}{}{middle}{}{after}", shown.keys[*place], shown.clocks.vector[*place])
        })
        .collect();
    entries.join(between)
}

fn size(shown: &Shown<'_>) -> usize {
    shown.order.iter().filter(|place| shown.zeros || shown.clocks.vector[**place] > 0).count()
}

const fn text(name: &'static str, sort: Sort, write: fn(&Shown<'_>) -> String, expression: &'static str) -> ClockText {
    ClockText { name, sort, write, expression, is_json: false, is_ambiguous: false }
}

const fn json(name: &'static str, sort: Sort, write: fn(&Shown<'_>) -> String, expression: &'static str) -> ClockText {
    ClockText { name, sort, write, expression, is_json: true, is_ambiguous: false }
}

/// All of them.
pub(crate) const CLOCK_TEXTS: &[ClockText] = &[
    json("number", Sort::Number, |shown| shown.clocks.lamport.to_string(), r"\d+"),
    json("number as a float", Sort::Number, |shown| format!("{}.0", shown.clocks.lamport), r"[\d.]+"),
    text("number with zeros before it", Sort::Number, |shown| format!("{:05}", shown.clocks.lamport), r"\d+"),
    text("number in columns", Sort::Number, |shown| format!("{:>6}", shown.clocks.lamport), r" *\d+"),
    text("pair (t, p)", Sort::Pair, |shown| format!("({}, {})", shown.clocks.lamport, shown.owner), r"\(.+?\)"),
    text("pair (t,p)", Sort::Pair, |shown| format!("({},{})", shown.clocks.lamport, shown.owner), r"\(.+?\)"),
    text("pair <t,p>", Sort::Pair, |shown| format!("<{},{}>", shown.clocks.lamport, shown.owner), r"<.+?>"),
    text("pair (t, 'p')", Sort::Pair, |shown| format!("({}, '{}')", shown.clocks.lamport, shown.owner), r"\(.+?\)"),
    text("Erlang {t,p}", Sort::Pair, |shown| format!("{{{},{}}}", shown.clocks.lamport, shown.owner), r"\{.+?\}"),
    json("Python, Rust [1, 0]", Sort::List, |shown| format!("[{}]", list(shown, ", ")), r"\[.*?\]"),
    json("JavaScript [1,0]", Sort::List, |shown| format!("[{}]", list(shown, ",")), r"\[.*?\]"),
    text("Python (1, 0)", Sort::List, |shown| format!("({})", list(shown, ", ")), r"\(.*?\)"),
    text("Go, numpy [1 0]", Sort::List, |shown| format!("[{}]", list(shown, " ")), r"\[.*?\]"),
    text("Erlang, C++ {1,0}", Sort::List, |shown| format!("{{{}}}", list(shown, ",")), r"\{.*?\}"),
    text("<1,0>", Sort::List, |shown| format!("<{}>", list(shown, ",")), r"<.*?>"),
    text("1,0", Sort::List, |shown| list(shown, ","), r"[\d,]+"),
    text("1 0", Sort::List, |shown| list(shown, " "), r"[\d ]+"),
    text("1, 0", Sort::List, |shown| list(shown, ", "), r"\d[\d, ]*\d|\d"),
    json("JSON {\"A\":1}", Sort::Map, |shown| format!("{{{}}}", map(shown, "\"K\":N", ",")), r"\{.*?\}"),
    json("Go, Rust {\"A\": 1}", Sort::Map, |shown| format!("{{{}}}", map(shown, "\"K\": N", ", ")), r"\{.*?\}"),
    text("Python {'A': 1}", Sort::Map, |shown| format!("{{{}}}", map(shown, "'K': N", ", ")), r"\{.*?\}"),
    text("Java {A=1, B=2}", Sort::Map, |shown| format!("{{{}}}", map(shown, "K=N", ", ")), r"\{.*?\}"),
    text("Go map[A:1 B:2]", Sort::Map, |shown| format!("map[{}]", map(shown, "K:N", " ")), r"map\[.*?\]"),
    text("Erlang [{a,1}]", Sort::Map, |shown| format!("[{}]", map(shown, "{K,N}", ",")), r"\[.*?\]"),
    text("Erlang #{a => 1}", Sort::Map, |shown| format!("#{{{}}}", map(shown, "K => N", ",")), r"#\{.*?\}"),
    text("Elixir %{\"A\" => 1}", Sort::Map, |shown| format!("%{{{}}}", map(shown, "\"K\" => N", ", ")), r"%\{.*?\}"),
    text("Elixir %{a: 1}", Sort::Map, |shown| format!("%{{{}}}", map(shown, "K: N", ", ")), r"%\{.*?\}"),
    text("Elixir [a: 1]", Sort::Map, |shown| format!("[{}]", map(shown, "K: N", ", ")), r"\[.*?\]"),
    text("Ruby {\"A\"=>1}", Sort::Map, |shown| format!("{{{}}}", map(shown, "\"K\"=>N", ", ")), r"\{.*?\}"),
    text(
        "JavaScript Map(2) { 'A' => 1 }",
        Sort::Map,
        |shown| format!("Map({}) {{ {} }}", size(shown), map(shown, "'K' => N", ", ")),
        r"Map\(\d+\) \{.*?\}",
    ),
    text("JavaScript { A: 1 }", Sort::Map, |shown| format!("{{ {} }}", map(shown, "K: N", ", ")), r"\{.*?\}"),
    text("C++ A:1,B:2", Sort::Map, |shown| map(shown, "K:N", ","), r"[^\s:]+:\S*"),
    text("Python [('A', 1)]", Sort::Map, |shown| format!("[{}]", map(shown, "('K', N)", ", ")), r"\[.*?\]"),
    text(
        "hybrid t:c",
        Sort::Hybrid,
        |shown| format!("{}:{}", shown.clocks.hybrid.0, shown.clocks.hybrid.1),
        r"\d+:\d+",
    ),
    ClockText {
        is_ambiguous: true,
        ..text(
            "hybrid t.c",
            Sort::Hybrid,
            |shown| format!("{}.{}", shown.clocks.hybrid.0, shown.clocks.hybrid.1),
            r"\d+\.\d+",
        )
    },
    ClockText {
        is_ambiguous: true,
        ..text(
            "hybrid (t, c)",
            Sort::Hybrid,
            |shown| format!("({}, {})", shown.clocks.hybrid.0, shown.clocks.hybrid.1),
            r"\(.+?\)",
        )
    },
    text(
        "hybrid t-c",
        Sort::Hybrid,
        |shown| format!("{}-{:04}", shown.clocks.hybrid.0, shown.clocks.hybrid.1),
        r"\d+-\d+",
    ),
    json(
        "hybrid in JSON",
        Sort::Hybrid,
        |shown| format!("{{\"wall\":{},\"count\":{}}}", shown.clocks.hybrid.0, shown.clocks.hybrid.1),
        r"\{.*?\}",
    ),
];
