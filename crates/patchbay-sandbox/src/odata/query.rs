//! Query options: read against the type that they are about, and applied to entities.

use std::cmp::Ordering;

use serde_json::Value;

use super::Error;
use super::alias;
use super::expand::{self, Expand, Select};
use super::filter::{self, Evaluation, Expression};
use super::literal::Scalar;
use super::search::Search;
use crate::facts::{Facts, Kind};

/// What a request asks of a list or of an entity.
#[derive(Debug, Default)]
pub struct Options {
    pub filter: Option<Expression>,
    pub search: Option<Search>,
    pub order: Vec<Order>,
    pub skip: usize,
    pub top: Option<usize>,
    /// Whether the number of all entities is to be told, beside the page.
    pub count: bool,
    pub select: Select,
    pub expand: Vec<Expand>,
}

/// One key to sort by.
#[derive(Debug)]
pub struct Order {
    expression: Expression,
    descending: bool,
}

/// What a place allows.
#[derive(Clone, Copy)]
pub struct Limits {
    /// A list takes all options, a single entity only `$select` and `$expand`.
    pub list: bool,
    /// A `$top` above this is refused.
    pub greatest_top: Option<usize>,
}

/// A page of a list.
pub struct Page {
    pub items: Vec<Value>,
    /// How many there are beyond paging.
    pub count: usize,
}

/// The options of a request's query, decoded. Names with neither `$` nor `@` are not OData's and are left alone.
pub fn parse(pairs: &[(String, String)], kind: &Kind, limits: Limits, facts: &Facts) -> Result<Options, Error> {
    let mut options = Options::default();
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in pairs.iter().filter(|(name, _)| name.starts_with('$')) {
        if seen.contains(&name.as_str()) {
            return Err(Error::bad_option(
                name,
                format!("The query option '{name}' must be given only once."),
            ));
        }
        seen.push(name);
        if !limits.list && !matches!(name.as_str(), "$select" | "$expand" | "$format") {
            let message = format!("The query option '{name}' applies to lists, and this is one entity.");
            return Err(Error::bad_option(name, message));
        }
        let resolved = alias::resolve(value, pairs);
        let fault = |fault: filter::Fault| {
            let value = &resolved;
            let message = format!("{} at position {} in `{value}`.", fault.message, fault.position);
            Error::bad_option(name, message)
        };
        match name.as_str() {
            "$filter" => options.filter = Some(filter::parse(&resolved, kind, facts).map_err(fault)?),
            "$orderby" => options.order = order(&resolved, kind, facts).map_err(fault)?,
            "$search" => {
                options.search = Some(
                    Search::parse(value)
                        .map_err(|message| Error::bad_option(name, format!("In $search, {message}.")))?,
                );
            }
            "$top" => {
                let top = number(name, value)?;
                if let Some(greatest) = limits.greatest_top.filter(|greatest| top > *greatest) {
                    let message = format!(
                        "The limit of '{greatest}' for Top query has been exceeded. The value from the incoming request is '{top}'."
                    );
                    return Err(Error::bad_option(name, message));
                }
                options.top = Some(top);
            }
            "$skip" => options.skip = number(name, value)?,
            "$count" => {
                let message = || {
                    format!(
                        "Invalid value '{value}' for $count query option found. Valid values are 'true' and 'false'."
                    )
                };
                options.count = value.parse().map_err(|_| Error::bad_option(name, message()))?;
            }
            "$select" => options.select = expand::select(value, kind, facts)?,
            "$expand" => options.expand = expand::expand(&resolved, kind, facts)?,
            "$format" if value == "json" || value.starts_with("application/json") => {}
            _ => {
                return Err(Error::bad_option(
                    name,
                    format!("The query parameter '{name}' is not supported."),
                ));
            }
        }
    }
    Ok(options)
}

fn number(name: &str, value: &str) -> Result<usize, Error> {
    // The service counts with 32 bits.
    let number = value
        .parse::<i32>()
        .ok()
        .and_then(|number| usize::try_from(number).ok());
    let message = || {
        format!(
            "Invalid value '{value}' for {name} query option found. The {name} query option requires a non-negative integer value."
        )
    };
    number.ok_or_else(|| Error::bad_option(name, message()))
}

fn order(text: &str, kind: &Kind, facts: &Facts) -> Result<Vec<Order>, filter::Fault> {
    let mut orders = Vec::new();
    let mut position = 0;
    for part in expand::split(text, ',') {
        let trimmed = part.trim_end();
        let (expression, descending) = match trimmed.rsplit_once(char::is_whitespace) {
            Some((expression, "desc")) => (expression, true),
            Some((expression, "asc")) => (expression, false),
            _ => (trimmed, false),
        };
        let shifted = |fault: filter::Fault| filter::Fault {
            position: fault.position + position,
            ..fault
        };
        let expression = filter::parse_value(expression, kind, facts).map_err(shifted)?;
        if let Some(fault) = expression.without_order() {
            return Err(shifted(fault));
        }
        orders.push(Order { expression, descending });
        position += part.chars().count() + 1;
    }
    Ok(orders)
}

impl Options {
    /// Filters, sorts and pages whole entities, and leaves of each what is selected.
    pub fn apply<'a>(&'a self, entities: &'a [Value], kind: &Kind, evaluation: Evaluation<'a>) -> Page {
        let mut found: Vec<&Value> = entities
            .iter()
            .filter(|entity| self.search.as_ref().is_none_or(|search| search.finds(entity)))
            .filter(|entity| {
                self.filter
                    .as_ref()
                    .is_none_or(|condition| evaluation.holds(condition, entity))
            })
            .collect();
        if !self.order.is_empty() {
            // Each key is computed once for each entity; the sort is stable.
            let mut keyed: Vec<(Vec<Scalar>, &Value)> = found
                .into_iter()
                .map(|entity| {
                    (
                        self.order
                            .iter()
                            .map(|order| evaluation.value(&order.expression, entity))
                            .collect(),
                        entity,
                    )
                })
                .collect();
            keyed.sort_by(|(left, _), (right, _)| self.compare(left, right));
            found = keyed.into_iter().map(|(_, entity)| entity).collect();
        }
        let count = found.len();
        let page = found.into_iter().skip(self.skip).take(self.top.unwrap_or(usize::MAX));
        let items = page.map(|entity| self.project(entity, kind, evaluation)).collect();
        Page { items, count }
    }

    /// One entity with what is selected and expanded of it.
    pub fn project(&self, entity: &Value, kind: &Kind, evaluation: Evaluation) -> Value {
        expand::project(entity, kind, &self.select, &self.expand, evaluation)
    }

    fn compare(&self, left: &[Scalar], right: &[Scalar]) -> Ordering {
        let keys = left.iter().zip(right).zip(&self.order).map(|((left, right), order)| {
            // Null comes before everything.
            let ordering = match (left, right) {
                (Scalar::Null, Scalar::Null) => Ordering::Equal,
                (Scalar::Null, _) => Ordering::Less,
                (_, Scalar::Null) => Ordering::Greater,
                _ => left.compare(right).unwrap_or(Ordering::Equal),
            };
            if order.descending { ordering.reverse() } else { ordering }
        });
        keys.fold(Ordering::Equal, Ordering::then)
    }
}
