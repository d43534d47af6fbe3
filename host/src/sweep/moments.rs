//! Mean, standard deviation and confidence interval of a sample, in constant memory.

use serde::{Deserialize, Serialize};

/// The size, mean, spread and extremes of a sample (Welford 1962), which can be put together from parts (Chan, Golub
/// and LeVeque 1979).
///
/// The same numbers in the same order, put together from the same parts in the same order, give the same bits.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Moments {
    count: u64,
    mean: f64,
    /// Sum of the squared distances from the mean.
    squares: f64,
    min: f64,
    max: f64,
}

impl Moments {
    /// Adds a number.
    pub fn add(&mut self, number: f64) {
        self.merge(&Self { count: 1, mean: number, squares: 0.0, min: number, max: number });
    }

    /// Adds the numbers of another sample.
    pub fn merge(&mut self, other: &Self) {
        if self.count == 0 || other.count == 0 {
            if self.count == 0 {
                *self = *other;
            }
            return;
        }
        let (ours, theirs) = (self.count as f64, other.count as f64);
        let distance = other.mean - self.mean;
        self.count += other.count;
        self.mean += distance * theirs / (ours + theirs);
        self.squares += other.squares + distance * distance * ours * theirs / (ours + theirs);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// The number of numbers.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The mean; `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// The largest; `None` of nothing.
    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(self.max)
    }

    /// The standard deviation of the population behind the sample; `None` with fewer than two numbers.
    pub fn standard_deviation(&self) -> Option<f64> {
        (self.count > 1).then(|| (self.squares / (self.count - 1) as f64).sqrt())
    }

    /// Half the width of the 95 % confidence interval of the mean, by Student's t; `None` with fewer than two numbers.
    pub fn margin_95(&self) -> Option<f64> {
        let deviation = self.standard_deviation()?;
        Some(t_975(self.count - 1) * deviation / (self.count as f64).sqrt())
    }
}

/// The 97.5 % quantile of Student's t distribution: exact for one and two degrees of freedom, else by its expansion
/// about the normal quantile (Abramowitz and Stegun, 26.7.5), which is within 0.1 % from three on.
fn t_975(degrees: u64) -> f64 {
    const NORMAL: f64 = 1.959_963_984_540_054;
    const TERMS: [f64; 4] = [2.372_271, 2.822_499, 2.555_850, 1.589_534];
    match degrees {
        0 => f64::INFINITY,
        1 => 12.706_204_736,
        2 => 4.302_652_730,
        _ => {
            let inverse = 1.0 / degrees as f64;
            NORMAL + TERMS.iter().rev().fold(0.0, |sum, term| (sum + term) * inverse)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(numbers: &[f64]) -> Moments {
        let mut moments = Moments::default();
        numbers.iter().for_each(|number| moments.add(*number));
        moments
    }

    #[test]
    fn moments_are_those_of_the_textbook() {
        let moments = sample(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert_eq!((moments.count(), moments.mean(), moments.max()), (8, Some(5.0), Some(9.0)));
        assert!((moments.standard_deviation().unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        assert!((moments.margin_95().unwrap() - 2.364_624 * (32.0_f64 / 7.0 / 8.0).sqrt()).abs() < 1e-4);
    }

    #[test]
    fn parts_put_together_are_the_whole() {
        let numbers: Vec<f64> = (0..1000).map(|i| f64::from(i * i % 97) * 1e6 + 0.25).collect();
        let whole = sample(&numbers);
        for at in [0, 1, 13, 500, 999, 1000] {
            let mut parts = sample(&numbers[..at]);
            parts.merge(&sample(&numbers[at..]));
            assert_eq!((parts.count(), parts.max()), (whole.count(), whole.max()));
            assert!((parts.mean - whole.mean).abs() < 1e-9 * whole.mean);
            assert!((parts.squares - whole.squares).abs() < 1e-9 * whole.squares);
        }
    }

    #[test]
    fn equal_numbers_have_that_mean_exactly_and_no_spread() {
        let moments = sample(&[0.1; 1000]);
        assert_eq!((moments.mean(), moments.standard_deviation()), (Some(0.1), Some(0.0)));
    }

    #[test]
    fn the_t_quantile_agrees_with_the_tables() {
        for (degrees, quantile) in
            [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (29, 2.045), (399, 1.966)]
        {
            let ours = t_975(degrees);
            assert!((ours / quantile - 1.0).abs() < 2e-3, "{degrees} degrees: {ours}, by the tables {quantile}");
        }
    }

    #[test]
    fn one_number_has_no_interval() {
        assert_eq!((sample(&[1.0]).margin_95(), Moments::default().mean()), (None, None));
    }
}
