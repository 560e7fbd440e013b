//! graphql-transport-ws on one socket, and what faults make of it: between the protocol and the
//! wire.

use std::collections::HashMap;
use std::future::{pending, ready};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_graphql::http::{WebSocket as Protocol, WebSocketProtocols, WsMessage};
use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt};
use futures_util::{Sink, SinkExt};
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use crate::app::App;
use crate::connection::Switch;
use crate::effect::{Flap, Opening, Pace, Slices};
use crate::farewell::{FAILED, FORBIDDEN, Farewell, GOING_AWAY};
use crate::frame::{Kind, Named, Subscribe};
use crate::segments::{self, Segmented};
use crate::server::stopped;
use crate::streams::{Blow, OpenStream};
use crate::subscriber::Subscriber;
use crate::token;
use crate::transport::Transport;
use crate::verdict::Ticket;

/// Segments are a type of message that graphql-transport-ws does not have: a client must be told.
const ACK: &str = r#"{"type":"connection_ack","payload":{"lifeline":{"segments":true}}}"#;

/// How a socket is left.
enum Leave {
    /// Nobody is there any more, here or there.
    Gone,
    Close(Farewell),
    /// Without a close frame.
    Break,
}

struct Session<'a> {
    app: &'a App,
    open: OpenStream,
    ticket: Ticket,
    switch: Switch,
    /// One of its operations has lost messages.
    lagged: Arc<Notify>,
    /// A result has come that the socket is to break instead of.
    cut: Arc<Notify>,
    /// A resolver has thrown, and nothing caught it.
    thrown: Arc<Notify>,
    /// The operations that take segments, and the most bytes of a slice.
    segments: Mutex<HashMap<String, usize>>,
}

pub async fn serve(app: &App, socket: WebSocket, switch: Switch) {
    let (open, ticket) = app.faults.open(Transport::Ws);
    let subscriber = Subscriber::new(app.operations.clone(), Arc::clone(&app.faults));
    let session = Session {
        app,
        open,
        ticket,
        switch,
        lagged: subscriber.lagged(),
        cut: subscriber.cut(),
        thrown: subscriber.thrown(),
        segments: Mutex::default(),
    };
    let (mut sink, input) = socket.split();
    let (dismiss, mut dismissed) = watch::channel(None);
    let admitted = |message: &Bytes| {
        // Whatever still comes on a socket that is being closed is not looked at.
        if dismiss.borrow().is_some() {
            return ready(false);
        }
        let farewell = session.answer(message);
        let stays = farewell.is_none();
        if !stays {
            dismiss.send_replace(farewell);
        }
        ready(stays)
    };
    let mut input = pin!(
        input
            .take_while(|message| ready(message.is_ok()))
            .filter_map(|message| ready(message.ok().and_then(content)))
            .filter(admitted)
            .inspect(|message| session.note(message))
    );
    let leave = {
        let protocol = WebSocketProtocols::GraphQLWS;
        let mut frames = pin!(Protocol::new(subscriber, input.as_mut(), protocol));
        tokio::select! {
            // orders before results
            biased;
            leave = session.heed() => leave,
            farewell = told(&mut dismissed) => session.expel(farewell),
            leave = session.speak(frames.as_mut(), &mut sink) => leave,
        }
    };
    match leave {
        Leave::Gone => {}
        Leave::Break => session.switch.reset(),
        Leave::Close(farewell) => {
            session.switch.drip(None);
            farewell.say(input, sink).await;
        }
    }
}

impl Session<'_> {
    /// Sends what the protocol says, as far as the profile that the socket opened under lets it.
    async fn speak(
        &self,
        mut frames: impl Stream<Item = WsMessage> + Unpin,
        sink: &mut (impl Sink<Message> + Unpin),
    ) -> Leave {
        let (mut results, mut segmented) = (0, 0);
        while let Some(frame) = frames.next().await {
            if self.ticket.opening == Opening::HeadOnly {
                continue;
            }
            let text = match frame {
                WsMessage::Text(text) => text,
                WsMessage::Close(code, _) => return Leave::Close(Farewell::translated(code)),
            };
            let kind = Kind::of(&text);
            let frames = match kind {
                Kind::Next => {
                    results += 1;
                    self.count_slow();
                    self.segment(&text, &mut segmented)
                }
                Kind::Ack => Some(vec![ACK.to_owned()]),
                Kind::Complete => {
                    self.forget(&text);
                    None
                }
                Kind::Greeting | Kind::Subscribe | Kind::Other => None,
            };
            for frame in frames.unwrap_or_else(|| vec![text]) {
                if sink.send(Message::Text(frame.into())).await.is_err() {
                    return Leave::Gone;
                }
            }
            match self.ticket.opening {
                Opening::Stall(None) if kind == Kind::Ack => self.switch.mute(),
                Opening::Flap(Flap {
                    results: Some(most),
                    ..
                }) if results >= most.get() && self.flaps() => return Leave::Break,
                Opening::Normal
                | Opening::HeldHead
                | Opening::Stall(_)
                | Opening::HeadOnly
                | Opening::Flap(_) => {}
            }
        }
        Leave::Gone
    }

    /// Remembers which operations take segments, from what the client sends.
    fn note(&self, message: &[u8]) {
        let Ok(text) = std::str::from_utf8(message) else {
            return;
        };
        match Kind::of(text) {
            Kind::Subscribe => {
                let Ok(Subscribe { id, payload }) = serde_json::from_str(text) else {
                    return;
                };
                match segments::asked(payload.extensions.as_ref()) {
                    Some(most) => self.segments().insert(id, most),
                    None => self.segments().remove(&id),
                };
            }
            Kind::Complete => self.forget(text),
            Kind::Greeting | Kind::Ack | Kind::Next | Kind::Other => {}
        }
    }

    fn forget(&self, frame: &str) {
        if let Ok(Named { id }) = serde_json::from_str(frame) {
            self.segments().remove(&id);
        }
    }

    /// The frames of a large result for an operation that takes segments; none if it goes as it is.
    fn segment(&self, frame: &str, segmented: &mut u32) -> Option<Vec<String>> {
        let Named { id } = serde_json::from_str(frame).ok()?;
        let most = *self.segments().get(&id)?;
        // async-graphql writes it last; in an id before it the quotes are escaped.
        let (_, payload) = frame.split_once(r#","payload":"#)?;
        let mut slices = Segmented::cut(payload.strip_suffix('}')?, most, *segmented)?;
        *segmented = segmented.wrapping_add(1);
        let rule = self.app.faults.rule(Transport::Ws);
        if rule.slices != Slices::Whole && self.app.faults.befalls(rule.era) {
            slices.suffer(rule.slices);
        }
        self.app.stats.segments(slices.len());
        slices.frames(&id).ok()
    }

    fn segments(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.segments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the socket is closed with because of this message, if it is.
    fn answer(&self, message: &[u8]) -> Option<Farewell> {
        let faults = &self.app.faults;
        let shown = token::shown_on_socket(message);
        if shown.is_some_and(|token| faults.refuses(token.as_deref())) {
            return Some(FORBIDDEN);
        }
        let text = std::str::from_utf8(message).ok()?;
        match Kind::of(text) {
            Kind::Greeting => faults.on_greeting(),
            Kind::Subscribe => faults.on_sent(|| {
                let Subscribe { payload, .. } = serde_json::from_str(text).ok()?;
                payload.name()
            }),
            Kind::Ack | Kind::Next | Kind::Complete | Kind::Other => None,
        }
    }

    fn expel(&self, farewell: Farewell) -> Leave {
        self.open.count_cut();
        Leave::Close(farewell)
    }

    /// Waits for whatever ends or changes it from outside.
    async fn heed(&self) -> Leave {
        let mut orders = self.open.orders();
        let mut changes = self.app.faults.changes();
        let mut stopping = self.app.stopping.subscribe();
        let mut doom = pin!(self.doom());
        loop {
            self.follow_pace();
            tokio::select! {
                biased;
                blow = orders.next() => match blow {
                    Blow::Mute => self.switch.mute(),
                    Blow::Cut | Blow::Break => return Leave::Break,
                    Blow::Expel => return Leave::Close(FORBIDDEN),
                    Blow::End => return Leave::Close(GOING_AWAY),
                },
                // `complete` would hide that messages were lost.
                () = self.lagged.notified() => {
                    self.open.count_cut();
                    return Leave::Break;
                }
                () = stopped(&mut stopping) => return Leave::Gone,
                () = self.cut.notified() => {
                    self.app.faults.cuts(&self.open);
                    return Leave::Break;
                }
                () = self.thrown.notified() => return self.expel(FAILED),
                leave = &mut doom => return leave,
                _ = changes.changed() => {}
            }
        }
    }

    /// Waits for the end that the profile which it opened under has in store.
    async fn doom(&self) -> Leave {
        match self.ticket.opening {
            Opening::HeadOnly => {
                self.app.faults.lifted(self.ticket.era).await;
                self.open.count_cut();
                return Leave::Break;
            }
            Opening::Flap(Flap { ms: Some(ms), .. }) => {
                sleep(Duration::from_millis(ms.get().into())).await;
                if self.flaps() {
                    return Leave::Break;
                }
            }
            Opening::Stall(Some(after)) => {
                sleep(after).await;
                if self.app.faults.is_ordered(self.ticket.era) {
                    self.switch.mute();
                }
            }
            Opening::Normal | Opening::HeldHead | Opening::Stall(None) | Opening::Flap(_) => {}
        }
        pending().await
    }

    fn flaps(&self) -> bool {
        self.app.faults.flaps(&self.open, self.ticket)
    }

    fn follow_pace(&self) {
        self.switch
            .drip(match self.app.faults.rule(Transport::Ws).pace {
                Pace::Drip(rate) => Some(rate),
                Pace::AtOnce | Pace::Batch(_) => None,
            });
    }

    fn count_slow(&self) {
        let rule = self.app.faults.rule(Transport::Ws);
        match rule.pace {
            Pace::AtOnce => {}
            Pace::Drip(_) | Pace::Batch(_) => {
                self.app.faults.befalls(rule.era);
            }
        }
    }
}

/// Waits until the socket is to be closed because of what came on it.
async fn told(dismissed: &mut watch::Receiver<Option<Farewell>>) -> Farewell {
    loop {
        if let Some(farewell) = dismissed.borrow_and_update().clone() {
            return farewell;
        }
        if dismissed.changed().await.is_err() {
            // Whoever says so lives as long as the socket.
            return pending().await;
        }
    }
}

fn content(message: Message) -> Option<Bytes> {
    match message {
        Message::Text(text) => Some(text.into()),
        Message::Binary(bytes) => Some(bytes),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => None,
    }
}
