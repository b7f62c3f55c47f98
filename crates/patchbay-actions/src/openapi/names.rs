//! Names as n8n's community generator makes them from an API's: start case.

/// The stem of the file that says what the service is.
pub const SERVICE: &str = "node";

/// `ListGroups` → `List Groups`, `CDRSettings` → `CDR Settings`, `E164Settings` → `E 164 Settings`.
pub fn start_case(name: &str) -> String {
    let words = words(name).into_iter().map(|word| {
        let mut characters = word.chars();
        match characters.next() {
            Some(first) => first.to_uppercase().chain(characters).collect::<String>(),
            None => String::new(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Runs of letters and of digits; a capital begins a word, several capitals are one, but for the last before a small
/// letter.
pub fn words(name: &str) -> Vec<String> {
    let name: Vec<char> = name
        .chars()
        .filter(|character| !matches!(character, '\'' | '’'))
        .flat_map(without_accent)
        .collect();
    let run = |start: usize, is: fn(char) -> bool| name[start..].iter().take_while(|character| is(**character)).count();
    let mut words = Vec::new();
    let mut place = 0;
    while place < name.len() {
        let length = if name[place].is_numeric() {
            run(place, char::is_numeric)
        } else if is_capital(name[place]) {
            let capitals = run(place, is_capital);
            match run(place + capitals, is_small) {
                0 => capitals,
                small if capitals == 1 => 1 + small,
                _ => capitals - 1,
            }
        } else {
            run(place, is_small)
        };
        if length > 0 {
            words.push(name[place..place + length].iter().collect());
        }
        place += length.max(1);
    }
    words
}

/// A letter of Latin as it is written without accents: `é` is `e`, `ß` is `ss`, `Æ` is `Ae`.
fn without_accent(character: char) -> Vec<char> {
    let plain = match character {
        '\u{c0}'..='\u{17f}' if character.is_alphabetic() => deunicode::deunicode_char(character),
        _ => None,
    };
    match plain {
        Some(plain) => {
            let mut letters = plain.chars();
            let first = letters.next();
            first.into_iter().chain(letters.flat_map(char::to_lowercase)).collect()
        }
        None => vec![character],
    }
}

fn is_capital(character: char) -> bool {
    character.is_uppercase()
}

fn is_small(character: char) -> bool {
    character.is_alphabetic() && !character.is_uppercase()
}

/// The name of an operation without an id.
pub fn from_path(method: &str, path: &str) -> String {
    let path: String = path
        .chars()
        .map(|character| {
            if character.is_ascii_alphanumeric() {
                character
            } else {
                '-'
            }
        })
        .collect();
    format!("{method} {path}")
}

/// A name as handlebars takes it: what is no plain word is in square brackets.
pub fn in_template(name: &str) -> String {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let begins = name.starts_with(|character: char| character.is_ascii_alphabetic() || character == '_');
    let means_something = ["this", "else", "true", "false", "null", "undefined"].contains(&name);
    if begins && name.chars().all(is_word) && !means_something {
        name.to_owned()
    } else {
        format!("[{name}]")
    }
}

/// JSON, and what is written as JSON; lines of it are not.
pub fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.ends_with("/json") || kind.ends_with("+json")
}

/// `Service Principals` → `service-principals`.
pub fn file_stem(resource: &str) -> String {
    match resource.to_lowercase().replace(' ', "-") {
        // The service itself has that file.
        stem if stem == SERVICE => format!("{stem}_"),
        stem => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_start_case() {
        for (name, wanted) in [
            ("ListGroups", "List Groups"),
            ("CDRSettings", "CDR Settings"),
            ("E164Settings", "E 164 Settings"),
            ("GetM365Users", "Get M 365 Users"),
            ("Microsoft365TeamsIntegration", "Microsoft 365 Teams Integration"),
            ("GeCrmtTemplates", "Ge Crmt Templates"),
            ("users_putThing2", "Users Put Thing 2"),
            ("get-a_thing", "Get A Thing"),
            ("DownloadGetIVRReport", "Download Get IVR Report"),
            ("don't", "Dont"),
        ] {
            assert_eq!(start_case(name), wanted);
        }
        assert_eq!(from_path("DELETE", "/a/{id}"), "DELETE -a--id-");
    }
}
