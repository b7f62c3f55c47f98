//! The types of parameters.

/// The type of a parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    String,
    /// A whole number.
    Integer,
    /// A whole number of 32 bits.
    Int32,
    Number,
    Boolean,
    /// A moment: sent in UTC with `Z`.
    DateTime,
    /// `2026-03-04`.
    Date,
    /// ISO 8601: `PT1H30M`.
    Duration,
    /// A duration of days, hours, minutes and seconds, as OData has it: a year or a month is no fixed time.
    DayTime,
    Uuid,
    /// Texts with commas: text, or an array.
    List,
    /// JSON text, or a real array.
    Array,
    /// JSON text, or a real object.
    Object,
    /// JSON text, or a value.
    Json,
    /// Text, a number or a boolean as it is; JSON text of an array or an object, or a real one.
    Any,
    /// The name of one of the item's files, which is sent.
    File,
    /// The names of several of them.
    Files,
}

impl Kind {
    pub const ALL: [(&'static str, Self); 17] = [
        ("string", Self::String),
        ("integer", Self::Integer),
        ("int32", Self::Int32),
        ("number", Self::Number),
        ("boolean", Self::Boolean),
        ("date-time", Self::DateTime),
        ("date", Self::Date),
        ("duration", Self::Duration),
        ("day-time", Self::DayTime),
        ("uuid", Self::Uuid),
        ("list", Self::List),
        ("array", Self::Array),
        ("object", Self::Object),
        ("json", Self::Json),
        ("any", Self::Any),
        ("file", Self::File),
        ("files", Self::Files),
    ];

    pub fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Int32 | Self::Number)
    }

    /// Whether files are sent, that the value names.
    pub fn is_file(self) -> bool {
        matches!(self, Self::File | Self::Files)
    }

    /// Whether a parameter of the type can say which values it takes; of a list, which elements.
    pub fn has_values(self) -> bool {
        self.is_number() || matches!(self, Self::String | Self::List)
    }

    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| name)
    }
}
