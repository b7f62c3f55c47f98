//! Tables: each row one line, the cells of a column as wide as its widest.

use scraper::ElementRef;

use super::Writer;

impl Writer<'_> {
    pub(super) fn table(&self, element: ElementRef<'_>) -> String {
        let (mut rows, mut caption) = (Vec::new(), None);
        for part in element.descendent_elements() {
            match part.value().name() {
                "caption" => caption = Some(self.inside(part, false)),
                "tr" => {
                    let cells = part
                        .child_elements()
                        .filter(|cell| matches!(cell.value().name(), "td" | "th"));
                    let of_cell = Writer { in_cell: true, ..*self };
                    let text = |cell| of_cell.inside(cell, false).replace("  \n", "").replace('\n', " ");
                    rows.push(
                        cells
                            .map(|cell| text(cell).trim().replace('|', "\\|"))
                            .collect::<Vec<_>>(),
                    );
                }
                _ => {}
            }
        }
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                rows.iter()
                    .map(|row| cell(row, column).chars().count())
                    .max()
                    .unwrap_or_default()
                    .max(1)
            })
            .collect();
        let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
        let mut lines: Vec<String> = caption.map(|caption| format!("__{caption}__")).into_iter().collect();
        for (place, row) in rows.iter().enumerate() {
            let cells = widths.iter().enumerate();
            lines.push(line(
                cells
                    .map(|(column, width)| format!("{:width$}", cell(row, column)))
                    .collect(),
            ));
            if place == 0 {
                lines.push(line(widths.iter().map(|width| "-".repeat(*width)).collect()));
            }
        }
        lines.join("\n")
    }
}
