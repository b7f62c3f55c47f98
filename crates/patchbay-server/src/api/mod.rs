//! `/api/v1`: n8n's public API for workflows, executions, credentials, tags and variables, with its shapes, pages and
//! status codes; and what that lacks: running a workflow, trying an execution again from its start, stopping it, following
//! what happens.
//!
//! `openapi.yaml` describes it; a test holds it against [`routes`].

mod asked;
mod credentials;
mod events;
mod executions;
mod fault;
mod identifier;
mod key;
mod page;
mod run;
mod run_data;
mod shape;
mod tags;
mod variables;
mod webhooks;
mod workflows;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::{RawPathParams, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Json, Router};

use serde_json::json;

use crate::Server;
use asked::Asked;
use fault::Fault;
pub use key::Keys;

/// The description of all routes.
pub const OPENAPI: &str = include_str!("openapi.yaml");

/// What an operation comes to.
type Answer = Pin<Box<dyn Future<Output = Result<Response, Fault>> + Send>>;

/// One operation.
pub struct Route {
    pub method: Method,
    /// Below `/api/v1`.
    pub path: &'static str,
    /// The names in the query that it knows.
    pub query: &'static [&'static str],
    run: fn(Arc<Server>, Asked) -> Answer,
}

/// A line of the table of operations.
macro_rules! route {
    ($method:ident $path:literal [$($query:literal),*] $handler:path) => {
        Route {
            method: Method::$method,
            path: $path,
            query: &[$($query),*],
            run: |server, asked| Box::pin($handler(server, asked)),
        }
    };
}

/// All operations.
pub fn routes() -> Vec<Route> {
    vec![
        route!(GET "/workflows" ["active", "tags", "name", "projectId", "excludePinnedData", "limit", "cursor"] workflows::list),
        route!(POST "/workflows" [] workflows::create),
        route!(GET "/workflows/{id}" ["excludePinnedData"] workflows::get),
        route!(PUT "/workflows/{id}" [] workflows::update),
        route!(DELETE "/workflows/{id}" [] workflows::delete),
        route!(POST "/workflows/{id}/activate" [] workflows::activate),
        route!(POST "/workflows/{id}/deactivate" [] workflows::deactivate),
        route!(GET "/workflows/{id}/tags" [] tags::of_workflow),
        route!(PUT "/workflows/{id}/tags" [] tags::set_of_workflow),
        route!(POST "/workflows/{id}/run" [] run::run),
        route!(GET "/executions" ["status", "workflowId", "projectId", "includeData", "limit", "cursor"] executions::list),
        route!(GET "/executions/{id}" ["includeData"] executions::get),
        route!(DELETE "/executions/{id}" [] executions::delete),
        route!(POST "/executions/{id}/retry" [] executions::retry),
        route!(POST "/executions/{id}/stop" [] executions::stop),
        route!(POST "/executions/{id}/decide" [] executions::decide),
        route!(GET "/events" ["workflowId", "executionId"] events::follow),
        route!(GET "/webhooks" ["workflowId", "limit", "cursor"] webhooks::list),
        route!(GET "/credentials" ["limit", "cursor"] credentials::list),
        route!(POST "/credentials" [] credentials::create),
        route!(PATCH "/credentials/{id}" [] credentials::update),
        route!(DELETE "/credentials/{id}" [] credentials::delete),
        route!(GET "/credentials/schema/{type}" [] credentials::schema),
        route!(GET "/tags" ["limit", "cursor"] tags::list),
        route!(POST "/tags" [] tags::create),
        route!(GET "/tags/{id}" [] tags::get),
        route!(PUT "/tags/{id}" [] tags::update),
        route!(DELETE "/tags/{id}" [] tags::delete),
        route!(GET "/variables" ["projectId", "state", "limit", "cursor"] variables::list),
        route!(POST "/variables" [] variables::create),
        route!(PUT "/variables/{id}" [] variables::update),
        route!(DELETE "/variables/{id}" [] variables::delete),
    ]
}

/// All paths of the API; without a key only its description is to be had.
pub fn router(server: &Arc<Server>) -> Router<Arc<Server>> {
    let mut router = Router::new();
    for route in routes() {
        let (path, handler) = (route.path, handler(route));
        // As in n8n, a slash at the end does not matter.
        router = router.route(path, handler.clone()).route(&format!("{path}/"), handler);
    }
    router
        .fallback(|| async { Fault::new(StatusCode::NOT_FOUND, "not found") })
        .method_not_allowed_fallback(|method: Method| async move {
            Fault::new(StatusCode::METHOD_NOT_ALLOWED, format!("{method} method not allowed"))
        })
        .layer(from_fn_with_state(server.clone(), let_in))
        .route("/openapi.yml", axum::routing::get(openapi))
}

fn handler(route: Route) -> MethodRouter<Arc<Server>> {
    let Route { method, query, run, .. } = route;
    let handle = move |State(server): State<Arc<Server>>, params: RawPathParams, request: Request| async move {
        let largest = server.configuration.largest_body;
        let answer = async {
            let asked = Asked::read(&params, query, request, largest).await?;
            if asked.query("projectId").is_some() {
                // There are no projects, so nothing is in one.
                return Ok(Json(json!({"data": [], "nextCursor": null})).into_response());
            }
            run(server, asked).await
        };
        answer.await.unwrap_or_else(IntoResponse::into_response)
    };
    // Every method of the table is one that axum filters by.
    on(MethodFilter::try_from(method).unwrap_or(MethodFilter::TRACE), handle)
}

/// Lets those through who have a key.
async fn let_in(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let Some(key) = request.headers().get("x-n8n-api-key") else {
        return Fault::new(StatusCode::UNAUTHORIZED, "'X-N8N-API-KEY' header required").into_response();
    };
    if server.keys.holds(key.as_bytes()) {
        next.run(request).await
    } else {
        Fault::new(StatusCode::UNAUTHORIZED, "unauthorized").into_response()
    }
}

async fn openapi() -> Response {
    let yaml = HeaderValue::from_static("application/yaml; charset=utf-8");
    ([(CONTENT_TYPE, yaml)], OPENAPI).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// What a route has and its description: method, path, names in the query.
    type Described = BTreeSet<(String, String, Vec<String>)>;

    fn described() -> Described {
        let document: Value = serde_yaml_ng::from_str(OPENAPI).expect("YAML");
        let resolve = |parameter: &Value| match parameter["$ref"].as_str() {
            Some(reference) => document
                .pointer(reference.trim_start_matches('#'))
                .expect(reference)
                .clone(),
            None => parameter.clone(),
        };
        let mut described = Described::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("operations") {
                if method == "parameters" {
                    continue;
                }
                let parameters = operation["parameters"].as_array().into_iter().flatten().map(resolve);
                let mut query: Vec<String> = parameters
                    .filter(|parameter| parameter["in"] == "query")
                    .map(|parameter| parameter["name"].as_str().expect("a name").to_owned())
                    .collect();
                query.sort();
                described.insert((method.to_uppercase(), path.clone(), query));
            }
        }
        described
    }

    #[test]
    fn the_description_has_just_the_routes() {
        let routes = routes().into_iter().map(|route| {
            let mut query: Vec<String> = route.query.iter().map(|name| (*name).to_owned()).collect();
            query.sort();
            (route.method.to_string(), route.path.to_owned(), query)
        });
        assert_eq!(described(), routes.collect::<Described>());
    }
}
