//! `$metadata`: the types and the entity sets as CSDL, for clients that read it before they ask anything. Functions and actions are
//! not in it.

use std::fmt::Write;

use super::{Content, Reply};
use crate::facts::{Facts, Kind};

/// The description of the API.
pub(super) fn document(facts: &Facts) -> Reply {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n\
         <edmx:DataServices>\n<Schema Namespace=\"Pbx\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n",
    );
    // Writing to a text does not fail.
    write(&mut text, facts).ok();
    text.push_str("</Schema>\n</edmx:DataServices>\n</edmx:Edmx>\n");
    Reply {
        status: 200,
        content: Content::Xml(text),
        ..Reply::no_content()
    }
}

fn write(text: &mut String, facts: &Facts) -> std::fmt::Result {
    for (name, enumeration) in facts.enumerations() {
        let flags = if enumeration.flags { " IsFlags=\"true\"" } else { "" };
        writeln!(text, "<EnumType Name=\"{name}\"{flags}>")?;
        for (number, member) in enumeration.members.iter().enumerate() {
            let value = if enumeration.flags {
                1_u64 << number
            } else {
                number as u64
            };
            writeln!(text, "<Member Name=\"{member}\" Value=\"{value}\"/>")?;
        }
        writeln!(text, "</EnumType>")?;
    }
    let sets = facts.sets();
    for (name, properties) in facts.types() {
        let key = sets
            .iter()
            .find(|set| set.type_name == name)
            .map(|set| set.key.as_ref());
        let element = if key.is_some() { "EntityType" } else { "ComplexType" };
        writeln!(text, "<{element} Name=\"{name}\">")?;
        if let Some(Some((key, _))) = key {
            writeln!(text, "<Key><PropertyRef Name=\"{key}\"/></Key>")?;
        }
        for property in properties {
            let element = if property.navigation {
                "NavigationProperty"
            } else {
                "Property"
            };
            let nullable = !matches!(property.value.kind, Kind::Collection(_)) && !property.value.nullable;
            let nullable = if nullable { " Nullable=\"false\"" } else { "" };
            let kind = property.value.kind.name();
            writeln!(
                text,
                "<{element} Name=\"{}\" Type=\"{kind}\"{nullable}/>",
                property.name
            )?;
        }
        writeln!(text, "</{element}>")?;
    }
    writeln!(text, "<EntityContainer Name=\"Container\">")?;
    for set in sets {
        if set.singleton {
            writeln!(
                text,
                "<Singleton Name=\"{}\" Type=\"Pbx.{}\"/>",
                set.name, set.type_name
            )?;
        } else {
            writeln!(
                text,
                "<EntitySet Name=\"{}\" EntityType=\"Pbx.{}\"/>",
                set.name, set.type_name
            )?;
        }
    }
    writeln!(text, "</EntityContainer>")
}
