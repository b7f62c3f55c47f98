//! What `patchbay serve` does under load, beside its targets: the whole program, asked over HTTP.
//!
//! ```sh
//! cargo bench -p patchbay --bench serve                       # all but the long one
//! cargo bench -p patchbay --bench serve -- rate start         # these
//! cargo bench -p patchbay --bench serve -- mixed 3600         # an hour of everything at once
//! cargo bench -p patchbay --bench serve -- program FILE rate  # of another build of patchbay
//! ```
//!
//! The load comes from this program, on one thread; the bare handler and the server are processes of their own. What is to
//! be compared takes turns, so that whatever else the machine does hits both.

mod bare;
mod connections;
#[path = "../../tests/common/flow.rs"]
mod flow;
mod load;
mod mixed;
mod rate;
mod rest;
mod server;
mod upload;

const ALL: [&str; 5] = ["rate", "rest", "start", "connections", "upload"];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut wanted: Vec<String> = std::env::args().skip(1).filter(|wanted| wanted != "--bench").collect();
    if wanted.is_empty() {
        wanted = ALL.map(str::to_owned).to_vec();
    }
    let mut wanted = wanted.iter().map(String::as_str);
    while let Some(what) = wanted.next() {
        match what {
            "bare" => bare::serve().await,
            "program" => {
                if let Some(path) = wanted.next() {
                    server::use_program(path.into());
                }
            }
            "rate" => rate::measure().await,
            "rest" => rest::measure_memory().await,
            "start" => rest::measure_start().await,
            "connections" => connections::measure().await,
            "upload" => upload::measure().await,
            "mixed" => {
                let seconds = wanted.next().and_then(|seconds| seconds.parse().ok());
                mixed::measure(seconds.unwrap_or(60)).await;
            }
            other => eprintln!("`{other}` is not one of: rate rest start connections upload mixed"),
        }
    }
}

/// A line of the report.
fn tell(what: &str, measured: &str, target: &str) {
    println!("{what:<56} {measured:>16}   target {target}");
}
