//! A line of a table as a picture: interval, mean and theory on a scale that all lines of a measure share.

use maud::{Markup, html};

use super::statistics::Line;

/// From 0 to the largest value.
pub(super) struct Scale {
    pub(super) max: f64,
}

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 18.0;

impl Scale {
    pub(super) fn of(lines: &[&Line]) -> Self {
        let values = lines.iter().flat_map(|line| [line.mean, line.high95, line.theory]).flatten();
        Self { max: values.fold(1e-9, f64::max) }
    }

    pub(super) fn picture(&self, line: &Line) -> Markup {
        let x = |value: f64| 8.0 + (WIDTH - 16.0) * (value / self.max).clamp(0.0, 1.0);
        let y = HEIGHT / 2.0;
        html! {
            svg width=(WIDTH) height=(HEIGHT) viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) aria-hidden="true" {
                line.axis x1="8" x2=(WIDTH - 8.0) y1=(y) y2=(y) {}
                @if let (Some(low), Some(high)) = (line.low95, line.high95) {
                    rect.interval x=(x(low)) width=((x(high) - x(low)).max(1.0)) y=(y - 4.0) height="8" {}
                }
                @if let Some(mean) = line.mean { circle.mean cx=(x(mean)) cy=(y) r="3" {} }
                @if let Some(theory) = line.theory {
                    @let at = x(theory);
                    path.expected d=(format!("M{at} {}L{} {y}L{at} {}L{} {y}z", y - 7.0, at + 5.0, y + 7.0, at - 5.0)) {}
                }
            }
        }
    }
}
