//! XML bodies as n8n gives them to workflows: names in lower case, attributes below `$`, text beside them below `_`, several
//! elements of one name as a list.

use patchbay_model::{Object, Value};
use patchbay_xml::Options;

/// So many elements may be within each other: what is kept nests no deeper.
const DEEPEST: usize = 100;

/// The document, or what is wrong with it.
pub fn read(text: &str) -> Result<Value, String> {
    let options = Options {
        merges_attributes: false,
        collapses_space: true,
        lower_case_tags: true,
        deepest: DEEPEST,
        ..Options::default()
    };
    let read = patchbay_xml::read(text, &options).map_err(|refusal| refusal.to_string())?;
    Ok(read.unwrap_or_else(|| Object::new().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_as_n8n_reads_them() {
        for (text, json) in [
            ("<a><b>1</b><b>2</b></a>", r#"{"a":{"b":["1","2"]}}"#),
            (
                r#"<A x="1"><b> t  u </b><b y="2">u</b><C/></A>"#,
                r#"{"a":{"$":{"x":"1"},"b":["t u",{"_":"u","$":{"y":"2"}}],"c":""}}"#,
            ),
            (
                r#"<s:Envelope xmlns:s="u"><s:Body z="1">2</s:Body></s:Envelope>"#,
                r#"{"s:envelope":{"$":{"xmlns:s":"u"},"s:body":{"_":"2","$":{"z":"1"}}}}"#,
            ),
        ] {
            assert_eq!(read(text).map(|value| value.to_json()), Ok(json.to_owned()));
        }
        assert!(read("<A").is_err());
    }

    #[test]
    fn a_document_does_not_nest_without_end() {
        let nested = |levels: usize| "<a>".repeat(levels) + &"</a>".repeat(levels);
        assert!(read(&nested(DEEPEST)).is_ok());
        assert!(read(&nested(100_000)).is_err_and(|told| told.contains("within each other")));
    }
}
