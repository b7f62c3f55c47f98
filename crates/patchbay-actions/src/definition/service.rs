//! Reads `node.toml`: what a service is, without its resources.

use std::time::Duration;

use patchbay_model::Text;
use patchbay_node::capability::http::Effect;

use super::fault::{Fault, Faults};
use super::fields::{Fields, parse};
use super::{
    Auth, ClientCredentials, Connection, CredentialFact, CredentialField, CredentialType, ErrorHint, ErrorMapping,
    Paging, Service, parameter,
};
use crate::template::Template;

/// Reads a service's `node.toml`; `folder` is the name of its folder.
pub fn read(folder: &str, text: &str) -> Result<Service, Vec<Fault>> {
    let mut faults = Faults::new(&format!("{folder}/node.toml"), text);
    let document = parse(&mut faults);
    let mut fields = Fields::new(document.get_ref(), document.span(), "a service");
    let types = texts(&mut faults, &mut fields, "types");
    if types.is_empty() {
        let fault = faults.add("E0404", 0..0, "a service has no `types`");
        fault
            .hints
            .push("name the node types of workflow files: `types = [\"n8n-nodes-3cx.threecx\"]`".to_owned());
    }
    let (title, _) = fields.required(&mut faults, "title");
    let about = optional(&mut faults, &mut fields, "about");
    let versions = read_versions(&mut faults, &mut fields);
    let credential = read_credential(&mut faults, &mut fields);
    let connection = read_connection(&mut faults, &mut fields, &credential);
    let auth = read_auth(&mut faults, &mut fields, &credential);
    let errors = read_errors(&mut faults, &mut fields);
    let paging = read_paging(&mut faults, &mut fields);
    let sets = parameter::read_sets(&mut faults, &mut fields);
    fields.finish(&mut faults);
    if !faults.is_empty() {
        return Err(faults.into_vec());
    }
    Ok(Service {
        folder: folder.into(),
        types,
        title,
        about,
        versions,
        credential,
        connection,
        auth,
        errors,
        paging,
        sets,
    })
}

fn texts(faults: &mut Faults, fields: &mut Fields, key: &'static str) -> Vec<Text> {
    fields.texts(faults, key).into_iter().map(|(text, _)| text).collect()
}

fn optional(faults: &mut Faults, fields: &mut Fields, key: &'static str) -> Text {
    fields.text(faults, key).map(|(text, _)| text).unwrap_or_default()
}

fn read_versions(faults: &mut Faults, fields: &mut Fields) -> Vec<f64> {
    let Some(node) = fields.any("versions") else {
        return vec![1.0];
    };
    let numbers = node.get_ref().as_array().map(|values| {
        let numbers = values.iter().map(|value| match value.get_ref() {
            toml::de::DeValue::Integer(number) => number.as_str().parse().ok(),
            toml::de::DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        });
        numbers.collect::<Option<Vec<f64>>>()
    });
    numbers.flatten().unwrap_or_else(|| {
        faults.add("E0403", node.span(), "`versions` wants numbers: `[1, 2]`");
        Vec::new()
    })
}

fn read_credential(faults: &mut Faults, fields: &mut Fields) -> CredentialType {
    let Some(mut table) = fields.table(faults, "credential", "`credential`") else {
        return CredentialType::default();
    };
    let types = texts(faults, &mut table, "types");
    let entries = table.tables(faults, "field", "a credential's field");
    let fields = entries.into_iter().map(|(name, _, mut fields)| {
        let field = CredentialField {
            name,
            about: optional(faults, &mut fields, "about"),
            required: fields.boolean(faults, "required"),
            secret: fields.boolean(faults, "secret"),
        };
        fields.finish(faults);
        field
    });
    let mut credential = CredentialType {
        types,
        fields: fields.collect(),
        version_field: table.text(faults, "version-field").map(|(name, _)| name),
        check: table.text(faults, "check").map(|(path, _)| path),
        facts: Vec::new(),
    };
    for mut fields in table.array(faults, "fact", "a fact of a credential") {
        let fact = CredentialFact {
            name: fields.required(faults, "name").0,
            path: template(faults, &mut fields, "path", &credential),
            value: path(faults, &mut fields, "value").unwrap_or_else(|| "$".into()),
            words: (fields.entries(faults, "words").into_iter())
                .map(|(name, words, _)| (name, words))
                .collect(),
        };
        fields.finish(faults);
        credential.facts.push(fact);
    }
    table.finish(faults);
    credential
}

fn read_connection(faults: &mut Faults, fields: &mut Fields, credential: &CredentialType) -> Connection {
    let mut connection = Connection {
        base: Template::default(),
        path: Text::default(),
        headers: Vec::new(),
        timeout: Duration::from_mins(5),
        concurrency: 8,
    };
    let Some(mut table) = fields.table(faults, "connection", "`connection`") else {
        let fault = faults.add("E0404", 0..0, "a service has no `connection`");
        fault
            .hints
            .push("add `[connection]` with `base = \"{{url}}\"`".to_owned());
        return connection;
    };
    connection.base = template(faults, &mut table, "base", credential);
    connection.path = optional(faults, &mut table, "path");
    let headers = table.entries(faults, "headers");
    connection.headers = headers.into_iter().map(|(name, value, _)| (name, value)).collect();
    if let Some(seconds) = table.number(faults, "timeout") {
        match Duration::try_from_secs_f64(seconds) {
            Ok(timeout) => connection.timeout = timeout,
            Err(_) => drop(faults.add("E0403", table.span(), format!("`timeout` can not be {seconds} seconds"))),
        }
    }
    if let Some(number) = table.number(faults, "concurrency") {
        connection.concurrency = (number as usize).max(1);
    }
    table.finish(faults);
    connection
}

#[derive(Clone, Copy)]
enum AuthKind {
    None,
    Header,
    Query,
    Basic,
    ClientCredentials,
}

fn read_auth(faults: &mut Faults, fields: &mut Fields, credential: &CredentialType) -> Auth {
    let Some(mut table) = fields.table(faults, "auth", "`auth`") else {
        return Auth::None;
    };
    let kinds = [
        ("none", AuthKind::None),
        ("header", AuthKind::Header),
        ("query", AuthKind::Query),
        ("basic", AuthKind::Basic),
        ("oauth2-client-credentials", AuthKind::ClientCredentials),
    ];
    table.required(faults, "type");
    let Some(kind) = table.choice(faults, "type", &kinds) else {
        return Auth::None;
    };
    let auth = match kind {
        AuthKind::None => Auth::None,
        AuthKind::Header => Auth::Header {
            name: table.required(faults, "name").0,
            value: template(faults, &mut table, "value", credential),
        },
        AuthKind::Query => Auth::Query {
            name: table.required(faults, "name").0,
            value: template(faults, &mut table, "value", credential),
        },
        AuthKind::Basic => Auth::Basic {
            user: template(faults, &mut table, "user", credential),
            password: template(faults, &mut table, "password", credential),
        },
        AuthKind::ClientCredentials => {
            let entries = table.entries(faults, "form");
            let form = entries
                .into_iter()
                .map(|(name, text, span)| (name, parse_template(faults, &text, span, credential)));
            Auth::ClientCredentials(ClientCredentials {
                form: form.collect(),
                token_path: table.required(faults, "token-path").0,
                client: table.required(faults, "client").0,
                minutes_below: table.number(faults, "minutes-below").unwrap_or(0.0),
            })
        }
    };
    table.finish(faults);
    auth
}

fn template(faults: &mut Faults, fields: &mut Fields, key: &'static str, credential: &CredentialType) -> Template {
    let (text, span) = fields.required(faults, key);
    parse_template(faults, &text, span, credential)
}

/// Parses a template over the credential's fields.
fn parse_template(
    faults: &mut Faults,
    text: &str,
    span: std::ops::Range<usize>,
    credential: &CredentialType,
) -> Template {
    let template = Template::parse(text).unwrap_or_else(|problem| {
        faults.add(
            "E0405",
            span.start + 1 + problem.offset.min(text.len())..span.end,
            problem.message,
        );
        Template::default()
    });
    for name in template.names() {
        if !credential.fields.iter().any(|field| field.name == *name) {
            let known = credential.fields.iter().map(|field| field.name.as_str());
            let message = format!("the credential has no field `{name}`");
            faults.unknown("E0405", span.clone(), message, name, known);
        }
    }
    template
}

fn read_errors(faults: &mut Faults, fields: &mut Fields) -> ErrorMapping {
    let Some(mut table) = fields.table(faults, "error", "`error`") else {
        return ErrorMapping::default();
    };
    let hints = table.array(faults, "hint", "a hint");
    let hints = hints.into_iter().map(|mut fields| {
        let effects = [("read", Effect::Read), ("write", Effect::Write)];
        let hint = ErrorHint {
            status: fields.number(faults, "status").map(|status| status as u16),
            contains: fields.text(faults, "contains").map(|(text, _)| text),
            effect: fields.choice(faults, "effect", &effects),
            text: fields.required(faults, "text").0,
        };
        fields.finish(faults);
        hint
    });
    let hints = hints.collect();
    let mapping = ErrorMapping {
        code: path(faults, &mut table, "code"),
        message: path(faults, &mut table, "message"),
        target: path(faults, &mut table, "target"),
        details: path(faults, &mut table, "details"),
        hints,
    };
    table.finish(faults);
    mapping
}

fn read_paging(faults: &mut Faults, fields: &mut Fields) -> Option<Paging> {
    let mut table = fields.table(faults, "paging", "`paging`")?;
    let paging = Paging {
        size_option: table.required(faults, "size-option").0,
        offset_option: table.required(faults, "offset-option").0,
        first_page: table
            .number(faults, "first-page")
            .map(|number| number.max(0.0) as usize),
        size: table.number(faults, "size").unwrap_or(100.0).max(1.0) as usize,
        items: path(faults, &mut table, "items").unwrap_or_else(|| "$".into()),
        count: path(faults, &mut table, "count"),
        fills_pages: table.boolean(faults, "fills-pages"),
    };
    table.finish(faults);
    Some(paging)
}

/// A JSON path, checked.
fn path(faults: &mut Faults, fields: &mut Fields, key: &'static str) -> Option<Text> {
    let (text, span) = fields.text(faults, key)?;
    if let Err(error) = jsonpath_rust::parser::parse_json_path(&text) {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim_start_matches([' ', '=']);
        let fault = faults.add("E0405", span, format!("`{text}` is no JSON path: {reason}"));
        fault.hints.push("a JSON path looks like `$.error.message`".to_owned());
        return None;
    }
    Some(text)
}
