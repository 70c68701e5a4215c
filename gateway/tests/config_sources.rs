//! Where settings come from, which source wins, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use gateway::config::{Listener, Problems, Provider, Settings, Sources, effective, load};
use proptest::prelude::*;

fn from_file(text: &str) -> Result<Settings, Problems> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    load(&Sources { file: Some(file.path().to_owned()), ..Sources::default() })
}

fn from_environment(variables: &[(&str, &str)]) -> Result<Settings, Problems> {
    let environment = variables.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    load(&Sources { environment, ..Sources::default() })
}

fn refusal(result: Result<Settings, Problems>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn without_any_source_the_documented_defaults_hold() {
    let settings = load(&Sources::default()).unwrap();
    assert_eq!(settings.data_dir, std::path::Path::new("./sealgate-data"));
    assert_eq!(settings.region, "us-east-1");
    assert_eq!(String::from(settings.listen.http), "127.0.0.1:9000");
    assert_eq!(String::from(settings.listen.https), "127.0.0.1:9443");
    assert_eq!(String::from(settings.listen.admin), "127.0.0.1:9090");
    assert!(settings.tls.require_for_sse);
    assert_eq!(settings.hsm.provider, Provider::Software);
    assert_eq!(settings.backing.url, "local");
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "region = \"file-1\"\n[listen]\nhttp = \"off\"\nhttps = \"[::1]:1\"\n")
        .unwrap();
    let settings = load(&Sources {
        file: Some(file.path().to_owned()),
        environment: vec![
            ("SEALGATE_REGION".to_owned(), "env-1".to_owned()),
            ("SEALGATE_LISTEN_HTTPS".to_owned(), "127.0.0.1:2".to_owned()),
        ],
        flags: vec![("listen.https", "127.0.0.1:3".to_owned())],
    })
    .unwrap();
    assert_eq!(settings.region, "env-1");
    assert_eq!(settings.listen.http, Listener::Off);
    assert_eq!(String::from(settings.listen.https), "127.0.0.1:3");
}

#[test]
fn a_misspelt_setting_is_refused_with_its_line_and_the_nearest_name() {
    let text = refusal(from_file("region = \"a\"\n\n[tls]\nrequre_for_sse = false\n"));
    assert!(text.contains(":4: unknown setting tls.requre_for_sse"), "{text}");
    assert!(text.ends_with("did you mean tls.require_for_sse?"), "{text}");
}

#[test]
fn a_misspelt_variable_is_refused_with_the_nearest_variable() {
    let text = refusal(from_environment(&[("SEALGATE_TLS_REQUIRE_SSE", "false")]));
    assert_eq!(
        text,
        "unknown variable SEALGATE_TLS_REQUIRE_SSE; did you mean SEALGATE_TLS_REQUIRE_FOR_SSE?"
    );
}

#[test]
fn a_setting_in_the_wrong_section_is_refused() {
    assert!(refusal(from_file("[listen]\nregion = \"a\"\n")).contains("listen.region"));
    assert!(refusal(from_file("[tls.require_for_sse]\nx = 1\n")).contains("unknown setting"));
}

#[test]
fn a_variable_sets_a_switch_a_number_and_a_list() {
    let settings = from_environment(&[
        ("SEALGATE_TLS_REQUIRE_FOR_SSE", "false"),
        ("SEALGATE_HSM_THREADS", "4"),
        ("SEALGATE_BASE_DOMAINS", "a.example, b.example"),
        ("PATH", "/bin"),
    ])
    .unwrap();
    assert!(!settings.tls.require_for_sse);
    assert_eq!(settings.hsm.threads, 4);
    assert_eq!(settings.base_domains, ["a.example", "b.example"]);
}

#[test]
fn a_switch_takes_true_and_false_only() {
    let text = refusal(from_environment(&[("SEALGATE_TLS_REQUIRE_FOR_SSE", "no")]));
    assert_eq!(
        text,
        "SEALGATE_TLS_REQUIRE_FOR_SSE: tls.require_for_sse must be true or false, not \"no\""
    );
}

#[test]
fn every_problem_is_reported_at_once() {
    let text = refusal(from_file("[hsm]\nprovider = \"tpm\"\nthreads = -1\n[listn]\nhttp = 1\n"));
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains("software or pkcs11"), "{text}");
}

#[test]
fn a_token_needs_module_label_and_pin() {
    let text = refusal(from_file("[hsm]\nprovider = \"pkcs11\"\nmodule = \"/m.so\"\n"));
    assert!(text.contains("hsm.token_label") && text.contains("hsm.pin_file"), "{text}");
    assert!(!text.contains("hsm.module"), "{text}");
}

#[test]
fn half_of_a_pair_is_refused() {
    assert!(refusal(from_file("[tls]\ncert = \"/c\"\n")).contains("tls.key"));
    let text = refusal(from_environment(&[("SEALGATE_ROOT_ACCESS_KEY", "AAAAAAAAAAAAAAAA")]));
    assert!(text.contains("root_secret_key"), "{text}");
}

#[test]
fn a_secret_is_shown_neither_by_the_settings_nor_by_a_refusal() {
    let secret = "not/to/be/seen/anywhere";
    let settings = from_environment(&[
        ("SEALGATE_ROOT_ACCESS_KEY", "SGAKAAAAAAAAAAAAAAAA"),
        ("SEALGATE_ROOT_SECRET_KEY", secret),
    ])
    .unwrap();
    assert_eq!(settings.root_secret_key.as_ref().unwrap().expose(), secret.as_bytes());
    assert!(!format!("{settings:?}").contains(secret));
    assert!(!effective(&settings).contains(secret));
    let short = refusal(from_environment(&[("SEALGATE_ROOT_SECRET_KEY", "hunter2")]));
    assert!(!short.contains("hunter2"), "{short}");
}

#[test]
fn a_file_that_holds_a_secret_must_be_closed_to_others() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(
        file.path(),
        "root_access_key = \"AAAAAAAAAAAAAAAA\"\nroot_secret_key = \"ssssssssssssssss\"\n",
    )
    .unwrap();
    let sources = Sources { file: Some(file.path().to_owned()), ..Sources::default() };
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(refusal(load(&sources)).contains("chmod 600"));
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600)).unwrap();
    assert!(load(&sources).is_ok());
}

#[test]
fn the_effective_settings_read_back_as_they_were() {
    let shown = effective(&Settings::default());
    let again = from_file(&shown).unwrap();
    assert_eq!(effective(&again), shown);
}

#[test]
fn the_reference_page_is_the_table_of_settings() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations/configuration.md");
    let wanted = gateway::config::reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, &wanted).unwrap();
    }
    let page = fs::read_to_string(path).unwrap();
    assert!(page == wanted, "run: UPDATE_DOCS=1 cargo test -p gateway --test config_sources");
}

#[test]
fn every_setting_has_a_variable_of_its_own() {
    let mut variables: Vec<String> = Settings::table().iter().map(|s| s.variable()).collect();
    let count = variables.len();
    variables.sort();
    variables.dedup();
    assert_eq!(variables.len(), count);
}

proptest! {
    #[test]
    fn no_file_and_no_variable_makes_it_panic(text in ".{0,200}", name in "[A-Z_]{0,30}") {
        let _ = from_file(&text);
        let _ = from_environment(&[(&format!("SEALGATE_{name}"), &text)]);
    }
}
