//! The shape of the key service's operations: a document in, a call of the key
//! service, a document out.
//!
//! Parsing, the caller and his rate are the same for all, so an operation is
//! its fields and one method. Rights to keys are judged by the key service.

use std::marker::PhantomData;

use kms_core::kms::{Caller, Kms};
use serde::de::DeserializeOwned;

use super::asked::Asked;
use super::read;
use crate::api::huawei_faults::huawei_key_fault;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply};

/// What an operation works with.
pub struct Service<'a> {
    /// The key service.
    pub kms: &'a Kms,
    /// Who asks.
    pub caller: Caller,
    /// The request.
    pub work: &'a Work,
}

/// An operation of AWS KMS; the type is its request document.
pub trait AwsCall: DeserializeOwned + Send + 'static {
    /// The operation's documented name.
    const NAME: &'static str;

    /// Does it and writes the answer.
    fn answer(self, service: &Service<'_>) -> impl Future<Output = Result<Reply, Fault>> + Send;
}

/// An [`AwsCall`] as an operation.
pub struct Aws<C>(C);

impl<C: AwsCall> Operation for Aws<C> {
    const NAME: &'static str = C::NAME;
    type Output = Reply;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        read(request).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<Reply, Fault> {
        let caller = super::caller(work)?;
        self.0.answer(&Service { kms: &work.gateway.kms, caller, work }).await
    }

    fn render(reply: Reply, _: &'static Dialect) -> Reply {
        reply
    }
}

/// An operation of Huawei's KMS.
pub trait HuaweiCall: Send + 'static {
    /// The operation's documented name.
    const NAME: &'static str;

    /// Reads the fields, does it and writes the answer.
    fn answer(
        asked: &Asked,
        service: &Service<'_>,
    ) -> impl Future<Output = Result<Reply, Fault>> + Send;
}

/// A [`HuaweiCall`] as an operation.
pub struct Huawei<C> {
    asked: Asked,
    call: PhantomData<fn() -> C>,
}

impl<C: HuaweiCall> Operation for Huawei<C> {
    const NAME: &'static str = C::NAME;
    type Output = Reply;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Ok(Self { asked: Asked::read(request)?, call: PhantomData })
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<Reply, Fault> {
        let account = work.caller.account.as_ref().ok_or(Code::Kms0302)?;
        let is_other = |project: &str| project != account.project_id;
        if self.asked.project().is_some_and(is_other) {
            return Err(Code::Kms0321.into());
        }
        let caller = work.kms_caller(None);
        work.gateway.kms.admit(&caller).map_err(huawei_key_fault)?;
        C::answer(&self.asked, &Service { kms: &work.gateway.kms, caller, work }).await
    }

    fn render(reply: Reply, _: &'static Dialect) -> Reply {
        reply
    }
}
