//! What a PKCS#11 failure means and what cures it.
//!
//! Return codes: PKCS#11 2.40 base specification, section 5.1.6; how SoftHSM 2.6
//! uses them was measured. A cure is applied once, then the call is made again
//! where that is safe.

use cryptoki::error::{Error, RvError};

use crate::hsm::HsmError;

/// A failed call: what to tell the caller, and what to do before trying again.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) error: HsmError,
    pub(super) cure: Cure,
}

/// What may make the next try succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cure {
    /// Nothing here: the answer is final, or an operator must act.
    None,
    /// Log in on the same session and look the key handles up again.
    Login,
    /// Close the session and open another.
    Session,
    /// Finalise and initialise the library, then all of the above.
    Library,
}

impl Fault {
    /// A final answer.
    pub(super) fn is(error: HsmError) -> Self {
        Self { error, cure: Cure::None }
    }

    /// Something is wrong with the token's state that `cure` may mend.
    pub(super) fn unavailable(reason: impl Into<String>, cure: Cure) -> Self {
        Self { error: HsmError::Unavailable(reason.into()), cure }
    }

    /// Where not even a session opens, another session is no cure: SoftHSM
    /// answers CKR_GENERAL_ERROR here for a token that went away.
    pub(super) fn of_opening(mut self) -> Self {
        if self.cure == Cure::Session {
            self.cure = Cure::Library;
        }
        self
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match cure(&error) {
            Some(cure) => Self::unavailable(text, cure),
            None => Self::is(HsmError::Misconfigured(text)),
        }
    }
}

/// `None` where retrying is no use.
fn cure(error: &Error) -> Option<Cure> {
    let Error::Pkcs11(code, _) = error else {
        return None;
    };
    match code {
        // A logout anywhere in the process invalidates all private handles.
        RvError::ObjectHandleInvalid
        | RvError::KeyHandleInvalid
        | RvError::KeyChanged
        | RvError::UserNotLoggedIn => Some(Cure::Login),
        // SoftHSM answers a key use whose object file cannot be read with
        // CKR_GENERAL_ERROR; network tokens answer a lost connection with
        // CKR_DEVICE_ERROR or CKR_FUNCTION_FAILED.
        RvError::SessionHandleInvalid
        | RvError::SessionClosed
        | RvError::SessionCount
        | RvError::OperationActive
        | RvError::OperationNotInitialized
        | RvError::GeneralError
        | RvError::FunctionFailed
        | RvError::FunctionCanceled
        | RvError::Cancel
        | RvError::DeviceError
        | RvError::DeviceMemory
        | RvError::HostMemory => Some(Cure::Session),
        RvError::DeviceRemoved
        | RvError::TokenNotPresent
        | RvError::TokenNotRecognized
        | RvError::SlotIdInvalid
        | RvError::CryptokiNotInitialized => Some(Cure::Library),
        // Unlocking is the security officer's work at the token; until then each
        // probe fails, and the first one after it succeeds.
        RvError::PinLocked => Some(Cure::None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki::context::Function;

    #[test]
    fn each_kind_of_failure_has_its_cure() {
        let cases = [
            (RvError::ObjectHandleInvalid, Some(Cure::Login)),
            (RvError::UserNotLoggedIn, Some(Cure::Login)),
            (RvError::SessionHandleInvalid, Some(Cure::Session)),
            (RvError::DeviceError, Some(Cure::Session)),
            (RvError::TokenNotPresent, Some(Cure::Library)),
            (RvError::CryptokiNotInitialized, Some(Cure::Library)),
            (RvError::PinLocked, Some(Cure::None)),
            (RvError::PinIncorrect, None),
            (RvError::MechanismInvalid, None),
        ];
        for (code, expected) in cases {
            assert_eq!(cure(&Error::Pkcs11(code, Function::Sign)), expected, "{code:?}");
        }
    }
}
