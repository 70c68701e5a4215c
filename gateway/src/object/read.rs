//! A blob in, plaintext out.
//!
//! Before the first byte: the row's MAC, the key service's consent, the key
//! commitment, the first segment's tag, and the audit record on disk. After it,
//! a segment that fails ends the body with an error, which the edge turns into
//! an aborted connection: a client sees verified bytes or none, never a short
//! success.

use std::collections::VecDeque;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use kms_core::base::DataKey;
use kms_core::kms::{EncryptionContext, KmsError, ObjectAccess};
use kms_core::sealed::{
    BlobKey, Envelope, Manifest, Mode, Opener, Part, SealedError, Span as SealedSpan,
};

use super::encryption::{Bearer, CustomerKeyFault, Place, Sealing};
use super::{ObjectError, Objects, sealed};
use crate::backing::{Backing, BackingError, BlobReader};
use crate::catalog::model::StoredObject;
use crate::stream::range::Span;
use crate::stream::{Body, BodyError};

impl Objects {
    /// Reads `span` of `object`: one KMS call. When this returns, the first
    /// bytes are verified and waiting. Errors: `Kms`, `CustomerKey`, `Sealed`,
    /// `Backing` (`NotFound` when the blob was replaced and removed in between: look again).
    pub async fn read(
        &self,
        bearer: Bearer<'_>,
        place: Place<'_>,
        object: &StoredObject,
        span: Span,
    ) -> Result<Body, ObjectError> {
        let sealing = self.read_sealing(bearer, place, object).await?;
        let Sealing { data_key, envelope, ticket } = sealing;
        let refused = |error| sealed(&object.write_id, error);
        let manifest = Manifest::decode(&object.body.manifest).map_err(refused)?;
        let parts = manifest.locate(span.start..span.end).map(|piece| (*piece.part, piece.plain));
        let mut reading = Reading {
            backing: self.backing.clone(),
            data_key,
            envelope,
            parts: parts.collect(),
            open: None,
        };
        let first = reading.chunk().await.map_err(|stopped| stopped.told(&object.write_id))?;
        ticket.durable().await.map_err(KmsError::from)?;
        let Some(first) = first else { return Ok(Body::empty()) };
        Ok(Body::new(reading.stream(first), Some(span.len())))
    }

    /// Checks that the bearer's customer key is the object's, where the object is
    /// under one, without reading a byte and without any key of the service.
    /// Errors: `CustomerKey`, `Sealed`.
    pub async fn check_customer_key(
        &self,
        bearer: Bearer<'_>,
        place: Place<'_>,
        object: &StoredObject,
    ) -> Result<(), ObjectError> {
        match (object.body.mode, bearer.customer_key) {
            (Mode::SseC, _) => self.read_sealing(bearer, place, object).await.map(drop),
            (_, Some(_)) => Err(CustomerKeyFault::NotApplicable.into()),
            (_, None) => Ok(()),
        }
    }

    /// The DEK of an object whose row is this gateway's own.
    async fn read_sealing(
        &self,
        bearer: Bearer<'_>,
        place: Place<'_>,
        object: &StoredObject,
    ) -> Result<Sealing, ObjectError> {
        self.check_row(place.facts, place.key, object)?;
        let envelope = Envelope::decode(&object.body.envelope);
        let envelope = envelope.map_err(|error| sealed(&object.write_id, error))?;
        let context = client_context(object)?;
        self.open_sealing(bearer, place, envelope, &context, ObjectAccess::Read).await
    }
}

/// The context that the client gave at the write; it is stored with the object
/// since reads do not repeat it.
pub(super) fn client_context(object: &StoredObject) -> Result<EncryptionContext, ObjectError> {
    let Some(text) = object.metadata.vendor.get(ENCRYPTION_CONTEXT) else {
        return Ok(EncryptionContext::new());
    };
    serde_json::from_str(text).map_err(|_| sealed(&object.write_id, SealedError::Tampered))
}

/// Name under which [`crate::catalog::model::Metadata::vendor`] keeps the
/// client's encryption context, as a JSON object.
pub const ENCRYPTION_CONTEXT: &str = "server-side-encryption-context";

/// An object on its way out.
struct Reading {
    backing: Backing,
    /// Needed until the last part's blob key has been derived.
    data_key: DataKey,
    envelope: Envelope,
    parts: VecDeque<(Part, Range<u64>)>,
    open: Option<OpenPart>,
}

/// The part that is being read.
struct OpenPart {
    reader: BlobReader,
    opener: Opener,
    piece: BytesMut,
}

enum Stopped {
    Sealed(SealedError),
    Backing(BackingError),
}

impl Reading {
    /// The next verified bytes; `None` at the end.
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stopped> {
        loop {
            if self.open.is_none() {
                let Some((part, plain)) = self.parts.pop_front() else { return Ok(None) };
                let opened = start(&self.backing, &self.data_key, &self.envelope, &part, plain);
                self.open = Some(opened.await?);
            }
            let Some(open) = &mut self.open else { return Ok(None) };
            if let Some(plain) = open.opener.push(&mut open.piece)? {
                return Ok(Some(plain));
            }
            match open.reader.piece().await? {
                Some(piece) => open.piece = piece,
                None => {
                    if let Some(done) = self.open.take() {
                        done.opener.finish()?;
                    }
                }
            }
        }
    }

    /// `first`, then everything else.
    fn stream(
        self,
        first: Bytes,
    ) -> impl futures_core::Stream<Item = Result<Bytes, BodyError>> + Send {
        futures_util::stream::try_unfold((self, Some(first)), |(mut reading, first)| async move {
            let chunk = match first {
                Some(first) => Some(first),
                None => reading.chunk().await.map_err(Stopped::while_sending)?,
            };
            Ok(chunk.map(|chunk| (chunk, (reading, None))))
        })
    }
}

/// Opens a part: its key, proved by the commitment, and its bytes.
async fn start(
    backing: &Backing,
    data_key: &DataKey,
    envelope: &Envelope,
    part: &Part,
    plain: Range<u64>,
) -> Result<OpenPart, Stopped> {
    let Part { salt, commitment, .. } = part;
    let (algorithm, write_id) = (envelope.algorithm, &envelope.write_id);
    let key = BlobKey::open(data_key, algorithm, write_id, salt, commitment)?;
    let span = SealedSpan::of(part.plain_len, plain).ok_or(SealedError::Tampered)?;
    let reader = backing.reader(part.blob, span.sealed.start, span.sealed.end).await?;
    Ok(OpenPart { reader, opener: Opener::new(key, span), piece: BytesMut::new() })
}

impl Stopped {
    fn told(self, write_id: &[u8; 16]) -> ObjectError {
        match self {
            Self::Sealed(error) => sealed(write_id, error),
            Self::Backing(error) => error.into(),
        }
    }

    fn while_sending(self) -> BodyError {
        match self {
            Self::Sealed(_) => BodyError::Tampered,
            Self::Backing(error) => BodyError::Io(error.to_string()),
        }
    }
}

impl From<SealedError> for Stopped {
    fn from(error: SealedError) -> Self {
        Self::Sealed(error)
    }
}

impl From<BackingError> for Stopped {
    fn from(error: BackingError) -> Self {
        Self::Backing(error)
    }
}
