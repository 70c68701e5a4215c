//! Log lines: where they go, in which form, and that they never stall a
//! request.
//!
//! Lines pass a bounded queue to one writing thread. Invariant: a reader of
//! standard error that stops reading costs lines, which are counted, and never
//! an answer.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Lines that may wait for the writing thread.
const QUEUE: usize = 8192;
/// How long the end of the process waits for the last lines.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// The form of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Human on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// Text for people.
    Human,
}

/// Settings of the log.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// The form of a line.
    pub format: LogFormat,
    /// What is logged, in the syntax of `tracing_subscriber::EnvFilter`, for
    /// example `info` or `info,gateway::edge=debug`.
    pub filter: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { format: LogFormat::Auto, filter: "info".to_owned() }
    }
}

/// Why the log could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The filter is not in the filter syntax; the setting must be corrected.
    #[error("the log filter {filter:?} is not valid: {reason}")]
    Filter {
        /// The filter as given.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The writing thread could not be started.
    #[error("the log's thread could not be started: {0}")]
    Thread(#[from] io::Error),
    /// A subscriber was installed before.
    #[error("the log was started twice")]
    Twice,
}

/// Keeps the log alive; dropping it waits shortly for lines under way.
#[derive(Debug)]
pub struct LogGuard {
    lines: Lines,
}

impl LogGuard {
    /// Lines lost because the queue was full.
    pub fn lost_lines(&self) -> u64 {
        self.lines.lost.load(Ordering::Relaxed)
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        let (done, wait) = sync_channel(1);
        if self.lines.queue.try_send(Item::Flush(done)).is_ok() {
            // A timeout or a dead thread leaves nothing more to do.
            let _ = wait.recv_timeout(FLUSH_TIMEOUT);
        }
    }
}

/// Starts logging to standard error for the whole process.
///
/// Errors: `Filter` for a filter that does not parse, `Thread` when the system
/// refuses a thread, `Twice` when called again.
pub fn start(settings: &LogSettings) -> Result<LogGuard, Error> {
    let filter = EnvFilter::try_new(&settings.filter).map_err(|error| Error::Filter {
        filter: settings.filter.clone(),
        reason: error.to_string(),
    })?;
    let terminal = io::stderr().is_terminal();
    let lines = Lines::start(io::stderr())?;
    let writer = {
        let lines = lines.clone();
        move || lines.clone()
    };
    let json = match settings.format {
        LogFormat::Auto => !terminal,
        LogFormat::Json => true,
        LogFormat::Human => false,
    };
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    let installed = if json {
        registry.with(layer.json().flatten_event(true).with_span_list(false)).try_init()
    } else {
        registry.with(layer.with_ansi(terminal).with_target(false)).try_init()
    };
    installed.map_err(|_| Error::Twice)?;
    Ok(LogGuard { lines })
}

enum Item {
    Line(Vec<u8>),
    Flush(SyncSender<()>),
}

/// The queue's near end: each `write` is one line.
#[derive(Clone, Debug)]
struct Lines {
    queue: SyncSender<Item>,
    lost: Arc<AtomicU64>,
}

impl Lines {
    fn start(to: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, lines) = sync_channel(QUEUE);
        thread::Builder::new().name("log".to_owned()).spawn(move || write_lines(to, &lines))?;
        Ok(Self { queue, lost: Arc::default() })
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Item::Line(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes lines until all senders are gone; flushes whenever none waits, so
/// that a burst costs few system calls and a single line is seen at once.
fn write_lines(to: impl Write, lines: &Receiver<Item>) {
    let mut to = io::BufWriter::with_capacity(64 * 1024, to);
    while let Ok(first) = lines.recv() {
        let mut next = Some(first);
        while let Some(item) = next {
            // There is nowhere to report that the log itself cannot be written.
            match item {
                Item::Line(line) => drop(to.write_all(&line)),
                Item::Flush(done) => {
                    drop(to.flush());
                    let _ = done.send(());
                }
            }
            next = lines.try_recv().ok();
        }
        drop(to.flush());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_are_on_paper_when_the_guard_is_dropped() {
        let paper = Paper::default();
        let mut lines = Lines::start(paper.clone()).expect("thread");
        for _ in 0..100 {
            lines.write_all(b"a line\n").expect("queued");
        }
        drop(LogGuard { lines });
        assert_eq!(paper.0.lock().expect("not poisoned").len(), 700);
    }

    #[test]
    fn a_reader_that_stalls_costs_lines_and_never_a_request() {
        let (queue, _unread) = sync_channel(2);
        let mut lines = Lines { queue, lost: Arc::default() };
        for _ in 0..5 {
            lines.write_all(b"a line\n").expect("never fails");
        }
        assert_eq!(lines.lost.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_filter_that_does_not_parse_is_named() {
        let settings = LogSettings { filter: "gateway=loud".to_owned(), ..LogSettings::default() };
        assert!(matches!(start(&settings), Err(Error::Filter { .. })));
    }
}
