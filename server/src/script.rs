//! A timed list of faults.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::order::Order;

const MAX_STEPS: usize = 100;
const MAX_REPEAT: u32 = 100;
const MAX_TOTAL: Duration = Duration::from_secs(600);

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Counted from the step before.
    pub after: Duration,
    pub order: Order,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Body")]
pub struct Script {
    pub steps: Arc<[Step]>,
    pub repeat: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    steps: Vec<Map<String, Value>>,
    #[serde(default = "once")]
    repeat: u32,
}

impl TryFrom<Body> for Script {
    type Error = String;

    fn try_from(body: Body) -> Result<Self, String> {
        let Body { steps, repeat } = body;
        if !(1..=MAX_STEPS).contains(&steps.len()) {
            let count = steps.len();
            return Err(format!("steps: 1 to {MAX_STEPS} are allowed, not {count}"));
        }
        if !(1..=MAX_REPEAT).contains(&repeat) {
            return Err(format!(
                "repeat: 1 to {MAX_REPEAT} is allowed, not {repeat}"
            ));
        }
        let steps = (1..)
            .zip(steps)
            .map(|(nth, body)| step(body).map_err(|why| format!("step {nth}: {why}")))
            .collect::<Result<Arc<[_]>, _>>()?;
        let once: Duration = steps.iter().map(|step| step.after).sum();
        if once * repeat > MAX_TOTAL {
            let (total, max) = ((once * repeat).as_millis(), MAX_TOTAL.as_millis());
            return Err(format!("a script takes {max} ms at most, not {total}"));
        }
        Ok(Self { steps, repeat })
    }
}

impl Script {
    /// How many steps it takes in all, repetitions included.
    pub fn length(&self) -> usize {
        self.steps.iter().len() * usize::try_from(self.repeat).unwrap_or(1)
    }

    pub fn into_steps(self) -> impl Iterator<Item = Step> {
        (0..self.length()).filter_map(move |nth| {
            let nth = nth.checked_rem(self.steps.len())?;
            self.steps.get(nth).cloned()
        })
    }
}

fn step(mut body: Map<String, Value>) -> Result<Step, String> {
    let after = body.remove("afterMs").ok_or("missing field `afterMs`")?;
    let max = MAX_TOTAL.as_millis();
    let after = after
        .as_u64()
        .map(Duration::from_millis)
        .filter(|after| *after <= MAX_TOTAL)
        .ok_or_else(|| format!("afterMs: 0 to {max} is allowed, not {after}"))?;
    // Looked at before it is read: whatever is nested in it is not read at all.
    if body.get("profile").and_then(Value::as_str) == Some("script") {
        return Err("a script cannot play a script".into());
    }
    let order = Order::read(body)?;
    Ok(Step { after, order })
}

fn once() -> u32 {
    1
}
