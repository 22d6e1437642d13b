//! Keeps web pages away from the loopback listener.
//!
//! Any page a browser shows can send requests to 127.0.0.1. One that rebinds its own name to 127.0.0.1 is told by the
//! `Host` header, which still carries that name; one that posts across origins is told by the `Origin` header or by
//! `Sec-Fetch-Site`. A program on this machine sends none of these, or true ones.

use crate::problem::Problem;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};

/// The routes, refusing what comes from a page of another site.
pub(super) fn refusing(routes: Router) -> Router {
    routes.layer(from_fn(refuse_foreign))
}

async fn refuse_foreign(request: Request, next: Next) -> Response {
    match check(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn check(headers: &HeaderMap) -> Result<(), Problem> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !is_loopback(host) || hosts.next().is_some() {
        let next = "address this node as 127.0.0.1, [::1] or localhost";
        return Err(Problem::new(
            "foreign-host",
            format!("this interface does not answer for host {host:?}"),
        )
        .next(next));
    }
    let same_origin = |origin: &str| origin.strip_prefix("http://") == Some(host);
    let foreign_origin = headers
        .get(header::ORIGIN)
        .is_some_and(|origin| !origin.to_str().is_ok_and(same_origin));
    let across = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site != "same-origin" && site != "none");
    if foreign_origin || across {
        return Err(Problem::new(
            "foreign-origin",
            "requests of web pages of another origin are refused",
        ));
    }
    Ok(())
}

/// `localhost`, `127.0.0.1` or `[::1]`, with or without a port.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    ["localhost", "127.0.0.1", "[::1]"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(headers: &[(&'static str, &'static str)]) -> Result<(), String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        check(&map).map_err(|problem| problem.code)
    }

    #[test]
    fn the_loopback_names_are_answered() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:7701",
            "localhost:1",
            "LOCALHOST",
            "[::1]",
            "[::1]:80",
        ] {
            assert_eq!(judged(&[("host", host)]), Ok(()), "{host}");
        }
    }

    #[test]
    fn a_rebound_name_is_refused() {
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example:7701",
            "",
            "::1",
            "127.0.0.1:80:x",
        ] {
            assert_eq!(judged(&[("host", host)]), Err("foreign-host".into()), "{host}");
        }
        assert_eq!(judged(&[]), Err("foreign-host".into()));
        assert_eq!(
            judged(&[("host", "localhost"), ("host", "evil.example")]),
            Err("foreign-host".into())
        );
    }

    #[test]
    fn a_page_of_another_origin_is_refused() {
        let host = ("host", "127.0.0.1:7701");
        assert_eq!(judged(&[host, ("origin", "http://127.0.0.1:7701")]), Ok(()));
        assert_eq!(judged(&[host, ("sec-fetch-site", "none")]), Ok(()));
        for foreign in [
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("origin", "http://127.0.0.1:7702"),
        ] {
            assert_eq!(judged(&[host, foreign]), Err("foreign-origin".into()), "{foreign:?}");
        }
        assert_eq!(
            judged(&[host, ("sec-fetch-site", "cross-site")]),
            Err("foreign-origin".into())
        );
    }
}
