//! What can go wrong with a store.

/// Each has a code of the range E11xx, see `docs/errors.md`.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    #[error("The store `{place}` can not be opened: {reason}")]
    Open { place: String, reason: String },
    #[error("`{place}` is used by another server{holder}")]
    InUse { place: String, holder: String },
    #[error("The store could not read or write: {0}")]
    Database(String),
    /// It may pass: the disk is full, the file locked, the database out of reach.
    #[error("The store can not read or write now: {0}")]
    Unavailable(String),
    #[error("The store was made by a newer patchbay: its schema is version {found}, this one knows {known}")]
    Newer { found: i64, known: i64 },
    #[error("What is stored can not be decrypted: it was encrypted with another key, or changed")]
    Sealed,
    #[error("What is stored can not be read: {0}")]
    Malformed(String),
    #[error("What is to be kept nests more than {most} levels deep")]
    TooDeep { most: usize },
    #[error("The store is closed")]
    Closed,
}

impl Error {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "E1101",
            Self::Database(_) => "E1102",
            Self::Unavailable(_) => "E1109",
            Self::InUse { .. } => "E1108",
            Self::Newer { .. } => "E1103",
            Self::Sealed => "E1104",
            Self::Malformed(_) => "E1105",
            Self::Closed => "E1106",
            Self::TooDeep { .. } => "E1107",
        }
    }

    /// The same may be written later.
    pub(crate) fn may_pass(&self) -> bool {
        // The last two are those of a connection that is made anew.
        matches!(self, Self::Unavailable(_) | Self::Open { .. } | Self::InUse { .. })
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Open { .. } => "look whether the folder is there and may be written, or whether the database answers",
            Self::InUse { .. } => "end the other one first: each would run what the other has at work",
            Self::Database(_) => "look whether the file is damaged, or what the database's own log says",
            Self::Unavailable(_) => {
                "look whether the disk is full or the database gone; what was accepted is written once it can be"
            }
            Self::Newer { .. } => "run the newer patchbay, or give this one another `--data`",
            Self::Sealed => {
                "give the key that it was encrypted with: `N8N_ENCRYPTION_KEY`, or `encryption.key` in `--data`"
            }
            Self::Malformed(_) => "it was not written by patchbay, or the file is damaged",
            Self::TooDeep { .. } => "give lists and objects that hold each other less deep",
            Self::Closed => "the server is shutting down",
        }
    }
}
