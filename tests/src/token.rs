//! A fresh SoftHSM token in a directory of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const LABEL: &str = "sealgate-test";
const PIN: &str = "1234-user";
const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm.so",
];

/// An initialised token. Removed with the value.
#[derive(Debug)]
pub struct Token {
    dir: TempDir,
}

impl Token {
    /// Makes a token with `softhsm2-util`.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let token = Self { dir };
        fs::create_dir(token.tokens()).expect("a directory");
        let conf =
            format!("directories.tokendir = {}\nlog.level = ERROR\n", token.tokens().display());
        fs::write(token.conf(), conf).expect("softhsm2.conf");
        fs::write(token.pin_file(), PIN).expect("the PIN");
        fs::set_permissions(token.pin_file(), fs::Permissions::from_mode(0o600)).expect("0600");
        token.initialise(&["--free"]);
        token
    }

    /// Initialises it again, which destroys all that it holds.
    pub fn initialise_again(&self) {
        self.initialise(&["--token", LABEL]);
    }

    fn initialise(&self, slot: &[&str]) {
        let arguments =
            ["--init-token", "--label", LABEL, "--so-pin", "5678-officer", "--pin", PIN];
        let made = self.command("softhsm2-util").args(arguments).args(slot).output();
        let made = made.expect("softhsm2-util: install the package softhsm2");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    /// The settings of a gateway that uses the token.
    pub fn settings(&self) -> Vec<(String, String)> {
        let text = |path: PathBuf| path.display().to_string();
        vec![
            ("SOFTHSM2_CONF".to_owned(), text(self.conf())),
            ("SEALGATE_HSM_PROVIDER".to_owned(), "pkcs11".to_owned()),
            ("SEALGATE_HSM_MODULE".to_owned(), module().to_owned()),
            ("SEALGATE_HSM_TOKEN_LABEL".to_owned(), LABEL.to_owned()),
            ("SEALGATE_HSM_PIN_FILE".to_owned(), text(self.pin_file())),
        ]
    }

    /// The secret keys in the token as `pkcs11-tool` lists them.
    pub fn secret_keys(&self) -> String {
        let arguments = [
            "--login",
            "--pin",
            PIN,
            "--token-label",
            LABEL,
            "--list-objects",
            "--type",
            "secrkey",
        ];
        let listed =
            self.command("pkcs11-tool").args(["--module", module()]).args(arguments).output();
        let listed = listed.expect("pkcs11-tool: install the package opensc");
        String::from_utf8_lossy(&listed.stdout).into_owned()
    }

    /// Where SoftHSM keeps the token.
    pub fn tokens(&self) -> PathBuf {
        self.path().join("tokens")
    }

    /// Takes the token away, as when its cable is pulled.
    pub fn unplug(&self) {
        fs::rename(self.tokens(), self.path().join("unplugged")).expect("unplugged");
    }

    /// Puts it back.
    pub fn plug(&self) {
        fs::rename(self.path().join("unplugged"), self.tokens()).expect("plugged");
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn conf(&self) -> PathBuf {
        self.path().join("softhsm2.conf")
    }

    fn pin_file(&self) -> PathBuf {
        self.path().join("pin")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("SOFTHSM2_CONF", self.conf());
        command
    }
}

impl Default for Token {
    fn default() -> Self {
        Self::new()
    }
}

fn module() -> &'static str {
    let found = MODULES.iter().find(|path| Path::new(path).exists());
    found.expect("SoftHSM's module: install the package softhsm2")
}
