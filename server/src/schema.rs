//! The GraphQL schema: a chat, and a clock for tests.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, Error, Object, Schema, SimpleObject, Subscription};
use async_stream::stream;
use futures_util::Stream;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::chat::{Chat, Start};
use crate::faults::Faults;
use crate::message::{self, Draft, Refusal};
use crate::profile;
use crate::stats::Stats;
use crate::wire::{Tag, Wire};

pub type ChatSchema = Schema<Query, Mutation, Subscriptions>;

/// One page of history costs this much, so that aliases cannot ask for it a hundred times over.
const MAX_COMPLEXITY: usize = 1000;
const MAX_DEPTH: usize = 24;

const MAX_TICK_MS: u64 = 60_000;
const MAX_TICK_BYTES: usize = 64 * 1024 * 1024;

pub fn build(chat: Arc<Chat>, faults: Arc<Faults>, stats: Arc<Stats>) -> ChatSchema {
    let query = Query {
        chat: Arc::clone(&chat),
        stats: Arc::clone(&stats),
    };
    let mutation = Mutation {
        chat: Arc::clone(&chat),
        faults: Arc::clone(&faults),
        stats: Arc::clone(&stats),
    };
    let subscriptions = Subscriptions {
        chat,
        faults,
        stats,
    };
    Schema::build(query, mutation, subscriptions)
        .limit_complexity(MAX_COMPLEXITY)
        .limit_depth(MAX_DEPTH)
        .finish()
}

/// A chat message.
pub struct Message(Arc<message::Message>);

#[Object]
impl Message {
    /// Grows by one from message to message, from 1.
    async fn id(&self) -> u64 {
        self.0.id
    }

    async fn author(&self) -> &str {
        &self.0.author
    }

    async fn text(&self) -> &str {
        &self.0.text
    }

    /// RFC 3339, UTC.
    async fn sent_at(&self) -> &str {
        &self.0.sent_at
    }
}

/// One beat of the test clock.
#[derive(SimpleObject)]
pub struct Tick {
    n: u64,
    padding: Arc<str>,
}

pub struct Query {
    chat: Arc<Chat>,
    stats: Arc<Stats>,
}

#[Object]
impl Query {
    /// The last messages, oldest first; with `before`, of those whose id is lower. With `after`
    /// the first messages, of those whose id is higher.
    #[graphql(complexity = "250 + child_complexity")]
    async fn history(
        &self,
        #[graphql(default_with = "Some(50)")] last: Option<i64>,
        before: Option<i64>,
        after: Option<i64>,
    ) -> Result<Vec<Message>, Error> {
        self.stats.executed.history.add();
        let page = self.chat.page(last.unwrap_or(50), before, after);
        let page = page.map_err(error)?;
        Ok(page.into_iter().map(Message).collect())
    }

    /// The id of the last message, 0 if there is none.
    async fn latest(&self) -> u64 {
        self.stats.executed.latest.add();
        self.chat.latest()
    }
}

pub struct Mutation {
    chat: Arc<Chat>,
    faults: Arc<Faults>,
    stats: Arc<Stats>,
}

#[Object]
impl Mutation {
    async fn send(&self, author: String, text: String) -> Result<Message, Error> {
        self.stats.executed.send.add();
        let draft = Draft::new(&author, text).map_err(error)?;
        self.stats.messages.add();
        Ok(Message(self.chat.send(draft, self.faults.on_message())))
    }
}

pub struct Subscriptions {
    chat: Arc<Chat>,
    faults: Arc<Faults>,
    stats: Arc<Stats>,
}

#[Subscription(name = "Subscription")]
impl Subscriptions {
    /// The messages sent from now on; earlier ones first if the transport asks for them.
    async fn messages(&self, ctx: &Context<'_>) -> impl Stream<Item = Message> {
        self.stats.executed.messages.add();
        let wire = ctx.data_opt::<Arc<Wire>>().cloned().unwrap_or_default();
        let stats = Arc::clone(&self.stats);
        let start = Start {
            after: wire.after,
            replay: wire.transport.map_or(0, |on| self.faults.on_subscribe(on)),
        };
        let (mut follower, again) = self.chat.follow(start);
        self.faults.tally.count(profile::REPLAY, again);
        stream! {
            while let Ok(message) = follower.next().await {
                wire.say(Tag {
                    id: Some(message.id),
                    cut: message.cut,
                });
                yield Message(message);
            }
            // Lagged. Ending here would say `complete`: the transport must end it instead.
            stats.lagged.add();
            wire.say_lagged();
            pending::<()>().await;
        }
    }

    /// A tick every so often, each with so many bytes of padding, which is `of` again and again, up
    /// to its last whole character; for ever, or `count` of them.
    async fn ticks(
        &self,
        #[graphql(default_with = "Some(100)")] every_ms: Option<i64>,
        #[graphql(default_with = "Some(0)")] bytes: Option<i64>,
        count: Option<u64>,
        #[graphql(default_with = "Some(String::from(\"x\"))")] of: Option<String>,
    ) -> Result<impl Stream<Item = Tick>, Error> {
        self.stats.executed.ticks.add();
        let every = u64::try_from(every_ms.unwrap_or(100)).unwrap_or(0);
        if !(1..=MAX_TICK_MS).contains(&every) {
            return Err(Error::new(format!(
                "everyMs: 1 to {MAX_TICK_MS} is allowed"
            )));
        }
        let bytes = usize::try_from(bytes.unwrap_or(0)).unwrap_or(usize::MAX);
        if bytes > MAX_TICK_BYTES {
            return Err(Error::new(format!(
                "bytes: 0 to {MAX_TICK_BYTES} is allowed"
            )));
        }
        let every = Duration::from_millis(every);
        Ok(clock(
            every,
            padding(&of.unwrap_or_else(|| "x".into()), bytes).into(),
            count.unwrap_or(u64::MAX),
        ))
    }
}

fn padding(of: &str, bytes: usize) -> String {
    let mut padding = of.repeat(bytes.checked_div(of.len()).unwrap_or(0));
    let left = bytes.saturating_sub(padding.len());
    let whole = |(at, sign): &(usize, char)| at + sign.len_utf8() <= left;
    let rest = of.char_indices().take_while(whole);
    padding.extend(rest.map(|(_, sign)| sign));
    padding
}

fn clock(every: Duration, padding: Arc<str>, count: u64) -> impl Stream<Item = Tick> {
    stream! {
        let mut beats = interval_at(Instant::now() + every, every);
        // A slow reader gets fewer ticks, not a burst of late ones.
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for n in 1..=count {
            beats.tick().await;
            yield Tick { n, padding: Arc::clone(&padding) };
        }
    }
}

fn error(refusal: Refusal) -> Error {
    Error::new(refusal.to_string())
}
