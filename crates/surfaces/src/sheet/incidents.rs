//! The page of incidents as tables: what each points at, what was undone, what gates let through.

use aftercast_analysis::review::{
    GateAnswer, IncidentLine, IncidentLinks, LetThroughLine, LinkVerdict, UndoneLine,
};

use super::{Cell, Column, Part, Sheet};

/// How many rows of a table stand on the page; JSON has all.
const SHOWN: usize = 30;

/// Returns the page.
pub fn incidents(page: &IncidentLinks) -> Sheet {
    let mut parts = Vec::new();
    if !page.incidents.is_empty() {
        parts.push(links(page));
    }
    if !page.undone.is_empty() {
        parts.push(undone(&page.undone));
    }
    if !page.gates.is_empty() {
        parts.push(gates(&page.gates));
    }
    Sheet {
        title: format!("Incidents of `{}`", page.service),
        lead: page.says.clone(),
        parts,
        notes: page.notes.clone(),
    }
}

fn links(page: &IncidentLinks) -> Part {
    let row = |line: &IncidentLine| {
        let best = line.candidates.first();
        vec![
            Cell::text(if line.title.is_empty() {
                line.id.to_string()
            } else {
                line.title.clone()
            }),
            line.onset_at.map_or(Cell::NotKnown, Cell::At),
            Cell::text(verdict(line.verdict)),
            best.map_or(Cell::NotKnown, |best| Cell::text(best.release.clone())),
            best.map_or(Cell::NotKnown, |best| Cell::Share(best.posterior)),
            Cell::millis(best.map(|best| best.lag_ms)),
            Cell::count(Some(line.candidates_n)),
            gate(line.gate.as_ref()),
        ]
    };
    Part {
        title: "What incidents point at".to_owned(),
        says: vec![page.model.says.clone()],
        columns: vec![
            Column::words("incident", "incident"),
            Column::words("began", "onset_at"),
            Column::words("verdict", "verdict"),
            Column::words("release", "release"),
            Column::numbers("score", "posterior"),
            Column::numbers("after", "lag_ms"),
            Column::numbers("candidates", "candidates"),
            Column::words("could have caught it", "gate"),
        ],
        rows: page.incidents.iter().take(SHOWN).map(row).collect(),
        below: said(page.incidents.iter().map(|line| {
            let gate = line.gate.as_ref().map(|gate| format!(" {}", gate.says)).unwrap_or_default();
            format!("`{}`: {}{gate}", line.title, line.says)
        })),
    }
}

fn undone(lines: &[UndoneLine]) -> Part {
    let row = |line: &UndoneLine| {
        vec![
            Cell::At(line.at),
            Cell::text(line.kind.clone()),
            line.release.clone().map_or(Cell::NotKnown, Cell::text),
            Cell::millis(line.lag_ms),
            line.got_through
                .map_or(Cell::NotKnown, |yes| Cell::text(if yes { "yes" } else { "no" })),
            gate(line.gate.as_ref()),
        ]
    };
    Part {
        title: "Rollbacks, reverts, hotfixes".to_owned(),
        says: Vec::new(),
        columns: vec![
            Column::words("made", "at"),
            Column::words("kind", "kind"),
            Column::words("undoes release", "release"),
            Column::numbers("after", "lag_ms"),
            Column::words("was in production", "got_through"),
            Column::words("could have caught it", "gate"),
        ],
        rows: lines.iter().take(SHOWN).map(row).collect(),
        below: said(lines.iter().map(|line| {
            let gate = line.gate.as_ref().map(|gate| format!(" {}", gate.says)).unwrap_or_default();
            format!("{}{gate}", line.says)
        })),
    }
}

fn gates(lines: &[LetThroughLine]) -> Part {
    let row = |line: &LetThroughLine| {
        vec![
            Cell::text(line.gate.clone()),
            Cell::count(Some(line.passed)),
            Cell::count(Some(line.looked_there)),
        ]
    };
    Part {
        title: "What gates let through".to_owned(),
        says: vec![
            "A gate looks there where it has said no to an earlier revision of what was at fault, \
             to its fix, or to an earlier problem."
                .to_owned(),
        ],
        columns: vec![
            Column::words("gate", "gate"),
            Column::numbers("problems passed", "passed"),
            Column::numbers("looks there", "looked_there"),
        ],
        rows: lines.iter().take(SHOWN).map(row).collect(),
        below: Vec::new(),
    }
}

/// The first sentences; a page is no place for all of them.
fn said(sentences: impl Iterator<Item = String>) -> Vec<String> {
    sentences.take(5).collect()
}

fn gate(answer: Option<&GateAnswer>) -> Cell {
    match answer {
        None => Cell::NotKnown,
        Some(answer) => match &answer.gate {
            Some(gate) => Cell::text(gate.clone()),
            None if answer.passed.is_empty() => Cell::NotKnown,
            None => Cell::text("no gate looked"),
        },
    }
}

fn verdict(verdict: LinkVerdict) -> &'static str {
    match verdict {
        LinkVerdict::Confirmed => "confirmed",
        LinkVerdict::Named => "named",
        LinkVerdict::CausedBy => "caused by",
        LinkVerdict::Probably => "probably",
        LinkVerdict::Suspects => "suspects",
        LinkVerdict::NoRelease => "rather none",
        LinkVerdict::NotKnown => "not known",
    }
}
