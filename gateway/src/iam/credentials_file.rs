//! The root account's access key as a file in the AWS shared-credentials format
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>).

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use kms_core::base::SecretBytes;
use zeroize::Zeroizing;

/// Where the file of a data directory is.
pub fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("credentials")
}

/// Writes the file, mode 0600, whole or not at all.
pub(super) fn write(data_dir: &Path, access_key_id: &str, secret: &SecretBytes) -> io::Result<()> {
    let mut text = Zeroizing::new(Vec::with_capacity(256));
    text.extend_from_slice(b"[default]\naws_access_key_id = ");
    text.extend_from_slice(access_key_id.as_bytes());
    text.extend_from_slice(b"\naws_secret_access_key = ");
    text.extend_from_slice(secret.expose());
    text.push(b'\n');

    let draft = data_dir.join("credentials.new");
    match std::fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(&text)?;
    file.sync_all()?;
    std::fs::rename(&draft, path(data_dir))?;
    File::open(data_dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_file_is_closed_to_others_and_replaced_whole() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "SGAKOLD", &SecretBytes::copy_from(b"old")).unwrap();
        write(dir.path(), "SGAKNEW", &SecretBytes::copy_from(b"new")).unwrap();
        let path = path(dir.path());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            std::fs::read_to_string(path).unwrap(),
            "[default]\naws_access_key_id = SGAKNEW\naws_secret_access_key = new\n"
        );
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
