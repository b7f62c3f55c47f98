//! If: items for which the conditions hold leave by the first output, the others by the second.

use async_trait::async_trait;
use patchbay_model::{Items, workflow};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::conditions::{Conditions, legacy};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.if",
    title: "If",
    about: "Parts items by conditions: true to the first output, false to the second",
    versions: &[1.0, 2.0, 2.1, 2.2, 2.3],
    trigger: false,
    parameters: &[
        ParameterDescription::new("conditions", Kind::Collection, "{}", "What must hold"),
        ParameterDescription::new(
            "combineOperation",
            Kind::Options(&["all", "any"]),
            "\"all\"",
            "How many must hold",
        )
        .versions(1.0, 1.0),
        ParameterDescription::new(
            "looseTypeValidation",
            Kind::Boolean,
            "false",
            "Types are converted where needed",
        )
        .versions(2.1, f64::INFINITY),
        ParameterDescription::new("options", Kind::Collection, "{}", "Case of text, types")
            .versions(2.0, f64::INFINITY),
    ],
};

pub struct If;

#[async_trait]
impl Node for If {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    fn outputs(&self, _node: &workflow::Node) -> usize {
        2
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let (holding, others) = part(context, || {
            let any = context.text("combineOperation", 0)? == "any";
            legacy::Conditions::compile(context, any, legacy::OF_IF)
        })?;
        Ok(Outcome::Outputs(vec![holding, others]))
    }
}

/// Parts the items by the node's parameter `conditions`; `first` compiles those of the first version. Where the node goes
/// on after errors, items that fail are among the others; in the first version the node fails.
pub(crate) fn part<'run>(
    context: &Context<'run>,
    first: impl FnOnce() -> Result<legacy::Conditions<'run>, NodeError>,
) -> Result<(Items, Items), NodeError> {
    enum Either<'run> {
        First(legacy::Conditions<'run>),
        Later(Conditions<'run>),
    }
    let conditions = if context.version() < 2.0 {
        Either::First(first()?)
    } else {
        Either::Later(Conditions::compile(context.parameter("conditions"), "conditions")?)
    };
    let (mut holding, mut others) = (Vec::new(), Vec::new());
    for (index, item) in context.items().iter().enumerate() {
        context.checkpoint()?;
        let holds = match &conditions {
            Either::First(conditions) => conditions.hold(context, index)?,
            Either::Later(conditions) => match conditions.hold(context, index) {
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => false,
                holds => holds?,
            },
        };
        let list = if holds { &mut holding } else { &mut others };
        list.push(item.clone().paired_with(index));
    }
    Ok((holding.into(), others.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    fn check(version: f64, conditions: &str, expected: Result<&str, &str>) {
        let parameters = format!(r#"{{"conditions": {conditions}}}"#);
        let result = run(version, &parameters, r#"[{"a": 1}]"#).of(&If);
        assert_eq!(result.as_deref().map_err(String::as_str), expected, "{conditions}");
    }

    const TRUE: Result<&str, &str> = Ok(r#"[[{"a":1}],[]]"#);
    const FALSE: Result<&str, &str> = Ok(r#"[[],[{"a":1}]]"#);

    fn one(operator: &str, left: &str, right: &str, validation: &str) -> String {
        let (kind, operation) = operator.split_once(' ').expect("type and operation");
        format!(
            r#"{{"options": {{"caseSensitive": true, "typeValidation": "{validation}", "version": 2}}, "combinator": "and",
                "conditions": [{{"leftValue": {left}, "rightValue": {right},
                "operator": {{"type": "{kind}", "operation": "{operation}"}}}}]}}"#
        )
    }

    #[test]
    fn operators_compare_by_type() {
        for (operator, left, right, holds) in [
            ("string equals", "\"a\"", "\"a\"", true),
            ("string contains", "\"Abc\"", "\"b\"", true),
            ("string contains", "\"Abc\"", "\"B\"", false),
            ("string regex", "\"Abc\"", "\"/B/i\"", true),
            ("string exists", "null", "\"\"", false),
            ("string empty", "null", "\"\"", true),
            ("number gt", "5", "4", true),
            ("number lt", "null", "4", true),
            ("number equals", "null", "5", false),
            ("boolean true", "true", "true", true),
            ("boolean false", "null", "null", true),
            ("dateTime after", "\"2024-01-02\"", "\"2024-01-01T00:00:00.000Z\"", true),
            ("dateTime notEquals", "null", "\"2024-01-01\"", false),
            ("object notEmpty", "{}", "null", false),
        ] {
            for validation in ["strict", "loose"] {
                check(
                    2.2,
                    &one(operator, left, right, validation),
                    if holds { TRUE } else { FALSE },
                );
            }
        }
    }

    #[test]
    fn types_are_checked_or_converted() {
        check(
            2.2,
            &one("number equals", "\"5\"", "5", "strict"),
            Err("Wrong type: '5' is a string but was expecting a number [condition 0, item 0]"),
        );
        check(2.2, &one("number equals", "\"5\"", "5", "loose"), TRUE);
        check(
            2.2,
            &one("array contains", "\"true\"", "5", "loose"),
            Err("Conversion error: the string 'true' can't be converted to an array [condition 0, item 0]"),
        );
        check(2.2, &one("boolean true", "\"false\"", "null", "loose"), FALSE);
        check(
            2.2,
            &one("string equals", "5", "6", "strict"),
            Err("Comparison type expects a string but both fields are a number"),
        );
    }

    #[test]
    fn the_first_version_compares_as_javascript() {
        for (kind, operation, left, right, expected) in [
            ("string", "equal", "\"a\"", "\"a\"", TRUE),
            ("string", "notContains", "5", "\"5\"", FALSE),
            (
                "string",
                "startsWith",
                "5",
                "\"5\"",
                Err("value1.startsWith is not a function"),
            ),
            ("string", "isEmpty", "[]", "\"\"", TRUE),
            ("number", "larger", "\"5\"", "4", TRUE),
            ("number", "equal", "\"5\"", "5", FALSE),
            ("boolean", "equal", "true", "true", TRUE),
            ("dateTime", "after", "\"2024-01-02\"", "\"2024-01-01\"", TRUE),
            (
                "dateTime",
                "after",
                "\"\"",
                "\"2024-01-01\"",
                Err("The value \"\" is not a valid DateTime."),
            ),
        ] {
            let conditions =
                format!(r#"{{"{kind}": [{{"value1": {left}, "operation": "{operation}", "value2": {right}}}]}}"#);
            check(1.0, &conditions, expected);
        }
    }
}
