//! Files, their headers, and requests from other origins.

use std::fs;

use lifeline_server::Options;

use super::{start, start_with};

#[tokio::test]
async fn files_come_with_their_types_and_the_policy() {
    let directory =
        std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(module_path!().replace("::", "-"));
    fs::create_dir_all(&directory).unwrap();
    for (name, text) in [
        ("index.html", "<!doctype html>"),
        ("app.js", "1"),
        ("app.css", "a{}"),
        ("app.wasm", "\0asm"),
    ] {
        fs::write(directory.join(name), text).unwrap();
    }
    let server = start_with(Options {
        static_dir: Some(directory),
        ..Options::default()
    })
    .await;
    let mut page = server.get("/", &[]).await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html"))
    );
    let policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
        img-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; \
        form-action 'none'; frame-ancestors 'none'";
    assert_eq!(page.header("content-security-policy"), Some(policy));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.rest().await.0, "<!doctype html>");
    for (path, kind) in [
        ("/app.js", "text/javascript"),
        ("/app.css", "text/css"),
        ("/app.wasm", "application/wasm"),
    ] {
        let reply = server.get(path, &[]).await;
        assert_eq!(reply.header("content-type"), Some(kind));
        assert_eq!(reply.header("content-security-policy"), None);
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    }
    for path in ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "/none"] {
        assert_eq!(server.get(path, &[]).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn without_files_the_server_says_what_it_is() {
    let server = start().await;
    let mut reply = server.get("/", &[]).await;
    assert!(
        reply
            .header("content-type")
            .unwrap()
            .starts_with("text/plain")
    );
    assert!(reply.rest().await.0.contains("/graphql"));
    assert_eq!(server.get("/healthz", &[]).await.rest().await.0, "ok");
    assert_eq!(server.get("/none", &[]).await.status, 404);
}

#[tokio::test]
async fn any_origin_may_ask() {
    let server = start().await;
    let preflight = [
        "origin: http://page.test",
        "access-control-request-method: POST",
        "access-control-request-headers: content-type, x-anything",
    ];
    let reply = server.request("OPTIONS", "/graphql", &preflight, b"").await;
    assert_eq!(reply.status, 200);
    for (name, value) in [
        ("access-control-allow-origin", "http://page.test"),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "POST"),
        ("access-control-allow-headers", "content-type, x-anything"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{name}");
    }
    let reply = server
        .get("/graphql?query=%7Blatest%7D", &["origin: http://page.test"])
        .await;
    let exposed = reply.header("access-control-expose-headers");
    assert_eq!(exposed, Some("retry-after"));
    assert_eq!(reply.header("timing-allow-origin"), Some("*"));
}
