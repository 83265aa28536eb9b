//! Moments as people type them.

use aftercast_model::Timestamp;

pub(super) use crate::config::duration;

/// Reads a moment: `2026-11-01`, `2026-11-01T12:00:00Z`, or how long ago (`90d`).
pub(super) fn moment(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    if let Ok(ago) = duration(text) {
        let ago = i64::try_from(ago.as_millis()).unwrap_or(i64::MAX);
        return Ok(now.plus_millis(-ago));
    }
    let is_date = text.len() == "2026-11-01".len();
    let whole = if is_date { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let parsed: Result<jiff::Timestamp, _> = whole.parse();
    parsed.map(|at| Timestamp::from_millis(at.as_millisecond())).map_err(|_| {
        format!("`{text}` is no time; write `2026-11-01`, `2026-11-01T12:00:00Z` or `90d` (ago)")
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_people_type_is_read() {
        let now = Timestamp::from_millis(1_790_000_000_000);
        assert_eq!(duration("10m"), Ok(Duration::from_mins(10)));
        assert_eq!(moment("2d", now).unwrap().since(now), -2 * 86_400_000);
        assert_eq!(moment("2026-11-01", now).unwrap().to_string(), "2026-11-01T00:00:00Z");
        assert_eq!(
            moment("2026-11-01T12:00:00+02:00", now).unwrap().to_string(),
            "2026-11-01T10:00:00Z"
        );
        for wrong in ["", "0m", "m", "10", "-1d", "10µ", "99999999999999999999d", "yesterday"] {
            assert!(duration(wrong).is_err() && moment(wrong, now).is_err(), "{wrong}");
        }
    }
}
