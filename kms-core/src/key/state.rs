//! The states of a key, and what each allows.
//!
//! One table for both dialects; their edges differ only in the codes they
//! answer, and where AWS calls a repeated enable or disable a success.
//! A frozen account is no state of a key: it is judged before the key's own.

/// The state of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Wraps and unwraps.
    Enabled,
    /// Does neither, until it is enabled.
    Disabled,
    /// Does neither; its material is destroyed at `due_ms` (Unix milliseconds).
    PendingDeletion {
        /// When it is destroyed.
        due_ms: u64,
    },
    /// An imported key without material.
    PendingImport,
    /// Destroyed: the row is kept for the record, nobody finds the key.
    Deleted,
}

/// What somebody wants of a key. Rows of the matrix state x operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyOperation {
    /// Describe and list.
    Describe,
    /// Wrap: generate a data key, encrypt.
    Wrap,
    /// Unwrap: decrypt.
    Unwrap,
    /// Enable.
    Enable,
    /// Disable.
    Disable,
    /// Schedule deletion.
    ScheduleDeletion,
    /// Cancel the scheduled deletion.
    CancelDeletion,
    /// Change description, tags, aliases pointing to it.
    Update,
    /// Create a grant.
    Grant,
    /// Rotate, or change how it is rotated.
    Rotate,
    /// Import material, or get what is needed for it.
    Import,
}

impl KeyOperation {
    /// Every operation.
    pub const ALL: [Self; 11] = [
        Self::Describe,
        Self::Wrap,
        Self::Unwrap,
        Self::Enable,
        Self::Disable,
        Self::ScheduleDeletion,
        Self::CancelDeletion,
        Self::Update,
        Self::Grant,
        Self::Rotate,
        Self::Import,
    ];
}

/// Why a state refuses an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateRefusal {
    /// A use of a disabled key: enable it first.
    #[error("the key is disabled")]
    Disabled,
    /// A use or change of a key pending deletion: cancel the deletion first.
    #[error("the key is pending deletion")]
    PendingDeletion,
    /// A use or change of a key without material: import it first.
    #[error("the key is pending import")]
    PendingImport,
    /// The change wants another state, for instance enabling an enabled key.
    #[error("the key is in another state")]
    WrongState,
}

impl KeyState {
    /// The stored name: `Enabled`, `Disabled`, `PendingDeletion`, `PendingImport` (AWS's
    /// KeyState), `Deleted`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::PendingDeletion { .. } => "PendingDeletion",
            Self::PendingImport => "PendingImport",
            Self::Deleted => "Deleted",
        }
    }

    /// The state with this stored name; `due_ms` is used by `PendingDeletion`
    /// only, which has no meaning without it.
    pub fn from_name(name: &str, due_ms: Option<u64>) -> Option<Self> {
        match name {
            "Enabled" => Some(Self::Enabled),
            "Disabled" => Some(Self::Disabled),
            "PendingDeletion" => due_ms.map(|due_ms| Self::PendingDeletion { due_ms }),
            "PendingImport" => Some(Self::PendingImport),
            "Deleted" => Some(Self::Deleted),
            _ => None,
        }
    }

    /// When the key is due for destruction, Unix milliseconds.
    pub fn deletion_due_ms(self) -> Option<u64> {
        match self {
            Self::PendingDeletion { due_ms } => Some(due_ms),
            _ => None,
        }
    }

    /// Whether this state allows `operation`; the whole matrix.
    pub fn check(self, operation: KeyOperation) -> Result<(), StateRefusal> {
        use KeyOperation as Op;
        match (operation, self) {
            (_, Self::Deleted) => Err(StateRefusal::WrongState),
            (Op::Describe, _) => Ok(()),
            (Op::CancelDeletion, Self::PendingDeletion { .. }) => Ok(()),
            (Op::CancelDeletion, _) => Err(StateRefusal::WrongState),
            (_, Self::PendingDeletion { .. }) => Err(StateRefusal::PendingDeletion),
            (Op::ScheduleDeletion | Op::Update | Op::Import, _) => Ok(()),
            (_, Self::PendingImport) => Err(StateRefusal::PendingImport),
            (Op::Enable, Self::Disabled) => Ok(()),
            (Op::Enable, Self::Enabled) | (Op::Disable, Self::Disabled) => {
                Err(StateRefusal::WrongState)
            }
            (_, Self::Enabled) => Ok(()),
            (_, Self::Disabled) => Err(StateRefusal::Disabled),
        }
    }

    /// Disabled -> enabled.
    pub fn enable(self) -> Result<Self, StateRefusal> {
        self.check(KeyOperation::Enable).map(|()| Self::Enabled)
    }

    /// Enabled -> disabled.
    pub fn disable(self) -> Result<Self, StateRefusal> {
        self.check(KeyOperation::Disable).map(|()| Self::Disabled)
    }

    /// Enabled, disabled or pending import -> pending deletion at `due_ms`.
    pub fn schedule_deletion(self, due_ms: u64) -> Result<Self, StateRefusal> {
        self.check(KeyOperation::ScheduleDeletion).map(|()| Self::PendingDeletion { due_ms })
    }

    /// Pending deletion -> disabled, not the state before; a key whose version
    /// has no material goes back to pending import.
    pub fn cancel_deletion(self, has_material: bool) -> Result<Self, StateRefusal> {
        self.check(KeyOperation::CancelDeletion)?;
        Ok(if has_material { Self::Disabled } else { Self::PendingImport })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUE: KeyState = KeyState::PendingDeletion { due_ms: 7 };

    #[test]
    fn every_state_answers_every_operation_as_the_table_says() {
        use KeyOperation as Op;
        use StateRefusal::{Disabled, PendingDeletion, PendingImport, WrongState};
        let states = [KeyState::Enabled, KeyState::Disabled, DUE, KeyState::PendingImport];
        let due = Err(PendingDeletion);
        let import = Err(PendingImport);
        let wrong = Err(WrongState);
        let table = [
            (Op::Describe, [Ok(()), Ok(()), Ok(()), Ok(())]),
            (Op::Wrap, [Ok(()), Err(Disabled), due, import]),
            (Op::Unwrap, [Ok(()), Err(Disabled), due, import]),
            (Op::Enable, [wrong, Ok(()), due, import]),
            (Op::Disable, [Ok(()), wrong, due, import]),
            (Op::ScheduleDeletion, [Ok(()), Ok(()), due, Ok(())]),
            (Op::CancelDeletion, [wrong, wrong, Ok(()), wrong]),
            (Op::Update, [Ok(()), Ok(()), due, Ok(())]),
            (Op::Grant, [Ok(()), Err(Disabled), due, import]),
            (Op::Rotate, [Ok(()), Err(Disabled), due, import]),
            (Op::Import, [Ok(()), Ok(()), due, Ok(())]),
        ];
        assert_eq!(table.map(|(operation, _)| operation), Op::ALL);
        for (operation, row) in table {
            for (state, expected) in states.into_iter().zip(row) {
                assert_eq!(state.check(operation), expected, "{operation:?} on {state:?}");
            }
        }
    }

    #[test]
    fn cancelling_a_deletion_disables() {
        assert_eq!(DUE.cancel_deletion(true), Ok(KeyState::Disabled));
        assert_eq!(DUE.cancel_deletion(false), Ok(KeyState::PendingImport));
    }

    #[test]
    fn names_read_back() {
        for state in [KeyState::Enabled, KeyState::Disabled, DUE, KeyState::PendingImport] {
            assert_eq!(KeyState::from_name(state.name(), state.deletion_due_ms()), Some(state));
        }
        assert_eq!(KeyState::from_name("PendingDeletion", None), None);
    }
}
