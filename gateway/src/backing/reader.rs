//! Reading a blob: large pieces, one read ahead, the blob held open.

use bytes::BytesMut;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::path::Path as StorePath;
use object_store::{GetOptions, GetRange, ObjectStore};

use super::{BackingError, local};

/// The sealed bytes of a blob's range, piece by piece.
pub struct BlobReader(Source);

enum Source {
    Local(local::FileReader),
    Remote(BoxStream<'static, object_store::Result<bytes::Bytes>>),
}

impl BlobReader {
    pub(super) fn local(file: local::FileReader) -> Self {
        Self(Source::Local(file))
    }

    /// The next piece, in a buffer of its own that may be opened in place;
    /// `None` at the end of the range.
    pub async fn piece(&mut self) -> Result<Option<BytesMut>, BackingError> {
        match &mut self.0 {
            Source::Local(file) => file.piece().await,
            Source::Remote(stream) => match stream.next().await {
                None => Ok(None),
                Some(piece) => {
                    let piece = piece?;
                    Ok(Some(piece.try_into_mut().unwrap_or_else(|shared| (&shared[..]).into())))
                }
            },
        }
    }
}

pub(super) async fn remote(
    store: &dyn ObjectStore,
    path: &StorePath,
    start: u64,
    end: u64,
) -> Result<BlobReader, BackingError> {
    let range = GetRange::Bounded(start..end);
    let options = GetOptions { range: Some(range), ..GetOptions::default() };
    let got = store.get_opts(path, options).await?;
    Ok(BlobReader(Source::Remote(got.into_stream())))
}
