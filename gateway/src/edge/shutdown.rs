//! One signal that says: stop accepting, finish what is under way.

use tokio::sync::watch;

/// Waits for the signal; cheap to clone, one for each task.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

/// Gives the signal. Dropping it gives it, too.
#[derive(Debug)]
pub struct ShutdownTrigger(watch::Sender<bool>);

impl Shutdown {
    /// A trigger and what it triggers.
    pub fn new() -> (ShutdownTrigger, Self) {
        let (sender, receiver) = watch::channel(false);
        (ShutdownTrigger(sender), Self(receiver))
    }

    /// Resolves once the signal has been given.
    pub async fn requested(&self) {
        // An error means that the trigger is gone, which is the signal too.
        let _ = self.0.clone().wait_for(|stop| *stop).await;
    }
}

impl ShutdownTrigger {
    /// Gives the signal; giving it again is without effect.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}
