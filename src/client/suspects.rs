//! Operations that may be why the socket was closed: tried one at a time on a socket of their own,
//! so that the others are left alone.

use alloc::vec::Vec;

use super::Client;
use crate::io::OpId;
use crate::payload::Payload;
use crate::subscription::{Context, Subscription};
use crate::time::Now;

impl<P: Payload> Client<P> {
    /// Does something with the socket that is apart, as if it were the shared one.
    pub(super) fn swap(&mut self, change: impl FnOnce(&mut Self)) {
        core::mem::swap(&mut self.socket, &mut self.apart);
        self.is_swapped = !self.is_swapped;
        change(self);
        core::mem::swap(&mut self.socket, &mut self.apart);
        self.is_swapped = !self.is_swapped;
    }

    /// The operations that use the socket that is dealt with, or would.
    pub(super) fn those_on_it(&self) -> Vec<OpId> {
        let mut numbers = self.operations.numbers();
        let is_there = |it: &Subscription<P>| it.is_apart() == self.is_swapped;
        numbers.retain(|id| self.operations.get(*id).is_some_and(is_there));
        numbers
    }

    pub(super) fn update_those_on_it(
        &mut self,
        now: Now,
        change: fn(&mut Subscription<P>, &mut Context<'_, P>),
    ) {
        for id in self.those_on_it() {
            self.update(id, now, &mut { change });
        }
    }

    /// Whoever was tried has left its socket, or has proved innocent: it is the next one's turn.
    pub(super) fn settle_suspects(&mut self, now: Now) {
        let is_new = core::mem::take(&mut self.socket.has_suspects)
            | core::mem::take(&mut self.apart.has_suspects);
        let is_apart = |op| self.operations.get(op).is_some_and(Subscription::is_apart);
        let is_over = self.suspect.is_some_and(|op| !is_apart(op));
        if is_over || is_new && self.suspect.is_none() {
            self.suspect = None;
            let mut operations = self.operations.values();
            let next = operations.find(|it| it.is_suspect()).map(Subscription::id);
            drop(operations);
            if let Some(op) = next {
                self.suspect = Some(op);
                if let Some(operation) = self.operations.get_mut(op) {
                    operation.set_apart();
                }
                self.update(op, now, &mut Subscription::go_apart);
            }
        }
        if self.apart.is_up() {
            self.swap(|it| it.settle_socket(now));
        }
    }
}
