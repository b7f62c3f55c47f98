//! What selectors find, beside what they find in n8n.

use super::*;

const PAGE: &str = r"<html><head><title>T</title></head><body><div id=d1 class=a><p>P1</p><p class=x>P2 two</p><span>S1</span></div><div id=d2><p>Q1</p><p>Q2</p><ul><li>one<li class=m>two<li>three</ul></div><ul id=u2><li>four</ul><h1>H1</h1><h3>H3</h3><form><input type=text value=v1><input value=v2><input type=checkbox checked value=v3><input type=radio value=v4 disabled><button>B</button><input type=submit value=v5><input type=BUTTON value=v6><input type=hidden value=v7><select id=s><option value=o1>O1<option selected value=o2>O2</select><textarea>TA</textarea><fieldset disabled><input type=password value=v8><legend>L</legend></fieldset></form><a href=/x>LX</a><a name=n>LN</a><b></b><i> </i><u><!--c--></u></body></html>";

/// Rows: selector, the first letters of what n8n finds; their number where they are many; `!` before a message.
#[test]
fn elements_are_found_as_in_n8n() {
    let document = Html::parse_document(PAGE);
    for (selector, expected) in [
        ("ul:first li", ""),
        ("ul:first > li", ""),
        ("li:gt(0) b", ""),
        ("div p:first", "P1"),
        ("div:first p", ""),
        ("div:eq(1) p", ""),
        ("div:eq(-1) p", ""),
        ("p:last", "Q2"),
        ("li:eq(-1)", "four"),
        ("li:lt(-1)", "one|two|three|four"),
        ("li:gt(-2)", "four"),
        ("li:nth(2)", "three"),
        ("p:even", "P1|Q1"),
        ("p:odd", "P2 two|Q2"),
        ("p:first.x", ""),
        ("p.x:first", "P2 two"),
        ("p:first:last", "P1"),
        ("li:eq(0), p:eq(1)", "P2 two|one"),
        ("div p:first, h1", "P1|H1"),
        ("p:not(.x)", "P1|Q1|Q2"),
        ("p:not(:first)", "P2 two|Q1|Q2"),
        ("p:not(:eq(1))", "P1|Q1|Q2"),
        ("p:not(:contains(P1))", "P2 two|Q1|Q2"),
        ("div:has(ul)", "<p>Q1</p><p>"),
        ("div:has(> ul)", "<p>Q1</p><p>"),
        ("div:has(li:eq(1))", "! unmatched pseudo-class :eq"),
        ("div:has(:contains(Q1))", "<p>Q1</p><p>"),
        (":header", "H1|H3"),
        ("h1:header", "H1"),
        (":input", "v1|v2|v3|v4|B|v5|v6|v7|<option valu|TA|v8"),
        (":button", "B|v6"),
        (":checkbox", "v3"),
        (":radio", "v4"),
        (":submit", "v5"),
        (":text", "v1|v2"),
        (":password", "v8"),
        (":file", ""),
        (":image", ""),
        (":reset", ""),
        (":selected", "O2"),
        (":checked", "v3|O2"),
        ("input:enabled", "v1|v2|v3|v5|v6|v7|v8"),
        (":enabled", "38"),
        (":disabled", "v4|<input type="),
        ("a:link", "LX"),
        ("a:any-link", "LX"),
        (":parent", "30"),
        ("i:parent", " "),
        ("b:parent", ""),
        ("u:parent", ""),
        ("i:empty", ""),
        ("u:empty", "<!--c-->"),
        ("b:empty", ""),
        ("p:contains(two)", "P2 two"),
        ("p:contains('two')", "P2 two"),
        ("p:contains(\"two\")", "P2 two"),
        ("p:contains(TWO)", ""),
        ("p:icontains(TWO)", "P2 two"),
        ("li:matches(.m)", "two"),
        ("li:is(.m, :first)", "! unmatched pseudo-class :first"),
        ("li:first + li", ""),
        ("li:eq(1) ~ li", ""),
        ("li:eq(1)+li", ""),
        ("p:foo", "! unmatched pseudo-class :foo"),
        ("p:foo(1)", "! unmatched pseudo-class :foo"),
        ("p::text", "! Pseudo-elements are not supported by css-select"),
        ("p[", "! Expected name, found "),
        ("p:eq(x)", ""),
        ("p:eq()", ""),
        ("li:nth-child(2)", "two"),
        ("p:lt(1)", "P1"),
        ("div>p:first", "P1"),
        ("body > div:last", "<p>Q1</p><p>"),
        ("li:first-child:eq(1)", "four"),
        ("p:root", ""),
        (":root", "<head><title"),
        ("div p:eq(0), div p:eq(1)", "P1|P2 two"),
        ("option:selected", "O2"),
        ("li:contains(o):eq(1)", "two"),
        ("*:contains(S1)", "<head><title|<div id=\"d1\"|<p>P1</p><p |S1"),
        ("  p:first  ", "P1"),
        ("p :first", ""),
        ("div :first", "P1"),
        ("div :eq(1)", "P2 two"),
        (":first", "<head><title"),
        ("p:visited", ""),
        ("p:hover", ""),
        ("a:active", ""),
        ("p:target", "! unmatched pseudo-class :target"),
        ("input:not([type])", "v2"),
        ("p:nth-last-of-type(1)", "P2 two|Q2"),
        ("p:only-of-type", ""),
        ("div:first > p:last", ""),
        ("p:not()", "! Empty sub-selector"),
        (":not(p)", "36"),
        ("p:is()", "! Empty sub-selector"),
        ("p:has()", "! Empty sub-selector"),
        ("p,", "! Empty sub-selector"),
        ("p, ,li", "! Empty sub-selector"),
        ("div p:not(:last)", "P1|P2 two|Q1"),
        ("div:contains(Q1) p", "Q1|Q2"),
        ("div:contains(Q1) > p:eq(1)", "Q2"),
        ("ul:has(li.m) li:last", "three"),
    ] {
        let found = Query::parse(selector).map(|query| {
            let found = query.select(&document).into_iter().map(|element| {
                let html = element.inner_html();
                let value = element.attr("value").unwrap_or_default();
                let shown = if html.is_empty() { value.to_owned() } else { html };
                shown.chars().take(12).collect::<String>()
            });
            found.collect::<Vec<_>>()
        });
        let found = match found {
            Ok(found) if found.len() > 15 => found.len().to_string(),
            Ok(found) => found.join("|"),
            Err(message) => format!("! {message}"),
        };
        assert_eq!(found, expected, "{selector}");
    }
}
