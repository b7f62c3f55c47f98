//! What becomes a link or a sign without brackets: addresses, names after an `@`, names of emoji between colons.

use super::Line;

impl Line<'_> {
    /// An address in the text that needs no `<>`: of the web, or of e-mail after white space.
    pub(super) fn simple_link(&self, text: &str, before: Option<char>) -> Option<(String, usize)> {
        if !self.options.simple_links {
            return None;
        }
        if before.is_none_or(char::is_whitespace) {
            let word = text.split(char::is_whitespace).next().unwrap_or_default();
            let address = word.strip_prefix("mailto:").unwrap_or(word);
            if is_email(address) {
                return Some((self.email(address), word.len()));
            }
        }
        // Signs of emphasis before an address are only that where they stand behind it as well.
        let rest = text.trim_start_matches(['*', '_', '~']);
        let signs = &text[..text.len() - rest.len()];
        if signs.is_empty() && before.is_some_and(char::is_alphanumeric) {
            return None;
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '>'))
            .unwrap_or(rest.len());
        let found = &rest[..end];
        let lower = found.to_lowercase();
        let scheme = ["http://", "https://", "ftp://", "dict://", "www."]
            .into_iter()
            .find(|scheme| lower.starts_with(scheme))?;
        let is_whole = rest[end..].chars().next().is_none_or(char::is_whitespace);
        let has_point = found.len() > scheme.len() + 2 && found[scheme.len()..found.len() - 1].contains('.');
        if !is_whole || !has_point || (!signs.is_empty() && found.ends_with(signs)) {
            return None;
        }
        let found = if self.options.links_without_punctuation {
            found.trim_end_matches(['-', '.', '!', '?', ',', '(', ')', '[', ']', '"'])
        } else {
            found
        };
        let start = if scheme == "www." {
            "http://www."
        } else {
            &found[..scheme.len()]
        };
        let shown = unescaped(found);
        let address = format!("{start}{}", &shown[scheme.len()..]);
        let window = self.window();
        let html = format!("{signs}<a href=\"{address}\"{window}>{shown}</a>");
        Some((html, signs.len() + found.len()))
    }

    /// A link to an address of e-mail, as entities that not every collector of addresses reads.
    pub(super) fn email(&self, address: &str) -> String {
        if self.options.plain_emails {
            return format!("<a href=\"mailto:{address}\">{address}</a>");
        }
        // n8n takes decimal and hexadecimal entities by chance.
        let encoded = |text: &str| {
            let entities = text.chars().enumerate().map(|(place, c)| match place % 2 {
                0 => format!("&#{};", u32::from(c)),
                _ => format!("&#x{:x};", u32::from(c)),
            });
            entities.collect::<String>()
        };
        let link = encoded(&format!("mailto:{address}"));
        format!("<a href=\"{link}\">{}</a>", encoded(address))
    }

    /// `@name` after white space; `\@name` is none.
    pub(super) fn mention(&self, text: &str, before: Option<char>) -> Option<(String, usize)> {
        let link = self.options.mentions.as_deref()?;
        if before.is_some_and(|c| !c.is_whitespace()) {
            return None;
        }
        let (escaped, rest) = match text.strip_prefix('\\') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let name = rest.strip_prefix('@')?;
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-'));
        let name = name[..end.unwrap_or(name.len())].trim_end_matches(['.', '-']);
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        if escaped {
            return Some((format!("@{name}"), name.len() + 2));
        }
        let (link, window) = (link.replace("{u}", name), self.window());
        Some((format!("<a href=\"{link}\"{window}>@{name}</a>"), name.len() + 1))
    }

    /// `:smile:`
    pub(super) fn emoji(&self, text: &str, before: Option<char>) -> Option<(String, usize)> {
        if !self.options.emoji || before == Some(':') {
            return None;
        }
        let (name, _) = text.strip_prefix(':')?.split_once(':')?;
        let taken = name.len() + 2;
        if name == "octocat" {
            let source = "https://assets-cdn.github.com/images/icons/emoji/octocat.png";
            let size = "height=\"20\" width=\"20\" align=\"absmiddle\"";
            return Some((format!("<img alt=\":octocat:\" {size} src=\"{source}\">"), taken));
        }
        let emoji = emojis::get_by_shortcode(name)?;
        // n8n knows one name of each, and no flags of countries.
        let is_flag = emoji.as_str().starts_with(|c| ('\u{1F1E6}'..='\u{1F1FF}').contains(&c));
        let is_first = emoji.shortcode() == Some(name);
        (is_first && !is_flag).then(|| (emoji.as_str().replace('\u{200D}', "&zwj;"), taken))
    }

    /// What makes a link open a window of its own.
    pub(super) fn window(&self) -> &'static str {
        if self.options.new_windows {
            " rel=\"noopener noreferrer\" target=\"_blank\""
        } else {
            ""
        }
    }
}

/// `name@host.domain`
pub(super) fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else {
        return false;
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let mut labels = host.rsplit('.');
    let ends_with_letters = labels
        .next()
        .is_some_and(|last| !last.is_empty() && last.chars().all(|c| c.is_ascii_alphabetic()));
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    !name.is_empty() && name.chars().all(is_name) && ends_with_letters && host.contains('.') && labels.all(is_label)
}

/// Without the backslashes before signs.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (part, taken) = match super::escape(rest) {
            Some(found) if c == '\\' => found,
            _ => (c.to_string(), c.len_utf8()),
        };
        plain.push_str(&part);
        rest = &rest[taken..];
    }
    plain
}
