//! The shape of an operation of a query API, and what makes it an
//! [`Operation`]: a form in, an XML document out.

use std::future::Future;

use crate::api::need::Need;
use crate::api::operation::Operation;
use crate::api::work::Work;
use crate::catalog::identity::IdentityError;
use crate::dialect::Dialect;
use crate::http::form::Form;
use crate::http::xml::{self, Writer};
use crate::http::{Code, Fault, Incoming, Reply};
use crate::iam::Error;

/// Fills the result element; `None` for operations without a result.
pub type Answer = Option<Box<dyn FnOnce(&mut Writer) + Send>>;

/// One operation of a query API.
pub trait Call: Sized + Send + 'static {
    /// The operation's documented name: the value of `Action`.
    const NAME: &'static str;

    /// Reads the parameters. Errors: `ValidationError` and its kin.
    fn read(form: &Form) -> Result<Self, Fault>;

    /// As [`Operation::needs`].
    fn needs(&self) -> Vec<Need>;

    /// Does the work.
    fn run(self, work: &Work) -> impl Future<Output = Result<Answer, Fault>> + Send;
}

/// A call as an operation.
pub struct Query<C>(C);

impl<C: Call> Operation for Query<C> {
    const NAME: &'static str = C::NAME;
    type Output = (Answer, String);

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        C::read(&Form::of(request)?).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        self.0.needs()
    }

    async fn run(self, work: &Work) -> Result<Self::Output, Fault> {
        let answer = self.0.run(work).await?;
        Ok((answer, work.request.id.clone()))
    }

    fn render((answer, request_id): Self::Output, dialect: &'static Dialect) -> Reply {
        let root = format!("{}Response", C::NAME);
        let document = xml::document(&root, Some(dialect.namespace), |root| {
            if let Some(fill) = answer {
                root.element(&format!("{}Result", C::NAME), fill);
            }
            root.element("ResponseMetadata", |metadata| metadata.text("RequestId", request_id));
        });
        Reply::xml(document).with("content-type", "text/xml")
    }
}

/// A result.
pub fn answer(fill: impl FnOnce(&mut Writer) + Send + 'static) -> Result<Answer, Fault> {
    Ok(Some(Box::new(fill)))
}

/// What the catalog reports of identities, to clients of IAM.
pub fn identity_fault(error: IdentityError) -> Fault {
    let (code, text) = match error {
        IdentityError::NoSuch(kind, name) => {
            (Code::NoSuchEntity, format!("The {kind} with name {name} cannot be found."))
        }
        IdentityError::Exists(kind, name) => {
            (Code::EntityAlreadyExists, format!("The {kind} with name {name} already exists."))
        }
        IdentityError::InUse(advice) => {
            (Code::DeleteConflict, format!("Cannot delete entity, must {advice} first."))
        }
        IdentityError::Limit(what, limit) => {
            (Code::LimitExceeded, format!("Cannot exceed quota for {what}: {limit}"))
        }
        IdentityError::Catalog(error) => return error.into(),
    };
    Fault::new(code).message(text)
}

impl From<IdentityError> for Fault {
    fn from(error: IdentityError) -> Self {
        identity_fault(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Taken(_) => Fault::new(Code::EntityAlreadyExists).message(error.to_string()),
            Error::Invalid { .. } => Fault::new(Code::ValidationError).message(error.to_string()),
            Error::Unavailable(why) => Fault::new(Code::ServiceUnavailable).cause(why),
        }
    }
}
