//! What the gateway says on start: where it listens, what to type next, and
//! what an operator must not overlook.

use std::path::Path;

use super::endpoint::Endpoint;
use crate::config::{Listener, Provider, Settings};

/// The lines for people. `program` is the command as it was typed, so that what
/// is printed can be typed too: after `make run` it is on nobody's path.
pub(super) fn lines(
    settings: &Settings,
    endpoint: &Endpoint,
    data_dir: &Path,
    program: &str,
) -> String {
    let mut text = format!("Sealgate {} is ready.\n", env!("CARGO_PKG_VERSION"));
    let listeners =
        [("https", &endpoint.https), ("http", &endpoint.http), ("admin", &endpoint.admin)];
    for (name, url) in listeners {
        text.push_str(&format!("  {name:6} {}\n", url.as_deref().unwrap_or("off")));
    }
    text.push_str(&format!("  data   {}\n", data_dir.display()));
    for warning in warnings(settings) {
        text.push_str(&format!("WARNING: {warning}\n"));
    }
    let own_dir = match settings.data_dir == Settings::default().data_dir {
        true => String::new(),
        false => format!(" --data-dir {}", data_dir.display()),
    };
    text.push_str(&format!(
        "Next, in another terminal:\n  \
         eval \"$({program} env{own_dir})\"\n  \
         aws s3 mb s3://photos\n  \
         aws s3 cp FILE s3://photos/ --sse aws:kms\n"
    ));
    text
}

/// What an operator must know about these settings.
pub(super) fn warnings(settings: &Settings) -> Vec<&'static str> {
    let mut found = Vec::new();
    if settings.hsm.provider == Provider::Software {
        found.push(
            "the root of trust is a file in the data directory, not an HSM: whoever copies the \
             directory has every key. Set hsm.provider = \"pkcs11\" for a token.",
        );
    }
    if !settings.tls.require_for_sse {
        found.push(
            "tls.require_for_sse = false: SSE-KMS and SSE-C are served over plain HTTP, where \
             data and customers' keys can be read on the wire.",
        );
    }
    if is_exposed(settings.listen.http) && settings.tls.trusted_proxies.is_empty() {
        found.push(
            "listen.http is reachable from other machines without TLS. Set listen.http = \"off\", \
             or put a proxy in front of it and name it in tls.trusted_proxies.",
        );
    }
    if is_exposed(settings.listen.admin) {
        found.push("listen.admin is reachable from other machines; it asks for no credentials.");
    }
    found
}

fn is_exposed(listener: Listener) -> bool {
    listener.address().is_some_and(|address| !address.ip().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_command_is_the_program_that_was_started() {
        let endpoint = Endpoint {
            https: None,
            http: None,
            admin: None,
            ca_file: None,
            credentials_file: None,
            region: "us-east-1".to_owned(),
        };
        let settings = Settings::default();
        let text = lines(&settings, &endpoint, Path::new("/data"), "target/release/sealgate");
        assert!(text.contains("eval \"$(target/release/sealgate env)\"\n"), "{text}");
    }

    #[test]
    fn the_defaults_warn_of_the_software_root_alone() {
        let found = warnings(&Settings::default());
        assert_eq!(found.len(), 1);
        assert!(found.concat().contains("not an HSM"));
    }

    #[test]
    fn plain_listeners_beyond_loopback_and_a_lifted_https_rule_are_said_loudly() {
        let mut settings = Settings::default();
        settings.hsm.provider = Provider::Pkcs11;
        settings.tls.require_for_sse = false;
        settings.listen.http = "0.0.0.0:9000".to_owned().try_into().unwrap();
        settings.listen.admin = "[::]:9090".to_owned().try_into().unwrap();
        assert_eq!(warnings(&settings).len(), 3);
    }
}
