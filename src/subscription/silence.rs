//! What is made of a live connection's silence.

use super::{Context, Life, Subscription};
use crate::config::Transport;
use crate::error::{Code, Error};
use crate::io::{GapReason, Notice, Output, State};
use crate::payload::Payload;
use crate::time::{Now, Wall};
use crate::watchdog::{Judgement, Verdict, Watchdog};

/// Who watches a connection that begins.
pub(super) fn watch<P>(
    transport: Transport,
    shared: bool,
    cx: &Context<'_, P>,
) -> Option<Watchdog> {
    let limits = cx.config.stall?;
    if !shared {
        let heritage = cx.rhythms.heritage(transport);
        return Some(Watchdog::inherit(limits, heritage, cx.now));
    }
    // What all share is watched as a whole; only the application's probe looks further.
    limits.probe?;
    Some(Watchdog::new(limits, cx.now))
}

impl<P: Payload> Subscription<P> {
    /// Lets the watchdog know, and does what it says.
    pub(super) fn heed(
        &mut self,
        cx: &mut Context<'_, P>,
        tell: impl FnOnce(&mut Watchdog, Now) -> Verdict,
    ) {
        let before = self.state();
        let Life::Live(live) = &mut self.life else {
            return;
        };
        let Some(watchdog) = &mut live.watchdog else {
            return;
        };
        match tell(watchdog, cx.now) {
            Verdict::Same => {}
            // It could not run, which proves nothing.
            Verdict::Probe if !cx.presence.is_online() => {
                watchdog.probed(cx.now, None);
            }
            Verdict::Probe => cx.outputs.push(Output::AskProbe {
                attempt: self.attempt(),
            }),
            Verdict::Turned(judgement) => self.on_judgement(judgement, before, cx),
        }
    }

    /// A heartbeat, from which others learn too.
    pub(super) fn on_beat(&mut self, cx: &mut Context<'_, P>) {
        self.heed(cx, Watchdog::beat);
        if let Life::Live(live) = &self.life
            && let Some(watchdog) = &live.watchdog
        {
            cx.rhythms.on_beat(live.transport, watchdog.rhythm());
        }
    }

    fn on_judgement(&mut self, judgement: Judgement, before: State, cx: &mut Context<'_, P>) {
        self.report_state(before, cx);
        let since = self.heard;
        match judgement {
            Judgement::Stalled if self.resend => {
                if let Life::Live(live) = &self.life
                    && let Some(watchdog) = &live.watchdog
                {
                    cx.rhythms.on_stalled(live.transport, watchdog.rhythm());
                }
                if self.rides {
                    cx.reservation.doubted = Some(since);
                }
                self.on_stalled(since, cx);
            }
            _ => self.notify(Notice::Stall { judgement, since }, cx),
        }
    }

    pub(super) fn on_stalled(&mut self, since: Wall, cx: &mut Context<'_, P>) {
        let judgement = Judgement::Stalled;
        self.notify(Notice::Stall { judgement, since }, cx);
        self.continuity.cut(GapReason::Stalled, since);
        self.blame_silence(cx);
        let why = "the connection is open and silent: the server or the way to it has died";
        self.fail(Error::new(Code::Timeout, true, why), cx);
    }

    /// Its endpoint seemed well, however long that was, and is not. What is shared answers for
    /// itself: others may hear something on it.
    fn blame_silence(&mut self, cx: &mut Context<'_, P>) {
        self.settle_health(cx);
        if let Life::Live(live) = &mut self.life
            && let Some(ticket) = live.take_back_ticket()
        {
            let (now, random) = (cx.now.monotonic, cx.random.unit());
            cx.endpoints.stall(live.transport, ticket, now, random);
        }
    }
}
