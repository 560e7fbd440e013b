//! What happens later: the end of a profile, the steps of a script.

use tokio::task::AbortHandle;

/// A task that is given up when this is dropped.
#[derive(Debug)]
pub struct Timer(AbortHandle);

impl Timer {
    pub fn start(task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(task).abort_handle())
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A script that plays.
#[derive(Debug)]
pub struct Player {
    /// Played so far.
    pub step: usize,
    pub steps: usize,
    _task: Timer,
}

impl Player {
    pub fn new(task: Timer, steps: usize) -> Self {
        Self {
            step: 0,
            steps,
            _task: task,
        }
    }
}
