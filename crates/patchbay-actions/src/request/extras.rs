//! What patchbay adds to an operation that gives a list: options that are asked for. They are described as parameters, so
//! that their values are checked as those of the service are.

use std::sync::LazyLock;

use patchbay_model::Text;

use crate::definition::{Kind, Parameter, Place};

/// `splitItems`, `fetchAll`, `limit` and `simplify`, in this order.
pub static EXTRAS: LazyLock<[Parameter; 4]> = LazyLock::new(|| {
    [
        extra("splitItems", Kind::Boolean, "An item for each element of the list"),
        extra(
            "fetchAll",
            Kind::Boolean,
            "All elements, page after page; without it the service's first page",
        ),
        Parameter {
            minimum: Some(1.0),
            ..extra(
                "limit",
                Kind::Integer,
                "At most so many elements, of all pages together",
            )
        },
        extra(
            "simplify",
            Kind::Boolean,
            "Without the protocol's own fields (`@odata.…`)",
        ),
    ]
});

fn extra(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter {
        about: Text::new_static(about),
        ..Parameter::plain(Text::new_static(name), Place::Query, kind)
    }
}
