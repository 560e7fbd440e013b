//! What is made to go wrong: the profile in force, and what it does to requests and streams.
//!
//! An act (`cut`, `clean-end`) befalls the streams that are open, and leaves the profile in force
//! as it is: so a test can say what reconnecting will meet first, and cut then.

use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::profile::Profile;
use crate::streams::{Order, Streams};

/// What a stream request gets instead of a stream.
#[derive(Debug, PartialEq)]
pub enum Answer {
    Status {
        status: StatusCode,
        retry_after: Option<HeaderValue>,
    },
    Portal,
}

/// What becomes of an event that is ready to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Write,
    /// Written in full; then the connection breaks.
    WriteThenBreak,
}

/// Under which profile a stream was opened.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    generation: u64,
}

/// The answer to `POST /faults`.
#[derive(Debug, Serialize)]
pub struct Done {
    profile: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<u64>,
}

#[derive(Debug)]
struct Standing {
    profile: Profile,
    /// Tells streams opened under this profile from older ones.
    generation: u64,
}

#[derive(Debug)]
pub struct Faults(Mutex<Standing>);

impl Default for Faults {
    fn default() -> Self {
        Self(Mutex::new(Standing {
            profile: Profile::None {},
            generation: 0,
        }))
    }
}

impl Faults {
    /// Does it, if it is an act; puts it in force otherwise.
    pub fn set(&self, profile: Profile, streams: &Streams) -> Done {
        let mut done = Done {
            profile: profile.name(),
            cut: None,
            ended: None,
        };
        match profile {
            Profile::Cut { on_next: false } => done.cut = Some(streams.order(Order::Cut)),
            Profile::CleanEnd {} => done.ended = Some(streams.order(Order::End)),
            Profile::None {}
            | Profile::Cut { on_next: true }
            | Profile::Status { .. }
            | Profile::Portal { .. }
            | Profile::Flap { .. } => self.put(profile),
        }
        done
    }

    pub fn name(&self) -> &'static str {
        self.lock().profile.name()
    }

    /// Asked once for each stream request.
    pub fn on_request(&self) -> Option<Answer> {
        let mut standing = self.lock();
        let (times, answer) = match &mut standing.profile {
            Profile::Status {
                status,
                retry_after,
                times,
            } => {
                let answer = Answer::Status {
                    status: *status,
                    retry_after: retry_after.clone(),
                };
                (times, answer)
            }
            Profile::Portal { times } => (times, Answer::Portal),
            Profile::None {}
            | Profile::Cut { .. }
            | Profile::CleanEnd {}
            | Profile::Flap { .. } => return None,
        };
        match NonZeroU32::new(times.get() - 1) {
            Some(left) => *times = left,
            None => standing.profile = Profile::None {},
        }
        Some(answer)
    }

    /// Asked once for each stream that opens.
    pub fn on_open(&self) -> Ticket {
        Ticket {
            generation: self.lock().generation,
        }
    }

    /// Asked once for each message sent: whether its event is to be cut. Disarms.
    pub fn on_message(&self) -> bool {
        let mut standing = self.lock();
        match standing.profile {
            Profile::Cut { .. } => {
                standing.profile = Profile::None {};
                true
            }
            Profile::None {}
            | Profile::CleanEnd {}
            | Profile::Status { .. }
            | Profile::Portal { .. }
            | Profile::Flap { .. } => false,
        }
    }

    /// Asked once for each result; `nth` counts them on its stream, from 1.
    pub fn on_result(&self, ticket: Ticket, nth: u64) -> Fate {
        let standing = self.lock();
        match standing.profile {
            Profile::Flap { events }
                if ticket.generation == standing.generation && nth >= u64::from(events.get()) =>
            {
                Fate::WriteThenBreak
            }
            Profile::None {}
            | Profile::Cut { .. }
            | Profile::CleanEnd {}
            | Profile::Status { .. }
            | Profile::Portal { .. }
            | Profile::Flap { .. } => Fate::Write,
        }
    }

    fn put(&self, profile: Profile) {
        let mut standing = self.lock();
        standing.profile = profile;
        standing.generation += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(json: &str) -> Faults {
        let faults = Faults::default();
        set(&faults, json);
        faults
    }

    fn set(faults: &Faults, json: &str) -> String {
        let profile = Profile::parse(json.as_bytes()).unwrap();
        serde_json::to_string(&faults.set(profile, &Streams::default())).unwrap()
    }

    #[test]
    fn requests_are_answered_so_many_times() {
        let faults = faults(r#"{"profile":"portal","times":2}"#);
        assert_eq!(faults.on_request(), Some(Answer::Portal));
        assert_eq!(faults.name(), "portal");
        assert_eq!(faults.on_request(), Some(Answer::Portal));
        assert_eq!(faults.name(), "none");
        assert_eq!(faults.on_request(), None);
    }

    #[test]
    fn an_armed_cut_strikes_one_message() {
        let faults = faults(r#"{"profile":"cut","onNext":true}"#);
        assert!(faults.on_message());
        assert!(!faults.on_message());
    }

    #[test]
    fn flapping_spares_older_streams_and_stops_with_none() {
        let faults = Faults::default();
        let older = faults.on_open();
        set(&faults, r#"{"profile":"flap","events":2}"#);
        let newer = faults.on_open();
        assert_eq!(faults.on_result(older, 2), Fate::Write);
        assert_eq!(faults.on_result(newer, 1), Fate::Write);
        assert_eq!(faults.on_result(newer, 2), Fate::WriteThenBreak);
        set(&faults, r#"{"profile":"none"}"#);
        assert_eq!(faults.on_result(newer, 3), Fate::Write);
    }

    #[test]
    fn acts_leave_the_profile_in_force() {
        let faults = faults(r#"{"profile":"flap"}"#);
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
    }
}
