//! Small texts that all of `patchbay nodes` is shown with: columns, numbers, indented lines.

/// `1 operation`, `2 operations`.
pub fn count(number: usize, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
}

pub fn versions(versions: &[f64]) -> String {
    versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Three columns, the last as long as it likes.
pub fn table(rows: &[[String; 3]]) -> String {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
            .min(44)
    };
    let (first, second) = (width(0), width(1));
    rows.iter()
        .map(|row| {
            format!("{:first$}  {:second$}  {}", row[0], row[1], row[2])
                .trim_end()
                .to_owned()
                + "\n"
        })
        .collect()
}

pub fn indent(text: &str) -> String {
    text.lines().flat_map(|line| ["  ", line, "\n"]).collect()
}
