//! What a client may do, by its role.

use serde::Deserialize;

use crate::facts::{Operation, Outcome};

/// The system roles, from the least to the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Users,
    Receptionists,
    GroupAdmins,
    Managers,
    GroupOwners,
    SystemAdmins,
    SystemOwners,
}

/// What a role makes of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Allowed,
    /// Nothing is refused, and nothing is found: what too low a role sees of a list.
    Empty,
    /// 403, with the role that would do.
    Denied(Role),
}

/// Sets whose data is for owners alone.
const OWNERS: [&str; 7] = [
    "CallHistoryView",
    "ChatHistoryView",
    "ChatMessagesHistoryView",
    "Recordings",
    "ScheduledReports",
    "LicenseStatus",
    "SecurityTokens",
];

/// Sets that everyone may read.
const EVERYONE: [&str; 5] = ["Defs", "MyUser", "MyGroup", "Peers", "Countries"];

impl Role {
    /// The name as 3CX writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Receptionists => "receptionists",
            Self::GroupAdmins => "group_admins",
            Self::Managers => "managers",
            Self::GroupOwners => "group_owners",
            Self::SystemAdmins => "system_admins",
            Self::SystemOwners => "system_owners",
        }
    }

    pub fn access(self, operation: &Operation) -> Access {
        let set = operation.path.segments.first().map_or("", |segment| segment.name);
        let needed = if OWNERS.contains(&set) || set.starts_with("Report") {
            Self::SystemOwners
        } else if EVERYONE.contains(&set) && operation.method == "GET" {
            Self::Users
        } else if operation.method == "GET" {
            Self::GroupAdmins
        } else {
            Self::SystemAdmins
        };
        if self >= needed {
            Access::Allowed
        } else if needed == Self::GroupAdmins && matches!(operation.outcome, Outcome::List(_)) {
            Access::Empty
        } else {
            Access::Denied(needed)
        }
    }
}
