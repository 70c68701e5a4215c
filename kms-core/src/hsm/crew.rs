//! Threads that each own one session and take jobs from one bounded queue.
//!
//! A PKCS#11 call cannot be cancelled and may hang. So calls run on these
//! threads and nowhere else, a caller waits no longer than its deadline, and a
//! thread whose call hangs is written off and replaced, up to a bound. Knows
//! nothing of PKCS#11: `S` is what each thread owns.
//!
//! Invariant: a written-off thread takes no further job.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Jobs that wait for a thread; beyond that callers are turned away.
const QUEUE_LEN: usize = 1024;
/// Hung threads that are replaced; beyond that the crew shrinks until one returns.
const MAX_HUNG: usize = 8;

type Job<S> = Box<dyn FnOnce(&mut S) + Send>;
type Start<S> = Box<dyn Fn() -> S + Send + Sync>;

/// Why a job has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CrewError {
    /// Too many jobs wait already; this one was not started.
    #[error("too many calls are waiting for the token")]
    Busy,
    /// No answer in time; the job may still be running.
    #[error("no answer from the token in time")]
    Late,
    /// The job panicked; its thread starts afresh.
    #[error("the call to the token broke off")]
    Broken,
}

/// A crew of threads.
pub(super) struct Crew<S> {
    jobs: mpsc::Sender<Job<S>>,
    shared: Arc<Shared<S>>,
    size: usize,
    deadline: Duration,
    posts: Mutex<Posts>,
}

struct Shared<S> {
    queue: Mutex<mpsc::Receiver<Job<S>>>,
    start: Start<S>,
}

#[derive(Default)]
struct Posts {
    working: Vec<Post>,
    written_off: Vec<Post>,
}

/// One thread as the crew sees it.
struct Post {
    thread: JoinHandle<()>,
    state: Arc<PostState>,
}

#[derive(Default)]
struct PostState {
    busy_since: Mutex<Option<Instant>>,
    written_off: AtomicBool,
}

impl<S: 'static> Crew<S> {
    /// Starts `size` threads (at least one), each owning what `start` makes on it.
    /// No caller waits longer than `deadline`; a call that has then run for half of
    /// it is taken to hang.
    pub(super) fn new(
        size: usize,
        deadline: Duration,
        start: impl Fn() -> S + Send + Sync + 'static,
    ) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE_LEN);
        let shared = Arc::new(Shared { queue: Mutex::new(queue), start: Box::new(start) });
        let size = size.max(1);
        let crew = Self { jobs, shared, size, deadline, posts: Mutex::default() };
        crew.tend(Instant::now());
        crew
    }

    /// Runs `work` on one of the threads. Errors: see [`CrewError`].
    pub(super) async fn run<T, W>(&self, work: W) -> Result<T, CrewError>
    where
        T: Send + 'static,
        W: FnOnce(&mut S) -> T + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job<S> = Box::new(move |session| {
            // Whoever asked may have gone while the job was waiting.
            if !reply.is_closed() {
                let _ = reply.send(work(session));
            }
        });
        self.jobs.try_send(job).map_err(|_| CrewError::Busy)?;
        let error = match timeout(self.deadline, answer).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(_)) => CrewError::Broken,
            Err(_) => CrewError::Late,
        };
        self.tend(Instant::now());
        Err(error)
    }

    /// Writes off threads that hang and fills up the crew.
    fn tend(&self, now: Instant) {
        let mut posts = self.posts.lock().unwrap_or_else(PoisonError::into_inner);
        let Posts { working, written_off } = &mut *posts;
        written_off.retain(|post| !post.thread.is_finished());
        working.retain(|post| !post.thread.is_finished());
        let room = MAX_HUNG.saturating_sub(written_off.len());
        let hung: Vec<_> = working.extract_if(.., |post| post.hangs(now, self.deadline)).collect();
        for (place, post) in hung.into_iter().enumerate() {
            if place < room {
                post.state.written_off.store(true, Ordering::Release);
                written_off.push(post);
            } else {
                working.push(post);
            }
        }
        while working.len() < self.size {
            let Ok(post) = Post::start(Arc::clone(&self.shared)) else {
                break;
            };
            working.push(post);
        }
    }
}

impl Post {
    fn start<S: 'static>(shared: Arc<Shared<S>>) -> std::io::Result<Self> {
        let state = Arc::new(PostState::default());
        let own = Arc::clone(&state);
        let thread =
            thread::Builder::new().name("hsm".into()).spawn(move || serve(&shared, &own))?;
        Ok(Self { thread, state })
    }

    fn hangs(&self, now: Instant, deadline: Duration) -> bool {
        let busy = *self.state.busy_since.lock().unwrap_or_else(PoisonError::into_inner);
        // Half, because a call waits in the queue before it runs.
        busy.is_some_and(|since| now.saturating_duration_since(since) >= deadline / 2)
    }
}

impl PostState {
    fn set_busy(&self, since: Option<Instant>) {
        *self.busy_since.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }
}

/// The life of a thread: until the crew is dropped or the thread written off.
fn serve<S>(shared: &Shared<S>, state: &PostState) {
    let mut session = (shared.start)();
    while !state.written_off.load(Ordering::Acquire) {
        let next = shared.queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(job) = next else { return };
        state.set_busy(Some(Instant::now()));
        // A panic is a bug below; the session may be half-way through a call.
        if catch_unwind(AssertUnwindSafe(|| job(&mut session))).is_err() {
            session = (shared.start)();
        }
        state.set_busy(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc as blocking;

    const DEADLINE: Duration = Duration::from_millis(200);

    #[tokio::test]
    async fn jobs_keep_the_state_of_their_thread() {
        let crew = Crew::new(1, DEADLINE, || 0);
        for expected in 1..=3 {
            let count = crew.run(|count: &mut i32| {
                *count += 1;
                *count
            });
            assert_eq!(count.await, Ok(expected));
        }
    }

    #[tokio::test]
    async fn a_hung_thread_is_replaced_and_takes_no_further_job() {
        let crew = Crew::new(1, DEADLINE, || "fresh");
        let (release, hang) = blocking::channel::<()>();
        let hung = crew.run(move |name: &mut &str| {
            *name = "hung";
            let _ = hang.recv();
        });
        assert_eq!(hung.await, Err(CrewError::Late));
        assert_eq!(crew.run(|name| *name).await, Ok("fresh"));
        drop(release);
        for _ in 0..20 {
            assert_eq!(crew.run(|name| *name).await, Ok("fresh"));
        }
    }

    #[tokio::test]
    async fn the_number_of_hung_threads_is_bounded() {
        let crew = Crew::new(1, DEADLINE, || ());
        let mut releases = Vec::new();
        for _ in 0..MAX_HUNG + 1 {
            let (release, hang) = blocking::channel::<()>();
            releases.push(release);
            let hung = crew.run(move |()| hang.recv().is_ok());
            assert_eq!(hung.await, Err(CrewError::Late));
        }
        assert_eq!(crew.run(|()| ()).await, Err(CrewError::Late), "no thread is left");
        releases.clear();
        tokio::time::sleep(DEADLINE).await;
        assert_eq!(crew.run(|()| ()).await, Ok(()), "a thread that returns works again");
    }

    #[tokio::test]
    async fn a_job_that_panics_leaves_nothing_behind() {
        let crew = Crew::new(1, DEADLINE, || "fresh");
        let broken = crew.run(|name: &mut &str| {
            *name = "half-way";
            std::panic::resume_unwind(Box::new(()));
        });
        assert_eq!(broken.await, Err::<(), _>(CrewError::Broken));
        assert_eq!(crew.run(|name| *name).await, Ok("fresh"));
    }
}
