//! Values of many rows: counts, sums, lists. Sums and averages treat text among numbers as n8n does.

use std::collections::HashSet;

use patchbay_model::{Text, Value};
use patchbay_node::NodeError;

use super::evaluate::{Group, Scope, add, length, number};
use super::syntax::Expression;

/// The value of an aggregate function over the rows of a group.
pub fn value(
    scope: &Scope<'_>,
    group: &Group<'_>,
    function: &str,
    distinct: bool,
    arguments: &[Expression],
) -> Result<Option<Value>, NodeError> {
    if matches!(arguments, [Expression::All]) {
        return Ok(Some(length(group.rows.len())));
    }
    if group.rows.is_empty() {
        // Of no rows there are counts and sums, and nothing else.
        return Ok(matches!(function, "COUNT" | "SUM" | "TOTAL").then_some(Value::Number(0.0)));
    }
    let argument = if function == "GROUP_CONCAT" {
        arguments.last()
    } else {
        arguments.first()
    };
    let mut values: Vec<Option<Value>> = Vec::with_capacity(group.rows.len());
    if let Some(argument) = argument {
        for row in &group.rows {
            values.push(scope.for_row(row).evaluate(argument)?);
        }
    }
    if distinct {
        let mut known: HashSet<Option<String>> = HashSet::new();
        values.retain(|value| known.insert(value.as_ref().map(Value::to_json)));
    }
    let there = || values.iter().flatten().filter(|value| !value.is_null());
    let numbers = || there().filter_map(Value::as_number);
    Ok(match function {
        "COUNT" => Some(length(there().count())),
        "SUM" => Some(sum(&values)),
        // Unlike a sum, it takes each value for a number, or for none.
        "TOTAL" => number(there().map(Value::to_number).filter(|number| !number.is_nan()).sum()),
        "AVG" => average(&values),
        "MIN" => Some(numbers().reduce(f64::min).map_or(Value::Null, Value::Number)),
        "MAX" => Some(numbers().reduce(f64::max).map_or(Value::Null, Value::Number)),
        "FIRST" => values.into_iter().next().flatten(),
        "LAST" => values.into_iter().next_back().flatten(),
        "ARRAY" => Some(Value::array(
            values.into_iter().map(Option::unwrap_or_default).collect(),
        )),
        "GROUP_CONCAT" => {
            let texts = values.iter().map(|value| match value {
                Some(value) => value.to_text(),
                None => Text::new_static("undefined"),
            });
            Some(Value::text(texts.collect::<Vec<_>>().join(",")))
        }
        "STDEV" | "STDDEV" => {
            deviation(&numbers().collect::<Vec<_>>(), 1.0).and_then(|variance| number(variance.sqrt()))
        }
        "STDEVP" => deviation(&numbers().collect::<Vec<_>>(), 0.0).and_then(|variance| number(variance.sqrt())),
        "VAR" => deviation(&numbers().collect::<Vec<_>>(), 1.0).and_then(number),
        "VARP" => deviation(&numbers().collect::<Vec<_>>(), 0.0).and_then(number),
        "MEDIAN" => median(numbers().collect()),
        _ => None,
    })
}

/// n8n adds text to a number as text, and forgets what is no number by the next value.
fn sum(values: &[Option<Value>]) -> Value {
    let mut sum = Value::Null;
    for value in values {
        let value = value.as_ref().filter(|value| !value.is_null());
        sum = match (sum, value) {
            (sum @ Value::Number(_), Some(value)) => add(&sum, value).unwrap_or_default(),
            (sum @ Value::Number(_), None) => sum,
            (_, Some(value @ Value::Number(_))) => value.clone(),
            _ => Value::Null,
        };
    }
    sum
}

fn average(values: &[Option<Value>]) -> Option<Value> {
    let mut sum: Option<Value> = None;
    let mut count = 0;
    for value in values {
        let value = value.clone().filter(|value| !value.is_null());
        count += usize::from(value.is_some());
        let value = value.unwrap_or(Value::Number(0.0));
        sum = match sum {
            Some(sum) => add(&sum, &value),
            None => Some(value),
        };
    }
    number(sum?.to_number() / count as f64)
}

/// The mean square distance from the mean, over as many values less `less`.
fn deviation(numbers: &[f64], less: f64) -> Option<f64> {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    (count > less).then(|| squares / (count - less))
}

fn median(mut numbers: Vec<f64>) -> Option<Value> {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    let upper = numbers.get(middle)?;
    let value = if numbers.len().is_multiple_of(2) {
        f64::midpoint(numbers[middle - 1], *upper)
    } else {
        *upper
    };
    Some(Value::Number(value))
}
