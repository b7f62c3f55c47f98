//! Exit codes: a contract with scripts.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    Success = 0,
    /// The workflow, test or check failed.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A file is not a valid workflow, definition or credential file.
    Invalid = 3,
    /// Timed out or cancelled.
    Stopped = 4,
}

impl Exit {
    /// Ends the program at once, whatever is still at work; no file of it stays behind.
    pub fn leave(self) -> ! {
        crate::capability::binary::remove_temporary_files();
        std::process::exit(self as i32)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
