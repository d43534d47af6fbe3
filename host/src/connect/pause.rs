//! The pause between two calls to the same peer.

use std::time::Duration;

/// The pause before the next call to a machine, as long as nothing is wrong with its links.
const CALL_EVERY: Duration = Duration::from_millis(100);

/// The longest pause, of links that one side refuses soon after each beginning.
const PAUSE_MAX: Duration = Duration::from_secs(3);

/// A link that is refused sooner than this after its beginning would be so again.
const SOON: Duration = Duration::from_secs(1);

/// The pause before the next call to a peer. It doubles with each link that one of the two refuses soon after it began,
/// so that machines that do not understand each other do not keep both computers busy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause(Duration);

impl Pause {
    pub(super) const fn new() -> Self {
        Self(CALL_EVERY)
    }

    /// A link has ended that was up for this long: was it refused by one of the two?
    pub(super) fn note(&mut self, lived: Duration, is_refused: bool) {
        self.0 = if is_refused && lived < SOON { (self.0 * 2).min(PAUSE_MAX) } else { CALL_EVERY };
    }

    /// Its length.
    pub(super) const fn length(self) -> Duration {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_are_refused_again_and_again_are_made_ever_more_seldom() {
        let mut pause = Pause::new();
        let pauses = [(); 8].map(|()| {
            pause.note(Duration::from_millis(1), true);
            pause.length().as_millis()
        });
        assert_eq!(pauses, [200, 400, 800, 1600, 3000, 3000, 3000, 3000]);
        pause.note(Duration::from_secs(5), true);
        assert_eq!(pause.length(), CALL_EVERY, "it was good for a while");
        pause.note(Duration::ZERO, true);
        pause.note(Duration::ZERO, false);
        assert_eq!(pause.length(), CALL_EVERY, "a link that breaks is made again at once");
    }
}
