//! Recordings as bytes, and what is done to several of them.

use serde_json::{Map, Value};

use super::entity::unknown_entity;
use super::generic::silence;
use super::{Answer, Call, Reply, Service};
use crate::facts::EntitySet;
use crate::odata::Error;

impl Service {
    /// A recording's sound: WAV, of the same length for all.
    pub(super) fn download_recording(&mut self, call: &Call) -> Answer {
        let key = call.arguments.get("recId").unwrap_or(&Value::Null);
        let set = call.set()?;
        let recording = self.recording(set, key).ok_or_else(|| unknown_entity(set, key))?;
        let name = recording
            .get("RecordingUrl")
            .and_then(Value::as_str)
            .filter(|name| !name.is_empty());
        let name = name.map_or_else(|| format!("recording-{key}.wav"), str::to_owned);
        Ok(Reply::file(silence(), "audio/wav", name))
    }

    /// Deletes recordings, all or none.
    pub(super) fn delete_recordings(&mut self, call: &Call) -> Answer {
        let set = call.set()?;
        let keys = self.recordings(call, set)?;
        let named = |key: Option<&Value>| key.is_some_and(|key| keys.contains(key));
        self.store
            .entities(set)
            .retain(|entity| !named(entity.properties.get("Id")));
        Ok(Reply::no_content())
    }

    /// Archives recordings, all or none.
    pub(super) fn archive_recordings(&mut self, call: &Call) -> Answer {
        let set = call.set()?;
        for key in self.recordings(call, set)? {
            if let Some(recording) = self.recording(set, &key) {
                recording.insert("IsArchived".to_owned(), Value::from(true));
            }
        }
        Ok(Reply::no_content())
    }

    /// The keys that a call names, each of a recording that is there.
    fn recordings(&mut self, call: &Call, set: &EntitySet) -> Result<Vec<Value>, Error> {
        let keys: Vec<Value> = call.ids("ids").into_iter().map(Value::from).collect();
        match keys.iter().find(|key| self.recording(set, key).is_none()) {
            Some(unknown) => Err(unknown_entity(set, unknown)),
            None => Ok(keys),
        }
    }

    /// A recording by its `Id`, which the API does not know as a key.
    fn recording(&mut self, set: &EntitySet, key: &Value) -> Option<&mut Map<String, Value>> {
        let mut entities = self.store.entities(set).iter_mut();
        let entity = entities.find(|entity| entity.properties.get("Id") == Some(key))?;
        Some(&mut entity.properties)
    }
}
