//! Words about operations and parameters, made from their names and paths.

use super::names;

/// Verbs that operations begin with.
const VERBS: [&str; 78] = [
    "abort",
    "activate",
    "add",
    "apply",
    "archive",
    "assign",
    "authorize",
    "bind",
    "block",
    "cancel",
    "check",
    "clean",
    "clear",
    "close",
    "copy",
    "create",
    "deactivate",
    "delete",
    "disable",
    "divert",
    "download",
    "drop",
    "edit",
    "enable",
    "execute",
    "export",
    "flush",
    "generate",
    "import",
    "init",
    "install",
    "issue",
    "join",
    "leave",
    "link",
    "load",
    "make",
    "move",
    "notify",
    "open",
    "pin",
    "play",
    "provision",
    "purge",
    "push",
    "reboot",
    "record",
    "refresh",
    "regenerate",
    "register",
    "remove",
    "renew",
    "repair",
    "replace",
    "report",
    "reprovision",
    "request",
    "reset",
    "resolve",
    "restart",
    "restore",
    "revoke",
    "run",
    "save",
    "send",
    "set",
    "start",
    "stop",
    "sync",
    "synchronize",
    "test",
    "transcribe",
    "unblock",
    "uninstall",
    "unlink",
    "update",
    "upgrade",
    "validate",
];

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
        ("get", _) if lists => format!("Lists {}{scope}", plural(&rest)),
        ("get", _) if is_entity(path) => format!("Gives {}", with_article(&rest)),
        ("get", _) if !rest.is_empty() => format!("Gives {rest}{scope}"),
        ("create", "POST") => format!("Adds {}", with_article(&rest)),
        ("update", "PATCH" | "PUT") => format!("Changes {}: only what is set is sent", with_article(&rest)),
        ("delete", "DELETE") => format!("Deletes {}", with_article(&rest)),
        _ if VERBS.contains(&verb) => {
            let rest = if rest.is_empty() { rest } else { format!(" {rest}") };
            format!("{}{rest}{scope}", capital(&with_s(verb)))
        }
        _ => format!("{}{scope}", capital(&words.join(" "))),
    }
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

/// `OutboundCallerID` → `Outbound caller ID`, `$orderby` → `Orderby`.
pub fn about_parameter(name: &str) -> String {
    let words: Vec<String> = names::words(name).iter().map(|word| lower(word)).collect();
    capital(&words.join(" "))
}

/// ` of one of the users`, where the path goes on below an entity.
fn scope(path: &str) -> String {
    let mut segments = path.trim_start_matches('/').split('/');
    let first = segments.next().unwrap_or_default();
    match first.split_once('(') {
        Some((entities, _)) if segments.next().is_some() => {
            let words: Vec<String> = names::words(entities).iter().map(|word| lower(word)).collect();
            format!(" of one of the {}", words.join(" "))
        }
        _ => String::new(),
    }
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
    with_s(noun)
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
                "Multi user update",
            ),
            ("Get CDR Settings", "GET", "/CDRSettings", false, "Gives CDR settings"),
        ] {
            assert_eq!(about(name, method, path, lists), wanted);
        }
    }
}
