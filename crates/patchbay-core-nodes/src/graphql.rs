//! GraphQL: sends queries to an endpoint. How requests are sent and credentials applied is HTTP Request's.

use async_trait::async_trait;
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::http_request::{Content, Draft, Expected, Failure, Format, TIMEOUT, authenticate, entries, exchange};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.graphql",
    title: "GraphQL",
    about: "Sends a GraphQL query",
    versions: &[1.0, 1.1],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "authentication",
            Kind::Text,
            "\"none\"",
            "How the request is authorised",
        ),
        ParameterDescription::new(
            "requestMethod",
            Kind::Options(&["GET", "POST"]),
            "\"POST\"",
            "The method",
        ),
        ParameterDescription::new("endpoint", Kind::Text, "\"\"", "The URL").required(),
        ParameterDescription::new(
            "allowUnauthorizedCerts",
            Kind::Boolean,
            "false",
            "Takes any certificate",
        ),
        ParameterDescription::new(
            "requestFormat",
            Kind::Options(&["graphql", "json"]),
            "\"graphql\"",
            "The query as it is, or in JSON with its variables",
        )
        .later(&[(1.1, "\"json\"")]),
        ParameterDescription::new("query", Kind::Text, "\"\"", "The query").required(),
        ParameterDescription::new("variables", Kind::Json, "\"\"", "The variables, as JSON"),
        ParameterDescription::new("operationName", Kind::Text, "\"\"", "Which operation of the query"),
        ParameterDescription::new(
            "responseFormat",
            Kind::Options(&["json", "string"]),
            "\"json\"",
            "What the answer is",
        ),
        ParameterDescription::new(
            "dataPropertyName",
            Kind::Text,
            "\"data\"",
            "The field of an answer that is text",
        ),
        ParameterDescription::new("headerParametersUi.parameter", Kind::Collection, "[]", "Headers"),
    ],
};

pub struct GraphQl;

#[async_trait]
impl Node for GraphQl {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let mut made = Vec::with_capacity(context.items().len());
        for index in 0..context.items().len() {
            let answer = answer_of(context, index).await;
            let failure: Failure = match answer {
                Ok(json) => {
                    let told = errors_of(&json);
                    // An answer that tells errors goes on as well, before its error: so it is in n8n.
                    made.push(Item::new(json).paired_with(index));
                    match told {
                        Some(told) => NodeError::new("E0335", told).item(index).into(),
                        None => continue,
                    }
                }
                Err(failure) => failure,
            };
            let error = failure.error.item(index);
            if !context.continues_on_fail() || error.is_cancelled() {
                return Err(error);
            }
            // Where the node goes on, a failure of the network is told in the words of Node.js.
            let of_network = failure
                .shown
                .get("message")
                .filter(|_| error.error.code.starts_with("E06"));
            let message = of_network.map_or(error.error.message, Value::to_text);
            let json: Object = [("error", message)].into_iter().collect();
            made.push(Item::new(json).paired_with(index));
        }
        Ok(Outcome::items(made))
    }
}

/// The messages of an answer's `errors`.
fn errors_of(json: &Object) -> Option<Text> {
    let errors = json.get("errors")?.as_array()?;
    let messages = errors
        .iter()
        .filter_map(|error| error.get("message"))
        .map(Value::to_text);
    let messages: Vec<Text> = messages.collect();
    Some(messages.join(", ").into())
}

async fn answer_of(context: &Context<'_>, index: usize) -> Result<Object, Failure> {
    let method = context.text("requestMethod", index)?;
    let mut draft = Draft::new(method.to_string(), context.text("endpoint", index)?.to_string());
    draft.timeout = Some(TIMEOUT);
    draft.options.verify_tls = !context.boolean("allowUnauthorizedCerts", index)?;
    for entry in entries(context, "headerParametersUi.parameter", &context.scope_for(index))? {
        if let Some(value) = entry.value {
            draft.set_header(&entry.name, value.to_text());
        }
    }
    let is_plain = method == "POST" && context.text("requestFormat", index)? == "graphql";
    if !is_plain {
        draft.body = Content::Json(Value::object(Object::new()));
    }
    authenticate(context, &mut draft, index).await?;
    let query = context.text("query", index)?;
    let (accept, content_type) = if is_plain {
        draft.body = Content::Text {
            content_type: "application/graphql".to_owned(),
            text: query.to_string(),
        };
        ("*/*", "application/graphql")
    } else {
        if method == "GET" {
            draft.query.insert("query", query.clone());
        }
        draft.set_body_field("query", query.into());
        // With GET n8n sends neither the variables nor the operation's name.
        let (variables, operation) = if method == "GET" {
            (Value::object(Object::new()), Text::default())
        } else {
            (variables(context, index)?, context.text("operationName", index)?)
        };
        draft.set_body_field("variables", variables);
        let operation = if operation.is_empty() {
            Value::Null
        } else {
            operation.into()
        };
        draft.set_body_field("operationName", operation);
        ("application/json", "application/json")
    };
    for (name, value) in [("accept", accept), ("content-type", content_type)] {
        if draft.header(name).is_none() {
            draft.set_header(name, value);
        }
    }
    let as_text = context.text("responseFormat", index)? == "string";
    let expected = Expected {
        format: Format::Text,
        property: String::new(),
        full: false,
        never_error: true,
        split: false,
        legacy: true,
    };
    let text = exchange(context, index, &draft, &expected).await?.text();
    let parsed = Value::from_json(&text);
    if as_text {
        let value = match parsed {
            Ok(value) if !is_plain => value,
            _ => text.into(),
        };
        return Ok([(context.text("dataPropertyName", index)?, value)]
            .into_iter()
            .collect());
    }
    match parsed {
        Ok(Value::Object(object)) => Ok((*object).clone()),
        Ok(value) if !matches!(value, Value::Text(_)) => Ok([("data", value)].into_iter().collect()),
        _ => Err(NodeError::new(
            "E0336",
            "Response body is not valid JSON. Change \"Response Format\" to \"String\"",
        )
        .into()),
    }
}

fn variables(context: &Context<'_>, index: usize) -> Result<Value, NodeError> {
    let value = context.value("variables", index)?;
    let Some(text) = value.as_str() else {
        if value.as_object().is_some() || context.parameter("variables").is_none() {
            return Ok(value);
        }
        let message = format!(
            "Using variables failed:\n{}\n\nGraphQL variables should be either an object or a string.",
            value.to_text()
        );
        return Err(NodeError::new("E0337", message).parameter("variables"));
    };
    if text.is_empty() {
        return Ok(Value::object(Object::new()));
    }
    Value::from_json(text).map_err(|error| {
        let message = format!("Using variables failed:\n{text}\n\nWith error message:\nSyntaxError: {error}");
        NodeError::new("E0337", message).parameter("variables")
    })
}
