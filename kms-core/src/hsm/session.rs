//! One session with a token, owned by one thread, and how it mends itself.
//!
//! Opens itself on first use and cures a failed call once, as [`fault`] says.
//! What is asked of the token is in [`open`], the module below in [`library`];
//! only these speak PKCS#11. Not here: threads, deadlines, the breaker.
//!
//! Invariant: a call is made again only where twice does no more than once.

mod fault;
mod library;
mod open;

use std::sync::Arc;

use self::fault::{Cure, Fault};
pub(super) use self::library::Library;
use self::open::OpenSession;
use super::{HsmError, Label};
use crate::base::SecretBytes;

/// A session that opens and mends itself.
pub(super) struct TokenSession {
    library: Arc<Library>,
    open: Option<OpenSession>,
}

impl TokenSession {
    /// A session of `library`, opened at its first use.
    pub(super) fn new(library: Arc<Library>) -> Self {
        Self { library, open: None }
    }

    /// Opens the session and checks that the token can do what is asked of it.
    pub(super) fn check(&mut self) -> Result<(), HsmError> {
        self.cured(|_, library| {
            if library.has_mechanisms()? {
                return Ok(());
            }
            let reason = "the token lacks CKM_SHA256_HMAC or CKM_GENERIC_SECRET_KEY_GEN";
            Err(Fault::is(HsmError::Misconfigured(reason.into())))
        })
    }

    /// `len` bytes of the token's generator (C_GenerateRandom).
    pub(super) fn random(&mut self, len: usize) -> Result<SecretBytes, HsmError> {
        self.cured(|open, _| open.random(len))
    }

    /// Makes a secret and proves it through a fresh session. Not tried again
    /// after a failure, since the token may have made it.
    pub(super) fn generate(&mut self, label: &Label) -> Result<(), HsmError> {
        if self.cured(|open, _| open.search(label))?.is_some() {
            return Err(HsmError::Exists(label.to_owned()));
        }
        self.once(|open, library| open.generate(library, label)).map_err(|fault| fault.error)?;
        self.close();
        match self.cured(|open, library| open.look_up(library, label))? {
            Some(_) => Ok(()),
            None => {
                Err(HsmError::Unavailable(format!("the token does not find {label} just made")))
            }
        }
    }

    /// True when one secret bears the label.
    pub(super) fn find(&mut self, label: &Label) -> Result<bool, HsmError> {
        self.cured(|open, library| Ok(open.look_up_anew(library, label)?.is_some()))
    }

    /// HMAC-SHA256 under the secret (C_Sign, CKM_SHA256_HMAC).
    pub(super) fn hmac_sha256(
        &mut self,
        label: &Label,
        data: &[u8],
    ) -> Result<SecretBytes, HsmError> {
        self.cured(|open, library| {
            let handle = open
                .look_up(library, label)?
                .ok_or_else(|| Fault::is(HsmError::NotFound(label.to_owned())))?;
            open.sign(handle, data)
        })
    }

    /// Destroys the secret; absent is fine.
    pub(super) fn destroy(&mut self, label: &Label) -> Result<(), HsmError> {
        self.cured(|open, library| open.destroy(library, label))
    }

    /// Makes a call, cures what failed, and makes it once more.
    fn cured<T>(
        &mut self,
        call: impl Fn(&mut OpenSession, &Library) -> Result<T, Fault>,
    ) -> Result<T, HsmError> {
        let fault = match self.once(&call) {
            Ok(answer) => return Ok(answer),
            Err(fault) if fault.cure == Cure::None => return Err(fault.error),
            Err(fault) => fault,
        };
        tracing::warn!(error = %fault.error, cure = ?fault.cure, "HSM call failed, trying again");
        self.apply(fault.cure);
        self.once(&call).map_err(|fault| {
            self.apply(fault.cure);
            fault.error
        })
    }

    fn once<T>(
        &mut self,
        call: impl Fn(&mut OpenSession, &Library) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let library = Arc::clone(&self.library);
        let _running = library.enter();
        self.drop_dead();
        if self.open.is_none() {
            let generation = library.generation();
            let session = library.open_session().map_err(Fault::of_opening)?;
            self.open = Some(OpenSession::new(session, generation));
        }
        match &mut self.open {
            Some(open) => call(open, &library),
            None => Err(Fault::unavailable("no session", Cure::Session)),
        }
    }

    fn apply(&mut self, cure: Cure) {
        match cure {
            Cure::None => {}
            Cure::Login => {
                let library = Arc::clone(&self.library);
                let _running = library.enter();
                self.drop_dead();
                let mended =
                    self.open.as_mut().is_some_and(|open| open.login_again(&library).is_ok());
                if !mended {
                    self.open = None;
                }
            }
            Cure::Session => self.close(),
            Cure::Library => {
                let seen = self.library.generation();
                self.close();
                self.library.initialise_again(seen);
            }
        }
    }

    fn close(&mut self) {
        let library = Arc::clone(&self.library);
        let _running = library.enter();
        self.drop_dead();
        self.open = None;
    }

    /// Forgets a session of an earlier generation without closing it, since its
    /// handle may be another thread's session by now.
    fn drop_dead(&mut self) {
        let now = self.library.generation();
        if let Some(dead) = self.open.take_if(|open| open.generation() != now) {
            dead.abandon();
        }
    }
}

impl Drop for TokenSession {
    fn drop(&mut self) {
        self.close();
    }
}
