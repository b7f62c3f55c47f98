//! Which webhook a request is for.

use std::collections::HashMap;
use std::sync::Arc;

use patchbay_model::{Object, Text};

use super::{Fault, Loaded};
use crate::webhook::Hook;

/// A webhook of a workflow.
#[derive(Clone)]
struct Target {
    workflow: Arc<Loaded>,
    /// Which of the workflow's hooks.
    hook: usize,
    /// Which of the hook's methods.
    method: usize,
}

/// Paths of webhooks.
pub struct Routes {
    /// Which of a workflow's hooks they are.
    hooks: fn(&Loaded) -> &[Hook],
    fixed: HashMap<Text, Methods>,
    /// Those with parameters, by their first segment and the number of segments.
    open: HashMap<(Text, usize), Vec<(Pattern, Methods)>>,
}

/// The webhooks of a path, by method.
type Methods = HashMap<Text, Target>;

/// The segments of a path.
type Pattern = Vec<Segment>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Fixed(Text),
    Parameter(Text),
}

/// What was found for a request.
pub enum Match {
    Found {
        workflow: Arc<Loaded>,
        hook: usize,
        method: usize,
        params: Object,
    },
    /// The path is there, for these methods.
    OtherMethods(Vec<Text>),
    Nothing,
}

impl Routes {
    fn of(hooks: fn(&Loaded) -> &[Hook]) -> Self {
        Self {
            hooks,
            fixed: HashMap::new(),
            open: HashMap::new(),
        }
    }

    pub fn of_webhooks() -> Self {
        Self::of(|loaded| &loaded.hooks)
    }

    pub fn of_forms() -> Self {
        Self::of(|loaded| &loaded.forms)
    }

    /// Adds all hooks of a workflow, or none if another has the path of one; that is told.
    pub fn add(&mut self, workflow: &Arc<Loaded>) -> Vec<Fault> {
        let faults = self.conflicts(workflow);
        if !faults.is_empty() {
            return faults;
        }
        for (place, hook) in (self.hooks)(workflow).iter().enumerate() {
            for (number, method) in hook.methods.iter().enumerate() {
                let target = Target {
                    workflow: workflow.clone(),
                    hook: place,
                    method: number,
                };
                self.methods_mut(&hook.path).entry(method.clone()).or_insert(target);
            }
        }
        Vec::new()
    }

    /// Whether all hooks of the workflow are here as its own.
    pub fn has(&self, workflow: &Loaded) -> bool {
        let mut hooks = (self.hooks)(workflow).iter();
        hooks.all(|hook| self.methods_of(workflow, hook).len() == hook.methods.len())
    }

    /// The methods by which a hook of the workflow is reached.
    pub fn methods_of<'a>(&self, workflow: &Loaded, hook: &'a Hook) -> Vec<&'a str> {
        let is_own = |method: &&Text| {
            self.holder(&hook.path, method)
                .is_some_and(|holder| holder.id == workflow.id)
        };
        let own = hook.methods.iter().filter(is_own);
        own.map(Text::as_str).collect()
    }

    /// Which of its hooks another workflow has, or another of its nodes.
    pub fn conflicts(&self, workflow: &Loaded) -> Vec<Fault> {
        let mut faults = Vec::new();
        let hooks = (self.hooks)(workflow);
        for (place, hook) in hooks.iter().enumerate() {
            for method in &hook.methods {
                let mut before = hooks[..place].iter();
                if let Some(other) = before.find(|other| same_path(other, hook) && other.methods.contains(method)) {
                    faults.push(Fault {
                        file: workflow.file.clone(),
                        code: "E1203",
                        message: format!(
                            "The webhook `{method} {}` of node `{}` of workflow `{}` is also that of its node `{}`",
                            hook.path, hook.name, workflow.name, other.name
                        ),
                        is_warning: false,
                    });
                }
                if let Some(other) = self.holder(&hook.path, method).filter(|other| other.id != workflow.id) {
                    faults.push(Fault {
                        file: workflow.file.clone(),
                        code: "E1203",
                        message: format!(
                            "The webhook `{method} {}` of workflow `{}` is also that of workflow `{}` (`{}`), which keeps it",
                            hook.path,
                            workflow.name,
                            other.name,
                            other.file.display()
                        ),
                        is_warning: false,
                    });
                }
            }
        }
        faults
    }

    fn holder(&self, path: &str, method: &str) -> Option<&Arc<Loaded>> {
        let methods = match pattern(path) {
            None => self.fixed.get(path),
            Some(wanted) => {
                let of_key = self.open.get(&key(&wanted));
                let found = of_key.and_then(|patterns| patterns.iter().find(|(known, _)| same(known, &wanted)));
                found.map(|(_, methods)| methods)
            }
        };
        Some(&methods?.get(method)?.workflow)
    }

    fn methods_mut(&mut self, path: &Text) -> &mut Methods {
        let Some(wanted) = pattern(path) else {
            return self.fixed.entry(path.clone()).or_default();
        };
        let patterns = self.open.entry(key(&wanted)).or_default();
        let place = patterns.iter().position(|(known, _)| same(known, &wanted));
        let place = place.unwrap_or_else(|| {
            patterns.push((wanted, Methods::new()));
            patterns.len() - 1
        });
        &mut patterns[place].1
    }

    /// The webhook for a path, decoded and without slashes at its ends.
    pub fn find(&self, method: &str, path: &str) -> Match {
        let mut others = Vec::new();
        if let Some(methods) = self.fixed.get(path) {
            if let Some(target) = methods.get(method) {
                return target.found(Object::new());
            }
            others.extend(methods.keys().cloned());
        }
        let segments: Vec<&str> = path.split('/').collect();
        // A pattern may begin with a parameter.
        for first in [segments[0], ""] {
            let patterns = self.open.get(&(first.into(), segments.len())).into_iter().flatten();
            // As in n8n the one with more segments that are the same wins.
            let mut fitting: Vec<_> = patterns
                .filter_map(|(pattern, methods)| Some((matches(pattern, &segments)?, methods)))
                .collect();
            fitting.sort_by_key(|((_, fixed), _)| std::cmp::Reverse(*fixed));
            for ((params, _), methods) in fitting {
                if let Some(target) = methods.get(method) {
                    return target.found(params);
                }
                others.extend(methods.keys().cloned());
            }
        }
        if others.is_empty() {
            return Match::Nothing;
        }
        others.sort();
        others.dedup();
        Match::OtherMethods(others)
    }
}

impl Target {
    fn found(&self, params: Object) -> Match {
        Match::Found {
            workflow: self.workflow.clone(),
            hook: self.hook,
            method: self.method,
            params,
        }
    }
}

/// The segments of a path that has parameters.
fn pattern(path: &str) -> Option<Pattern> {
    let segments = path.split('/').map(|segment| match segment.strip_prefix(':') {
        Some(name) => Segment::Parameter(name.into()),
        None => Segment::Fixed(segment.into()),
    });
    let segments: Pattern = segments.collect();
    let open = segments.iter().any(|segment| matches!(segment, Segment::Parameter(_)));
    open.then_some(segments)
}

fn key(pattern: &Pattern) -> (Text, usize) {
    let first = match pattern.first() {
        Some(Segment::Fixed(segment)) => segment.clone(),
        _ => Text::default(),
    };
    (first, pattern.len())
}

/// Whether two patterns take the same paths: the names of parameters do not count.
fn same(one: &Pattern, other: &Pattern) -> bool {
    let mut pairs = one.iter().zip(other);
    one.len() == other.len()
        && pairs.all(|pair| match pair {
            (Segment::Fixed(one), Segment::Fixed(other)) => one == other,
            (Segment::Parameter(_), Segment::Parameter(_)) => true,
            _ => false,
        })
}

fn same_path(one: &Hook, other: &Hook) -> bool {
    match (pattern(&one.path), pattern(&other.path)) {
        (Some(one), Some(other)) => same(&one, &other),
        _ => one.path == other.path,
    }
}

/// The parameters of a path that fits, and how many segments are the same.
fn matches(pattern: &Pattern, segments: &[&str]) -> Option<(Object, usize)> {
    let mut params = Object::new();
    let mut fixed = 0;
    for (segment, given) in pattern.iter().zip(segments) {
        match segment {
            Segment::Fixed(wanted) if wanted == given => fixed += 1,
            Segment::Fixed(_) => return None,
            Segment::Parameter(name) => drop(params.insert(name.clone(), *given)),
        }
    }
    Some((params, fixed))
}
