//! Which forms of Markdown are read, and how what they become is written.

use patchbay_model::Text;
use patchbay_node::{Context, NodeError};

/// Everything is off but what n8n has on by default.
#[derive(Default)]
pub struct Options {
    pub strikethrough: bool,
    pub simple_line_breaks: bool,
    pub literal_underscores: bool,
    pub new_windows: bool,
    /// Addresses become links without any sign.
    pub simple_links: bool,
    /// … and do not hold the punctuation behind them.
    pub links_without_punctuation: bool,
    /// Addresses of e-mail are written as they are, not as entities.
    pub plain_emails: bool,
    pub emoji: bool,
    /// Where `@name` leads, with `{u}` for the name.
    pub mentions: Option<Text>,
    /// `\<b>` is text.
    pub escaped_tags: bool,
    pub(super) tables: bool,
    pub(super) table_ids: bool,
    /// Code between backticks is not a block.
    pub(super) no_fences: bool,
    pub(super) no_header_ids: bool,
    pub(super) space_before_heading: bool,
    pub(super) ids: Ids,
    pub(super) whole_document: bool,
    /// Quotations with an empty line between them are several.
    pub(super) split_quotes: bool,
    /// The indentation of the first line is taken from all.
    pub(super) unindented: bool,
    pub(super) task_lists: bool,
    pub(super) sublists_by_any_indent: bool,
    pub(super) header_level_start: usize,
}

/// Where `@name` leads if nothing else is said.
const GITHUB: &str = "https://github.com/{u}";

impl Options {
    pub fn of(context: &Context<'_>, index: usize) -> Result<Self, NodeError> {
        let flag = |name: &str| context.boolean(&format!("options.{name}"), index);
        let is_off = |name: &str| {
            let value = context.optional(&format!("options.{name}"), index)?;
            Ok::<bool, NodeError>(value.is_some_and(|value| !value.truthy()))
        };
        let text = |name: &str| context.text(&format!("options.{name}"), index);
        let mentions = flag("ghMentions")?.then(|| text("ghMentionsLink")).transpose()?;
        let somewhere = |link: Text| if link.is_empty() { GITHUB.into() } else { link };
        Ok(Self {
            strikethrough: flag("strikethrough")?,
            simple_line_breaks: flag("simpleLineBreaks")?,
            literal_underscores: flag("literalMidWordUnderscores")?,
            new_windows: flag("openLinksInNewWindow")?,
            simple_links: flag("simplifiedAutoLink")?,
            links_without_punctuation: flag("excludeTrailingPunctuationFromURLs")?,
            plain_emails: is_off("encodeEmails")?,
            emoji: flag("emoji")?,
            mentions: mentions.map(somewhere),
            escaped_tags: flag("backslashEscapesHTMLTags")?,
            tables: flag("tables")?,
            table_ids: flag("tablesHeaderId")?,
            no_fences: is_off("ghCodeBlocks")?,
            no_header_ids: flag("noHeaderId")?,
            space_before_heading: flag("requireSpaceBeforeHeadingText")?,
            ids: Ids {
                form: match () {
                    () if flag("ghCompatibleHeaderId")? => IdForm::Dashes,
                    () if flag("rawHeaderId")? => IdForm::Raw,
                    () => IdForm::Letters,
                },
                prefix: text("prefixHeaderId")?,
                raw_prefix: flag("rawPrefixHeaderId")?,
                custom: flag("customizedHeaderId")?,
            },
            whole_document: flag("completeHTMLDocument")?,
            split_quotes: flag("splitAdjacentBlockquotes")?,
            unindented: flag("smartIndentationFix")?,
            task_lists: flag("tasklists")?,
            sublists_by_any_indent: flag("disableForced4SpacesIndentedSublists")?,
            header_level_start: match context.optional("options.headerLevelStart", index)? {
                Some(level) => level.to_number().clamp(1.0, 6.0) as usize,
                None => 1,
            },
        })
    }
}

/// How the ids of headings are made.
#[derive(Default)]
pub(super) struct Ids {
    form: IdForm,
    prefix: Text,
    /// The prefix stands before the id as it is.
    raw_prefix: bool,
    /// `# Text {id}` says the id.
    custom: bool,
}

#[derive(Clone, Copy, Default)]
enum IdForm {
    #[default]
    Letters,
    /// Dashes for spaces, without punctuation.
    Dashes,
    /// Dashes for spaces and quotation marks, everything else as it is.
    Raw,
}

impl Ids {
    /// The text of a heading without an id that it says, and its id.
    pub(super) fn of<'t>(&self, heading: &'t str) -> (&'t str, String) {
        let said = heading.strip_suffix('}').filter(|_| self.custom);
        let said = said.and_then(|rest| rest.rsplit_once('{'));
        let (heading, name) = said.map_or((heading, heading), |(text, id)| (text.trim_end(), id));
        let whole = if self.raw_prefix {
            name.to_owned()
        } else {
            format!("{}{name}", self.prefix)
        };
        let lower = whole.to_lowercase();
        let id: String = match self.form {
            IdForm::Letters => lower
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect(),
            IdForm::Dashes => lower
                .replace(' ', "-")
                .chars()
                .filter(|c| !"&+$,/:;=?@\"#{}|^~[]`\\*)(%.!'<>".contains(*c))
                .collect(),
            IdForm::Raw => lower.replace([' ', '"', '\''], "-"),
        };
        if self.raw_prefix {
            (heading, format!("{}{id}", self.prefix))
        } else {
            (heading, id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_ids() {
        let ids = |form, prefix: &str, raw_prefix| Ids {
            form,
            prefix: prefix.into(),
            raw_prefix,
            custom: true,
        };
        for (ids, heading, expected) in [
            (ids(IdForm::Letters, "my P", false), "A-b ü", ("A-b ü", "mypab")),
            (ids(IdForm::Letters, "my P", true), "A-b {x-y}", ("A-b", "my Pxy")),
            (ids(IdForm::Dashes, "", false), "Ü & *b*", ("Ü & *b*", "ü--b")),
            (
                ids(IdForm::Raw, "P", false),
                "a \"b\" <c>",
                ("a \"b\" <c>", "pa--b--<c>"),
            ),
        ] {
            let (text, id) = ids.of(heading);
            assert_eq!((text, id.as_str()), expected, "{heading}");
        }
    }
}
