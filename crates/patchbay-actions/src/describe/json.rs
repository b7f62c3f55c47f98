//! Descriptions as JSON, for `patchbay nodes show --format json`.

use patchbay_model::{Object, Value};

use super::{FieldDescription, OperationDescription, ParameterDescription, ResourceDescription, ServiceDescription};

impl ServiceDescription {
    /// `{"name", "title", "about", "types", "credentials", "credentialFields": [{"name", "about", "required", "secret"}], "resources": [{"name", "about", "operations": [{"name", "about", "versions"?}]}]}`.
    pub fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("name", self.name.as_str());
        object.insert("title", self.title.as_str());
        object.insert("about", self.about.as_str());
        object.insert("types", texts(&self.types));
        object.insert("credentials", texts(&self.credential_types));
        let fields = self.credential_fields.iter().map(FieldDescription::to_value);
        object.insert("credentialFields", fields.collect::<Vec<_>>());
        object.insert(
            "resources",
            self.resources
                .iter()
                .map(ResourceDescription::to_value)
                .collect::<Vec<_>>(),
        );
        Value::object(object)
    }
}

impl FieldDescription {
    fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("name", self.name.as_str());
        object.insert("about", self.about.as_str());
        object.insert("required", self.required);
        object.insert("secret", self.secret);
        Value::object(object)
    }
}

impl ResourceDescription {
    /// `{"name", "about", "operations": [{"name", "about", "versions"?}]}`.
    pub fn to_value(&self) -> Value {
        let operations = self.operations.iter().map(|operation| {
            let mut entry = Object::new();
            entry.insert("name", operation.name.as_str());
            entry.insert("about", operation.about.as_str());
            let versions = operation.versions();
            if !versions.is_empty() {
                entry.insert("versions", versions);
            }
            Value::object(entry)
        });
        let mut object = Object::new();
        object.insert("name", self.name.as_str());
        object.insert("about", self.about.as_str());
        object.insert("operations", operations.collect::<Vec<_>>());
        Value::object(object)
    }
}

impl OperationDescription {
    /// The fields under their names, `options` where there are any; a parameter is `{"name", "in", "type", "required", "values"?, "valuesSince"?, "about", "holds"?, "versions"?}`.
    pub fn to_value(&self) -> Value {
        let mut object = Object::new();
        for (key, text) in [
            ("resource", &self.resource),
            ("operation", &self.name),
            ("about", &self.about),
            ("method", &self.method),
            ("path", &self.path),
            ("versions", &self.life.to_string()),
        ] {
            object.insert(key, text.as_str());
        }
        object.insert("writes", self.writes);
        object.insert("givesFile", self.gives_file);
        object.insert("paged", self.paged);
        object.insert(
            "parameters",
            self.parameters
                .iter()
                .map(ParameterDescription::to_value)
                .collect::<Vec<_>>(),
        );
        if !self.options.is_empty() {
            let options = self.options.iter().map(ParameterDescription::to_value);
            object.insert("options", options.collect::<Vec<_>>());
        }
        object.insert("example", self.example.clone());
        Value::object(object)
    }
}

impl ParameterDescription {
    fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("name", self.name.as_str());
        object.insert("in", self.place);
        object.insert("type", self.kind);
        object.insert("required", self.required);
        if !self.values.is_empty() {
            object.insert("values", texts(&self.values));
        }
        if !self.newer_values.is_empty() {
            let since = self
                .newer_values
                .iter()
                .map(|(value, since)| (value.as_str(), since.as_str()));
            object.insert("valuesSince", since.collect::<Object>());
        }
        object.insert("about", self.about.as_str());
        if !self.holds.is_empty() {
            object.insert("holds", self.holds.as_str());
        }
        if !self.life.is_empty() {
            object.insert("versions", self.life.as_str());
        }
        Value::object(object)
    }
}

fn texts(texts: &[String]) -> Vec<Value> {
    texts.iter().map(|text| Value::text(text.as_str())).collect()
}
