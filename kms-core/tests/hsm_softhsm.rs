//! The PKCS#11 provider on a real SoftHSM 2 token: the suite of all providers,
//! and what a token does to a running process.
//!
//! SoftHSM reads its configuration from the environment, which belongs to a whole
//! process, so each test runs itself again in a process with a token of its own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what tests share is test code too")]

use std::any::type_name;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use kms_core::base::SecretBytes;
use kms_core::hsm::pkcs11::{Pkcs11Hsm, Settings};
use kms_core::hsm::{Hsm, HsmError, conformance};
use kms_core::key::wrap::WrapContext;
use kms_core::root::{Outcome, Root, RootError};

const PIN: &str = "1234-user";
const LABEL: &str = "sealgate-test";

/// Where Debian's package `softhsm2` and other distributions put the module.
const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm.so",
];

#[test]
fn softhsm_passes_the_conformance_suite() {
    on_a_token(|token| async move {
        let hsm = token.open().await;
        assert!(hsm.description().hardware);
        conformance::all(&hsm, "softhsm").await.unwrap();
    });
}

#[test]
fn softhsm_passes_the_suite_with_four_threads_at_once() {
    on_a_token(|token| async move {
        let hsm = Pkcs11Hsm::open(Settings { threads: 4, ..token.settings() }).await.unwrap();
        let hsm = Arc::new(hsm);
        let runs = (0..4).map(|run| {
            let hsm = Arc::clone(&hsm);
            tokio::spawn(async move { conformance::all(hsm.as_ref(), &run.to_string()).await })
        });
        for run in runs.collect::<Vec<_>>() {
            run.await.unwrap().unwrap();
        }
    });
}

#[test]
fn the_root_in_the_token_is_sensitive_and_never_extractable() {
    on_a_token(|token| async move {
        let hsm: Arc<dyn Hsm> = Arc::new(token.open().await);
        let (root, outcome) = Root::open(hsm, None).await.unwrap();
        assert!(matches!(outcome, Outcome::Created(_)));
        let listed = token.pkcs11_tool(&["--list-objects", "--type", "secrkey"]);
        assert!(listed.contains(&format!("sealgate-root-{}", root.record().id)), "{listed}");
        for property in ["sensitive", "always sensitive", "never extractable", "local"] {
            assert!(listed.contains(property), "{property} in {listed}");
        }
    });
}

#[test]
fn a_root_is_found_again_by_another_process() {
    on_a_token(|token| async move {
        let kept = token.dir.join("kept.json");
        let place = WrapContext::Secret { table: "t", row: "r", column: "c" };
        if !kept.exists() {
            let (root, _) = Root::open(Arc::new(token.open().await), None).await.unwrap();
            let blob = root.wrap(&place, b"hidden").await.unwrap();
            fs::write(&kept, serde_json::to_vec(&(root.record(), blob)).unwrap()).unwrap();
            return token.again("a_root_is_found_again_by_another_process");
        }
        let (record, blob): (_, Vec<u8>) =
            serde_json::from_slice(&fs::read(&kept).unwrap()).unwrap();
        let (root, outcome) = Root::open(Arc::new(token.open().await), Some(record)).await.unwrap();
        assert_eq!(outcome, Outcome::Opened);
        assert_eq!(root.unwrap(&place, &blob).await.unwrap().expose(), b"hidden");
    });
}

#[test]
fn two_keys_under_one_label_are_an_error_and_not_a_choice() {
    on_a_token(|token| async move {
        let hsm = token.open().await;
        hsm.generate("twice").await.unwrap();
        token.pkcs11_tool(&["--keygen", "--key-type", "GENERIC:32", "--label", "twice"]);
        let fresh = token.open().await;
        let used = fresh.hmac_sha256("twice", b"data").await;
        assert!(matches!(used, Err(HsmError::Misconfigured(text)) if text.contains("2 keys")));
        assert!(matches!(fresh.destroy("twice").await, Err(HsmError::Misconfigured(_))));
    });
}

#[test]
fn a_refused_pin_is_named_and_harms_no_one_else() {
    on_a_token(|token| async move {
        let wrong = || Settings { pin: SecretBytes::copy_from(b"wrong"), ..token.settings() };
        let refused = Pkcs11Hsm::open(wrong()).await.unwrap_err();
        assert!(matches!(refused, HsmError::Misconfigured(text) if text.contains("PIN")));
        conformance::all(&token.open().await, "right").await.unwrap();
    });
}

#[test]
fn a_wrong_module_or_token_label_says_what_to_correct() {
    on_a_token(|token| async move {
        let module = Settings { module: "/absent/module.so".into(), ..token.settings() };
        let refused = Pkcs11Hsm::open(module).await.unwrap_err();
        assert!(matches!(refused, HsmError::Misconfigured(text) if text.contains("/absent")));
        let label = Settings { token_label: "another".into(), ..token.settings() };
        let refused = Pkcs11Hsm::open(label).await.unwrap_err();
        assert!(matches!(refused, HsmError::Unavailable(text) if text.contains("another")));
    });
}

#[test]
fn a_token_taken_away_and_brought_back_works_without_a_restart() {
    on_a_token(|token| async move {
        let settings = Settings { threads: 4, ..token.settings() };
        let hsm = Arc::new(Pkcs11Hsm::open(settings).await.unwrap());
        let root = Arc::new(Root::open(hsm, None).await.unwrap().0);
        let (tokens, away) = (token.dir.join("tokens"), token.dir.join("away"));
        assert!(prove_at_once(&root).await.iter().all(Result::is_ok));
        for _ in 0..3 {
            fs::rename(&tokens, &away).unwrap();
            fs::create_dir(&tokens).unwrap();
            for _ in 0..4 {
                let gone = |proof: &Result<_, _>| {
                    matches!(proof, Err(RootError::Hsm(_) | RootError::Missing { .. }))
                };
                let proofs = prove_at_once(&root).await;
                assert!(proofs.iter().all(gone), "{proofs:?}");
            }
            fs::remove_dir(&tokens).unwrap();
            fs::rename(&away, &tokens).unwrap();
            // A wrong answer here would be one session's handle used by another.
            let mut tries = 0;
            while !prove_at_once(&root).await.iter().all(Result::is_ok) {
                tries += 1;
                assert!(tries < 50, "{:?}", root.prove().await);
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    });
}

/// Proves the root in 16 tasks, none of which may find another root.
async fn prove_at_once(root: &Arc<Root>) -> Vec<Result<(), RootError>> {
    let proofs: Vec<_> = (0..16)
        .map(|_| {
            let root = Arc::clone(root);
            tokio::spawn(async move { root.prove().await })
        })
        .collect();
    let mut answers = Vec::new();
    for proof in proofs {
        let answer = proof.await.unwrap();
        assert!(!matches!(answer, Err(RootError::Wrong { .. })), "{answer:?}");
        answers.push(answer);
    }
    answers
}

#[test]
fn a_key_swapped_below_a_running_process_is_refused() {
    on_a_token(|token| async move {
        let hsm = token.open().await;
        hsm.generate("mine").await.unwrap();
        hsm.hmac_sha256("mine", b"data").await.unwrap();
        token.pkcs11_tool(&["--delete-object", "--type", "secrkey", "--label", "mine"]);
        token.pkcs11_tool(&["--keygen", "--key-type", "GENERIC:32", "--label", "mine"]);
        let used = hsm.hmac_sha256("mine", b"data").await.err();
        assert_eq!(used, Some(HsmError::NotFound("mine".into())));
        conformance::all(&hsm, "unharmed").await.unwrap();
    });
}

#[test]
fn a_logout_lost_sessions_and_a_finalised_library_mend_themselves() {
    on_a_token(|token| async move {
        let (root, _) = Root::open(Arc::new(token.open().await), None).await.unwrap();
        let others = Pkcs11::new(Token::module()).unwrap();
        let slot = others.get_slots_with_initialized_token().unwrap()[0];
        root.prove().await.unwrap();
        others.open_ro_session(slot).unwrap().logout().unwrap();
        root.prove().await.expect("logged out");
        let absent = root.hsm().find("never made").await;
        assert_eq!(absent, Ok(false));
        others.open_ro_session(slot).unwrap().logout().unwrap();
        root.hsm().generate("made while logged out").await.unwrap();
        others.clone().finalize().unwrap();
        let flags = CInitializeFlags::OS_LOCKING_OK;
        others.initialize(CInitializeArgs::new(flags)).unwrap();
        root.prove().await.expect("all sessions were lost");
        others.finalize().unwrap();
        root.prove().await.expect("the library was finalised");
    });
}

/// A SoftHSM token in a directory of its own.
#[derive(Clone)]
struct Token {
    dir: PathBuf,
}

/// Runs `body` in a process of its own that sees one fresh token.
fn on_a_token<F, B>(body: B)
where
    F: Future<Output = ()>,
    B: FnOnce(Token) -> F,
{
    if let Some(dir) = env::var_os("SEALGATE_TEST_TOKEN_DIR") {
        let token = Token { dir: dir.into() };
        fs::write(token.dir.join("ran"), "").unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        return runtime.unwrap().block_on(body(token));
    }
    // `hsm_softhsm::<the test>::{{closure}}`
    let test = type_name::<B>().split("::").nth(1).unwrap();
    let dir = tempfile::tempdir().unwrap();
    Token::create(dir.path()).again(test);
    assert!(dir.path().join("ran").exists(), "no test is named {test}");
}

impl Token {
    fn create(dir: &Path) -> Self {
        fs::create_dir(dir.join("tokens")).unwrap();
        let tokens = dir.join("tokens");
        let config = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        fs::write(dir.join("softhsm2.conf"), config).unwrap();
        let token = Self { dir: dir.to_owned() };
        let init = ["--init-token", "--free", "--label", LABEL, "--so-pin", "so-1234"];
        token.command("softhsm2-util", &[&init[..], &["--pin", PIN]].concat());
        token
    }

    fn module() -> &'static str {
        MODULES.into_iter().find(|path| Path::new(path).exists()).unwrap_or_else(|| {
            panic!("no SoftHSM module found; install it: apt-get install softhsm2 opensc")
        })
    }

    fn settings(&self) -> Settings {
        let pin = SecretBytes::copy_from(PIN.as_bytes());
        let token_dir = Some(self.dir.join("tokens"));
        Settings { token_dir, ..Settings::new(Self::module().into(), LABEL.into(), pin) }
    }

    async fn open(&self) -> Pkcs11Hsm {
        Pkcs11Hsm::open(self.settings()).await.unwrap()
    }

    /// Runs the test again, in a process that sees this token.
    fn again(&self, test: &str) {
        let this = env::current_exe().unwrap();
        self.run(Command::new(this).args(["--exact", test, "--nocapture"]));
    }

    fn pkcs11_tool(&self, arguments: &[&str]) -> String {
        let login = ["--module", Self::module(), "--token-label", LABEL, "--pin", PIN];
        self.command("pkcs11-tool", &[&login[..], arguments].concat())
    }

    fn command(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.run(Command::new(program).args(arguments));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn run(&self, command: &mut Command) -> Output {
        command
            .env("SOFTHSM2_CONF", self.dir.join("softhsm2.conf"))
            .env("SEALGATE_TEST_TOKEN_DIR", &self.dir);
        let output = command.output().unwrap_or_else(|error| {
            panic!("{command:?}: {error}; install it: apt-get install softhsm2 opensc")
        });
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}\n{text}\n{errors}");
        output
    }
}
