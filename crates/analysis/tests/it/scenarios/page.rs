//! A page of scenarios: headings, tables of facts, and in quotations what the check says.

use aftercast_model::Facts;

use super::facts::{Table, push};

/// The scenarios of one check.
pub(super) struct Page {
    lines: Vec<String>,
    pub(super) scenarios: Vec<Scenario>,
}

/// One scenario: what lies under one `##` heading.
#[derive(Default)]
pub(super) struct Scenario {
    pub(super) title: String,
    /// The release to review; the latest where none is named by a line `Release: NAME`.
    pub(super) release: Option<String>,
    /// What the check says, a line each, `nothing` where it stays silent.
    pub(super) expected: Vec<String>,
    tables: Vec<Table>,
    /// The lines of the quotation.
    quoted: Vec<usize>,
    /// The line behind the last one.
    end: usize,
}

impl Scenario {
    /// The facts of all its tables.
    pub(super) fn facts(&self) -> Facts {
        let mut facts = Facts::new();
        for table in &self.tables {
            push(&mut facts, table);
        }
        facts
    }
}

impl Page {
    pub(super) fn read(text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut scenarios: Vec<Scenario> = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            if let Some(title) = line.strip_prefix("## ") {
                scenarios.push(Scenario { title: title.to_owned(), ..Scenario::default() });
            }
            let Some(scenario) = scenarios.last_mut() else { continue };
            scenario.end = at + 1;
            if let Some(release) = line.strip_prefix("Release: ") {
                scenario.release = Some(release.trim().to_owned());
            } else if let Some(said) = line.strip_prefix("> ") {
                scenario.expected.push(said.to_owned());
                scenario.quoted.push(at);
            } else if let Some(row) = line.strip_prefix('|') {
                let cells: Vec<String> = row
                    .trim_end()
                    .trim_end_matches('|')
                    .split('|')
                    .map(|cell| cell.trim().to_owned())
                    .collect();
                let goes_on = at > 0 && lines[at - 1].starts_with('|');
                match scenario.tables.last_mut() {
                    Some(_) if goes_on && cells.iter().all(|cell| is_rule(cell)) => {}
                    Some(table) if goes_on => table.rows.push(cells),
                    _ => scenario.tables.push(Table { head: cells, rows: Vec::new() }),
                }
            }
        }
        Self { lines, scenarios }
    }

    /// The page with `said` in the place of what was expected.
    pub(super) fn with_expected(&self, said: &[Vec<String>]) -> String {
        let mut lines: Vec<Vec<String>> =
            self.lines.iter().map(|line| vec![line.clone()]).collect();
        for (scenario, said) in self.scenarios.iter().zip(said) {
            let quotation: Vec<String> = said.iter().map(|line| format!("> {line}")).collect();
            for line in &scenario.quoted {
                lines[*line].clear();
            }
            match scenario.quoted.first() {
                Some(first) => lines[*first] = quotation,
                None => lines[scenario.end - 1].extend([vec![String::new()], quotation].concat()),
            }
        }
        lines.concat().join("\n") + "\n"
    }
}

fn is_rule(cell: &str) -> bool {
    !cell.is_empty() && cell.chars().all(|character| character == '-' || character == ':')
}
