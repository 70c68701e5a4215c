//! The PKCS#11 module of this process: loaded once, initialised, and initialised
//! again when it lost its token.
//!
//! Initialising again ends every session of the process and reuses their
//! handles, so it happens only while no call is running ([`Library::enter`]), and
//! each session knows the generation it was opened in.

use std::collections::HashMap;
use std::mem;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::MechanismType;
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::RawAuthPin;

use super::fault::{Cure, Fault};
use crate::base::SecretBytes;
use crate::hsm::HsmError;

/// Answers that are remembered, one a key; beyond that all are forgotten.
const MAX_PROOFS: usize = 4096;

/// The module, shared by the threads that own sessions.
pub(in crate::hsm) struct Library {
    module: PathBuf,
    token_label: String,
    pin: SecretBytes,
    loaded: Mutex<Option<Pkcs11>>,
    calls: RwLock<()>,
    generation: AtomicU64,
    pin_refused: AtomicBool,
    proofs: Mutex<HashMap<String, Proof>>,
}

/// What a key answered when it was first found.
struct Proof {
    answer: [u8; 32],
    missing: bool,
}

impl Library {
    /// The module at `module`, not yet loaded; its token `token_label` is logged
    /// into as the user with `pin`.
    pub(in crate::hsm) fn new(module: PathBuf, token_label: String, pin: SecretBytes) -> Self {
        Self {
            module,
            token_label,
            pin,
            loaded: Mutex::default(),
            calls: RwLock::default(),
            generation: AtomicU64::new(0),
            pin_refused: AtomicBool::new(false),
            proofs: Mutex::default(),
        }
    }

    /// Held for the length of a call; the library stays initialised meanwhile.
    pub(super) fn enter(&self) -> RwLockReadGuard<'_, ()> {
        self.calls.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts initialisations. Sessions of another generation are dead, and their
    /// handles may by now belong to others.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// A new session with the token, logged in. Inside [`Library::enter`].
    pub(super) fn open_session(&self) -> Result<Session, Fault> {
        let context = self.context()?;
        let slot = self.slot(&context)?;
        if context.get_token_info(slot)?.user_pin_final_try() {
            let reason = "the token has one PIN try left, which is not spent here; log in once by \
                          its own tool";
            return Err(Fault::is(HsmError::Misconfigured(reason.into())));
        }
        let session = context.open_rw_session(slot)?;
        self.login(&session)?;
        Ok(session)
    }

    /// Logs the process in; that it is already is fine. A refused PIN is never
    /// offered again, or the token would lock itself.
    pub(super) fn login(&self, session: &Session) -> Result<(), Fault> {
        if self.pin_refused.load(Ordering::Acquire) {
            return Err(self.pin_fault());
        }
        let pin = RawAuthPin::new(Box::new(self.pin.expose().to_vec()));
        match session.login_with_raw(UserType::User, &pin) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinLenRange, _)) => {
                self.pin_refused.store(true, Ordering::Release);
                Err(self.pin_fault())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// True when the token can do HMAC-SHA256 and make secrets. Inside
    /// [`Library::enter`].
    pub(super) fn has_mechanisms(&self) -> Result<bool, Fault> {
        let context = self.context()?;
        let offered = context.get_mechanism_list(self.slot(&context)?)?;
        let needed = [MechanismType::SHA256_HMAC, MechanismType::GENERIC_SECRET_KEY_GEN];
        Ok(needed.iter().all(|mechanism| offered.contains(mechanism)))
    }

    /// Finalises and initialises the library, unless that happened since `seen`
    /// or a call is running: a hung one must not have the library pulled away.
    pub(super) fn initialise_again(&self, seen: u64) {
        let Ok(_alone) = self.calls.try_write() else {
            return;
        };
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if self.generation() != seen {
            return;
        }
        self.generation.fetch_add(1, Ordering::AcqRel);
        if let Some(context) = loaded.take() {
            // Fails when the library was never or is no longer initialised,
            // which is where this leads anyway.
            let _ = context.finalize();
        }
    }

    /// Compares `answer` with what the key `label` answered before, and remembers
    /// it the first time. False: the token now holds another key.
    pub(super) fn proves(&self, label: &str, answer: [u8; 32]) -> bool {
        let mut proofs = self.proofs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = proofs.get_mut(label) {
            known.missing = false;
            return known.answer == answer;
        }
        if proofs.len() >= MAX_PROOFS {
            proofs.clear();
        }
        proofs.insert(label.to_owned(), Proof { answer, missing: false });
        true
    }

    /// True when the key `label` was there until now: worth another look.
    pub(super) fn just_went_missing(&self, label: &str) -> bool {
        let mut proofs = self.proofs.lock().unwrap_or_else(PoisonError::into_inner);
        proofs.get_mut(label).is_some_and(|known| !mem::replace(&mut known.missing, true))
    }

    /// Forgets what `label` answered: it was destroyed.
    pub(super) fn forget(&self, label: &str) {
        self.proofs.lock().unwrap_or_else(PoisonError::into_inner).remove(label);
    }

    fn context(&self) -> Result<Pkcs11, Fault> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(context) = &*loaded {
            return Ok(context.clone());
        }
        let context = Pkcs11::new(&self.module).map_err(|error| {
            Fault::is(HsmError::Misconfigured(format!("{}: {error}", self.module.display())))
        })?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(error.into()),
        }
        *loaded = Some(context.clone());
        Ok(context)
    }

    /// The slot of the one token with the label. None is a fault that a new
    /// initialisation may cure: some modules list tokens only then.
    fn slot(&self, context: &Pkcs11) -> Result<Slot, Fault> {
        let mut found = None;
        for slot in context.get_slots_with_initialized_token()? {
            if context.get_token_info(slot)?.label() != self.token_label {
                continue;
            }
            if found.replace(slot).is_some() {
                let reason = format!("two tokens are labelled {}", self.token_label);
                return Err(Fault::is(HsmError::Misconfigured(reason)));
            }
        }
        found.ok_or_else(|| {
            let reason = format!("no token is labelled {}", self.token_label);
            Fault::unavailable(reason, Cure::Library)
        })
    }

    fn pin_fault(&self) -> Fault {
        Fault::is(HsmError::Misconfigured(format!(
            "token {} refused the PIN; it is not offered again until a restart",
            self.token_label
        )))
    }
}
