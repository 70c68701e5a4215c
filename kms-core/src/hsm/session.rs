//! One session with a token, owned by one thread, and how it mends itself.
//!
//! Opens itself on first use, keeps handles of the keys it has found (a token
//! searches linearly), and cures a failed call once (see [`fault`]). With
//! `session/` the only place that speaks PKCS#11. Not here: threads, deadlines,
//! the breaker.
//!
//! Invariants: two keys under one label are an error, never a choice. A key that
//! is found again must answer as before, or it is refused: a token that was
//! swapped or restored wrongly never wraps anything.

mod fault;
mod library;

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, SessionState};
use zeroize::Zeroize;

use self::fault::{Cure, Fault};
pub(super) use self::library::Library;
use super::hmac::HMAC_LEN;
use super::{HsmError, Label};
use crate::base::SecretBytes;

/// Key handles kept by a session; beyond that all are looked up again.
const MAX_HANDLES: usize = 4096;
/// What each key is asked when it is found: its known answer.
const QUESTION: &[u8] = b"sealgate/known-answer/1";

/// A session that opens and mends itself.
pub(super) struct TokenSession {
    library: Arc<Library>,
    open: Option<OpenSession>,
}

struct OpenSession {
    session: Session,
    generation: u64,
    handles: HashMap<String, ObjectHandle>,
}

impl TokenSession {
    /// A session of `library`, opened at its first use.
    pub(super) fn new(library: Arc<Library>) -> Self {
        Self {
            library,
            open: None,
        }
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
        self.cured(|open, _| {
            let mut bytes = SecretBytes::zeroed(len);
            open.session.generate_random_slice(bytes.expose_mut())?;
            if bytes.expose().iter().all(|byte| *byte == 0) {
                return Err(Fault::unavailable(
                    "the token's generator is stuck",
                    Cure::Session,
                ));
            }
            Ok(bytes)
        })
    }

    /// Makes a secret and proves it through a fresh session. Not tried again
    /// after a failure, since the token may have made it.
    pub(super) fn generate(&mut self, label: &Label) -> Result<(), HsmError> {
        if self.cured(|open, _| open.search(label))?.is_some() {
            return Err(HsmError::Exists(label.to_owned()));
        }
        self.once(|open, library| open.generate(library, label))
            .map_err(|fault| fault.error)?;
        self.close();
        match self.cured(|open, library| open.look_up(library, label))? {
            Some(_) => Ok(()),
            None => Err(HsmError::Unavailable(format!(
                "the token does not find {label} just made"
            ))),
        }
    }

    /// True when one secret bears the label.
    pub(super) fn find(&mut self, label: &Label) -> Result<bool, HsmError> {
        // Asked of the token and not of the handles: they may be stale.
        self.cured(|open, library| {
            open.handles.remove(label);
            Ok(open.look_up(library, label)?.is_some())
        })
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
        self.cured(|open, library| {
            open.handles.remove(label);
            if let Some(handle) = open.search(label)? {
                open.session.destroy_object(handle)?;
            }
            library.forget(label);
            Ok(())
        })
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
            self.open = Some(OpenSession {
                session,
                generation,
                handles: HashMap::new(),
            });
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
                let mended = self.open.as_mut().is_some_and(|open| {
                    open.handles.clear();
                    library.login(&open.session).is_ok()
                });
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
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.generation != self.library.generation())
        {
            mem::forget(self.open.take());
        }
    }
}

impl Drop for TokenSession {
    fn drop(&mut self) {
        self.close();
    }
}

impl OpenSession {
    /// The handle of the key `label`, which has just or before proved itself.
    fn look_up(&mut self, library: &Library, label: &Label) -> Result<Option<ObjectHandle>, Fault> {
        if let Some(handle) = self.handles.get(label) {
            return Ok(Some(*handle));
        }
        let missing = || HsmError::NotFound(label.to_owned());
        let Some(handle) = self.search(label)? else {
            if library.just_went_missing(label) {
                return Err(Fault {
                    error: missing(),
                    cure: Cure::Session,
                });
            }
            return Ok(None);
        };
        let answer = self.sign(handle, QUESTION)?;
        if !answer
            .expose()
            .try_into()
            .is_ok_and(|answer| library.proves(label, answer))
        {
            tracing::error!(label, "the token now holds another key under this label");
            return Err(Fault::is(missing()));
        }
        if self.handles.len() >= MAX_HANDLES {
            self.handles.clear();
        }
        self.handles.insert(label.to_owned(), handle);
        Ok(Some(handle))
    }

    fn search(&self, label: &Label) -> Result<Option<ObjectHandle>, Fault> {
        let found = self.session.find_objects(&[
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::Token(true),
            Attribute::Label(label.as_bytes().to_vec()),
        ])?;
        match found.as_slice() {
            // Logged out, a token hides private keys instead of refusing.
            [] if self.session.get_session_info()?.session_state() != SessionState::RwUser => Err(
                Fault::unavailable("logged out of the token elsewhere", Cure::Login),
            ),
            [] => Ok(None),
            [handle] => Ok(Some(*handle)),
            _ => Err(Fault::is(HsmError::Misconfigured(format!(
                "{} keys in the token are labelled {label}; remove all but the right one",
                found.len()
            )))),
        }
    }

    fn generate(&mut self, library: &Library, label: &Label) -> Result<(), Fault> {
        let template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::GENERIC_SECRET),
            Attribute::ValueLen(32.into()),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
            Attribute::Verify(true),
            Attribute::Label(label.as_bytes().to_vec()),
            Attribute::Id(label.as_bytes().to_vec()),
        ];
        let handle = self
            .session
            .generate_key(&Mechanism::GenericSecretKeyGen, &template)?;
        self.refuse_extractable(handle, label)?;
        let answer = self.sign(handle, QUESTION)?;
        library.forget(label);
        if let Ok(answer) = answer.expose().try_into() {
            library.proves(label, answer);
        }
        Ok(())
    }

    /// Some tokens let their own policy override a template.
    fn refuse_extractable(&self, handle: ObjectHandle, label: &Label) -> Result<(), Fault> {
        let asked = [AttributeType::Sensitive, AttributeType::Extractable];
        let mut made = self.session.get_attributes(handle, &asked)?.into_iter();
        let safe = made.len() == asked.len()
            && made.all(|attribute| {
                matches!(
                    attribute,
                    Attribute::Sensitive(true) | Attribute::Extractable(false)
                )
            });
        if safe {
            return Ok(());
        }
        self.session.destroy_object(handle)?;
        let reason = format!("the token made {label} extractable; it was destroyed again");
        Err(Fault::is(HsmError::Misconfigured(reason)))
    }

    fn sign(&self, handle: ObjectHandle, data: &[u8]) -> Result<SecretBytes, Fault> {
        let mut code = self.session.sign(&Mechanism::Sha256Hmac, handle, data)?;
        let secret = SecretBytes::copy_from(&code);
        code.zeroize();
        if secret.len() == HMAC_LEN {
            return Ok(secret);
        }
        Err(Fault::unavailable(
            "the token's HMAC has the wrong length",
            Cure::Session,
        ))
    }
}
