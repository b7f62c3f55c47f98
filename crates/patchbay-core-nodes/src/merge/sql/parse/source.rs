//! What follows FROM: tables and queries, and how they are joined.

use patchbay_model::Text;

use super::super::syntax::{Expression, Join, Operator, Rows, Source};
use super::{Parsed, Parser};

impl Parser<'_> {
    pub fn sources(&mut self) -> Parsed<Vec<Source>> {
        let mut sources = vec![self.source(Join::Cross)?];
        loop {
            if self.sign(",") {
                sources.push(self.source(Join::Cross)?);
                continue;
            }
            let natural = self.keyword("NATURAL");
            let join = if self.keyword("CROSS") {
                Join::Cross
            } else if self.keyword("LEFT") {
                Join::Left
            } else if self.keyword("RIGHT") {
                Join::Right
            } else if self.keyword("FULL") {
                // n8n wants the word OUTER here.
                if !self.is_keyword(0, "OUTER") {
                    return Err(self.unexpected());
                }
                Join::Full
            } else if self.keyword("INNER") || self.is_keyword(0, "JOIN") {
                Join::Inner
            } else if natural {
                return Err(self.unexpected());
            } else {
                return Ok(sources);
            };
            self.keyword("OUTER");
            self.expect_keyword("JOIN")?;
            let mut source = self.source(join)?;
            if self.keyword("ON") {
                source.on = Some(self.expression()?);
            } else if self.keyword("USING") {
                source.on = Some(self.using(&sources[0].name, &source.name)?);
            }
            sources.push(source);
        }
    }

    /// The condition that columns of the same name are equal.
    fn using(&mut self, first: &Text, second: &Text) -> Parsed<Expression> {
        let mut condition: Option<Expression> = None;
        loop {
            let name = self.name()?;
            let column = |table: &Text| {
                let (table, name) = (Some(table.clone()), name.clone());
                Box::new(Expression::Column { table, name })
            };
            let equal = Expression::Binary(Operator::Equal, column(first), column(second));
            condition = Some(match condition {
                None => equal,
                Some(known) => Expression::Binary(Operator::And, known.into(), equal.into()),
            });
            if !self.sign(",") {
                break;
            }
        }
        condition.ok_or_else(|| self.unexpected())
    }

    fn source(&mut self, join: Join) -> Parsed<Source> {
        let rows = if self.sign("(") {
            let query = self.query()?;
            self.expect(")")?;
            Rows::Query(query.into())
        } else {
            Rows::Table(self.name()?)
        };
        let alias = self.alias()?;
        let name = match (&alias, &rows) {
            (Some(alias), _) => alias.clone(),
            (None, Rows::Table(name)) => name.clone(),
            (None, Rows::Query(_)) => "default".into(),
        };
        let aliased = alias.is_some() || matches!(rows, Rows::Query(_));
        Ok(Source {
            rows,
            name,
            aliased,
            join,
            on: None,
        })
    }
}
