//! A time's text: read in the forms that programs print, and not understood if it is anything else.

use host::foreign::time_text::{Moment, Time, TimeReader, TimeUnit, parse};
use jiff::{Timestamp, tz::Offset};
use proptest::prelude::*;

const S: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * S;

fn epoch(rfc_3339: &str) -> Option<Moment> {
    let ns = rfc_3339.parse::<Timestamp>().expect("a time").as_nanosecond();
    Some(Moment::Epoch { ns: i64::try_from(ns).expect("a time of this age") })
}

/// Seconds from the beginning of a year, or from midnight.
fn seconds(days: i64, hours: i64, minutes: i64, seconds: f64) -> i64 {
    days * DAY + (hours * 3600 + minutes * 60) * S + (seconds * 1e9).round() as i64
}

#[test]
fn a_date_is_read_in_every_common_form() {
    let second = [
        "2023-03-07T20:38:18Z",
        "2023-03-07 20:38:18",
        "2023-03-07T20:38:18",
        "2023-03-07t20:38:18z",
        "2023-03-07 20:38:18 UTC",
        "2023-03-07 20:38:18 +0000",
        "2023-03-07T21:38:18+01:00",
        "2023-03-07T21:38:18+0100",
        "2023-03-07T21:38:18+01",
        "2023-03-07T21:38:18+1",
        "2023-03-08T02:08:18+05:30",
        "2023-03-08T02:08:18+0530",
        "2023-03-07T19:39:18-00:59",
        "2023-03-07T19:39:18-0059",
        "2023-03-07 15:38:18 -05:00",
        "2023-03-07T21:38:18+01:00[Europe/Berlin]",
        "2023-03-07T20:38:18Z[UTC][u-ca=iso8601]",
        "2023-03-07 20:38:18 GMT",
        "2023/03/07 20:38:18",
        "2023.03.07 20:38:18",
        "20230307T203818Z",
        "20230307 20:38:18",
        "Tue, 07 Mar 2023 20:38:18 +0000",
        "Tue, 7 Mar 2023 20:38:18 GMT",
        "Tue, 07 Mar 2023 15:38:18 EST",
        "7 Mar 2023 20:38:18",
        "Tue Mar  7 20:38:18 2023",
        "Tue Mar  7 20:38:18 UTC 2023",
        "Tue Mar  7 21:38:18 CET 2023",
        "Tue Mar 7 20:38:18 2023",
        "07/Mar/2023:20:38:18 +0000",
        "[07/Mar/2023:20:38:18 +0000]",
        "07/Mar/2023:15:38:18 -0500",
        "07-Mar-2023 20:38:18",
        "Mar 7, 2023 8:38:18 PM",
        "Mar 7, 2023, 8:38:18 PM",
        "3/7/2023, 8:38:18 PM",
        "3/7/2023 8:38:18\u{202f}PM",
        "3/7/2023 20:38:18",
        "07.03.2023 20:38:18",
        "07.03.2023, 20:38:18",
        "07-03-2023 20:38:18",
        "March 7, 2023 at 8:38:18 PM",
        "Mar. 7, 2023 8:38:18 p.m.",
        "Mar 7 2023 08:38:18pm",
        "Tue Mar 07 2023 20:38:18 GMT+0000 (Coordinated Universal Time)",
        "Tue Mar 07 2023 21:38:18 GMT+0100 (CET)",
        "2023-03-07 20:38:18 +0000 UTC m=+0.000012345",
        "2023-03-07 21:38:18 +0100 CET",
        "2023-03-07 21:38:18 +0100 ABCDE",
        "2023-03-07 20:38:18 +0000 UT",
        "2023-03-07 20:38:18 +0000 UTC m=-0.5",
        "I20230307 20:38:18",
        "2023-03-07_20-38-18",
        "2023-03-07-20-38-18",
        "2023-Mar-07 20:38:18",
        "Tuesday, March 7, 2023 20:38:18",
        "\"2023-03-07T20:38:18Z\"",
        "1678221498",
        "1678221498.0",
        "1678221498000",
        "1678221498000000",
        "1678221498000000000",
        "1.678221498e9",
        "1.678221498e+09",
    ];
    for text in second {
        assert_eq!(parse(text, None), epoch("2023-03-07T20:38:18Z"), "{text}");
    }
    let fraction = [
        "2023-03-07 20:38:18,148",
        "2023-03-07 20:38:18.148",
        "2023-03-07T20:38:18.148Z",
        "2023-03-07T20:38:18.148000000Z",
        "03/07/2023 20:38:18.148",
        "07/Mar/2023:20:38:18.148 +0000",
        "20230307T203818.148Z",
        "2023/03/07 20:38:18.148000",
        "I20230307 20:38:18.148000",
        "2023-03-07 20:38:18:148",
        "2023-03-07 20:38:18.1480000009",
        "1678221498.148",
        "1678221498148",
        "1678221498148.0",
        "1678221498148000",
    ];
    for text in fraction {
        assert_eq!(parse(text, None), epoch("2023-03-07T20:38:18.148Z"), "{text}");
    }
    assert_eq!(parse("2023-03-07 20:38", None), epoch("2023-03-07T20:38:00Z"));
    assert_eq!(parse("12:05:00 AM", None), Some(Moment::OfDay { ns: 300 * S }));
    assert_eq!(parse("12:05:00 PM", None), Some(Moment::OfDay { ns: seconds(0, 12, 5, 0.0) }));
    assert_eq!(parse("Sept 7, 2023 20:38:18", None), epoch("2023-09-07T20:38:18Z"));
    assert_eq!(parse("2023/05/07 20:38:18", None), parse("7 May 2023 20:38:18", None));
    assert_eq!(parse("2016-12-31T23:59:60Z", None), epoch("2016-12-31T23:59:59Z"));
}

#[test]
fn an_abbreviation_of_a_zone_is_an_offset_in_hours() {
    let zones = [
        ("EST", -5),
        ("EDT", -4),
        ("CST", -6),
        ("CDT", -5),
        ("MST", -7),
        ("MDT", -6),
        ("PST", -8),
        ("PDT", -7),
        ("WET", 0),
        ("WEST", 1),
        ("CET", 1),
        ("CEST", 2),
        ("EET", 2),
        ("EEST", 3),
        ("MSK", 3),
        ("UT", 0),
        ("utc", 0),
    ];
    for (zone, hours) in zones {
        let text = format!("2023-03-07 12:00:00 {zone}");
        assert_eq!(parse(&text, None), epoch(&format!("2023-03-07T{:02}:00:00Z", 12 - hours)), "{text}");
    }
}

#[test]
fn a_date_without_a_year_is_a_time_of_some_year() {
    let texts = [
        "Mar  3 19:44:02",
        "03-03 19:44:02",
        "03-03_19-44-02",
        "I0303 19:44:02",
        "Mar 03 19:44:02",
        "Fri Mar  3 19:44:02",
    ];
    for text in texts {
        assert_eq!(parse(text, None), Some(Moment::OfYear { ns: seconds(31 + 29 + 2, 19, 44, 2.0) }), "{text}");
    }
    let texts = ["03-04_00-44-07.460006", "E0304 00:44:07.460006", "03-04 00:44:07.460006", "03/04 00:44:07.460006"];
    for text in texts {
        assert_eq!(parse(text, None), Some(Moment::OfYear { ns: seconds(31 + 29 + 3, 0, 44, 7.460006) }), "{text}");
    }
    assert_eq!(parse("Feb 29 00:00:00", None), Some(Moment::OfYear { ns: seconds(31 + 28, 0, 0, 0.0) }));
}

#[test]
fn a_time_of_day_is_one_of_the_day_that_is_nearest() {
    let at = |text: &str| parse(text, None).expect(text);
    assert_eq!(at("19:44:02.123"), Moment::OfDay { ns: seconds(0, 19, 44, 2.123) });
    assert_eq!(at("7:44:02,123 pm"), at("19:44:02.123"));
    assert_eq!(at("20:44:02.123+01:00"), at("19:44:02.123Z"));
    let before = at("23:59:59.900").ns(None);
    assert_eq!(at("00:00:00.100").ns(before), before.map(|ns| ns + S / 5), "midnight is between them");
    assert_eq!(at("23:59:59.700").ns(before), before.map(|ns| ns - S / 5), "a clock that was set back");
    let after = at("00:00:00.100").ns(before);
    assert_eq!(at("23:59:59.900").ns(after), before, "a clock that was set back over midnight");
    let third_day = Some(2 * DAY + 12 * 3600 * S);
    assert_eq!(at("13:00:00").ns(third_day), Some(2 * DAY + 13 * 3600 * S));
    let noon = 12 * 3600 * S;
    assert_eq!([noon - 1, noon].map(|near| at("00:00:00").ns(Some(near))), [Some(0), Some(DAY)], "half a day");
    let (last, first) = (at("Dec 31 23:59:59").ns(None), at("Jan  1 00:00:00"));
    assert_eq!(first.ns(last), last.map(|ns| ns + S), "a year begins between them");
    assert_eq!(at("2023-03-07T20:38:18Z").ns(before), at("1678221498").ns(None));
}

#[test]
fn a_number_is_a_unix_time_by_its_size_or_else_a_count() {
    let count = |value| Some(Moment::Count { value });
    assert_eq!(parse("1000", None), count(1000.0), "milliseconds since start, for all one knows");
    assert_eq!(parse("0.342", None), count(0.342));
    assert_eq!(parse("-5", None), count(-5.0));
    assert_eq!(parse("999999999", None), count(999_999_999.0));
    assert_eq!(parse("1000000000", None), epoch("2001-09-09T01:46:40Z"));
    assert_eq!(parse("4199999999", None), epoch("2103-02-04T02:39:59Z"));
    assert_eq!(parse("4200000000", None), count(4.2e9));
    assert!(matches!(parse("1e20", None), Some(Moment::Count { .. })));
    assert_eq!(parse("1e-20", None), count(0.0));
    assert_eq!(parse("0.1234567891", None), count(0.123_456_789));
    assert_eq!(parse(&format!("1678221498.{}", "0".repeat(14)), None), epoch("2023-03-07T20:38:18Z"));
    assert_eq!(parse("1678248893585993873", None), Some(Moment::Epoch { ns: 1_678_248_893_585_993_873 }));
    assert_eq!(parse("1678239498.147712", None), Some(Moment::Epoch { ns: 1_678_239_498_147_712_000 }));
    assert_eq!(parse("1678239498147.712", None), Some(Moment::Epoch { ns: 1_678_239_498_147_712_000 }));
    assert_eq!(parse("1000", Some(TimeUnit::Ms)), Some(Moment::Since { ns: S }));
    assert_eq!(parse("1.5", Some(TimeUnit::S)), Some(Moment::Since { ns: 3 * S / 2 }));
    assert_eq!(parse("1.5", Some(TimeUnit::Us)), Some(Moment::Since { ns: 1500 }));
    assert_eq!(parse("1678239498147", Some(TimeUnit::Ms)), Some(Moment::Epoch { ns: 1_678_239_498_147_000_000 }));
    assert_eq!(
        parse("1678239498147", Some(TimeUnit::Ns)),
        Some(Moment::Since { ns: 1_678_239_498_147 }),
        "the unit that was given counts"
    );
    for text in ["1.5s", "1500ms", "1500 ms", "1500000µs", "0m1.5s", "PT1.5S"] {
        assert_eq!(parse(text, None), Some(Moment::Since { ns: 3 * S / 2 }), "{text}");
    }
}

#[test]
fn the_last_digit_is_the_precision_of_a_time() {
    let steps = [
        ("2023-03-07 20:38:18,148", 1_000_000),
        ("2023-03-07 20:38:18", S),
        ("2023-03-07 20:38", 60 * S),
        ("1678239498.147712", 1_000),
        ("1678239498147", 1_000_000),
        ("1678239498147712", 1_000),
        ("1678248893585993873", 1),
        ("1678239498", S),
        ("19:44:02.1", S / 10),
        ("1.678239498147712e+09", 1_000),
        ("0.25", S / 100),
    ];
    for (text, step) in steps {
        let time = TimeReader::default().read(text).expect(text);
        assert_eq!(time.step_ns, u64::try_from(step).expect("positive"), "{text}");
    }
}

#[test]
fn the_day_is_first_where_any_date_of_the_log_shows_it() {
    let [mut reader, mut other] = [TimeReader::default(), TimeReader::default()];
    let read = |reader: &TimeReader, text: &str| reader.read(text).map(|time| time.moment);
    assert_eq!(read(&reader, "12/03/2014 10:00:00"), epoch("2014-12-03T10:00:00Z"), "month first, as Akka prints it");
    ["12/03/2014 10:00:00", "13/03/2014 10:00:00"].iter().for_each(|text| reader.look(text));
    assert_eq!(read(&reader, "12/03/2014 10:00:00"), epoch("2014-03-12T10:00:00Z"));
    assert_eq!(read(&other, "03-07-2014 10:00:00"), epoch("2014-07-03T10:00:00Z"));
    other.look("[12-31-2014 10:00:00]");
    assert_eq!(read(&other, "03-07-2014 10:00:00"), epoch("2014-03-07T10:00:00Z"));
    let untold = TimeReader::default();
    assert_eq!(read(&untold, "13/10/2014 14:37:20"), epoch("2014-10-13T14:37:20Z"), "no month has this number");
    assert_eq!(read(&untold, "12/13/2014 14:37:20"), epoch("2014-12-13T14:37:20Z"));
    assert_eq!(read(&reader, "10/12/2014 14:37:20"), epoch("2014-12-10T14:37:20Z"));
    let mut neither = TimeReader::default();
    ["12/12/2014 10:00:00", "13/12", "12:13", "13 12 2014"].iter().for_each(|text| neither.look(text));
    assert_eq!(read(&neither, "12/03/2014 10:00:00"), epoch("2014-12-03T10:00:00Z"), "none of them is such a date");
    neither.look("Fri, 13/12/2014 10:00:00");
    assert_eq!(read(&neither, "12/03/2014 10:00:00"), epoch("2014-03-12T10:00:00Z"));
    assert_eq!(parse("10/13/2014 14:37:20.543", None), epoch("2014-10-13T14:37:20.543Z"));
    assert_eq!(parse("13/10/2014 14:37:20.543", None), epoch("2014-10-13T14:37:20.543Z"));
}

#[test]
fn anything_else_is_not_understood() {
    let refused = [
        "March 7, 2023at 8:38:18 PM",
        "",
        " ",
        "-",
        "now",
        "tick 17",
        "17 ticks later",
        "2023-03-07",
        "20:38",
        "10.0.0.1",
        "1.2.3",
        "2023-13-07 20:38:18",
        "2023-02-29 20:38:18",
        "2023-03-07 25:38:18",
        "2023-03-07 20:61:18",
        "2023-03-07 20:38:18 Foo",
        "2023-03-07 20:38:18 Asia/Tokyo",
        "2023-03-07T20:38:18[Europe/Berlin]",
        "2023-03-07 20:38:18 IST",
        "(Logical Clock Time 1) 20:38:18",
        "20:38:18 and more",
        "2023-03-07 20:38:18,",
        "2023-03-07 20:38:18 2023",
        "2023-03-07 20-38",
        "March 7, 2023at 8:38:18 PM",
        "2023-03-07 20:38:18:14",
        "2023-03-07 20:38:18:1480",
        "2023-03-07 20:38:18+00:60",
        "2023-03-07 20:38:18+0060",
        "2023-03-07 20:38:18+00:6",
        "2023-03-07 20:38:18+001",
        "2023-03-07 20:38:18 EST+0100",
        "2023-03-07 20:38:18 +0000 Z",
        "2023-03-07 20:38:18 +0000 ABCDEF",
        "2023-03-07 20:38:18 +0000 cet",
        "2023-03-07 20:38:18 +0000 UTC m=0.5",
        "2023-03-07 20:38:18 +0000 UTC s=+0.5",
        "07.03 20:38:18",
        "0:30:00 AM",
        "8:38:18 PMX",
        "25:00:00",
        "1e21",
        "1e-21",
        "1678221498.000000000000000",
        "2023-03-07 20:38:18.148.1",
        "13:00:00 PM",
        "NaN",
        "inf",
        "1e400",
        "0x17",
        "99:99:99",
        "20:38:18 2023",
        "vm3",
        "5 minutes ago",
        "2023-03-07 20:38:18 +99:00",
        "30/30/2023 10:00:00",
        "1_000",
        "Smarch 3 10:00:00",
        "2023-03-07T",
        "７",
    ];
    for text in refused {
        assert_eq!(parse(text, None), None, "{text}");
    }
}

/// Forms of jiff's `strftime`, and the digits of a second's fraction that they print.
const FORMS: [(&str, u32); 20] = [
    ("%Y-%m-%dT%H:%M:%S%.9fZ", 9),
    ("%Y-%m-%d %H:%M:%S,%3f", 3),
    ("%Y-%m-%dT%H:%M:%S%.6f%:z", 6),
    ("%Y/%m/%d %H:%M:%S.%6f", 6),
    ("%a, %d %b %Y %H:%M:%S %z", 0),
    ("%a %b %e %H:%M:%S %Y", 0),
    ("%a %b %e %H:%M:%S UTC %Y", 0),
    ("%d/%b/%Y:%H:%M:%S %z", 0),
    ("%Y%m%dT%H%M%SZ", 0),
    ("%Y%m%d %H:%M:%S.%3f", 3),
    ("%m/%d/%Y %I:%M:%S %p", 0),
    ("%b %d, %Y %I:%M:%S %p", 0),
    ("%d.%m.%Y %H:%M:%S.%3f", 3),
    ("%Y-%m-%d_%H-%M-%S", 0),
    ("%d-%b-%Y %H:%M:%S.%3f", 3),
    ("%d %b %Y %H:%M:%S,%3f", 3),
    ("%A, %B %d, %Y %H:%M:%S", 0),
    ("%s", 0),
    ("%s.%9f", 9),
    ("I%Y%m%d %H:%M:%S.%6f", 6),
];

proptest! {
    #[test]
    fn a_time_is_read_back_from_every_form(ns in 1_000_000_000_000_000_000..4_100_000_000_000_000_000_i64, hours in -12..=14_i8) {
        let time = Timestamp::from_nanosecond(i128::from(ns)).expect("a time");
        for (form, digits) in FORMS {
            let offset = if form.ends_with('z') { Offset::constant(hours) } else { Offset::UTC };
            let text = time.to_zoned_datetime(offset.to_time_zone()).strftime(form).to_string();
            let step = 10_i64.pow(9 - digits);
            let moment = Moment::Epoch { ns: ns.div_euclid(step) * step };
            let read = TimeReader::default().read(&text);
            prop_assert_eq!(read, Some(Time { moment, step_ns: step.unsigned_abs() }), "{}", text);
        }
        for (unit, value) in [(TimeUnit::Ns, 1), (TimeUnit::Us, 1_000), (TimeUnit::Ms, 1_000_000)] {
            let moment = Moment::Epoch { ns: ns / value * value };
            for unit in [None, Some(unit)] {
                prop_assert_eq!(parse(&(ns / value).to_string(), unit), Some(moment));
            }
        }
    }

    #[test]
    fn times_of_day_and_year_keep_their_order(start in 0..DAY, steps in prop::collection::vec(0..DAY / 2, 1..40)) {
        let mut now = Timestamp::from_nanosecond(i128::from(DAY * 365 * 30 + start)).expect("a time");
        let (mut of_day, mut of_year) = (None, None);
        for step in steps {
            let before = now;
            now += jiff::SignedDuration::from_nanos(step);
            let print = |time: Timestamp, form: &str| parse(&time.strftime(form).to_string(), None);
            let from = |last: Option<i64>, form: &str| last.or_else(|| print(before, form)?.ns(None));
            let passed = |last: Option<i64>, form: &str| print(now, form)?.ns(from(last, form));
            let day = passed(of_day, "%H:%M:%S.%9f");
            prop_assert_eq!(day.zip(from(of_day, "%H:%M:%S.%9f")).map(|(now, last)| now - last), Some(step));
            let year = passed(of_year, "%b %d %H:%M:%S.%9f");
            prop_assert!(year >= from(of_year, "%b %d %H:%M:%S.%9f"));
            (of_day, of_year) = (day, year);
        }
    }

    #[test]
    fn no_text_is_a_panic(any_text in ".{0,30}", signs in "[0-9 :.,/TZ+A-Ma-m\\[\\]()=-]{0,30}", number in "[+-]?[0-9]{0,30}[.]?[0-9]{0,12}(e[+-]?[0-9]{1,3})?") {
        for text in [&any_text, &signs, &number] {
            for unit in [None, Some(TimeUnit::S), Some(TimeUnit::Ns)] {
                for near in [None, Some(0), Some(i64::MIN), Some(i64::MAX)] {
                    let _ = parse(text, unit).and_then(|moment| moment.ns(near));
                }
            }
        }
    }
}
