//! Asks each credential's service whether it takes it, and says in words what came of it.

use patchbay_model::{Object, Value};
use patchbay_node::NodeError;

use super::{Format, Options};
use crate::command::setup::{self, Setup};
use crate::exit::Exit;
use crate::registry;
use crate::render;

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
        eprintln!("error[E0515]: there is {what}\nhint: name a file that has one: --credentials FILE");
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
            (None, Ok(_)) => {
                line.insert("status", "not checked");
                Ok(format!(
                    "{}: not checked, no service is known for `{}`",
                    entry.name, entry.kind
                ))
            }
            (Some(service), Ok(credential)) => {
                let checked = library
                    .check_credential(service, &credential, &setup.capabilities)
                    .await;
                checked.map(|checked| {
                    line.insert("status", "works");
                    line.insert("url", checked.base.as_str());
                    let mut words = vec![format!("{}: works at {}", entry.name, checked.base)];
                    for (name, told) in checked.facts {
                        let told = told.unwrap_or_else(|| "not told".to_owned());
                        words.push(format!("{name} {told}"));
                        line.insert(name, told);
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
