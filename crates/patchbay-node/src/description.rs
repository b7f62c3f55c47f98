//! What a kind of node says about itself: for `patchbay nodes`, for the checks of a workflow, and for the
//! defaults of parameters that n8n leaves out of its files.

use patchbay_model::Value;

/// A kind of node.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// `n8n-nodes-base.set`.
    pub name: &'static str,
    /// `Edit Fields (Set)`.
    pub title: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// The versions that run, ascending.
    pub versions: &'static [f64],
    /// It starts workflows and has no input.
    pub trigger: bool,
    pub parameters: &'static [ParameterDescription],
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct ParameterDescription {
    pub name: &'static str,
    pub kind: Kind,
    /// JSON text of the default, `"\"manual\""`; empty for none.
    pub default: &'static str,
    /// Other defaults, each with the version from which on it holds, ascending.
    pub later_defaults: &'static [(f64, &'static str)],
    /// The versions that have it: from and to, both included.
    pub versions: (f64, f64),
    /// It must not be empty: n8n does not begin a workflow that could reach the node then.
    pub required: bool,
    /// It counts only where each of these other parameters has one of these values.
    pub shown: [Option<(&'static str, &'static [&'static str])>; 2],
    /// One sentence.
    pub about: &'static str,
}

/// The type of a parameter's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Text,
    Number,
    Boolean,
    /// One of these texts.
    Options(&'static [&'static str]),
    /// JSON text, or a value.
    Json,
    /// An object of further parameters.
    Collection,
}

impl ParameterDescription {
    /// A parameter of every version, with one default: JSON text, empty for none.
    pub const fn new(name: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Self {
        Self {
            name,
            kind,
            default,
            later_defaults: &[],
            versions: (0.0, f64::INFINITY),
            required: false,
            shown: [None, None],
            about,
        }
    }

    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// It must not be empty where another parameter, `"operation"`, has one of these values; said twice, both must hold.
    #[must_use]
    pub const fn required_where(self, parameter: &'static str, values: &'static [&'static str]) -> Self {
        Self {
            required: true,
            shown: [Some((parameter, values)), self.shown[0]],
            ..self
        }
    }

    /// Only the versions from the first to the last, both included, have it.
    #[must_use]
    pub const fn versions(self, first: f64, last: f64) -> Self {
        Self {
            versions: (first, last),
            ..self
        }
    }

    /// Other defaults, each with the version from which on it holds, ascending.
    #[must_use]
    pub const fn later(self, later_defaults: &'static [(f64, &'static str)]) -> Self {
        Self { later_defaults, ..self }
    }
}

impl Description {
    /// The default of a parameter in a version.
    pub fn default_of(&self, parameter: &str, version: f64) -> Option<Value> {
        let parameter = self
            .parameters
            .iter()
            .find(|known| known.name == parameter && known.versions.0 <= version && version <= known.versions.1)?;
        let later = parameter
            .later_defaults
            .iter()
            .rev()
            .find(|(since, _)| *since <= version);
        let text = later.map_or(parameter.default, |(_, text)| text);
        Value::from_json(text).ok()
    }
}
