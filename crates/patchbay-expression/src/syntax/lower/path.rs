//! Members and calls, with the specialised form for what reads an item's JSON.

use patchbay_model::{Text, Value};

use super::Lowering;
use crate::syntax::{Call, Callee, Element, Key, Member, Path, PathKey, Root, Tree};

impl Lowering<'_> {
    /// `$json`.
    pub(super) fn current_item() -> Tree {
        Tree::Path(Box::new(Path {
            root: Root::Current,
            keys: Box::default(),
            span: (0, 0),
        }))
    }

    pub(super) fn member(member: Member) -> Tree {
        let Member {
            object,
            key,
            optional,
            span,
        } = member;
        match (object, key) {
            (Tree::Path(mut path), Key::Name(name)) => {
                let mut keys = Vec::from(std::mem::take(&mut path.keys));
                keys.push(PathKey { name, optional });
                path.keys = keys.into();
                path.span = span;
                Tree::Path(path)
            }
            (object, Key::Name(name)) if name == "json" && !optional => match item_root(&object) {
                Some(root) => Tree::Path(Box::new(Path {
                    root,
                    keys: Box::default(),
                    span,
                })),
                None => Tree::Member(Box::new(Member {
                    object,
                    key: Key::Name(name),
                    optional,
                    span,
                })),
            },
            (object, key) => Tree::Member(Box::new(Member {
                object,
                key,
                optional,
                span,
            })),
        }
    }

    pub(super) fn call_tree(call: Call) -> Tree {
        Tree::Call(Box::new(call))
    }

    /// Takes the last key of a path as a method's name.
    pub(super) fn method_of_path(mut path: Path) -> Result<Member, Path> {
        let mut keys = Vec::from(std::mem::take(&mut path.keys));
        let Some(last) = keys.pop() else {
            return Err(path);
        };
        path.keys = keys.into();
        let span = path.span;
        Ok(Member {
            object: Tree::Path(Box::new(path)),
            key: Key::Name(last.name),
            optional: last.optional,
            span,
        })
    }
}

/// Whose item this is, if its `json` can be read without making the item.
fn item_root(object: &Tree) -> Option<Root> {
    match object {
        Tree::Member(member) if !member.optional => match (&member.object, &member.key) {
            (Tree::Scope(scope), Key::Name(name)) if scope == "$input" && name == "item" => Some(Root::Current),
            (Tree::Scope(scope), Key::Name(name)) if scope == "$node" => Some(Root::Legacy(name.clone())),
            (Tree::Call(call), Key::Name(name)) if name == "item" => node_name(call).map(Root::Paired),
            _ => None,
        },
        Tree::Call(call) if !call.optional && call.arguments.is_empty() => match &call.callee {
            Callee::Method(Member {
                object: Tree::Call(inner),
                key: Key::Name(name),
                optional: false,
                ..
            }) => match name.as_str() {
                "first" => node_name(inner).map(Root::First),
                "last" => node_name(inner).map(Root::Last),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The name in `$('Name')`.
fn node_name(call: &Call) -> Option<Text> {
    match (&call.callee, call.arguments.as_ref()) {
        (Callee::Scope(scope), [Element::Value(Tree::Constant(Value::Text(name)))])
            if scope == "$" && !call.optional && !name.is_empty() =>
        {
            Some(name.clone())
        }
        _ => None,
    }
}

impl Member {
    /// What a global holds: `Math.max`.
    pub(super) fn into_static(self) -> Result<(&'static str, Text), Self> {
        match self {
            Self {
                object: Tree::Global(global),
                key: Key::Name(name),
                optional: false,
                ..
            } => Ok((global, name)),
            member => Err(member),
        }
    }
}
