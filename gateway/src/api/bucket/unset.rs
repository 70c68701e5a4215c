//! Settings that cannot be made here. Setting one is refused; asking for one is
//! answered with the truth, that there is none, so that tools which read every
//! setting of a bucket can go on.
//!
//! Source: the S3 API reference's page of each Get.

use std::marker::PhantomData;

use policy::Action;

use super::named;
use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply, xml};

/// A setting that no bucket has.
pub trait Unset: Send + Sync + 'static {
    /// The operation's name.
    const NAME: &'static str;
    /// The right to ask.
    const ACTION: Action;
    /// How its absence is said: an empty document of this name, or a code.
    const ANSWER: Result<&'static str, Code>;
}

/// Reads a setting that no bucket has.
pub struct GetUnset<U> {
    bucket: String,
    kind: PhantomData<fn() -> U>,
}

impl<U: Unset> Operation for GetUnset<U> {
    const NAME: &'static str = U::NAME;
    type Output = &'static str;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Ok(Self { bucket: named(request)?, kind: PhantomData })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(U::ACTION, On::Bucket(self.bucket.clone()))]
    }

    async fn run(self, _: &Work) -> Result<&'static str, Fault> {
        U::ANSWER.map_err(|code| Fault::new(code).detail("BucketName", &self.bucket))
    }

    fn render(root: &'static str, dialect: &'static Dialect) -> Reply {
        Reply::xml(xml::document(root, Some(dialect.namespace), |_| ()))
    }
}

macro_rules! unset {
    ($($name:ident $operation:literal $action:ident $answer:expr;)*) => {
        $(
            #[doc = concat!("`", $operation, "`")]
            pub struct $name;

            impl Unset for $name {
                const NAME: &'static str = $operation;
                const ACTION: Action = Action::$action;
                const ANSWER: Result<&'static str, Code> = $answer;
            }
        )*
    };
}

unset! {
    Accelerate "GetBucketAccelerateConfiguration" GetAccelerateConfiguration
        Ok("AccelerateConfiguration");
    Lifecycle "GetBucketLifecycleConfiguration" GetLifecycleConfiguration
        Err(Code::NoSuchLifecycleConfiguration);
    Logging "GetBucketLogging" GetBucketLogging Ok("BucketLoggingStatus");
    Notification "GetBucketNotificationConfiguration" GetBucketNotification
        Ok("NotificationConfiguration");
    Replication "GetBucketReplication" GetReplicationConfiguration
        Err(Code::ReplicationConfigurationNotFoundError);
    Website "GetBucketWebsite" GetBucketWebsite Err(Code::NoSuchWebsiteConfiguration);
}
