//! `HEAD ?apiversion`: how the SDKs of OBS find out which dialect a server
//! speaks, before they sign anything.

use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply};

/// Tells that OBS is spoken here, to anybody and of any bucket: the request that
/// follows says whether the bucket exists.
pub struct ApiVersion;

impl Operation for ApiVersion {
    const NAME: &'static str = "ApiVersion";
    type Output = ();

    fn parse(_: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, _: &Work) -> Result<(), Fault> {
        Ok(())
    }

    /// The header has its OBS name in every dialect: the request is not signed.
    fn render((): (), _: &'static Dialect) -> Reply {
        Reply::ok().with("x-obs-api", "3.0")
    }
}
