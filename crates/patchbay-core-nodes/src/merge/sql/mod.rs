//! Merge by SQL: each input is a table, and the rows that a query selects are the items. n8n asks the JavaScript library
//! `alasql`, whose answers these are: undefined where nothing is known, JavaScript's comparisons, joins by the text of
//! what is equal. Queries that change tables are refused, as they have no items.
//!
//! Text becomes [`token`]s, these a [`syntax`] tree by [`parse`]; [`run`] joins and groups, [`evaluate`] has the values.

mod aggregate;
mod evaluate;
mod function;
mod parse;
mod run;
mod syntax;
mod token;

use std::collections::HashMap;

use patchbay_model::item::Pair;
use patchbay_model::{Item, Items, Object, PairedItem, Value};
use patchbay_node::{Context, NodeError};

use run::{Database, Record, refused};
use syntax::{Query, Rows};

/// The items that the query selects. Where it selects none, there is one that says `success`; since version 3.2 only if the
/// options ask for it.
pub fn run(context: &Context<'_>) -> Result<Items, NodeError> {
    let text = context.text("query", 0)?;
    let queries = parse::parse(&text).map_err(|what| {
        refused(what)
            .hint("Queries that read can be run: SELECT … FROM input1 LEFT JOIN input2 ON input1.id = input2.id")
    })?;
    let tables = context.inputs.iter().enumerate().map(|(input, items)| {
        let record = |(item, row): (usize, &Item)| Record {
            values: row.json.clone(),
            pairs: vec![super::pair(item, input)],
        };
        (
            format!("input{}", input + 1).into(),
            items.iter().enumerate().map(record).collect(),
        )
    });
    let mut tables: HashMap<_, _> = tables.collect();
    // An input that nothing comes to is a table without rows.
    for input in context.inputs.len()..context.number("numberInputs", 0)? as usize {
        tables.insert(format!("input{}", input + 1).into(), Vec::new());
    }
    let database = Database {
        tables,
        beneath: None,
        context,
    };
    let origins = if context.version() >= 3.1 {
        Origins::of(&text, &queries)
    } else {
        Origins::All
    };
    let mut made: Vec<Item> = Vec::new();
    for query in &queries {
        for row in database.rows_of(query, None)? {
            let pairs: PairedItem = match origins {
                Origins::Followed => row.pairs.into_iter().collect(),
                Origins::Unknown => [].into_iter().collect(),
                Origins::All => all_items(context),
            };
            made.push(Item::new(row.values).paired_with(pairs));
        }
    }
    if made.is_empty() && (context.version() < 3.2 || context.text("options.emptyQueryResult", 0)? == "success") {
        let success: Object = [("success", Value::Bool(true))].into_iter().collect();
        made.push(match origins {
            Origins::All if context.version() < 3.1 => Item::new(success).paired_with(all_items(context)),
            _ => Item::new(success),
        });
    }
    Ok(made.into())
}

/// What n8n says of the items that rows came of.
enum Origins {
    /// Those that they came of.
    Followed,
    /// None.
    Unknown,
    /// All items of all inputs.
    All,
}

impl Origins {
    /// Since 3.1 n8n follows rows to their items where all of the text is one query that reads the inputs by their own
    /// names, or where rows are taken whole. Of rows that were counted it then says nothing.
    fn of(text: &str, queries: &[Query]) -> Self {
        let text = text.to_ascii_uppercase();
        let plain = |source: &syntax::Source| !source.aliased && matches!(source.rows, Rows::Table(_));
        let plain = |query: &Query| query.first.sources.iter().all(plain);
        let whole = |query: &Query| {
            matches!(query.first.columns[..], [syntax::Column::All(None)])
                && !query.first.distinct
                && query.more.is_empty()
        };
        let one = text.matches("SELECT").count() == 1;
        let is_named = text.trim_start().starts_with("WITH");
        if one && queries.iter().all(plain) || !is_named && queries.iter().all(whole) {
            return Self::Followed;
        }
        let counts = ["COUNT(", "SUM(", "AVG(", "MIN(", "MAX(", "GROUP BY"];
        if counts.iter().any(|word| text.contains(word)) {
            Self::Unknown
        } else {
            Self::All
        }
    }
}

fn all_items(context: &Context<'_>) -> PairedItem {
    let inputs = context.inputs.iter().enumerate();
    let pairs = inputs.flat_map(|(input, items)| {
        (0..items.len()).map(move |item| Pair {
            item: item as u32,
            input: Some(input as u32),
        })
    });
    pairs.collect()
}
