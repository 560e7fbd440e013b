//! How the made-up server answers what the client asks.

use graphql_lifeline::config::Transport;
use graphql_lifeline::hydration::failure;
use graphql_lifeline::io::{Attempt, Frame, Input, OpId, SOCKET};
use graphql_lifeline::response::Want;
use serde_json::json;

use super::event::Event;
use super::fault::{Fault, below};
use super::sabotage::Sabotage;
use super::server::Link;
use super::sickness::Symptom;
use super::support::json::Json;
use super::world::World;

impl World {
    pub fn backfill(&mut self, op: OpId, round: u32, last_key: Option<&str>) {
        let fails = self.active(|fault| matches!(fault, Fault::Down | Fault::Refuse { .. }));
        let answer = match fails {
            _ if self.is_cut_off() => Err(Json(json!("no network"))),
            Some(_) => Err(Json(json!("no history"))),
            None => Ok(self.server.history(last_key)),
        };
        self.input(Input::Backfilled { op, round, answer });
    }

    /// The whole of a notification, which here has all that is looked at.
    pub fn hydrate(&mut self, op: OpId, ticket: u32, notification: Json) {
        let fails = self.active(|fault| matches!(fault, Fault::Down | Fault::Refuse { .. }));
        let answer = if self.is_cut_off() || fails.is_some() {
            Err(failure(None))
        } else {
            Ok(notification)
        };
        self.input(Input::Hydrated { op, ticket, answer });
    }

    pub fn request(&mut self, attempt: Attempt, transport: Transport, want: Want) {
        if self.is_let_in(attempt, transport) {
            match want {
                Want::Reserved => self.reserve(attempt),
                _ => self.accept(attempt, transport, want),
            }
        }
    }

    /// Does a request arrive, and may it? Whoever sent it hears if not, or hears nothing.
    pub fn is_let_in(&mut self, attempt: Attempt, transport: Transport) -> bool {
        if !self.open.contains_key(&attempt) {
            return false;
        }
        if self.is_cut_off() {
            self.soon(Event::Failed(attempt));
            return false;
        }
        if self.active(|fault| matches!(fault, Fault::Hang)).is_some() {
            return false;
        }
        if self.active(|fault| matches!(fault, Fault::Down)).is_some() {
            self.soon(Event::Failed(attempt));
            return false;
        }
        if let Some(Fault::Refuse {
            status,
            retry_after,
        }) = self.active(|fault| matches!(fault, Fault::Refuse { .. }))
        {
            if transport == Transport::EventSource {
                self.soon(Event::Failed(attempt));
                return false;
            }
            let at = self.now + 10;
            self.at(
                at,
                Event::Head(attempt, status, "text/plain", Some(retry_after)),
            );
            self.at(at + 5, Event::Ended(attempt));
            return false;
        }
        if !self.is_let_in_by(attempt, transport) {
            return false;
        }
        let is_refused = self.is_refused(attempt);
        if is_refused {
            self.refuse(attempt, transport);
        }
        !is_refused
    }

    pub fn accept(&mut self, attempt: Attempt, transport: Transport, want: Want) {
        let at = self.now + 10;
        self.execute(attempt);
        if want == Want::Json {
            self.at(at, Event::Head(attempt, 200, "application/json", None));
            self.at(at + 5, Event::Bytes(attempt, b"{\"data\":{}}".to_vec()));
            return self.at(at + 10, Event::Ended(attempt));
        }
        if transport == Transport::EventSource {
            self.at(at, Event::Open(attempt));
        } else {
            self.at(at, Event::Head(attempt, 200, "text/event-stream", None));
        }
        // Some servers answer before they have subscribed.
        let lag = [0, 0, 400, 1_500][below(&mut self.random, 4) as usize];
        self.at(at + 1 + lag, Event::Subscribed(attempt, Link::Stream));
    }

    pub fn subscribed(&mut self, attempt: Attempt, link: Link) {
        if !self.open.contains_key(&attempt) {
            return;
        }
        if let Link::Reserved(token) = link
            && !self.reservations.is_open(token)
        {
            return;
        }
        if self.oracle.is_sent_once(attempt.op) {
            let (carrier, bytes) = only_result(attempt, link);
            return self.at(self.now + 5, Event::Bytes(carrier, bytes));
        }
        self.oracle.subscribed(attempt, self.server.last());
        self.server.join(attempt, link);
        self.replay(attempt);
    }

    pub fn replay(&mut self, attempt: Attempt) {
        if let Some(Fault::Replay { last }) =
            self.active(|fault| matches!(fault, Fault::Replay { .. }))
        {
            for n in self.server.newest(last) {
                self.send(attempt, n);
            }
        }
    }

    pub fn socket_request(&mut self, attempt: Attempt) {
        if !self.open.contains_key(&attempt) {
            return;
        }
        if self.is_cut_off() {
            return self.soon(Event::Failed(attempt));
        }
        if self.active(|fault| matches!(fault, Fault::Hang)).is_some() {
            return;
        }
        let is_closed = |fault: &Fault| {
            matches!(
                fault,
                Fault::Down | Fault::SocketDown | Fault::Refuse { .. }
            )
        };
        if self.active(is_closed).is_some() {
            self.soon(Event::Failed(attempt));
        } else if self.is_let_in_by(attempt, Transport::WebSocket) {
            self.soon(Event::Open(attempt));
        }
    }

    pub fn frame(&mut self, socket: Attempt, frame: Frame) {
        if !self.open.contains_key(&socket) || self.server.is_silent(socket) {
            return;
        }
        match frame {
            Frame::Init { .. } if self.is_refused(socket) => {
                self.lose(socket);
                self.soon(Event::Closed(socket, 4403));
            }
            Frame::Init { .. } => self.greeted(socket),
            Frame::Ping => {
                let pong = json!({ "type": "pong" }).to_string();
                self.at(self.now + 20, Event::Text(socket, pong));
            }
            Frame::Pong => {}
            Frame::Subscribe(attempt) => self.socket_subscribe(socket, attempt),
            Frame::Complete(attempt) => self.lose(attempt),
        }
    }

    fn greeted(&mut self, socket: Attempt) {
        let symptom = self.symptom(Transport::WebSocket, SOCKET);
        if let Some(Symptom::ClosesEarly { code }) = symptom {
            self.lose(socket);
            return self.soon(Event::Closed(socket, code));
        }
        let ack = json!({ "type": "connection_ack" }).to_string();
        self.soon(Event::Text(socket, ack));
    }

    pub fn socket_subscribe(&mut self, socket: Attempt, attempt: Attempt) {
        if !self.is_subscribed_by(socket, attempt) {
            return;
        }
        if self.execute(attempt) {
            let id = format!("{}-{}", attempt.op, attempt.number);
            for message in [
                json!({ "id": id, "type": "next", "payload": { "data": {} } }),
                json!({ "id": id, "type": "complete" }),
            ] {
                self.at(self.now + 20, Event::Text(socket, message.to_string()));
            }
            return;
        }
        self.oracle.subscribed(attempt, self.server.last());
        self.server.join(attempt, Link::Socket(socket));
        self.replay(attempt);
    }

    /// Is it what has one result? Then it has its effect now.
    pub fn execute(&mut self, attempt: Attempt) -> bool {
        let is_sent_once = self.oracle.is_sent_once(attempt.op);
        let repeats = self.saboteur.is(Sabotage::Repeats);
        for _ in 0..u32::from(is_sent_once) * if repeats { 2 } else { 1 } {
            self.oracle.executed(attempt.op);
        }
        is_sent_once
    }
}

/// The result of a query or mutation, and its end; and the way that they go.
fn only_result(attempt: Attempt, link: Link) -> (Attempt, Vec<u8>) {
    let Link::Reserved(carrier) = link else {
        let event = b"event: next\ndata: {\"data\":{}}\n\nevent: complete\n\n";
        return (attempt, event.to_vec());
    };
    let id = format!("\"{}-{}\"", attempt.op, attempt.number);
    let result = format!("event: next\ndata: {{\"id\":{id},\"payload\":{{\"data\":{{}}}}}}\n\n");
    let end = format!("event: complete\ndata: {{\"id\":{id}}}\n\n");
    (carrier, (result + &end).into_bytes())
}
