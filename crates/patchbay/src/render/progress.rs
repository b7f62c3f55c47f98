//! How a run looks on a terminal: one line for the node that works (items done, rate, time left), and in the end what
//! each node did. In a pipe nothing of it is written.

use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::render::{tell, tell_line};
use indexmap::IndexMap;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use patchbay_model::{RunEvent, Text};

/// Shows what a Code node logs. It is asked for, so a pipe gets it too.
pub fn show_log(node: &Text, message: &Text) {
    super::tell(&format!("[{node}] {message}\n"));
}

/// Shows the events of one execution.
pub struct Progress {
    bar: ProgressBar,
    visible: bool,
    summary: Mutex<IndexMap<Text, NodeSummary>>,
}

#[derive(Default)]
struct NodeSummary {
    runs: usize,
    items: usize,
    /// Milliseconds.
    elapsed: f64,
    /// Failed runs, and items that say that the node failed for them.
    errors: usize,
    retries: usize,
}

impl Progress {
    /// Shows if stderr is a terminal.
    pub fn new() -> Self {
        let visible = std::io::stderr().is_terminal();
        let target = if visible {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        Self {
            bar,
            visible,
            summary: Mutex::default(),
        }
    }

    /// Takes note of one event.
    pub fn event(&self, event: &RunEvent) {
        if let RunEvent::Log { node, message } = event {
            self.bar.suspend(|| show_log(node, message));
        }
        if !self.visible {
            return;
        }
        let mut summary = self.summary.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            RunEvent::NodeStarted { node, items, .. } => {
                self.bar.set_style(style(*items, cut(node)));
                self.bar.reset_elapsed();
                self.bar.reset_eta();
                // Only this draws: one line never tells of two nodes.
                self.bar.update(|state| {
                    state.set_pos(0);
                    state.set_len(*items as u64);
                });
                self.bar.enable_steady_tick(Duration::from_millis(100));
            }
            RunEvent::NodeProgress { done, .. } => self.bar.set_position(*done as u64),
            RunEvent::NodeRetried { node, .. } => summary.entry(node.clone()).or_default().retries += 1,
            RunEvent::NodeFinished {
                node,
                items,
                failed,
                elapsed,
                error,
                ..
            } => {
                let line = summary.entry(node.clone()).or_default();
                line.runs += 1;
                line.items += items;
                line.elapsed += elapsed;
                line.errors += usize::from(error.is_some()).max(*failed);
            }
            RunEvent::Finished { status, timed_out } => {
                self.bar.finish_and_clear();
                tell(&table(&summary));
                tell_line!("{}", if *timed_out { "timed out" } else { status.as_str() });
            }
            RunEvent::Log { .. } => {}
        }
    }
}

/// Without items to count there is nothing to estimate.
fn style(items: usize, node: String) -> ProgressStyle {
    let template = if items > 1 {
        "{spinner} {node}  {pos}/{len} items{pace}  {elapsed}"
    } else {
        "{spinner} {node}  {elapsed}"
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
    let style = style.with_key("node", move |_: &ProgressState, line: &mut dyn Write| {
        let _ = line.write_str(&node);
    });
    style.with_key("pace", |state: &ProgressState, line: &mut dyn Write| {
        // What cannot be written is not shown.
        let _ = line.write_str(&pace(state.pos(), state.per_sec(), state.eta()));
    })
}

/// The rate and the time left, once there is something to tell them by.
fn pace(done: u64, rate: f64, left: Duration) -> String {
    match (done, rate) {
        (0, _) => String::new(),
        (_, rate) if rate < 10.0 => format!("  {rate:.1}/s  {} left", HumanDuration(left)),
        (_, rate) => format!("  {rate:.0}/s  {} left", HumanDuration(left)),
    }
}

/// Names of more characters than this are cut: the columns after them should stay in sight.
const LONGEST_NAME: usize = 40;

fn cut(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    let kept: String = name.chars().take(LONGEST_NAME - 1).collect();
    format!("{}…", kept.trim_end())
}

fn table(summary: &IndexMap<Text, NodeSummary>) -> String {
    let names = summary.keys().map(|name| cut(name).chars().count());
    let width = names.max().unwrap_or(0).max(4);
    let mut table = format!("{:width$}  {:>8}  {:>10}  {:>6}\n", "node", "items", "time", "errors");
    for (name, line) in summary {
        let name = cut(name);
        let time = if line.elapsed < 1000.0 {
            format!("{:.1} ms", line.elapsed)
        } else {
            format!("{:.2} s", line.elapsed / 1000.0)
        };
        table.push_str(&format!(
            "{name:width$}  {:>8}  {time:>10}  {:>6}",
            line.items, line.errors
        ));
        if line.runs > 1 {
            table.push_str(&format!("  {} runs", line.runs));
        }
        if line.retries > 0 {
            table.push_str(&format!("  {} retries", line.retries));
        }
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut() {
        assert_eq!(cut("Users"), "Users");
        assert_eq!(cut(&"a".repeat(LONGEST_NAME)), "a".repeat(LONGEST_NAME));
        assert_eq!(cut(&"ä".repeat(99)), format!("{}…", "ä".repeat(LONGEST_NAME - 1)));
    }

    #[test]
    fn a_pace_is_told_once_there_is_one() {
        let left = Duration::from_secs(90);
        assert_eq!(pace(0, 0.0, Duration::ZERO), "");
        assert_eq!(pace(3, 4.9347, left), "  4.9/s  2 minutes left");
        assert_eq!(pace(3000, 2467.8, left), "  2468/s  2 minutes left");
    }

    #[test]
    fn the_summary_is_a_table() {
        let mut summary = IndexMap::new();
        summary.insert(
            "Users".into(),
            NodeSummary {
                runs: 1,
                items: 30,
                elapsed: 12.34,
                errors: 0,
                retries: 0,
            },
        );
        summary.insert(
            "Long name".into(),
            NodeSummary {
                runs: 2,
                items: 5,
                elapsed: 2500.0,
                errors: 1,
                retries: 3,
            },
        );
        assert_eq!(
            table(&summary),
            "node          items        time  errors\n\
             Users            30     12.3 ms       0\n\
             Long name         5      2.50 s       1  2 runs  3 retries\n"
        );
    }
}
