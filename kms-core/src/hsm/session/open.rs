//! What is asked of a token in one open session: find, make, use and destroy keys.
//!
//! Keeps the handles of keys that it has found, since a token searches linearly.
//!
//! Invariants: two keys under one label are an error, never a choice. A key that
//! is found again must answer as it did before, or it is not found: a token that
//! was swapped or restored wrongly never wraps anything.

use std::collections::HashMap;
use std::mem;

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, SessionState};
use zeroize::Zeroize;

use super::Library;
use super::fault::{Cure, Fault};
use crate::base::SecretBytes;
use crate::hsm::hmac::HMAC_LEN;
use crate::hsm::{HsmError, Label};

/// Key handles kept by a session; beyond that all are looked up again.
const MAX_HANDLES: usize = 4096;
/// What each key is asked when it is found: its known answer.
const QUESTION: &[u8] = b"sealgate/known-answer/1";

/// A session, open and logged in.
pub(super) struct OpenSession {
    session: Session,
    generation: u64,
    handles: HashMap<String, ObjectHandle>,
}

impl OpenSession {
    /// Takes over a logged-in `session`, opened in `generation` of the library.
    pub(super) fn new(session: Session, generation: u64) -> Self {
        Self { session, generation, handles: HashMap::new() }
    }

    /// The generation of the library that this session belongs to.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Forgets the session without closing it.
    pub(super) fn abandon(self) {
        mem::forget(self.session);
    }

    /// Logs in and forgets all handles, which a logout makes invalid.
    pub(super) fn login_again(&mut self, library: &Library) -> Result<(), Fault> {
        self.handles.clear();
        library.login(&self.session)
    }

    /// `len` bytes of the token's generator (C_GenerateRandom); `len` is large
    /// enough that zeros alone mean a broken one.
    pub(super) fn random(&self, len: usize) -> Result<SecretBytes, Fault> {
        let mut bytes = SecretBytes::zeroed(len);
        self.session.generate_random_slice(bytes.expose_mut())?;
        if bytes.expose().iter().all(|byte| *byte == 0) {
            return Err(Fault::unavailable("the token's generator is stuck", Cure::Session));
        }
        Ok(bytes)
    }

    /// Makes the key `label`, which is known to be absent, and remembers its
    /// known answer.
    pub(super) fn generate(&mut self, library: &Library, label: &Label) -> Result<(), Fault> {
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
        let handle = self.session.generate_key(&Mechanism::GenericSecretKeyGen, &template)?;
        self.refuse_extractable(handle, label)?;
        let answer = self.sign(handle, QUESTION)?;
        library.forget(label);
        if let Ok(answer) = answer.expose().try_into() {
            library.proves(label, answer);
        }
        Ok(())
    }

    /// Destroys the key `label` (C_DestroyObject); absent is fine.
    pub(super) fn destroy(&mut self, library: &Library, label: &Label) -> Result<(), Fault> {
        self.handles.remove(label);
        if let Some(handle) = self.search(label)? {
            self.session.destroy_object(handle)?;
        }
        library.forget(label);
        Ok(())
    }

    /// As [`OpenSession::look_up`], asking the token and not the kept handles,
    /// which may be stale.
    pub(super) fn look_up_anew(
        &mut self,
        library: &Library,
        label: &Label,
    ) -> Result<Option<ObjectHandle>, Fault> {
        self.handles.remove(label);
        self.look_up(library, label)
    }

    /// The handle of the key `label`, which has proved itself; `None` where there
    /// is no such key or another one by now.
    pub(super) fn look_up(
        &mut self,
        library: &Library,
        label: &Label,
    ) -> Result<Option<ObjectHandle>, Fault> {
        if let Some(handle) = self.handles.get(label) {
            return Ok(Some(*handle));
        }
        let Some(handle) = self.search(label)? else {
            if library.just_went_missing(label) {
                let error = HsmError::NotFound(label.to_owned());
                return Err(Fault { error, cure: Cure::Session });
            }
            return Ok(None);
        };
        let answer = self.sign(handle, QUESTION)?;
        if !answer.expose().try_into().is_ok_and(|answer| library.proves(label, answer)) {
            tracing::error!(label, "the token now holds another key under this label");
            return Ok(None);
        }
        if self.handles.len() >= MAX_HANDLES {
            self.handles.clear();
        }
        self.handles.insert(label.to_owned(), handle);
        Ok(Some(handle))
    }

    /// The one key `label` in the token, proved or not.
    pub(super) fn search(&self, label: &Label) -> Result<Option<ObjectHandle>, Fault> {
        let found = self.session.find_objects(&[
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::Token(true),
            Attribute::Label(label.as_bytes().to_vec()),
        ])?;
        match found.as_slice() {
            // Logged out, a token hides private keys instead of refusing.
            [] if self.session.get_session_info()?.session_state() != SessionState::RwUser => {
                Err(Fault::unavailable("logged out of the token elsewhere", Cure::Login))
            }
            [] => Ok(None),
            [handle] => Ok(Some(*handle)),
            _ => Err(Fault::is(HsmError::Misconfigured(format!(
                "{} keys in the token are labelled {label}; remove all but the right one",
                found.len()
            )))),
        }
    }

    /// Some tokens let their own policy override a template.
    fn refuse_extractable(&self, handle: ObjectHandle, label: &Label) -> Result<(), Fault> {
        let asked = [AttributeType::Sensitive, AttributeType::Extractable];
        let mut made = self.session.get_attributes(handle, &asked)?.into_iter();
        let safe = made.len() == asked.len()
            && made.all(|attribute| {
                matches!(attribute, Attribute::Sensitive(true) | Attribute::Extractable(false))
            });
        if safe {
            return Ok(());
        }
        self.session.destroy_object(handle)?;
        let reason = format!("the token made {label} extractable; it was destroyed again");
        Err(Fault::is(HsmError::Misconfigured(reason)))
    }

    /// HMAC-SHA256 (C_Sign, CKM_SHA256_HMAC).
    pub(super) fn sign(&self, handle: ObjectHandle, data: &[u8]) -> Result<SecretBytes, Fault> {
        let mut code = self.session.sign(&Mechanism::Sha256Hmac, handle, data)?;
        let secret = SecretBytes::copy_from(&code);
        code.zeroize();
        if secret.len() == HMAC_LEN {
            return Ok(secret);
        }
        Err(Fault::unavailable("the token's HMAC has the wrong length", Cure::Session))
    }
}
