//! Time by the program's clock, which is virtual with a seed, and dates in UTC.

use super::{Functions, listed};
use crate::engine::ScriptHost;
use std::sync::Arc;

listed! { "time"
    date "(millis : integer) : string" "A moment as text, in UTC (ISO 8601)." "time::date(946684800000)" "2000-01-01T00:00:00.000Z";
    millis "() : integer" "Milliseconds since 1970." "" "";
    now "() : real" "Seconds since 1970." "" "";
    time "() : real" "The same as `now`." "" "";
    weekday "(millis : integer) : integer" "The day of the week of a moment in UTC: 1 is Monday, 7 Sunday." "time::weekday(946684800000)" "6";
}

const DAY: i64 = 86_400_000;

pub(super) fn fill(functions: &mut Functions, host: &Arc<dyn ScriptHost>) {
    for name in ["time", "now"] {
        let host = host.clone();
        functions.add(name, move || host.since_epoch().as_secs_f64());
    }
    let host = host.clone();
    functions
        .add("millis", move || {
            i64::try_from(host.since_epoch().as_millis()).unwrap_or(i64::MAX)
        })
        // 1970 began on a Thursday
        .add("weekday", |millis: i64| (millis.div_euclid(DAY) + 3).rem_euclid(7) + 1)
        .add("date", date);
}

/// Days into years as Howard Hinnant's algorithm does (2013), with years that begin in March.
fn date(millis: i64) -> String {
    let (days, rest) = (millis.div_euclid(DAY) + 719_468, millis.rem_euclid(DAY));
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z",
        rest % 1000
    )
}
