//! `sealgate env`.

use clap::Args;

use super::text::shell_word;
use super::{DataDir, Failure, print};
use crate::server::endpoint::Endpoint;

/// Print the exports that point aws and the AWS SDKs at the gateway
///
/// Use it as: eval "$(sealgate env)"
#[derive(Args, Debug)]
pub(super) struct Env {
    #[command(flatten)]
    at: DataDir,
}

impl Env {
    pub(super) fn run(self) -> Result<(), Failure> {
        let dir = &self.at.data_dir;
        let endpoint = Endpoint::read(dir).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Failure::failed(format!(
                "no gateway has been started in {0}; start it with: sealgate serve --data-dir {0}",
                dir.display()
            )),
            _ => Failure::failed(format!("cannot read what {} recorded: {error}", dir.display())),
        })?;
        print(&exports(&endpoint)?)
    }
}

fn exports(endpoint: &Endpoint) -> Result<String, Failure> {
    let url = endpoint.https.as_ref().or(endpoint.http.as_ref());
    let url = url.ok_or_else(|| Failure::failed("the gateway listens to no clients"))?;
    let region = Some(&endpoint.region);
    let mut lines = vec![("AWS_ENDPOINT_URL", Some(url))];
    if endpoint.https.is_some() {
        lines.push(("AWS_CA_BUNDLE", endpoint.ca_file.as_ref()));
    }
    lines.push(("AWS_SHARED_CREDENTIALS_FILE", endpoint.credentials_file.as_ref()));
    let profile = "default".to_owned();
    lines.push(("AWS_PROFILE", endpoint.credentials_file.as_ref().map(|_| &profile)));
    lines.push(("AWS_DEFAULT_REGION", region));
    lines.push(("AWS_REGION", region));
    let given = lines.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    let mut text: String =
        given.map(|(name, value)| format!("export {name}={}\n", shell_word(value))).collect();
    match &endpoint.credentials_file {
        // Keys in the environment would win over the file.
        Some(_) => {
            text.push_str("unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN\n");
        }
        None => text.push_str(
            "# The root keys were given to the server as SEALGATE_ROOT_*: export them as\n\
             # AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.\n",
        ),
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_preferred_and_brings_its_ca() {
        let endpoint = Endpoint {
            https: Some("https://127.0.0.1:9443".to_owned()),
            http: Some("http://127.0.0.1:9000".to_owned()),
            admin: None,
            region: "us-east-1".to_owned(),
            ca_file: Some("/a b/ca.pem".to_owned()),
            credentials_file: Some("/d/credentials".to_owned()),
        };
        let text = exports(&endpoint).unwrap();
        assert!(text.starts_with("export AWS_ENDPOINT_URL=https://127.0.0.1:9443\n"), "{text}");
        assert!(text.contains("export AWS_CA_BUNDLE='/a b/ca.pem'\n"), "{text}");
        assert!(text.contains("export AWS_PROFILE=default\n"), "{text}");
        let plain = exports(&Endpoint { https: None, ..endpoint }).unwrap();
        assert!(plain.contains("=http://127.0.0.1:9000\n") && !plain.contains("CA_BUNDLE"));
    }
}
