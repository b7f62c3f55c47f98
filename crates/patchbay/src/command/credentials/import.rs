//! n8n's export as a TOML file, whose secrets come from the environment.

use std::io::Write;
use std::path::Path;

use patchbay_model::{Text, Value};

use crate::capability::credentials::{CredentialFiles, Entry, field};
use crate::command::setup;
use crate::exit::Exit;
use crate::render;
use crate::render::tell_line;

pub fn run(file: &Path, out: Option<&Path>, env: Option<&Path>, force: bool) -> Result<(), Exit> {
    let files = setup::read_credentials_of(&[file.to_path_buf()])?;
    if let Some(known) = out.into_iter().chain(env).find(|path| !force && path.exists()) {
        tell_line!(
            "error[E0530]: `{}` is there already; nothing was written\nhint: name another file, or replace it with --force",
            known.display()
        );
        return Err(Exit::Usage);
    }
    let made = match make(&files) {
        Ok(made) => made,
        Err(error) => {
            render::tell(&render::diagnostics::execution_error(&error.error));
            return Err(Exit::Invalid);
        }
    };
    if out.is_some() && out == env {
        tell_line!(
            "error[E0533]: --out and --env name the same file\nhint: the secrets go into another file than the TOML"
        );
        return Err(Exit::Usage);
    }
    for (old, new) in &made.renamed {
        tell_line!(
            "warning[E0531]: `{old}` is the name of several credentials: one of them is `{new}` now\n\
             hint: a node finds it by its id, or by the new name"
        );
    }
    match out {
        Some(path) => write(path, &made.toml)?,
        None => render::print(&made.toml),
    }
    let names: Vec<&str> = made.secrets.iter().map(|(name, _)| name.as_str()).collect();
    match env {
        Some(path) => {
            let quoted = |value: &str| value.replace('\'', "'\\''");
            let lines = made
                .secrets
                .iter()
                .map(|(name, value)| format!("{name}='{}'\n", quoted(value)));
            write(path, &lines.collect::<String>())?;
        }
        None if !names.is_empty() => tell_line!("set these in the environment: {}", names.join(", ")),
        None => {}
    }
    Ok(())
}

struct Made {
    toml: String,
    /// Environment variables with what they are to hold.
    secrets: Vec<(String, String)>,
    /// Names that several credentials have, with those that the later of them got.
    renamed: Vec<(String, String)>,
}

/// The credential's name; if another has it, with its type, then with its id, then with a number: TOML has one table of a
/// name.
fn table_name(entry: &Entry, table: &toml::Table) -> String {
    let with_type = format!("{} ({})", entry.name, entry.kind);
    let with_id = entry.id.as_ref().map(|id| format!("{} ({id})", entry.name));
    let numbered = (2..).map(|number| format!("{with_type} {number}"));
    let mut names = [entry.name.to_string(), with_type.clone()]
        .into_iter()
        .chain(with_id)
        .chain(numbered);
    names.find(|name| !table.contains_key(name)).unwrap_or_default()
}

fn make(files: &CredentialFiles) -> Result<Made, patchbay_node::NodeError> {
    let mut table = toml::Table::new();
    let mut secrets = Vec::new();
    let mut renamed = Vec::new();
    for entry in files.entries() {
        let data = files.open(entry)?.into_data();
        let table_name = table_name(entry, &table);
        let mut fields = toml::Table::new();
        fields.insert("type".to_owned(), entry.kind.to_string().into());
        if let Some(id) = &entry.id {
            fields.insert("id".to_owned(), id.to_string().into());
        }
        for (name, value) in &data {
            if let Some(value) = placed(&[&table_name, name], name, value, &mut secrets) {
                fields.insert(name.to_string(), value);
            }
        }
        if table_name != entry.name.as_str() {
            renamed.push((entry.name.to_string(), table_name.clone()));
        }
        table.insert(table_name, fields.into());
    }
    Ok(Made {
        toml: table.to_string(),
        secrets,
        renamed,
    })
}

/// The value for TOML, a placeholder for a secret one; TOML has no null. What is within a field nobody knows: it is secret.
fn placed(path: &[&str], field: &Text, value: &Value, secrets: &mut Vec<(String, String)>) -> Option<toml::Value> {
    let is_within = path.len() > 2;
    match value {
        Value::Null => None,
        Value::Text(text) if field::is_secret(field, text) || is_within && !text.is_empty() => {
            let mut name = variable(path);
            while secrets.iter().any(|(known, _)| *known == name) {
                name.push_str("_2");
            }
            secrets.push((name.clone(), text.to_string()));
            Some(format!("${{{name}}}").into())
        }
        Value::Object(fields) => {
            let inner = fields.iter().filter_map(|(name, value)| {
                let path = [path, &[name.as_str()]].concat();
                Some((name.to_string(), placed(&path, name, value, secrets)?))
            });
            Some(toml::Value::Table(inner.collect()))
        }
        value => toml::Value::try_from(serde_json::Value::from(value)).ok(),
    }
}

/// `3CX account`, `clientSecret` → `_3CX_ACCOUNT_CLIENT_SECRET`.
fn variable(path: &[&str]) -> String {
    let mut name = String::new();
    for part in path {
        if !name.is_empty() {
            name.push('_');
        }
        let mut was_lower = false;
        for character in part.chars() {
            if character.is_uppercase() && was_lower {
                name.push('_');
            }
            was_lower = character.is_lowercase();
            name.push(if character.is_ascii_alphanumeric() {
                character.to_ascii_uppercase()
            } else {
                '_'
            });
        }
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}

/// Writes a file that only its owner may read.
fn write(path: &Path, text: &str) -> Result<(), Exit> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        tell_line!("error[E0517]: `{}` can not be written: {error}", path.display());
        tell_line!("hint: is its folder there, and may you write to it?");
        Exit::Failed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_becomes_toml_with_placeholders() {
        let mut files = CredentialFiles::default();
        let export = r#"[{"id": "7", "name": "3CX account", "type": "threeCxOAuth2Api", "data": {"url": "https://pbx.example.com",
            "clientId": "900", "clientSecret": "hunter2", "oauthTokenData": {"access_token": "abc", "expires": 5}, "none": null}}]"#;
        files.add("export.json", export).expect("an export");
        let made = make(&files).expect("made");
        insta::assert_snapshot!(made.toml, @r#"
        ["3CX account"]
        type = "threeCxOAuth2Api"
        id = "7"
        url = "https://pbx.example.com"
        clientId = "900"
        clientSecret = "${_3CX_ACCOUNT_CLIENT_SECRET}"

        ["3CX account".oauthTokenData]
        access_token = "${_3CX_ACCOUNT_OAUTH_TOKEN_DATA_ACCESS_TOKEN}"
        expires = 5
        "#);
        let names: Vec<&str> = made.secrets.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "_3CX_ACCOUNT_CLIENT_SECRET",
                "_3CX_ACCOUNT_OAUTH_TOKEN_DATA_ACCESS_TOKEN"
            ]
        );
        assert_eq!(made.secrets[0].1, "hunter2");
    }
    #[test]
    fn credentials_of_one_name_are_all_kept() {
        let mut files = CredentialFiles::default();
        let entry = |id: &str, kind: &str| {
            format!(r#"{{"id": "{id}", "name": "PBX", "type": "{kind}", "data": {{"password": "same-secret"}}}}"#)
        };
        let export = [entry("1", "httpBasicAuth"), entry("2", "smtp"), entry("3", "smtp")].join(", ");
        files.add("export.json", &format!("[{export}]")).expect("an export");
        let made = make(&files).expect("made");
        let table: toml::Table = toml::from_str(&made.toml).expect("TOML");
        assert_eq!(table.keys().collect::<Vec<_>>(), ["PBX", "PBX (smtp)", "PBX (3)"]);
        let mut variables: Vec<&String> = made.secrets.iter().map(|(name, _)| name).collect();
        variables.dedup();
        assert_eq!((variables.len(), made.renamed.len()), (3, 2));
    }
}
