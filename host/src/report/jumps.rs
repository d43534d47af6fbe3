//! Jumps of clocks: by how much each event raised its machine's clock.

use maud::{Markup, html};

use crate::{check::Log, trace::Trace, wording::percent};

/// The bounds of the bars: jumps of 1 to 10 each have their own, larger ones share.
const BOUNDS: [i128; 17] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 21, 51, 101, 201, 501, 1001];

/// Number of jumps of each size that a machine made. The last bar has no upper bound; clocks that do not rise are the
/// first.
pub(super) struct Jumps {
    pub(super) bars: Vec<(String, usize)>,
    count: usize,
}

impl Jumps {
    pub(super) fn of(log: &Log) -> Self {
        // From zero, so that the jumps add up to the clock, and their mean is that of the table.
        let heights: Vec<u64> = std::iter::once(0).chain((0..log.len()).map(|row| log.height(row))).collect();
        let jumps = || heights.windows(2).map(|pair| i128::from(pair[1]) - i128::from(pair[0]));
        let mut bars = Vec::new();
        let none = jumps().filter(|jump| *jump < 1).count();
        if none > 0 {
            bars.push(("0 or less".to_owned(), none));
        }
        let largest = jumps().max().unwrap_or(0);
        for (index, low) in BOUNDS.iter().enumerate().take_while(|(_, low)| **low <= largest) {
            let next = BOUNDS.get(index + 1);
            let label = match next {
                Some(next) if next - low == 1 => low.to_string(),
                Some(next) => format!("{low}–{}", next - 1),
                None => format!("{low} or more"),
            };
            let count = jumps().filter(|jump| jump >= low && next.is_none_or(|next| jump < next)).count();
            bars.push((label, count));
        }
        Self { bars, count: log.len() }
    }
}

pub(super) fn section(run: &Trace) -> Markup {
    html! {
        section #jumps {
            h2 { "How far the clocks jump" }
            p {
                "At every event a clock rises by at least 1. It rises by more when a message brings news of a clock that "
                "is further on. The first event rises from 0."
            }
            div.jumps {
                @for log in run.run.logs.iter().filter(|log| !log.is_empty()) {
                    (distribution(log))
                }
            }
        }
    }
}

fn distribution(log: &Log) -> Markup {
    let jumps = Jumps::of(log);
    html! {
        table.bars {
            caption { "Machine " (log.machine) }
            thead { tr { th { "jump" } th { "events" } th { span.hidden { "share" } } } }
            tbody {
                @for (label, count) in &jumps.bars {
                    @let width = 100.0 * *count as f64 / jumps.count.max(1) as f64;
                    tr {
                        td { (label) }
                        td { (count) }
                        td { span.bar style=(format!("width: {width:.1}%")) {} " " (percent(*count as u64, jumps.count as u64)) }
                    }
                }
            }
        }
    }
}
