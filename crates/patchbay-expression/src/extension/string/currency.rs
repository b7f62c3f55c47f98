//! Signs of currencies, which n8n ignores where it reads numbers.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// The signs, those with more letters first.
static SIGNS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words =
        r"Дин\.|CHF|Lek|ден|lei|RD\$|BZ\$|NT\$|TT\$|B/\.|S/\.|Br|Bs|C\$|Ft|Gs|J\$|KM|Kč|MT|RM|R\$|Rp|Z\$|kn|kr|zł|лв";
    Regex::new(&format!("{words}|[$LPQRS¢£¥ƒ؋฿៛₡₦₨₩₪₫€₭₮₱₴₹₺₼₽﷼]")).ok()
});

/// The text without signs of currencies.
pub fn without_currency(text: &str) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
    {
        return Cow::Borrowed(text);
    }
    match SIGNS.as_ref() {
        Some(signs) => signs.replace_all(text, ""),
        None => Cow::Borrowed(text),
    }
}
