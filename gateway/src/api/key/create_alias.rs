//! CreateAlias (KMS API reference).

use kms_core::key::{AliasName, KeyRef};
use serde::Deserialize;

use super::{caller, key_ref, nothing, read};
use crate::api::faults::aws_key_fault;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply};

/// Gives a key a name.
pub struct CreateAlias {
    name: AliasName,
    key: KeyRef,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    alias_name: String,
    target_key_id: String,
}

impl Operation for CreateAlias {
    const NAME: &'static str = "CreateAlias";
    type Output = ();

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let asked: Asked = read(request)?;
        let name = alias_named(&asked.alias_name)?;
        Ok(Self { name, key: key_ref(&asked.target_key_id)? })
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<(), Fault> {
        let made = work.gateway.kms.create_alias(&caller(work)?, &self.name, &self.key).await;
        made.map(|_| ()).map_err(aws_key_fault)
    }

    fn render((): (), _: &'static Dialect) -> Reply {
        nothing()
    }
}

/// An alias as AWS spells it: `alias/NAME`. Errors: `InvalidAliasNameException`.
pub(super) fn alias_named(text: &str) -> Result<AliasName, Fault> {
    let refused = || {
        Fault::new(Code::InvalidAliasNameException)
            .message(format!("Invalid alias name '{text}': it must begin with 'alias/'."))
    };
    let name = text.strip_prefix("alias/").ok_or_else(refused)?;
    AliasName::parse(name).map_err(|_| refused())
}
