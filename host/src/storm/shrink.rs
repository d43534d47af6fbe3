//! A failing storm with fewer faults.

use super::{Choices, Fault};

/// Makes the choices of a storm that fails smaller, as long as it fails: first without whole kinds of faults, then with no
/// more faults than it takes.
pub fn shrink(mut choices: Choices, fails: impl Fn(&Choices) -> bool) -> Choices {
    for fault in Fault::ALL {
        let mut fewer = choices.clone();
        fewer.without.push(fault);
        if !choices.without.contains(&fault) && fails(&fewer) {
            choices = fewer;
        }
    }
    let with = |faults| Choices { faults: Some(faults), ..choices.clone() };
    let Some(mut most) = (0..FAULTS_DOUBLED_MAX).map(|power| 1 << power).find(|faults| fails(&with(*faults))) else {
        return choices;
    };
    let mut least = most / 2;
    while least + 1 < most {
        let middle = u64::midpoint(least, most);
        if fails(&with(middle)) { most = middle } else { least = middle }
    }
    with(most)
}

/// No storm has 2 to the power of this many faults.
const FAULTS_DOUBLED_MAX: u32 = 14;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_does_not_take_to_fail_goes() {
        let fails = |choices: &Choices| {
            let may = |fault| !choices.without.contains(&fault);
            may(Fault::Links) && may(Fault::Power) && choices.faults.is_none_or(|faults| faults >= 11)
        };
        let shrunk = shrink(Choices::default(), fails);
        assert_eq!(shrunk.faults, Some(11));
        assert_eq!(shrunk.without.len(), Fault::ALL.len() - 2);
        assert!(fails(&shrunk));
    }

    #[test]
    fn one_that_fails_without_faults_keeps_one() {
        let shrunk = shrink(Choices::default(), |_| true);
        assert_eq!((shrunk.faults, shrunk.without.as_slice()), (Some(1), Fault::ALL.as_slice()));
    }
}
