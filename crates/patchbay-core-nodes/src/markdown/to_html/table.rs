//! Tables of Markdown: a line of names, a line of dashes, and lines of cells.

use super::Writer;

impl Writer<'_> {
    /// The table that lines begin with, and how many they are.
    pub(super) fn table(&self, lines: &[&str]) -> Option<(String, usize)> {
        let [names, dashes, rest @ ..] = lines else {
            return None;
        };
        if !self.options.tables || !names.contains('|') || !is_line_of_dashes(dashes) {
            return None;
        }
        let styles: Vec<&str> = cells(dashes).into_iter().map(style).collect();
        let style = |column: usize| styles.get(column).copied().unwrap_or_default();
        let names = cells(names);
        let mut html = String::from("<table>\n<thead>\n<tr>\n");
        for (column, name) in names.iter().enumerate() {
            let id = if self.options.table_ids {
                format!(" id=\"{}\"", name.replace(' ', "_").to_lowercase())
            } else {
                String::new()
            };
            html.extend(["<th", &id, style(column), ">", &self.inline(name), "</th>\n"]);
        }
        html.push_str("</tr>\n</thead>\n<tbody>\n");
        let rows = rest.iter().take_while(|line| !line.trim().is_empty());
        let mut count = 2;
        for row in rows {
            let row = cells(row);
            html.push_str("<tr>\n");
            for column in 0..names.len() {
                let cell = row.get(column).copied().unwrap_or_default();
                html.extend(["<td", style(column), ">", &self.inline(cell), "</td>\n"]);
            }
            html.push_str("</tr>\n");
            count += 1;
        }
        html.push_str("</tbody>\n</table>");
        Some((html, count))
    }
}

/// Two columns of dashes at least, or one alone.
fn is_line_of_dashes(line: &str) -> bool {
    let cells = cells(line);
    let is_dashes = |cell: &&str| {
        let dashes = cell.strip_prefix(':').unwrap_or(cell);
        let dashes = dashes.strip_suffix(':').unwrap_or(dashes).trim();
        dashes.len() >= 2 && dashes.bytes().all(|byte| matches!(byte, b'-' | b'='))
    };
    line.contains('|') && !cells.is_empty() && cells.iter().take(2).all(is_dashes)
}

/// What stands between the bars of a line that are neither escaped nor in code.
fn cells(line: &str) -> Vec<&str> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let (mut cells, mut start, mut in_code, mut escaped) = (Vec::new(), 0, false, false);
    for (place, c) in line.char_indices() {
        match c {
            '|' if !escaped && !in_code => {
                cells.push(line[start..place].trim());
                start = place + 1;
            }
            '`' if !escaped => in_code = !in_code,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    if !line[start..].trim().is_empty() {
        cells.push(line[start..].trim());
    }
    cells
}

fn style(dashes: &str) -> &'static str {
    match (dashes.starts_with(':'), dashes.ends_with(':')) {
        (true, true) => " style=\"text-align:center;\"",
        (true, false) => " style=\"text-align:left;\"",
        (false, true) => " style=\"text-align:right;\"",
        (false, false) => "",
    }
}
