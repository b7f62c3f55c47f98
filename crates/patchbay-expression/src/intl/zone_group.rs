//! Which zones have the same names in every locale.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

static ZONE_GROUPS: &str = include_str!("data/zones.json");

pub(super) fn is_utc(name: &str) -> bool {
    [
        "UTC",
        "Etc/UTC",
        "Etc/UCT",
        "UCT",
        "Etc/Universal",
        "Universal",
        "Zulu",
        "Etc/Zulu",
    ]
    .iter()
    .any(|known| known.eq_ignore_ascii_case(name))
}

/// The group of zones with the same names.
pub(super) fn group_of(zone: &str) -> Option<u32> {
    static GROUPS: OnceLock<FxHashMap<String, u32>> = OnceLock::new();
    let groups = GROUPS.get_or_init(|| {
        let lists: Vec<Vec<String>> = serde_json::from_str(ZONE_GROUPS).unwrap_or_default();
        let numbered = (0_u32..).zip(lists);
        numbered
            .flat_map(|(group, zones)| zones.into_iter().map(move |zone| (zone.to_ascii_lowercase(), group)))
            .collect()
    });
    groups.get(&zone.to_ascii_lowercase()).copied()
}
