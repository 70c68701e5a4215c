//! One request in, one answer out: route, authenticate, collect, parse,
//! authorize, run, render. Nothing else decides the order of these.

use std::sync::Arc;
use std::time::Duration;

use super::cors::{self, CrossOrigin, Preflight};
use super::routes::{self, Intake, Route};
use crate::auth::{self, Rules, Service, payload};
use crate::authorize::Caller;
use crate::context::Gateway;
use crate::dialect::render_fault::render_fault;
use crate::dialect::{Dialect, S3};
use crate::http::{Code, Fault, Incoming, Reply};

/// The answer to a request, with what the access log and metrics want to know.
pub struct Answer {
    /// What the client gets.
    pub reply: Reply,
    /// Its dialect.
    pub dialect: &'static Dialect,
    /// The operation's name; `-` when no route fits.
    pub operation: &'static str,
    /// Who asked, once that was known.
    pub access_key_id: Option<String>,
    /// Code and cause of a refusal or failure, for the log.
    pub cause: Option<String>,
}

/// How far a client's clock may be off.
const SKEW: Duration = Duration::from_secs(15 * 60);

/// Name of the one thing that is answered without a route.
const PREFLIGHT: &str = "Preflight";

/// Answers `request`; never fails, since a fault is an answer too.
pub async fn dispatch(gateway: &Arc<Gateway>, request: Incoming) -> Answer {
    let resource = request.raw_path.clone();
    let request_id = request.request_id.clone();
    let mut answer = Answer {
        reply: Reply::ok(),
        dialect: &S3,
        operation: "-",
        access_key_id: None,
        cause: None,
    };
    let cross_origin = CrossOrigin::of(&request);
    match respond(gateway, request, &mut answer).await {
        Ok(reply) => answer.reply = reply,
        Err(fault) => {
            answer.reply = render_fault(answer.dialect, &fault, &resource, &request_id);
            let code = answer.dialect.code_name(fault.code);
            answer.cause = Some(match fault.cause {
                Some(cause) => format!("{code}: {cause}"),
                None => code.to_owned(),
            });
        }
    }
    if let Some(cross_origin) = cross_origin
        && answer.operation != PREFLIGHT
    {
        answer.reply = cross_origin.allow(gateway, answer.reply).await;
    }
    answer
}

async fn respond(
    gateway: &Arc<Gateway>,
    mut request: Incoming,
    answer: &mut Answer,
) -> Result<Reply, Fault> {
    answer.dialect = auth::dialect_of(&request)?;
    if cors::is_preflight(&request) {
        answer.operation = PREFLIGHT;
        let preflight = Preflight::parse(&request)?;
        return preflight.answer(gateway).await;
    }
    let route = routes::find(&request, answer.dialect)?;
    answer.operation = route.name;
    // S3's signatures cover the body as it flows; the others' cover the document
    // itself, which must be there first.
    let flows = auth::service_of(&request) == Service::S3;
    if !flows {
        collect(&mut request, route).await?;
    }
    let region = &gateway.settings.region;
    let rules = Rules { region, skew: SKEW, now: request.received };
    let authenticated = auth::authenticate(&mut request, &gateway.iam, &rules).await?;
    answer.access_key_id = authenticated.access_key_id.clone();
    if flows {
        collect(&mut request, route).await?;
    }
    (route.run)(gateway.clone(), Caller::new(authenticated), request, answer.dialect).await
}

/// Reads the document of an operation that takes one, within the route's limit,
/// and checks the checksums that came with it.
async fn collect(request: &mut Incoming, route: &Route) -> Result<(), Fault> {
    let limit = match route.intake {
        Intake::Stream => return Ok(()),
        Intake::Document(limit) | Intake::PartList(limit) => limit,
        Intake::Nothing => 0,
    };
    if request.body.len().is_some_and(|len| len > limit as u64) {
        return Err(Code::MaxMessageLengthExceeded.into());
    }
    let body = request.take_body();
    request.document = body.collect(limit).await?;
    match route.intake {
        Intake::PartList(_) => Ok(()),
        _ => payload::verify_document(request),
    }
}
