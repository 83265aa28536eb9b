//! Lengths of time as people write them.

use std::time::Duration;

/// Reads `10m`, `2h`, `90d`, `30s`, `2w`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; write `30s`, `10m`, `2h`, `90d` or `4w`");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return Err(wrong()),
    };
    match number.checked_mul(seconds) {
        Some(seconds) if 0 < seconds && seconds < 1 << 32 => Ok(Duration::from_secs(seconds)),
        _ => Err(wrong()),
    }
}
