//! While connecting: what stands in the way, the head of the answer, a body that is no stream.

use super::refusing::Answer;
use super::{Body, Context, Life, REFUSAL_BYTES, Step, Subscription};
use crate::endpoints::Address;
use crate::error::{Code, Error};
use crate::io::{News, Output};
use crate::payload::Payload;
use crate::response::{Head, Verdict, Want};

/// RFC 9110: the request was not carried out for want of valid credentials.
const UNAUTHORIZED: u16 = 401;
/// GraphQL over SSE: there is no stream with this token.
const UNKNOWN: u16 = 404;
/// RFC 9110: this server does not answer for that URL; another connection may reach one that does.
const MISDIRECTED: u16 = 421;
/// RFC 9110: the server does not know how, and waiting does not teach it.
const NOT_IMPLEMENTED: u16 = 501;

impl<P: Payload> Subscription<P> {
    pub(super) fn on_connecting(&mut self, news: News<'_, P>, cx: &mut Context<'_, P>) {
        match news {
            News::Bytes(_) | News::Event { .. } | News::Events { .. }
                if self.is_open_beside_trial() =>
            {
                self.win(cx);
                self.on_live(news, cx);
            }
            News::Sent => self.on_sent(cx),
            News::Unprepared(thrown) => {
                let error = Error::new(
                    Code::Headers,
                    true,
                    "the application's url or headers function failed; see cause",
                )
                .thrown(Some(thrown));
                // Nothing was sent, so that another transport would fare no better
                // and a side effect may be tried again.
                self.retry_or_give_up(error, cx);
            }
            News::Unusable(obstacle) => self.on_unusable(obstacle, cx),
            News::Head(head) => self.on_head(&head, cx),
            News::Open if self.is_reserved() => self.on_reserved(cx),
            News::Open => self.on_open(cx),
            News::Crowded => self.on_crowded(cx),
            News::Failed(thrown) => {
                let error = Error::new(
                    Code::Network,
                    true,
                    "the server cannot be reached: it is down, the network is, or CORS forbids it",
                )
                .thrown(thrown);
                self.fail(error, cx);
            }
            News::End => self.fail(
                Error::new(
                    Code::Cut,
                    true,
                    "the connection closed before an answer came",
                ),
                cx,
            ),
            News::Bytes(_)
            | News::Event { .. }
            | News::Events { .. }
            | News::Closed(..)
            | News::Lifetime(_)
            | News::Admitted
            | News::RetryReady
            | News::RetryFailed(_)
            | News::Probed(_) => {}
        }
    }

    /// It is open; where another one has been begun beside it, that alone is no proof.
    fn on_open(&mut self, cx: &mut Context<'_, P>) {
        if !self.waits_for_proof() {
            self.go_live(cx);
        }
    }

    pub(super) fn on_head(&mut self, head: &Head, cx: &mut Context<'_, P>) {
        self.head_start = None;
        if head.status == UNAUTHORIZED && self.renew(cx) {
            return;
        }
        if head.status == UNKNOWN && self.is_on_reservation() {
            return if self.rides {
                self.on_unknown_reservation(cx)
            } else {
                cx.reservation.is_lost = true;
                self.lose_reservation(cx)
            };
        }
        let attempt = self.attempt();
        let want = if self.rides {
            Want::Accepted
        } else {
            self.request.want
        };
        let (result, error) = match head.judge(want) {
            Verdict::Stream => {
                cx.outputs.push(Output::Read {
                    attempt,
                    keep: false,
                });
                return self.on_open(cx);
            }
            Verdict::Refusal(_)
                if head.status == MISDIRECTED && self.resend && !self.was_misdirected =>
            {
                return self.redirect(cx);
            }
            Verdict::Failure(error)
                if head.status == NOT_IMPLEMENTED && self.may_go_elsewhere(Address::Http) =>
            {
                (false, error)
            }
            Verdict::Failure(error) => return self.fail(error, cx),
            Verdict::Result(error) => (true, error),
            Verdict::Refusal(error) => (false, error),
        };
        if let Life::Connecting { body, deadline, .. } = &mut self.life {
            *deadline = cx.connect_deadline();
            *body = Some(Body {
                pieces: None,
                room: if result {
                    cx.config.limits.event_bytes
                } else {
                    REFUSAL_BYTES
                },
                result,
                error,
            });
        }
        cx.outputs.push(Output::Read {
            attempt,
            keep: true,
        });
    }

    /// Once more, on another connection.
    fn redirect(&mut self, cx: &mut Context<'_, P>) {
        self.was_misdirected = true;
        cx.counters.failures += 1;
        self.abandon(cx);
        self.close(cx);
        self.paid = true;
        self.go(Step::FallBack, cx);
    }

    /// Of the reserved stream: the server has reserved it, and it is opened now.
    fn on_reserved(&mut self, cx: &mut Context<'_, P>) {
        if let Life::Connecting { mark, deadline, .. } = &mut self.life {
            *mark = Some(0);
            *deadline = cx.connect_deadline();
        }
    }

    /// Was a token sent?
    fn is_on_reservation(&self) -> bool {
        self.rides || matches!(self.life, Life::Connecting { mark: Some(_), .. })
    }

    /// The credentials were refused: once more with others, if there may be any. Nothing was
    /// carried out, so that this holds for side effects as well.
    fn renew(&mut self, cx: &mut Context<'_, P>) -> bool {
        let Some(transport) = self.transport().filter(|_| cx.config.renews) else {
            return false;
        };
        if !self.renewal.refuse(cx.renewals) {
            return false;
        }
        cx.counters.failures += 1;
        self.abandon(cx);
        self.close(cx);
        self.connect(Step::Renew, transport, cx);
        true
    }

    pub(super) fn on_body(&mut self, news: News<'_, P>, cx: &mut Context<'_, P>) {
        let Life::Connecting {
            body: Some(body),
            deadline,
            ..
        } = &mut self.life
        else {
            return;
        };
        match news {
            News::Bytes(bytes) if bytes.len() <= body.room => {
                body.room -= bytes.len();
                body.pieces = Some(P::append(body.pieces.take(), bytes));
                // It is coming in: what is limited is the silence.
                *deadline = cx.connect_deadline();
            }
            News::Bytes(_) | News::End => self.conclude(cx),
            News::Failed(_) => {
                // Half a body says nothing.
                body.pieces = None;
                self.conclude(cx);
            }
            News::Unprepared(_)
            | News::Unusable(_)
            | News::Head(_)
            | News::Open
            | News::Sent
            | News::Event { .. }
            | News::Events { .. }
            | News::Closed(..)
            | News::Lifetime(_)
            | News::Crowded
            | News::Admitted
            | News::RetryReady
            | News::RetryFailed(_)
            | News::Probed(_) => {}
        }
    }

    /// The body is in: deliver what it says.
    pub(super) fn conclude(&mut self, cx: &mut Context<'_, P>) {
        let Life::Connecting { body, .. } = &mut self.life else {
            return;
        };
        let Some(Body {
            pieces,
            result,
            mut error,
            ..
        }) = body.take()
        else {
            return;
        };
        match pieces.and_then(P::join) {
            Some(value) if result && (value.has("data") || value.has("errors")) => {
                self.on_refusal(Answer::Result(value), cx);
            }
            value => {
                let is_json = value.is_some();
                error.body = value.filter(P::is_object);
                if error.code == Code::Unauthorized || result && !is_json {
                    return self.fail(error, cx);
                }
                self.on_refusal(Answer::Error(error), cx);
            }
        }
    }
}
