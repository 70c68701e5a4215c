//! CORS: preflight requests and the headers of answers.

use reqwest::Method;
use sealgate_tests::{Client, Gateway, Reply};

const RULES: &str = "<CORSConfiguration>\
    <CORSRule><AllowedOrigin>https://*.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod>\
    <AllowedMethod>PUT</AllowedMethod><AllowedHeader>x-amz-*</AllowedHeader>\
    <ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>3000</MaxAgeSeconds></CORSRule>\
    <CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>HEAD</AllowedMethod></CORSRule>\
    </CORSConfiguration>";

async fn preflight(client: &Client, headers: &[(&str, &str)]) -> Reply {
    let mut request = client.anonymous().request(Method::OPTIONS, "/bucket/k");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.send().await
}

#[tokio::test]
async fn a_browser_is_told_what_the_rules_allow() {
    let gateway = Gateway::start();
    let client = gateway.client();
    client.put("/bucket").send().await.expect(200);
    client.get("/bucket?cors").send().await.expect_fault(404, "NoSuchCORSConfiguration");
    client.put("/bucket?cors").body(RULES).send().await.expect(200);
    let stored = client.get("/bucket?cors").send().await.expect(200);
    assert_eq!(stored.elements("AllowedMethod"), ["GET", "PUT", "HEAD"]);

    let asked = preflight(
        &client,
        &[
            ("origin", "https://a.example"),
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "X-Amz-Date, x-amz-content-sha256"),
        ],
    )
    .await
    .expect(200);
    assert_eq!(asked.header("access-control-allow-origin"), "https://a.example");
    assert_eq!(asked.header("access-control-allow-methods"), "GET, PUT");
    assert_eq!(asked.header("access-control-allow-headers"), "X-Amz-Date, x-amz-content-sha256");
    assert_eq!(asked.header("access-control-max-age"), "3000");
    assert_eq!(asked.header("access-control-allow-credentials"), "true");
    assert!(asked.header("vary").contains("Origin"));

    let (origin, method) = ("origin", "access-control-request-method");
    for refused in [
        [(origin, "https://a.example"), (method, "DELETE")],
        [(origin, "https://example"), (method, "GET")],
    ] {
        preflight(&client, &refused).await.expect_fault(403, "AccessForbidden");
    }
    preflight(&client, &[(origin, "https://a.example")]).await.expect_fault(400, "BadRequest");
    preflight(&client, &[(method, "GET")]).await.expect_fault(400, "BadRequest");

    client.delete("/bucket?cors").send().await.expect(204);
    let gone = preflight(&client, &[(origin, "https://a.example"), (method, "GET")]).await;
    gone.expect_fault(403, "AccessForbidden");
}

#[tokio::test]
async fn answers_and_refusals_alike_carry_the_headers_of_the_rule() {
    let gateway = Gateway::start();
    let client = gateway.client();
    client.put("/bucket").send().await.expect(200);
    client.put("/bucket?cors").body(RULES).send().await.expect(200);
    client.put("/bucket/k").body("x").send().await.expect(200);
    let get =
        client.get("/bucket/k").header("origin", "https://a.example").send().await.expect(200);
    assert_eq!(get.header("access-control-allow-origin"), "https://a.example");
    assert_eq!(get.header("access-control-expose-headers"), "ETag");
    let all = client.head("/bucket/k").header("origin", "http://other").send().await.expect(200);
    assert_eq!(all.header("access-control-allow-origin"), "*");
    assert_eq!(all.header("access-control-allow-credentials"), "");
    let other = client.get("/bucket/k").header("origin", "http://other").send().await.expect(200);
    assert_eq!(other.header("access-control-allow-origin"), "");
    let plain = client.get("/bucket/k").send().await.expect(200);
    assert_eq!(plain.header("access-control-allow-origin"), "");
    let refused = client.anonymous().get("/bucket/k").header("origin", "https://a.example");
    let refused = refused.send().await.expect_fault(403, "AccessDenied");
    assert_eq!(refused.header("access-control-allow-origin"), "https://a.example");
}
