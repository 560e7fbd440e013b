//! On the reserved stream that operations share; and that stream itself.

use alloc::boxed::Box;

use super::{Context, Life, Step, Subscription, Wait};
use crate::config::Transport;
use crate::error::{Code, Error};
use crate::io::{Attempt, GapReason, Notice, Output};
use crate::payload::Payload;
use crate::presence::Pause;
use crate::reader::Message;
use crate::response::Want;
use crate::time::Wall;
use crate::watchdog::Judgement;

impl<P: Payload> Subscription<P> {
    /// Is it the stream itself?
    pub fn is_reserved(&self) -> bool {
        self.request.want == Want::Reserved
    }

    /// Does it use the stream, or wait for it?
    pub const fn rides(&self) -> bool {
        self.rides
    }

    /// Is it what comes under this number on the stream?
    pub fn hears_on_stream(&self, attempt: Attempt) -> bool {
        self.rides && self.attempt() == attempt
    }

    /// Would it be lost with the stream?
    pub const fn needs_ride(&self) -> bool {
        self.rides && !self.resend
    }

    /// Is the answer that its error may speak of one to its own request?
    pub(super) fn owns_answer(&self) -> bool {
        !self.rides || matches!(self.life, Life::Connecting { mark: Some(_), .. })
    }

    /// Would an attempt by fetch ride?
    pub(super) fn would_ride(&self, cx: &Context<'_, P>) -> bool {
        self.request.want == Want::Stream && cx.reservation.takes(self.is_crowded)
    }

    /// Asks for the stream, or uses it if it is open.
    pub(super) fn board(&mut self, cx: &mut Context<'_, P>) {
        cx.reservation.is_wanted = true;
        self.on_line_ready(cx);
        if cx.reservation.is_crowded {
            self.make_do(cx);
        }
    }

    /// The stream may be ready for the operation, or for those that wait to try it again.
    pub fn on_line_ready(&mut self, cx: &mut Context<'_, P>) {
        if !self.rides || !cx.reservation.is_ready() {
            return;
        }
        match &mut self.life {
            Life::Connecting {
                mark: mark @ None,
                deadline,
                ..
            } => {
                *mark = Some(0);
                *deadline = cx.connect_deadline();
                self.open(self.number, Transport::Fetch, cx);
            }
            Life::Waiting(Wait::Until { not_before, .. }) if *not_before <= cx.now.monotonic => {
                self.go(Step::Due, cx);
            }
            Life::Suspended { .. } => self.go(Step::Due, cx),
            Life::Idle
            | Life::Connecting { .. }
            | Life::Live(_)
            | Life::Waiting(_)
            | Life::Done => {}
        }
    }

    /// Of the stream itself: what is to ride on it may not wait for the page.
    pub fn hasten(&mut self, cx: &mut Context<'_, P>) {
        if let Life::Suspended {
            pause: Pause::Offline | Pause::Hidden,
            ..
        } = self.life
            && cx.reservation.is_urgent
        {
            self.go(Step::Due, cx);
        }
    }

    /// The stream is gone, and another follows. Without an error it was replaced.
    pub fn on_line_lost(
        &mut self,
        error: Option<Box<Error<P>>>,
        silent: bool,
        cx: &mut Context<'_, P>,
    ) {
        let is_live = matches!(self.life, Life::Live(_));
        // What waits for it waits on.
        let is_sent = is_live || matches!(self.life, Life::Connecting { mark: Some(_), .. });
        if !self.rides || !is_sent {
            return;
        }
        if is_live && silent {
            let since = self.heard;
            self.continuity.cut(GapReason::Stalled, since);
            let judgement = Judgement::Stalled;
            self.notify(Notice::Stall { judgement, since }, cx);
        }
        match error {
            None if self.resend => self.exchange(cx),
            error => {
                let lost = || Error::new(Code::Cut, true, "the shared stream is gone");
                self.fail(error.unwrap_or_else(lost), cx);
            }
        }
    }

    /// The stream waits for its next attempt: there may be a better way, and it may be a crowd
    /// that it waits for.
    pub fn on_line_down(&mut self, cx: &mut Context<'_, P>) {
        if !self.rides || !matches!(self.life, Life::Connecting { mark: None, .. }) {
            return;
        }
        if cx.reservation.is_crowded {
            self.make_do(cx);
        } else if !cx.endpoints.is_closed(Transport::Fetch) {
            self.go(Step::FallBack, cx);
        }
    }

    /// There will be no other stream: each on its own, if that is why, or the end.
    pub fn on_line_gone(&mut self, error: Option<Box<Error<P>>>, cx: &mut Context<'_, P>) {
        if !self.rides {
            return;
        }
        match error {
            Some(error) if cx.reservation.takes(self.is_crowded) => self.give_up(error, cx),
            _ => self.part(cx),
        }
    }

    /// From the shared stream to one of its own.
    fn part(&mut self, cx: &mut Context<'_, P>) {
        let is_live = matches!(self.life, Life::Live(_));
        let is_sent = is_live || matches!(self.life, Life::Connecting { mark: Some(_), .. });
        self.notify(Notice::Limit(crate::io::Limit::Parts), cx);
        if is_sent && !self.resend {
            return self.fail(Error::new(Code::Cut, true, "the shared stream is gone"), cx);
        }
        if let Life::Connecting { .. } = self.life {
            self.close(cx);
        }
        self.rides = false;
        match self.life {
            Life::Live(_) => self.exchange(cx),
            Life::Connecting { .. } => {
                self.paid = true;
                self.go(Step::FallBack, cx);
            }
            Life::Idle | Life::Waiting(_) | Life::Suspended { .. } | Life::Done => {}
        }
    }

    /// Leaves the stream; the server is told, unless it knows.
    pub(super) fn alight(&self, is_told: bool, cx: &mut Context<'_, P>) {
        if matches!(self.life, Life::Connecting { mark: None, .. }) {
            return;
        }
        let attempt = self.attempt();
        if is_told && cx.reservation.is_ready() {
            cx.outputs.push(Output::Stop { attempt });
        }
        cx.outputs.push(Output::Close { attempt });
    }

    /// The server does not know the reservation: another one follows, and nothing was carried out.
    pub(super) fn on_unknown_reservation(&mut self, cx: &mut Context<'_, P>) {
        cx.reservation.is_lost = true;
        self.close(cx);
        self.connect(Step::FallBack, Transport::Fetch, cx);
    }

    /// Of the stream itself: somebody's results do not come. Has nothing come since then?
    pub fn doubt(&mut self, since: Wall, cx: &mut Context<'_, P>) {
        if matches!(self.life, Life::Live(_)) && self.heard <= since {
            self.on_stalled(self.heard, cx);
        }
    }

    /// Of the stream itself: the server does not know it any more.
    pub fn lose_reservation(&mut self, cx: &mut Context<'_, P>) {
        // It says nothing about the endpoint.
        self.abandon(cx);
        let why = "the server does not know the stream that it has reserved";
        self.fail(Error::new(Code::Cut, true, why), cx);
    }

    /// Of the stream itself: keeps what has happened for those who ride on it.
    pub(super) fn note(&self, error: &Error<P>, cx: &mut Context<'_, P>) {
        if self.is_reserved() {
            cx.reservation.trouble = Some(error.copy());
        }
    }

    /// Of the stream itself: passes on what concerns its operations; the rest comes back.
    pub(super) fn pass_on(
        &self,
        message: Message<P>,
        cx: &mut Context<'_, P>,
    ) -> Option<Message<P>> {
        let concerns_operations = match &message {
            Message::Result(_)
            | Message::Results(..)
            | Message::Part(_)
            | Message::CompleteOne(_)
            | Message::Segment(..)
            | Message::Lost(_) => true,
            Message::Complete
            | Message::Errors(_)
            | Message::Retry(_)
            | Message::Unknown
            | Message::Alive => false,
        };
        if !self.is_reserved() || !concerns_operations {
            return Some(message);
        }
        cx.mail.push(message);
        None
    }
}
