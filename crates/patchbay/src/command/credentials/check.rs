//! Asks each credential's service whether it takes it, and says in words what came of it.

use patchbay_actions::Library;
use patchbay_model::diagnostic::nearest;
use patchbay_model::{Object, Value};
use patchbay_node::NodeError;

use super::Options;
use crate::capability::vault;
use crate::command::Format;
use crate::command::setup::{self, Setup};
use crate::exit::Exit;
use crate::registry;
use crate::render;
use crate::render::tell_line;

pub async fn run(options: &Options, name: Option<&str>) -> Result<(), Exit> {
    let files = setup::read_credentials(&options.credentials)?;
    setup::warn_of_readable_secrets(&options.credentials);
    let library = registry::library(&options.nodes)?;
    let setup = Setup::new(setup::Request::plain(&options.nodes, &options.credentials)).await?;
    let is_meant = |entry: &&crate::capability::credentials::Entry| {
        name.is_none_or(|name| entry.name == name || entry.id.as_deref() == Some(name))
    };
    let entries: Vec<_> = files.entries().filter(is_meant).collect();
    if entries.is_empty() {
        let what = name.map_or_else(
            || "no credential at all".to_owned(),
            |name| format!("no credential `{name}`"),
        );
        tell_line!("error[E0515]: there is {what}\nhint: name a file that has one: --credentials FILE");
        return Err(Exit::Usage);
    }
    let mut report = Vec::new();
    let mut failed = false;
    for entry in entries {
        let mut line = Object::new();
        line.insert("name", entry.name.clone());
        line.insert("type", entry.kind.clone());
        let outcome = match (library.service_of_credential(&entry.kind), files.open(entry)) {
            (_, Err(error)) => Err(error),
            (None, Ok(_)) if vault::credential_type(&library, &entry.kind).is_some() => {
                let why = "it is for whichever service a node calls";
                line.insert("status", "not checked");
                line.insert("why", why);
                Ok(format!("{}: not checked: {why}", entry.name))
            }
            (None, Ok(_)) => Err(unknown_type(&library, &entry.kind)),
            (Some(service), Ok(credential)) => {
                let checked = library
                    .check_credential(service, &credential, &setup.capabilities)
                    .await;
                checked.map(|checked| {
                    if !checked.asked {
                        const WHY: &str = "its definition names no request that would check it";
                        line.insert("status", "not checked");
                        line.insert("why", WHY);
                        return format!("{}: not checked: {WHY}", entry.name);
                    }
                    line.insert("status", "works");
                    line.insert("url", checked.base.as_str());
                    let mut words = vec![format!("{}: works at {}", entry.name, checked.base)];
                    for (name, told) in checked.facts {
                        match told {
                            Ok(told) => {
                                words.push(format!("{name} {told}"));
                                line.insert(name, told);
                            }
                            Err(why) => {
                                words.push(format!("{name} not told: {why}"));
                                line.insert(name.clone(), "not told");
                                line.insert(format!("{name}Why"), why);
                            }
                        }
                    }
                    if let Some((named, told)) = checked.versions_differ {
                        let warning = format!(
                            "the credential names version {named}, and the service is {told}: what the former lacks is \
                             refused, what the latter lacks is sent"
                        );
                        line.insert("warning", warning.as_str());
                        words.push(format!(
                            "\n  warning: {warning}\n  hint: name {told} in the credential, or `auto`"
                        ));
                        return words.join(", ").replace(", \n", "\n");
                    }
                    words.join(", ")
                })
            }
        };
        match outcome {
            Ok(words) if options.format == Format::Human => render::tell_result(&(words + "\n")),
            Ok(_) => {}
            Err(error) => {
                failed = true;
                line.insert("status", "fails");
                let error = explained(error);
                if options.format == Format::Human {
                    let NodeError { error, .. } = &error;
                    render::tell(&format!("{}: ", entry.name));
                    render::tell(&render::diagnostics::execution_error(error));
                }
                line.insert("error", error.error.to_value());
            }
        }
        report.push(Value::object(line));
    }
    if options.format == Format::Json {
        render::tell_result(&(Value::array(report).to_json_pretty() + "\n"));
    }
    if failed { Err(Exit::Failed) } else { Ok(()) }
}

fn unknown_type(library: &Library, kind: &str) -> NodeError {
    let services = library
        .services()
        .flat_map(|service| &service.definition().credential.types);
    let mut known: Vec<&str> = services.map(patchbay_model::Text::as_str).collect();
    known.extend(vault::common_types());
    let error = NodeError::new("E0532", format!("No service has credentials of type `{kind}`"));
    match nearest(kind, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("give the folder of the service's definitions: --nodes DIR"),
    }
}

/// The usual causes that an error by itself does not name.
fn explained(error: NodeError) -> NodeError {
    match error.error.code.as_str() {
        "E0431" => error
            .hint("one token of a client counts at a time: does another program use the same client and take new ones?")
            .hint("does this machine's clock go right? A token is bound to its time"),
        "E0432" => error.hint("the API wants an Enterprise or AI licence of 8 simultaneous calls or more"),
        "E0512" => error.hint("was the API key copied whole? It is shown only once, when the client is made"),
        "E0433" | "E0513" | "E0420" => {
            error.hint("the URL is that of the telephone system itself, with its port if it is not 443: often `:5001`")
        }
        "E0604" => error.hint("a certificate is made for a name: use the name of the host, not its IP address"),
        _ => error,
    }
}
