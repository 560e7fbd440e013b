//! What happens later: the end of a profile, the steps of a script.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::sleep;

use crate::effect::Effect;
use crate::faults::{Era, Faults, Standing};
use crate::order::Order;
use crate::script::Script;
use crate::transport::On;

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

impl Faults {
    pub(crate) fn expire_after(
        self: &Arc<Self>,
        lasts: Duration,
        era: Era,
    ) -> impl Future<Output = ()> + Send + use<> {
        let faults = Arc::clone(self);
        async move {
            sleep(lasts).await;
            let mut standing = faults.lock();
            if standing.era.order == era.order {
                faults.replace(&mut standing, "none", On::All, Effect::default());
            }
        }
    }

    pub(crate) fn begin(self: &Arc<Self>, standing: &mut Standing, script: Script) {
        standing.scripts += 1;
        let (faults, serial) = (Arc::clone(self), standing.scripts);
        let steps = script.length();
        let playing = Timer::start(async move {
            for (nth, step) in (1..).zip(script.into_steps()) {
                sleep(step.after).await;
                if !faults.play(serial, nth, &step.order) {
                    break;
                }
            }
        });
        standing.player = Some(Player {
            step: 0,
            steps,
            _task: playing,
        });
    }

    /// Plays one step of a script, if that is still the one to play.
    fn play(self: &Arc<Self>, serial: u64, nth: usize, order: &Order) -> bool {
        let mut standing = self.lock();
        let current = standing.scripts == serial;
        let Some(player) = standing.player.as_mut().filter(|_| current) else {
            return false;
        };
        player.step = nth;
        if player.step == player.steps {
            standing.player = None;
        }
        self.tally.count("script", 1);
        self.apply(&mut standing, order);
        true
    }
}
