//! Runs a query over the items: joins, conditions, groups, order; and keeps which items each row came of.

mod join;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use patchbay_model::item::Pair;
use patchbay_model::{Object, Text, Value};
use patchbay_node::{Context, NodeError};

use super::evaluate::{Group, Row, Scope};
use super::syntax::{Column, Expression, Query, Rows, Select, SetOperation};
use crate::compare::{less, sort_by};

/// n8n's error, with what the query fails at.
pub fn refused(why: impl Into<Text>) -> NodeError {
    NodeError::new("E0989", "Issue while executing query")
        .description(why)
        .parameter("query")
}

/// The tables of a query, and what it is told by the node.
pub struct Database<'a> {
    pub tables: HashMap<Text, Vec<Record>>,
    /// Where tables of the query's own (`WITH`) are not found, they are of this one.
    pub beneath: Option<&'a Database<'a>>,
    pub context: &'a Context<'a>,
}

/// A row of a table, and the items that it came of.
#[derive(Clone)]
pub struct Record {
    pub values: Arc<Object>,
    pub pairs: Vec<Pair>,
}

/// A row of a result.
#[derive(Clone)]
pub struct Made {
    pub values: Object,
    pub pairs: Vec<Pair>,
    /// What it is sorted by.
    keys: Vec<Option<Value>>,
}

impl Database<'_> {
    fn table(&self, name: &Text) -> Option<&[Record]> {
        match self.tables.get(name) {
            Some(rows) => Some(rows),
            None => self.beneath?.table(name),
        }
    }

    /// The rows of a query; `outer` is the row around it, where it stands inside of an expression.
    pub fn rows_of(&self, query: &Query, outer: Option<&Scope<'_>>) -> Result<Vec<Made>, NodeError> {
        if query.named.is_empty() {
            return self.rows_without_names(query, outer);
        }
        let mut inner = Database {
            tables: HashMap::new(),
            beneath: Some(self),
            context: self.context,
        };
        for (name, query) in &query.named {
            let rows = inner.rows_of(query, outer)?;
            inner.tables.insert(name.clone(), records(rows));
        }
        inner.rows_without_names(query, outer)
    }

    fn rows_without_names(&self, query: &Query, outer: Option<&Scope<'_>>) -> Result<Vec<Made>, NodeError> {
        let mut rows = self.select(&query.first, &query.order, outer)?;
        for (operation, select) in &query.more {
            let others = self.select(select, &[], outer)?;
            let others = others
                .into_iter()
                .map(|row| renamed(row, &select.columns, &query.first.columns));
            rows = combined(rows, others.collect(), *operation);
        }
        if !query.more.is_empty() {
            for row in &mut rows {
                row.keys = query
                    .order
                    .iter()
                    .map(|(key, _)| row.values.get(&key.name()).cloned())
                    .collect();
            }
        }
        if !query.order.is_empty() {
            sort_by(&mut rows, &mut |left: &Made, right: &Made| {
                let pairs = left.keys.iter().zip(&right.keys).zip(&query.order);
                pairs
                    .map(|((left, right), (_, descending))| order(left.as_ref(), right.as_ref(), *descending))
                    .find(|order| order.is_ne())
                    .unwrap_or(std::cmp::Ordering::Equal)
            });
        }
        rows.drain(..query.offset.min(rows.len()));
        // n8n takes a limit of zero for none.
        if let Some(limit) = query.limit.filter(|limit| *limit > 0) {
            rows.truncate(limit);
        }
        Ok(rows)
    }

    fn select(
        &self,
        select: &Select,
        order: &[(Expression, bool)],
        outer: Option<&Scope<'_>>,
    ) -> Result<Vec<Made>, NodeError> {
        let names: Vec<Text> = select.sources.iter().map(|source| source.name.clone()).collect();
        let tables = self.sources(select, outer)?;
        let scope = Scope {
            database: self,
            tables: &names,
            row: None,
            group: None,
            outer,
        };
        let joined = self.joined(select, &tables, &scope)?;
        let mut kept: Vec<(Row, Vec<Vec<Pair>>)> = Vec::new();
        for places in joined {
            let parts = places.iter().zip(&tables);
            let parts: Vec<Option<&Record>> = parts.map(|(place, table)| place.map(|place| &table[place])).collect();
            let row = Row {
                parts: parts
                    .iter()
                    .map(|part| part.map(|record| record.values.clone()))
                    .collect(),
                place: kept.len(),
            };
            let holds = match &select.condition {
                Some(condition) => scope.for_row(&row).holds(condition)?,
                None => true,
            };
            if holds {
                let pairs = parts
                    .iter()
                    .map(|part| part.map(|record| record.pairs.clone()).unwrap_or_default());
                kept.push((row, pairs.collect()));
            }
        }
        let values = select.columns.iter().filter_map(|column| match column {
            Column::Value { value, .. } => Some(value),
            Column::All(_) => None,
        });
        let grouped = !select.groups.is_empty() || values.chain(&select.having).any(Expression::aggregates);
        let mut made = if grouped {
            grouped_rows(select, order, &kept, &scope)?
        } else {
            let rows = kept
                .iter()
                .map(|(row, pairs)| plain_row(select, order, row, pairs, &scope));
            rows.collect::<Result<Vec<_>, _>>()?
        };
        if select.distinct {
            // Of rows whose values have the same text the last one stands, at the place of the first.
            let mut known: indexmap::IndexMap<Vec<(Text, Text)>, Made> = indexmap::IndexMap::new();
            for row in made {
                known.insert(texts(&row.values), row);
            }
            made = known.into_values().collect();
        }
        Ok(made)
    }

    fn sources(&self, select: &Select, outer: Option<&Scope<'_>>) -> Result<Vec<Vec<Record>>, NodeError> {
        let rows = select.sources.iter().map(|source| match &source.rows {
            Rows::Query(query) => Ok(records(self.rows_of(query, outer)?)),
            Rows::Table(name) => match self.table(name) {
                Some(rows) => Ok(rows.to_vec()),
                None => Err(refused(format!("Table does not exist: {name}"))
                    .hint("The inputs are tables: `input1`, `input2`, …")),
            },
        });
        rows.collect()
    }
}

/// The columns with the texts of their values.
fn texts(values: &Object) -> Vec<(Text, Text)> {
    let text = |value: &Value| match value {
        value @ (Value::Array(_) | Value::Object(_)) => value.to_json().into(),
        value => value.to_text(),
    };
    values.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

fn records(rows: Vec<Made>) -> Vec<Record> {
    let records = rows.into_iter().map(|row| Record {
        values: Arc::new(row.values),
        pairs: row.pairs,
    });
    records.collect()
}

fn plain_row(
    select: &Select,
    order: &[(Expression, bool)],
    row: &Row,
    pairs: &[Vec<Pair>],
    scope: &Scope<'_>,
) -> Result<Made, NodeError> {
    let scope = scope.for_row(row);
    let mut values = Object::new();
    // Values come before what a `*` stands for, and are replaced by it.
    add_values(&mut values, select, &scope)?;
    // n8n asks for the origins of each table beside the columns, but where there is only a `*`.
    let only_whole = matches!(select.columns[..], [Column::All(None)]) && !select.distinct;
    let mut origins: Vec<Pair> = if only_whole {
        Vec::new()
    } else {
        pairs.iter().flatten().copied().collect()
    };
    origins.sort_by_key(|pair| pair.input);
    let mut last = None;
    for column in &select.columns {
        let Column::All(table) = column else { continue };
        for (place, name) in scope.tables.iter().enumerate() {
            if table.as_ref().is_none_or(|table| table == name)
                && let Some(part) = row.parts.get(place).and_then(Option::as_ref)
            {
                for (key, value) in part.iter() {
                    values.insert(key.clone(), value.clone());
                }
                last = pairs.get(place);
            }
        }
    }
    origins.extend(last.into_iter().flatten());
    let keys = order_keys(order, select, &values, &scope)?;
    Ok(Made {
        values,
        pairs: origins,
        keys,
    })
}

fn add_values(values: &mut Object, select: &Select, scope: &Scope<'_>) -> Result<(), NodeError> {
    for column in &select.columns {
        if let Column::Value { name, value } = column {
            // A column of the same name without a value takes the place of the one before.
            match scope.evaluate(value)? {
                Some(value) => drop(values.insert(name.clone(), value)),
                None => drop(values.remove(name)),
            }
        }
    }
    Ok(())
}

fn order_keys(
    order: &[(Expression, bool)],
    select: &Select,
    values: &Object,
    scope: &Scope<'_>,
) -> Result<Vec<Option<Value>>, NodeError> {
    let keys = order.iter().map(|(key, _)| {
        let named = match key {
            Expression::Literal(Value::Number(place)) => {
                match select.columns.get((*place as usize).saturating_sub(1)) {
                    Some(Column::Value { name, .. }) => Some(name),
                    _ => None,
                }
            }
            Expression::Column { table: None, name } => select.columns.iter().find_map(|column| match column {
                Column::Value { name: known, .. } if known == name => Some(known),
                _ => None,
            }),
            _ => None,
        };
        match named {
            Some(name) => Ok(values.get(name).cloned()),
            None => scope.evaluate(key),
        }
    });
    keys.collect()
}

fn grouped_rows(
    select: &Select,
    order: &[(Expression, bool)],
    rows: &[(Row, Vec<Vec<Pair>>)],
    scope: &Scope<'_>,
) -> Result<Vec<Made>, NodeError> {
    let mut groups: indexmap::IndexMap<Vec<Option<String>>, Group<'_>> = indexmap::IndexMap::new();
    if select.groups.is_empty() {
        groups.insert(
            Vec::new(),
            Group {
                keys: Vec::new(),
                rows: Vec::new(),
            },
        );
    }
    for (row, _) in rows {
        let scope = scope.for_row(row);
        let values = select.groups.iter().map(|group| scope.evaluate(group));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let key: Vec<Option<String>> = values.iter().map(|value| value.as_ref().map(Value::to_json)).collect();
        let keys = || select.groups.iter().zip(values).collect();
        groups
            .entry(key)
            .or_insert_with(|| Group {
                keys: keys(),
                rows: Vec::new(),
            })
            .rows
            .push(row);
    }
    let mut made = Vec::with_capacity(groups.len());
    for group in groups.into_values() {
        if let Some(having) = &select.having {
            // Here n8n sees but the values of many rows.
            let rows_only = Group {
                keys: Vec::new(),
                rows: group.rows.clone(),
            };
            if !(Scope {
                group: Some(&rows_only),
                ..*scope
            })
            .holds(having)?
            {
                continue;
            }
        }
        let scope = Scope {
            group: Some(&group),
            ..*scope
        };
        let mut values = Object::new();
        add_values(&mut values, select, &scope)?;
        if select.columns.iter().any(|column| matches!(column, Column::All(_))) {
            for (key, value) in &group.keys {
                if let Some(value) = value {
                    values.insert(key.name(), value.clone());
                }
            }
        }
        let keys = order_keys(order, select, &values, &scope)?;
        made.push(Made {
            values,
            pairs: Vec::new(),
            keys,
        });
    }
    Ok(made)
}

/// The row with the first query's names, place by place; what a `*` stands for has no place.
fn renamed(mut row: Made, own: &[Column], first: &[Column]) -> Made {
    let names = first.iter().zip(own).filter_map(|(first, own)| match (first, own) {
        (Column::Value { name: first, .. }, Column::Value { name: own, .. }) => Some((first, own)),
        _ => None,
    });
    let values = names.filter_map(|(first, own)| Some((first.clone(), row.values.get(own)?.clone())));
    row.values = values.collect();
    row
}

fn combined(rows: Vec<Made>, others: Vec<Made>, operation: SetOperation) -> Vec<Made> {
    let text = |row: &Made| Value::object(row.values.clone()).to_json();
    let known: HashSet<String> = others.iter().map(text).collect();
    match operation {
        SetOperation::UnionAll => rows.into_iter().chain(others).collect(),
        // n8n begins with the second query, and adds of the first what is not there.
        SetOperation::Union => {
            let new = rows.into_iter().filter(|row| !known.contains(&text(row)));
            let new: Vec<Made> = new.collect();
            others.into_iter().chain(new).collect()
        }
        SetOperation::Except => rows.into_iter().filter(|row| !known.contains(&text(row))).collect(),
        SetOperation::Intersect => rows.into_iter().filter(|row| known.contains(&text(row))).collect(),
    }
}

/// n8n's order of rows: what is missing is as empty text, and what is not less is more.
fn order(left: Option<&Value>, right: Option<&Value>, descending: bool) -> std::cmp::Ordering {
    let empty = Value::text("");
    let left = left.filter(|value| !value.is_null()).unwrap_or(&empty);
    let right = right.filter(|value| !value.is_null()).unwrap_or(&empty);
    if left == right {
        std::cmp::Ordering::Equal
    } else if less(Some(left), Some(right)) != descending {
        std::cmp::Ordering::Less
    } else {
        std::cmp::Ordering::Greater
    }
}
