//! Rows of several tables that belong together.

use std::collections::HashMap;
use std::sync::Arc;

use patchbay_model::{Object, Text, Value};
use patchbay_node::NodeError;

use super::super::evaluate::{Row, Scope};
use super::super::syntax::{Expression, Join, Operator, Select, Source};
use super::{Database, Record};

impl Database<'_> {
    /// The rows of all sources that belong together, each as the places in its tables.
    pub fn joined(
        &self,
        select: &Select,
        tables: &[Vec<Record>],
        scope: &Scope<'_>,
    ) -> Result<Vec<Vec<Option<usize>>>, NodeError> {
        let mut rows: Vec<Vec<Option<usize>>> = vec![Vec::new()];
        for (number, source) in select.sources.iter().enumerate() {
            self.context.checkpoint()?;
            rows = self.join(rows, number, source, tables, scope)?;
        }
        Ok(rows)
    }

    fn join(
        &self,
        rows: Vec<Vec<Option<usize>>>,
        number: usize,
        source: &Source,
        tables: &[Vec<Record>],
        scope: &Scope<'_>,
    ) -> Result<Vec<Vec<Option<usize>>>, NodeError> {
        let table = &tables[number];
        let (keys, conditions) = split_condition(source.on.as_ref(), &source.name, scope.tables);
        // Rows are found by the text of their keys, so that 1 and "1" are partners, and what is missing has some too.
        // Where there are several conditions, what is found so has to be strictly equal as well.
        let rest = if conditions.len() > 1 || keys.is_empty() {
            conditions
        } else {
            Vec::new()
        };
        let mut by_key: HashMap<Vec<Text>, Vec<usize>> = HashMap::new();
        if !keys.is_empty() {
            for (place, record) in table.iter().enumerate() {
                let key = keys
                    .iter()
                    .map(|(_, name)| key_text(record.values.get(name), source.join));
                by_key.entry(key.collect()).or_default().push(place);
            }
        }
        let all: Vec<usize> = (0..table.len()).collect();
        let mut made = Vec::new();
        let mut found_partner = vec![false; table.len()];
        for places in rows {
            self.context.checkpoint()?;
            let mut parts: Vec<Option<Arc<Object>>> = places
                .iter()
                .zip(tables)
                .map(|(place, table)| place.map(|place| table[place].values.clone()))
                .collect();
            let candidates: &[usize] = if keys.is_empty() {
                &all
            } else {
                let row = Row {
                    parts: parts.clone(),
                    place: 0,
                };
                let values = keys.iter().map(|(left, _)| scope.for_row(&row).evaluate(left));
                let key = values
                    .map(|value| Ok(key_text(value?.as_ref(), source.join)))
                    .collect::<Result<Vec<_>, NodeError>>()?;
                by_key.get(&key).map_or(&[], Vec::as_slice)
            };
            let before = made.len();
            parts.push(None);
            let mut row = Row { parts, place: 0 };
            for place in candidates {
                if !rest.is_empty() {
                    row.parts[number] = Some(table[*place].values.clone());
                    let inner = scope.for_row(&row);
                    let holds = rest.iter().map(|condition| inner.holds(condition));
                    if !holds.collect::<Result<Vec<_>, _>>()?.into_iter().all(|holds| holds) {
                        continue;
                    }
                }
                found_partner[*place] = true;
                let mut places = places.clone();
                places.push(Some(*place));
                made.push(places);
            }
            if made.len() == before && matches!(source.join, Join::Left | Join::Full) {
                let mut places = places;
                places.push(None);
                made.push(places);
            }
        }
        if matches!(source.join, Join::Right | Join::Full) {
            for place in (0..table.len()).filter(|place| !found_partner[*place]) {
                let mut places = vec![None; number];
                places.push(Some(place));
                made.push(places);
            }
        }
        Ok(made)
    }
}

/// The equalities of a condition that tie a table to those before it, as what they compare and the table's column; and
/// all conditions that must hold at once.
fn split_condition<'a>(
    condition: Option<&'a Expression>,
    table: &Text,
    tables: &[Text],
) -> (Vec<(&'a Expression, &'a Text)>, Vec<&'a Expression>) {
    let (mut keys, mut conditions) = (Vec::new(), Vec::new());
    let mut open: Vec<&Expression> = condition.into_iter().collect();
    while let Some(condition) = open.pop() {
        if let Expression::Binary(Operator::And, left, right) = condition {
            open.extend([&**right, &**left]);
            continue;
        }
        let found = match condition {
            Expression::Binary(Operator::Equal, left, right) => {
                let own = |side: &'a Expression, other: &'a Expression| match (side, other) {
                    (
                        Expression::Column { table: Some(own), name },
                        Expression::Column {
                            table: Some(other_table),
                            ..
                        },
                    ) if own == table && other_table != table && tables.contains(other_table) => Some((other, name)),
                    _ => None,
                };
                own(left, right).or_else(|| own(right, left))
            }
            _ => None,
        };
        keys.extend(found);
        conditions.push(condition);
    }
    (keys, conditions)
}

/// Where rows of the right table are kept without partner, what is null there is a partner of what is missing.
fn key_text(value: Option<&Value>, join: Join) -> Text {
    match value {
        None => Text::new_static("undefined"),
        Some(Value::Null) if matches!(join, Join::Right | Join::Full) => Text::new_static("undefined"),
        Some(value) => value.to_text(),
    }
}
