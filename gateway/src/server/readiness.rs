//! The dependencies without which the gateway is not ready.

use std::sync::Arc;

use kms_core::root::Root;

use crate::context::Gateway;
use crate::edge::admin::Check;

/// A check for each dependency: catalog, HSM, backing store.
pub(super) fn checks(gateway: &Arc<Gateway>, root: &Arc<Root>) -> Vec<Check> {
    let catalog = gateway.catalog.clone();
    let root = root.clone();
    let backing = gateway.objects.backing.clone();
    vec![
        Check::new("catalog", move || {
            let catalog = catalog.clone();
            Box::pin(async move { catalog.writer_check().await.map_err(|error| error.to_string()) })
        }),
        Check::new("hsm", move || {
            let root = root.clone();
            Box::pin(async move { root.prove().await.map_err(|error| error.to_string()) })
        }),
        Check::new("store", move || {
            let backing = backing.clone();
            Box::pin(async move { backing.probe().await.map_err(|error| error.to_string()) })
        }),
    ]
}
