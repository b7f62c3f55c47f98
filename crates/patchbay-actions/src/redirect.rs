//! Where an answer of status 3xx leads. The HTTP capability follows none for a service: what goes along differs. A read
//! may go on, and takes what authorizes it only to the same origin; a write would become another request, and a request
//! for a token would give the secret away: they fail.

use patchbay_node::capability::http::Response;
use url::Url;

/// How many redirects of one request are followed.
pub const MOST: usize = 10;

/// Where a read goes on.
#[derive(Debug, PartialEq)]
pub struct Next {
    pub url: String,
    /// What authorizes the request may go along.
    pub same_origin: bool,
}

/// Where the answer to a request for `from` sends it; `None` where it sends it nowhere, or from HTTPS to HTTP.
pub fn next(from: &str, response: &Response) -> Option<Next> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let from = Url::parse(from).ok()?;
    let to = from.join(response.header("location")?).ok()?;
    let is_secure_enough = matches!((from.scheme(), to.scheme()), (_, "https") | ("http", "http"));
    is_secure_enough.then(|| Next {
        same_origin: from.origin() == to.origin(),
        url: to.into(),
    })
}

/// The place of a `Location`, without what may be secret in it: for people.
pub fn shown(location: &str) -> String {
    location.split(['?', '#']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_go_on_to_where_it_is_safe() {
        let next = |status, location: &str| {
            let response = Response {
                status,
                status_text: "".into(),
                headers: vec![("location".into(), location.into())],
                body: Box::pin(futures::stream::empty()),
                url: "".into(),
            };
            next("https://pbx.example.com/xapi/v1/Users?$top=1", &response)
        };
        for (status, location, wanted) in [
            (302, "/x?y=1", Some(("https://pbx.example.com/x?y=1", true))),
            (
                301,
                "https://pbx.example.com:443/x",
                Some(("https://pbx.example.com/x", true)),
            ),
            (
                307,
                "https://files.example.com/x",
                Some(("https://files.example.com/x", false)),
            ),
            (
                308,
                "https://pbx.example.com:5001/",
                Some(("https://pbx.example.com:5001/", false)),
            ),
            (302, "http://pbx.example.com/x", None),
            (302, "ftp://pbx.example.com/x", None),
            (304, "/x", None),
        ] {
            let wanted = wanted.map(|(url, same_origin)| Next {
                url: url.to_owned(),
                same_origin,
            });
            assert_eq!(next(status, location), wanted, "{status} {location}");
        }
    }
}
