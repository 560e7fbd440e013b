//! The README's figures: the first result over the sound rung, where the first rung is sick in
//! one way, from the start, for a single operation, with default options.

use graphql_lifeline::config::Transport;
use graphql_lifeline::socket::{PING_AFTER, PONG_TIMEOUT};

use super::bound::{HEAD_START, LEAST_PATIENCE, RESUMES, WAITED_FOR};
use super::plan::Plan;
use super::sickness::{NEVER, Symptom, is_refusal};
use super::soundness::Soundness;

/// The figures have a second for H + L, and the made-up server may take longer.
const SLOWER: u64 = RESUMES - 1_000;

impl Plan {
    /// The figure, if this is a world that the README speaks of.
    pub fn figure(&self, sound: Soundness) -> Option<u64> {
        let [sickness] = &self.sicknesses[..] else {
            return None;
        };
        let is_alone = self.is_calm() && self.operations.len() == 1 && sound.above == 1;
        let stays = sickness.from == 0 && sickness.until == NEVER && sickness.op.is_none();
        let first = if sound.rung == Transport::WebSocket {
            Transport::Fetch
        } else {
            Transport::WebSocket
        };
        if !is_alone || !stays || !sickness.transports.contains(&first) {
            return None;
        }
        Some(self.promised(sickness.symptom, first)? + SLOWER)
    }

    fn promised(&self, symptom: Symptom, first: Transport) -> Option<u64> {
        let rhythm = (3 * self.heartbeat).max(LEAST_PATIENCE);
        match symptom {
            Symptom::Refused {
                retry_after: Some(seconds),
                ..
            } => (seconds * 1_000 > WAITED_FOR).then_some(2_000),
            // It is asked once more.
            Symptom::Refused { status: 421, .. } => None,
            Symptom::Refused { status, .. } if is_refusal(status) => Some(2_000),
            Symptom::Json => Some(2_000),
            Symptom::AsksToWait { age } => Some(age + 2_000),
            Symptom::Refused { .. } | Symptom::Unreachable => Some(4_000),
            Symptom::Cut { age } => Some(3 * age + 4_000),
            Symptom::NoHead => Some(HEAD_START + 2_000),
            Symptom::Silent { age } if first == Transport::WebSocket => {
                let pong = (PING_AFTER + PONG_TIMEOUT).as_millis();
                Some(2 * (pong + age) + 4_000)
            }
            Symptom::Silent { age } => Some(2 * (age + rhythm) + 4_000),
            Symptom::Throws { .. }
            | Symptom::IdleLimit { .. }
            | Symptom::ClosesEarly { .. }
            | Symptom::Closes { .. } => None,
        }
    }
}
