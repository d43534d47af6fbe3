//! Notices to the user of links that break and heal: a clear line for each, unless the link flaps.

use std::time::{Duration, Instant};

use crate::{connect::Break, wording::times};

/// A link that breaks again within this time of the last break that was told of is flapping: its breaks are counted.
const FLAPPING: Duration = Duration::from_secs(1);

/// The news of one link. Its last notice tells its present state, up to a second's delay.
#[derive(Debug, Default)]
pub(super) struct LinkNews {
    /// Since when it is down, if it was up before.
    down_since: Option<Instant>,
    told_at: Option<Instant>,
    /// The start and reason of the present break, if it had no notice.
    untold: Option<(Instant, Break)>,
    /// Number of breaks without a notice.
    untold_count: u32,
}

impl LinkNews {
    /// The notice for a break, if any.
    pub(super) fn broken(&mut self, now: Instant, why: Break) -> Option<String> {
        self.down_since.get_or_insert(now);
        if self.told_at.is_some_and(|told_at| now - told_at < FLAPPING) {
            self.untold = Some((now, why));
            self.untold_count += 1;
            return None;
        }
        self.told_at = Some(now);
        Some(format!("is down: {why}; connecting again"))
    }

    /// The notice for a link that is up again, if any.
    pub(super) fn healed(&mut self, now: Instant) -> Option<String> {
        let away = now.saturating_duration_since(self.down_since.take()?);
        if self.untold.take().is_some() {
            return None;
        }
        let count = std::mem::take(&mut self.untold_count);
        let more =
            if count > 0 { format!(", and broke {} more before", times(u64::from(count))) } else { String::new() };
        Some(format!("is up again after {:.1} s{more}", away.as_secs_f64()))
    }

    /// The notice for a suppressed break that has lasted, if any.
    pub(super) fn lasting(&mut self, now: Instant) -> Option<String> {
        let (_, why) = self.untold.take_if(|(since, _)| now - *since >= FLAPPING)?;
        self.untold_count -= 1;
        self.told_at = Some(now);
        Some(format!("is down: {why}; connecting again"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_millis(10);

    #[test]
    fn a_break_and_its_end_are_told_once_each() {
        let (mut news, now) = (LinkNews::default(), Instant::now());
        assert_eq!(news.broken(now, Break::Closed).unwrap(), "is down: the peer closed it; connecting again");
        assert_eq!(news.healed(now + Duration::from_millis(2500)).unwrap(), "is up again after 2.5 s");
        assert_eq!(news.lasting(now + FLAPPING), None);
        assert!(news.broken(now + 2 * FLAPPING, Break::Closed).is_some());
    }

    #[test]
    fn a_link_that_flaps_is_told_of_once_and_counted() {
        let (mut news, mut now) = (LinkNews::default(), Instant::now());
        news.broken(now, Break::Closed).unwrap();
        news.healed(now + MOMENT).unwrap();
        for _ in 0..20 {
            now += MOMENT;
            assert_eq!((news.broken(now, Break::Closed), news.healed(now + MOMENT)), (None, None));
        }
        now += FLAPPING;
        assert!(news.broken(now, Break::Closed).is_some());
        assert!(news.healed(now + MOMENT).unwrap().ends_with("and broke 20 times more before"));
    }

    #[test]
    fn a_break_that_was_not_told_and_lasts_is_told() {
        let (mut news, now) = (LinkNews::default(), Instant::now());
        news.broken(now, Break::Closed).unwrap();
        news.healed(now + MOMENT).unwrap();
        assert_eq!(news.broken(now + MOMENT, Break::Closed), None);
        assert_eq!(news.lasting(now + MOMENT), None);
        assert!(news.lasting(now + MOMENT + FLAPPING).is_some());
        assert_eq!(news.healed(now + MOMENT + FLAPPING).unwrap(), "is up again after 1.0 s");
    }
}
