//! What the XAPI is in each version: its types, enums and operations, from 3CX's own OpenAPI files by way of the committed table
//! `xapi.facts`.
//!
//! Everything the double answers and refuses is judged by this table. It knows nothing of state: the entities are the
//! store's, and what a function or an action does is the service's.

mod parse;

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::{VERSIONS, Version};

/// The whole API of one version, looked up by names as they stand in a request.
pub struct Facts {
    enumerations: HashMap<&'static str, Enumeration>,
    types: HashMap<&'static str, Vec<Property>>,
    operations: Vec<Operation>,
    /// Shape of a path (see [`PathTemplate::shape`]) to the operations on it, one for each method.
    shapes: HashMap<String, Vec<usize>>,
    sets: HashMap<&'static str, EntitySet>,
}

/// An enum's members, in the order of their numbers.
pub struct Enumeration {
    /// Whether a value may be several members, as comma-separated text.
    pub flags: bool,
    pub members: Vec<&'static str>,
}

/// A property of a type.
#[derive(Debug)]
pub struct Property {
    pub name: &'static str,
    pub value: ValueType,
    /// A navigation property is answered only where `$expand` asks for it.
    pub navigation: bool,
}

/// A type and whether null is one of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueType {
    pub kind: Kind,
    pub nullable: bool,
}

/// The types of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, with its greatest length in characters where the API states one.
    Text(Option<usize>),
    Boolean,
    /// Whole numbers, by their smallest and greatest value.
    Integer(i64, i64),
    /// Decimals and floats.
    Number,
    DateTime,
    Duration,
    TimeOfDay,
    Guid,
    Enumeration(&'static str),
    Structure(&'static str),
    Collection(Box<ValueType>),
    /// Anything.
    Untyped,
}

/// One operation: a method on a path.
pub struct Operation {
    pub method: &'static str,
    pub path: PathTemplate,
    /// The operationId of 3CX's file, such as `ListGroups`.
    pub id: &'static str,
    pub body: Body,
    pub outcome: Outcome,
}

/// What an operation takes.
pub enum Body {
    Nothing,
    Entity(&'static str),
    Parameters(Vec<(&'static str, ValueType)>),
}

/// What an operation gives.
pub enum Outcome {
    /// 204.
    Nothing,
    /// `{"value": [...]}`.
    List(ValueType),
    /// `{"value": ...}`.
    Value(ValueType),
    /// The entity or the structure itself.
    Single(ValueType),
}

/// A path of the API with the types of its arguments.
pub struct PathTemplate {
    pub segments: Vec<SegmentTemplate>,
}

/// One part of a path between slashes.
pub struct SegmentTemplate {
    pub name: &'static str,
    pub arguments: Arguments,
}

/// What stands in a segment's parentheses.
pub enum Arguments {
    /// No parentheses.
    None,
    /// A key: `Users({Id})`.
    Key(&'static str, ValueType),
    /// A function's arguments, none of them for `Pbx.InitFax()`.
    Named(Vec<(&'static str, ValueType)>),
}

/// An entity set, or a singleton.
#[derive(Debug)]
pub struct EntitySet {
    pub name: &'static str,
    /// The type of its entities.
    pub type_name: &'static str,
    /// The property that is the key, when the API addresses single entities.
    pub key: Option<(&'static str, ValueType)>,
    /// A singleton is one entity without a key, such as the settings of a service.
    pub singleton: bool,
}

impl Facts {
    /// The facts of a version.
    pub fn of(version: Version) -> &'static Self {
        static READ: [OnceLock<Facts>; VERSIONS.len()] = [const { OnceLock::new() }; VERSIONS.len()];
        READ[version.place()].get_or_init(|| {
            parse::table(include_str!("xapi.facts"), version)
                .expect("the committed table is in the form that its generator writes")
        })
    }

    /// The operations on the paths of a shape.
    pub fn operations_on(&self, shape: &str) -> impl Iterator<Item = &Operation> {
        self.shapes
            .get(shape)
            .into_iter()
            .flatten()
            .map(|&index| &self.operations[index])
    }

    /// An entity set or a singleton by its name in a path.
    pub fn entity_set(&self, name: &str) -> Option<&EntitySet> {
        self.sets.get(name)
    }

    /// The names of all entity sets and singletons.
    pub fn entity_set_names(&self) -> impl Iterator<Item = &'static str> {
        self.sets.keys().copied()
    }

    /// All entity sets and singletons, by name.
    pub fn sets(&self) -> Vec<&EntitySet> {
        let mut sets: Vec<&EntitySet> = self.sets.values().collect();
        sets.sort_unstable_by_key(|set| set.name);
        sets
    }

    /// All types with their properties, by name.
    pub fn types(&self) -> Vec<(&'static str, &[Property])> {
        let types = self
            .types
            .iter()
            .map(|(name, properties)| (*name, properties.as_slice()));
        let mut types: Vec<_> = types.collect();
        types.sort_unstable_by_key(|(name, _)| *name);
        types
    }

    /// All enums, by name.
    pub fn enumerations(&self) -> Vec<(&'static str, &Enumeration)> {
        let mut enumerations: Vec<_> = self.enumerations.iter().map(|(name, each)| (*name, each)).collect();
        enumerations.sort_unstable_by_key(|(name, _)| *name);
        enumerations
    }

    /// An enum by its name, without the namespace.
    pub fn enumeration(&self, name: &str) -> Option<&Enumeration> {
        self.enumerations.get(name)
    }

    /// The same name, if it is that of an enum, as long as the program lives.
    pub fn enumeration_name(&self, name: &str) -> Option<&'static str> {
        self.enumerations.get_key_value(name).map(|(name, _)| *name)
    }

    /// The properties of a type, by its name without the namespace; none for a type that has none.
    pub fn properties(&self, type_name: &str) -> &[Property] {
        self.types.get(type_name).map_or(&[], Vec::as_slice)
    }

    /// A property of a type.
    pub fn property(&self, type_name: &str, name: &str) -> Option<&Property> {
        self.properties(type_name).iter().find(|property| property.name == name)
    }

    /// The value that stands where nothing was ever set: null where null is allowed.
    pub fn default_value(&self, value: &ValueType) -> Value {
        if value.nullable {
            return Value::Null;
        }
        match &value.kind {
            Kind::Text(_) => Value::from(""),
            Kind::Boolean => Value::from(false),
            Kind::Integer(..) | Kind::Number => Value::from(0),
            Kind::DateTime => Value::from("1970-01-01T00:00:00Z"),
            Kind::Duration => Value::from("PT0S"),
            Kind::TimeOfDay => Value::from("00:00:00"),
            Kind::Guid => Value::from("00000000-0000-0000-0000-000000000000"),
            Kind::Enumeration(name) => self
                .enumeration(name)
                .and_then(|enumeration| enumeration.members.first())
                .map_or(Value::Null, |&member| Value::from(member)),
            Kind::Structure(name) => Value::Object(self.default_structure(name)),
            Kind::Collection(_) => Value::Array(Vec::new()),
            Kind::Untyped => Value::Object(Map::new()),
        }
    }

    /// An entity or a structure of a type with every property at its default.
    pub fn default_structure(&self, type_name: &str) -> Map<String, Value> {
        self.properties(type_name)
            .iter()
            .map(|property| (property.name.to_owned(), self.default_value(&property.value)))
            .collect()
    }
}

impl Enumeration {
    /// The number of a member, by its name, without regard to case as the service reads it.
    pub fn ordinal(&self, name: &str) -> Option<usize> {
        self.members.iter().position(|member| member.eq_ignore_ascii_case(name))
    }
}

impl Kind {
    /// The name in messages: the Edm name of a primitive, the full name of a type.
    pub fn name(&self) -> String {
        match self {
            Self::Text(_) => "Edm.String".to_owned(),
            Self::Boolean => "Edm.Boolean".to_owned(),
            Self::Integer(0, _) => "Edm.Byte".to_owned(),
            Self::Integer(least, _) if *least == i64::from(i32::MIN) => "Edm.Int32".to_owned(),
            Self::Integer(..) => "Edm.Int64".to_owned(),
            Self::Number => "Edm.Double".to_owned(),
            Self::DateTime => "Edm.DateTimeOffset".to_owned(),
            Self::Duration => "Edm.Duration".to_owned(),
            Self::TimeOfDay => "Edm.TimeOfDay".to_owned(),
            Self::Guid => "Edm.Guid".to_owned(),
            Self::Enumeration(name) | Self::Structure(name) => format!("Pbx.{name}"),
            Self::Collection(item) => format!("Collection({})", item.kind.name()),
            Self::Untyped => "Edm.Untyped".to_owned(),
        }
    }
}

impl PathTemplate {
    /// The path without its values: `Users(*)/Pbx.GetPhoneRegistrar(mac)`. Names of arguments are sorted, so that their order in a
    /// request does not matter.
    pub fn shape(&self) -> String {
        let shapes: Vec<String> = self.segments.iter().map(SegmentTemplate::shape).collect();
        shapes.join("/")
    }
}

impl SegmentTemplate {
    fn shape(&self) -> String {
        match &self.arguments {
            Arguments::None => self.name.to_owned(),
            Arguments::Key(..) => format!("{}(*)", self.name),
            Arguments::Named(arguments) => {
                let mut names: Vec<&str> = arguments.iter().map(|(name, _)| *name).collect();
                names.sort_unstable();
                format!("{}({})", self.name, names.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_the_whole_api_of_each_version() {
        let counts = VERSIONS.map(|version| Facts::of(version).operations.len());
        assert_eq!(counts, [526, 531, 547, 548, 571, 590, 601]);
        let facts = Facts::of(Version::default());
        assert_eq!(
            facts
                .operations
                .iter()
                .filter(|operation| operation.path.segments[0].name == "Users")
                .count(),
            36
        );
        assert_eq!(
            facts.enumeration("TranscriptionType").map(|each| each.members.len()),
            Some(5)
        );
    }

    #[test]
    fn every_type_that_the_table_names_is_in_it() {
        for version in VERSIONS {
            check_types(Facts::of(version));
        }
    }

    fn check_types(facts: &Facts) {
        let check = |value: &ValueType| {
            let mut kind = &value.kind;
            while let Kind::Collection(item) = kind {
                kind = &item.kind;
            }
            if let Kind::Structure(name) = kind {
                assert!(facts.types.contains_key(name), "`{name}` is not in the table");
            }
        };
        facts
            .types
            .values()
            .flatten()
            .for_each(|property| check(&property.value));
        for operation in &facts.operations {
            match &operation.outcome {
                Outcome::Nothing => {}
                Outcome::List(value) | Outcome::Value(value) | Outcome::Single(value) => check(value),
            }
        }
    }

    #[test]
    fn sets_have_their_types_and_keys() {
        let rows = [
            ("Users", "User", Some("Id"), false),
            ("Backups", "Backups", Some("FileName"), false),
            ("Defs", "Defs", None, true),
            ("CallHistoryView", "CallHistoryView", None, false),
            ("CrmTemplates", "CrmTemplate", Some("Name"), false),
        ];
        for (name, type_name, key, singleton) in rows {
            let set = Facts::of(Version::default())
                .entity_set(name)
                .unwrap_or_else(|| panic!("`{name}` is a set"));
            assert_eq!(
                (set.type_name, set.key.as_ref().map(|key| key.0), set.singleton),
                (type_name, key, singleton),
                "{name}"
            );
        }
    }

    #[test]
    fn one_operation_a_method_on_a_shape() {
        let shapes = VERSIONS.into_iter().map(Facts::of);
        for (shape, facts) in shapes.flat_map(|facts| facts.shapes.keys().map(move |shape| (shape, facts))) {
            let operations: Vec<_> = facts.operations_on(shape).collect();
            let mut methods: Vec<_> = operations.iter().map(|operation| operation.method).collect();
            methods.sort_unstable();
            methods.dedup();
            assert_eq!(methods.len(), operations.len(), "{shape}");
        }
    }
}
