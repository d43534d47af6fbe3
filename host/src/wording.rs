//! Numbers, names and times in sentences for people.

/// A number with its noun: `1 message`, `3 messages`. The plural is the noun with an `s`.
pub fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// A frequency: `once`, `twice`, `3 times`.
pub fn times(number: u64) -> String {
    match number {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{number} times"),
    }
}

/// Names in a row: `A`, `A and B`, `A, B and C`.
pub fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Three significant digits, without zeros that say nothing.
pub fn short(number: f64) -> String {
    // Adding zero turns -0 into 0.
    let number = number + 0.0;
    let digits = (2 - number.abs().max(0.01).log10().floor() as i32).clamp(0, 3) as usize;
    let text = format!("{number:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A part of a whole in per cent. Only none of it is `0 %`, and only all of it is `100 %`.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let percent = 100.0 * part as f64 / whole as f64;
    match short(percent).as_str() {
        "100" if part != whole => "over 99.9 %".to_owned(),
        "0" if part != 0 => "under 0.001 %".to_owned(),
        text => format!("{text} %"),
    }
}

/// A length of time with its unit: `3.4 s`, `12.3 ms`, `450 µs`.
pub fn seconds(seconds: f64) -> String {
    let (number, unit) = match seconds.abs() {
        size if size >= 0.0995 || size == 0.0 => (seconds, "s"),
        size if size >= 0.000_999_5 => (seconds * 1e3, "ms"),
        _ => (seconds * 1e6, "µs"),
    };
    format!("{} {unit}", short(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!([0, 1, 2].map(|number| count(number, "event")), ["0 events", "1 event", "2 events"]);
        assert_eq!([0, 1, 2, 3].map(times), ["0 times", "once", "twice", "3 times"]);
    }

    #[test]
    fn names_stand_in_a_row() {
        let names = ["A", "B", "C"];
        assert_eq!([0, 1, 2, 3].map(|many| listed(&names[..many])), ["", "A", "A and B", "A, B and C"]);
    }

    #[test]
    fn a_number_has_three_significant_digits_and_no_idle_zeros() {
        for (number, text) in [(0.0, "0"), (-0.0, "0"), (1.0, "1"), (1.346, "1.35"), (0.0371, "0.037"), (12.34, "12.3")]
        {
            assert_eq!(short(number), text);
        }
        assert_eq!([short(1234.6), short(-0.0001), short(-2.5)], ["1235", "0", "-2.5"]);
    }

    #[test]
    fn a_part_is_nothing_or_everything_only_if_it_is() {
        assert_eq!([percent(0, 360), percent(360, 360)], ["0 %", "100 %"]);
        assert_eq!([percent(1, 360), percent(1, 3)], ["0.278 %", "33.3 %"]);
        assert_eq!([percent(1, 1_000_000), percent(999_999, 1_000_000)], ["under 0.001 %", "over 99.9 %"]);
        assert_eq!(percent(0, 0), "–");
    }

    #[test]
    fn a_time_has_the_unit_in_which_it_is_read() {
        let texts = [0.0, 3.416, 0.1, 0.0123, 0.0002, -1.5].map(seconds);
        assert_eq!(texts, ["0 s", "3.42 s", "0.1 s", "12.3 ms", "200 µs", "-1.5 s"]);
    }
}
