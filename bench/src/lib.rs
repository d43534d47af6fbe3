//! What the benchmarks share: the work that is measured, and the table of what was found.

pub mod cases;
pub mod mission;
pub mod processor;
pub mod results;

/// The value in the middle, or the upper one of the two.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
