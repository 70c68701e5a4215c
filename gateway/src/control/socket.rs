//! Where the control socket is and how it is opened.
//!
//! A socket's path is at most 107 bytes (`sun_path`, unix(7)). For a longer one
//! the directory is opened and named through `/proc/self/fd`, which is short.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// The socket's name in the data directory.
const NAME: &str = "control.sock";

/// The longest path that fits `sun_path` with its final zero.
const PATH_MAX: usize = 107;

/// Opens the socket of `data_dir` for a server that holds the directory's lock;
/// what a crashed server left is removed. Errors: the directory's.
pub fn listen(data_dir: &Path) -> io::Result<UnixListener> {
    let named = Named::new(data_dir)?;
    match std::fs::remove_file(&named.path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&named.path)?;
    std::fs::set_permissions(&named.path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Connects to the server of `data_dir`. Errors: `NotFound` or
/// `ConnectionRefused` when none is running.
pub async fn connect(data_dir: &Path) -> io::Result<UnixStream> {
    let named = Named::new(data_dir)?;
    UnixStream::connect(&named.path).await
}

/// Removes the socket when the server ends.
pub fn remove(data_dir: &Path) {
    // A leftover is harmless: nobody listens, and the next start removes it.
    let _ = std::fs::remove_file(data_dir.join(NAME));
}

/// A path that is short enough, alive as long as the directory is held open.
struct Named {
    path: PathBuf,
    _directory: Option<File>,
}

impl Named {
    fn new(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(NAME);
        if path.as_os_str().as_bytes().len() <= PATH_MAX {
            return Ok(Self { path, _directory: None });
        }
        let directory = File::open(data_dir)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}/{NAME}", directory.as_raw_fd()));
        Ok(Self { path, _directory: Some(directory) })
    }
}
