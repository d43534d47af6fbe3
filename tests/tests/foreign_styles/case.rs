//! A case: a sound run in a foreign style, drawn from a number.

use tests::naive_model::Chance;

use super::{
    adapter::Ask,
    decidable,
    files::{self, File},
    kinds::{KINDS, Twist},
    rows::{self, Logs},
    run::Run,
    styles::{Second, Style, pick},
};

/// Time between the starts of two runs.
const RUN_NS: u64 = 3_600_000_000_000;

/// A sound run, written down.
pub(crate) struct Case {
    pub(crate) number: u64,
    pub(crate) kind: String,
    pub(crate) style: Style,
    pub(crate) files: Vec<File>,
    pub(crate) ask: Ask,
}

impl Case {
    /// The case of this number: the kinds in turn, each by itself; every fourth time with others.
    pub(crate) fn sound(number: u64) -> Self {
        let (name, twist) = KINDS[number as usize % KINDS.len()];
        let mut chance = Chance::new(number);
        let mut twists: Vec<Twist> = vec![(name, twist)];
        if number as usize / KINDS.len() % 4 == 3 {
            let others = 1 + chance.below(2);
            twists.extend((0..others).map(|_| pick(&mut chance, KINDS)));
        }
        let kind = if twists.len() > 1 { "several kinds at once" } else { name };
        loop {
            match Self::drawn(number, kind.to_owned(), &twists, &mut chance) {
                Some(case) if !case.files.is_empty() => return case,
                _ => {}
            }
        }
    }

    fn drawn(number: u64, kind: String, twists: &[Twist], chance: &mut Chance) -> Option<Self> {
        let mut style = Style::plain(chance);
        for (_, twist) in twists {
            twist(&mut style, chance);
        }
        style.settle(chance);
        let count = if style.second == Second::None { 1 } else { 2 };
        let (mut runs, mut whole, mut begins_again) = (Vec::new(), Vec::new(), style.second == Second::Appended);
        for _ in 0..count {
            let run = Run::simulate(&style.setting, chance);
            style.setting.started_ns += RUN_NS;
            begins_again |= run.restarted;
            let mut logs = rows::rows(&run, &style.telling);
            whole.push(logs.clone());
            for omission in &style.omissions {
                rows::omit(&mut logs, *omission, chance);
            }
            runs.push(logs);
        }
        style.setting.started_ns -= RUN_NS * count;
        if !decidable::is_decidable(&style, &runs, &whole, begins_again) {
            return None;
        }
        Some(Self::written(number, kind, style, &runs, chance))
    }

    /// These rows in this style.
    pub(crate) fn written(number: u64, kind: String, style: Style, runs: &[Logs], chance: &mut Chance) -> Self {
        let (files, ask) = files::write(&style, runs, chance);
        Self { number, kind, style, files, ask }
    }

    /// Everything to understand a failure by.
    pub(crate) fn show(&self) -> String {
        let mut text = format!(
            "case {} (FOREIGN_CASE={}): {}\n{}\n{:?}\n",
            self.number,
            self.number,
            self.kind,
            self.style.describe(),
            self.ask
        );
        for file in &self.files {
            text.push_str(&format!("--- {}\n", file.name));
            for (index, line) in file.text.lines().take(40).enumerate() {
                text.push_str(&format!("{:4} {line}\n", index + 1));
            }
        }
        text
    }
}
