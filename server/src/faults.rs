//! What is made to go wrong: the profile in force, and the orders that change it.
//!
//! An act (`cut`, `clean-end`) befalls what is open, and leaves the profile in force as it is: so
//! a test can say what reconnecting will meet first, and cut then.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::effect::{Door, Effect};
use crate::order::Order;
use crate::player::{Player, Timer};
use crate::profile::Profile;
use crate::streams::{Blow, Streams};
use crate::tally::Tally;
use crate::token::Tokens;
use crate::transport::{On, Transport};

/// The answer to `POST /faults`.
#[derive(Debug, Serialize)]
pub struct Done {
    profile: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<u64>,
}

/// Tells one profile in force from another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Era {
    /// Another one each time something else is in force.
    pub generation: u64,
    /// Another one each time that was ordered, or its time was up; but not when it was used up:
    /// whom it has befallen goes on suffering.
    pub order: u64,
}

#[derive(Debug)]
pub(crate) struct Standing {
    pub name: &'static str,
    pub on: On,
    pub effect: Effect,
    pub era: Era,
    /// How often it may still befall something, if that is numbered.
    left: Option<NonZeroU32>,
    timer: Option<Timer>,
    pub player: Option<Player>,
    /// How many scripts there have been: tells an older one that it was replaced.
    pub scripts: u64,
}

#[derive(Debug)]
pub struct Faults {
    pub sse: Arc<Streams>,
    pub ws: Arc<Streams>,
    pub tally: Tally,
    pub tokens: Tokens,
    standing: Mutex<Standing>,
    /// For whoever must notice that something else is in force.
    changes: watch::Sender<Era>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            sse: Arc::default(),
            ws: Arc::default(),
            tally: Tally::default(),
            tokens: Tokens::default(),
            standing: Mutex::new(Standing {
                name: "none",
                on: On::All,
                effect: Effect::default(),
                era: Era::default(),
                left: None,
                timer: None,
                player: None,
                scripts: 0,
            }),
            changes: watch::Sender::new(Era::default()),
        }
    }
}

impl Faults {
    /// Does it, if it is an act; puts it in force otherwise. Whatever it is, it ends a script.
    pub fn order(self: &Arc<Self>, order: Order) -> Done {
        let mut standing = self.lock();
        standing.player = None;
        if let Profile::Script(script) = order.profile {
            self.begin(&mut standing, script);
            return Done {
                profile: "script",
                cut: None,
                ended: None,
            };
        }
        self.apply(&mut standing, &order)
    }

    pub fn name(&self) -> &'static str {
        self.lock().name
    }

    /// How far the script is that plays now.
    pub fn script(&self) -> Option<Value> {
        let standing = self.lock();
        let player = standing.player.as_ref()?;
        Some(json!({ "step": player.step, "steps": player.steps }))
    }

    pub fn changes(&self) -> watch::Receiver<Era> {
        self.changes.subscribe()
    }

    /// Waits until the order of that era was replaced, or its time was up.
    pub async fn lifted(&self, era: Era) {
        // An error would say that the faults are gone, and the server with them.
        let _ = self.changes().wait_for(|now| now.order != era.order).await;
    }

    /// Whether the order of that era still stands, used up or not.
    pub fn is_ordered(&self, era: Era) -> bool {
        self.lock().era.order == era.order
    }

    pub fn streams(&self, transport: Transport) -> &Arc<Streams> {
        match transport {
            Transport::Sse => &self.sse,
            Transport::Ws => &self.ws,
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn apply(self: &Arc<Self>, standing: &mut Standing, order: &Order) -> Done {
        let name = order.profile.name();
        let effect = Effect::of(&order.profile);
        let (mut cut, mut ended) = (None, None);
        if effect.door == Door::Token {
            self.tokens.expire();
        }
        if let Some(blow) = effect.at_once {
            let told = self.strike(order.on, blow);
            self.tally.count(name, told);
            match blow {
                Blow::Cut => cut = Some(told),
                Blow::End => ended = Some(told),
                Blow::Expel | Blow::Break | Blow::Mute => {}
            }
        }
        if order.profile.stands() {
            self.replace(standing, name, order.on, effect);
            standing.left = order.times;
            standing.timer = order
                .lasts
                .map(|lasts| Timer::start(self.expire_after(lasts, standing.era)));
        }
        Done {
            profile: name,
            cut,
            ended,
        }
    }

    fn strike(&self, on: On, blow: Blow) -> u64 {
        [Transport::Sse, Transport::Ws]
            .into_iter()
            .filter(|transport| on.includes(*transport))
            .map(|transport| self.streams(transport).strike(blow))
            .sum()
    }

    pub(crate) fn replace(
        &self,
        standing: &mut Standing,
        name: &'static str,
        on: On,
        effect: Effect,
    ) {
        standing.era.order += 1;
        standing.timer = None;
        self.sse.bury();
        self.put(standing, name, on, effect);
    }

    fn put(&self, standing: &mut Standing, name: &'static str, on: On, effect: Effect) {
        standing.name = name;
        standing.on = on;
        standing.effect = effect;
        standing.left = None;
        standing.era.generation += 1;
        self.changes.send_replace(standing.era);
    }

    /// The profile in force has befallen something, for the last time perhaps.
    pub(crate) fn use_up(&self, standing: &mut Standing) {
        self.tally.count(standing.name, 1);
        self.spend(standing);
    }

    /// The same, for what is counted elsewhere.
    pub(crate) fn spend(&self, standing: &mut Standing) {
        let Some(left) = standing.left else {
            return;
        };
        standing.left = NonZeroU32::new(left.get() - 1);
        if standing.left.is_none() {
            self.retire(standing);
        }
    }

    /// What was in force has done what it had to do. Its timer goes on: it ends what it left.
    pub(crate) fn retire(&self, standing: &mut Standing) {
        self.put(standing, "none", On::All, Effect::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(faults: &Arc<Faults>, json: &str) -> String {
        let order = Order::parse(json.as_bytes()).unwrap();
        serde_json::to_string(&faults.order(order)).unwrap()
    }

    #[test]
    fn acts_leave_the_profile_in_force() {
        let faults = Arc::default();
        assert_eq!(
            set(&faults, r#"{"profile":"flap"}"#),
            r#"{"profile":"flap"}"#
        );
        assert_eq!(
            set(&faults, r#"{"profile":"cut"}"#),
            r#"{"profile":"cut","cut":0}"#
        );
        let ended = set(&faults, r#"{"profile":"clean-end"}"#);
        assert_eq!(ended, r#"{"profile":"clean-end","ended":0}"#);
        assert_eq!(faults.name(), "flap");
        assert_eq!(
            set(&faults, r#"{"profile":"none"}"#),
            r#"{"profile":"none"}"#
        );
        assert_eq!(faults.name(), "none");
    }

    #[tokio::test]
    async fn an_older_timer_spares_the_next_profile() {
        let faults = Arc::<Faults>::default();
        set(&faults, r#"{"profile":"stall","for":1}"#);
        set(&faults, r#"{"profile":"reorder"}"#);
        let mut changes = faults.changes();
        set(&faults, r#"{"profile":"drop","for":1}"#);
        while faults.name() != "none" {
            changes.changed().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_script_ends_with_its_last_step_or_any_order() {
        let faults = Arc::<Faults>::default();
        let mut changes = faults.changes();
        set(
            &faults,
            r#"{"profile":"script","repeat":2,"steps":[
                {"afterMs":0,"profile":"drop"},{"afterMs":1,"profile":"reorder"}]}"#,
        );
        assert_eq!(faults.script(), Some(json!({ "step": 0, "steps": 4 })));
        while faults.script().is_some() {
            changes.changed().await.unwrap();
        }
        assert_eq!(faults.name(), "reorder");
        set(
            &faults,
            r#"{"profile":"script","steps":[{"afterMs":600000,"profile":"drop"}]}"#,
        );
        set(&faults, r#"{"profile":"cut"}"#);
        assert_eq!((faults.script(), faults.name()), (None, "reorder"));
    }
}
