//! `sealgate usage`.

use std::ops::Range;

use clap::{Args, ValueEnum};
use serde_json::json;
use time::{Date, Month};

use super::config::Source;
use super::text::table;
use super::{Failure, print};
use crate::server::AccountUsage;

/// Show what an account used of the key service in a month
///
/// Calls by key and operation, counted from the audit log, and key-days.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  sealgate usage --account alice --month 2026-11 --format csv")]
pub(super) struct Usage {
    /// Account id, domain id or name
    #[arg(long)]
    account: String,
    /// Month, as YYYY-MM, in UTC
    #[arg(long, value_name = "YYYY-MM")]
    month: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    source: Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
}

impl Usage {
    pub(super) fn run(self) -> Result<(), Failure> {
        let period = period(&self.month)
            .ok_or_else(|| Failure::usage("give the month as YYYY-MM, for instance 2026-11"))?;
        let settings = self.source.load(Vec::new())?;
        let used = crate::server::usage_of(&settings, &self.account, &period);
        let used = used.map_err(Failure::failed)?;
        let text = match self.format {
            Format::Table => {
                let heading = ["KEY", "OPERATION", "DONE", "REFUSED"];
                table(heading, &rows(&used))
            }
            Format::Csv => {
                let lines = rows(&used).into_iter().map(|row| row.join(",") + "\n");
                "key,operation,done,refused\n".to_owned() + &lines.collect::<String>()
            }
            Format::Json => format!("{:#}\n", document(&used, &self.month)),
        };
        print(&text)
    }
}

/// Calls, then days as an operation of their own.
fn rows(used: &AccountUsage) -> Vec<[String; 4]> {
    let calls = used.calls.iter().map(|((key, action), calls)| {
        let key = if key.is_empty() { "-".to_owned() } else { key.clone() };
        [key, action.clone(), calls.done.to_string(), calls.refused.to_string()]
    });
    let days = used
        .key_days
        .iter()
        .map(|(key, days)| [key.clone(), "key-days".to_owned(), days.to_string(), "0".to_owned()]);
    calls.chain(days).collect()
}

fn document(used: &AccountUsage, month: &str) -> serde_json::Value {
    let calls = used.calls.iter().map(|((key, action), calls)| {
        json!({ "key": key, "operation": action, "done": calls.done, "refused": calls.refused })
    });
    let days = used.key_days.iter().map(|(key, days)| json!({ "key": key, "days": days }));
    json!({
        "account": used.account,
        "month": month,
        "calls": calls.collect::<Vec<_>>(),
        "key_days": days.collect::<Vec<_>>(),
    })
}

/// The month in Unix milliseconds.
fn period(month: &str) -> Option<Range<u64>> {
    let (year, number) = month.split_once('-')?;
    if month.len() != 7 {
        return None;
    }
    let year: i32 = year.parse().ok()?;
    let month = Month::try_from(number.parse::<u8>().ok()?).ok()?;
    let first = Date::from_calendar_date(year, month, 1).ok()?;
    let next_year = if month == Month::December { year + 1 } else { year };
    let next = Date::from_calendar_date(next_year, month.next(), 1).ok()?;
    let ms = |date: Date| {
        let seconds = date.midnight().assume_utc().unix_timestamp();
        u64::try_from(seconds).ok().map(|seconds| seconds.saturating_mul(1000))
    };
    Some(ms(first)?..ms(next)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_as_its_milliseconds_in_utc() {
        assert_eq!(period("1970-02"), Some(2_678_400_000..5_097_600_000));
        assert_eq!(period("2026-12").map(|month| month.end - month.start), Some(31 * 86_400_000));
        for wrong in ["2026", "2026-13", "2026-1", "x-01", "1960-01"] {
            assert_eq!(period(wrong), None, "{wrong}");
        }
    }
}
