//! Parameters: what they are, and how they are read from the entries of `[operation.parameter]` and of the sets.

use std::ops::Range;
use std::sync::Arc;

use patchbay_model::Text;

use super::fault::Faults;
use super::fields::{Fields, Node};
use super::{Kind, Life, Operation, Sets, Version};

/// One parameter of an operation.
#[derive(Debug)]
pub struct Parameter {
    /// As workflow files have it.
    pub name: Text,
    /// As the service wants it: the same, but where two parameters of an operation have one name, or where it has dots.
    pub sent_name: Text,
    pub place: Place,
    /// How several values are written.
    pub style: Style,
    pub kind: Kind,
    pub required: bool,
    /// The service lets it be null.
    pub nullable: bool,
    /// The allowed values; any, if there are none.
    pub values: Vec<Text>,
    /// Those of the values that only newer versions know.
    pub newer_values: Vec<(Text, Version)>,
    /// For numbers.
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    /// One sentence; empty where the name says it.
    pub about: Text,
    /// What an array or an object is made of, for people: `[{GroupId: integer}]`; empty where nothing is known of it.
    pub holds: Text,
    pub life: Life,
    /// What it was in versions before: of another type, or with values that are gone.
    pub older: Vec<Self>,
}

impl Parameter {
    /// One that may be left out, takes any value of its type, and is there in all versions.
    pub fn plain(name: Text, place: Place, kind: Kind) -> Self {
        Self {
            sent_name: name.clone(),
            name,
            place,
            style: Style::usual_in(place),
            kind,
            required: false,
            nullable: false,
            values: Vec::new(),
            newer_values: Vec::new(),
            minimum: None,
            maximum: None,
            about: Text::default(),
            holds: Text::default(),
            life: Life::default(),
            older: Vec::new(),
        }
    }

    /// The name of the operation's parameter whose value it takes, if it has none itself: n8n's generator makes one parameter
    /// of all that have one name.
    pub fn shared_name(&self, operation: &Operation) -> Option<String> {
        let name = generated_name(&self.sent_name);
        (self.required && name != self.name && operation.parameter(&name).is_some()).then_some(name)
    }

    /// Whether it must be set in a version of the service; where that is not known, whether in each of its forms.
    pub fn is_required(&self, version: Option<&Version>) -> bool {
        match version {
            Some(version) => self.forms().any(|form| form.required && form.life.includes(version)),
            None => self.forms().all(|form| form.required),
        }
    }

    /// Whether null is one of its values: where anything may be, it is.
    pub fn takes_null(&self) -> bool {
        self.nullable || matches!(self.kind, Kind::Json | Kind::Any)
    }

    /// All its forms, newest first.
    pub fn forms(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.older.iter().rev())
    }

    /// When it is there, in whichever form.
    pub fn whole_life(&self) -> Life {
        Life {
            since: self.older.first().unwrap_or(self).life.since.clone(),
            until: self.life.until.clone(),
        }
    }
}

/// The name that n8n's generator gives a parameter: n8n takes dots in names for paths.
pub fn generated_name(sent: &str) -> String {
    sent.replace('.', "-")
}

/// Where in the request a parameter goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    Header,
    Cookie,
    /// A property of the JSON body, or a field of the form.
    #[default]
    Body,
    /// The whole body.
    Content,
}

/// How a list or an object is written into a URL, or into a form: `colours` of `red` and `blue`, `size` with `from` and `to`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// `colours=red,blue`; objects as JSON.
    #[default]
    Commas,
    /// `colours=red&colours=blue`
    Repeat,
    /// `colours=red%20blue`
    Spaces,
    /// `colours=red%7Cblue`
    Pipes,
    /// `size[from]=1&size[to]=2`
    Brackets,
    /// `from=1&to=2`
    Spread,
}

impl Place {
    pub const ALL: [(&'static str, Self); 6] = [
        ("path", Self::Path),
        ("query", Self::Query),
        ("header", Self::Header),
        ("cookie", Self::Cookie),
        ("body", Self::Body),
        ("content", Self::Content),
    ];

    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, place)| *place == self)
            .map_or("", |(name, _)| name)
    }

    /// Whether it is the body, or in it.
    pub fn is_body(self) -> bool {
        matches!(self, Self::Body | Self::Content)
    }
}

impl Style {
    /// What is meant where none is said: in a form each element of a list is a field.
    fn usual_in(place: Place) -> Self {
        match place {
            Place::Body => Self::Repeat,
            _ => Self::Commas,
        }
    }

    pub const ALL: [(&'static str, Self); 6] = [
        ("commas", Self::Commas),
        ("repeat", Self::Repeat),
        ("spaces", Self::Spaces),
        ("pipes", Self::Pipes),
        ("brackets", Self::Brackets),
        ("spread", Self::Spread),
    ];
}

/// Reads the entries of a table whose keys are parameters' names.
pub fn read_all(faults: &mut Faults, fields: &mut Fields, key: &'static str) -> Vec<(Arc<Parameter>, Range<usize>)> {
    let Some(node) = fields.any(key) else { return Vec::new() };
    let Some(table) = node.get_ref().as_table() else {
        faults.add(
            "E0403",
            node.span(),
            "`parameter` wants parameters: `NAME = { type = \"string\" }`",
        );
        return Vec::new();
    };
    let parameters = table.iter().filter_map(|(name, node)| {
        let parameter = read_forms(faults, name.get_ref().as_ref(), node)?;
        Some((Arc::new(parameter), name.span()))
    });
    parameters.collect()
}

/// A parameter; where it changed, an array of its forms, oldest first.
fn read_forms(faults: &mut Faults, name: &str, node: &Node) -> Option<Parameter> {
    let Some(forms) = node.get_ref().as_array() else {
        let fields = Fields::open(faults, node, "a parameter")?;
        return Some(read(faults, name.into(), fields));
    };
    let mut read_forms = Vec::with_capacity(forms.len());
    for form in forms {
        let fields = Fields::open(faults, form, "a form of a parameter")?;
        read_forms.push(read(faults, name.into(), fields));
    }
    let overlap = read_forms.windows(2).any(|pair| pair[0].life.overlaps(&pair[1].life));
    let newest = read_forms.pop();
    if overlap || newest.is_none() {
        let message = format!("the forms of `{name}` want versions that do not overlap, oldest first");
        faults.add("E0405", node.span(), message);
    }
    newest.map(|newest| Parameter {
        older: read_forms,
        ..newest
    })
}

/// Reads the sets: tables of such tables.
pub fn read_sets(faults: &mut Faults, fields: &mut Fields) -> Sets {
    let mut sets = Sets::new();
    let Some(node) = fields.any("set") else { return sets };
    let Some(table) = node.get_ref().as_table() else {
        faults.add("E0403", node.span(), "`set` wants tables: `[set.NAME]`");
        return sets;
    };
    for (name, node) in table {
        let Some(entries) = node.get_ref().as_table() else {
            faults.add(
                "E0403",
                node.span(),
                "a set wants parameters: `NAME = { type = \"string\" }`",
            );
            continue;
        };
        let mut parameters = Vec::with_capacity(entries.len());
        for (name, node) in entries {
            parameters.extend(read_forms(faults, name.get_ref().as_ref(), node).map(Arc::new));
        }
        sets.insert(name.get_ref().as_ref().into(), parameters);
    }
    sets
}

fn read(faults: &mut Faults, name: Text, mut fields: Fields) -> Parameter {
    let place = fields.choice(faults, "in", &Place::ALL).unwrap_or_default();
    let kind = fields.choice(faults, "type", &Kind::ALL).unwrap_or_default();
    let values = fields
        .texts(faults, "values")
        .into_iter()
        .map(|(value, _)| value)
        .collect();
    let parameter = Parameter {
        sent_name: fields
            .text(faults, "name")
            .map_or_else(|| name.clone(), |(sent, _)| sent),
        name,
        place,
        style: fields
            .choice(faults, "style", &Style::ALL)
            .unwrap_or_else(|| Style::usual_in(place)),
        kind,
        required: fields.boolean(faults, "required"),
        nullable: fields.boolean(faults, "nullable"),
        values,
        newer_values: read_newer_values(faults, &mut fields),
        minimum: fields.number(faults, "minimum"),
        maximum: fields.number(faults, "maximum"),
        about: fields.text(faults, "about").map(|(about, _)| about).unwrap_or_default(),
        holds: fields.text(faults, "holds").map(|(holds, _)| holds).unwrap_or_default(),
        life: read_life(faults, &mut fields),
        older: Vec::new(),
    };
    if !(parameter.values.is_empty() || kind.has_values()) {
        faults.add(
            "E0403",
            fields.span(),
            "only a parameter of type `string` or `list`, or of numbers, can have `values`",
        );
    }
    if kind.is_file() && !place.is_body() {
        faults.add("E0405", fields.span(), "a file can only be sent in the body");
    }
    fields.finish(faults);
    parameter
}

/// Reads `values-since`: the first versions of some values.
fn read_newer_values(faults: &mut Faults, fields: &mut Fields) -> Vec<(Text, Version)> {
    let mut newer = Vec::new();
    for (value, version, span) in fields.entries(faults, "values-since") {
        match version.parse() {
            Ok(version) => newer.push((value, version)),
            Err(_) => {
                faults.add("E0403", span, not_a_version("values-since", &version));
            }
        }
    }
    newer
}

fn not_a_version(key: &str, text: &str) -> String {
    format!("`{key}` wants a version such as `20.0.7`, not `{text}`")
}

/// Reads `since` and `until`.
pub fn read_life(faults: &mut Faults, fields: &mut Fields) -> Life {
    let life = read_both(faults, fields);
    if let (Some(since), Some(until)) = (&life.since, &life.until)
        && until < since
    {
        let message = format!("no version is from {since} until {until}");
        faults.add("E0405", fields.span(), message);
    }
    life
}

fn read_both(faults: &mut Faults, fields: &mut Fields) -> Life {
    let mut version = |key| {
        let (text, span) = fields.text(faults, key)?;
        let version: Option<Version> = text.parse().ok();
        if version.is_none() {
            faults.add("E0403", span, not_a_version(key, &text));
        }
        version
    };
    Life {
        since: version("since"),
        until: version("until"),
    }
}
