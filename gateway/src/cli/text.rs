//! Text for terminals and shells.

/// Lines of `name  value` with the values under each other.
pub(super) fn pairs(pairs: &[(&str, &str)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    pairs.iter().map(|(name, value)| format!("{name:width$}  {value}\n")).collect()
}

/// Rows under a heading, columns as wide as their widest cell.
pub(super) fn table<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = heading.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; N]| {
        let padded: Vec<String> =
            cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    let head = line(heading);
    rows.iter().fold(head, |text, row| text + &line(row.each_ref().map(String::as_str)))
}

/// A word of a POSIX shell, quoted where it needs to be.
pub(super) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+=,".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_straight_columns() {
        let rows = [["alice".to_owned(), "1".to_owned()], ["b".to_owned(), "22".to_owned()]];
        assert_eq!(table(["NAME", "ID"], &rows), "NAME   ID\nalice  1\nb      22\n");
    }

    #[test]
    fn a_shell_reads_a_quoted_word_as_it_was() {
        for word in ["/plain/path", "with space", "it's", "$(rm -rf /)", "", "a\nb"] {
            let script = format!("printf %s {}", shell_word(word));
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(output.stdout, word.as_bytes());
        }
    }
}
