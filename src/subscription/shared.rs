//! On the socket that all operations share.

use alloc::boxed::Box;

use super::refusing::Answer;
use super::{Context, Life, Loss, Step, Subscription, Wait};
use crate::config::Transport;
use crate::error::{Code, Error};
use crate::io::{Frame, GapReason, Notice, Output};
use crate::payload::Payload;
use crate::reader::Message;
use crate::watchdog::Judgement;

impl<P: Payload> Subscription<P> {
    /// Does it use the socket, or wait for it to open?
    pub fn is_on_socket(&self) -> bool {
        self.transport() == Some(Transport::WebSocket)
    }

    /// Does it, or an attempt beside its own?
    pub fn uses_socket(&self) -> bool {
        self.is_on_socket() || self.tries_socket()
    }

    /// Would it be lost with the socket?
    pub fn needs_socket(&self) -> bool {
        self.is_on_socket() && !self.resend
    }

    /// Joins the socket, and opens it if nobody has.
    pub(super) fn join(&mut self, cx: &mut Context<'_, P>) {
        self.open_socket(cx);
        if cx.socket.is_sent() {
            self.on_sent(cx);
        }
        self.on_socket_ready(cx);
    }

    pub(super) fn open_socket(&self, cx: &mut Context<'_, P>) {
        if cx.socket.is_up() {
            return;
        }
        let now = cx.now.monotonic;
        let ticket = cx.endpoints.begin(Transport::WebSocket, now);
        let timeout = cx.config.connect_timeout.map(|timeout| now + timeout);
        cx.outputs.push(Output::OpenSocket {
            attempt: cx.socket.open(ticket, timeout),
        });
    }

    /// The browser is opening the socket, or has sent its greeting.
    pub fn on_socket_sent(&mut self, cx: &mut Context<'_, P>) {
        if self.is_on_socket() {
            self.on_sent(cx);
        }
    }

    /// The socket is open, and the application is asked what to greet with.
    pub fn on_socket_open(&mut self, _: &mut Context<'_, P>) {
        if self.is_on_socket() {
            self.head_start = None;
        }
    }

    /// The socket may be ready for the operation, or for those that wait to try it again.
    pub fn on_socket_ready(&mut self, cx: &mut Context<'_, P>) {
        self.try_on_socket(cx);
        match &mut self.life {
            Life::Connecting {
                transport: Transport::WebSocket,
                mark: mark @ None,
                deadline,
                ..
            } if cx.socket.is_ready() => {
                self.head_start = None;
                *mark = Some(cx.socket.mark());
                *deadline = cx.connect_deadline();
                cx.outputs.push(Output::Send {
                    attempt: cx.socket.attempt(),
                    frame: Frame::Subscribe(self.attempt()),
                });
            }
            Life::Waiting(Wait::Until { .. }) if self.was_on_socket => self.go(Step::Due, cx),
            Life::Suspended { .. } => self.go(Step::Due, cx),
            Life::Idle
            | Life::Connecting { .. }
            | Life::Live(_)
            | Life::Waiting(_)
            | Life::Done => {}
        }
    }

    /// Everything up to the ping of this number has arrived: a subscription before it is one.
    pub fn on_pong(&mut self, pongs: u32, cx: &mut Context<'_, P>) {
        self.on_trial_pong(pongs, cx);
        if let Life::Connecting {
            transport: Transport::WebSocket,
            mark: Some(mark),
            ..
        } = self.life
            && mark <= pongs
        {
            self.win(cx);
            self.watch_suspect(cx);
        }
    }

    /// Its own message on a shared connection, which proves the same.
    pub fn on_shared_message(
        &mut self,
        message: Message<P>,
        bytes: usize,
        cx: &mut Context<'_, P>,
    ) {
        if self.is_on_socket() || self.rides {
            if let Life::Connecting { .. } = self.life {
                self.win(cx);
                self.watch_suspect(cx);
            }
        } else {
            self.overtake(cx);
        }
        self.heard = cx.now.wall;
        if bytes > 0 {
            cx.came(self.id, Transport::WebSocket, bytes);
        }
        self.on_message(message, cx);
    }

    /// The socket is gone.
    pub fn on_socket_lost(&mut self, error: Box<Error<P>>, loss: Loss, cx: &mut Context<'_, P>) {
        if let Loss::Offence { is_certain } = loss
            && self.may_have_offended(cx.now.monotonic)
        {
            return self.on_offence(is_certain, error, cx);
        }
        match self.life {
            _ if self.is_apart() && error.retryable && self.resend => return self.rejoin(cx),
            // Nothing was sent.
            Life::Connecting { mark: None, .. } if error.code == Code::Protocol => {
                return self.on_refusal(Answer::Error(error), cx);
            }
            Life::Connecting { mark: None, .. } => return self.retry_or_give_up(error, cx),
            Life::Live(_) if loss == Loss::Silence => {
                let since = self.heard;
                self.continuity.cut(GapReason::Stalled, since);
                let judgement = Judgement::Stalled;
                self.notify(Notice::Stall { judgement, since }, cx);
            }
            Life::Idle
            | Life::Connecting { .. }
            | Life::Live(_)
            | Life::Waiting(_)
            | Life::Suspended { .. }
            | Life::Done => {}
        }
        self.fail(error, cx);
    }

    /// Tells the server that no more results are wanted.
    pub(super) fn leave(&self, cx: &mut Context<'_, P>) {
        let is_sent = match &self.life {
            Life::Connecting { mark, .. } => mark.is_some(),
            _ => true,
        };
        if is_sent && cx.socket.is_ready() {
            cx.outputs.push(Output::Send {
                attempt: cx.socket.attempt(),
                frame: Frame::Complete(self.attempt()),
            });
        }
    }
}
