//! The core nodes: a file or a folder each, and one list.
//!
//! A node here knows its parameters and its items, and reaches the world only through its context's capabilities. It
//! leaves the order of nodes, retries and what happens after an error to the engine.

mod aggregate;
mod code;
mod compare;
mod compare_datasets;
mod compression;
mod conditions;
mod conversion;
mod convert_to_file;
mod crypto;
mod date;
mod date_time;
mod debug_helper;
mod digest;
mod email_send;
mod execute_command;
mod execute_workflow;
mod execution_data;
mod extract_from_file;
mod files;
mod filter;
mod fingerprint;
mod form;
mod function;
mod function_item;
mod graphql;
mod html;
mod http_request;
mod if_node;
mod issues;
mod item_lists;
mod json;
mod jwt;
mod key;
mod limit;
mod markdown;
mod matching_fields;
mod merge;
mod move_binary_data;
mod no_op;
mod path;
mod read_binary_file;
mod read_write_file;
mod remove_duplicates;
mod rename_keys;
mod respond_to_webhook;
mod rss_feed_read;
mod set;
mod sort;
mod split_in_batches;
mod split_out;
mod spreadsheet;
mod spreadsheet_file;
mod sticky_note;
mod stop_and_error;
mod summarize;
mod switch;
#[cfg(test)]
mod testing;
mod totp;
mod triggers;
mod wait;
mod write_binary_file;
mod xml;

use std::sync::Arc;

use patchbay_node::Node;

/// Of a type of credential of a service that HTTP Request knows: the fields that it uses, of which there may be more.
/// `None` where it does not know the type.
pub fn credential_fields(kind: &str) -> Option<Vec<&'static str>> {
    match kind {
        "aws" => Some(vec!["accessKeyId", "region", "secretAccessKey"]),
        "googleApi" => Some(vec!["email", "privateKey"]),
        // Only the token that n8n got once is used, whatever else it has.
        kind if kind.to_lowercase().ends_with("oauth2api") => Some(Vec::new()),
        kind => http_request::fields_of_service(kind),
    }
}

/// Every core node.
pub fn all() -> Vec<Arc<dyn Node>> {
    let mut nodes: Vec<Arc<dyn Node>> = vec![
        Arc::new(aggregate::Aggregate),
        Arc::new(code::Code),
        Arc::new(compare_datasets::CompareDatasets),
        Arc::new(compression::Compression),
        Arc::new(convert_to_file::ConvertToFile),
        Arc::new(crypto::Crypto),
        Arc::new(date_time::DateAndTime),
        Arc::new(debug_helper::DebugHelper),
        Arc::new(email_send::EmailSend),
        Arc::new(execute_command::ExecuteCommand),
        Arc::new(execute_workflow::ExecuteWorkflow),
        Arc::new(execution_data::ExecutionData),
        Arc::new(extract_from_file::ExtractFromFile),
        Arc::new(filter::Filter),
        Arc::new(form::Form),
        Arc::new(function::Function),
        Arc::new(function_item::FunctionItem),
        Arc::new(graphql::GraphQl),
        Arc::new(html::Html),
        Arc::new(html::HtmlExtract),
        Arc::new(http_request::HttpRequest),
        Arc::new(if_node::If),
        Arc::new(item_lists::ItemLists),
        Arc::new(jwt::Jwt),
        Arc::new(limit::Limit),
        Arc::new(markdown::Markdown),
        Arc::new(merge::Merge),
        Arc::new(move_binary_data::MoveBinaryData),
        Arc::new(no_op::NoOp),
        Arc::new(read_binary_file::ReadBinaryFile),
        Arc::new(read_binary_file::ReadBinaryFiles),
        Arc::new(read_write_file::ReadWriteFile),
        Arc::new(remove_duplicates::RemoveDuplicates),
        Arc::new(rename_keys::RenameKeys),
        Arc::new(respond_to_webhook::RespondToWebhook),
        Arc::new(rss_feed_read::RssFeedRead),
        Arc::new(set::Set),
        Arc::new(sort::Sort),
        Arc::new(spreadsheet_file::SpreadsheetFile),
        Arc::new(split_in_batches::SplitInBatches),
        Arc::new(split_out::SplitOut),
        Arc::new(sticky_note::StickyNote),
        Arc::new(stop_and_error::StopAndError),
        Arc::new(summarize::Summarize),
        Arc::new(switch::Switch),
        Arc::new(totp::Totp),
        Arc::new(wait::Wait),
        Arc::new(write_binary_file::WriteBinaryFile),
        Arc::new(xml::Xml),
    ];
    nodes.extend(triggers::Trigger::all().map(|trigger| Arc::new(trigger) as Arc<dyn Node>));
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_whole() {
        let mut names = Vec::new();
        for node in all() {
            let description = node.description();
            assert!(
                !names.contains(&description.name),
                "{} is there twice",
                description.name
            );
            names.push(description.name);
            assert!(
                !description.title.is_empty() && !description.about.is_empty(),
                "{}",
                description.name
            );
            assert!(
                description.versions.is_sorted() && !description.versions.is_empty(),
                "{}",
                description.name
            );
            for parameter in description.parameters {
                let defaults = parameter
                    .later_defaults
                    .iter()
                    .map(|(_, text)| *text)
                    .chain([parameter.default]);
                for default in defaults.filter(|default| !default.is_empty()) {
                    assert!(
                        patchbay_model::Value::from_json(default).is_ok(),
                        "{}.{}: {default}",
                        description.name,
                        parameter.name
                    );
                }
            }
        }
    }
}
