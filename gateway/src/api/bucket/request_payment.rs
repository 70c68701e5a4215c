//! GetBucketRequestPayment and PutBucketRequestPayment (S3 API reference).
//! There is nothing to pay here, so that nobody else can be made to.

use policy::Action;

use super::named;
use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::xml::{self, Element, malformed};
use crate::http::{Code, Fault, Incoming, Reply};

/// Says that the bucket's owner pays.
pub struct GetBucketRequestPayment {
    bucket: String,
}

/// Accepts that the bucket's owner pays, and nothing else.
pub struct PutBucketRequestPayment {
    bucket: String,
}

impl Operation for GetBucketRequestPayment {
    const NAME: &'static str = "GetBucketRequestPayment";
    type Output = ();

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Ok(Self { bucket: named(request)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::GetBucketRequestPayment, On::Bucket(self.bucket.clone()))]
    }

    async fn run(self, _: &Work) -> Result<(), Fault> {
        Ok(())
    }

    fn render((): (), dialect: &'static Dialect) -> Reply {
        let root = "RequestPaymentConfiguration";
        Reply::xml(xml::document(root, Some(dialect.namespace), |root| {
            root.text("Payer", "BucketOwner");
        }))
    }
}

impl Operation for PutBucketRequestPayment {
    const NAME: &'static str = "PutBucketRequestPayment";
    type Output = ();

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let root = Element::parse(&request.document, "RequestPaymentConfiguration")?;
        match root.required("Payer")? {
            "BucketOwner" => Ok(Self { bucket: named(request)? }),
            "Requester" => {
                Err(Fault::new(Code::NotImplemented).message("Requester Pays is not implemented."))
            }
            _ => Err(malformed("unknown payer")),
        }
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::PutBucketRequestPayment, On::Bucket(self.bucket.clone()))]
    }

    async fn run(self, _: &Work) -> Result<(), Fault> {
        Ok(())
    }

    fn render((): (), _: &'static Dialect) -> Reply {
        Reply::ok()
    }
}
