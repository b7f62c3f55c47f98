//! What a script reaches beyond n8n's scope, by way of the node's capabilities.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt;
use futures::future::BoxFuture;
use indexmap::IndexMap;
use patchbay_expression::script::Host;
use patchbay_expression::{Error, Js, Missing};
use patchbay_model::{Binary, Item, Object, Text, Value};
use patchbay_node::capability::http::Effect;
use patchbay_node::{Context, NodeError};

use super::request::{self, Fault};
use crate::files;
use crate::fingerprint::fingerprint;

const PRETENDED: &str = "this is a dry run: a request of the code that would change something was not sent, and the code \
     got status 204 and no body for it";

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Files by their descriptions, as scripts see them. Of several with one description the first stands for all.
type FilesByDescription = HashMap<String, Binary>;

/// A file's description, without the order of its parts.
fn described(file: &Binary) -> String {
    fingerprint(&file.to_n8n())
}

fn by_description<'i>(items: impl IntoIterator<Item = &'i Item>) -> FilesByDescription {
    let files = items.into_iter().filter_map(|item| item.binary.as_ref());
    let mut known = FilesByDescription::new();
    for file in files.flat_map(|files| files.values()) {
        known.entry(described(file)).or_insert_with(|| file.clone());
    }
    known
}

/// The script's way to the world.
pub(crate) struct ContextHost<'c, 'run> {
    context: &'c Context<'run>,
    /// Files that the script made, to be known again in what it returns.
    made: Mutex<FilesByDescription>,
    /// The files of the node's items.
    of_items: OnceLock<FilesByDescription>,
    /// The files of the other nodes' items.
    of_others: OnceLock<FilesByDescription>,
    /// The files that a Function Item gave its item.
    set: Mutex<Option<Value>>,
    /// What to do about the errors of capabilities that the script was given, by their messages: a script's own errors
    /// carry no hints.
    hints: Mutex<Vec<(Text, Vec<Text>)>>,
    /// A request of the script was not sent, for the run is dry.
    pretended: AtomicBool,
    /// The static data that the script was given, by key.
    given: Mutex<HashMap<Text, Object>>,
}

impl<'c, 'run> ContextHost<'c, 'run> {
    pub(crate) fn new(context: &'c Context<'run>) -> Self {
        Self {
            context,
            made: Mutex::default(),
            of_items: OnceLock::new(),
            of_others: OnceLock::new(),
            set: Mutex::default(),
            hints: Mutex::default(),
            pretended: AtomicBool::new(false),
            given: Mutex::default(),
        }
    }

    /// The node's items, in n8n's shape.
    pub(crate) fn items(&self) -> Value {
        Value::array(self.context.items().iter().map(Item::to_n8n_with_data).collect())
    }

    /// The items that came to the node, in n8n's shape: all of them, even where `executeOnce` gives it but one.
    pub(crate) fn all_items(&self) -> Value {
        let items = self.context.scope.items.iter().enumerate();
        Value::array(
            items
                .map(|(index, item)| item.clone().paired_with(index).to_n8n_with_data())
                .collect(),
        )
    }

    /// One item, in n8n's shape.
    pub(crate) fn item(&self, index: usize) -> Value {
        self.context
            .items()
            .get(index)
            .map_or(Value::Null, Item::to_n8n_with_data)
    }

    /// The file that a returned description stands for: one of the items', one that the script made or one of another node's
    /// items, else what its `data` holds.
    pub(crate) fn file(&self, description: &Value) -> Option<Binary> {
        let object = description.as_object()?;
        if !object.contains_key("data") || object.contains_key("id") {
            let description = fingerprint(description);
            let of_items = self.of_items.get_or_init(|| by_description(self.context.items()));
            if let Some(file) = of_items.get(&description) {
                return Some(file.clone());
            }
            if let Some(file) = locked(&self.made).get(&description) {
                return Some(file.clone());
            }
            let of_others = self.of_others.get_or_init(|| {
                let runs = self.context.scope.run_data.steps();
                let outputs = runs.filter_map(|(_, run)| run.outputs.as_ref()).flatten();
                by_description(outputs.flat_map(|items| items.iter()))
            });
            if let Some(file) = of_others.get(&description) {
                return Some(file.clone());
            }
        }
        Binary::from_n8n(description)
    }

    /// The files that the script of a Function Item gave its item since this was last asked; `None` if it did not.
    pub(crate) fn take_set_files(&self) -> Option<IndexMap<Text, Binary>> {
        let set = locked(&self.set).take()?;
        let files = set.as_object().into_iter().flatten();
        Some(
            files
                .filter_map(|(name, file)| Some((name.clone(), self.file(file)?)))
                .collect(),
        )
    }

    /// What to do where a script fails with a message.
    pub(super) fn hints_for(&self, message: &str) -> Vec<Text> {
        let known = locked(&self.hints);
        let found = known.iter().rev().find(|(told, _)| told == message);
        let mut hints = found.map(|(_, hints)| hints.clone()).unwrap_or_default();
        if self.pretended.load(Ordering::Relaxed) {
            hints.push(PRETENDED.into());
        }
        hints
    }

    /// Sends a script's request and remembers what the script is not told of it.
    async fn request(&self, options: &Value, style: request::Style) -> Result<Value, Error> {
        match request::send(self.context, options, style).await {
            Ok((answer, effect)) => {
                if effect == Effect::Write && self.context.capabilities.http.pretends_writes() {
                    self.pretended.store(true, Ordering::Relaxed);
                }
                Ok(answer)
            }
            Err(Fault::Client(failure)) => {
                self.remember(&failure.message, &failure.hints);
                let failed: Object = [("failure", failure.to_value())].into_iter().collect();
                Ok(Value::object(failed))
            }
            Err(Fault::Own(error)) => {
                self.remember(&error.message, &error.hints);
                Err(error)
            }
        }
    }

    /// A script that fails with this message was given these hints.
    fn remember(&self, message: &Text, hints: &[Text]) {
        let mut known = locked(&self.hints);
        known.push((message.clone(), hints.to_vec()));
    }

    /// The file of an item by the item's number and the file's name. The words for what is not there are n8n's, those
    /// for a name that the item has not are the caller's.
    fn file_of(&self, arguments: &[Value], unknown: impl Fn(&str, usize) -> Error) -> Result<&Binary, Error> {
        let index = arguments.first().map_or(0.0, Value::to_number) as usize;
        let name = arguments.get(1).map(Value::to_text).unwrap_or_default();
        let of_undefined =
            |key: &str| Error::type_error(format!("Cannot read properties of undefined (reading '{key}')"));
        let item = self.context.items().get(index).ok_or_else(|| of_undefined("binary"))?;
        let files = item.binary.as_ref().ok_or_else(|| of_undefined(&name))?;
        files.get(name.as_str()).ok_or_else(|| unknown(&name, index))
    }

    fn static_data_key(&self, kind: &str) -> Text {
        match kind {
            "node" => format!("node:{}", self.context.node.name).into(),
            _ => "global".into(),
        }
    }

    /// What the workflow keeps of a kind, remembered as what the script began with.
    fn static_data(&self, kind: &str) -> Object {
        let key = self.static_data_key(kind);
        let kept = locked(&self.context.state.static_data);
        let kept = kept.get(&key).and_then(Value::as_object).cloned().unwrap_or_default();
        locked(&self.given).insert(key, kept.clone());
        kept
    }

    /// Keeps what the script changed: executions at once share the data, and one that only reads, or changes another
    /// member, must not put back what it began with.
    fn keep_static_data(&self, kind: &str, changed: &Object) {
        let key = self.static_data_key(kind);
        let given = locked(&self.given).remove(&key).unwrap_or_default();
        if given == *changed {
            return;
        }
        let mut all = locked(&self.context.state.static_data);
        let mut kept = all.get(&key).and_then(Value::as_object).cloned().unwrap_or_default();
        kept.retain(|name, _| changed.contains_key(name) || !given.contains_key(name));
        for (name, value) in changed {
            if given.get(name) != Some(value) {
                kept.insert(name.clone(), value.clone());
            }
        }
        all.insert(key, Value::object(kept));
    }

    async fn prepare(&self, arguments: &[Value]) -> Result<Value, Error> {
        let text = |index: usize| {
            arguments
                .get(index)
                .filter(|value| !value.is_null())
                .map(Value::to_text)
        };
        let bytes = STANDARD
            .decode(text(0).unwrap_or_default().as_bytes())
            .map_err(|error| Error::new(error.to_string()))?;
        let (name, mime_type) = (text(1).filter(|name| !name.is_empty()), text(2));
        let file = files::keep_bytes(self.context, bytes, name.as_deref(), mime_type.as_deref());
        let file = file.await.map_err(error_of)?;
        let shown = file.to_n8n_with_data();
        locked(&self.made).entry(described(&file)).or_insert(file);
        Ok(shown)
    }
}

impl Host for ContextHost<'_, '_> {
    fn tell(&self, name: &str, arguments: &[Js]) -> Result<Js, Error> {
        let value = |index: usize| arguments.get(index).and_then(|value| value.to_value(Missing::Dropped));
        let text = |index: usize| value(index).map(|value| value.to_text()).unwrap_or_default();
        match name {
            "log" => {
                (self.context.log)(text(0));
                Ok(Js::Undefined)
            }
            "staticData" => Ok(Js::Json(Value::object(self.static_data(&text(0))))),
            "setStaticData" => {
                if let Some(changed) = value(1).as_ref().and_then(Value::as_object) {
                    self.keep_static_data(&text(0), changed);
                }
                Ok(Js::Undefined)
            }
            "setBinary" => {
                *locked(&self.set) = value(0);
                Ok(Js::Undefined)
            }
            "assertBinaryData" => {
                let arguments: Vec<Value> = (0..2).map(|index| value(index).unwrap_or_default()).collect();
                let unknown =
                    |name: &str, index| Error::new(format!("The item has no binary field '{name}' [item {index}]"));
                Ok(Js::Json(self.file_of(&arguments, unknown)?.to_n8n_with_data()))
            }
            "findBinaryData" => {
                let arguments: Vec<Value> = (0..2).map(|index| value(index).unwrap_or_default()).collect();
                self.file_of(&arguments, without_id)?;
                Ok(Js::Undefined)
            }
            _ => Err(Error::type_error(format!("{name} is not a function"))),
        }
    }

    fn ask<'a>(&'a self, name: &str, arguments: Vec<Value>) -> BoxFuture<'a, Result<Value, Error>> {
        let first = arguments.first().cloned().unwrap_or_default();
        let capabilities = self.context.capabilities;
        match name {
            "sleep" => {
                let milliseconds = first.to_number();
                async move {
                    capabilities.timer.sleep(milliseconds).await;
                    Ok(Value::Null)
                }
                .boxed()
            }
            "httpRequest" => async move { self.request(&first, request::Style::Modern).await }.boxed(),
            "request" => async move { self.request(&first, request::Style::Legacy).await }.boxed(),
            "getBinaryDataBuffer" => async move {
                let file = self.file_of(&arguments, without_id)?;
                let bytes = capabilities.binaries.read(file).await.map_err(error_of)?;
                Ok(Value::text(STANDARD.encode(bytes)))
            }
            .boxed(),
            "prepareBinaryData" => async move { self.prepare(&arguments).await }.boxed(),
            _ => {
                let error = Error::new(format!("`helpers.{name}` is not supported in patchbay"))
                    .description("Use an HTTP Request node with the credential instead");
                futures::future::ready(Err(error)).boxed()
            }
        }
    }

    fn is_cancelled(&self) -> bool {
        self.context.cancellation.is_cancelled()
    }
}

/// What n8n's own code says where it reads a file that is not there.
fn without_id(_name: &str, _index: usize) -> Error {
    Error::type_error("Cannot read properties of undefined (reading 'id')")
}

/// A capability's error as a script catches it.
pub(super) fn error_of(error: NodeError) -> Error {
    let made = Error::of(patchbay_expression::Kind::Error, error.error.message.clone());
    let made = error.error.hints.into_iter().fold(made, Error::hint);
    match error.error.description {
        Some(description) => made.description(description),
        None => made,
    }
}
