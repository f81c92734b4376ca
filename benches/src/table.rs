//! Results as tables, for terminals and as Markdown.

use crate::measure::Figure;
use crate::results::Results;
use crate::rows::{Measure, Row};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// A table in Markdown; the first column is aligned to the left.
pub fn markdown(header: &[String], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n")
}

/// A number with three digits or so.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 99.95 => format!("{value:.0}"),
        size if size >= 9.995 => format!("{value:.1}"),
        size if size >= 0.9995 || size == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// The table of all rows: least / median of each contender, and how many times ours (the first contender's least) it is.
pub fn figures(results: &Results) -> String {
    let mut header = vec!["load".to_owned(), "workers".to_owned()];
    header.extend(results.contenders.iter().cloned());
    let mut lines = Vec::new();
    for row in &results.rows {
        for &workers in &results.workers {
            let cells: Vec<Option<Figure>> = (results.contenders.iter())
                .map(|name| results.figure(row, name, workers))
                .collect();
            if cells.iter().all(Option::is_none) {
                continue;
            }
            let ours = cells.first().copied().flatten();
            let mut line = vec![row.name.to_owned(), workers.to_string()];
            for (at, cell) in cells.iter().enumerate() {
                line.push(match (cell, ours) {
                    (None, _) => String::new(),
                    (Some(figure), Some(ours)) if at > 0 && ours.least > 0.0 => {
                        format!("{} ({}×)", pair(figure), number(figure.least / ours.least))
                    }
                    (Some(figure), _) => pair(figure),
                });
            }
            lines.push(line);
        }
    }
    markdown(&header, &lines)
}

/// How many times as fast the second number of workers is, where a row was measured with two.
pub fn speedups(results: &Results) -> Option<String> {
    let [few, many] = results.workers[..] else {
        return None;
    };
    let mut header = vec![format!("time with {few} / with {many} workers")];
    header.extend(results.contenders.iter().cloned());
    let mut lines = Vec::new();
    for row in results
        .rows
        .iter()
        .filter(|row| row.parallel && !matches!(row.measure, Measure::Bytes { .. }))
    {
        let mut line = vec![row.name.to_owned()];
        for name in &results.contenders {
            let both = (results.figure(row, name, few), results.figure(row, name, many));
            line.push(match both {
                (Some(few), Some(many)) if many.least > 0.0 => {
                    format!("{:.2} / {:.2}", few.least / many.least, few.median / many.median)
                }
                _ => String::new(),
            });
        }
        if line[1..].iter().any(|cell| !cell.is_empty()) {
            lines.push(line);
        }
    }
    (!lines.is_empty()).then(|| markdown(&header, &lines))
}

/// What an operation of each row costs with the first number of workers, in nanoseconds: the first contender's least.
pub fn costs(results: &Results) -> String {
    let header = ["what", "load", "ns, least", "median"].map(str::to_owned);
    let mut lines = Vec::new();
    for row in &results.rows {
        let (Some(name), Some(&workers)) = (results.contenders.first(), results.workers.first()) else {
            continue;
        };
        let Some(figure) = results.figure(row, name, workers) else {
            continue;
        };
        let scale = match row.measure {
            Measure::Whole { .. } => 1e9,
            Measure::Operation | Measure::Bytes { .. } => 1.0,
        };
        lines.push(vec![
            row.operation.trim_end_matches(", seconds").to_owned(),
            row.name.to_owned(),
            number(figure.least * scale),
            number(figure.median * scale),
        ]);
    }
    markdown(&header, &lines)
}

/// What an operation of each row is.
pub fn legend(rows: &[&Row]) -> String {
    let header = ["load".to_owned(), "one operation".to_owned(), "unit".to_owned()];
    let lines: Vec<Vec<String>> = (rows.iter())
        .map(|row| {
            let unit = match row.measure {
                Measure::Operation => "ns",
                Measure::Whole { .. } => "s",
                Measure::Bytes { .. } => "bytes",
            };
            vec![row.name.to_owned(), row.operation.to_owned(), unit.to_owned()]
        })
        .collect();
    markdown(&header, &lines)
}

fn pair(figure: &Figure) -> String {
    format!("{} / {}", number(figure.least), number(figure.median))
}
