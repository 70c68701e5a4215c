//! Faults as each dialect writes them.

use super::{Dialect, FaultShape, S3};
use crate::http::{Fault, Reply, xml};
use crate::stream::Body;

/// The answer for `fault`. `resource` is the request's path, for XML faults.
/// A fault names vendor headers as S3 does. Headers that `edge` adds to every answer (ids, date) are not set here.
pub fn render_fault(dialect: &Dialect, fault: &Fault, resource: &str, request_id: &str) -> Reply {
    let reply = match dialect.faults {
        FaultShape::Xml => render_xml(dialect, fault, resource, request_id),
        FaultShape::AwsJson => render_aws_json(dialect, fault),
        FaultShape::AwsQuery => render_aws_query(dialect, fault, request_id),
        FaultShape::HuaweiJson => render_huawei_json(dialect, fault, request_id),
    };
    fault.headers.iter().fold(reply, |reply, (name, value)| match name.strip_prefix(S3.prefix) {
        Some(vendor) => reply.with(&dialect.header(vendor), value),
        None => reply.with(name, value),
    })
}

fn render_xml(dialect: &Dialect, fault: &Fault, resource: &str, request_id: &str) -> Reply {
    let status = fault.code.status();
    if status == http::StatusCode::NOT_MODIFIED {
        return Reply::status(status);
    }
    let document = xml::document("Error", None, |error| {
        error.text("Code", dialect.code_name(fault.code));
        error.text("Message", &fault.message);
        for (name, value) in &fault.details {
            error.text(name, value);
        }
        error.text("Resource", resource);
        error.text("RequestId", request_id);
        error.text("HostId", request_id);
    });
    Reply::xml(document)
        .with_status(status)
        .with(&dialect.header("error-code"), dialect.code_name(fault.code))
        .with(&dialect.header("error-message"), &fault.message)
}

fn render_aws_query(dialect: &Dialect, fault: &Fault, request_id: &str) -> Reply {
    let status = fault.code.status();
    let document = xml::document("ErrorResponse", Some(dialect.namespace), |root| {
        root.element("Error", |error| {
            error.text("Type", if status.is_server_error() { "Receiver" } else { "Sender" });
            error.text("Code", dialect.code_name(fault.code));
            error.text("Message", &fault.message);
        });
        root.text("RequestId", request_id);
    });
    Reply::xml(document).with("content-type", "text/xml").with_status(status)
}

/// What the gate in front of Huawei's services refuses has its fields outermost.
fn render_huawei_json(dialect: &Dialect, fault: &Fault, request_id: &str) -> Reply {
    let code = dialect.code_name(fault.code);
    let message = &fault.message;
    let document = match code.starts_with("APIGW.") {
        true => serde_json::json!({
            "error_code": code,
            "error_msg": message,
            "request_id": request_id,
        }),
        false => serde_json::json!({ "error": { "error_code": code, "error_msg": message } }),
    };
    Reply::status(fault.code.status())
        .with("content-type", "application/json")
        .body(Body::full(document.to_string()))
}

fn render_aws_json(dialect: &Dialect, fault: &Fault) -> Reply {
    let document = serde_json::json!({
        "__type": dialect.code_name(fault.code),
        "message": fault.message,
    });
    Reply::status(fault.code.status())
        .with("content-type", "application/x-amz-json-1.1")
        .with("x-amzn-errortype", dialect.code_name(fault.code))
        .body(Body::full(document.to_string()))
}
