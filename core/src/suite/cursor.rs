//! How far a link has been read.

use super::machine;
use crate::{
    clock::{LamportStamp, VectorStamp},
    cursor::Cursor,
};

suite! {
    fn a_message_is_accepted_once() {
        let mut cursor = Cursor::START;
        for stamp in [1, 2, 5, 9].map(LamportStamp) {
            assert!(cursor.accept(&stamp, machine('A')));
            assert!(!cursor.accept(&stamp, machine('A')), "twice");
        }
    }

    fn what_comes_again_after_a_break_is_dropped() {
        let mut cursor = Cursor::START;
        let accepted = [3, 4, 8, 4, 8, 9, 9, 12].map(|stamp| cursor.accept(&LamportStamp(stamp), machine('A')));
        assert_eq!(accepted, [true, true, true, false, false, true, false, true]);
    }

    fn a_dropped_message_does_not_move_the_cursor() {
        let mut cursor = Cursor::from_u64(10);
        assert!(!cursor.accept(&LamportStamp(4), machine('A')));
        assert_eq!(cursor.to_u64(), 10);
    }

    fn a_vector_counts_the_events_of_its_sender() {
        let mut cursor = Cursor::after(&VectorStamp([9, 4, 1]), machine('B'));
        assert_eq!(cursor.to_u64(), 4);
        assert!(cursor.has(&VectorStamp([10, 4, 0]), machine('B')));
        assert!(cursor.accept(&VectorStamp([0, 5, 0]), machine('B')));
        assert!(!cursor.accept(&VectorStamp([99, 5, 99]), machine('B')));
    }

    fn a_cursor_survives_the_wire() {
        for number in [0, 1, u64::MAX] {
            assert_eq!(Cursor::from_u64(number).to_u64(), number);
        }
    }
}
