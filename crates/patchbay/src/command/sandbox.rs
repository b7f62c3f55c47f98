//! `patchbay sandbox`: the 3CX double alone, until Ctrl-C.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use patchbay_model::Diagnostic;
use patchbay_model::diagnostic::Position;
use patchbay_sandbox::{CallScript, Fault, FileFault, Sandbox, Seed, Version};

use super::setup::read_file;
use crate::exit::Exit;
use crate::render;
use crate::render::tell_line;
use crate::sandbox::{line, tell_start_error};

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  patchbay sandbox > pbx.toml       # a credential file for it
  patchbay sandbox --port 8080 --seed seed.json
  patchbay sandbox --call-script calls.toml
  patchbay sandbox --fault 500x2@GET:/Users* --fault slow=300

Faults: refuse, slow=MS, hang, drop, truncate, wrong-content-type, bad-json, 401-once, 429=SECONDS, 500=N;
each may name how often (x2) and for which requests (@GET:/Users*)")]
pub struct Options {
    /// 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// The data to start with, JSON: entity sets by name
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Calls that happen from the moment a client listens to `/callcontrol/ws`, TOML
    #[arg(long, value_name = "FILE")]
    call_script: Option<PathBuf>,
    /// A fault to make; repeatable
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,
    /// The version of 3CX that it is, from 20.0.4 to 20.0.10
    #[arg(long, alias = "version", default_value = "20.0.7")]
    pbx_version: Version,
}

pub async fn run(options: Options) -> Exit {
    let seed = match &options.seed {
        None => Seed::default(),
        Some(path) => match read_file(path) {
            Ok(file) => match Seed::from_json(&file.text, options.pbx_version) {
                Ok(seed) => seed,
                Err(faults) => {
                    // Its lines hold the clients' secrets.
                    let told = render::diagnostics::human_without_source(&file.name, &diagnostics(faults));
                    render::tell(&told);
                    return Exit::Invalid;
                }
            },
            Err(exit) => return exit,
        },
    };
    let call_script = match &options.call_script {
        None => None,
        Some(path) => match read_file(path) {
            Ok(file) => match CallScript::from_toml(&file.text) {
                Ok(script) => Some(script),
                Err(faults) => {
                    let told = render::diagnostics::human(&file.name, &file.text, &diagnostics(faults));
                    render::tell(&told);
                    return Exit::Invalid;
                }
            },
            Err(exit) => return exit,
        },
    };
    let started = Sandbox::start(patchbay_sandbox::Options {
        host: options.host,
        port: options.port,
        seed,
        faults: options.faults,
        version: options.pbx_version,
        call_script,
        observer: Some(Arc::new(|exchange| tell_line!("{}", line(exchange)))),
        ..patchbay_sandbox::Options::default()
    })
    .await;
    let sandbox = match started {
        Ok(sandbox) => sandbox,
        Err(error) => {
            tell_start_error(&error);
            return Exit::Failed;
        }
    };
    // A credential file, so that it can be written to one as it is.
    render::print(&format!(
        "[sandbox]\ntype = \"threeCxOAuth2Api\"\nurl = \"{}\"\nclientId = \"{}\"\nclientSecret = \"{}\"\n",
        sandbox.url(),
        sandbox.client_id(),
        sandbox.client_secret()
    ));
    tell_line!("a 3CX double answers at {}/xapi/v1; Ctrl-C ends it", sandbox.url());
    // Without a way to hear of Ctrl-C, it runs until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    sandbox.shutdown().await;
    Exit::Success
}

/// What is wrong with a seed or a call script.
fn diagnostics(faults: Vec<FileFault>) -> Vec<Diagnostic> {
    let told = faults.into_iter().map(|fault| Diagnostic {
        position: Some(Position {
            line: fault.line,
            column: fault.column,
        }),
        ..Diagnostic::error("E0807", fault.message)
    });
    told.collect()
}
