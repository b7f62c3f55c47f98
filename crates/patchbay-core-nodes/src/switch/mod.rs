//! Switch: each item leaves by the output that a rule or an expression says.
//!
//! From version 3 on rules are lists of conditions; the first two versions, which compare one value with each rule's, are
//! in [`legacy`].

mod legacy;

use async_trait::async_trait;
use patchbay_model::{Item, Items, Object, Value, workflow};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, Parameter, ParameterDescription};

use crate::conditions::{Conditions, Evaluated, check_lists};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.switch",
    title: "Switch",
    about: "Sends each item to the output that rules or an expression say",
    versions: &[1.0, 2.0, 3.0, 3.1, 3.2, 3.3, 3.4],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "mode",
            Kind::Options(&["rules", "expression"]),
            "\"rules\"",
            "What says the output",
        ),
        ParameterDescription::new("output", Kind::Number, "0", "The output, from 0").versions(1.0, 2.0),
        ParameterDescription::new("output", Kind::Number, "", "The output, from 0").versions(3.0, f64::INFINITY),
        ParameterDescription::new("outputsAmount", Kind::Number, "4", "How many outputs there are").versions(2.0, 2.0),
        ParameterDescription::new("numberOutputs", Kind::Number, "4", "How many outputs there are")
            .versions(3.0, f64::INFINITY),
        ParameterDescription::new(
            "dataType",
            Kind::Options(&["boolean", "dateTime", "number", "string"]),
            "\"number\"",
            "How values are compared",
        )
        .versions(1.0, 2.0),
        ParameterDescription::new("value1", Kind::Text, "", "The value that rules look at").versions(1.0, 2.0),
        ParameterDescription::new("rules", Kind::Collection, "{}", "The rules, in order"),
        ParameterDescription::new(
            "fallbackOutput",
            Kind::Number,
            "-1",
            "The output of items without a rule",
        )
        .versions(1.0, 2.0),
        ParameterDescription::new(
            "looseTypeValidation",
            Kind::Boolean,
            "false",
            "Types are converted where needed",
        )
        .versions(3.1, f64::INFINITY),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "Items without a rule, items with several",
        )
        .versions(3.0, f64::INFINITY),
    ],
};

pub struct Switch;

#[async_trait]
impl Node for Switch {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    fn outputs(&self, node: &workflow::Node) -> usize {
        let number = |key: &str, default: usize| {
            node.parameters
                .get(key)
                .map_or(default, |value| value.to_number() as usize)
        };
        let by_expression = node.parameters.get("mode").and_then(Value::as_str) == Some("expression");
        if node.version < 2.0 {
            return 4;
        }
        if by_expression {
            return number(
                if node.version < 3.0 {
                    "outputsAmount"
                } else {
                    "numberOutputs"
                },
                4,
            );
        }
        let rules = node.parameters.get("rules");
        let length = |key: &str| rules.and_then(|rules| rules.get(key)?.as_array()).map_or(0, <[_]>::len);
        if node.version < 3.0 {
            return length("rules");
        }
        let fallback = node
            .parameters
            .get("options")
            .and_then(|options| options.get("fallbackOutput"));
        let extra = fallback.and_then(Value::as_str) == Some("extra");
        if rules.is_none() {
            1
        } else {
            length("values") + usize::from(extra)
        }
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        if context.version() < 3.0 {
            return legacy::run(context, self.outputs(context.node)).map(Outcome::Outputs);
        }
        if context.text("mode", 0)? == "expression" {
            return by_expression(context).map(Outcome::Outputs);
        }
        by_rules(context).map(Outcome::Outputs)
    }
}

/// An expression can ask for any number, and each output takes memory.
const MOST_OUTPUTS: usize = 1000;

/// The items of each output while they are sorted out.
struct Outputs(Vec<Vec<Item>>);

impl Outputs {
    fn new(count: usize) -> Result<Self, NodeError> {
        if count > MOST_OUTPUTS {
            let message = format!("The node has {count} outputs; no more than {MOST_OUTPUTS} are possible");
            return Err(NodeError::new("E0119", message).hint("lower the number of outputs"));
        }
        Ok(Self(vec![Vec::new(); count]))
    }

    /// Puts an item into the output of an error: the first one, where the node goes on; else fails.
    fn fail(&mut self, context: &Context<'_>, error: NodeError) -> Result<(), NodeError> {
        if !context.continues_on_fail() || error.is_cancelled() {
            return Err(error);
        }
        let json: Object = [("error", error.error.message.clone())].into_iter().collect();
        let item = Item::new(json);
        match self.0.first_mut() {
            Some(first) => first.push(item),
            None => return Err(no_outputs(&error)),
        }
        Ok(())
    }

    fn finish(self) -> Vec<Items> {
        if self.0.is_empty() {
            return vec![Items::default()];
        }
        self.0.into_iter().map(Items::from).collect()
    }
}

fn by_expression(context: &Context<'_>) -> Result<Vec<Items>, NodeError> {
    let count = context.number("numberOutputs", 0)?;
    let mut outputs = Outputs::new(count.max(0.0) as usize)?;
    for (index, item) in context.items().iter().enumerate() {
        let output = context
            .optional("output", index)
            .and_then(|value| output_number(value, count, index));
        match output {
            Ok(output) => outputs.0[output].push(item.clone().paired_with(index)),
            Err(error) => outputs.fail(context, error)?,
        }
    }
    Ok(outputs.finish())
}

/// The number of an output, or n8n's errors about one that is not there.
fn output_number(value: Option<Value>, count: f64, item: usize) -> Result<usize, NodeError> {
    let failed = |code: &'static str, message: String| NodeError::new(code, message).parameter("output").item(item);
    let value = value.unwrap_or_default();
    let number = if matches!(value, Value::Array(_) | Value::Object(_)) {
        f64::NAN
    } else {
        value.to_number()
    };
    if number.is_nan() {
        let found = match value {
            Value::Array(_) => "array".to_owned(),
            Value::Object(_) => "object".to_owned(),
            value => format!("'{}'", value.to_text()),
        };
        return Err(
            failed("E0340", format!("Invalid input for 'Output Index' [item {item}]"))
                .description(format!("'output' expects a number but we got {found}")),
        );
    }
    let shown = Value::Number(number).to_text();
    if value.is_null() || number.fract() != 0.0 && number > 0.0 && number < count {
        return Err(failed(
            "E0341",
            "Cannot read properties of undefined (reading 'push')".to_owned(),
        )
        .hint(format!("The output must be a whole number from 0 to {}", count - 1.0)));
    }
    if number < 0.0 {
        let description = format!("It has to be between 0 and {}", count - 1.0);
        return Err(failed("E0342", format!("The ouput {shown} is not allowed")).description(description));
    }
    if number >= count {
        // n8n has a full stop here only where the number is the one after the last.
        let end = if number == count { ". " } else { "" };
        return Err(
            failed("E0343", format!("The ouput {shown} is not allowed{end}")).description(format!(
                "Output indexes are zero based, if you want to use the extra output use {}",
                count - 1.0
            )),
        );
    }
    Ok(number as usize)
}

/// Where items go for which no rule holds.
enum Fallback {
    Nowhere,
    Output(usize),
}

fn by_rules(context: &Context<'_>) -> Result<Vec<Items>, NodeError> {
    check_lists(context.parameter("rules"), "rules", &["values"])?;
    let default_rules = Parameter::from(default_rules());
    let rules = match context.parameter("rules") {
        Some(rules) => rules.part("values").map_or(&[][..], Parameter::elements),
        None => default_rules.elements(),
    };
    let mut compiled = Vec::with_capacity(rules.len());
    for (index, rule) in rules.iter().enumerate() {
        compiled.push(Conditions::compile(
            rule.part("conditions"),
            &format!("rules.values.{index}.conditions"),
        )?);
    }
    let fallback = context.optional("options.fallbackOutput", 0)?.unwrap_or_default();
    let mut outputs = Outputs::new(rules.len())?;
    let fallback = match &fallback {
        Value::Text(text) if text == "extra" => {
            outputs.0.push(Vec::new());
            Fallback::Output(rules.len())
        }
        Value::Null => Fallback::Nowhere,
        value if value.to_number().is_nan() => Fallback::Nowhere,
        value => Fallback::Output(value.to_number() as usize),
    };
    let all_matching = context.boolean("options.allMatchingOutputs", 0)?;
    let mut unready = true;
    for (index, item) in context.items().iter().enumerate() {
        context.checkpoint()?;
        // All rules are evaluated before any is looked at.
        let evaluated = compiled.iter().map(|rule| rule.evaluate(context, index));
        let evaluated = match evaluated.collect::<Result<Vec<_>, _>>() {
            Err(error) if unready && context.continues_on_fail() && !error.is_cancelled() => {
                return Err(no_outputs(&error));
            }
            evaluated => evaluated,
        };
        unready = false;
        let rules = evaluated.map(|evaluated| compiled.iter().zip(evaluated));
        match rules.and_then(|rules| matching(rules, context, index, all_matching)) {
            Ok(matching) => {
                let fallback = match fallback {
                    Fallback::Output(output) if matching.is_empty() => Some(output),
                    _ => None,
                };
                for output in matching.into_iter().chain(fallback) {
                    if let Some(output) = outputs.0.get_mut(output) {
                        output.push(item.clone().paired_with(index));
                    }
                }
            }
            Err(error) => outputs.fail(context, error)?,
        }
    }
    Ok(outputs.finish())
}

/// The rules that hold for an item: the first one only, unless all are wanted.
fn matching<'a>(
    rules: impl Iterator<Item = (&'a Conditions<'a>, Evaluated)>,
    context: &Context<'_>,
    item: usize,
    all: bool,
) -> Result<Vec<usize>, NodeError> {
    let mut matching = Vec::new();
    for (index, (rule, evaluated)) in rules.enumerate() {
        if rule.compare(evaluated, context, item)? {
            matching.push(index);
            if !all {
                break;
            }
        }
    }
    Ok(matching)
}

/// n8n's error where there is no output for the item of an error: none at all, or none yet, as where the rules cannot be
/// evaluated for the first item.
fn no_outputs(error: &NodeError) -> NodeError {
    NodeError::new("E0341", "Cannot read properties of undefined (reading 'push')")
        .description(error.error.message.clone())
        .parameter("rules")
}

/// The rules of a node whose file has none: one that compares nothing with nothing, and so holds.
fn default_rules() -> Value {
    let rule: Object = [("conditions", Object::new())].into_iter().collect();
    Value::array(vec![Value::object(rule)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    const ITEMS: &str = r#"[{"a":1},{"a":2},{"a":3}]"#;

    fn rule(left: &str, right: &str) -> String {
        format!(
            r#"{{"conditions": {{"options": {{"typeValidation": "strict"}}, "combinator": "and", "conditions": [{{"leftValue": {left},
            "rightValue": {right}, "operator": {{"type": "number", "operation": "equals"}}}}]}}}}"#
        )
    }

    fn check(version: f64, parameters: &str, expected: Result<&str, &str>) {
        let result = run(version, parameters, ITEMS).of(&Switch);
        assert_eq!(result.as_deref().map_err(String::as_str), expected, "{parameters}");
    }

    #[test]
    fn rules_and_fallbacks_choose_the_output() {
        let all = r#"{"a":1},{"a":2},{"a":3}"#;
        let rules = format!("[{}, {}]", rule("1", "2"), rule("2", "2"));
        for (options, expected) in [
            ("{}", format!("[[],[{all}]]")),
            (r#"{"fallbackOutput": "extra"}"#, format!("[[],[{all}],[]]")),
        ] {
            check(
                3.2,
                &format!(r#"{{"rules": {{"values": {rules}}}, "options": {options}}}"#),
                Ok(expected.as_str()),
            );
        }
        let rules = format!("[{}]", rule("1", "2"));
        for (options, expected) in [
            (r#"{"fallbackOutput": "extra"}"#, format!("[[],[{all}]]")),
            (r#"{"fallbackOutput": 0}"#, format!("[[{all}]]")),
            (r#"{"fallbackOutput": "none"}"#, "[[]]".to_owned()),
        ] {
            check(
                3.0,
                &format!(r#"{{"rules": {{"values": {rules}}}, "options": {options}}}"#),
                Ok(expected.as_str()),
            );
        }
    }

    #[test]
    fn an_output_that_is_not_there_is_an_error() {
        for (output, message) in [
            ("4", "The ouput 4 is not allowed. "),
            ("5", "The ouput 5 is not allowed"),
            ("-1", "The ouput -1 is not allowed"),
            ("\"x\"", "Invalid input for 'Output Index' [item 0]"),
            ("0.5", "Cannot read properties of undefined (reading 'push')"),
        ] {
            check(
                3.2,
                &format!(r#"{{"mode": "expression", "output": {output}}}"#),
                Err(message),
            );
        }
        check(
            2.0,
            r#"{"mode": "expression", "output": 7, "outputsAmount": 3}"#,
            Err("The ouput 7 is not allowed. It has to be between 0 and 2!"),
        );
    }

    #[test]
    fn the_first_versions_compare_one_value() {
        let rules = r#""dataType": "string", "value1": "x", "rules": {"rules": [{"value2": "y"}, {"value2": "x", "output": 2}]}"#;
        let all = r#"{"a":1},{"a":2},{"a":3}"#;
        check(1.0, &format!("{{{rules}}}"), Ok(&format!("[[],[],[{all}],[]]")));
        check(2.0, &format!("{{{rules}}}"), Ok(&format!("[[],[{all}]]")));
    }
}
