//! Feeds: RSS 0.9 to 2.0, RSS 1.0 (RDF) and Atom, and what n8n makes of their entries.

use patchbay_expression::date;
use patchbay_model::{Object, Text, Value};
use patchbay_node::NodeError;

use regress::Regex;
use roxmltree::{Document, Node, ParsingOptions};

/// Elements of an RSS entry that become fields of the same name, in n8n's order.
const FIELDS: [&str; 26] = [
    "dc:creator as creator",
    "dc:date as date",
    "dc:language as language",
    "dc:rights as rights",
    "dc:source as source",
    "dc:title as title",
    "title",
    "link",
    "pubDate",
    "author",
    "summary",
    "content:encoded",
    "enclosure",
    "dc:creator",
    "dc:date",
    "comments",
    "dc:publisher as publisher",
    "dc:publisher",
    "dc:language",
    "dc:rights",
    "dc:source",
    "dc:title",
    "dc:type",
    "dc:format",
    "dc:identifier",
    "dc:contributor",
];

/// Elements of podcasts, below `itunes`.
const PODCAST: [&str; 9] = [
    "author",
    "subtitle",
    "summary",
    "explicit",
    "duration",
    "image",
    "episode",
    "season",
    "episodeType",
];

/// The entries of a feed, with further elements by name.
pub(super) fn entries(text: &str, custom: &[&str]) -> Result<Vec<Object>, NodeError> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(NodeError::new("E0357", "Unable to parse XML."));
    }
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let message = patchbay_xml::fault(text);
        let message = message.map_or_else(
            || format!("The feed is not valid XML: {error}"),
            |told| told.to_string(),
        );
        NodeError::new("E0357", message).hint("open the URL in a browser: is it a feed?")
    })?;
    let root = document.root_element();
    if is_deeper_than(root, patchbay_xml::DEEPEST) {
        return Err(
            NodeError::new("E0357", "The feed nests too deeply").description(format!(
                "More than {} elements within each other",
                patchbay_xml::DEEPEST
            )),
        );
    }
    match full_name(root).as_str() {
        "feed" => Ok(children(root, "entry").map(|entry| of_atom(entry, custom)).collect()),
        "rss" | "rdf:RDF" => {
            let channel = children(root, "channel").next();
            let inside = channel
                .map(|channel| children(channel, "item").collect::<Vec<_>>())
                .unwrap_or_default();
            let items = inside.into_iter().chain(children(root, "item"));
            let podcast = root.namespaces().any(|namespace| namespace.name() == Some("itunes"));
            Ok(items.map(|item| of_rss(item, custom, podcast)).collect())
        }
        _ => Err(NodeError::new("E0358", "Feed not recognized as RSS 1 or 2.")
            .hint("the answer is XML, but its root is no `rss`, `rdf:RDF` or `feed`")),
    }
}

/// Whether more elements than these lie in one another; it does not call itself for it.
fn is_deeper_than(root: Node, levels: usize) -> bool {
    let mut depth = 1;
    let mut node = root;
    while depth <= levels {
        if let Some(child) = node.first_element_child() {
            node = child;
            depth += 1;
            continue;
        }
        while node != root && node.next_sibling_element().is_none() {
            node = node.parent_element().unwrap_or(root);
            depth -= 1;
        }
        match node.next_sibling_element().filter(|_| node != root) {
            Some(next) => node = next,
            None => return false,
        }
    }
    true
}

/// The name with its prefix, as it is written: `content:encoded`.
fn full_name(node: Node) -> String {
    let name = node.tag_name();
    match name.namespace().and_then(|uri| node.lookup_prefix(uri)) {
        Some(prefix) if !prefix.is_empty() => format!("{prefix}:{}", name.name()),
        _ => name.name().to_owned(),
    }
}

fn children<'a, 'd>(node: Node<'a, 'd>, name: &'a str) -> impl Iterator<Item = Node<'a, 'd>> {
    node.children()
        .filter(move |child| child.is_element() && full_name(*child) == name)
}

/// The text of an element, without that of elements within.
fn own_text(node: Node) -> String {
    node.children()
        .filter(Node::is_text)
        .filter_map(|child| child.text())
        .collect()
}

/// An element as an object: its text, attributes under `$`, elements within as arrays by name.
fn value_of(node: Node) -> Value {
    let mut object = Object::new();
    let text = own_text(node);
    let within: Vec<Node> = node.children().filter(Node::is_element).collect();
    let has_text = !text.trim().is_empty();
    if within.is_empty() && node.attributes().len() == 0 {
        return text.into();
    }
    if has_text {
        object.insert("_", text);
    }
    if node.attributes().len() > 0 {
        object.insert("$", Value::object(attributes(node)));
    }
    for child in within {
        let name = full_name(child);
        let value = value_of(child);
        match object.get_mut(&name).and_then(Value::as_array_mut) {
            Some(earlier) => earlier.push(value),
            None => drop(object.insert(name, Value::array(vec![value]))),
        }
    }
    Value::object(object)
}

fn attributes(node: Node) -> Object {
    let named = node.attributes().map(|attribute| {
        let prefix = attribute.namespace().and_then(|uri| node.lookup_prefix(uri));
        let name = match prefix {
            Some(prefix) => format!("{prefix}:{}", attribute.name()),
            None => attribute.name().to_owned(),
        };
        (Text::from(name), Value::from(attribute.value()))
    });
    named.collect()
}

/// A field's value: the text where there is some.
fn field_of(node: Node) -> Value {
    let value = value_of(node);
    match value.get("_") {
        Some(text) => text.clone(),
        None => value,
    }
}

fn of_rss(item: Node, custom: &[&str], podcast: bool) -> Object {
    let mut json = Object::new();
    let first = |name: &str| {
        item.children()
            .find(|child| child.is_element() && full_name(*child) == name)
    };
    for field in FIELDS.iter().chain(custom) {
        let (element, key) = field.split_once(" as ").unwrap_or((field, field));
        let Some(node) = first(element) else { continue };
        if element == "enclosure" {
            json.insert(key, Value::object(attributes(node)));
            continue;
        }
        let value = field_of(node);
        if element == "content:encoded" {
            let snippet = snippet(&value.to_text());
            json.insert(key, value);
            json.insert("content:encodedSnippet", snippet);
        } else {
            json.insert(key, value);
        }
    }
    if let Some(node) = first("description") {
        add_content(&mut json, content_of(node));
    }
    if let Some(node) = first("guid") {
        json.insert("guid", field_of(node));
    }
    let about = attributes(item);
    if let Some(about) = about.get("rdf:about") {
        json.insert("rdf:about", about.clone());
    }
    let categories: Vec<Value> = item
        .children()
        .filter(|child| child.is_element() && full_name(*child) == "category")
        .map(value_of)
        .collect();
    if !categories.is_empty() {
        json.insert("categories", Value::array(categories));
    }
    add_iso_date(&mut json);
    if podcast {
        json.insert("itunes", Value::object(of_podcast(item)));
    }
    json
}

fn of_podcast(item: Node) -> Object {
    let mut json = Object::new();
    for name in PODCAST {
        let element = format!("itunes:{name}");
        let Some(node) = item
            .children()
            .find(|child| child.is_element() && full_name(*child) == element)
        else {
            continue;
        };
        match node.attribute("href").filter(|_| name == "image") {
            Some(image) => json.insert(name, image),
            None => json.insert(name, field_of(node)),
        };
    }
    json
}

fn of_atom(entry: Node, custom: &[&str]) -> Object {
    let mut json = Object::new();
    let first = |name: &str| {
        entry
            .children()
            .find(|child| child.is_element() && full_name(*child) == name)
    };
    for name in custom {
        if let Some(node) = first(name) {
            json.insert(*name, field_of(node));
        }
    }
    if let Some(title) = first("title") {
        json.insert("title", field_of(title));
    }
    let links: Vec<Node> = children(entry, "link").collect();
    let alternate = links.iter().find(|link| link.attribute("rel") == Some("alternate"));
    if let Some(link) = alternate.or(links.first()).and_then(|link| link.attribute("href")) {
        json.insert("link", link);
    }
    let moment = |name: &str| iso_date(&own_text(first(name)?));
    if let Some(date) = moment("published").or_else(|| moment("updated")) {
        json.insert("pubDate", date);
    }
    let author = first("author").and_then(|author| author.children().find(|child| full_name(*child) == "name"));
    if let Some(author) = author {
        json.insert("author", own_text(author));
    }
    if let Some(content) = first("content") {
        add_content(&mut json, content_of(content));
    }
    if let Some(summary) = first("summary") {
        json.insert("summary", content_of(summary));
    }
    if let Some(id) = first("id") {
        json.insert("id", field_of(id));
    }
    add_iso_date(&mut json);
    json
}

fn add_content(json: &mut Object, content: String) {
    let snippet = snippet(&content);
    json.insert("content", content);
    json.insert("contentSnippet", snippet);
}

/// The text of an element, or its markup where it holds elements (XHTML in Atom).
fn content_of(node: Node) -> String {
    let mut within = node.children().filter(Node::is_element);
    let (Some(first), last) = (within.next(), node.last_element_child()) else {
        return own_text(node);
    };
    let end = last.map_or(first.range().end, |last| last.range().end);
    let markup = &node.document().input_text()[first.range().start..end];
    let kind = node
        .attribute("type")
        .map(|kind| format!(" type=\"{kind}\""))
        .unwrap_or_default();
    format!("<div{kind}>{markup}</div>")
}

/// HTML as plain text: block elements begin lines.
fn snippet(html: &str) -> String {
    const BLOCKS: &str = r"([^\n])</?(?:h|br|p|ul|ol|li|blockquote|section|table|tr|div)(?:.|\n)*?>([^\n])";
    let lines = replaced(html, BLOCKS, |text, found| {
        let group = |number: usize| found.group(number).map_or("", |range| &text[range]);
        format!("{}\n{}", group(1), group(2))
    });
    let plain = replaced(&lines, r"<(?:.|\n)*?>", |_, _| String::new());
    // What is left of markup are entities.
    let fragment = scraper::Html::parse_fragment(&plain.replace('<', "&lt;"));
    let text: String = fragment.root_element().text().collect();
    text.trim().to_owned()
}

fn replaced(text: &str, pattern: &str, by: impl Fn(&str, &regress::Match) -> String) -> String {
    let Ok(pattern) = Regex::new(pattern) else {
        return text.to_owned();
    };
    let mut made = String::with_capacity(text.len());
    let mut end = 0;
    for found in pattern.find_iter(text) {
        made.push_str(&text[end..found.start()]);
        made.push_str(&by(text, &found));
        end = found.end();
    }
    made.push_str(&text[end..]);
    made
}

/// `isoDate`, of `pubDate` or else `date`, where that is a date.
fn add_iso_date(json: &mut Object) {
    let text = json.get("pubDate").or_else(|| json.get("date")).and_then(Value::as_str);
    if let Some(date) = text.and_then(iso_date) {
        json.insert("isoDate", date);
    }
}

fn iso_date(text: &str) -> Option<Text> {
    date::javascript_iso(text.trim()).map(Text::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(feed: &str, custom: &[&str], expected: &str) {
        let found = entries(feed, custom).map(|entries| Value::array(entries.into_iter().map(Value::object).collect()));
        let found = found.map_or_else(|error| error.error.message.to_string(), |value| value.to_json());
        assert_eq!(found, expected, "{feed}");
    }

    #[test]
    fn entries_have_n8ns_fields() {
        check(
            "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><item>\
             <title>One &amp; two</title><pubDate>Wed, 04 Mar 2026 05:06:07 GMT</pubDate>\
             <description><![CDATA[<p>Hello <b>world</b>&nbsp;x</p><p>second</p>]]></description>\
             <category>a</category><category domain='d'>b</category><custom>c</custom></item></channel></rss>",
            &["custom"],
            "[{\"title\":\"One & two\",\"pubDate\":\"Wed, 04 Mar 2026 05:06:07 GMT\",\"custom\":\"c\",\
             \"content\":\"<p>Hello <b>world</b>&nbsp;x</p><p>second</p>\",\
             \"contentSnippet\":\"Hello world\u{a0}x\\nsecond\",\"categories\":[\"a\",{\"_\":\"b\",\"$\":{\"domain\":\"d\"}}],\
             \"isoDate\":\"2026-03-04T05:06:07.000Z\"}]",
        );
        check(
            "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title type='html'>&lt;b&gt;E&lt;/b&gt;</title>\
             <link rel='self' href='http://l/s'/><link rel='alternate' href='http://l/1'/><id>urn:1</id>\
             <updated>2026-03-04T05:06:07Z</updated><author><name>N</name></author>\
             <content type='xhtml'><div>Hi <b>x</b></div></content></entry></feed>",
            &[],
            "[{\"title\":\"<b>E</b>\",\"link\":\"http://l/1\",\"pubDate\":\"2026-03-04T05:06:07.000Z\",\"author\":\"N\",\
             \"content\":\"<div type=\\\"xhtml\\\"><div>Hi <b>x</b></div></div>\",\"contentSnippet\":\"Hi x\",\
             \"id\":\"urn:1\",\"isoDate\":\"2026-03-04T05:06:07.000Z\"}]",
        );
    }

    #[test]
    fn what_is_no_feed_is_refused() {
        check("", &[], "Unable to parse XML.");
        check(
            "5",
            &[],
            "Non-whitespace before first tag.\nLine: 0\nColumn: 1\nChar: 5",
        );
        check("<html><body>x</body></html>", &[], "Feed not recognized as RSS 1 or 2.");
    }
}
