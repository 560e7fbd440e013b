//! Results that are large, and those that were lost for it.

use super::{Context, Life, Subscription};
use crate::config::Transport;
use crate::continuity::Reason;
use crate::io::{Delivery, Notice, OpId, SOCKET};
use crate::payload::Payload;
use crate::response::Want;
use crate::sizes::Excess;
use crate::time::Wall;

impl<P: Payload> Subscription<P> {
    /// Whose results are told: on a stream that is shared they are nobody's yet.
    pub(super) fn owner(&self) -> OpId {
        if self.is_reserved() { SOCKET } else { self.id }
    }

    /// Who has heard of a gap, in which results were lost that had begun since then; on an
    /// endpoint that is not to blame, nobody.
    pub(super) fn loser(&mut self, reason: Reason, since: Wall) -> Option<(Transport, Wall)> {
        let left = self.left.take();
        match reason {
            Reason::Reconnect | Reason::Stalled => left,
            Reason::Malformed | Reason::Hole | Reason::Audit => Some((self.transport()?, since)),
            Reason::Initial | Reason::Oversize | Reason::Hydrate | Reason::Overflow => None,
        }
    }

    /// A live connection is lost, by its own fault: what was arriving?
    pub(super) fn on_cut(&mut self, cx: &mut Context<'_, P>) {
        let Life::Live(live) = &self.life else { return };
        let (transport, since) = (live.transport, live.since);
        let arriving = live.arriving();
        self.left = Some((transport, cx.now.wall));
        if arriving > 0 {
            if let Some(sizes) = cx.sizes.get_mut(transport as usize) {
                sizes.unfinished = arriving;
            }
            self.lose(Excess::Cut, transport, arriving, since, cx);
        }
    }

    /// A result was lost, of so many bytes or more.
    pub(super) fn lose(
        &mut self,
        excess: Excess,
        transport: Transport,
        bytes: usize,
        since: Wall,
        cx: &mut Context<'_, P>,
    ) {
        let Some(sizes) = cx.sizes.get_mut(transport as usize) else {
            return;
        };
        let failures = sizes.ceiling.lost(cx.now, bytes, since);
        if failures == 0 {
            return;
        }
        for _ in 0..failures {
            cx.blame_anew(transport);
        }
        cx.tell_size(self.owner(), excess, transport, bytes);
        // What is open would lose the next one as well. A fresh one asks for segments, or is
        // elsewhere.
        if self.resend && transport != Transport::WebSocket && self.transport() == Some(transport) {
            self.renew_at(cx.now.monotonic);
        }
    }

    /// The segments that a connection asks for.
    pub(super) fn segment_bytes(&self, cx: &Context<'_, P>) -> Option<usize> {
        let mut least = usize::MAX;
        for sizes in cx.sizes.iter() {
            least = least.min(sizes.ceiling.segment_bytes(cx.now.monotonic));
        }
        Some(least).filter(|&it| it < usize::MAX && self.request.want != Want::Json)
    }
}

impl<P> Context<'_, P> {
    /// A result of so many bytes has come.
    pub fn came(&mut self, op: OpId, transport: Transport, bytes: usize) {
        if let Some(sizes) = self.sizes.get_mut(transport as usize) {
            sizes.came(self.now.monotonic, bytes);
        }
        if bytes >= self.config.warn_bytes {
            self.tell_size(op, Excess::Large, transport, bytes);
        }
    }

    pub(super) fn tell_size(
        &mut self,
        op: OpId,
        excess: Excess,
        transport: Transport,
        bytes: usize,
    ) {
        let sizes = self.sizes.get(transport as usize);
        let notice = Notice::Oversize {
            transport,
            excess,
            bytes,
            ceiling: sizes.and_then(|it| it.ceiling.bytes()),
        };
        self.deliver(Delivery::Notice { op, notice });
    }
}
