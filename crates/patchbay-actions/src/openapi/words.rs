//! Words about operations and parameters, made from their names and paths.

use super::names;
use super::verbs::VERBS;

/// Words that say that several things are meant.
const SEVERAL: [&str; 3] = ["batch", "bulk", "multi"];

/// `List Groups` of `/Users({Id})/Groups` → `Lists groups of one of the users`.
pub fn about(name: &str, method: &str, path: &str, lists: bool) -> String {
    let words: Vec<String> = name.split(' ').map(lower).collect();
    let (verb, rest) = match words.split_first() {
        Some((verb, rest)) => (verb.as_str(), rest.join(" ")),
        None => return String::new(),
    };
    let scope = scope(path);
    match (verb, method) {
        ("list", _) if rest.is_empty() => format!("Lists everything{scope}"),
        ("list", _) => format!("Lists {}{scope}", plural(&rest)),
        ("get", _) if words[1..].first().is_some_and(|word| word == "can") => {
            format!("Tells whether one {rest}{scope}")
        }
        ("get", _) if lists => format!("Lists {}{scope}", plural(&rest)),
        ("get", _) if is_entity(path) => format!("Gives {}", with_article(&rest)),
        ("get", _) if !rest.is_empty() => format!("Gives {rest}{scope}"),
        ("create", "POST") => format!("Adds {}", with_article(&rest)),
        ("update", "PATCH" | "PUT") => format!("Changes {}: only what is set is sent", with_article(&rest)),
        ("delete", "DELETE") => format!("Deletes {}", with_article(&rest)),
        ("has", _) if !rest.is_empty() => format!("Tells whether there is {}{scope}", with_article(&rest)),
        ("is", _) if words.len() > 2 => {
            let (state, what) = words[1..].split_last().unwrap_or((&words[0], &[]));
            format!("Tells whether {} is {state}{scope}", what.join(" "))
        }
        _ => match words.iter().position(|word| VERBS.contains(&word.as_str())) {
            Some(verb) => about_verb(&words, verb, path),
            None if method == "GET" => format!("Gives {}{scope}", words.join(" ")),
            None => format!("Runs {}{scope}", words.join(" ")),
        },
    }
}

/// `Bulk Recordings Delete` → `Deletes several recordings`; `My User Generate Link` → `Generates link for my user`. A verb
/// alone is about what the path names.
fn about_verb(words: &[String], verb: usize, path: &str) -> String {
    let plain = |words: &[String]| {
        let words = words.iter().filter(|word| !SEVERAL.contains(&word.as_str()));
        words.cloned().collect::<Vec<_>>().join(" ")
    };
    // `Set Multi Company Mode` is about one.
    let several = words[..verb].iter().any(|word| SEVERAL.contains(&word.as_str()));
    let (before, after) = (plain(&words[..verb]), words[verb + 1..].join(" "));
    let (what, whose) = match (before.is_empty(), after.is_empty()) {
        (_, true) => (before, String::new()),
        (true, false) => (after, String::new()),
        (false, false) => (after, format!(" for {before}")),
    };
    let what = what.trim_start_matches("get ");
    let verb = match words[verb].as_str() {
        "retreive" => "retrieve",
        verb => verb,
    };
    let verb = capital(&with_s(verb));
    match (what.is_empty(), several) {
        (true, true) => format!("{verb} several {}", entities(path)),
        (true, false) if below_entity(path) => format!("{verb} one of the {}", entities(path)),
        (true, false) => format!("{verb} {}", entities(path)),
        (false, true) if what.starts_with("all ") => format!("{verb} {what}{whose}{}", scope(path)),
        (false, true) => format!("{verb} several {}{whose}{}", plural(what), scope(path)),
        (false, false) => format!("{verb} {what}{whose}{}", scope(path)),
    }
}

/// The things that a path begins with: `/WebsiteLinks/Pbx.Delete` → `website links`.
fn entities(path: &str) -> String {
    let first = path
        .trim_start_matches('/')
        .split(['/', '('])
        .next()
        .unwrap_or_default();
    let words: Vec<String> = names::words(first).iter().map(|word| lower(word)).collect();
    words.join(" ")
}

/// For an operation without a name: `GET /users/{id}` → `Gives users by id`.
pub fn about_path(method: &str, path: &str) -> String {
    let verb = match method {
        "GET" => "Gives",
        "POST" => "Sends to",
        "PUT" => "Replaces",
        "PATCH" => "Changes",
        "DELETE" => "Deletes",
        "HEAD" => "Asks after",
        _ => "Asks what can be done with",
    };
    let (arguments, segments): (Vec<&str>, Vec<&str>) = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .partition(|segment| segment.starts_with('{'));
    let in_words = |names: &[&str]| {
        let words = names.iter().flat_map(|name| names::words(name));
        words.map(|word| lower(&word)).collect::<Vec<_>>().join(" ")
    };
    match (segments.is_empty(), arguments.is_empty()) {
        (true, true) => format!("{verb} the root"),
        (true, false) => format!("{verb} what {} names", in_words(&arguments)),
        (false, true) => format!("{verb} {}", in_words(&segments)),
        (false, false) => format!("{verb} {} by {}", in_words(&segments), in_words(&arguments)),
    }
}

/// ` of one of the users`, where the path goes on below an entity.
fn scope(path: &str) -> String {
    if below_entity(path) {
        format!(" of one of the {}", entities(path))
    } else {
        String::new()
    }
}

/// `/Users({Id})/Groups`.
fn below_entity(path: &str) -> bool {
    let mut segments = path.trim_start_matches('/').split('/');
    segments.next().is_some_and(|first| first.contains('(')) && segments.next().is_some()
}

/// Abbreviations keep their capitals.
fn lower(word: &str) -> String {
    let abbreviation = word.chars().count() > 1 && word.chars().all(|character| !character.is_lowercase());
    if abbreviation {
        word.to_owned()
    } else {
        word.to_lowercase()
    }
}

fn with_article(noun: &str) -> String {
    if noun.is_empty() || noun.ends_with('s') {
        return noun.to_owned();
    }
    let article = if noun.starts_with(['a', 'e', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {noun}")
}

/// `/Users({Id})`.
fn is_entity(path: &str) -> bool {
    path.ends_with("})") && path.matches('/').count() == 1
}

fn plural(noun: &str) -> String {
    // Words that have none, or are one.
    if ["s", "data", "history", "info", "information"]
        .iter()
        .any(|ending| noun.ends_with(ending))
    {
        return noun.to_owned();
    }
    match noun.split_once(" by ") {
        Some((noun, by)) => format!("{} by {by}", plural(noun)),
        None => with_s(noun),
    }
}

/// The plural of a noun, the third person of a verb: they are written alike.
fn with_s(word: &str) -> String {
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if word.ends_with(['s', 'x']) || word.ends_with("sh") || word.ends_with("ch") => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_come_from_names() {
        for (name, method, path, lists, wanted) in [
            (
                "List Groups",
                "GET",
                "/Users({Id})/Groups",
                true,
                "Lists groups of one of the users",
            ),
            ("List User", "GET", "/Users", true, "Lists users"),
            ("Get User", "GET", "/Users({Id})", false, "Gives a user"),
            ("Create Group", "POST", "/Groups", false, "Adds a group"),
            (
                "Update Service Principal",
                "PATCH",
                "/ServicePrincipals({Id})",
                false,
                "Changes a service principal: only what is set is sent",
            ),
            (
                "Send Welcome Email",
                "POST",
                "/Users({Id})/Pbx.SendWelcomeEmail",
                false,
                "Sends welcome email of one of the users",
            ),
            (
                "Multi User Update",
                "POST",
                "/Users/Pbx.MultiUserUpdate",
                false,
                "Updates several users",
            ),
            (
                "Batch Delete",
                "POST",
                "/Users/Pbx.BatchDelete",
                false,
                "Deletes several users",
            ),
            (
                "Garbage Collect",
                "POST",
                "/Services/Pbx.GarbageCollect",
                false,
                "Collects garbage",
            ),
            (
                "My User Generate Prov Link",
                "GET",
                "/MyUser/Pbx.GenerateProvLink()",
                false,
                "Generates prov link for my user",
            ),
            (
                "Is Request Help Enabled",
                "GET",
                "/SystemStatus/Pbx.IsRequestHelpEnabled()",
                false,
                "Tells whether request help is enabled",
            ),
            (
                "Has Duplicated Email",
                "GET",
                "/Users({Id})/Pbx.HasDuplicatedEmail()",
                false,
                "Tells whether there is a duplicated email of one of the users",
            ),
            (
                "Partner Info",
                "GET",
                "/LicenseStatus/Pbx.PartnerInfo()",
                false,
                "Gives partner info",
            ),
            (
                "Test",
                "POST",
                "/CrmIntegration/Pbx.Test",
                false,
                "Tests crm integration",
            ),
            (
                "Restore",
                "POST",
                "/Backups({FileName})/Pbx.Restore",
                false,
                "Restores one of the backups",
            ),
            (
                "All Contacts Bulk Delete",
                "POST",
                "/Contacts/Pbx.AllContactsBulkDelete",
                false,
                "Deletes all contacts",
            ),
            (
                "Set Multi Company Mode",
                "POST",
                "/SystemStatus/Pbx.SetMultiCompanyMode",
                false,
                "Sets multi company mode",
            ),
            (
                "Get Can Create Backup",
                "GET",
                "/Backups/Pbx.GetCanCreateBackup()",
                false,
                "Tells whether one can create backup",
            ),
            (
                "List Properties By Dn",
                "GET",
                "/DNProperties",
                true,
                "Lists properties by dn",
            ),
            ("Get CDR Settings", "GET", "/CDRSettings", false, "Gives CDR settings"),
        ] {
            assert_eq!(about(name, method, path, lists), wanted);
        }
    }
}
