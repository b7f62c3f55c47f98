//! What a query says, parsed; and the names that n8n gives to columns without one.

use std::fmt;

use patchbay_model::{Text, Value};

/// Statements that select, with what orders and limits their rows.
#[derive(Clone, Debug)]
pub struct Query {
    /// `WITH name AS (…)`.
    pub named: Vec<(Text, Query)>,
    pub first: Select,
    pub more: Vec<(SetOperation, Select)>,
    pub order: Vec<(Expression, bool)>,
    pub limit: Option<usize>,
    pub offset: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SetOperation {
    Union,
    UnionAll,
    Except,
    Intersect,
}

#[derive(Clone, Debug)]
pub struct Select {
    pub distinct: bool,
    pub columns: Vec<Column>,
    pub sources: Vec<Source>,
    pub condition: Option<Expression>,
    pub groups: Vec<Expression>,
    pub having: Option<Expression>,
}

#[derive(Clone, Debug)]
pub enum Column {
    /// `*`, or `table.*`.
    All(Option<Text>),
    Value {
        name: Text,
        value: Expression,
    },
}

/// A table, and how it joins those before it.
#[derive(Clone, Debug)]
pub struct Source {
    pub rows: Rows,
    pub name: Text,
    pub aliased: bool,
    pub join: Join,
    pub on: Option<Expression>,
}

#[derive(Clone, Debug)]
pub enum Rows {
    Table(Text),
    Query(Box<Query>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Join {
    Cross,
    Inner,
    Left,
    Right,
    Full,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    Column {
        table: Option<Text>,
        name: Text,
    },
    Literal(Value),
    /// The `*` of `COUNT(*)`.
    All,
    Not(Box<Expression>),
    Negative(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    Like {
        value: Box<Expression>,
        pattern: Box<Expression>,
        negated: bool,
    },
    In {
        value: Box<Expression>,
        list: Vec<Expression>,
        negated: bool,
    },
    Between {
        value: Box<Expression>,
        from: Box<Expression>,
        to: Box<Expression>,
        negated: bool,
    },
    IsNull {
        value: Box<Expression>,
        negated: bool,
    },
    Case {
        of: Option<Box<Expression>>,
        cases: Vec<(Expression, Expression)>,
        otherwise: Option<Box<Expression>>,
    },
    Call {
        function: Text,
        distinct: bool,
        arguments: Vec<Expression>,
    },
    Cast {
        value: Box<Expression>,
        kind: Text,
    },
    /// `value->key`.
    Part(Box<Expression>, Box<Expression>),
    /// `value->method(…)`.
    Method {
        value: Box<Expression>,
        method: Text,
    },
    Query(Box<QueryOf>),
}

/// A query inside of an expression: all equal, since nothing groups by one.
#[derive(Clone, Debug)]
pub struct QueryOf {
    pub query: Query,
    pub use_as: Use,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Use {
    Value,
    List,
    Exists,
}

impl PartialEq for QueryOf {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Or,
    And,
    Equal,
    /// `==`: as `=`, but joins look at it row by row.
    Same,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Concatenate,
}

impl Operator {
    fn sign(self) -> &'static str {
        match self {
            Self::Or => "OR",
            Self::And => "AND",
            Self::Equal => "=",
            Self::Same => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Concatenate => "||",
        }
    }
}

const AGGREGATES: [&str; 17] = [
    "COUNT",
    "SUM",
    "TOTAL",
    "AVG",
    "MIN",
    "MAX",
    "FIRST",
    "LAST",
    "ARRAY",
    "AGGR",
    "GROUP_CONCAT",
    "STDEV",
    "STDDEV",
    "VAR",
    "MEDIAN",
    "STDEVP",
    "VARP",
];

impl Expression {
    /// Whether its value is one of many rows.
    pub fn is_aggregate(&self) -> bool {
        matches!(self, Self::Call { function, .. } if AGGREGATES.contains(&function.as_str()))
    }

    /// Whether any part of it is such a value.
    pub fn aggregates(&self) -> bool {
        self.is_aggregate() || self.parts().into_iter().any(Self::aggregates)
    }

    /// The expressions that it is made of; not those of queries inside.
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Column { .. } | Self::Literal(_) | Self::All | Self::Query(_) => Vec::new(),
            Self::Not(value)
            | Self::Negative(value)
            | Self::IsNull { value, .. }
            | Self::Cast { value, .. }
            | Self::Method { value, .. } => vec![value],
            Self::Binary(_, left, right) | Self::Part(left, right) => vec![left, right],
            Self::Like { value, pattern, .. } => vec![value, pattern],
            Self::In { value, list, .. } => std::iter::once(&**value).chain(list).collect(),
            Self::Between { value, from, to, .. } => vec![value, from, to],
            Self::Case { of, cases, otherwise } => {
                let cases = cases.iter().flat_map(|(when, then)| [when, then]);
                of.as_deref()
                    .into_iter()
                    .chain(cases)
                    .chain(otherwise.as_deref())
                    .collect()
            }
            Self::Call { arguments, .. } => arguments.iter().collect(),
        }
    }

    /// The name of a column of this value without `AS`.
    pub fn name(&self) -> Text {
        match self {
            Self::Column { name, .. } => name.clone(),
            other => other.to_string().into(),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = |negated: &bool| if *negated { "NOT " } else { "" };
        match self {
            Self::Column {
                table: Some(table),
                name,
            } => write!(formatter, "{table}.{name}"),
            Self::Column { table: None, name } => formatter.write_str(name),
            Self::Literal(Value::Text(text)) => write!(formatter, "'{text}'"),
            Self::Literal(Value::Bool(value)) => formatter.write_str(if *value { "TRUE" } else { "FALSE" }),
            Self::Literal(Value::Null) => formatter.write_str("NULL"),
            Self::Literal(value) => formatter.write_str(&value.to_text()),
            Self::All => formatter.write_str("*"),
            Self::Not(value) => write!(formatter, "NOT({value})"),
            Self::Negative(value) => write!(formatter, "-{value}"),
            Self::Binary(operator, left, right) => write!(formatter, "{left} {} {right}", operator.sign()),
            Self::Like {
                value,
                pattern,
                negated,
            } => write!(formatter, "{value} {}LIKE {pattern}", not(negated)),
            Self::In { value, list, negated } => {
                let list: Vec<String> = list.iter().map(ToString::to_string).collect();
                write!(formatter, "{value} {}IN ({})", not(negated), list.join(","))
            }
            Self::Between {
                value,
                from,
                to,
                negated,
            } => {
                write!(formatter, "{value} {}BETWEEN {from} AND {to}", not(negated))
            }
            Self::IsNull { value, negated } => write!(formatter, "{value} IS {}NULL", not(negated)),
            Self::Case { of, cases, otherwise } => {
                formatter.write_str("CASE")?;
                if let Some(of) = of {
                    write!(formatter, " {of}")?;
                }
                for (when, then) in cases {
                    write!(formatter, " WHEN {when} THEN {then}")?;
                }
                if let Some(otherwise) = otherwise {
                    write!(formatter, " ELSE {otherwise}")?;
                }
                formatter.write_str(" END")
            }
            Self::Call {
                function,
                distinct,
                arguments,
            } => {
                let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
                let distinct = if *distinct { "DISTINCT " } else { "" };
                write!(formatter, "{function}({distinct}{})", arguments.join(","))
            }
            Self::Cast { value, kind } => write!(formatter, "CONVERT({kind},{value})"),
            Self::Part(value, key) => match &**key {
                Self::Literal(Value::Text(key)) => write!(formatter, "{value}->{key}"),
                key => write!(formatter, "{value}->({key})"),
            },
            Self::Method { value, method } => write!(formatter, "{value}->{method}()"),
            Self::Query(_) => formatter.write_str("(SELECT)"),
        }
    }
}
