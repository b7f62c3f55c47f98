//! `text.quote`: a text between quotation marks.

use crate::Error;
use crate::Js;
use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::js::Pattern;

pub const DESCRIPTION: Description = Description {
    name: "quote",
    aliases: &[],
    about: "The text between quotation marks, with those inside of it and backslashes escaped",
    parameters: &[Parameter::optional("mark", "the quotation mark, `\"` by default")],
    examples: &[
        Example("'say \"hi\"'.quote()", Gives::Json(r#""\"say \\\"hi\\\"\"""#)),
        Example("\"it's\".quote(\"'\")", Gives::Json(r#""'it\\'s'""#)),
    ],
    body: Body::Text(quote),
};

fn quote(text: &str, arguments: &Arguments<'_>) -> Result<Js, Error> {
    let mark = match arguments.get(0) {
        Js::Undefined => "\"".into(),
        given => given.to_text(),
    };
    let text = text.replace('\\', r"\\");
    if !mark.is_empty() && mark.bytes().all(|byte| byte.is_ascii_digit()) {
        // `\5` is a control character, which no text holds.
        return Ok(Js::text(format!("{mark}{text}{mark}")));
    }
    // n8n puts a backslash before the mark and takes that for a pattern, so a mark like `d` is every digit.
    let pattern = Pattern::new(&format!("\\{mark}"), "g")?;
    let mut quoted = mark.to_string();
    let mut end = 0;
    for found in pattern.regex.find_iter(&text) {
        quoted.push_str(&text[end..found.start()]);
        quoted.push('\\');
        quoted.push_str(&mark);
        end = found.end();
    }
    quoted.push_str(&text[end..]);
    quoted.push_str(&mark);
    Ok(Js::text(quoted))
}
