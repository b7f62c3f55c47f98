//! `text.extractUrlPath`.

use url::Url;

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "extractUrlPath",
    aliases: &[],
    about: "The path of the URL that the text is; undefined where it is none",
    parameters: &[],
    examples: &[
        Example(
            "'https://example.com/a/b?c=d'.extractUrlPath()",
            Gives::Json("\"/a/b\""),
        ),
        Example("'/a/b'.extractUrlPath()", Gives::Undefined),
    ],
    body: Body::Text(|text, _| Ok(Js::optional(Url::parse(text).ok().map(|url| url.path().to_owned())))),
};
