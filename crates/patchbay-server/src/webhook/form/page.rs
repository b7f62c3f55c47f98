//! Pages: plain HTML that works without scripts, with a keyboard and with a screen reader.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use patchbay_model::Text;

use super::fields::{Field, Kind, Sent};

/// What a page says beside its fields.
pub struct Words {
    pub title: Text,
    pub description: Text,
    pub button: Text,
    /// The workflow's own CSS, after that of the page.
    pub style: Text,
}

/// What workflows put into a page must not act as the server's own, nor run scripts.
const POLICY: HeaderValue = HeaderValue::from_static(
    "sandbox allow-forms allow-popups allow-top-navigation; default-src 'none'; style-src 'unsafe-inline'; img-src * data:",
);

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f5f6f8;color:#1d2129}\
main{max-width:32rem;margin:2rem auto;padding:2rem;background:#fff;border:1px solid #d5d9e0;border-radius:.5rem}\
h1{font-size:1.5rem;margin:0 0 .5rem}.field{margin:1rem 0}label,legend{display:block;font-weight:600}\
.option{font-weight:400}fieldset{border:0;margin:1rem 0;padding:0}.about{white-space:pre-line}\
input:not([type=checkbox]):not([type=radio]),select,textarea{box-sizing:border-box;width:100%;padding:.5rem;font:inherit;\
border:1px solid #6b7280;border-radius:.25rem}button{font:inherit;padding:.6rem 1.5rem;border:0;border-radius:.25rem;\
background:#1a56db;color:#fff}:focus-visible{outline:3px solid #f59e0b;outline-offset:2px}.fault{color:#b91c1c}";

/// Text as it may stand in HTML.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            sign => escaped.push(sign),
        }
    }
    escaped
}

/// What a description may hold, without attributes.
const TAGS: [&str; 18] = [
    "b", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "i", "li", "ol", "p", "small", "strong", "u", "ul",
];

/// HTML of which plain tags and links to the web are left, and all else is text.
fn rich(html: &str) -> String {
    let mut written = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(begin) = rest.find('<') {
        written.push_str(&entities(&rest[..begin]));
        let tag = rest[begin..].find('>').map(|end| &rest[begin..=begin + end]);
        let stays = tag.and_then(|tag| Some((allowed(tag)?, tag.len())));
        let (shown, length) = stays.unwrap_or_else(|| ("&lt;".to_owned(), 1));
        written.push_str(&shown);
        rest = &rest[begin + length..];
    }
    written + &entities(rest)
}

/// Text that may hold entities of its own.
fn entities(text: &str) -> String {
    escape(text).replace("&amp;", "&")
}

/// A tag that may stay, as it is then.
fn allowed(tag: &str) -> Option<String> {
    let inner = tag
        .strip_prefix('<')?
        .strip_suffix('>')?
        .trim()
        .trim_end_matches('/')
        .trim_end();
    let lower = inner.to_ascii_lowercase();
    let (slash, name) = lower.strip_prefix('/').map_or(("", lower.as_str()), |name| ("/", name));
    if TAGS.contains(&name) || lower == "/a" {
        return Some(format!("<{slash}{name}>"));
    }
    let (_, address) = lower.strip_prefix("a ").and(inner.split_once("href="))?;
    let quote = address.chars().next().filter(|sign| matches!(sign, '"' | '\''))?;
    let address = address[1..].split(quote).next()?;
    let is_web = ["https://", "http://", "mailto:"]
        .iter()
        .any(|start| address.starts_with(start));
    is_web.then(|| format!("<a href=\"{}\" target=_blank rel=noopener>", entities(address)))
}

/// A page with fields; with what was sent, and what is wrong with it, where it is shown again.
pub fn form(words: &Words, fields: &[Field], sent: Option<&Sent>) -> Response {
    let faults = sent.map_or_else(Vec::new, |sent| {
        let faults = fields.iter().enumerate().map(|(place, field)| field.fault(place, sent));
        faults.collect()
    });
    let fault = |place: usize| faults.get(place).copied().flatten();
    let mut body = format!("<h1>{}</h1>", escape(&words.title));
    if !words.description.is_empty() {
        let _ = write!(body, "<p class=about>{}</p>", rich(&words.description));
    }
    if faults.iter().any(Option::is_some) {
        body.push_str("<p class=fault role=alert>The form was not sent: some fields want another look.</p>");
    }
    body.push_str("<form method=post enctype=\"multipart/form-data\">");
    for (place, field) in fields.iter().enumerate() {
        let texts = match sent {
            Some(sent) => field.texts(place, sent),
            None => field.values.clone(),
        };
        write_field(&mut body, place, field, &texts, fault(place));
    }
    let _ = write!(body, "<button type=submit>{}</button></form>", escape(&words.button));
    let status = if faults.iter().any(Option::is_some) {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    whole(status, &words.title, &body, "", &words.style)
}

fn write_field(body: &mut String, place: usize, field: &Field, texts: &[Text], fault: Option<&str>) {
    let id = format!("field-{place}");
    let (label, first) = (escape(&field.label), escape(texts.first().map_or("", Text::as_str)));
    let required = if field.required { " required" } else { "" };
    let star = if field.required {
        " <span aria-hidden=true>*</span>"
    } else {
        ""
    };
    let invalid = match fault {
        Some(_) => format!(" aria-invalid=true aria-describedby=\"{id}-fault\""),
        None => String::new(),
    };
    let holder = if field.placeholder.is_empty() {
        String::new()
    } else {
        format!(" placeholder=\"{}\"", escape(&field.placeholder))
    };
    let name = format!("id=\"{id}\" name=\"{id}\"{required}{invalid}{holder}");
    let input = |kind: &str| format!("<input type={kind} {name} value=\"{first}\">");
    let control = match field.kind {
        Kind::Hidden => {
            let _ = write!(body, "<input type=hidden name=\"{id}\" value=\"{first}\">");
            return;
        }
        // Its author is the workflow's; scripts in it are not run.
        Kind::Html => {
            let _ = write!(body, "<div class=field>{}</div>", field.values.concat());
            return;
        }
        Kind::Checkbox | Kind::Radio => {
            let kind = if field.kind == Kind::Radio { "radio" } else { "checkbox" };
            // Of checkboxes each would be required: that one is ticked is looked at when the form comes.
            let required = if field.kind == Kind::Radio { required } else { "" };
            let _ = write!(body, "<fieldset class=field{invalid}><legend>{label}{star}</legend>");
            for (number, option) in field.options.iter().enumerate() {
                let checked = if texts.contains(option) { " checked" } else { "" };
                let option = escape(option);
                let _ = write!(
                    body,
                    "<label class=option for=\"{id}-{number}\"><input type={kind} id=\"{id}-{number}\" name=\"{id}\" \
                     value=\"{option}\"{checked}{required}> {option}</label>"
                );
            }
            write_fault(body, &id, fault);
            body.push_str("</fieldset>");
            return;
        }
        Kind::Select => {
            let multiple = if field.several { " multiple" } else { "" };
            let mut select = format!("<select {name}{multiple}>");
            if !field.several {
                select.push_str("<option value=\"\">Select an option …</option>");
            }
            for option in &field.options {
                let selected = if texts.contains(option) { " selected" } else { "" };
                let option = escape(option);
                let _ = write!(select, "<option value=\"{option}\"{selected}>{option}</option>");
            }
            select + "</select>"
        }
        Kind::TextArea => format!("<textarea {name} rows=5>{first}</textarea>"),
        Kind::File => {
            let multiple = if field.several { " multiple" } else { "" };
            format!(
                "<input type=file {name}{multiple} accept=\"{}\">",
                escape(&field.accept)
            )
        }
        Kind::Number => format!("<input type=number step=any {name} value=\"{first}\">"),
        Kind::Email => input("email"),
        Kind::Password => format!("<input type=password {name}>"),
        Kind::Date => input("date"),
        Kind::Text => input("text"),
    };
    let _ = write!(
        body,
        "<div class=field><label for=\"{id}\">{label}{star}</label>{control}"
    );
    write_fault(body, &id, fault);
    body.push_str("</div>");
}

fn write_fault(body: &mut String, id: &str, fault: Option<&str>) {
    if let Some(fault) = fault {
        let _ = write!(body, "<p class=fault id=\"{id}-fault\">{fault}</p>");
    }
}

/// A page that only says something.
pub fn told(status: StatusCode, title: &str, text: &str) -> Response {
    let body = format!("<h1>{}</h1><p class=about>{}</p>", escape(title), escape(text));
    whole(status, title, &body, "", "")
}

/// A page with the workflow's own words, which may be HTML, and CSS.
pub fn said(title: &str, text: &str, style: &str) -> Response {
    let body = format!("<h1>{}</h1><p class=about>{}</p>", escape(title), rich(text));
    whole(StatusCode::OK, title, &body, "", style)
}

/// The next page is not there yet: the browser asks again.
pub fn wait() -> Response {
    let body = "<h1 role=status>One moment, please …</h1>";
    whole(
        StatusCode::OK,
        "One moment, please",
        body,
        "<meta http-equiv=refresh content=1>",
        "",
    )
}

/// HTML of the workflow's own.
pub fn own(html: &str) -> Response {
    answer(StatusCode::OK, html.to_owned())
}

/// On to another page of the form.
pub fn onward(path: &str) -> Response {
    let mut response = answer(StatusCode::SEE_OTHER, String::new());
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(LOCATION, path);
    }
    response
}

/// On to another page; only the web's.
pub fn redirect(url: &str) -> Response {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let mut response = answer(StatusCode::SEE_OTHER, String::new());
    if let Some(url) = HeaderValue::from_str(url).ok().filter(|_| is_web) {
        response.headers_mut().insert(LOCATION, url);
        response
    } else {
        told(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Problem",
            "The workflow leads to an address that is none.",
        )
    }
}

fn whole(status: StatusCode, title: &str, body: &str, head: &str, style: &str) -> Response {
    answer(status, whole_html(title, body, head, style))
}

fn whole_html(title: &str, body: &str, head: &str, style: &str) -> String {
    // It must not end where it stands.
    let style = style.replace("</", "<\\/");
    format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width, \
         initial-scale=1\">{head}<title>{}</title><style>{STYLE}{style}</style></head><body><main>{body}</main></body></html>",
        escape(title)
    )
}

fn answer(status: StatusCode, html: String) -> Response {
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_html_only_plain_tags_and_links_are_left() {
        for (html, left) in [
            ("plain & simple", "plain & simple"),
            ("a <b>bold</b> word<br/>", "a <b>bold</b> word<br>"),
            ("1 < 2 > 0", "1 &lt; 2 &gt; 0"),
            ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
            ("<b onclick=x>", "&lt;b onclick=x&gt;"),
            (
                "<a class=x href='https://e.com/?a=1'>go</a>",
                "<a href=\"https://e.com/?a=1\" target=_blank rel=noopener>go</a>",
            ),
            ("<a href=\"javascript:x\">", "&lt;a href=&quot;javascript:x&quot;&gt;"),
            ("<<b>", "&lt;<b>"),
            ("<", "&lt;"),
        ] {
            assert_eq!(rich(html), left, "{html}");
        }
    }

    #[test]
    fn own_css_does_not_leave_its_place() {
        for (style, shown) in [("b{c:d}", "b{c:d}</style>"), ("</style><b>", "<\\/style><b></style>")] {
            let html = whole_html("t", "", "", style);
            assert!(html.contains(shown), "{html}");
        }
    }
}
