//! The narrow waist between the nouns and the engine: statements in a
//! transaction, and jobs for the one writer.
//!
//! A mutation is a closure over [`Tx`] that runs inside the writer's
//! transaction, under a savepoint of its own: when it fails, its changes are
//! rolled back and its neighbours in the batch are not touched. Nobody is told
//! anything before the COMMIT of the batch, because even a refusal may rest on
//! what a neighbour has just written. It is not an abstraction of SQL.

use std::ops::ControlFlow;

use rusqlite::{Connection, ErrorCode, Params};
use tokio::sync::oneshot;

use super::error::CatalogError;

pub(super) use rusqlite::{Row, params};

/// Statements inside an open transaction. Statements are prepared once for each
/// connection.
pub(super) struct Tx<'c>(&'c Connection);

impl<'c> Tx<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self(connection)
    }

    /// Runs a statement; how many rows it changed.
    pub(super) fn execute(
        &self,
        sql: &'static str,
        params: impl Params,
    ) -> Result<usize, CatalogError> {
        Ok(self.0.prepare_cached(sql)?.execute(params)?)
    }

    /// Inserts a row and returns its number.
    pub(super) fn insert(
        &self,
        sql: &'static str,
        params: impl Params,
    ) -> Result<i64, CatalogError> {
        Ok(self.0.prepare_cached(sql)?.insert(params)?)
    }

    /// The first row, if there is one.
    pub(super) fn find<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> Result<T, CatalogError>,
    ) -> Result<Option<T>, CatalogError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        rows.next()?.map(map).transpose()
    }

    /// All rows; the statement bounds them.
    pub(super) fn list<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        mut map: impl FnMut(&Row<'_>) -> Result<T, CatalogError>,
    ) -> Result<Vec<T>, CatalogError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut list = Vec::new();
        while let Some(row) = rows.next()? {
            list.push(map(row)?);
        }
        Ok(list)
    }

    /// Visits rows until `visit` breaks; what it broke with, or `None` at the end.
    pub(super) fn scan<B>(
        &self,
        sql: &'static str,
        params: impl Params,
        mut visit: impl FnMut(&Row<'_>) -> Result<ControlFlow<B>, CatalogError>,
    ) -> Result<Option<B>, CatalogError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            if let ControlFlow::Break(found) = visit(row)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// A page's limit as SQL takes it.
pub(super) fn limit_rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// What the writer tells all jobs of a batch once it has tried to commit.
#[derive(Clone, Debug)]
pub(super) enum BatchEnd {
    /// Durable.
    Committed,
    /// Certainly not written.
    Lost(String),
    /// The COMMIT failed; what is true will be seen.
    Unknown,
}

/// A mutation that waits for the writer. It gets no transaction when none could
/// be begun; it must not run outside of one, where each statement is a commit.
pub(super) type Job = Box<dyn FnOnce(Option<&Tx<'_>>) -> Ran + Send>;

/// A mutation that has run and waits for the COMMIT.
pub(super) struct Ran {
    /// False rolls this job's changes back.
    pub(super) keep: bool,
    /// Tells the caller.
    pub(super) settle: Box<dyn FnOnce(&BatchEnd) + Send>,
}

/// Wraps a closure as a job, and the other end on which its outcome arrives.
pub(super) fn job<T, E>(
    work: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<CatalogError> + Send + 'static,
{
    let (teller, outcome) = oneshot::channel();
    let job = Box::new(move |tx: Option<&Tx<'_>>| {
        let result = tx.map_or_else(|| Err(lost("no transaction")), work);
        let keep = result.is_ok();
        let settle = Box::new(move |end: &BatchEnd| {
            let told = match end {
                BatchEnd::Committed => result,
                BatchEnd::Unknown if keep => Err(CatalogError::Unknown.into()),
                BatchEnd::Unknown => Err(lost("a commit failed")),
                BatchEnd::Lost(why) => Err(lost(why)),
            };
            // The caller may have gone; what was done stays done.
            let _ = teller.send(told);
        });
        Ran { keep, settle }
    });
    (job, outcome)
}

fn lost<E: From<CatalogError>>(why: &str) -> E {
    CatalogError::Unavailable(why.to_owned()).into()
}

impl From<rusqlite::Error> for CatalogError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        match error {
            E::FromSqlConversionFailure(..)
            | E::IntegralValueOutOfRange(..)
            | E::InvalidColumnType(..)
            | E::Utf8Error(..) => Self::Damaged(error.to_string()),
            E::SqliteFailure(code, _)
                if matches!(code.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) =>
            {
                Self::Damaged(error.to_string())
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }
}
