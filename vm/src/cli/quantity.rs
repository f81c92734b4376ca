//! Sizes and times on the command line.

use std::time::Duration;

/// `1000`, `64K`, `512M`, `2G`, `1T`, with or without a `B` or `iB` behind: bytes, by powers of 1024.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let unit = unit.to_ascii_uppercase();
    let factor: u64 = match unit.trim_end_matches("IB").trim_end_matches('B') {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "T" => 1 << 40,
        _ => return Err("a size is wanted, as 512M or 2G".into()),
    };
    let number: u64 = number.parse().map_err(|_| "a size is wanted, as 512M or 2G")?;
    number
        .checked_mul(factor)
        .ok_or_else(|| "larger than any memory".into())
}

/// `10`, `10s`, `500ms`, `2m`, `1h`; without a unit seconds.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    let factor = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err("a time is wanted, as 10s, 500ms or 2m".into()),
    };
    let number: f64 = number.parse().map_err(|_| "a time is wanted, as 10s, 500ms or 2m")?;
    Duration::try_from_secs_f64(number * factor).map_err(|_| "no such time".into())
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    (text[..end].trim(), text[end..].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times() {
        assert_eq!(bytes("1000"), Ok(1000));
        assert_eq!(bytes("64K"), Ok(65536));
        assert_eq!(bytes("2 GiB"), Ok(2 << 30));
        assert!(bytes("-1").is_err() && bytes("M").is_err() && bytes("99999999T").is_err());
        assert_eq!(time("1.5"), Ok(Duration::from_millis(1500)));
        assert_eq!(time("20ms"), Ok(Duration::from_millis(20)));
        assert!(time("-1s").is_err() && time("soon").is_err());
    }
}
