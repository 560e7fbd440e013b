//! While live: what the stream says.

use super::{Context, Life, Subscription};
use crate::error::{Code, Error};
use crate::io::{Delivery, GapReason, News};
use crate::payload::Payload;
use crate::reader::{Message, read_event};

impl<P: Payload> Subscription<P> {
    pub(super) fn on_live(&mut self, news: News<'_, P>, cx: &mut Context<'_, P>) {
        self.heard = match news {
            News::Bytes(_) | News::Event { .. } => cx.now.wall,
            _ => self.heard,
        };
        match news {
            News::Bytes(mut bytes) => {
                while let Life::Live { reader, .. } = &mut self.life {
                    let Some(message) = reader.next(&mut bytes) else {
                        return;
                    };
                    self.on_message(message, cx);
                }
            }
            News::Event { name, text } => {
                let message = read_event(cx.config.dialect, name, &text);
                self.on_message(message, cx);
            }
            News::End => self.fail(
                Error::new(
                    Code::Cut,
                    true,
                    "the stream ended before the operation was complete",
                ),
                cx,
            ),
            News::Failed(thrown) => {
                let error = Error::new(Code::Cut, true, "the stream broke off").thrown(thrown);
                self.fail(error, cx);
            }
            News::Unprepared(_)
            | News::Unusable(_)
            | News::Head(_)
            | News::Open
            | News::RetryReady
            | News::RetryFailed(_) => {}
        }
    }

    pub(super) fn on_message(&mut self, message: Message<P>, cx: &mut Context<'_, P>) {
        let op = self.id;
        match message {
            Message::Result(result) => {
                cx.counters.results += 1;
                cx.deliver(Delivery::Next { op, result });
            }
            Message::Complete => {
                self.close(cx);
                self.end(Delivery::Complete { op }, cx);
            }
            Message::Malformed => self.report_gap(GapReason::Malformed, cx.now.wall, cx),
            Message::Oversize => self.report_gap(GapReason::Oversize, cx.now.wall, cx),
            Message::Retry(wait) => self.reconnection_time = wait,
            Message::Unknown => cx.counters.ignored += 1,
            Message::Alive => {}
        }
    }
}
