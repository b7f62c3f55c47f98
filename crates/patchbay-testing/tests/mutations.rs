//! How good the cases of 3CX are: 200 mistakes are made in its definitions, one at a time, and the cases must notice at
//! least 95 of a hundred.

mod common;

use std::fs;

use fastrand::Rng;
use patchbay_actions::Library;
use patchbay_testing::collect::{Case, Job};
use patchbay_testing::{CaseResult, run};

/// A file of the definitions: its name and text.
type File = (String, String);

/// A line of a file, and what it becomes.
#[derive(Clone, PartialEq)]
struct Mistake {
    file: usize,
    line: usize,
    becomes: Becomes,
}

/// What a mistake makes of a line.
#[derive(Clone, PartialEq)]
enum Becomes {
    Text(String),
    Nothing,
}

fn definitions() -> Vec<File> {
    let entries = fs::read_dir(common::root().join("nodes/3cx")).expect("the definitions");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<File> = paths
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_owned();
            let is_definition = path.extension()? == "toml" && !name.ends_with(".overlay.toml");
            is_definition.then(|| (name, fs::read_to_string(&path).expect("text")))
        })
        .collect();
    files.sort();
    files
}

/// One of the mistakes of a kind that could be made in a line, if there is one.
fn mistake_in(kind: &str, file: &str, line: &str, rest: &str, random: &mut Rng) -> Option<Becomes> {
    match kind {
        "wrong method" if line.starts_with("method = ") => {
            let others: Vec<&str> = ["GET", "POST", "PATCH", "DELETE"]
                .into_iter()
                .filter(|method| !line.contains(method))
                .collect();
            Some(Becomes::Text(format!(
                "method = \"{}\"",
                others[random.usize(..others.len())]
            )))
        }
        "wrong path" if line.starts_with("path = ") => {
            let letters: Vec<usize> = line
                .char_indices()
                .skip(9)
                .filter(|(place, letter)| letter.is_ascii_alphabetic() && !line[..*place].ends_with('{'))
                .map(|(place, _)| place)
                .collect();
            let place = letters[random.usize(..letters.len())];
            Some(Becomes::Text(format!("{}{}", &line[..place], &line[place + 1..])))
        }
        "wrong parameter name" if line.contains(" = {") && !line.starts_with("headers") && file != "node.toml" => {
            let (name, rest) = line.split_once(" = {")?;
            let other = match name.strip_suffix('"') {
                Some(quoted) => format!("{quoted}s\""),
                None => format!("{name}s"),
            };
            Some(Becomes::Text(format!("{other} = {{{rest}")))
        }
        "wrong type" if line.contains("type = \"") && line.contains(" = {") => {
            let (before, rest) = line.split_once("type = \"")?;
            let (old, after) = rest.split_once('"')?;
            let types = [
                "string",
                "integer",
                "number",
                "boolean",
                "date-time",
                "list",
                "array",
                "object",
            ];
            let others: Vec<&str> = types.into_iter().filter(|kind| *kind != old).collect();
            let new = others[random.usize(..others.len())];
            Some(Becomes::Text(format!("{before}type = \"{new}\"{after}")))
        }
        "wrong quoting" => {
            let (before, after) = line.split_once("{{odata ")?;
            let (name, after) = after.split_once("}}")?;
            // Of a number `odata` and `encode` make the same, so only texts can lose their quotes.
            let operation = rest.split("[[operation]]").next().unwrap_or_default();
            let declared = operation
                .lines()
                .find(|line| line.starts_with(&format!("{name} = {{")))?;
            let wrong = match (declared.contains("type = "), random.bool()) {
                (true, _) => format!("'{{{{encode {name}}}}}'"),
                (false, true) => format!("{{{{encode {name}}}}}"),
                (false, false) => format!("{{{{{name}}}}}"),
            };
            Some(Becomes::Text(format!("{before}{wrong}{after}")))
        }
        "missing header" if line.contains("in = \"header\"") || line.starts_with("headers = ") => {
            Some(Becomes::Nothing)
        }
        "wrong JSON path" if file == "node.toml" && line.contains("\"$.") => {
            let (before, rest) = line.split_once("\"$.")?;
            Some(Becomes::Text(format!("{before}\"$.x{rest}")))
        }
        _ => None,
    }
}

const KINDS: [&str; 7] = [
    "wrong method",
    "wrong path",
    "wrong parameter name",
    "wrong type",
    "wrong quoting",
    "missing header",
    "wrong JSON path",
];

/// A mistake of a kind that was not made yet; `None` where all have been.
fn mistake(kind: &str, files: &[File], made: &[Mistake], random: &mut Rng) -> Option<Mistake> {
    let mut possible = Vec::new();
    for (file, (name, text)) in files.iter().enumerate() {
        let mut rest = text.as_str();
        for (line, before) in text.lines().enumerate() {
            rest = rest[before.len()..].trim_start_matches(['\r', '\n']);
            if let Some(becomes) = mistake_in(kind, name, before, rest, random) {
                possible.push(Mistake { file, line, becomes });
            }
        }
    }
    possible.retain(|mistake| !made.contains(mistake));
    (!possible.is_empty()).then(|| possible.swap_remove(random.usize(..possible.len())))
}

/// Whether a case notices; what the definitions themselves refuse is noticed as well.
fn noticed(files: &[File], mistake: &Mistake, jobs: &[Job]) -> bool {
    let (name, text) = &files[mistake.file];
    let mut lines: Vec<&str> = text.lines().collect();
    match &mistake.becomes {
        Becomes::Text(text) => lines[mistake.line] = text,
        Becomes::Nothing => drop(lines.remove(mistake.line)),
    }
    let mistaken = lines.join("\n");
    // Cases only need the files that they are for, and hand-written ones look hardest at the service as a whole.
    let whole = name == "node.toml";
    let stem = name.trim_end_matches(".toml");
    let concerned: Vec<Job> = jobs
        .iter()
        .filter(|job| match &job.case {
            Case::Node { case, .. } => {
                let resource = case
                    .parameters
                    .get("resource")
                    .map(patchbay_model::value::Value::to_text);
                let same = |resource: &str| letters(resource) == letters(stem);
                resource.is_some_and(|resource| {
                    if whole {
                        letters(&resource) == "users"
                    } else {
                        same(&resource)
                    }
                })
            }
            Case::Workflow(_) => false,
        })
        .cloned()
        .collect();
    let used = |file: &&File| file.0 == "node.toml" || file.0 == *name || (whole && file.0 == "users.toml");
    let set = files.iter().filter(used).map(|(other, text)| {
        let text = if other == name { &mistaken } else { text };
        (other.clone(), text.clone())
    });
    let mut library = Library::default();
    if library.add("3cx", set.collect()).is_err() {
        return true;
    }
    let results = run(&common::host(library), &concerned, 2);
    assert!(!results.is_empty(), "{name} has no cases");
    !results.iter().all(CaseResult::passed)
}

fn letters(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[test]
fn cases_notice_mistakes_in_definitions() {
    const MISTAKES: usize = 200;
    let files = definitions();
    let jobs = common::collected(&["nodes/3cx"]).jobs;
    // A case that fails anyhow notices nothing.
    common::all_passed(&run(&common::host(Library::built_in()), &jobs, 2));
    let mut random = Rng::with_seed(20_26);
    let mut made: Vec<Mistake> = Vec::new();
    let mut survivors = Vec::new();
    // Some kinds have fewer places than others; each mistake is made once.
    for kind in KINDS.into_iter().cycle() {
        if made.len() == MISTAKES {
            break;
        }
        let Some(mistake) = mistake(kind, &files, &made, &mut random) else {
            continue;
        };
        if !noticed(&files, &mistake, &jobs) {
            let (name, text) = &files[mistake.file];
            let before = text.lines().nth(mistake.line).unwrap_or_default();
            let after = match &mistake.becomes {
                Becomes::Text(text) => text,
                Becomes::Nothing => "(removed)",
            };
            let line = mistake.line + 1;
            survivors.push(format!("{kind} in {name}:{line}\n  - {before}\n  + {after}"));
        }
        made.push(mistake);
    }
    let caught = MISTAKES - survivors.len();
    println!(
        "{caught} of {MISTAKES} mistakes noticed; not these:\n{}",
        survivors.join("\n")
    );
    assert!(
        caught * 100 >= MISTAKES * 95,
        "{caught} of {MISTAKES} noticed:\n{}",
        survivors.join("\n")
    );
}
