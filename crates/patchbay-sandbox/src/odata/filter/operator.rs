//! The operators between two values: their words, their strength and their names.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Has,
    Add,
    Subtract,
    Multiply,
    /// Keeps whole numbers whole.
    Divide,
    /// Always gives a fraction.
    DivideBy,
    Modulo,
}

impl Operator {
    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Or => "Or",
            Self::And => "And",
            Self::Equal => "Equal",
            Self::NotEqual => "NotEqual",
            Self::Greater => "GreaterThan",
            Self::GreaterOrEqual => "GreaterThanOrEqual",
            Self::Less => "LessThan",
            Self::LessOrEqual => "LessThanOrEqual",
            Self::Has => "Has",
            Self::Add => "Add",
            Self::Subtract => "Subtract",
            Self::Multiply => "Multiply",
            Self::Divide => "Divide",
            Self::DivideBy => "DivideBy",
            Self::Modulo => "Modulo",
        }
    }

    /// The operator of a word, and how strongly it binds.
    pub fn of_word(word: &str) -> Option<(Self, u8)> {
        Some(match word {
            "or" => (Self::Or, 0),
            "and" => (Self::And, 1),
            "eq" => (Self::Equal, 2),
            "ne" => (Self::NotEqual, 2),
            "gt" => (Self::Greater, 3),
            "ge" => (Self::GreaterOrEqual, 3),
            "lt" => (Self::Less, 3),
            "le" => (Self::LessOrEqual, 3),
            "has" => (Self::Has, 3),
            "add" => (Self::Add, 4),
            "sub" => (Self::Subtract, 4),
            "mul" => (Self::Multiply, 5),
            "div" => (Self::Divide, 5),
            "divby" => (Self::DivideBy, 5),
            "mod" => (Self::Modulo, 5),
            _ => return None,
        })
    }
}
